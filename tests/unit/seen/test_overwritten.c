/* Files of a store that are written over or cut while it is open: they keep their numbers, and are
 * refused before anything is believed of them or written to them. */
#include "support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static const struct ps_seen_options creating = {.size = sizeof(struct ps_seen_options),
                                                .create = true};

#define OLD_KEYS 20

struct fixture {
  char dir[PATH_BYTES], other[PATH_BYTES];
  char data[PATH_BYTES], lock[PATH_BYTES];
  struct ps_seen *seen; /* has the keys [0, OLD_KEYS) */
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->dir);
  test_dir_make(f->other);
  test_path(f->dir, "data.mdb", f->data);
  test_path(f->dir, "lock.mdb", f->lock);
  assert_ok(ps_seen_open(f->dir, &creating, &f->seen, err));
  assert_int_equal(test_mark(f->seen, 0, OLD_KEYS, 5), OLD_KEYS);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  ps_seen_close(f->seen);
  test_dir_remove(f->dir);
  test_dir_remove(f->other);
  free(f);
  return 0;
}

#define LONG_ENOUGH ((size_t)2 << 20) /* a file that has become shorter is another test */

/* As cp(1) does it: the file keeps its number. */
static void file_over(const char *from, const char *to) {
  uint8_t *bytes, *longer = calloc(1, LONG_ENOUGH);
  size_t n;
  assert_non_null(longer);
  test_file_read(from, &bytes, &n);
  assert_in_range(n, 1, LONG_ENOUGH);
  memcpy(longer, bytes, n);
  test_file_write(to, longer, LONG_ENOUGH);
  free(bytes);
  free(longer);
}

static void store_over(const struct fixture *f, const char *name, const char *to) {
  char from[PATH_BYTES];
  test_path(f->other, name, from);
  file_over(from, to);
}

/* A store in f->other with so many commits of 50 keys, closed. */
static void other_make(const struct fixture *f, unsigned commits) {
  struct ps_seen *seen;
  assert_ok(ps_seen_open(f->other, &creating, &seen, err));
  for (unsigned i = 0; i < commits; i++)
    assert_int_equal(test_mark(seen, 1000 + 50 * (uint64_t)i, 50, 5), 50);
  ps_seen_close(seen);
}

static void begin_and_mark(struct ps_seen *seen, uint64_t key) {
  const struct ps_key k = test_key(key);
  const uint16_t day = 5;
  uint8_t verdict;
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_mark(seen, &day, &k, 1, &verdict, err));
}

/* The other store's bytes are as they were put there. */
static void assert_untouched(const struct fixture *f, uint64_t keys) {
  struct ps_seen *seen;
  uint8_t *a, *b;
  size_t na, nb;
  char from[PATH_BYTES];
  test_path(f->other, "data.mdb", from);
  test_file_read(from, &a, &na);
  test_file_read(f->data, &b, &nb);
  assert_true(na <= nb && !memcmp(a, b, na));
  free(a);
  free(b);
  assert_ok(ps_seen_open(f->dir, NULL, &seen, err));
  assert_int_equal(test_count(seen, 1000, 10000), keys);
  test_check_clean(seen);
  ps_seen_close(seen);
}

static void let_go(struct fixture *f) {
  ps_seen_close(f->seen);
  f->seen = NULL;
}

/* With more commits than this one, as many, and fewer. */
static void another_store_between_batches_is_told(void **state) {
  struct fixture *f = *state;
  static const unsigned commits[] = {7, 3, 2, 1};
  assert_int_equal(test_mark(f->seen, 100, 1, 5), 1); /* three commits, with the making of it */
  other_make(f, commits[0]);
  for (size_t i = 0; i < sizeof commits / sizeof *commits; i++) {
    test_dir_remove(f->other);
    assert_int_equal(mkdir(f->other, 0700), 0);
    other_make(f, commits[i]);
    store_over(f, "data.mdb", f->data);
    assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "was written over");
  }
  let_go(f);
  assert_untouched(f, 50);
}

static void another_store_in_a_batch_is_told(void **state) {
  struct fixture *f = *state;
  const struct ps_key key = test_key(30);
  const uint16_t day = 5;
  uint8_t verdict;
  other_make(f, 3);
  begin_and_mark(f->seen, 20);
  store_over(f, "data.mdb", f->data);
  assert_refused(ps_seen_mark(f->seen, &day, &key, 1, &verdict, err), PS_E_STORE, "written over");
  ps_seen_abort(f->seen);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "was written over");
  let_go(f);
  assert_untouched(f, 150);
}

static void another_store_before_a_commit_is_told(void **state) {
  struct fixture *f = *state;
  other_make(f, 3);
  begin_and_mark(f->seen, 20);
  store_over(f, "data.mdb", f->data);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, "was written over");
  let_go(f);
  assert_untouched(f, 150);
}

/* The usual way to go back to a backup; put right, others have their turn, and the same handle goes
 * on. */
static void an_older_copy_is_told(void **state) {
  struct fixture *f = *state;
  char copy[PATH_BYTES], now[PATH_BYTES];
  test_path(f->other, "copy", copy);
  test_path(f->other, "now", now);
  file_over(f->data, copy);
  assert_int_equal(test_mark(f->seen, 100, 30, 5), 30);
  file_over(f->data, now);
  file_over(copy, f->data);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "was written over");
  file_over(now, f->data);
  test_mark_elsewhere(f->dir, 130, 1, 5);
  assert_int_equal(test_mark(f->seen, 100, 32, 5), 1);
}

/* With its lock.mdb, so that the numbers fit. */
static void another_whole_directory_is_told(void **state) {
  struct fixture *f = *state;
  other_make(f, 5);
  store_over(f, "data.mdb", f->data);
  store_over(f, "lock.mdb", f->lock);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "was written over");
  let_go(f);
}

/* A copy of the same store that went on elsewhere. */
static void a_newer_copy_is_told(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  char copy[PATH_BYTES];
  test_path(f->other, "data.mdb", copy);
  file_over(f->data, copy);
  assert_ok(ps_seen_open(f->other, NULL, &seen, err));
  for (uint64_t i = 0; i < 3; i++) assert_int_equal(test_mark(seen, 1000 + i, 1, 5), 1);
  ps_seen_close(seen);
  file_over(copy, f->data);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "was written over");
}

/* The same store, so that its secret fits as well. */
static void an_older_directory_is_told(void **state) {
  struct fixture *f = *state;
  char data[PATH_BYTES], lock[PATH_BYTES];
  test_path(f->other, "data", data);
  test_path(f->other, "lock", lock);
  file_over(f->data, data);
  file_over(f->lock, lock);
  assert_int_equal(test_mark(f->seen, 100, 30, 5), 30);
  file_over(data, f->data);
  file_over(lock, f->lock);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "was written over");
}

static void a_file_of_zeros_is_told(void **state) {
  struct fixture *f = *state;
  static const uint8_t zeros[2 * 4096];
  const int fd = open(f->data, O_WRONLY);
  assert_true(fd >= 0);
  begin_and_mark(f->seen, 20);
  assert_int_equal(pwrite(fd, zeros, sizeof zeros, 0), (ssize_t)sizeof zeros);
  assert_int_equal(close(fd), 0);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, "was written over");
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "was written over");
}

/* A process that reaches beyond the end of a cut file dies of SIGBUS; ours must notice before. */
static void a_cut_file_is_told(void **state) {
  struct fixture *f = *state;
  struct stat st;
  assert_int_equal(stat(f->data, &st), 0);
  const off_t sizes[] = {st.st_size / 2, 4096, 0};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    assert_int_equal(truncate(f->data, sizes[i]), 0);
    assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "or cut");
  }
}

static void a_file_cut_in_a_batch_is_told(void **state) {
  struct fixture *f = *state;
  begin_and_mark(f->seen, 20);
  assert_int_equal(truncate(f->data, 0), 0);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, "or cut");
}

static void a_cut_lock_is_told(void **state) {
  struct fixture *f = *state;
  assert_int_equal(truncate(f->lock, 0), 0);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_STORE, "or cut");
}

static void a_lock_cut_in_a_batch_is_told(void **state) {
  struct fixture *f = *state;
  begin_and_mark(f->seen, 20);
  assert_int_equal(truncate(f->lock, 0), 0);
  assert_refused(ps_seen_commit(f->seen, err), PS_E_STORE, "or cut");
}

static void a_store_overwritten_under_a_reader_is_told(void **state) {
  struct fixture *f = *state;
  const struct ps_seen_options reading = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  struct ps_seen_info info;
  struct ps_seen *seen;
  char copy[PATH_BYTES];
  test_path(f->other, "copy", copy);
  file_over(f->data, copy);
  assert_int_equal(test_mark(f->seen, 100, 30, 5), 30);
  let_go(f);
  assert_ok(ps_seen_open(f->dir, &reading, &seen, err));
  assert_ok(ps_seen_view_begin(seen, err));
  file_over(copy, f->data);
  assert_refused(ps_seen_info(seen, &info, err), PS_E_STORE, "was written over");
  ps_seen_view_end(seen);
  assert_int_equal(truncate(f->data, 0), 0);
  assert_refused(ps_seen_info(seen, &info, err), PS_E_STORE, "or cut");
  ps_seen_close(seen);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(another_store_between_batches_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(another_store_in_a_batch_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(another_store_before_a_commit_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(an_older_copy_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(another_whole_directory_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_newer_copy_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(an_older_directory_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_file_of_zeros_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_cut_file_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_file_cut_in_a_batch_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_cut_lock_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_lock_cut_in_a_batch_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_store_overwritten_under_a_reader_is_told, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
