/* Disks that fill up, fail or lose power: the store is as it was, and can be used again. */
#include "support.h"

#include "disk.h"
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH 3000u

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES], file[PATH_BYTES];
  struct ps_seen *seen;
  uint64_t batches; /* committed: keys [0, batches * BATCH) */
  uint64_t random;
  uint64_t losses, ahead;
};

static const struct ps_seen_options options = {
    .size = sizeof(struct ps_seen_options), .create = true, .log_keys = 4000, .merge_us = 500};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  test_path(f->dir, "data.mdb", f->file);
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

/* The batch of these keys of a day, in one transaction, with a value. */
static int batch_commit(struct ps_seen *seen, uint64_t batch, uint16_t day, struct ps_error *err) {
  static struct ps_key keys[BATCH];
  static uint16_t days[BATCH];
  static uint8_t verdict[BATCH];
  for (uint32_t i = 0; i < BATCH; i++) {
    keys[i] = test_key(batch * BATCH + i);
    days[i] = day;
  }
  int r = ps_seen_begin(seen, err);
  if (r) return r;
  if ((r = ps_seen_mark(seen, days, keys, BATCH, verdict, err)) ||
      (r = ps_seen_put_value(seen, "batches", &batch, sizeof batch, err))) {
    ps_seen_abort(seen);
    return r;
  }
  for (uint32_t i = 0; i < BATCH; i++) assert_int_equal(verdict[i], 0);
  return ps_seen_commit(seen, err);
}

static void as_it_was(struct fixture *f) {
  assert_int_equal(test_count(f->seen, 0, f->batches * BATCH + BATCH), f->batches * BATCH);
}

static void reopen(struct fixture *f) {
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
}

/* Every write and sync of many commits fails in turn. */
static void fail_each_write(struct fixture *f, enum disk_fault fault, int want) {
  unsigned faults = 0;
  for (uint64_t round = 0; round < test_scaled(12); round++) {
    for (unsigned n = 1;; n++) {
      struct ps_error error = {.status = PS_OK};
      disk_fail_at(n, fault);
      const int r = batch_commit(f->seen, f->batches, (uint16_t)(round / 4), &error);
      const bool came = !disk_fault_waits();
      disk_fail_at(0, fault);
      if (!came) {
        assert_int_equal(r, PS_OK);
        break;
      }
      faults++;
      assert_int_equal(r, want);
      assert_non_null(strstr(error.text, f->dir));
      as_it_was(f);
      if (n % 2 == 0) continue; /* the last one, of the meta page, is mostly the third */
      reopen(f); /* also the meta pages are as they were: opening and the check look at them */
      if (round % 3 == 0) test_check_clean(f->seen);
    }
    f->batches++;
    as_it_was(f);
  }
  assert_true(faults >= 2 * test_scaled(12));
  test_check_clean(f->seen);
}

static void a_full_disk_is_told(void **state) {
  fail_each_write(*state, DISK_FULL, PS_E_STORE_FULL);
}
static void a_broken_disk_is_told(void **state) {
  fail_each_write(*state, DISK_BROKEN, PS_E_STORE);
}
static void short_writes_are_made_again(void **state) {
  fail_each_write(*state, DISK_SHORT_WRITE, PS_E_STORE);
}

/* A commit fails, and the next one is another program's: with the same number, but other keys. */
static void after_a_failed_commit_another_program_goes_on(void **state) {
  struct fixture *f = *state;
  for (unsigned n = 1; n <= 3; n++) {
    int status;
    assert_ok(batch_commit(f->seen, f->batches, 1, err));
    f->batches++;
    disk_fail_at(n, DISK_BROKEN);
    assert_int_equal(batch_commit(f->seen, 1000, 1, NULL), PS_E_STORE);
    assert_false(disk_fault_waits());
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
      struct ps_seen *other;
      if (ps_seen_open(f->dir, &options, &other, NULL)) _exit(1);
      const int r = batch_commit(other, f->batches, 1, NULL);
      ps_seen_close(other);
      _exit(r ? 2 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    f->batches++;
    as_it_was(f);
    assert_int_equal(test_count(f->seen, 1000 * BATCH, BATCH), 0);
    test_check_clean(f->seen);
  }
}

/* The copy is on the disk before it gets its name, then its directory and that one's name are; any
 * of it may fail. */
static void a_copy_is_synced(void **state) {
  struct fixture *f = *state;
  char dir[PATH_BYTES], file[PATH_BYTES];
  assert_ok(batch_commit(f->seen, f->batches++, 1, err));
  test_path(f->top, "copy", dir);
  test_path(dir, "data.mdb", file);
  disk_fsync_fail_at(1);
  assert_refused(ps_seen_copy(f->seen, dir, err), PS_E_OUTPUT, dir);
  assert_int_equal(rmdir(dir), 0); /* nothing is left in it */
  for (unsigned n = 2; n <= 3; n++) {
    disk_fsync_fail_at(n);
    assert_refused(ps_seen_copy(f->seen, dir, err), PS_E_OUTPUT,
                   n == 2 ? "cannot be flushed" : "remove it, and copy again");
    assert_int_equal(access(file, F_OK), 0);
    assert_int_equal(unlink(file) | rmdir(dir), 0);
  }
  disk_fsync_fail_at(4);
  assert_ok(ps_seen_copy(f->seen, dir, err));
  disk_fsync_fail_at(0);
}

/* Pages that a cut has taken out of the map cannot be written: the store is at fault, and nothing
 * is left of the copy. */
static void a_copy_of_a_store_that_was_cut_says_so(void **state) {
  struct fixture *f = *state;
  char dir[PATH_BYTES];
  assert_ok(batch_commit(f->seen, f->batches++, 1, err));
  test_path(f->top, "copy", dir);
  disk_write_fail(EFAULT);
  assert_refused(ps_seen_copy(f->seen, dir, err), PS_E_STORE, f->dir);
  assert_int_equal(rmdir(dir), 0);
  assert_ok(ps_seen_copy(f->seen, dir, err));
}

/* A new store and its directories are on the disk before it is used; any of it may fail. */
static void a_new_store_is_synced(void **state) {
  struct fixture *f = *state;
  char dir[PATH_BYTES], name[32];
  struct ps_seen *seen;
  for (unsigned n = 1; n <= 4; n++) {
    (void)snprintf(name, sizeof name, "new-%u", n);
    test_path(f->top, name, dir);
    disk_fsync_fail_at(n);
    if (n < 4)
      assert_refused(ps_seen_open(dir, &options, &seen, err), PS_E_STORE, "cannot be flushed");
    disk_fsync_fail_at(0);
    assert_ok(ps_seen_open(dir, &options, &seen, err));
    ps_seen_close(seen);
  }
}

/* LMDB gives the old map back before it asks for the new one: without either the store is closed,
 * and opened anew by the next call. */
static void a_map_that_cannot_grow_is_told(void **state) {
  struct fixture *f = *state;
#ifdef TEST_SANITIZED
  (void)f;
  skip(); /* they stand in for mmap() themselves */
#else
  struct ps_seen_options tiny = options;
  int r = PS_OK;
  unsigned refused = 0;
  tiny.map_bytes = 1 << 20;
  ps_seen_close(f->seen);
  assert_ok(ps_seen_open(f->dir, &tiny, &f->seen, err));
  for (unsigned i = 0; i < 60; i++) {
    disk_no_shared_map(true);
    struct ps_error error = {.status = PS_OK};
    r = batch_commit(f->seen, f->batches, 1, &error);
    disk_no_shared_map(false);
    f->batches += !r;
    if (r) {
      assert_int_equal(r, PS_E_STORE_FULL);
      assert_non_null(strstr(error.text, "address space"));
      refused++;
      if (refused % 2) as_it_was(f);
      else assert_ok(batch_commit(f->seen, f->batches++, 1, err));
    }
  }
  assert_true(refused > 0);
  as_it_was(f);
  test_check_clean(f->seen);
#endif
}

/* A real limit of the kernel's: files may not grow. */
static void a_limit_of_the_file_size_is_told(void **state) {
  struct fixture *f = *state;
  struct rlimit before, tight;
  struct stat st;
  assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  for (; f->batches < 10; f->batches++) assert_ok(batch_commit(f->seen, f->batches, 1, err));
  assert_int_equal(stat(f->file, &st), 0);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  tight = before;
  tight.rlim_cur = (rlim_t)st.st_size;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
  int r = PS_OK;
  struct ps_error error = {.status = PS_OK};
  for (unsigned i = 0; i < 100 && !r; i++) {
    r = batch_commit(f->seen, f->batches, 1, &error);
    if (!r) f->batches++;
  }
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(r, PS_E_STORE_FULL);
  assert_non_null(strstr(error.text, "free some space"));
  as_it_was(f);
  assert_ok(batch_commit(f->seen, f->batches++, 1, err));
  as_it_was(f);
  test_check_clean(f->seen);
}

/* The failed copy leaves nothing, and says so. */
static void a_copy_to_a_full_disk_leaves_nothing(void **state) {
  struct fixture *f = *state;
  struct rlimit before, tight;
  char dir[PATH_BYTES];
  struct ps_error error;
  assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  for (; f->batches < 10; f->batches++) assert_ok(batch_commit(f->seen, f->batches, 1, err));
  test_path(f->top, "copy", dir);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  tight = before;
  tight.rlim_cur = 65536;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const int r = ps_seen_copy(f->seen, dir, &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(r, PS_E_OUTPUT);
  assert_non_null(strstr(error.text, dir));
  assert_int_equal(rmdir(dir), 0);
  assert_ok(ps_seen_copy(f->seen, dir, err));
}

/* With little address space the map is smaller, and grows no further than it may. */
static void little_address_space_is_told(void **state) {
  struct fixture *f = *state;
#ifdef TEST_SANITIZED
  (void)f;
  skip(); /* their shadow memory takes all of it */
#else
  struct rlimit before, tight;
  struct ps_seen_info info;
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
  tight = before;
  tight.rlim_cur = (rlim_t)1 << 30;
  if (setrlimit(RLIMIT_AS, &tight)) skip();
  struct ps_error error = {.status = PS_OK};
  int r = ps_seen_open(f->dir, &options, &f->seen, &error);
  for (; f->batches < 10 && !r; f->batches++) r = batch_commit(f->seen, f->batches, 1, &error);
  assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
  if (r) fail_msg("%s", error.text);
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_in_range(info.map_bytes, 64 << 20, 1 << 30);
  ps_seen_info_release(&info);
  as_it_was(f);
#endif
}

/* --- power --- */

/* Opens what a loss of power would leave: clean, with all batches committed so far, each whole. */
static void lose_power(void *context) {
  struct fixture *f = context;
  char dir[PATH_BYTES], file[PATH_BYTES];
  struct ps_seen *seen;
  struct ps_error error;
  struct ps_seen_options reading = options;
  uint64_t last = 0;
  size_t bytes, len;
  if (test_below(&f->random, 4)) return;
  uint8_t *image = disk_after_loss(&f->random, &bytes);
  test_path(f->top, "lost", dir);
  test_path(dir, "data.mdb", file);
  assert_int_equal(mkdir(dir, 0700), 0);
  test_file_write(file, image, bytes);
  free(image);
  reading.no_sync = true;
  if (ps_seen_open(dir, &reading, &seen, &error)) fail_msg("after a loss: %s", error.text);
  test_check_clean(seen);
  assert_ok(ps_seen_get_value(seen, "batches", &last, sizeof last, &len, err));
  const uint64_t there = len ? last + 1 : 0;
  assert_true(there == f->batches || there == f->batches + 1);
  f->ahead += there > f->batches;
  assert_int_equal(test_count(seen, 0, (f->batches + 2) * BATCH), there * BATCH);
  assert_int_equal(test_mark(seen, 1u << 30, 5000, 3), 5000); /* and it can go on */
  test_check_clean(seen);
  ps_seen_close(seen);
  test_dir_remove(dir);
  f->losses++;
}

static void a_loss_of_power_keeps_what_was_committed(void **state) {
  struct fixture *f = *state;
  const uint64_t batches = test_scaled(60);
  disk_record(f->file, lose_power, f);
  while (f->batches < batches) {
    assert_ok(batch_commit(f->seen, f->batches, (uint16_t)(f->batches / 5), err));
    f->batches++;
    if (f->batches % 20 == 7) {
      assert_ok(ps_seen_begin(f->seen, err));
      assert_ok(ps_seen_commit(f->seen, err));
    }
  }
  disk_record_stop();
  print_message("%llu losses of power, %llu after the last write of a commit\n",
                (unsigned long long)f->losses, (unsigned long long)f->ahead);
  if (batches >= 60) assert_true(f->losses > 20 && f->ahead > 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_full_disk_is_told),
      TEST(a_broken_disk_is_told),
      TEST(short_writes_are_made_again),
      TEST(a_limit_of_the_file_size_is_told),
      TEST(a_copy_to_a_full_disk_leaves_nothing),
      TEST(little_address_space_is_told),
      TEST(a_loss_of_power_keeps_what_was_committed),
      TEST(after_a_failed_commit_another_program_goes_on),
      TEST(a_copy_is_synced),
      TEST(a_copy_of_a_store_that_was_cut_says_so),
      TEST(a_new_store_is_synced),
      TEST(a_map_that_cannot_grow_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
