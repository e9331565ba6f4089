/* Days of files with the n-th allocation failing: the run says so and holds nothing afterwards, and
 * the same command goes on to the tree that an uninterrupted one makes. */
#include "../archive.h"
#include "../ledger.h"
#include "../scale.h"

#include <errno.h>
#include <pingsieve/backfill.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define A "{\"id\":\"a\",\"clientId\":\"x\",\"type\":\"main\"}\n"
#define B "{\"id\":\"b\",\"clientId\":\"y\",\"type\":\"main\"}\n"
#define C "{\"id\":\"c\",\"clientId\":\"x\",\"type\":\"crash\"}\n"

static const char *const inputs[] = {"in", NULL};

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

/* The n-th allocation of a run fails; false: there are not so many. *missed: times that the run
 * went through although one failed. */
static bool fails_at(unsigned long n, unsigned threads, unsigned *missed) {
  char store[64], out[64];
  struct ps_error error = {.status = PS_OK};
  (void)snprintf(store, sizeof store, "store-%u-%lu", threads, n);
  (void)snprintf(out, sizeof out, "out-%u-%lu", threads, n);
  const struct ps_backfill_options o = {
      .size = sizeof(struct ps_backfill_options),
      .sieve = {.store = store,
                .read.threads = threads,
                .seen = {.create = true, .keep_given = true, .no_sync = true}},
      .inputs = {.inputs = inputs, .ninputs = 1},
      .out = out};
  const size_t allocations = ledger_allocations(), descriptors = ledger_descriptors();
  ledger_fail(n);
  const int r = run(&o, &error);
  const bool failed = ledger_failed();
  assert_int_equal(ledger_allocations(), allocations);
  assert_int_equal(ledger_descriptors(), descriptors);
  *missed += failed && !r;
  if (r) {
    assert_true(failed);
    /* An input that could not be read for want of it is named (README: exit code 4). */
    if (r == PS_E_INPUT) {
      assert_int_equal(error.os_error, ENOMEM);
      assert_non_null(strstr(error.text, "run the same command again"));
    } else assert_int_equal(r, PS_E_MEMORY);
    assert_non_null(strstr(error.text, "memory"));
    assert_ok(run(&o, err));
  }
  assert_int_equal(ledger_allocations(), allocations);
  expect_file(out, "in/20170301/a.gz", A B);
  expect_file(out, "in/20170301/b", "{}\n");
  expect_file(out, "in/20170302/deep/c", C);
  return failed;
}

static void fail_each(unsigned threads) {
  write_file("in/20170301/a.gz", A A B);
  write_file("in/20170301/b", "{}\n" B "{\n");
  write_file("in/20170302/deep/c", A B C);
  unsigned long n = 1;
  unsigned missed = 0;
  while (fails_at(n, threads, &missed))
    n += scale_is_small() ? 1 + n / 3 : threads == 1 ? 1 : 1 + n / 8;
  assert_true(n > 100);
  /* Early looks at three files, which are looked at again. Of two threads the order differs from
   * run to run, and one look may be met more than once. */
  assert_in_range(missed, 0, threads == 1 ? 3 : 9);
}

static void one_thread_tells_lack_of_memory(void **state) {
  (void)state;
  fail_each(1);
}

static void two_threads_tell_lack_of_memory(void **state) {
  (void)state;
  fail_each(2);
}

/* Hundreds of runs: on a file system in memory, if there is one, none waits for a disk. */
static int quick_setup(void **state) {
  if (!access("/dev/shm", R_OK | W_OK | X_OK)) (void)setenv("TMPDIR", "/dev/shm", 0);
  return place_setup(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(one_thread_tells_lack_of_memory, quick_setup, place_teardown),
      cmocka_unit_test_setup_teardown(two_threads_tell_lack_of_memory, quick_setup, place_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
