#include "cli/monitor.h"

#include "base/clock.h"
#include "cli/message.h"
#include "cli/metrics.h"
#include <unistd.h>

#define TICK_INTERVAL_MS  1000
#define WAIT_TOLD_SECONDS 3

void monitor_start(struct monitor *m, const struct arguments *a, bool progress) {
  *m = (struct monitor){.arguments = a};
  progress_start(&m->progress,
                 progress && !a->quiet && !a->no_progress && terminal_has_escapes(STDERR_FILENO));
}

unsigned monitor_interval_ms(const struct monitor *m) {
  return m->progress.wanted ? PROGRESS_INTERVAL_MS : TICK_INTERVAL_MS;
}

int monitor_metrics(struct monitor *m, const struct ps_sieve_figures *figures, bool running) {
  struct ps_error err;
  if (!m->arguments->metrics) return PS_OK;
  int r = metrics_write(m->arguments->metrics, figures, running, &err);
  if (r != PS_OK && !m->metrics_failed) {
    progress_clear(&m->progress);
    message(running ? MESSAGE_WARNING : MESSAGE_ERROR, "%s", err.text);
  }
  m->metrics_failed |= r != PS_OK;
  m->metrics_due_ns = clock_monotonic_ns() + METRICS_INTERVAL_MS * UINT64_C(1000000);
  return r;
}

static void tell_locked(const char *store) {
  message(MESSAGE_WARNING,
          "the store in %s is locked: waiting until another process has written its batch (does "
          "its output stall?)",
          store);
}

/* Several runs on one store take turns by batch; one whose output stalls keeps the others waiting.
 */
static void tell_waiting(struct monitor *m, const struct ps_sieve_figures *f) {
  if (f->waiting_seconds < WAIT_TOLD_SECONDS) {
    if (f->waiting_seconds == 0) m->wait_told = false;
    return;
  }
  if (m->wait_told || m->arguments->quiet) return;
  m->wait_told = true;
  progress_clear(&m->progress);
  tell_locked(m->arguments->store);
}

void monitor_waits(void *monitor, const char *store) {
  struct monitor *m = monitor;
  if (!m || (!atomic_load(&m->opened) && !m->arguments->quiet)) tell_locked(store);
}

static void tell_outputs(struct monitor *m, const struct ps_sieve_figures *f) {
  if (m->arguments->quiet) return;
  if (f->awaits && !m->reader_told) {
    progress_clear(&m->progress);
    message(MESSAGE_NOTE, "waiting for a reader of %s", f->awaits);
  }
  if (f->unkept && !m->full_told) {
    progress_clear(&m->progress);
    message(MESSAGE_WARNING,
            "the file of malformed lines is full (--invalid-max): more are counted, but not kept");
  }
  m->reader_told |= f->awaits != NULL;
  m->full_told |= f->unkept > 0;
}

void monitor_tick(struct monitor *m, const struct ps_sieve_figures *figures) {
  tell_waiting(m, figures);
  tell_outputs(m, figures);
  if (clock_monotonic_ns() >= m->metrics_due_ns) (void)monitor_metrics(m, figures, true);
}
