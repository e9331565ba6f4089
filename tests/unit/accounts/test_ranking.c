/* Rankings against an exact count, on streams that are made to break them. */
#include "accounts/ranking.h"

#include "../scale.h"
#include "base/buffer.h"
#include "clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT   1024u           /* slots, mostly */
#define FULL    (LIMIT / 4 * 3) /* clients of such a table */
#define CLIENTS (16 * LIMIT)    /* that may come at all */

/* ---- allocations that fail ---- */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);

static bool no_memory;
void *__wrap_malloc(size_t bytes) { return no_memory ? NULL : __real_malloc(bytes); }
void *__wrap_calloc(size_t n, size_t bytes) { return no_memory ? NULL : __real_calloc(n, bytes); }

/* ---- a ranking and the truth ---- */

struct trial {
  struct ranking ranking;
  uint32_t limit;
  uint64_t random;
  uint64_t total;
  uint64_t truth[CLIENTS];
};

static struct trial *trial_create(uint64_t seed) {
  struct trial *t = calloc(1, sizeof *t);
  assert_non_null(t);
  t->random = seed;
  t->limit = LIMIT;
  return t;
}

static void trial_free(struct trial *t) {
  ranking_release(&t->ranking);
  free(t);
}

static void add(struct trial *t, uint32_t number, uint64_t weight) {
  const struct ps_client client = client_numbered(number);
  const uint32_t slots = t->ranking.nslots;
  struct ps_bounded figure;
  bool grown;
  ranking_prefetch(&t->ranking, &client);
  assert_int_equal(ranking_add(&t->ranking, &client, weight, t->limit, &figure, &grown, NULL),
                   PS_OK);
  t->truth[number] += weight;
  t->total += weight;
  assert_true(figure.count <= t->truth[number]);
  assert_true(t->truth[number] <= figure.count + figure.error);
  assert_int_equal(grown, t->ranking.nslots > slots);
}

static void check_top(const struct trial *t, size_t n) {
  struct ps_client_figure *entries;
  size_t got;
  uint64_t absent;
  bool *listed = calloc(CLIENTS, sizeof *listed);
  assert_non_null(listed);
  assert_int_equal(ranking_top(&t->ranking, n, &entries, &got, &absent, NULL), PS_OK);
  assert_int_equal(got, n && n < t->ranking.used ? n : t->ranking.used);
  for (size_t i = 0; i < got; i++) {
    const uint32_t number = client_number(&entries[i].client);
    assert_in_range(number, 0, CLIENTS - 1);
    assert_false(listed[number]);
    listed[number] = true;
    assert_true(entries[i].figure.count <= t->truth[number]);
    assert_true(t->truth[number] <= entries[i].figure.count + entries[i].figure.error);
    if (i) assert_true(entries[i - 1].figure.count >= entries[i].figure.count);
  }
  for (uint32_t number = 0; number < CLIENTS; number++)
    if (!listed[number]) assert_true(t->truth[number] <= absent);
  free(entries);
  free(listed);
}

/* Everything that a ranking promises, for every client. */
static void check(const struct trial *t) {
  assert_true(t->ranking.total == t->total);
  assert_true(t->ranking.nslots <= t->limit);
  assert_true(t->ranking.used <= t->ranking.nslots / 4 * 3);
  for (uint32_t number = 0; number < CLIENTS; number++) {
    const struct ps_client client = client_numbered(number);
    const struct ps_bounded figure = ranking_get(&t->ranking, &client);
    if (figure.count > t->truth[number] || t->truth[number] > figure.count + figure.error)
      fail_msg("client %u has %llu, told %llu + %llu", number, (unsigned long long)t->truth[number],
               (unsigned long long)figure.count, (unsigned long long)figure.error);
    assert_true(figure.count > 0 || figure.error == t->ranking.error_new);
  }
  static const size_t tops[] = {0, 1, 10, 100, CLIENTS};
  for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) check_top(t, tops[i]);
}

static void check_error(const struct trial *t) {
  assert_true((double)t->ranking.error_new <= (double)t->total / (0.36 * LIMIT));
  assert_int_equal(t->ranking.error_new, t->ranking.error_kept);
}

/* ---- streams ---- */

/* Adds the i-th of n. */
typedef void stream(struct trial *t, uint32_t i, uint32_t n);

static void uniform(struct trial *t, uint32_t i, uint32_t n) {
  (void)i;
  (void)n;
  add(t, (uint32_t)random_below(&t->random, CLIENTS), 1);
}
static void zipf(struct trial *t, uint32_t i, uint32_t n) {
  (void)i;
  (void)n;
  add(t, random_zipf(&t->random, CLIENTS, 1.1), 1);
}
static void zipf_steep(struct trial *t, uint32_t i, uint32_t n) {
  (void)i;
  (void)n;
  add(t, random_zipf(&t->random, CLIENTS, 2), 1);
}
static void weighted(struct trial *t, uint32_t i, uint32_t n) {
  (void)i;
  (void)n;
  add(t, random_zipf(&t->random, CLIENTS, 1.3), 1 + (random_next(&t->random) >> 34));
}
static void heavy_last(struct trial *t, uint32_t i, uint32_t n) {
  add(t, i < n / 5 * 4 ? 20 + i % (CLIENTS - 20) : i % 20, 1);
}
static void heavy_first(struct trial *t, uint32_t i, uint32_t n) {
  add(t, i < n / 5 ? i % 20 : 20 + i % (CLIENTS - 20), 1);
}
/* One client more than fit, in turns: counters never grow. */
static void round_robin(struct trial *t, uint32_t i, uint32_t n) {
  (void)n;
  add(t, i % (FULL + 1), 1);
}
static void round_robin_widening(struct trial *t, uint32_t i, uint32_t n) {
  add(t, i % (FULL + 1 + (uint32_t)((uint64_t)i * (CLIENTS - FULL - 1) / n)), 1);
}
static void increasing(struct trial *t, uint32_t i, uint32_t n) {
  (void)n;
  add(t, (uint32_t)random_below(&t->random, CLIENTS), i + 1);
}
static void one_giant(struct trial *t, uint32_t i, uint32_t n) {
  add(t, (uint32_t)random_below(&t->random, CLIENTS), i == n / 2 ? UINT64_C(118021474114) : 1);
}
/* A heavy client returns just after it was purged. */
static void purged_and_back(struct trial *t, uint32_t i, uint32_t n) {
  (void)n;
  for (uint32_t heavy = 0; heavy < 8; heavy++) {
    const struct ps_client client = client_numbered(heavy);
    if (ranking_get(&t->ranking, &client).count == 0) add(t, heavy, 3);
  }
  add(t, 8 + i % (CLIENTS - 8), 1 + i / CLIENTS);
}
/* Pairs of waves: what the first fills, the second outweighs. */
static void waves(struct trial *t, uint32_t i, uint32_t n) {
  (void)n;
  const uint32_t wave = i / FULL;
  add(t, (wave * FULL + i % FULL) % CLIENTS, 1 + wave % 16);
}

static const struct {
  const char *name;
  stream *stream;
} streams[] = {
    {"uniform", uniform},
    {"zipf", zipf},
    {"steep zipf", zipf_steep},
    {"weighted", weighted},
    {"heavy last", heavy_last},
    {"heavy first", heavy_first},
    {"round robin", round_robin},
    {"widening round robin", round_robin_widening},
    {"increasing", increasing},
    {"one giant", one_giant},
    {"purged and back", purged_and_back},
    {"waves", waves},
};
#define STREAMS (sizeof streams / sizeof *streams)

static void bounds_hold_on_every_stream(void **state) {
  (void)state;
  const uint32_t n = scaled(150000);
  for (size_t s = 0; s < STREAMS; s++) {
    struct trial *t = trial_create(s);
    for (uint32_t i = 0; i < n; i++) {
      streams[s].stream(t, i, n);
      if (i % (n / 8 + 1) == 0) check(t);
    }
    check(t);
    check_error(t);
    trial_free(t);
  }
}

/* On a stream that fits, nothing is lost. */
static void what_fits_is_exact(void **state) {
  (void)state;
  struct trial *t = trial_create(1);
  for (uint32_t i = 0; i < 5000; i++) add(t, i * 7 % FULL, 1 + i % 3);
  check(t);
  assert_int_equal(t->ranking.used, FULL);
  assert_int_equal(t->ranking.nslots, LIMIT);
  assert_int_equal(t->ranking.error_new, 0);
  add(t, FULL, 1);
  assert_int_not_equal(t->ranking.error_new, 0);
  assert_true(t->ranking.used <= FULL / 2 + 1);
  check(t);
  trial_free(t);
}

static void bounds_hold_through_sealings_and_purges(void **state) {
  (void)state;
  const uint32_t n = scaled(60000) + 1000;
  for (size_t s = 0; s < STREAMS; s++) {
    struct trial *t = trial_create(100 + s);
    for (uint32_t i = 0; i < n; i++) {
      streams[s].stream(t, i, n);
      if (i == n / 3 || i == n / 2 || i == n - 10) {
        const size_t keep = i == n / 3 ? 300 : 100;
        const uint64_t kept = t->ranking.error_kept, before = t->ranking.used;
        assert_int_equal(ranking_seal(&t->ranking, keep, NULL), PS_OK);
        assert_true(t->ranking.used == (before < keep ? before : keep));
        assert_true(t->ranking.error_kept == kept);
        assert_true(t->ranking.error_new >= kept);
        assert_true(t->ranking.nslots <= 512);
        check(t);
      } else if (i % (n / 4) == n / 5) {
        assert_int_equal(ranking_purge(&t->ranking, NULL), PS_OK);
        check(t);
      }
    }
    check(t);
    trial_free(t);
  }
}

/* The bound is met nearly: what more than half of a full table have is subtracted. */
static void the_error_is_bounded_where_it_is_largest(void **state) {
  (void)state;
  struct trial *t = trial_create(1);
  for (uint32_t i = 0; i < FULL; i++) add(t, i, i <= FULL / 2 ? 64 : 1);
  add(t, FULL, 1);
  assert_in_range(t->ranking.error_new, 64, 65);
  check(t);
  check_error(t);
  trial_free(t);
}

/* ---- sealing ---- */

static void a_sealing_that_drops_few_finds_the_others(void **state) {
  (void)state;
  struct trial *t = trial_create(1);
  for (uint32_t i = 0; i < FULL; i++) add(t, i, 1 + i);
  assert_int_equal(ranking_seal(&t->ranking, FULL - 100, NULL), PS_OK);
  assert_int_equal(t->ranking.nslots, LIMIT);
  assert_int_equal(t->ranking.error_new, 100);
  for (uint32_t i = 100; i < FULL; i++) {
    const struct ps_client client = client_numbered(i);
    assert_int_equal(ranking_get(&t->ranking, &client).count, 1 + i);
  }
  check(t);
  trial_free(t);
}

static void a_sealing_keeps_the_largest_and_their_error(void **state) {
  (void)state;
  struct trial *t = trial_create(1);
  for (uint32_t i = 0; i < 600; i++) add(t, i, i < 50 ? 1000 : 10);
  add(t, 700, 5);
  assert_int_equal(ranking_seal(&t->ranking, 700, NULL), PS_OK); /* all fit */
  assert_int_equal(t->ranking.error_new, 0);
  assert_int_equal(ranking_seal(&t->ranking, 60, NULL), PS_OK);
  assert_int_equal(t->ranking.used, 60);
  assert_int_equal(t->ranking.nslots, 128);
  assert_int_equal(t->ranking.error_new, 10);
  assert_int_equal(t->ranking.error_kept, 0);
  check(t);
  add(t, 100, 100); /* dropped, and back */
  struct ps_client client = client_numbered(100);
  struct ps_bounded figure = ranking_get(&t->ranking, &client);
  assert_true(figure.count >= 100 && figure.count + figure.error == 110);
  client = client_numbered(3);
  figure = ranking_get(&t->ranking, &client);
  assert_true(figure.count == 1000 && figure.error == 0);
  assert_int_equal(ranking_seal(&t->ranking, 0, NULL), PS_OK);
  assert_int_equal(t->ranking.used, 0);
  assert_int_equal(t->ranking.error_new, 1000);
  check(t);
  trial_free(t);
}

static void assert_same_entries(const struct ps_client_figure *a, const struct ps_client_figure *b,
                                size_t n) {
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(client_number(&a[i].client), client_number(&b[i].client));
    assert_true(a[i].figure.count == b[i].figure.count);
    assert_true(a[i].figure.error == b[i].figure.error);
  }
}

/* Of equal counters, those of the smallest kind and id: the same clients in every process. */
static void ties_are_cut_by_kind_and_id(void **state) {
  (void)state;
  struct trial *t = trial_create(1);
  struct ps_client_figure *all, *top;
  size_t nall, ntop;
  uint64_t absent;
  for (uint32_t i = 0; i < 500; i++) add(t, i, i % 5 ? 7 : 9);
  assert_int_equal(ranking_top(&t->ranking, 0, &all, &nall, &absent, NULL), PS_OK);
  assert_int_equal(nall, 500);
  for (size_t i = 1; i < nall; i++) {
    const struct ps_client *a = &all[i - 1].client, *b = &all[i].client;
    if (all[i - 1].figure.count != all[i].figure.count) continue;
    assert_true(a->kind < b->kind || (a->kind == b->kind && memcmp(a->id, b->id, 16) < 0));
  }
  assert_int_equal(ranking_top(&t->ranking, 237, &top, &ntop, &absent, NULL), PS_OK);
  assert_int_equal(ntop, 237);
  assert_int_equal(absent, 7);
  assert_same_entries(top, all, 237);
  free(top);
  assert_int_equal(ranking_seal(&t->ranking, 237, NULL), PS_OK);
  assert_int_equal(ranking_top(&t->ranking, 0, &top, &ntop, &absent, NULL), PS_OK);
  assert_int_equal(ntop, 237);
  assert_same_entries(top, all, 237);
  free(top);
  free(all);
  trial_free(t);
}

/* ---- order statistics and purging ---- */

static int by_value(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x < y) - (x > y);
}

static void selection_is_that_of_sorting(void **state) {
  (void)state;
  for (unsigned bits = 1; bits <= 60; bits += bits < 16 ? 1 : 4) {
    struct trial *t = trial_create(bits);
    uint64_t sorted[FULL], count;
    for (uint32_t i = 0; i < FULL; i++)
      add(t, i, 1 + (random_next(&t->random) >> (64 - bits) >> random_below(&t->random, 3)));
    memcpy(sorted, t->truth, sizeof sorted);
    qsort(sorted, FULL, sizeof *sorted, by_value);
    for (size_t k = 1; k <= FULL; k += 1 + k / 8) {
      assert_int_equal(ranking_select(&t->ranking, k, NULL, &count, NULL), PS_OK);
      assert_true(count == sorted[k - 1]);
    }
    const struct ps_client client = client_numbered(5), absent = client_numbered(FULL);
    for (size_t k = 1; k < FULL; k += 1 + k / 8) {
      assert_int_equal(ranking_select(&t->ranking, k, &client, &count, NULL), PS_OK);
      assert_true(count == sorted[t->truth[5] >= sorted[k - 1] ? k : k - 1]);
      assert_int_equal(ranking_select(&t->ranking, k, &absent, &count, NULL), PS_OK);
      assert_true(count == sorted[k - 1]);
    }
    assert_int_equal(ranking_select(&t->ranking, FULL, &client, &count, NULL), PS_OK);
    assert_int_equal(count, 0);
    assert_int_equal(ranking_select(&t->ranking, FULL + 1, NULL, &count, NULL), PS_OK);
    assert_int_equal(count, 0);
    assert_int_equal(ranking_select(&t->ranking, 0, NULL, &count, NULL), PS_OK);
    assert_int_equal(count, 0);
    trial_free(t);
  }
}

static void a_purge_halves_the_table(void **state) {
  (void)state;
  struct trial *t = trial_create(1);
  for (uint32_t i = 0; i < FULL; i++) add(t, i, 1 + random_below(&t->random, 1000000));
  for (uint32_t slots = LIMIT; slots > RANKING_SLOTS_MIN; slots = t->ranking.nslots) {
    assert_int_equal(ranking_purge(&t->ranking, NULL), PS_OK);
    assert_true(t->ranking.nslots <= slots / 2);
    check(t);
  }
  while (t->ranking.used) assert_int_equal(ranking_purge(&t->ranking, NULL), PS_OK);
  assert_int_equal(t->ranking.nslots, RANKING_SLOTS_MIN);
  check(t);
  trial_free(t);
}

static void counters_stop_at_their_limit(void **state) {
  (void)state;
  struct ranking ranking = {0};
  struct ps_bounded figure;
  const struct ps_client client = client_numbered(2);
  for (int i = 0; i < 20; i++)
    assert_int_equal(ranking_add(&ranking, &client, i ? RANKING_COUNT_MAX : UINT64_MAX, LIMIT,
                                 &figure, NULL, NULL),
                     PS_OK);
  assert_true(figure.count == RANKING_COUNT_MAX);
  assert_true(ranking.total == UINT64_MAX);
  uint64_t count;
  assert_int_equal(ranking_select(&ranking, 1, NULL, &count, NULL), PS_OK);
  assert_true(count == RANKING_COUNT_MAX);
  assert_int_equal(ranking_purge(&ranking, NULL), PS_OK);
  assert_int_equal(ranking.used, 0);
  assert_true(ranking.error_new >= RANKING_COUNT_MAX);
  ranking_release(&ranking);
}

static void one_without_a_table_is_empty(void **state) {
  (void)state;
  struct ranking ranking = {0}, other = {0};
  const struct ps_client client = client_numbered(1);
  struct ps_client_figure *entries;
  size_t got;
  uint64_t absent, count;
  ranking_prefetch(&ranking, &client);
  assert_int_equal(ranking_get(&ranking, &client).count, 0);
  assert_int_equal(ranking_purge(&ranking, NULL), PS_OK);
  assert_int_equal(ranking_seal(&ranking, 0, NULL), PS_OK);
  assert_int_equal(ranking_seal(&ranking, 10, NULL), PS_OK);
  assert_int_equal(ranking_merge(&ranking, &other, LIMIT, NULL), PS_OK);
  assert_int_equal(ranking_select(&ranking, 1, &client, &count, NULL), PS_OK);
  assert_int_equal(count, 0);
  assert_int_equal(ranking_top(&ranking, 5, &entries, &got, &absent, NULL), PS_OK);
  assert_null(entries);
  assert_int_equal(got + absent, 0);
  assert_null(ranking.slots);
  ranking_release(&ranking);
}

/* ---- the same in every process ---- */

static void parts_of(const struct ranking *ranking, struct buffer *out) {
  buffer_clear(out);
  for (unsigned part = 0; part < RANKING_PARTS; part++)
    assert_int_equal(ranking_write_part(ranking, part, out, NULL), PS_OK);
}

static void assert_same(const struct ranking *a, const struct ranking *b) {
  struct buffer x = BUFFER_INIT, y = BUFFER_INIT;
  parts_of(a, &x);
  parts_of(b, &y);
  assert_int_equal(x.len, y.len);
  if (x.len) assert_memory_equal(x.data, y.data, x.len);
  assert_true(a->total == b->total && a->error_new == b->error_new &&
              a->error_kept == b->error_kept);
  buffer_release(&x);
  buffer_release(&y);
}

static void figures_do_not_depend_on_the_seed(void **state) {
  (void)state;
  const uint32_t n = scaled(30000);
  for (size_t s = 0; s < STREAMS; s++) {
    struct trial *one = trial_create(s), *other = trial_create(s);
    for (uint32_t i = 0; i < n; i++) {
      streams[s].stream(one, i, n);
      streams[s].stream(other, i, n);
    }
    assert_true(one->ranking.seed != other->ranking.seed);
    assert_same(&one->ranking, &other->ranking);
    trial_free(one);
    trial_free(other);
  }
}

/* ---- merging ---- */

#define SHARDS 4

static void shards_make(struct trial *shards[SHARDS], size_t s, size_t sealed, uint32_t n) {
  for (size_t k = 0; k < SHARDS; k++) {
    shards[k] = trial_create(1000 * s + k);
    for (uint32_t i = 0; i < n; i++) streams[(s + k) % STREAMS].stream(shards[k], i, n);
    if (sealed >> k & 1) {
      assert_int_equal(ranking_seal(&shards[k]->ranking, 50 + 20 * k, NULL), PS_OK);
      for (uint32_t i = 0; i < 200; i++) streams[(s + k) % STREAMS].stream(shards[k], i, n);
    }
  }
}

static struct trial *merged(struct trial *const shards[SHARDS], const size_t order[SHARDS],
                            uint32_t limit) {
  struct trial *all = trial_create(0);
  all->limit = limit;
  for (size_t i = 0; i < SHARDS; i++) {
    const struct trial *shard = shards[order[i]];
    assert_int_equal(ranking_merge(&all->ranking, &shard->ranking, limit, NULL), PS_OK);
    all->total += shard->total;
    for (uint32_t c = 0; c < CLIENTS; c++) all->truth[c] += shard->truth[c];
    if (i + 1 == SHARDS || limit > LIMIT) check(all);
  }
  return all;
}

static void bounds_hold_through_merges_in_any_order(void **state) {
  (void)state;
  static const size_t orders[][SHARDS] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};
  for (size_t s = 0; s < STREAMS; s++)
    for (size_t sealed = 0; sealed < 16; sealed += scale_is_small() ? 15 : 5) {
      struct trial *shards[SHARDS], *wide[3], *narrow;
      shards_make(shards, s, sealed, scaled(9500) + 500);
      for (size_t o = 0; o < 3; o++) {
        wide[o] = merged(shards, orders[o], 8 * LIMIT); /* nothing is purged */
        narrow = merged(shards, orders[o], LIMIT);
        trial_free(narrow);
      }
      assert_same(&wide[0]->ranking, &wide[1]->ranking);
      assert_same(&wide[0]->ranking, &wide[2]->ranking);
      for (size_t o = 0; o < 3; o++) trial_free(wide[o]);
      for (size_t k = 0; k < SHARDS; k++) trial_free(shards[k]);
    }
}

static void who_is_kept_everywhere_keeps_the_small_error(void **state) {
  (void)state;
  struct trial *one = trial_create(1), *other = trial_create(2), *open = trial_create(3);
  for (uint32_t i = 0; i < 300; i++) {
    add(one, i, 1000 - i);
    add(other, 299 - i, 1000 - i);
  }
  assert_int_equal(ranking_seal(&one->ranking, 160, NULL), PS_OK);
  assert_int_equal(ranking_seal(&other->ranking, 160, NULL), PS_OK);
  add(open, 1, 5);
  struct trial *const shards[SHARDS] = {one, other, open, open};
  struct trial *all = merged(shards, (const size_t[SHARDS]){0, 1, 2, 3}, LIMIT);
  struct ps_client client = client_numbered(150);
  assert_int_equal(ranking_get(&all->ranking, &client).error, 0);
  client = client_numbered(1);
  assert_int_equal(ranking_get(&all->ranking, &client).error, 2 * 840);
  trial_free(all);
  trial_free(one);
  trial_free(other);
  trial_free(open);
}

/* ---- memory ---- */

static void without_memory_nothing_changes(void **state) {
  (void)state;
  struct trial *t = trial_create(1), *other = trial_create(2);
  struct ps_client_figure *entries;
  size_t got;
  uint64_t absent;
  struct ps_error err;
  const struct ps_client client = client_numbered(CLIENTS - 1);
  no_memory = true;
  assert_int_equal(ranking_add(&t->ranking, &client, 1, LIMIT, NULL, NULL, &err), PS_E_MEMORY);
  no_memory = false;
  for (uint32_t i = 0; i < FULL / 2; i++) {
    add(t, i, 2);
    add(other, i + FULL / 4, 2);
  }
  no_memory = true;
  assert_int_equal(ranking_add(&t->ranking, &client, 1, LIMIT, NULL, NULL, &err), PS_E_MEMORY);
  assert_int_equal(ranking_merge(&t->ranking, &other->ranking, LIMIT, &err), PS_E_MEMORY);
  assert_int_equal(ranking_seal(&t->ranking, 10, &err), PS_E_MEMORY);
  assert_int_equal(ranking_top(&t->ranking, 10, &entries, &got, &absent, &err), PS_E_MEMORY);
  no_memory = false;
  check(t);
  assert_int_equal(t->ranking.used, FULL / 2);
  add(t, 0, 1000);
  no_memory = true;
  assert_int_equal(ranking_purge(&t->ranking, &err), PS_E_MEMORY); /* purged, but not smaller */
  no_memory = false;
  check(t);
  trial_free(t);
  trial_free(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bounds_hold_on_every_stream),
      cmocka_unit_test(what_fits_is_exact),
      cmocka_unit_test(bounds_hold_through_sealings_and_purges),
      cmocka_unit_test(the_error_is_bounded_where_it_is_largest),
      cmocka_unit_test(a_sealing_that_drops_few_finds_the_others),
      cmocka_unit_test(a_sealing_keeps_the_largest_and_their_error),
      cmocka_unit_test(ties_are_cut_by_kind_and_id),
      cmocka_unit_test(selection_is_that_of_sorting),
      cmocka_unit_test(a_purge_halves_the_table),
      cmocka_unit_test(counters_stop_at_their_limit),
      cmocka_unit_test(one_without_a_table_is_empty),
      cmocka_unit_test(figures_do_not_depend_on_the_seed),
      cmocka_unit_test(bounds_hold_through_merges_in_any_order),
      cmocka_unit_test(who_is_kept_everywhere_keeps_the_small_error),
      cmocka_unit_test(without_memory_nothing_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
