/* Figures: counts, kept apart for the open batch, so that an aborted batch is not in the numbers.
 *
 * One thread counts; any thread may take a snapshot. The counting side holds the lock once per
 * segment, not per ping.
 */
#ifndef SIEVE_FIGURES_H
#define SIEVE_FIGURES_H

#include "sieve/labels.h"

#include <pthread.h>

struct tally {
  uint64_t lines, bytes_in, bytes_out, count[PS_CLASSES], bytes[PS_CLASSES], internal_errors;
  uint64_t flags, advisories, withheld, withheld_bytes, unkept, unkept_bytes, untold;
  uint64_t passed_twice;
  uint64_t marked;              /* keys that were new to the set */
  uint16_t first_day, last_day; /* of the marked keys; meaningless when marked is 0 */
  struct ps_malformed_place first_malformed;
};

/* Another key was marked, on this day. */
static inline void tally_mark(struct tally *tally, uint16_t day) {
  if (!tally->marked || day < tally->first_day) tally->first_day = day;
  if (!tally->marked || day > tally->last_day) tally->last_day = day;
  tally->marked++;
}
/* Adds the counts of a later tally. */
void tally_add(struct tally *to, const struct tally *from);

struct figures {
  pthread_mutex_t mutex;
  struct tally committed, batch;
  struct labels *labels; /* NULL when not wanted */
  uint64_t batches, longest_commit_ns, started_ns, ended_ns;
  uint64_t waiting_since_ns; /* for the turn at the store; 0: not */
  uint64_t input_bytes;
  const char *awaits; /* the name of a sink without a reader */
  uint16_t watermark;
};

int figures_init(struct figures *figures, bool labels, struct ps_error *err);
void figures_release(struct figures *figures);

void figures_start(struct figures *figures);
void figures_end(struct figures *figures);
void figures_set_input(struct figures *figures, uint64_t input_bytes); /* any thread */
void figures_set_waiting(struct figures *figures, bool waiting);
void figures_set_awaits(struct figures *figures, const char *name); /* NULL: no more */
void figures_commit(struct figures *figures, uint64_t commit_ns, uint16_t watermark);
void figures_abort(struct figures *figures);

/* Adds to the open batch. Between lock and unlock; the caller may then also count into ->labels. */
void figures_add(struct figures *figures, const struct tally *tally);
void figures_lock(struct figures *figures);
void figures_unlock(struct figures *figures);

int figures_snapshot(struct figures *figures, struct ps_sieve_figures *out, struct ps_error *err);

#endif
