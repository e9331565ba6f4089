/* Random transactions against a plain array: days that come back, forgotten days, aborts, failing
 * allocations, idle work and re-opening, with a log, chunks and a map so small that every state of
 * runs, merges and group filters is reached and the map grows often. Each opening has other sizes.
 */
#include "support.h"

#include "../scale.h"
#include "seen/store.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define KEYS      750000 /* a multiple of BATCH */
#define BATCH     3000
#define NO_DAY    (-1)
#define DAY_STEPS 40 /* transactions a day */
#define DAYS_KEPT 10
#define CLUSTER   2000 /* keys that differ in lo only: all of one sub-bucket */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *p, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *p, size_t bytes);

static unsigned fail_at, failed; /* the fail_at-th allocation of the code under test fails */

static bool fails_now(void) {
  if (!fail_at || --fail_at) return false;
  failed++;
  return true;
}
void *__wrap_malloc(size_t bytes) { return fails_now() ? NULL : __real_malloc(bytes); }
void *__wrap_calloc(size_t n, size_t bytes) { return fails_now() ? NULL : __real_calloc(n, bytes); }
void *__wrap_realloc(void *p, size_t bytes) {
  return fails_now() ? NULL : __real_realloc(p, bytes);
}

struct model {
  struct ps_seen *seen;
  struct ps_seen_options options;
  char dir[PATH_BYTES];
  uint64_t random;
  /* NO_DAY: not in the set; as of now, as of the last commit, before the transaction marked. */
  int32_t day[KEYS], before[KEYS], unmarked[KEYS];
  uint32_t id[BATCH];
  struct ps_key keys[BATCH];
  uint16_t days[BATCH];
  uint8_t verdict[BATCH];
  /* met */
  unsigned building, filters, filters_part, dead, merged_part, chunks, reopened, aborted, grown;
  uint64_t map_bytes;
};

static uint64_t below(struct model *m, uint64_t n) { return test_random(&m->random) % n; }

static struct ps_key model_key(uint32_t id) {
  struct ps_key key = test_key(id);
  if (!id) return (struct ps_key){0, 0};
  if (id < CLUSTER) key.hi = test_key(1).hi;
  return key;
}

/* Keys near each other, so that many repeat; all of one day, or mostly, or of many. */
static unsigned batch_choose(struct model *m, uint16_t today) {
  const unsigned n = 1 + (unsigned)below(m, BATCH);
  const uint64_t low = below(m, KEYS), mode = below(m, 3);
  for (unsigned i = 0; i < n; i++) {
    m->id[i] = (uint32_t)((low + below(m, KEYS / 10)) % KEYS);
    m->keys[i] = model_key(m->id[i]);
    const bool of_today = mode == 0 || (mode == 1 && below(m, 20));
    const uint16_t back = (uint16_t)below(m, DAYS_KEPT);
    m->days[i] = of_today ? today : today > DAYS_KEPT ? (uint16_t)(today - back) : back;
  }
  return n;
}

static int forget_some(struct model *m, uint16_t today, struct ps_error *err) {
  uint32_t from, to;
  uint64_t gone, want = 0;
  const uint64_t dice = below(m, 60);
  if (dice > 1 || today < DAYS_KEPT) return PS_OK;
  from = dice ? 0 : today - (uint32_t)below(m, DAYS_KEPT);
  to = dice ? today - DAYS_KEPT + 1u : from + 1;
  for (uint32_t i = 0; i < KEYS; i++) {
    if (m->day[i] < (int32_t)from || m->day[i] >= (int32_t)to) continue;
    m->day[i] = NO_DAY;
    want++;
  }
  int r = ps_seen_forget(m->seen, from, to, &gone, err);
  if (!r) assert_int_equal(gone, want);
  return r;
}

static void verdicts_compare(struct model *m, unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    if (m->verdict[i] != (m->day[m->id[i]] != NO_DAY))
      fail_msg("key %u: verdict %u, its day is %d", m->id[i], m->verdict[i], m->day[m->id[i]]);
    if (m->day[m->id[i]] == NO_DAY) m->day[m->id[i]] = m->days[i];
  }
}

/* Before the batch is marked: what the look-up tells is what marking it would, repetitions aside.
 */
static int contained_compare(struct model *m, unsigned n, struct ps_error *error) {
  int r = ps_seen_contains(m->seen, m->keys, n, m->verdict, error);
  for (unsigned i = 0; i < n && !r; i++)
    assert_int_equal(m->verdict[i], m->day[m->id[i]] != NO_DAY);
  return r;
}

/* Keys of the batch, and others, are taken back; those that the transaction has marked are gone. */
static int hold_some_back(struct model *m, unsigned n, struct ps_error *error) {
  const unsigned some = (unsigned)below(m, n + 1);
  for (unsigned i = 0; i < some; i++) {
    const uint32_t id = below(m, 4) ? m->id[below(m, n)] : (uint32_t)below(m, KEYS);
    m->keys[i] = model_key(id);
    if (m->unmarked[id] == NO_DAY) m->day[id] = NO_DAY;
  }
  return ps_seen_hold_back(m->seen, m->keys, some, error);
}

static void transaction(struct model *m, uint16_t today, bool starve) {
  struct ps_error error, *err = &error;
  const unsigned n = batch_choose(m, today), cut = (unsigned)below(m, n + 1);
  memcpy(m->before, m->day, sizeof m->day);
  const bool gives_up = !below(m, 17);
  const unsigned starve_at = 1 + (unsigned)below(m, 6);
  fail_at = starve ? starve_at : 0;
  int r = ps_seen_begin(m->seen, err);
  if (!r) r = forget_some(m, today, err);
  if (!r && n % 4 == 0) r = contained_compare(m, n, err);
  memcpy(m->unmarked, m->day, sizeof m->day);
  if (!r) r = ps_seen_mark(m->seen, m->days, m->keys, cut, m->verdict, err);
  if (!r) r = ps_seen_mark(m->seen, m->days + cut, m->keys + cut, n - cut, m->verdict + cut, err);
  if (!r) verdicts_compare(m, n);
  if (!r && !below(m, 3)) r = hold_some_back(m, n, err);
  if (!r && !gives_up) r = ps_seen_commit(m->seen, err);
  else ps_seen_abort(m->seen);
  fail_at = 0;
  if (r && r != PS_E_MEMORY) fail_msg("%d: %s", r, error.text);
  if (!r && !gives_up) return;
  memcpy(m->day, m->before, sizeof m->day);
  m->aborted++;
}

static void states_note(struct model *m) {
  for (uint32_t i = 0; i < m->seen->runs.n; i++) {
    const struct run *run = &m->seen->runs.at[i];
    m->building += run->record.kind == RUN_BUILDING;
    m->dead += run->record.kind == RUN_DEAD;
    m->filters += run->record.kind == RUN_GROUP && run_complete(run);
    m->filters_part += run->record.kind == RUN_GROUP && !run_complete(run);
    m->merged_part += run->record.job && run->record.done;
    m->chunks += run->record.job && run->record.bits > 1;
  }
}

static void counts_compare(struct model *m) {
  static uint64_t want[65536];
  struct ps_seen_info info;
  uint64_t keys = 0, ndays = 0, at = 0;
  memset(want, 0, sizeof want);
  for (uint32_t i = 0; i < KEYS; i++)
    if (m->day[i] != NO_DAY) ndays += !want[m->day[i]]++, keys++;
  assert_ok(ps_seen_info(m->seen, &info, err));
  assert_int_equal(info.keys, keys);
  assert_int_equal(info.ndays, ndays);
  for (uint32_t d = 0; d < 65536; d++) {
    if (!want[d]) continue;
    assert_int_equal(info.days[at].day, d);
    assert_int_equal(info.days[at++].keys, want[d]);
  }
  ps_seen_info_release(&info);
}

static void keys_compare(struct model *m) {
  for (uint32_t from = 0; from < KEYS; from += BATCH) {
    for (uint32_t i = 0; i < BATCH; i++) m->keys[i] = model_key(from + i);
    assert_ok(ps_seen_lookup(m->seen, m->keys, BATCH, m->verdict, err));
    for (uint32_t i = 0; i < BATCH; i++)
      assert_int_equal(m->verdict[i], m->day[from + i] != NO_DAY);
  }
}

/* The map grows within an opening, and begins small again in the next. */
static void growth_note(struct model *m) {
  struct ps_seen_info info;
  assert_ok(ps_seen_info(m->seen, &info, err));
  m->grown += m->map_bytes && info.map_bytes > m->map_bytes;
  m->map_bytes = info.map_bytes;
  ps_seen_info_release(&info);
}

static void reopen(struct model *m) {
  static const uint32_t chunks[] = {0, 512, 600, 1000};
  ps_seen_close(m->seen);
  m->seen = NULL;
  m->map_bytes = 0;
  m->options.log_keys = 3000 + (uint32_t)below(m, 3000);
  m->options.chunk_keys = chunks[below(m, sizeof chunks / sizeof *chunks)];
  assert_ok(ps_seen_open(m->dir, &m->options, &m->seen, err));
  m->reopened++;
}

static void model_run(struct model *m, uint64_t steps, bool starve) {
  bool more;
  m->options = (struct ps_seen_options){.size = sizeof(struct ps_seen_options),
                                        .create = true,
                                        .log_keys = 4000,
                                        .chunk_keys = 512,
                                        .map_bytes = 1 << 20,
                                        .merge_us = 50,
                                        .no_sync = true};
  memset(m->day, 0xff, sizeof m->day);
  test_dir_make(m->dir);
  assert_ok(ps_seen_open(m->dir, &m->options, &m->seen, err));
  for (uint64_t step = 0; step < steps; step++) {
    transaction(m, (uint16_t)(step / DAY_STEPS), starve && step % 3 == 0);
    states_note(m);
    growth_note(m);
    if (!below(m, 31)) reopen(m);
    if (!below(m, 37)) assert_ok(ps_seen_idle(m->seen, 2000, &more, err));
    if (step % 400 == 399) {
      counts_compare(m);
      keys_compare(m);
      test_check_clean(m->seen);
    }
  }
  counts_compare(m);
  keys_compare(m);
  test_check_clean(m->seen);
  ps_seen_close(m->seen);
  test_dir_remove(m->dir);
}

static void random_transactions_agree_with_the_model(void **state) {
  (void)state;
  struct model *m = calloc(1, sizeof *m);
  assert_non_null(m);
  m->random = 1;
  model_run(m, test_scaled(scale_is_small() ? 2000 : 4000), false);
  if (test_scaled(100) >= 100) { /* the point of the small log */
    print_message("met: %u half-done merges, %u with inputs part gone, %u whole and %u half-done "
                  "filters, %u dead runs, %u inputs of several chunks; %u re-openings, %u aborts, "
                  "%u growths of the map\n",
                  m->building, m->merged_part, m->filters, m->filters_part, m->dead, m->chunks,
                  m->reopened, m->aborted, m->grown);
    assert_true(m->building && m->merged_part && m->dead && m->filters && m->filters_part);
    assert_true(m->chunks && m->reopened && m->aborted && m->grown);
  }
  free(m);
}

static void failing_allocations_lose_nothing(void **state) {
  (void)state;
  struct model *m = calloc(1, sizeof *m);
  assert_non_null(m);
  m->random = 2;
  failed = 0;
  model_run(m, test_scaled(scale_is_small() ? 1500 : 2500), true);
  assert_true(failed > 0);
  free(m);
}

/* Each allocation of opening and of a first transaction fails in turn. */
static void an_opening_without_memory_leaves_nothing(void **state) {
  (void)state;
  char dir[PATH_BYTES];
  const struct ps_seen_options options = {
      .size = sizeof(struct ps_seen_options), .create = true, .no_sync = true};
  struct ps_seen *seen;
  const struct ps_key key = test_key(1);
  const uint16_t day = 7;
  uint8_t verdict;
  bool done = false;
  test_dir_make(dir);
  for (unsigned n = 1; !done; n++) {
    fail_at = n;
    int r = ps_seen_open(dir, &options, &seen, NULL);
    if (!r) r = ps_seen_begin(seen, NULL);
    if (!r) r = ps_seen_mark(seen, &day, &key, 1, &verdict, NULL);
    if (!r) ps_seen_abort(seen);
    done = fail_at > 0;
    fail_at = 0;
    assert_true(done ? r == PS_OK : r == PS_E_MEMORY || r == PS_OK);
    ps_seen_close(seen);
    assert_in_range(n, 1, 200);
  }
  test_dir_remove(dir);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_transactions_agree_with_the_model),
                                     cmocka_unit_test(failing_allocations_lose_nothing),
                                     cmocka_unit_test(an_opening_without_memory_leaves_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
