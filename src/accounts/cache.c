#include "accounts/cache.h"

#include "accounts/load.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

#define SKETCHES     3u /* of client_slots each is the budget (accounts/accounts.h) */
#define CAP_MIN      16u
#define DAYS_MAX     ((size_t)DAY_MAX + 1)
#define JOURNAL_KEPT (4u << 20) /* a larger buffer is given back after a commit */

int cache_init(struct cache *cache, uint32_t client_slots, size_t days, struct ps_error *err) {
  *cache = (struct cache){
      .client_slots = client_slots, .budget = (uint64_t)SKETCHES * client_slots, .days = days};
  cache->by_day = calloc(DAYS_MAX, sizeof(struct account *));
  return cache->by_day ? PS_OK : error_memory(err, DAYS_MAX * sizeof(struct account *));
}

void cache_release(struct cache *cache) {
  cache_drop_all(cache);
  free(cache->at);
  free(cache->by_day);
  *cache = (struct cache){.n = 0};
}

static void drop(struct cache *cache, size_t i) {
  cache->by_day[cache->at[i]->day] = NULL;
  account_free(cache->at[i]);
  cache->at[i] = cache->at[--cache->n];
}

void cache_drop_all(struct cache *cache) {
  while (cache->n) drop(cache, cache->n - 1);
}

void cache_drop_changed(struct cache *cache) {
  for (size_t i = cache->n; i-- > 0;)
    if (cache->at[i]->changed) drop(cache, i);
}

/* Drops the unchanged day that was not wanted for the longest time, at least `age` batches. */
static bool drop_oldest(struct cache *cache, uint64_t age) {
  size_t oldest = cache->n;
  for (size_t i = 0; i < cache->n; i++) {
    const struct account *account = cache->at[i];
    if (!account->changed && cache->batch - account->batch >= age &&
        (oldest == cache->n || account->batch < cache->at[oldest]->batch))
      oldest = i;
  }
  if (oldest == cache->n) return false;
  drop(cache, oldest);
  return true;
}

void cache_settle(struct cache *cache) {
  for (size_t i = 0; i < cache->n; i++) {
    struct account *account = cache->at[i];
    account->changed = false;
    if (account->journal.cap > JOURNAL_KEPT) buffer_release(&account->journal);
    buffer_clear(&account->journal);
  }
  while (cache->n > cache->days && drop_oldest(cache, 0)) {}
}

/* ---- slots ---- */

static uint64_t slots_of(const struct account *account) {
  uint64_t slots = 0;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++) slots += account->ranking[r].nslots;
  return slots;
}

uint64_t cache_slots(const struct cache *cache) {
  uint64_t slots = 0;
  for (size_t i = 0; i < cache->n; i++) slots += slots_of(cache->at[i]);
  return slots;
}

/* The largest ranking of all days but this one; NULL if it has fewer than `least` slots. */
static struct ranking *largest(const struct cache *cache, const struct ranking *but,
                               uint32_t least) {
  struct ranking *found = NULL;
  for (size_t i = 0; i < cache->n; i++)
    for (unsigned r = 0; r < PS_RANKS_MAX; r++) {
      struct ranking *ranking = &cache->at[i]->ranking[r];
      if (ranking != but && ranking->nslots >= least && (!found || ranking->nslots > found->nslots))
        found = ranking;
    }
  return found;
}

static bool shrink_largest(struct cache *cache, const struct ranking *but, uint32_t least) {
  struct ranking *victim = largest(cache, but, least);
  const uint32_t had = victim ? victim->nslots : 0;
  return victim && !ranking_purge(victim, NULL) && victim->nslots < had;
}

static uint32_t limit(void *context, struct account *account, unsigned rank, uint32_t want) {
  struct cache *cache = context;
  const struct ranking *ranking = &account->ranking[rank];
  const uint32_t least = ranking->nslots > RANKING_SLOTS_MIN ? ranking->nslots : RANKING_SLOTS_MIN;
  if (want > cache->client_slots) want = cache->client_slots;
  if (want <= ranking->nslots) return ranking->nslots;
  /* A day that is just being read is not in the cache yet. */
  const uint64_t loading = cache->by_day[account->day] == account ? 0 : slots_of(account);
  for (;;) {
    const uint64_t others = cache_slots(cache) + loading - ranking->nslots;
    if (others + want <= cache->budget) return want;
    if (drop_oldest(cache, CACHE_STALE) || shrink_largest(cache, ranking, want)) continue;
    while (want > least && others + want > cache->budget) want /= 2;
    return want;
  }
}

struct room cache_room(struct cache *cache) {
  return (struct room){limit, cache};
}

/* ---- days ---- */

static int insert(struct cache *cache, struct account *account, struct ps_error *err) {
  if (cache->n == cache->cap) {
    const size_t cap = cache->cap ? 2 * cache->cap : CAP_MIN;
    struct account **at = realloc(cache->at, cap * sizeof(struct account *));
    if (!at) return error_memory(err, cap * sizeof(struct account *));
    cache->at = at;
    cache->cap = cap;
  }
  cache->at[cache->n++] = account;
  cache->by_day[account->day] = account;
  return PS_OK;
}

int cache_load(struct cache *cache, struct ps_seen *seen, day_t day, struct account **account,
               struct ps_error *err) {
  const struct room room = cache_room(cache);
  if (cache->n >= cache->days) (void)drop_oldest(cache, 1);
  int r = account_load(seen, day, NULL, &room, account, err);
  if (r) return r;
  (*account)->batch = cache->batch;
  if ((r = insert(cache, *account, err))) account_free(*account);
  return r;
}
