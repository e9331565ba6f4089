/* The plan: every input of a backfill in its order, with its day, its output's name and what is to
 * be done with it. Made and checked before the first ping is read; records are read one by one.
 */
#ifndef BACKFILL_PLAN_H
#define BACKFILL_PLAN_H

#include "backfill/checkpoint.h"
#include "inputs/inputs.h"
#include "io/part.h"

struct plan_entry {
  struct input *input;
  bool compare;  /* PARTLY, and the file's stat differs from the record's: the prefix must match */
  bool publish;  /* BEFORE, but its part has not got its name yet */
  bool replace;  /* a file under the output's name may be replaced */
  uint8_t state; /* enum ps_backfill_state */
};

struct plan {
  struct inputs inputs;
  struct plan_entry *entries; /* of the inputs, in the same order */
  bool resumed;
  struct job job;
};

/* Lists and orders the inputs and finds collisions; needs no store. Options as in
 * <pingsieve/backfill.h>. PS_E_ARGUMENT, PS_E_INPUT and PS_E_STOPPED as ps_backfill_open() tells.
 */
int plan_list(struct plan *plan, const struct ps_backfill_options *options, int stop_fd,
              struct ps_error *err);
/* Compares with the store's records and the outputs that are there: states, unfinished job, days to
 * do again. tree is NULL in a dry run, and then seen is a copy; seen is NULL where a store is yet
 * to be made, and then only the outputs are looked at. After all checks have passed, and when there
 * is work to do, one transaction of its own forgets the days to do again, with their records, and
 * puts the job. */
int plan_compare(struct plan *plan, const struct ps_backfill_options *options, struct ps_seen *seen,
                 struct part_tree *tree, int stop_fd, struct ps_error *err);
/* By day and path, after days have changed. */
void plan_sort(struct plan *plan);
void plan_release(struct plan *plan);

#endif
