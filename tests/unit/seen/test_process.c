/* Several processes share a store, and processes are killed at random instants.
 *
 * Children never run cmocka's assertions: they end with a code that tells where they failed.
 */
#include "support.h"

#include "seen/store.h"
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS  3u
#define BATCH    5000u
#define DAY_KEYS 60000u

enum { CHILD_OPEN = 10, CHILD_CALL, CHILD_WRONG };

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES];
  struct ps_seen_options options;
  uint64_t random;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  struct ps_seen *seen;
  assert_non_null(f);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  f->options = (struct ps_seen_options){
      .size = sizeof(struct ps_seen_options), .create = true, .log_keys = 12000, .merge_us = 200};
  assert_ok(ps_seen_open(f->dir, &f->options, &seen, err));
  ps_seen_close(seen);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  test_dir_remove(f->top);
  free(f);
  return 0;
}

/* Mostly of the key's own day, one in 32 of one of the twelve before. */
static uint16_t day_of(uint64_t key) {
  const uint64_t dice = test_mix(key), day = 20 + key / DAY_KEYS;
  return (uint16_t)(dice % 32 ? day : day - (dice >> 8) % 12);
}

static void child_call(int r, int code) {
  if (r) _exit(code);
}

/* Marks all keys, batch by batch in an order of its own, racing with others; *mine counts new ones.
 */
static void race(const struct fixture *f, unsigned writer, uint64_t batches, int result) {
  static struct ps_key keys[BATCH];
  static uint16_t days[BATCH];
  static uint8_t verdict[BATCH];
  struct ps_seen *seen;
  uint64_t mine = 0;
  child_call(ps_seen_open(f->dir, &f->options, &seen, NULL), CHILD_OPEN);
  for (uint64_t b = 0; b < batches; b++) {
    const uint64_t from = (b + writer * 7) % batches * BATCH;
    for (uint64_t i = 0; i < BATCH; i++) {
      const uint64_t key = from + (i * 7919 + writer) % BATCH;
      keys[i] = test_key(key);
      days[i] = day_of(key);
    }
    for (int again = b % 13 == 5; again >= 0; again--) { /* sometimes abort, and do it anew */
      child_call(ps_seen_begin(seen, NULL), CHILD_CALL);
      child_call(ps_seen_mark(seen, days, keys, BATCH, verdict, NULL), CHILD_CALL);
      if (again) ps_seen_abort(seen);
    }
    child_call(ps_seen_commit(seen, NULL), CHILD_CALL);
    for (uint64_t i = 0; i < BATCH; i++) mine += !verdict[i];
    usleep(500 * writer); /* let the others have the lock */
  }
  ps_seen_close(seen);
  if (write(result, &mine, sizeof mine) != (ssize_t)sizeof mine) _exit(CHILD_CALL);
  _exit(0);
}

/* Keys that were seen stay seen, while others write. */
static void watch(const struct fixture *f, uint64_t keys_in_all) {
  static struct ps_key keys[BATCH];
  static uint8_t verdict[BATCH];
  struct ps_seen_options reading = f->options;
  struct ps_seen *seen;
  struct ps_seen_info info;
  uint64_t known = 0, now;
  reading.read_only = true;
  child_call(ps_seen_open(f->dir, &reading, &seen, NULL), CHILD_OPEN);
  for (uint64_t i = 0; i < BATCH; i++) keys[i] = test_key(i * 3);
  do {
    child_call(ps_seen_lookup(seen, keys, BATCH, verdict, NULL), CHILD_CALL);
    now = 0;
    for (uint64_t i = 0; i < BATCH; i++) now += verdict[i];
    if (now < known) _exit(CHILD_WRONG);
    known = now;
    child_call(ps_seen_info(seen, &info, NULL), CHILD_CALL);
    now = info.keys;
    ps_seen_info_release(&info);
  } while (now < keys_in_all);
  ps_seen_close(seen);
  _exit(0);
}

static void racing_writers_mark_each_key_once(void **state) {
  struct fixture *f = *state;
  const uint64_t batches = 4 + test_scaled(40), keys = batches * BATCH;
  int result[2];
  uint64_t sum = 0, mine;
  pid_t children[WRITERS + 1];
  assert_int_equal(pipe(result), 0);
  for (unsigned i = 0; i <= WRITERS; i++) {
    children[i] = fork();
    assert_true(children[i] >= 0);
    if (children[i]) continue;
    if (i == WRITERS) watch(f, keys);
    else race(f, i, batches, result[1]);
  }
  for (unsigned i = 0; i <= WRITERS; i++) {
    int status;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  for (unsigned i = 0; i < WRITERS; i++) {
    assert_int_equal(read(result[0], &mine, sizeof mine), sizeof mine);
    sum += mine;
  }
  assert_int_equal(close(result[0]) | close(result[1]), 0);
  assert_int_equal(sum, keys); /* each key was new to exactly one of them */
  struct ps_seen *seen;
  assert_ok(ps_seen_open(f->dir, &f->options, &seen, err));
  assert_int_equal(test_count(seen, 0, keys + 1000), keys);
  test_check_clean(seen);
  ps_seen_close(seen);
}

/* --- views --- */

#define VIEW_ROUNDS 20u

/* Commits two values whenever it is told to, and says so. */
static void answer(const struct fixture *f, int orders, int answers) {
  struct ps_seen *seen;
  uint8_t order;
  static uint8_t value[100000];
  child_call(ps_seen_open(f->dir, &f->options, &seen, NULL), CHILD_OPEN);
  while (read(orders, &order, 1) == 1) {
    memset(value, order, sizeof value);
    child_call(ps_seen_begin(seen, NULL), CHILD_CALL);
    child_call(ps_seen_put_value(seen, "round", &order, 1, NULL), CHILD_CALL);
    child_call(ps_seen_put_value(seen, "big", value, sizeof value - order, NULL), CHILD_CALL);
    child_call(ps_seen_commit(seen, NULL), CHILD_CALL);
    if (write(answers, &order, 1) != 1) _exit(CHILD_CALL);
  }
  ps_seen_close(seen);
  _exit(0);
}

static void tell(int orders, int answers, uint8_t order) {
  uint8_t done;
  assert_int_equal(write(orders, &order, 1), 1);
  assert_int_equal(read(answers, &done, 1), 1);
  assert_int_equal(done, order);
}

static void expect_round(struct ps_seen *seen, uint8_t round) {
  static uint8_t value[100000];
  uint8_t found = 0;
  size_t len;
  assert_ok(ps_seen_get_value(seen, "round", &found, 1, &len, err));
  assert_int_equal(found, round);
  assert_ok(ps_seen_get_value(seen, "big", value, sizeof value, &len, err));
  assert_int_equal(len, sizeof value - round);
  assert_int_equal(value[0], round);
  assert_memory_equal(value, value + 1, len - 1);
}

/* A view stays what it is while another process commits. */
static void a_view_sees_no_later_commit(void **state) {
  struct fixture *f = *state;
  struct ps_seen_options reading = f->options;
  struct ps_seen *seen;
  struct ps_seen_info info;
  int orders[2], answers[2], status;
  reading.read_only = true;
  assert_int_equal(pipe(orders) | pipe(answers), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    (void)close(orders[1]);
    answer(f, orders[0], answers[1]);
  }
  tell(orders[1], answers[0], 1);
  assert_ok(ps_seen_open(f->dir, &reading, &seen, err));
  for (uint8_t round = 1; round < VIEW_ROUNDS; round++) {
    assert_ok(ps_seen_view_begin(seen, err));
    assert_ok(ps_seen_info(seen, &info, err));
    const uint64_t generation = info.generation;
    ps_seen_info_release(&info);
    tell(orders[1], answers[0], (uint8_t)(round + 1));
    expect_round(seen, round);
    assert_ok(ps_seen_info(seen, &info, err));
    assert_int_equal(info.generation, generation);
    ps_seen_info_release(&info);
    ps_seen_view_end(seen);
    expect_round(seen, (uint8_t)(round + 1));
  }
  assert_int_equal(close(orders[1]), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  test_check_clean(seen);
  ps_seen_close(seen);
  assert_int_equal(close(orders[0]) | close(answers[0]) | close(answers[1]), 0);
}

/* --- kill -9 --- */

/* Kept in the store with the keys: how many were marked, and the first day that is kept. */
struct progress {
  uint64_t keys, first_day;
};

/* Marks on and on, forgetting days that are twelve back, until it is killed. */
static void work(const struct fixture *f) {
  static struct ps_key keys[BATCH];
  static uint16_t days[BATCH];
  static uint8_t verdict[BATCH];
  struct ps_seen *seen;
  struct progress at = {0, 0};
  size_t len;
  child_call(ps_seen_open(f->dir, &f->options, &seen, NULL), CHILD_OPEN);
  child_call(ps_seen_get_value(seen, "progress", &at, sizeof at, &len, NULL), CHILD_CALL);
  for (;;) {
    const uint64_t keep_from = 8 + at.keys / DAY_KEYS;
    for (uint64_t i = 0; i < BATCH; i++) {
      keys[i] = test_key(at.keys + i);
      days[i] = day_of(at.keys + i);
    }
    child_call(ps_seen_begin(seen, NULL), CHILD_CALL);
    if (keep_from > at.first_day) {
      child_call(ps_seen_forget(seen, 0, (uint32_t)keep_from, NULL, NULL), CHILD_CALL);
      at.first_day = keep_from;
    }
    child_call(ps_seen_mark(seen, days, keys, BATCH, verdict, NULL), CHILD_CALL);
    for (uint64_t i = 0; i < BATCH; i++)
      if (verdict[i]) _exit(CHILD_WRONG);
    at.keys += BATCH;
    child_call(ps_seen_put_value(seen, "progress", &at, sizeof at, NULL), CHILD_CALL);
    child_call(ps_seen_commit(seen, NULL), CHILD_CALL);
  }
}

/* Exactly the marked keys of the days that are kept are there. */
static void contents_compare(struct ps_seen *seen) {
  static struct ps_key keys[BATCH];
  static uint8_t verdict[BATCH];
  struct progress at = {0, 0};
  struct ps_seen_info info;
  uint64_t live = 0;
  size_t len;
  assert_ok(ps_seen_get_value(seen, "progress", &at, sizeof at, &len, err));
  for (uint64_t from = 0; from < at.keys + 2 * BATCH; from += BATCH) {
    for (uint64_t i = 0; i < BATCH; i++) keys[i] = test_key(from + i);
    assert_ok(ps_seen_lookup(seen, keys, BATCH, verdict, err));
    for (uint64_t i = 0; i < BATCH; i++) {
      const bool there = from + i < at.keys && day_of(from + i) >= at.first_day;
      if (verdict[i] != there) fail_msg("key %llu", (unsigned long long)(from + i));
      live += there;
    }
  }
  assert_ok(ps_seen_info(seen, &info, err));
  assert_int_equal(info.keys, live);
  ps_seen_info_release(&info);
}

static void kills_at_random_instants_lose_no_commit(void **state) {
  struct fixture *f = *state;
  const uint64_t rounds = 5 + test_scaled(60);
  unsigned merges = 0, filters = 0, dead = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) work(f);
    usleep((useconds_t)(5000 + test_below(&f->random, 100000)));
    int status;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct ps_seen *seen;
    assert_ok(ps_seen_open(f->dir, &f->options, &seen, err));
    for (uint32_t i = 0; i < seen->runs.n; i++) {
      const struct run *run = &seen->runs.at[i];
      merges += run->record.kind == RUN_BUILDING;
      filters += run->record.kind == RUN_GROUP;
      dead += run->record.kind == RUN_DEAD;
    }
    if (round % 5 == 4 || round + 1 == rounds) {
      contents_compare(seen);
      test_check_clean(seen);
    }
    ps_seen_close(seen);
  }
  print_message("%llu kills met %u half-done merges, %u group filters, %u dead runs\n",
                (unsigned long long)rounds, merges, filters, dead);
}

/* Two programs that make the same store at once agree on one. */
static void racing_makers_make_one_store(void **state) {
  struct fixture *f = *state;
  char dir[PATH_BYTES];
  uint8_t secret[PS_SECRET_BYTES];
  for (uint64_t round = 0; round < test_scaled(10); round++) {
    int result[2], status;
    struct ps_seen *seen;
    test_path(f->top, "raced", dir);
    assert_int_equal(pipe(result), 0);
    for (unsigned i = 0; i < WRITERS; i++) {
      const pid_t child = fork();
      assert_true(child >= 0);
      if (child) continue;
      child_call(ps_seen_open(dir, &f->options, &seen, NULL), CHILD_OPEN);
      const bool written =
          write(result[1], ps_seen_secret(seen), PS_SECRET_BYTES) == PS_SECRET_BYTES;
      ps_seen_close(seen);
      _exit(written ? 0 : CHILD_CALL);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
      assert_true(wait(&status) > 0);
      assert_int_equal(status, 0);
    }
    assert_ok(ps_seen_open(dir, &f->options, &seen, err));
    for (unsigned i = 0; i < WRITERS; i++) {
      assert_int_equal(read(result[0], secret, sizeof secret), sizeof secret);
      assert_memory_equal(secret, ps_seen_secret(seen), sizeof secret);
    }
    ps_seen_close(seen);
    assert_int_equal(close(result[0]) | close(result[1]), 0);
    test_dir_remove(dir);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(racing_writers_mark_each_key_once, setup, teardown),
      cmocka_unit_test_setup_teardown(kills_at_random_instants_lose_no_commit, setup, teardown),
      cmocka_unit_test_setup_teardown(a_view_sees_no_later_commit, setup, teardown),
      cmocka_unit_test_setup_teardown(racing_makers_make_one_store, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
