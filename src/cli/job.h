/* A job: work in a thread of its own, while the main thread waits for its end, for signals and for
 * the next tick of the clock.
 *
 * With a stop function, SIGINT and SIGTERM ask the work to end; a second one leaves the
 * process at once with 128 + its number. SIGHUP asks it to take up what has changed, SIGUSR1 for
 * figures. One of them that was ignored when the program started (nohup, a shell's background job)
 * stays ignored. SIGPIPE is ignored, so
 * that a closed pipe comes back as an error. Without a stop function signals act as usual.
 *
 * job_begin() must come before anything starts a thread, so that all threads inherit the signal
 * mask (signalfd(2)).
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include <pingsieve/error.h>
#include <signal.h>
#include <stdbool.h>

struct job_options {
  int (*work)(void *context, struct ps_error *err);
  void (*stop)(void *context);    /* asks the work to end; NULL: it cannot be asked */
  void (*tick)(void *context);    /* every interval; NULL: none */
  void (*figures)(void *context); /* on SIGUSR1 */
  void (*reload)(void *context);  /* on SIGHUP */
  void *context;
  unsigned interval_ms; /* 0: no ticks */
};

struct job {
  struct job_options options;
  int signals, done; /* signalfd, eventfd */
  int stops; /* signalfd, readable while a signal that asks for the end has not been taken; for
                what comes before job_run(). -1: none */
  sigset_t mask_before;
  struct sigaction pipe_before;
  bool pipe_was_ignored;
  int stopped_by; /* the signal that asked for the end; 0: none */
};

int job_begin(struct job *job, const struct job_options *options, struct ps_error *err);
int job_run(struct job *job, struct ps_error *err); /* returns what the work returned */
/* Takes the signal that made `stops` readable, and returns its number; 0: none. Instead of
 * job_run(). */
int job_take_stop(struct job *job);
void job_end(struct job *job); /* the signals are as before; after a failed job_begin() too */

/* Ends the process by SIGPIPE, as if the write had killed it. Returns only if that was ignored when
 * the program started. */
void job_die_of_pipe(const struct job *job);

#endif
