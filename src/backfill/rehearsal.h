/* Rehearsal: a copy of the store for a dry run to work on, removed with everything in it.
 *
 * It is STORE/dry-run-XXXXXX, or, while there is no store, STORE.dry-run-XXXXXX beside it.
 */
#ifndef BACKFILL_REHEARSAL_H
#define BACKFILL_REHEARSAL_H

#include <pingsieve/sieve.h>

struct rehearsal {
  char *directory; /* NULL: there is none */
  int held;        /* a lock on it, so that no run takes it for a left-over */
};
#define REHEARSAL_INIT                                                                             \
  { .directory = NULL, .held = -1 }

/* *options is changed to work on the copy, without a wait for the disk and without a sink outside
 * of it. Removes what earlier dry runs that were killed have left. */
int rehearsal_begin(struct ps_sieve_options *options, struct rehearsal *rehearsal,
                    struct ps_error *err);
void rehearsal_end(struct rehearsal *rehearsal); /* after the store was closed */

#endif
