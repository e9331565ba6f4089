#include "cli/child.h"

#include "cli/exit_code.h"
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void parent_begin(struct parent *parent) {
  static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD};
  const struct sigaction action = {.sa_handler = SIG_DFL};
  parent->number = getpid();
  parent->asked = 0;
  (void)sigemptyset(&parent->signals);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    (void)sigaddset(&parent->signals, numbers[i]);
  (void)fflush(NULL);
  /* Ignored, it would take the child's end away. */
  (void)sigaction(SIGCHLD, &action, &parent->child_before);
  (void)sigprocmask(SIG_BLOCK, &parent->signals, &parent->before);
}

void parent_end(const struct parent *parent) {
  (void)sigprocmask(SIG_SETMASK, &parent->before, NULL);
  (void)sigaction(SIGCHLD, &parent->child_before, NULL);
}

void parent_end_by(int number) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigset_t set;
  (void)sigaction(number, &action, NULL);
  (void)sigemptyset(&set);
  (void)sigaddset(&set, number);
  (void)raise(number);
  (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
  _exit(EXIT_SIGNAL + number);
}

static bool is_ignored(int number) {
  struct sigaction action;
  return !sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN;
}

/* Signals of the terminal are not passed on: they have reached the child already. */
static void pass_on(struct parent *parent, pid_t child, const siginfo_t *info) {
  if (info->si_signo == SIGCHLD) return;
  if (!is_ignored(info->si_signo)) parent->asked = info->si_signo;
  if (info->si_code != SI_KERNEL) (void)kill(child, info->si_signo);
}

int parent_wait(struct parent *parent, pid_t child) {
  int status;
  for (;;) {
    siginfo_t info;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0) return EXIT_STORE; /* cannot happen */
    if (sigwaitinfo(&parent->signals, &info) > 0) pass_on(parent, child, &info);
  }
  if (WIFSIGNALED(status)) parent_end_by(WTERMSIG(status));
  return WEXITSTATUS(status);
}

void child_tie(const struct parent *parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent->number) _exit(EXIT_STORE);
}
