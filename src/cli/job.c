#include "cli/job.h"

#include "base/clock.h"
#include "base/error.h"
#include "cli/exit_code.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static bool is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void add_unless_ignored(sigset_t *set, int number) {
  if (!is_ignored(number)) (void)sigaddset(set, number);
}

int job_begin(struct job *job, const struct job_options *options, struct ps_error *err) {
  *job = (struct job){.options = *options, .signals = -1, .done = -1, .stops = -1};
  sigset_t set, stops;
  (void)sigemptyset(&set);
  (void)sigemptyset(&stops);
  if (options->stop) {
    add_unless_ignored(&stops, SIGINT);
    add_unless_ignored(&stops, SIGTERM);
    set = stops;
    add_unless_ignored(&set, SIGHUP);
    add_unless_ignored(&set, SIGUSR1);
  }
  int failed = pthread_sigmask(SIG_BLOCK, &set, &job->mask_before);
  if (failed) return error_set_os(err, PS_E_INTERNAL, failed, "signals cannot be blocked");
  job->pipe_was_ignored = is_ignored(SIGPIPE);
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  if (options->stop) (void)sigaction(SIGPIPE, &ignore, &job->pipe_before);
  else (void)sigaction(SIGPIPE, NULL, &job->pipe_before);
  job->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  job->stops = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
  job->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (job->signals < 0 || job->stops < 0 || job->done < 0)
    return error_set_os(err, PS_E_INTERNAL, errno,
                        "no descriptors for signals (is the limit of open files, ulimit -n, too "
                        "low?)");
  return PS_OK;
}

int job_take_stop(struct job *job) {
  struct signalfd_siginfo info;
  if (read(job->stops, &info, sizeof info) != (ssize_t)sizeof info) return 0;
  return job->stopped_by = (int)info.ssi_signo;
}

void job_end(struct job *job) {
  if (job->signals >= 0) (void)close(job->signals);
  if (job->stops >= 0) (void)close(job->stops);
  if (job->done >= 0) (void)close(job->done);
  (void)sigaction(SIGPIPE, &job->pipe_before, NULL);
  (void)pthread_sigmask(SIG_SETMASK, &job->mask_before, NULL);
}

void job_die_of_pipe(const struct job *job) {
  if (job->pipe_was_ignored) return;
  struct sigaction action = {.sa_handler = SIG_DFL};
  (void)sigaction(SIGPIPE, &action, NULL);
  sigset_t set;
  (void)sigemptyset(&set);
  (void)sigaddset(&set, SIGPIPE);
  (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  (void)raise(SIGPIPE);
}

struct worker {
  const struct job *job;
  struct ps_error *err;
  int status;
};

static void *work_main(void *argument) {
  struct worker *worker = argument;
  const struct job *job = worker->job;
  worker->status = job->options.work(job->options.context, worker->err);
  uint64_t one = 1;
  while (write(job->done, &one, sizeof one) < 0 && errno == EINTR) {}
  return NULL;
}

static void take_signals(struct job *job) {
  struct signalfd_siginfo info;
  while (read(job->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    int number = (int)info.ssi_signo;
    if (number == SIGUSR1 || number == SIGHUP) {
      void (*act)(void *) = number == SIGHUP ? job->options.reload : job->options.figures;
      if (act) act(job->options.context);
      continue;
    }
    if (job->stopped_by) _exit(EXIT_SIGNAL + number);
    job->stopped_by = number;
    job->options.stop(job->options.context);
  }
}

/* Milliseconds until the tick that is due at *next; moves *next on when it is due now. */
static int until_tick(const struct job *job, uint64_t *next) {
  if (!job->options.interval_ms || !job->options.tick) return -1;
  uint64_t now = clock_monotonic_ns(), interval = job->options.interval_ms * UINT64_C(1000000);
  if (now >= *next) {
    job->options.tick(job->options.context);
    *next = clock_monotonic_ns() + interval;
    now = *next - interval;
  }
  return (int)((*next - now + 999999) / 1000000);
}

static bool has_ended(const struct job *job) {
  uint64_t ended;
  return read(job->done, &ended, sizeof ended) == (ssize_t)sizeof ended;
}

int job_run(struct job *job, struct ps_error *err) {
  const struct timespec nap = {.tv_nsec = 10000000};
  struct worker worker = {.job = job, .err = err, .status = PS_OK};
  pthread_t thread;
  int failed = pthread_create(&thread, NULL, work_main, &worker);
  if (failed) return error_set_os(err, PS_E_MEMORY, failed, "a thread cannot be started");
  struct pollfd waits[2] = {{.fd = job->done, .events = POLLIN},
                            {.fd = job->signals, .events = POLLIN}};
  uint64_t next = clock_monotonic_ns() + job->options.interval_ms * UINT64_C(1000000);
  for (;;) {
    int n = poll(waits, 2, until_tick(job, &next));
    if (n < 0 && errno != EINTR) (void)nanosleep(&nap, NULL); /* the kernel lacks memory */
    if (n < 0 || waits[1].revents) take_signals(job);
    if ((n < 0 || waits[0].revents) && has_ended(job)) break;
  }
  (void)pthread_join(thread, NULL);
  return worker.status;
}
