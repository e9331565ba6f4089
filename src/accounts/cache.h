/* The days in memory: at most CACHE_DAYS, more only while one batch counts into more, and a budget
 * of slots that all their rankings share.
 *
 * A ranking that wants to grow when the budget is spent gets it from days that no batch wanted for
 * a while, which are dropped (the store has them), then from rankings that are at least as large as
 * it wants to be, which are purged. So equal days end with equal tables.
 */
#ifndef ACCOUNTS_CACHE_H
#define ACCOUNTS_CACHE_H

#include "accounts/account.h"
#include <pingsieve/seen.h>

#define CACHE_DAYS  64u
#define CACHE_STALE 8u /* batches */

struct cache {
  struct account **at; /* in no order */
  size_t n, cap;
  struct account **by_day; /* of every day; NULL: not in memory */
  uint32_t client_slots;   /* of a ranking, a power of two */
  uint64_t budget;         /* of all */
  size_t days;             /* CACHE_DAYS */
  uint64_t batch;          /* of now */
};

int cache_init(struct cache *cache, uint32_t client_slots, size_t days, struct ps_error *err);
void cache_release(struct cache *cache);

static inline struct account *cache_find(const struct cache *cache, day_t day) {
  return cache->by_day[day];
}
/* Reads the day when it is not in memory; it then stays at least until the next batch. */
int cache_load(struct cache *cache, struct ps_seen *seen, day_t day, struct account **account,
               struct ps_error *err);
static inline int cache_get(struct cache *cache, struct ps_seen *seen, day_t day,
                            struct account **account, struct ps_error *err) {
  if (!(*account = cache->by_day[day])) return cache_load(cache, seen, day, account, err);
  (*account)->batch = cache->batch;
  return PS_OK;
}

struct room cache_room(struct cache *cache);
uint64_t cache_slots(const struct cache *cache); /* in use */

void cache_drop_all(struct cache *cache);
void cache_drop_changed(struct cache *cache);
/* After a commit: nothing has changed any more, and days over the limit go. */
void cache_settle(struct cache *cache);

#endif
