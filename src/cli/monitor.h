/* News of a run while it goes on: the progress line, the metrics file, and the warning that another
 * process keeps the store. Main thread only. */
#ifndef CLI_MONITOR_H
#define CLI_MONITOR_H

#include "cli/arguments.h"
#include "cli/progress.h"
#include <pingsieve/sieve.h>
#include <stdatomic.h>

struct monitor {
  const struct arguments *arguments;
  struct progress progress;
  uint64_t metrics_due_ns;
  bool metrics_failed; /* said once */
  bool wait_told;      /* once a wait */
  bool reader_told, full_told;
  atomic_bool opened; /* the store is; set by its user */
};

/* progress: a progress line may be shown, if the terminal can and the arguments let it. */
void monitor_start(struct monitor *monitor, const struct arguments *arguments, bool progress);
unsigned monitor_interval_ms(const struct monitor *monitor); /* between two ticks */

/* For `waits` of struct ps_seen_options, with the monitor as context (NULL: there is none): tells
 * that opening the store takes its time. Any thread. */
void monitor_waits(void *monitor, const char *store);

/* The metrics when they are due, and that the store is waited for. */
void monitor_tick(struct monitor *monitor, const struct ps_sieve_figures *figures);

/* Writes the file of --metrics, if one is wanted. One that cannot be written is told once and does
 * not stop the pings. */
int monitor_metrics(struct monitor *monitor, const struct ps_sieve_figures *figures, bool running);

#endif
