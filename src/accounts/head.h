/* The head of a store's accounts: figures that are not of one day. */
#ifndef ACCOUNTS_HEAD_H
#define ACCOUNTS_HEAD_H

#include "accounts/measures.h"
#include "base/day.h"
#include <assert.h>
#include <pingsieve/seen.h>

/* Its value begins with these bytes; the rest are numbers and texts (accounts/bytes.h): the
 * sequence, the measures, the open days. */
#define HEAD_MAGIC   "pingacct"
#define HEAD_VERSION 1u
struct head_start {
  char magic[8];
  uint8_t version[4]; /* little-endian */
};
static_assert(sizeof(struct head_start) == 12, "on-disk format");

/* A day that will be sealed when it is over and quiet (accounts/save.h). */
struct open_day {
  day_t day;
  uint64_t sequence; /* when it was looked at the last time ... */
  uint64_t pings;    /* ... and how many it had then */
};

struct head {
  uint64_t sequence; /* commits that changed accounts; 0: there are none */
  struct measures measures;
  struct open_day *open; /* ascending */
  size_t nopen, cap;
};

void head_release(struct head *head);
/* Replaces what it holds; a store without accounts has an empty one. PS_E_STORE_VERSION for one
 * that a newer program wrote. */
int head_read(struct ps_seen *seen, struct head *head, struct ps_error *err);
int head_write(struct ps_seen *seen, const struct head *head, struct ps_error *err);

/* Adds a day that is not there yet, or does nothing; and takes one out. */
int head_open_day(struct head *head, day_t day, uint64_t pings, struct ps_error *err);
void head_close_days(struct head *head, uint32_t from, uint32_t to); /* of [from, to) */

#endif
