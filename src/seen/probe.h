/* Looking a batch up: table first, then runs and group filters, newest first.
 *
 * A run is probed through its hot column: directory, then fingerprints; a match there is settled by
 * one exact comparison with the cold column. A wrong match comes once in 2^16 divided by the keys
 * in a sub-bucket (8 to 16), so the cold column is hardly read for new keys.
 */
#ifndef SEEN_PROBE_H
#define SEEN_PROBE_H

#include "seen/store.h"

/* Sets verdict[at] = 1 for each entry of seen->batch that is in the set and drops it from the
 * batch. */
int probe_batch(struct ps_seen *seen, MDB_txn *txn, uint8_t *verdict, struct ps_error *err);

#endif
