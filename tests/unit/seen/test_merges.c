/* Merges keep up, whatever a commit does besides, whoever wrote the runs, and however much this
 * program has written before. Else runs would become more and more, and look-ups slower. */
#include "support.h"

#include "seen/store.h"
#include <stdlib.h>

enum { BATCH = 600, DAY = 5, MERGED_RUNS = 24 };
#define LONG 60000000u /* microseconds: no clock ends a test's merges */

struct fixture {
  char dir[PATH_BYTES];
  struct ps_seen *seen;
};

/* Each batch fills the log and becomes a run. */
static struct ps_seen_options options_of(uint32_t merge_us) {
  return (struct ps_seen_options){.size = sizeof(struct ps_seen_options),
                                  .create = true,
                                  .no_sync = true,
                                  .log_keys = BATCH,
                                  .chunk_keys = 512,
                                  .map_bytes = (size_t)1 << 20,
                                  .merge_us = merge_us};
}

static struct ps_seen *open_with(const char *dir, uint32_t merge_us) {
  const struct ps_seen_options options = options_of(merge_us);
  struct ps_seen *seen;
  assert_ok(ps_seen_open(dir, &options, &seen, err));
  return seen;
}

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->dir);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  ps_seen_close(f->seen);
  test_dir_remove(f->dir);
  free(f);
  return 0;
}

static void mark_batches(struct ps_seen *seen, unsigned from, unsigned n) {
  for (unsigned i = from; i < from + n; i++)
    assert_int_equal(test_mark(seen, (uint64_t)i * BATCH, BATCH, DAY), BATCH);
}

static uint64_t runs_in(struct ps_seen *seen) {
  struct ps_seen_info info;
  assert_ok(ps_seen_info(seen, &info, err));
  const uint64_t runs = info.runs;
  ps_seen_info_release(&info);
  return runs;
}

static unsigned merge_to_the_end(struct ps_seen *seen) {
  unsigned rounds = 0;
  for (bool more = true; more; rounds++) {
    assert_in_range(rounds, 0, 10000);
    assert_ok(ps_seen_idle(seen, LONG, &more, err));
  }
  return rounds;
}

static void commits_that_flush_merge_as_well(void **state) {
  struct fixture *f = *state;
  f->seen = open_with(f->dir, LONG);
  mark_batches(f->seen, 0, 60);
  assert_in_range(runs_in(f->seen), 1, MERGED_RUNS);
  test_check_clean(f->seen);
}

static void runs_of_another_program_are_merged(void **state) {
  struct fixture *f = *state;
  f->seen = open_with(f->dir, 1);
  (void)merge_to_the_end(f->seen);
  struct ps_seen *other = open_with(f->dir, 1);
  mark_batches(other, 0, 30);
  const uint64_t before = runs_in(other);
  (void)merge_to_the_end(f->seen);
  assert_true(runs_in(other) < before);
  const uint64_t merged = runs_in(other);
  (void)merge_to_the_end(other);
  assert_int_equal(runs_in(other), merged);
  ps_seen_close(other);
}

/* The merges of a transaction are bounded by its own keys, not by all that this program has put. */
static void merges_after_much_was_written(void **state) {
  struct fixture *f = *state;
  f->seen = open_with(f->dir, 1);
  mark_batches(f->seen, 0, 200);
  assert_in_range(merge_to_the_end(f->seen), 1, 60); /* a chunk in each would be hundreds */
}

static void begin_with_value(struct ps_seen *seen, const void *value, size_t len, uint64_t from,
                             size_t n) {
  struct ps_key *keys = calloc(n, sizeof *keys);
  uint16_t *days = calloc(n, sizeof *days);
  uint8_t *verdicts = calloc(n, 1);
  assert_true(keys && days && verdicts);
  for (size_t i = 0; i < n; i++) keys[i] = test_key(from + i);
  for (size_t i = 0; i < n; i++) days[i] = DAY;
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_mark(seen, days, keys, n, verdicts, err));
  assert_ok(ps_seen_put_value(seen, "value", value, len, err));
  free(keys);
  free(days);
  free(verdicts);
}

/* Merges write in a transaction a part of the room in the map at most; the values of others,
 * however large, take nothing of it. */
static void merges_are_bounded_by_the_room(void **state) {
  struct fixture *f = *state;
  const size_t large = (size_t)7 << 20;
  uint8_t *value = calloc(1, large);
  struct ps_seen_options options = options_of(LONG);
  options.map_bytes = (size_t)64 << 20;
  assert_non_null(value);
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
  mark_batches(f->seen, 0, 4);
  begin_with_value(f->seen, value, large, (uint64_t)BATCH * 4, 10);
  assert_int_equal(f->seen->env.put_bytes, 0);
  assert_ok(ps_seen_commit(f->seen, err));
  free(value);
  ps_seen_close(f->seen);
  f->seen = open_with(f->dir, 1);
  mark_batches(f->seen, 5, 200);
  bool more;
  assert_ok(ps_seen_idle(f->seen, LONG, &more, err));
  assert_true(more); /* it was not all done at once */
}

/* Of the days of a full log those with few keys stay in it, up to a part of it; days with many
 * become runs however few keys stay. */
static void keys_of_rare_days_stay_in_the_log(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info info;
  f->seen = open_with(f->dir, 1);
  for (uint16_t day = 0; day < 60; day++) /* each is worth no run */
    assert_int_equal(test_mark(f->seen, (uint64_t)day * 12, 12, (uint16_t)(DAY + day)), 12);
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_int_equal(info.keys, 720);
  assert_in_range(info.log_keys, 720 - BATCH, 720 - BATCH + BATCH / 4);
  ps_seen_info_release(&info);
  assert_int_equal(test_count(f->seen, 0, 720), 720);
}

/* Filters that are full take no runs of one another; with fewer members two become one. */
static void full_filters_take_no_runs_of_one_another(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info info;
  const uint16_t days = 25;
  f->seen = open_with(f->dir, LONG);
  for (uint16_t day = 0; day < days; day++)
    assert_int_equal(test_mark(f->seen, (uint64_t)day * BATCH, BATCH, (uint16_t)(DAY + day)),
                     BATCH);
  (void)merge_to_the_end(f->seen);
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_int_equal(info.runs, days);
  assert_in_range(info.groups, (days - 1) / 8, days / 2);
  ps_seen_info_release(&info);
  assert_int_equal(test_count(f->seen, 0, (uint64_t)(days + 1) * BATCH), (uint64_t)days * BATCH);
  test_check_clean(f->seen);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(commits_that_flush_merge_as_well),  TEST(runs_of_another_program_are_merged),
      TEST(merges_after_much_was_written),     TEST(merges_are_bounded_by_the_room),
      TEST(keys_of_rare_days_stay_in_the_log), TEST(full_filters_take_no_runs_of_one_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
