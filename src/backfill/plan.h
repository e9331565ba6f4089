/* The plan: every input of a backfill in its order, with its day, its output's name and what is to
 * be done with it. Made and checked before the first ping is read.
 *
 * Memory: about 100 bytes and the path an input, in one arena; records are read one by one.
 */
#ifndef BACKFILL_PLAN_H
#define BACKFILL_PLAN_H

#include "backfill/checkpoint.h"
#include "io/part.h"

struct plan_entry {
  const char *path; /* as given; "-": standard input */
  const char *name; /* of the output */
  uint32_t day;     /* that orders it: from the path, else of its first ping, else RECORD_NO_DAY */
  bool day_given;   /* from the path: the day of all its pings */
  bool piped;       /* no regular file: reading may wait for ever */
  bool compare;   /* PARTLY, and the file's stat differs from the record's: the prefix must match */
  bool publish;   /* BEFORE, but its part has not got its name yet */
  bool replace;   /* a file under the output's name may be replaced */
  uint8_t state;  /* enum ps_backfill_state */
  uint64_t bytes; /* of the file when it was listed */
};

struct plan_problem {
  char *path, *text;
  uint64_t offset;
};

struct plan {
  size_t n;
  struct plan_entry *entries; /* in order */
  uint64_t bytes;
  size_t nproblems, problems_cap; /* capped at PLAN_PROBLEMS kept; all are counted */
  struct plan_problem *problems;
  uint64_t problem_count;
  bool resumed;
  struct job job;
  struct arena *arena;
};
#define PLAN_PROBLEMS 10000u

/* Ends the sentence of an error that may pass (error_is_passing()). */
#define PLAN_AGAIN "; run the same command again"

/* Lists and orders the inputs and finds collisions; needs no store. Options as in
 * <pingsieve/backfill.h>. PS_E_ARGUMENT, PS_E_INPUT and PS_E_STOPPED as ps_backfill_open() tells.
 */
int plan_list(struct plan *plan, const struct ps_backfill_options *options, int stop_fd,
              struct ps_error *err);
/* The same for a run that writes nothing: inputs may have any names and lie anywhere. Of the
 * options only inputs, ninputs, files_from, null_separated, written, day_from, follow, and of the
 * sieve's date_paths and simd are used. */
int plan_inputs(struct plan *plan, const struct ps_backfill_options *options, int stop_fd,
                struct ps_error *err);
/* Compares with the store's records and the outputs that are there: states, unfinished job, days to
 * do again. tree is NULL in a dry run, and then seen is a copy; seen is NULL where a store is yet
 * to be made, and then only the outputs are looked at. After all checks have passed, and when there
 * is work to do, one transaction of its own forgets the days to do again, with their records, and
 * puts the job. */
int plan_compare(struct plan *plan, const struct ps_backfill_options *options, struct ps_seen *seen,
                 struct part_tree *tree, int stop_fd, struct ps_error *err);
/* By day and path. */
void plan_sort(struct plan *plan);
bool plan_is_standard_input(const struct plan_entry *entry);
int plan_add_problem(struct plan *plan, const char *path, uint64_t offset, const char *text,
                     struct ps_error *err);
/* The absolute path under which an entry's record is kept (realpath of the directory, and the last
 * component). PS_E_INPUT when it is gone, or the system did not tell. */
int plan_absolute(const struct plan_entry *entry, char path[RECORD_PATH], struct ps_error *err);
void plan_release(struct plan *plan);

#endif
