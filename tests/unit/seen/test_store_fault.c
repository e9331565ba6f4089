/* A store's whole life with the n-th call of LMDB failing: the error is told by the call that met
 * it, and a transaction is in the store whole or not at all. Then everything goes through, with the
 * same handle as well. */
#include "../scale.h"
#include "../store_fault.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 300, BATCHES = 8, FORGOTTEN = 100 };

/* The first batch has a day of its own, the others two in turn, whose runs are merged. */
static uint16_t day_of(uint64_t k) { return (uint16_t)(k ? FORGOTTEN + 1 + k % 2 : FORGOTTEN); }

/* Batch k: so many keys, and a value that says so. */
static int commit_batch(struct ps_seen *seen, uint64_t k, struct ps_error *err) {
  struct ps_key keys[BATCH];
  uint16_t days[BATCH];
  uint8_t verdicts[BATCH];
  int r = ps_seen_begin(seen, err);
  if (r) return r;
  for (uint64_t i = 0; i < BATCH; i++) {
    keys[i] = test_key(k * BATCH + i);
    days[i] = day_of(k);
  }
  r = ps_seen_contains(seen, keys, BATCH, verdicts, err);
  if (!r) r = ps_seen_mark(seen, days, keys, BATCH, verdicts, err);
  if (!r) r = ps_seen_put_value(seen, "batches", &k, sizeof k, err);
  ps_seen_set_watermark(seen, (uint16_t)(FORGOTTEN + k));
  if (!r) return ps_seen_commit(seen, err);
  ps_seen_abort(seen);
  return r;
}

static int forget_first(struct ps_seen *seen, struct ps_error *err) {
  uint64_t gone;
  int r = ps_seen_begin(seen, err);
  if (r) return r;
  r = ps_seen_forget(seen, 0, FORGOTTEN + 1, &gone, err);
  if (!r) r = ps_seen_put_value(seen, "forgotten", "x", 1, err);
  if (!r) r = ps_seen_delete_values(seen, "no", "nothing", err);
  if (!r) return ps_seen_commit(seen, err);
  ps_seen_abort(seen);
  return r;
}

static int visit(void *context, const char *name, const void *value, size_t len,
                 struct ps_error *err) {
  (void)name, (void)value, (void)len, (void)err;
  ++*(unsigned *)context;
  return PS_OK;
}

/* All that only looks. */
static int look(struct ps_seen *seen, struct ps_error *err) {
  struct ps_key keys[BATCH];
  uint8_t verdicts[BATCH];
  struct ps_seen_info info;
  unsigned values = 0;
  for (uint64_t i = 0; i < BATCH; i++) keys[i] = test_key(BATCH + 2 * i);
  int r = ps_seen_lookup(seen, keys, BATCH, verdicts, err);
  for (size_t i = 0; i < BATCH && !r; i++) assert_int_equal(verdicts[i], 1);
  if (!r && !(r = ps_seen_info(seen, &info, err))) ps_seen_info_release(&info);
  if (!r) r = ps_seen_view_begin(seen, err);
  if (!r) r = ps_seen_each_value(seen, "a", "z", visit, &values, err);
  ps_seen_view_end(seen);
  if (!r) assert_int_equal(values, 2);
  return r;
}

static const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                               .create = true,
                                               .no_sync = true,
                                               .log_keys = 700,
                                               .chunk_keys = 512,
                                               .merge_us = 1000000};

static int live(const char *dir, struct ps_error *err) {
  struct ps_seen *seen;
  bool more = true;
  int r = ps_seen_open(dir, &options, &seen, err);
  if (r) return r;
  for (uint64_t k = 0; k < BATCHES && !r; k++) r = commit_batch(seen, k, err);
  if (!r) r = forget_first(seen, err);
  while (!r && more) r = ps_seen_idle(seen, 1000000, &more, err);
  if (!r) r = look(seen, err);
  ps_seen_close(seen);
  return r;
}

/* The store has the first batches, as many as the value says, the first forgotten or not. */
static void assert_whole(const char *dir) {
  struct ps_seen *seen;
  uint64_t last = 0;
  size_t len, forgotten;
  if (ps_seen_open(
          dir, &(struct ps_seen_options){.size = sizeof(struct ps_seen_options), .read_only = true},
          &seen, NULL))
    return;
  test_check_clean(seen);
  assert_ok(ps_seen_get_value(seen, "batches", &last, sizeof last, &len, err));
  assert_ok(ps_seen_get_value(seen, "forgotten", NULL, 0, &forgotten, err));
  const uint64_t batches = len ? last + 1 : 0;
  assert_int_equal(test_count(seen, BATCH, (BATCHES - 1) * BATCH),
                   batches ? (batches - 1) * BATCH : 0);
  assert_int_equal(test_count(seen, 0, BATCH), batches && !forgotten ? BATCH : 0);
  ps_seen_close(seen);
}

static void every_failing_call_is_told(void **state) {
  (void)state;
  bool failed = true;
  unsigned missed = 0;
  for (unsigned long n = 1; failed; n += scale_is_small() ? 1 + n / 3 : 1 + n / 60) {
    char dir[PATH_BYTES], store[PATH_BYTES];
    struct ps_error error = {.status = PS_OK};
    test_dir_make(dir);
    test_path(dir, "store", store);
    store_fail(n);
    const int r = live(store, &error);
    failed = store_failed();
    missed += failed && !r;
    if (r) {
      assert_true(failed);
      assert_int_equal(r, PS_E_STORE);
      assert_int_equal(error.status, PS_E_STORE);
      assert_whole(store);
      assert_ok(live(store, err));
    }
    assert_whole(store);
    test_dir_remove(dir);
  }
  /* One call is made again after a failure: the state is read once a transaction or view
   * (seen/state.c). */
  assert_in_range(missed, 0, BATCHES + 4);
}

/* A failed act is done again with the same handle, which must know nothing of the first time.
 * Returns whether anything failed. */
static bool go_on(const char *dir) {
  struct ps_seen *seen;
  struct ps_seen_info info;
  bool more = true;
  if (ps_seen_open(dir, &options, &seen, NULL)) assert_ok(ps_seen_open(dir, &options, &seen, err));
  for (uint64_t k = 0; k < BATCHES; k++)
    if (commit_batch(seen, k, NULL)) assert_ok(commit_batch(seen, k, err));
  if (forget_first(seen, NULL)) assert_ok(forget_first(seen, err));
  while (more)
    if (ps_seen_idle(seen, 1000000, &more, NULL))
      assert_ok(ps_seen_idle(seen, 1000000, &more, err));
  if (look(seen, NULL)) assert_ok(look(seen, err));
  const bool failed = store_failed();
  test_check_clean(seen);
  assert_ok(ps_seen_info(seen, &info, err));
  assert_int_equal(info.keys, (BATCHES - 1) * BATCH);
  assert_int_equal(info.watermark, FORGOTTEN + BATCHES - 1);
  ps_seen_info_release(&info);
  ps_seen_close(seen);
  return failed;
}

static void the_same_handle_goes_on(void **state) {
  (void)state;
  bool failed = true;
  for (unsigned long n = 1; failed; n += scale_is_small() ? 1 + n / 3 : 1 + n / 30) {
    char dir[PATH_BYTES], store[PATH_BYTES];
    test_dir_make(dir);
    test_path(dir, "store", store);
    store_fail(n);
    failed = go_on(store);
    assert_whole(store);
    test_dir_remove(dir);
  }
}

/* A transaction in which a value could not be put or deleted is not committed, whoever asks for it;
 * the next one knows nothing of it. */
static void a_failed_value_fails_the_transaction(void **state) {
  (void)state;
  char dir[PATH_BYTES], store[PATH_BYTES];
  struct ps_seen *seen;
  size_t len;
  test_dir_make(dir);
  test_path(dir, "store", store);
  assert_ok(ps_seen_open(store, &options, &seen, err));
  assert_int_equal(test_mark(seen, 0, 10, FORGOTTEN), 10);
  unsigned refused = 0;
  bool failed = true;
  for (unsigned long n = 1; failed; n++) {
    struct ps_error error = {.status = PS_OK};
    assert_ok(ps_seen_begin(seen, err));
    store_fail(n);
    int r = ps_seen_put_value(seen, "v", "1234", n % 4, &error);
    if (!r) r = ps_seen_delete_value(seen, "v", &error);
    if (!r) r = ps_seen_put_value(seen, "w", "x", 1, &error);
    failed = store_failed();
    assert_int_equal(r, failed ? PS_E_STORE : PS_OK);
    if (failed) {
      assert_refused(ps_seen_commit(seen, err), PS_E_ARGUMENT, "met an error");
      assert_ok(ps_seen_get_value(seen, "w", NULL, 0, &len, err));
      assert_int_equal(len, 0);
      refused++;
    } else assert_ok(ps_seen_commit(seen, err));
  }
  assert_true(refused >= 3);
  assert_ok(ps_seen_get_value(seen, "w", NULL, 0, &len, err));
  assert_int_equal(len, 1);
  ps_seen_close(seen);
  test_dir_remove(dir);
}

int main(void) {
  /* Hundreds of stores: on a file system in memory, if there is one, none waits for a disk. */
  if (!access("/dev/shm", R_OK | W_OK | X_OK)) (void)setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_failing_call_is_told),
                                     cmocka_unit_test(the_same_handle_goes_on),
                                     cmocka_unit_test(a_failed_value_fails_the_transaction)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
