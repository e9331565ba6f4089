/* Group filters: one cache line answers for eight runs.
 *
 * Up to eight quiet runs of like size share a bit-sliced blocked Bloom filter (Putze, Sanders,
 * Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007): a line of 64 bytes is 64 rows of
 * 8 bits; a key picks its line by hi and GROUP_ROWS rows by lo, and the AND of the rows says which
 * runs may hold it. The runs settle what the filter cannot exclude. Built part by part, when
 * nothing is to be merged; a run that leaves lets its bit go stale; the filter goes with most of
 * its runs. Big runs wait until there are eight, since a filter takes the same room whatever its
 * members; small ones begin with four, and two filters that have room for one another become one.
 */
#ifndef SEEN_GROUP_H
#define SEEN_GROUP_H

#include "seen/store.h"

#define GROUP_RUNS 8u
#define GROUP_ROWS 4u

/* How many lines each part has; the same for all parts. */
uint64_t group_lines(const struct run_record *group);

/* Starts a filter for quiet runs of like size, if there are enough of them. *started tells. */
int group_plan(struct ps_seen *seen, bool *started, struct ps_error *err);
/* Builds the next part of filter `id`, in the open transaction. */
int group_step(struct ps_seen *seen, uint32_t id, struct ps_error *err);
/* Lets go of filters that few runs are left in. */
void group_retire(struct ps_seen *seen);

/* Looks seen->batch up in a complete filter: notes in its places and masks which entries may be in
 * which runs. *maybe: how many. */
int group_filter(struct ps_seen *seen, MDB_txn *txn, struct run *group, uint32_t *maybe,
                 struct ps_error *err);

/* NULL, or what is wrong with a part. */
const char *group_part_fault(const struct run_record *group, uint32_t part, const uint8_t *value,
                             size_t bytes);
/* The runs (as bits) that may hold the key, by a sound part. */
uint8_t group_mask(const struct run_record *group, const uint8_t *part, struct ps_key key);

#endif
