/* Merging runs of a spill: their entries by key, those of one key combined in the order of the
 * runs.
 */
#ifndef PROFILE_SPILL_MERGE_H
#define PROFILE_SPILL_MERGE_H

#include "profile/spill_run.h"

struct spill_merge {
  const struct spill_kind *kind;
  struct spill_reader readers[SPILL_FAN_IN];
  unsigned heap[SPILL_FAN_IN]; /* of readers with an entry; the least first */
  unsigned n;
  uint8_t *blocks, *tail; /* of all readers; of the entry */
  size_t tail_room;
  uint64_t key[SPILL_KEY], head[SPILL_HEAD];
};

/* runs: SPILL_FAN_IN at most, in their order. largest: bytes of their blocks, for each of which
 * there is then memory. */
int spill_merge_init(struct spill_merge *merge, const struct spill_kind *kind,
                     const struct spill_file *file, const struct spill_run *runs, unsigned n,
                     size_t largest, struct ps_error *err);
void spill_merge_release(struct spill_merge *merge);
/* Valid until the next call; false in *got: there is none. */
int spill_merge_next(struct spill_merge *merge, struct spill_entry *entry, bool *got,
                     struct ps_error *err);

#endif
