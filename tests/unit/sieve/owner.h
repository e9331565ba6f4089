/* Another owner of a batch than the filter, who notes what its hooks see. */
#ifndef TEST_SIEVE_OWNER_H
#define TEST_SIEVE_OWNER_H

#include "support.h"

#include "sieve/core.h"

/* An owner whose hooks note their calls as text: the lines that left, "+N" for N lines counted, "["
 * and "]" around a commit. */
struct owner {
  struct core core;
  struct slot slot;
  struct scan_result scratch;
  struct buffer seen;
  struct tally tally;
  int leave_status, before_status, after_status;
  unsigned leave_after; /* lines that leave before leave_status is the answer */
  uint64_t taken;       /* that it says its reader has; at first all */
  int taken_status;     /* its answer to that */
  struct outlet_ops outlet;
  bool whole; /* batches do not end in the middle of a slot, but where days expire */
};

struct owner *owner_open(const struct ps_sieve_options *options);
void owner_close(struct owner *owner);

void owner_fill(struct owner *owner, const char *text); /* the slot, scanned */
/* Gives the slot to the batch, which it ends as a backfill does (whole) or as a filter. */
int owner_give(struct owner *owner);
int owner_take(struct owner *owner, const char *text); /* fills it, and gives it */
/* The text noted since the last time is this. */
void assert_seen(struct owner *owner, const char *expected);

/* Options of a store in the world that keeps so many days; a ping's day is at "day". */
struct ps_sieve_options keep_options(struct world *world, uint32_t keep_days);

#endif
