#include "accounts/ranking.h"

#include "accounts/ranking_slot.h"
#include "base/arith.h"
#include "base/error.h"
#include "base/seed.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- slots ---- */

static inline struct ps_client client_of(const struct ranking_slot *slot) {
  struct ps_client client = {.kind = (uint8_t)kind_of(slot)};
  memcpy(client.id, slot->id, sizeof client.id);
  return client;
}

static inline void counter_add(struct ranking_slot *slot, uint64_t weight) {
  const uint64_t sum = count_add(counter_of(slot), weight);
  slot->bits =
      (slot->bits & ~COUNTER) | (sum < RANKING_COUNT_MAX ? sum : (uint64_t)RANKING_COUNT_MAX);
}

/* No sealing has dropped anything: everybody who is there counts as kept. */
static bool is_open(const struct ranking *r) { return r->error_new == r->error_kept; }

static inline uint64_t error_of(const struct ranking *r, const struct ranking_slot *slot) {
  return slot->bits & KEPT ? r->error_kept : r->error_new;
}

/* ---- the table: linear probing from the hash's first bits ---- */

static inline uint32_t capacity(uint32_t nslots) { return nslots / 4 * 3; }

/* The kind is not hashed: an id has three at most. */
static inline uint32_t home_of(const struct ranking *r, const uint8_t id[16]) {
  const uint64_t hash = XXH3_64bits_withSeed(id, 16, r->seed);
  return (uint32_t)(hash >> (64 - __builtin_ctz(r->nslots)));
}

/* The client's slot, or the free one where it belongs. The table is never full. */
static inline struct ranking_slot *slot_find(const struct ranking *r, const uint8_t id[16],
                                             uint64_t kind) {
  const uint32_t mask = r->nslots - 1;
  for (uint32_t i = home_of(r, id);; i = (i + 1) & mask) {
    struct ranking_slot *slot = &r->slots[i];
    if (!slot->bits) return slot;
    if (memcmp(slot->id, id, 16) == 0 && (slot->bits ^ kind) >> KIND_SHIFT == 0) return slot;
  }
}

/* The client's slot; NULL when it has none. */
static inline struct ranking_slot *slot_of(const struct ranking *r, const uint8_t id[16],
                                           uint64_t kind) {
  if (!r->nslots) return NULL;
  struct ranking_slot *slot = slot_find(r, id, kind);
  return slot->bits ? slot : NULL;
}

/* Puts a slot that is not there into a table with room. */
static void slot_place(struct ranking *r, const struct ranking_slot *slot) {
  const uint32_t mask = r->nslots - 1;
  uint32_t i = home_of(r, slot->id);
  while (r->slots[i].bits) i = (i + 1) & mask;
  r->slots[i] = *slot;
  r->used++;
}

/* The smallest table for so many clients; 0 when none is large enough. */
static uint32_t slots_for(uint64_t clients) {
  uint32_t nslots = RANKING_SLOTS_MIN;
  while (nslots && capacity(nslots) < clients) nslots *= 2;
  return nslots;
}

static int table_resize(struct ranking *r, uint32_t nslots, struct ps_error *err) {
  if (nslots == r->nslots) return PS_OK;
  struct ranking resized = *r;
  resized.slots = nslots ? calloc(nslots, sizeof *r->slots) : NULL;
  if (!resized.slots) return error_memory(err, nslots * sizeof *r->slots);
  if (!r->nslots) resized.seed = seed_draw(resized.slots);
  resized.nslots = nslots;
  resized.used = 0;
  /* in the order of the old table, which is nearly the order of the new one */
  for (uint32_t i = 0; i < r->nslots; i++)
    if (r->slots[i].bits) slot_place(&resized, &r->slots[i]);
  free(r->slots);
  *r = resized;
  return PS_OK;
}

static int table_shrink(struct ranking *r, struct ps_error *err) {
  const uint32_t nslots = slots_for(r->used);
  return nslots < r->nslots ? table_resize(r, nslots, err) : PS_OK;
}

static uint32_t slot_free(const struct ranking *r) {
  uint32_t i = 0;
  while (r->slots[i].bits) i++;
  return i;
}

/* Closes the gaps after slots were freed. `start` was free before: from there on, every slot stands
 * behind all that it may have been put off by, and moves to a place that was passed already. */
static void table_mend(struct ranking *r, uint32_t start) {
  const uint32_t mask = r->nslots - 1;
  r->used = 0;
  for (uint32_t step = 1; step < r->nslots; step++) {
    struct ranking_slot *at = &r->slots[(start + step) & mask];
    const struct ranking_slot slot = *at;
    if (!slot.bits) continue;
    at->bits = 0;
    slot_place(r, &slot);
  }
}

/* ---- order statistics: counters in bins of 6 significant bits ---- */

#define BINS 2048u

static inline uint32_t bin_of(uint64_t counter) {
  if (counter < 64) return (uint32_t)counter;
  const unsigned shift = 58u - (unsigned)__builtin_clzll(counter);
  return shift * 32 + (uint32_t)(counter >> shift);
}
static uint64_t bin_low(uint32_t bin) {
  return bin < 64 ? bin : (uint64_t)(32 + bin % 32) << (bin / 32 - 1);
}
static uint64_t bin_high(uint32_t bin) { return bin_low(bin + 1) - 1; }
static_assert((60 - 5) * 32 + 32 < BINS, "RANKING_COUNT_MAX has a bin");

/* At least half of the counters are not above it; more than half are at least 32/33 of it. */
static uint64_t median_above(const struct ranking *r) {
  uint32_t in_bin[BINS] = {0};
  for (uint32_t i = 0; i < r->nslots; i++) in_bin[bin_of(counter_of(&r->slots[i]))]++;
  const uint32_t half = r->used - r->used / 2;
  uint32_t bin = 1; /* in bin 0 are the free slots */
  for (uint32_t seen = in_bin[bin]; seen < half; seen += in_bin[bin]) bin++;
  return bin_high(bin);
}

/* Counters of [low, high] in BINS parts of equal width, then the part where the k-th largest of
 * them is; *k is its rank there. */
static void window_narrow(const struct ranking *r, const struct ranking_slot *except, uint64_t *low,
                          uint64_t *high, size_t *k) {
  unsigned shift = 0;
  while ((*high - *low) >> shift >= BINS) shift++;
  uint32_t in_part[BINS] = {0};
  for (uint32_t i = 0; i < r->nslots; i++) {
    const uint64_t counter = counter_of(&r->slots[i]);
    if (counter >= *low && counter <= *high && &r->slots[i] != except)
      in_part[(counter - *low) >> shift]++;
  }
  uint32_t part = BINS - 1;
  while (*k > in_part[part]) *k -= in_part[part--];
  *low += (uint64_t)part << shift;
  *high = *low + ((UINT64_C(1) << shift) - 1);
}

int ranking_select(const struct ranking *ranking, size_t k, const struct ps_client *except,
                   uint64_t *count, struct ps_error *err) {
  (void)err;
  *count = 0;
  const struct ranking_slot *skip =
      except ? slot_of(ranking, except->id, kind_bits(except->kind)) : NULL;
  if (k == 0 || k > ranking->used - (skip ? 1u : 0u)) return PS_OK;
  uint32_t in_bin[BINS] = {0};
  for (uint32_t i = 0; i < ranking->nslots; i++) in_bin[bin_of(counter_of(&ranking->slots[i]))]++;
  if (skip) in_bin[bin_of(counter_of(skip))]--;
  uint32_t bin = BINS - 1;
  while (k > in_bin[bin]) k -= in_bin[bin--];
  uint64_t low = bin_low(bin), high = bin_high(bin);
  while (low < high) window_narrow(ranking, skip, &low, &high, &k);
  *count = low;
  return PS_OK;
}

/* ---- purging and counting ---- */

static void purge(struct ranking *r) {
  const uint64_t value = median_above(r);
  const uint32_t start = slot_free(r);
  for (uint32_t i = 0; i < r->nslots; i++) {
    struct ranking_slot *slot = &r->slots[i];
    if (counter_of(slot) > value) slot->bits -= value;
    else slot->bits = 0;
  }
  table_mend(r, start);
  r->error_new = count_add(r->error_new, value);
  r->error_kept = count_add(r->error_kept, value);
}

int ranking_purge(struct ranking *ranking, struct ps_error *err) {
  if (!ranking->used) return PS_OK;
  purge(ranking);
  return table_shrink(ranking, err);
}

static int room_make(struct ranking *ranking, uint32_t limit, bool *grown, struct ps_error *err) {
  const uint64_t want = ranking->nslots ? 2 * (uint64_t)ranking->nslots : RANKING_SLOTS_MIN;
  if (ranking->nslots && want > limit) {
    purge(ranking);
    return PS_OK;
  }
  const int r = table_resize(ranking, (uint32_t)want, err);
  if (!r && grown) *grown = true;
  return r;
}

int ranking_insert(struct ranking *ranking, const struct ranking_slot *entry, uint32_t limit,
                   bool *added, struct ps_error *err) {
  *added = !slot_of(ranking, entry->id, entry->bits);
  if (!*added) return PS_OK;
  if (ranking->used >= capacity(ranking->nslots)) {
    const int r = room_make(ranking, limit, NULL, err);
    if (r) return r;
  }
  slot_place(ranking, entry);
  return PS_OK;
}

void ranking_release(struct ranking *ranking) {
  free(ranking->slots);
  *ranking = (struct ranking){0};
}

void ranking_prefetch(const struct ranking *ranking, const struct ps_client *client) {
  if (!ranking->nslots) return;
  const struct ranking_slot *slot = &ranking->slots[home_of(ranking, client->id)];
  __builtin_prefetch(slot, 1);
  __builtin_prefetch((const uint8_t *)slot + 64, 1);
}

static inline int count(struct ranking *r, struct ranking_slot *slot, uint64_t weight,
                        struct ps_bounded *figure) {
  counter_add(slot, weight);
  r->total = count_add(r->total, weight);
  if (figure) *figure = (struct ps_bounded){counter_of(slot), error_of(r, slot)};
  return PS_OK;
}

/* Apart, so that the way of a client that is there needs no stack. */
__attribute__((noinline)) static int count_new(struct ranking *ranking,
                                               const struct ps_client *client, uint64_t weight,
                                               uint32_t limit, struct ps_bounded *figure,
                                               bool *grown, struct ps_error *err) {
  if (ranking->used >= capacity(ranking->nslots)) {
    const int r = room_make(ranking, limit, grown, err);
    if (r) return r;
  }
  struct ranking_slot *slot = slot_find(ranking, client->id, kind_bits(client->kind));
  memcpy(slot->id, client->id, sizeof slot->id);
  slot->bits = kind_bits(client->kind);
  ranking->used++;
  return count(ranking, slot, weight, figure);
}

int ranking_add(struct ranking *ranking, const struct ps_client *client, uint64_t weight,
                uint32_t limit, struct ps_bounded *figure, bool *grown, struct ps_error *err) {
  if (grown) *grown = false;
  struct ranking_slot *slot = slot_of(ranking, client->id, kind_bits(client->kind));
  if (!slot) return count_new(ranking, client, weight, limit, figure, grown, err);
  return count(ranking, slot, weight, figure);
}

struct ps_bounded ranking_get(const struct ranking *ranking, const struct ps_client *client) {
  const struct ranking_slot *slot = slot_of(ranking, client->id, kind_bits(client->kind));
  if (!slot) return (struct ps_bounded){0, ranking->error_new};
  return (struct ps_bounded){counter_of(slot), error_of(ranking, slot)};
}

/* ---- the n largest ---- */

static int by_kind_and_id(const void *a, const void *b) {
  const struct ranking_slot *x = a, *y = b;
  if (kind_of(x) != kind_of(y)) return kind_of(x) < kind_of(y) ? -1 : 1;
  return memcmp(x->id, y->id, sizeof x->id);
}

/* Where the n largest end: with counters above `counter`, and of those equal to it with the ones up
 * to `last`. */
struct cut {
  uint64_t counter;
  struct ranking_slot last;
};

static bool cut_has(const struct cut *cut, const struct ranking_slot *slot) {
  if (counter_of(slot) != cut->counter) return counter_of(slot) > cut->counter;
  return by_kind_and_id(slot, &cut->last) <= 0;
}

/* For n < used. */
static int cut_find(const struct ranking *ranking, size_t n, struct cut *cut,
                    struct ps_error *err) {
  *cut = (struct cut){.counter = UINT64_MAX};
  if (!n) return PS_OK;
  const int r = ranking_select(ranking, n, NULL, &cut->counter, err);
  if (r) return r;
  size_t above = 0, equal = 0;
  for (uint32_t i = 0; i < ranking->nslots; i++) {
    above += counter_of(&ranking->slots[i]) > cut->counter;
    equal += counter_of(&ranking->slots[i]) == cut->counter;
  }
  struct ranking_slot *ties = malloc((equal ? equal : 1) * sizeof *ties);
  if (!ties) return error_memory(err, equal * sizeof *ties);
  size_t at = 0;
  for (uint32_t i = 0; i < ranking->nslots; i++)
    if (counter_of(&ranking->slots[i]) == cut->counter) ties[at++] = ranking->slots[i];
  qsort(ties, equal, sizeof *ties, by_kind_and_id);
  cut->last = ties[n - above - 1];
  free(ties);
  return PS_OK;
}

int ranking_seal(struct ranking *ranking, size_t n, struct ps_error *err) {
  struct cut cut;
  if (ranking->used <= n) return table_shrink(ranking, err);
  const int r = cut_find(ranking, n, &cut, err);
  if (r) return r;
  const uint64_t keep = is_open(ranking) ? KEPT : 0;
  uint64_t absent = ranking->error_new;
  const uint32_t start = slot_free(ranking);
  for (uint32_t i = 0; i < ranking->nslots; i++) {
    struct ranking_slot *slot = &ranking->slots[i];
    if (!slot->bits) continue;
    if (cut_has(&cut, slot)) {
      slot->bits |= keep;
    } else {
      const uint64_t most = count_add(counter_of(slot), error_of(ranking, slot));
      if (most > absent) absent = most;
      slot->bits = 0;
    }
  }
  table_mend(ranking, start);
  ranking->error_new = absent;
  return table_shrink(ranking, err);
}

static int by_figure(const void *a, const void *b) {
  const struct ps_client_figure *x = a, *y = b;
  if (x->figure.count != y->figure.count) return x->figure.count > y->figure.count ? -1 : 1;
  if (x->client.kind != y->client.kind) return x->client.kind < y->client.kind ? -1 : 1;
  return memcmp(x->client.id, y->client.id, sizeof x->client.id);
}

int ranking_top(const struct ranking *ranking, size_t n, struct ps_client_figure **entries,
                size_t *got, uint64_t *absent, struct ps_error *err) {
  struct cut cut = {0}; /* all */
  *entries = NULL;
  *got = 0;
  *absent = ranking->error_new;
  if (!ranking->used) return PS_OK;
  if (!n || n > ranking->used) n = ranking->used;
  const int r = n < ranking->used ? cut_find(ranking, n, &cut, err) : PS_OK;
  if (r) return r;
  struct ps_client_figure *top = malloc(n * sizeof *top);
  if (!top) return error_memory(err, n * sizeof *top);
  size_t at = 0;
  for (uint32_t i = 0; i < ranking->nslots; i++) {
    const struct ranking_slot *slot = &ranking->slots[i];
    if (!slot->bits) continue;
    const struct ps_bounded figure = {counter_of(slot), error_of(ranking, slot)};
    const uint64_t most = count_add(figure.count, figure.error);
    if (cut_has(&cut, slot)) top[at++] = (struct ps_client_figure){client_of(slot), figure};
    else if (most > *absent) *absent = most;
  }
  qsort(top, at, sizeof *top, by_figure);
  *entries = top;
  *got = at;
  return PS_OK;
}

/* ---- merging ---- */

/* Everybody's error is the sum of both errors. A client is kept when its error in both is that of
 * kept ones; absent ones too have it where no sealing dropped any. */
static void kept_join(struct ranking *r, const struct ranking *other) {
  const bool all = is_open(r), others = is_open(other);
  if (all && others) return;
  for (uint32_t i = 0; i < r->nslots; i++) {
    struct ranking_slot *slot = &r->slots[i];
    if (!slot->bits) continue;
    const struct ranking_slot *twin = slot_of(other, slot->id, slot->bits);
    const bool kept = (all || slot->bits & KEPT) && (others || (twin && twin->bits & KEPT));
    slot->bits = kept ? slot->bits | KEPT : slot->bits & ~KEPT;
  }
}

static void counters_join(struct ranking *r, const struct ranking *other) {
  const bool all = is_open(r), others = is_open(other);
  for (uint32_t i = 0; i < other->nslots; i++) {
    const struct ranking_slot *from = &other->slots[i];
    if (!from->bits) continue;
    struct ranking_slot *to = slot_find(r, from->id, from->bits);
    if (!to->bits) {
      const bool kept = all && !others && from->bits & KEPT;
      memcpy(to->id, from->id, sizeof to->id);
      to->bits = kind_bits(kind_of(from)) | (kept ? KEPT : 0);
      r->used++;
    }
    counter_add(to, counter_of(from));
  }
}

int ranking_merge(struct ranking *ranking, const struct ranking *other, uint32_t limit,
                  struct ps_error *err) {
  uint64_t together = ranking->used;
  for (uint32_t i = 0; i < other->nslots; i++) {
    const struct ranking_slot *slot = &other->slots[i];
    together += slot->bits && !slot_of(ranking, slot->id, slot->bits);
  }
  const uint32_t before = ranking->nslots, nslots = slots_for(together);
  if (together && (!nslots || nslots > before)) {
    const int r = table_resize(ranking, nslots, err);
    if (r) return r;
  }
  kept_join(ranking, other);
  counters_join(ranking, other);
  ranking->total = count_add(ranking->total, other->total);
  ranking->error_new = count_add(ranking->error_new, other->error_new);
  ranking->error_kept = count_add(ranking->error_kept, other->error_kept);

  uint32_t most = before > RANKING_SLOTS_MIN ? before : RANKING_SLOTS_MIN;
  while (2 * (uint64_t)most <= limit) most *= 2;
  if (ranking->nslots <= most) return PS_OK;
  while (ranking->used > capacity(most)) purge(ranking);
  return table_resize(ranking, most, err);
}
