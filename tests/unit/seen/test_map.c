/* The map: it grows with the file, follows another process, and says so when it may not. */
#include "support.h"

#include "../scale.h"
#include "seen/store.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB   ((uint64_t)1 << 20)
#define BATCH 2000u

static const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                               .create = true,
                                               .log_keys = 4000,
                                               .chunk_keys = 512,
                                               .map_bytes = MIB,
                                               .merge_us = 500,
                                               .no_sync = true};

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES];
  struct ps_seen *seen;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  ps_seen_close(f->seen);
  test_dir_remove(f->top);
  free(f);
  return 0;
}

static uint64_t map_bytes(struct ps_seen *seen) {
  struct ps_seen_info info;
  assert_ok(ps_seen_info(seen, &info, err));
  const uint64_t bytes = info.map_bytes;
  ps_seen_info_release(&info);
  return bytes;
}

static void mark_batches(struct ps_seen *seen, uint64_t from, uint64_t to) {
  for (uint64_t i = from; i < to; i++)
    assert_int_equal(test_mark(seen, i * BATCH, BATCH, (uint16_t)(i / 10)), BATCH);
}

static void the_map_grows_with_the_store(void **state) {
  struct fixture *f = *state;
  uint64_t growths = 0, before = map_bytes(f->seen), i = 0;
  const uint64_t maps = f->seen->env.remaps;
  assert_int_equal(before, MIB);
  for (; i < 150; i++) {
    mark_batches(f->seen, i, i + 1);
    const uint64_t now = map_bytes(f->seen);
    growths += now > before;
    assert_true(now >= before);
    before = now;
  }
  assert_true(growths >= 3);
  assert_int_equal(f->seen->env.remaps - maps, growths); /* and else it stays where it is */
  assert_int_equal(test_count(f->seen, 0, (i + 1) * BATCH), i * BATCH);
  test_check_clean(f->seen);
}

/* A value that does not fit is refused, and the next transaction has room for it. */
static void a_value_too_large_for_the_room_is_refused(void **state) {
  struct fixture *f = *state;
  const size_t len = 3 * MIB;
  uint8_t *value = calloc(1, len);
  size_t got;
  assert_non_null(value);
  mark_batches(f->seen, 0, 1);
  unsigned refusals = 0;
  for (int r = PS_E_STORE_FULL; r;) {
    struct ps_error error = {.status = PS_OK};
    assert_ok(ps_seen_begin(f->seen, err));
    r = ps_seen_put_value(f->seen, "large", value, len, &error);
    if (!r) r = ps_seen_commit(f->seen, &error);
    else ps_seen_abort(f->seen);
    if (!r) break;
    assert_int_equal(r, PS_E_STORE_FULL);
    assert_non_null(strstr(error.text, "needs more address space"));
    assert_ok(ps_seen_get_value(f->seen, "large", NULL, 0, &got, err));
    assert_int_equal(got, 0);
    assert_int_equal(test_count(f->seen, 0, 2 * BATCH), BATCH);
    assert_in_range(++refusals, 1, 6);
  }
  assert_true(refusals > 0);
  assert_ok(ps_seen_get_value(f->seen, "large", NULL, 0, &got, err));
  assert_int_equal(got, len);
  test_check_clean(f->seen);
  free(value);
}

/* --- another process --- */

/* Marks batches [from, to) whenever it is told to. */
static void neighbour(const struct fixture *f, int orders, int answers) {
  struct ps_seen *seen;
  uint64_t range[2];
  if (ps_seen_open(f->dir, &options, &seen, NULL)) _exit(1);
  while (read(orders, range, sizeof range) == (ssize_t)sizeof range) {
    mark_batches(seen, range[0], range[1]);
    if (write(answers, range, sizeof range) != (ssize_t)sizeof range) _exit(2);
  }
  ps_seen_close(seen);
  _exit(0);
}

static void tell(int orders, int answers, uint64_t from, uint64_t to) {
  uint64_t range[2] = {from, to};
  assert_int_equal(write(orders, range, sizeof range), sizeof range);
  assert_int_equal(read(answers, range, sizeof range), sizeof range);
}

static void a_map_grown_by_another_process_is_followed(void **state) {
  struct fixture *f = *state;
  int orders[2], answers[2], status;
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_int_equal(pipe(orders) | pipe(answers), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    (void)close(orders[1]);
    neighbour(f, orders[0], answers[1]);
  }
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
  mark_batches(f->seen, 0, 1);
  assert_int_equal(map_bytes(f->seen), MIB);
  tell(orders[1], answers[0], 1, 60); /* we read next ... */
  assert_int_equal(test_count(f->seen, 0, 61 * BATCH), 60 * BATCH);
  assert_true(map_bytes(f->seen) > MIB);
  tell(orders[1], answers[0], 60, 180); /* ... we write next: the keys are there */
  assert_int_equal(test_mark(f->seen, 100 * BATCH, BATCH, 9), 0);
  mark_batches(f->seen, 180, 190);
  tell(orders[1], answers[0], 190, 200);
  assert_int_equal(test_count(f->seen, 0, 201 * BATCH), 200 * BATCH);
  test_check_clean(f->seen);
  assert_int_equal(close(orders[1]), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(close(orders[0]) | close(answers[0]) | close(answers[1]), 0);
}

/* --- a limit of address space --- */

#ifndef TEST_SANITIZED
static rlim_t address_space(void) {
  char text[256] = "";
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_non_null(fgets(text, sizeof text, file));
  assert_int_equal(fclose(file), 0);
  return strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

static int mark_quietly(struct ps_seen *seen, uint64_t batch, struct ps_error *err) {
  struct ps_key keys[BATCH];
  uint16_t days[BATCH];
  uint8_t verdict[BATCH];
  for (uint32_t i = 0; i < BATCH; i++) {
    keys[i] = test_key(batch * BATCH + i);
    days[i] = (uint16_t)(batch / 10);
  }
  int r = ps_seen_begin(seen, err);
  if (r) return r;
  if ((r = ps_seen_mark(seen, days, keys, BATCH, verdict, err))) {
    ps_seen_abort(seen);
    return r;
  }
  return ps_seen_commit(seen, err);
}

#endif

static void limited_address_space_is_told(void **state) {
  struct fixture *f = *state;
#ifdef TEST_SANITIZED
  (void)f;
  skip(); /* their shadow memory takes all of it */
#else
  struct rlimit before, tight;
  struct ps_error error = {.status = PS_OK};
  uint64_t batch = 0;
  int r = PS_OK;
  if (scale_is_small()) skip(); /* valgrind's own memory is in the same space */
  mark_batches(f->seen, batch, 3);
  batch = 3;
  assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
  tight = before;
  tight.rlim_cur = address_space() + 10 * MIB;
  if (setrlimit(RLIMIT_AS, &tight)) skip();
  for (; batch < 400 && !r; batch += !r) r = mark_quietly(f->seen, batch, &error);
  const uint64_t found = test_count(f->seen, 0, (batch + 1) * BATCH);
  const int again = mark_quietly(f->seen, batch, NULL);
  assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
  assert_int_equal(r, PS_E_STORE_FULL);
  assert_int_equal(again, PS_E_STORE_FULL);
  assert_non_null(strstr(error.text, "ulimit -v"));
  assert_non_null(strstr(error.text, f->dir));
  assert_int_equal(found, batch * BATCH);
  mark_batches(f->seen, batch, batch + 20);
  assert_int_equal(test_count(f->seen, 0, (batch + 21) * BATCH), (batch + 20) * BATCH);
  test_check_clean(f->seen);
#endif
}

/* Sizes of chunks are no property of the store: what any setting wrote is read and merged by all.
 */
static void stores_with_other_sizes_of_chunks_are_read_and_merged(void **state) {
  struct fixture *f = *state;
  static const uint32_t sizes[] = {0, 512, 1, 4096, 600, 1u << 30};
  struct ps_seen_options other = options;
  const uint64_t batches = 6;
  uint64_t at = 0;
  bool more;
  uint8_t bits_max = 0;
  for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
    ps_seen_close(f->seen);
    other.chunk_keys = sizes[i % (sizeof sizes / sizeof *sizes)];
    other.map_bytes = 0;
    assert_ok(ps_seen_open(f->dir, &other, &f->seen, err));
    for (uint64_t b = 0; b < batches; b++, at++)
      assert_int_equal(test_mark(f->seen, at * BATCH, BATCH, (uint16_t)(i % 2)), BATCH);
    for (more = i % 3 == 2; more;) assert_ok(ps_seen_idle(f->seen, 100000, &more, err));
    assert_int_equal(test_count(f->seen, 0, (at + 1) * BATCH), at * BATCH);
    test_check_clean(f->seen);
    for (uint32_t r = 0; r < f->seen->runs.n; r++) {
      const struct run_record *run = &f->seen->runs.at[r].record;
      if (run->kind == RUN_LIVE && run->bits > bits_max) bits_max = run->bits;
    }
  }
  assert_in_range(bits_max, 5, 8); /* 2^bits chunks of at least 512 keys */
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(the_map_grows_with_the_store),
      TEST(a_value_too_large_for_the_room_is_refused),
      TEST(a_map_grown_by_another_process_is_followed),
      TEST(limited_address_space_is_told),
      TEST(stores_with_other_sizes_of_chunks_are_read_and_merged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
