#include "cli/reader.h"

#include "base/error.h"
#include "cli/exit_code.h"
#include <errno.h>
#include <pingsieve/seen.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN_MAX 4096u /* LMDB's table has 510 places */
#define TAKEN        125   /* exit code of a child whose number is taken as well; no command's */

static void signals_of_parent(sigset_t *set) {
  static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD};
  (void)sigemptyset(set);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) (void)sigaddset(set, numbers[i]);
}

/* Ends the parent as the child was ended: by the same signal if that can be. */
static void end_by(int number) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigset_t set;
  (void)sigaction(number, &action, NULL);
  (void)sigemptyset(&set);
  (void)sigaddset(&set, number);
  (void)raise(number);
  (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
  _exit(EXIT_SIGNAL + number);
}

/* Waits for the child, whose exit code it returns. What the terminal sends has reached the child
 * already. */
static int wait_for(pid_t child, const sigset_t *set) {
  int status;
  for (;;) {
    siginfo_t info;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0) return EXIT_STORE; /* cannot happen */
    if (sigwaitinfo(set, &info) > 0 && info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
      (void)kill(child, info.si_signo);
  }
  if (WIFSIGNALED(status)) end_by(WTERMSIG(status));
  return WEXITSTATUS(status);
}

/* In the child: ends when its number is taken. */
static int child_begin(const char *store, pid_t parent, const sigset_t *before,
                       struct ps_error *err) {
  int number;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent) _exit(EXIT_STORE);
  const int status = ps_seen_number_take(store, &number, err);
  if (status == PS_E_STORE_NUMBER) _exit(TAKEN);
  (void)sigprocmask(SIG_SETMASK, before, NULL);
  return status;
}

/* Returns in the child that goes on, or when there can be none. */
static int children_try(const char *store, const sigset_t *set, const sigset_t *before,
                        struct ps_error *err) {
  const pid_t parent = getpid();
  for (unsigned i = 0; i < CHILDREN_MAX; i++) {
    const pid_t child = fork();
    if (child < 0)
      return error_set_os(err, PS_E_MEMORY, errno,
                          "a process to read the store in %s cannot be started", store);
    if (!child) return child_begin(store, parent, before, err);
    const int code = wait_for(child, set);
    if (code != TAKEN) _exit(code);
  }
  return error_set(err, PS_E_STORE_NUMBER,
                   "too many processes read the store in %s: run again when some have ended",
                   store);
}

int reader_begin(const char *store, struct ps_error *err) {
  int number;
  int status = ps_seen_number_take(store, &number, err);
  if (status != PS_E_STORE_NUMBER) return status;
  sigset_t set, before;
  struct sigaction action = {.sa_handler = SIG_DFL}, old;
  signals_of_parent(&set);
  (void)fflush(NULL);                      /* what is there must not be there twice */
  (void)sigaction(SIGCHLD, &action, &old); /* ignored, it would take the child's end away */
  (void)sigprocmask(SIG_BLOCK, &set, &before);
  status = children_try(store, &set, &before, err);
  (void)sigprocmask(SIG_SETMASK, &before, NULL);
  (void)sigaction(SIGCHLD, &old, NULL);
  return status;
}
