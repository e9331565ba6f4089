/* Pings that an earlier run has counted, and that were in its reader's pipe, unmarked, when it was
 * killed: when they come again they leave, are marked, and are not counted a second time.
 *
 * A run keeps the list of what it carries in the store, in the transaction that counts it:
 * carried/NNNNN, N a number that no other process has while this one lives (ps_seen_claim()). The
 * value is "PSCL", a version (4 bytes), and for each ping its key (16) and day (2), little-endian.
 * The next run that finds a list without its process takes it over. Where the accounts are off
 * nothing is kept. One thread, the committer.
 */
#ifndef SIEVE_COUNTED_H
#define SIEVE_COUNTED_H

#include "sieve/carried.h"

struct counted_ping {
  struct ps_key key;
  day_t day;
  bool came; /* again, and was not counted */
};

struct counted {
  bool opened, stored; /* a list of this run is in the store */
  uint32_t number;
  struct counted_ping *pings; /* by key; of earlier runs */
  size_t n, cap, waiting;     /* of these: have not come again */
};

/* In the open transaction, once: takes the lists over that nobody's any more. */
int counted_open(struct counted *counted, struct ps_seen *seen, struct ps_error *err);
void counted_release(struct counted *counted);
/* Whether an earlier run has counted this ping; it answers so once. */
bool counted_take(struct counted *counted, const struct ps_key *key);
/* Before the commit: the list is what is carried, and what has not come again, of days from `bound`
 * on. */
int counted_store(struct counted *counted, const struct carried *carried, uint32_t bound,
                  struct ps_seen *seen, struct ps_error *err);

#endif
