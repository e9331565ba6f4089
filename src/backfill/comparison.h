/* Comparison: the state of plan_compare() while it works, shared by its parts. */
#ifndef BACKFILL_COMPARISON_H
#define BACKFILL_COMPARISON_H

#include "backfill/index.h"
#include "backfill/plan.h"
#include "inputs/examples.h"
#include "inputs/place.h"

struct day_set {
  uint8_t bits[((size_t)DAY_MAX + 1) / 8];
};
static inline bool day_set_has(const struct day_set *set, uint32_t day) {
  return day <= DAY_MAX && (set->bits[day / 8] >> (day % 8) & 1);
}
static inline void day_set_add(struct day_set *set, uint32_t day) {
  if (day <= DAY_MAX) set->bits[day / 8] |= (uint8_t)(1u << (day % 8));
}

struct comparison {
  struct plan *plan;
  const struct ps_backfill_options *options;
  struct ps_seen *seen;
  struct part_tree *tree; /* NULL: a dry run */
  int stop_fd;
  char out[INPUT_PATH]; /* the real path of the output directory; "" in a dry run */
  struct index index;
  struct index_row **rows; /* of each entry; NULL: it has no record */
  bool unfinished;         /* there is a job in the store ... */
  bool same_job;           /* ... with the settings of this one */
  struct job job;          /* that one */
  struct day_set before;   /* days that the same job has forgotten already */
  struct day_set again;    /* days to forget now */
  struct place_cache cache;
  struct checkpoint record; /* scratch */
  unsigned viewed;          /* records read in the open view of the store; 0: none is open */
  struct examples existing, in_the_way, moved, lost, otherwise;
};

/* Whether the entry's record goes, because a day of it is done again. */
bool comparison_is_reset(const struct comparison *c, size_t entry);
/* Finds the days to do again. PS_E_ARGUMENT: some of their inputs are not among the entries. */
int comparison_find_again(struct comparison *c, struct ps_error *err);
/* In one transaction: forgets the days to do again and puts the job. */
int comparison_begin_job(struct comparison *c, struct ps_error *err);
/* PS_E_ARGUMENT: an input that is new has the bytes of one that is done, has marked keys, and is
 * not among the entries: the archive was moved, perhaps, and all its pings would be duplicates.
 * Where pings left and none was marked, the other must be gone: they would leave once more. Files
 * without pings, as of quiet hours, are no copies of each other. */
int comparison_find_copies(struct comparison *c, struct ps_error *err);

#endif
