/* The result of a backfill, told as a line or a block, as a list of problems, as a table of days,
 * and as JSON. */
#ifndef CLI_BACKFILL_SUMMARY_H
#define CLI_BACKFILL_SUMMARY_H

#include "cli/arguments.h"
#include "cli/summary.h"
#include <pingsieve/backfill.h>

struct backfill_outcome {
  const struct arguments *arguments;
  struct ps_backfill *backfill; /* the run is over */
  struct ps_backfill_figures figures;
  struct run run;
};

/* The block goes to a terminal, the line elsewhere; both to standard error. */
void backfill_summary_print(const struct backfill_outcome *outcome);

/* The problems on standard error, the first SUMMARY_PROBLEMS of them. */
int backfill_summary_problems(const struct backfill_outcome *outcome, struct ps_error *err);

/* Where all was done before: what --again would do. */
int backfill_summary_nothing(const struct backfill_outcome *outcome, struct ps_error *err);

/* The days on standard output, for a dry run. */
int backfill_summary_days(const struct backfill_outcome *outcome, struct ps_error *err);

/* Replaces the file at path, durably. Written row by row: its size is not bounded by memory. */
int backfill_summary_write(const struct backfill_outcome *outcome, const char *path,
                           struct ps_error *err);

#endif
