/* Days of files with the n-th call of LMDB failing, the first time, again and after an
 * interruption: the run says so, and the same command goes on to the tree that an untroubled one
 * makes. */
#include "../archive.h"
#include "../scale.h"
#include "../store_fault.h"
#include "backfill/checkpoint.h"

#include <pingsieve/backfill.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define A "{\"id\":\"a\",\"clientId\":\"x\",\"type\":\"main\"}\n"
#define B "{\"id\":\"b\",\"clientId\":\"y\",\"type\":\"main\"}\n"
#define C "{\"id\":\"c\",\"clientId\":\"x\",\"type\":\"crash\"}\n"

#define DATED(id, day) "{\"id\":\"" id "\",\"meta\":{\"submissionDate\":\"" day "\"}}\n"

#define TEN_OF(line) line line line line line line line line line line
#define FILLER       TEN_OF(TEN_OF("{\"no\":\"id\"}\n")) /* more than a block */

enum scene { FIRST, AGAIN, EXPIRING }; /* EXPIRING: days are forgotten amid a block of the file */
static const char *const inputs[] = {"in", NULL}, *const expiring[] = {"e", NULL};

static void write_file(const char *path, const char *lines) {
  struct text text = {0};
  text_add(&text, lines, strlen(lines));
  archive_write(path, &text);
  text_release(&text);
}

static void expect_file(const char *out, const char *path, const char *lines) {
  char name[256];
  struct text text = {0};
  assert_in_range(snprintf(name, sizeof name, "%s/%s", out, path), 1, sizeof name - 1);
  text_add(&text, lines, strlen(lines));
  archive_expect(name, &text);
  text_release(&text);
}

static int run(const struct ps_backfill_options *o, struct ps_error *err) {
  struct ps_backfill *backfill = NULL;
  int r = ps_backfill_open(o, -1, &backfill, err);
  if (r) return r;
  r = ps_backfill_run(backfill, err);
  const int closed = ps_backfill_close(backfill, r ? NULL : err);
  return r ? r : closed;
}

/* The n-th call of a run fails; false: there are not so many. *missed: times that the run went
 * through although one failed. */
static bool fails_at(unsigned long n, enum scene scene, unsigned *missed) {
  char store[64], out[64];
  struct ps_error error = {.status = PS_OK};
  (void)snprintf(store, sizeof store, "store-%d-%lu", scene, n);
  (void)snprintf(out, sizeof out, "out-%d-%lu", scene, n);
  struct ps_backfill_options o = {
      .size = sizeof(struct ps_backfill_options),
      .sieve = {.store = store,
                .read.threads = 1,
                .batch_pings = 2,
                .read_bytes = 1024,
                .seen = {.create = true,
                         .keep_given = true,
                         .keep_days = scene == EXPIRING ? 3 : 0,
                         .no_sync = true}},
      .inputs = {.inputs = scene == EXPIRING ? expiring : inputs, .ninputs = 1},
      .out = out};
  if (scene == AGAIN) assert_ok(run(&o, err));
  o.again = scene == AGAIN;
  store_fail(n);
  const int r = run(&o, &error);
  const bool failed = store_failed();
  *missed += failed && !r;
  if (r) {
    assert_true(failed);
    assert_int_equal(r, PS_E_STORE);
    assert_int_equal(error.status, PS_E_STORE);
    store_fail(scene == EXPIRING ? 30 + n % 40 : 0); /* and once more, where it goes on */
    const int second = run(&o, &error);
    (void)store_failed();
    if (second) assert_ok(run(&o, err));
  }
  if (scene == EXPIRING) {
    expect_file(out, "e/x",
                FILLER DATED("a", "20170301") DATED("b", "20170301") "{}\n" DATED("c", "20170310")
                    DATED("a", "20170310") DATED("d", "20170320") "{}\n" DATED("c", "20170320"));
    return failed;
  }
  expect_file(out, "in/20170301/a.gz", A B);
  expect_file(out, "in/20170301/b", "{}\n");
  expect_file(out, "in/20170302/deep/c", C);
  return failed;
}

/* Passed over may be what is asked twice (the state, seen/state.c) or only to have it sooner (the
 * records of the log), so many times in these runs. */
static void fail_each(enum scene scene) {
  write_file("in/20170301/a.gz", A A B);
  write_file("in/20170301/b", "{}\n" B "{\n");
  write_file("in/20170302/deep/c", A B C);
  write_file("e/x",
             FILLER DATED("a", "20170301") DATED("b", "20170301") "{}\n" DATED("a", "20170301")
                 DATED("c", "20170310") DATED("a", "20170310") DATED("c", "20170310")
                     DATED("d", "20170320") "{}\n" DATED("c", "20170320") DATED("d", "20170320"));
  unsigned long n = 1;
  unsigned missed = 0;
  while (fails_at(n, scene, &missed))
    n += scale_is_small() ? 1 + n / 3 : scale_count(100) < 100 ? 2 : 1;
  assert_true(n > 50);
  assert_in_range(missed, 0, scene == FIRST ? 6 : 9);
}

static void failing_calls_of_a_first_run_are_told(void **state) {
  (void)state;
  fail_each(FIRST);
}

static void failing_calls_of_a_run_again_are_told(void **state) {
  (void)state;
  fail_each(AGAIN);
}

static void failing_calls_while_days_expire_are_told(void **state) {
  (void)state;
  fail_each(EXPIRING);
}

/* ---- amid blocks, one run after the other ---- */

#define SERIES(first, a, b, c)                                                                     \
  DATED(first "a", a)                                                                              \
  DATED(first "b", a)                                                                              \
  "{}\n" DATED(first "c", b) DATED(first "a", b) DATED(first "d", c) "{}\n" DATED(first "c", c)

static int find_within(void *context, const struct checkpoint *record, struct ps_error *err) {
  (void)err;
  *(uint64_t *)context = record->offset < 2 * sizeof FILLER ? record->lines_done : 0;
  return PS_OK;
}

/* So many lines of a block of the first half are done, and the rest of it is not. */
static uint64_t lines_within(const char *store) {
  struct ps_seen *seen;
  uint64_t lines = 0;
  if (ps_seen_open(
          store,
          &(struct ps_seen_options){.size = sizeof(struct ps_seen_options), .read_only = true},
          &seen, NULL))
    return 0;
  assert_ok(checkpoint_each(seen, 0, INPUT_NO_DAY + 1, find_within, &lines, err));
  ps_seen_close(seen);
  return lines;
}

/* Runs until the n-th call of LMDB. Whether it came to that. */
static bool run_to(const char *number, unsigned long n, struct ps_backfill_options *o, char *out) {
  static char store[64];
  (void)snprintf(store, sizeof store, "store-twice-%s", number);
  (void)snprintf(out, 64, "out-twice-%s", number);
  o->sieve.store = store;
  o->out = out;
  store_fail(n);
  (void)run(o, NULL);
  return store_failed();
}

/* A run goes on amid a block, and ends amid another one: the third goes on where the second was. */
static void failing_calls_amid_two_blocks_are_told(void **state) {
  (void)state;
  static const char *const in[] = {"t", NULL};
  struct ps_backfill_options o = {
      .size = sizeof(struct ps_backfill_options),
      .sieve = {.read.threads = 1,
                .batch_pings = 2,
                .read_bytes = 1024,
                .seen = {.create = true, .keep_given = true, .keep_days = 3, .no_sync = true}},
      .inputs = {.inputs = in, .ninputs = 1}};
  unsigned long first = 30, second = 20;
  char number[32] = "", out[64];
  write_file("t/x", FILLER SERIES("1", "20170301", "20170310", "20170320")
                        FILLER SERIES("2", "20170401", "20170410", "20170420"));
  for (uint64_t lines = 0; !lines; first++) {
    (void)snprintf(number, sizeof number, "%lu", first);
    assert_true(run_to(number, first, &o, out));
    lines = lines_within(o.sieve.store);
  }
  first--;
  for (bool failed = true; failed; second += 4) {
    (void)snprintf(number, sizeof number, "%lu-%lu", first, second);
    assert_true(run_to(number, first, &o, out));
    failed = run_to(number, second, &o, out);
    assert_ok(run(&o, err));
    expect_file(out, "t/x",
                FILLER SERIES("1", "20170301", "20170310", "20170320")
                    FILLER SERIES("2", "20170401", "20170410", "20170420"));
  }
}

/* Hundreds of runs: on a file system in memory, if there is one, none waits for a disk. */
static int quick_setup(void **state) {
  if (!access("/dev/shm", R_OK | W_OK | X_OK)) (void)setenv("TMPDIR", "/dev/shm", 0);
  return place_setup(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(failing_calls_of_a_first_run_are_told, quick_setup,
                                      place_teardown),
      cmocka_unit_test_setup_teardown(failing_calls_of_a_run_again_are_told, quick_setup,
                                      place_teardown),
      cmocka_unit_test_setup_teardown(failing_calls_while_days_expire_are_told, quick_setup,
                                      place_teardown),
      cmocka_unit_test_setup_teardown(failing_calls_amid_two_blocks_are_told, quick_setup,
                                      place_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
