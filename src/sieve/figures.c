#include "sieve/figures.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>

int figures_init(struct figures *figures, bool labels, struct ps_error *err) {
  *figures = (struct figures){0};
  if (pthread_mutex_init(&figures->mutex, NULL)) return error_memory(err, 0);
  int r = labels ? labels_create(&figures->labels, err) : PS_OK;
  if (r) pthread_mutex_destroy(&figures->mutex);
  return r;
}

void figures_release(struct figures *figures) {
  labels_free(figures->labels);
  pthread_mutex_destroy(&figures->mutex);
}

void figures_lock(struct figures *figures) { pthread_mutex_lock(&figures->mutex); }
void figures_unlock(struct figures *figures) { pthread_mutex_unlock(&figures->mutex); }

void figures_start(struct figures *figures) {
  figures_lock(figures);
  figures->started_ns = clock_monotonic_ns();
  figures_unlock(figures);
}

void figures_end(struct figures *figures) {
  figures_lock(figures);
  figures->ended_ns = clock_monotonic_ns();
  figures_unlock(figures);
}

void figures_set_input(struct figures *figures, uint64_t input_bytes) {
  figures_lock(figures);
  figures->input_bytes = input_bytes;
  figures_unlock(figures);
}

void figures_set_waiting(struct figures *figures, bool waiting) {
  figures_lock(figures);
  figures->waiting_since_ns = waiting ? clock_monotonic_ns() : 0;
  figures_unlock(figures);
}

void figures_set_awaits(struct figures *figures, const char *name) {
  figures_lock(figures);
  figures->awaits = name;
  figures_unlock(figures);
}

void tally_add(struct tally *to, const struct tally *from) {
  to->lines += from->lines;
  to->bytes_in += from->bytes_in;
  to->bytes_out += from->bytes_out;
  to->internal_errors += from->internal_errors;
  to->flags += from->flags;
  to->advisories += from->advisories;
  to->withheld += from->withheld;
  to->withheld_bytes += from->withheld_bytes;
  to->unkept += from->unkept;
  to->unkept_bytes += from->unkept_bytes;
  to->untold += from->untold;
  to->passed_twice += from->passed_twice;
  for (size_t c = 0; c < PS_CLASSES; c++) {
    to->count[c] += from->count[c];
    to->bytes[c] += from->bytes[c];
  }
  if (from->marked) {
    tally_mark(to, from->first_day);
    tally_mark(to, from->last_day);
    to->marked += from->marked - 2;
  }
  if (!to->first_malformed.line) to->first_malformed = from->first_malformed;
}

void figures_add(struct figures *figures, const struct tally *tally) {
  tally_add(&figures->batch, tally);
}

void figures_commit(struct figures *figures, uint64_t commit_ns, uint16_t watermark) {
  figures_lock(figures);
  tally_add(&figures->committed, &figures->batch);
  figures->batch = (struct tally){0};
  figures->batches++;
  figures->watermark = watermark;
  if (commit_ns > figures->longest_commit_ns) figures->longest_commit_ns = commit_ns;
  if (figures->labels) labels_commit(figures->labels);
  figures_unlock(figures);
}

void figures_abort(struct figures *figures) {
  figures_lock(figures);
  figures->batch = (struct tally){0};
  if (figures->labels) labels_abort(figures->labels);
  figures_unlock(figures);
}

int figures_snapshot(struct figures *figures, struct ps_sieve_figures *out, struct ps_error *err) {
  *out = (struct ps_sieve_figures){0};
  figures_lock(figures);
  struct tally t = figures->committed;
  tally_add(&t, &figures->batch);
  out->lines = t.lines;
  out->bytes_in = t.bytes_in;
  out->bytes_out = t.bytes_out;
  out->internal_errors = t.internal_errors;
  out->flags = t.flags;
  out->advisories = t.advisories;
  out->withheld = t.withheld;
  out->withheld_bytes = t.withheld_bytes;
  out->unkept = t.unkept;
  out->unkept_bytes = t.unkept_bytes;
  out->untold = t.untold;
  out->passed_twice = t.passed_twice;
  out->first_malformed = t.first_malformed;
  for (size_t c = 0; c < PS_CLASSES; c++) {
    out->count[c] = t.count[c];
    out->bytes[c] = t.bytes[c];
  }
  out->input_bytes = figures->input_bytes;
  out->awaits = figures->awaits;
  out->batches = figures->batches;
  out->longest_commit_ns = figures->longest_commit_ns;
  out->watermark = figures->watermark;
  if (figures->waiting_since_ns)
    out->waiting_seconds = (double)(clock_monotonic_ns() - figures->waiting_since_ns) * 1e-9;
  uint64_t until = figures->ended_ns ? figures->ended_ns : clock_monotonic_ns();
  if (figures->started_ns) out->seconds = (double)(until - figures->started_ns) * 1e-9;
  int r = figures->labels ? labels_copy(figures->labels, &out->labels, &out->nlabels, err) : PS_OK;
  figures_unlock(figures);
  return r;
}

void ps_sieve_figures_release(struct ps_sieve_figures *figures) {
  free(figures->labels);
  figures->labels = NULL;
  figures->nlabels = 0;
}
