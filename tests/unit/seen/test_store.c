/* The seen-set from outside: what each call promises. */
#include "support.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES];
  struct ps_seen *seen;
};

static const struct ps_seen_options small = {.size = sizeof(struct ps_seen_options),
                                             .create = true,
                                             .log_keys = 4000,
                                             .merge_us = 200,
                                             .no_sync = true};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  assert_ok(ps_seen_open(f->dir, &small, &f->seen, err));
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

static void reopen(struct fixture *f, const struct ps_seen_options *options) {
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_ok(ps_seen_open(f->dir, options, &f->seen, err));
}

static void first_of_equal_keys_wins(void **state) {
  struct fixture *f = *state;
  const struct ps_key keys[] = {test_key(1), test_key(2), test_key(1), {0, 0}, {0, 0}, test_key(2)};
  const uint16_t days[] = {5, 6, 7, 5, 5, 6};
  const uint8_t want[] = {0, 0, 1, 0, 1, 1}, all[] = {1, 1, 1, 1, 1, 1};
  uint8_t verdict[6];
  uint16_t oldest;
  assert_ok(ps_seen_begin(f->seen, err));
  assert_false(ps_seen_oldest(f->seen, &oldest));
  assert_ok(ps_seen_mark(f->seen, days, keys, 6, verdict, err));
  assert_memory_equal(verdict, want, 6);
  assert_ok(ps_seen_mark(f->seen, days, keys, 6, verdict, err));
  assert_memory_equal(verdict, all, 6);
  assert_true(ps_seen_oldest(f->seen, &oldest));
  assert_int_equal(oldest, 5);
  assert_ok(ps_seen_commit(f->seen, err));
  assert_ok(ps_seen_lookup(f->seen, keys, 6, verdict, err));
  assert_memory_equal(verdict, all, 6);
  reopen(f, &small);
  assert_int_equal(test_count(f->seen, 0, 4), 2);
}

static void lookup_tells_repetitions_apart(void **state) {
  struct fixture *f = *state;
  const struct ps_key keys[] = {test_key(1), test_key(9), test_key(9), test_key(1)};
  const uint8_t want[] = {1, 0, 0, 1};
  uint8_t verdict[4];
  test_mark(f->seen, 1, 1, 3);
  assert_ok(ps_seen_lookup(f->seen, keys, 4, verdict, err));
  assert_memory_equal(verdict, want, 4);
}

static void contains_sees_the_transaction_and_marks_nothing(void **state) {
  struct fixture *f = *state;
  const struct ps_key keys[] = {test_key(1), test_key(2), test_key(3), test_key(3)};
  const uint16_t day = 4;
  const uint8_t committed[] = {1, 0, 0, 0}, marked[] = {1, 1, 0, 0};
  uint8_t verdict[4];
  test_mark(f->seen, 1, 1, 3);
  assert_refused(ps_seen_contains(f->seen, keys, 4, verdict, err), PS_E_ARGUMENT, "transaction");
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_contains(f->seen, keys, 4, verdict, err));
  assert_memory_equal(verdict, committed, 4);
  assert_ok(ps_seen_mark(f->seen, &day, &keys[1], 1, verdict, err));
  assert_ok(ps_seen_contains(f->seen, keys, 4, verdict, err));
  assert_memory_equal(verdict, marked, 4);
  assert_ok(ps_seen_contains(f->seen, keys, 0, NULL, err));
  assert_ok(ps_seen_commit(f->seen, err));
  assert_int_equal(test_count(f->seen, 1, 3), 2);
}

static void abort_leaves_nothing(void **state) {
  struct fixture *f = *state;
  uint8_t verdict[5000];
  struct ps_key keys[5000];
  uint16_t days[5000] = {0};
  size_t len;
  for (uint32_t i = 0; i < 5000; i++) keys[i] = test_key(i);
  test_mark(f->seen, 0, 1000, 1);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_mark(f->seen, days, keys, 5000, verdict, err));
  assert_ok(ps_seen_put_value(f->seen, "position", "xyz", 3, err));
  ps_seen_set_watermark(f->seen, 77);
  ps_seen_abort(f->seen);
  assert_int_equal(test_count(f->seen, 0, 5000), 1000);
  assert_ok(ps_seen_get_value(f->seen, "position", NULL, 0, &len, err));
  assert_int_equal(len, 0);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_int_equal(ps_seen_watermark(f->seen), 0);
  ps_seen_abort(f->seen);
}

static void values_and_watermark_are_kept(void **state) {
  struct fixture *f = *state;
  char value[8] = "", *big = malloc(300000);
  size_t len;
  assert_non_null(big);
  memset(big, 'b', 300000);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_put_value(f->seen, "position", "1234567890", 10, err));
  assert_ok(ps_seen_put_value(f->seen, "big", big, 300000, err));
  assert_ok(ps_seen_put_value(f->seen, "empty", "", 0, err));
  ps_seen_set_watermark(f->seen, 17000);
  assert_ok(ps_seen_get_value(f->seen, "position", value, 4, &len, err));
  assert_int_equal(len, 10);
  assert_memory_equal(value, "1234\0", 5);
  assert_ok(ps_seen_commit(f->seen, err));
  reopen(f, &small);
  assert_ok(ps_seen_get_value(f->seen, "big", big, 300000, &len, err));
  assert_int_equal(len, 300000);
  assert_ok(ps_seen_get_value(f->seen, "empty", NULL, 0, &len, err));
  assert_int_equal(len, 0);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_int_equal(ps_seen_watermark(f->seen), 17000);
  ps_seen_abort(f->seen);
  memset(big, 'n', 300);
  big[300] = '\0';
  assert_refused(ps_seen_get_value(f->seen, big, NULL, 0, &len, err), PS_E_ARGUMENT, "name");
  free(big);
}

static void an_abort_takes_forgetting_back(void **state) {
  struct fixture *f = *state;
  uint64_t gone;
  for (uint16_t day = 1; day < 4; day++) test_mark(f->seen, day * 10000u, 1000, day);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_forget(f->seen, 0, 3, &gone, err));
  assert_int_equal(gone, 2000);
  ps_seen_abort(f->seen);
  assert_int_equal(test_count(f->seen, 10000, 1000), 1000);
  assert_int_equal(test_mark(f->seen, 20000, 1000, 2), 0);
  test_check_clean(f->seen);
}

static void days_are_forgotten_one_by_one(void **state) {
  struct fixture *f = *state;
  uint64_t gone;
  uint16_t oldest;
  for (uint16_t day = 10; day < 20; day++) test_mark(f->seen, day * 10000u, 3000, day);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_forget(f->seen, 0, 12, &gone, err));
  assert_int_equal(gone, 6000);
  assert_ok(ps_seen_forget(f->seen, 15, 16, &gone, err));
  assert_int_equal(gone, 3000);
  assert_ok(ps_seen_forget(f->seen, 500, 100000, &gone, err));
  assert_int_equal(gone, 0);
  assert_true(ps_seen_oldest(f->seen, &oldest));
  assert_int_equal(oldest, 12);
  assert_ok(ps_seen_commit(f->seen, err));
  test_check_clean(f->seen);
  assert_int_equal(test_count(f->seen, 110000, 3000), 0);
  assert_int_equal(test_count(f->seen, 120000, 3000), 3000);
  assert_int_equal(test_mark(f->seen, 150000, 3000, 15), 3000); /* the day comes back */
}

static void forget_comes_first(void **state) {
  struct fixture *f = *state;
  const struct ps_key key = test_key(1);
  const uint16_t day = 1;
  uint8_t verdict;
  assert_refused(ps_seen_forget(f->seen, 0, 1, NULL, err), PS_E_ARGUMENT, "transaction");
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_mark(f->seen, &day, &key, 1, &verdict, err));
  assert_refused(ps_seen_forget(f->seen, 0, 1, NULL, err), PS_E_ARGUMENT, "before keys");
  ps_seen_abort(f->seen);
}

static void misuse_is_refused(void **state) {
  struct fixture *f = *state;
  const struct ps_key key = test_key(1);
  const uint16_t day = 1;
  uint8_t verdict;
  struct ps_seen_info info;
  struct ps_seen_check_result result;
  assert_refused(ps_seen_mark(f->seen, &day, &key, 1, &verdict, err), PS_E_ARGUMENT, "transaction");
  assert_refused(ps_seen_commit(f->seen, err), PS_E_ARGUMENT, "transaction");
  assert_refused(ps_seen_put_value(f->seen, "x", "", 0, err), PS_E_ARGUMENT, "transaction");
  ps_seen_abort(f->seen); /* fine */
  assert_ok(ps_seen_begin(f->seen, err));
  assert_refused(ps_seen_begin(f->seen, err), PS_E_ARGUMENT, "not ended");
  assert_refused(ps_seen_lookup(f->seen, &key, 1, &verdict, err), PS_E_ARGUMENT, "outside");
  assert_refused(ps_seen_info(f->seen, &info, err), PS_E_ARGUMENT, "outside");
  assert_refused(ps_seen_check(f->seen, NULL, NULL, &result, err), PS_E_ARGUMENT, "outside");
  assert_refused(ps_seen_copy(f->seen, "/nowhere", err), PS_E_ARGUMENT, "outside");
  ps_seen_close(f->seen); /* aborts */
  f->seen = NULL;
  ps_seen_close(NULL);
}

static void info_counts(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info info;
  test_mark(f->seen, 0, 3500, 100);
  test_mark(f->seen, 5000, 1000, 7);
  test_mark(f->seen, 9000, 500, 9);
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_int_equal(info.keys, 5000);
  assert_int_equal(info.keep_days, PS_KEEP_DEFAULT);
  assert_int_equal(info.generation, 3);
  assert_int_equal(info.ndays, 3);
  assert_int_equal(info.days[0].day, 7);
  assert_int_equal(info.days[0].keys, 1000);
  assert_int_equal(info.days[1].day, 9);
  assert_int_equal(info.days[2].keys, 3500);
  assert_int_equal(info.readers, 0); /* those that may write read in their turn, without a slot */
  assert_true(info.runs >= 1 && info.file_bytes >= info.used_bytes);
  ps_seen_info_release(&info);
}

static void idle_time_merges_to_an_end(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info info;
  bool more = true;
  unsigned rounds = 0;
  for (uint64_t i = 0; i < 30; i++) test_mark(f->seen, i * 4000, 4000, (uint16_t)(i / 10));
  for (; more; rounds++) {
    assert_in_range(rounds, 0, 1000);
    assert_ok(ps_seen_idle(f->seen, 500, &more, err));
  }
  assert_ok(ps_seen_idle(f->seen, 500, &more, err));
  assert_false(more);
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_int_equal(info.keys, 120000);
  assert_int_equal(info.merging, 0);
  assert_in_range(info.runs, 3, 12);
  ps_seen_info_release(&info);
  assert_int_equal(test_count(f->seen, 0, 120000), 120000);
  test_check_clean(f->seen);
}

static void nothing_changed_writes_nothing(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info info;
  test_mark(f->seen, 0, 100, 1);
  assert_int_equal(test_mark(f->seen, 0, 100, 1), 0);
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_int_equal(info.generation, 1);
  ps_seen_info_release(&info);
}

static void a_store_for_reading_only_is_not_written(void **state) {
  struct fixture *f = *state;
  const struct ps_seen_options options = {
      .size = sizeof(struct ps_seen_options), .read_only = true, .create = true};
  bool more;
  test_mark(f->seen, 0, 100, 1);
  reopen(f, &options);
  assert_int_equal(test_count(f->seen, 0, 200), 100);
  assert_refused(ps_seen_begin(f->seen, err), PS_E_ARGUMENT, "reading only");
  assert_refused(ps_seen_idle(f->seen, 1, &more, err), PS_E_ARGUMENT, "reading only");
  test_check_clean(f->seen);
}

static void settings_stay_and_a_mismatch_is_told(void **state) {
  struct fixture *f = *state;
  const char *const scope[] = {"meta/appName", "docType", NULL}, *const other[] = {"docType", NULL};
  struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                    .create = true,
                                    .keep_given = true,
                                    .keep_days = 90,
                                    .scope_given = true,
                                    .scope = scope,
                                    .no_sync = true};
  uint8_t secret[PS_SECRET_BYTES], first[PS_SECRET_BYTES];
  struct ps_seen *seen;
  memcpy(first, ps_seen_secret(f->seen), sizeof first);
  assert_int_equal(ps_seen_keep_days(f->seen), PS_KEEP_DEFAULT);
  assert_null(ps_seen_scope(f->seen)[0]);
  ps_seen_close(f->seen);
  f->seen = NULL;
  assert_refused(ps_seen_open(f->dir, &options, &seen, err), PS_E_STORE_MISMATCH,
                 "keeps 30 days, not 90 days");
  options.keep_days = 0;
  assert_refused(ps_seen_open(f->dir, &options, &seen, err), PS_E_STORE_MISMATCH,
                 "keeps 30 days, not all days");
  options.keep_days = 30;
  assert_refused(ps_seen_open(f->dir, &options, &seen, err), PS_E_STORE_MISMATCH,
                 "scope none, not meta/appName, docType");
  assert_null(seen);
  test_path(f->top, "scoped", f->dir);
  options.keep_days = 0;
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
  memcpy(secret, ps_seen_secret(f->seen), sizeof secret);
  assert_memory_not_equal(first, secret, sizeof secret);
  reopen(f, &options);
  assert_memory_equal(ps_seen_secret(f->seen), secret, sizeof secret);
  assert_int_equal(ps_seen_keep_days(f->seen), 0);
  assert_string_equal(ps_seen_scope(f->seen)[1], "docType");
  assert_null(ps_seen_scope(f->seen)[2]);
  ps_seen_close(f->seen);
  f->seen = NULL;
  options.scope = other;
  assert_refused(ps_seen_open(f->dir, &options, &seen, err), PS_E_STORE_MISMATCH,
                 "scope meta/appName, docType, not docType");
  options.scope = NULL;
  assert_refused(ps_seen_open(f->dir, &options, &seen, err), PS_E_STORE_MISMATCH, "not none");
  options.scope_given = false;
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
}

static void bad_settings_are_refused(void **state) {
  struct fixture *f = *state;
  const char *const scope[] = {"a", "b", "c", "d", "e", NULL};
  struct ps_seen_options options = {
      .size = sizeof(struct ps_seen_options), .create = true, .scope_given = true, .scope = scope};
  struct ps_seen *seen;
  char dir[PATH_BYTES];
  test_path(f->top, "other", dir);
  assert_refused(ps_seen_open(dir, &options, &seen, err), PS_E_ARGUMENT, "5 paths");
  options.scope_given = false;
  options.keep_given = true;
  options.keep_days = PS_KEEP_MAX + 1;
  assert_refused(ps_seen_open(dir, &options, &seen, err), PS_E_ARGUMENT, "36501 days");
}

static void options_of_another_size_are_refused(void **state) {
  struct fixture *f = *state;
  struct ps_seen_options options = {.size = sizeof(struct ps_seen_options) - 8, .create = true};
  struct ps_seen *seen;
  char dir[PATH_BYTES];
  test_path(f->top, "other", dir);
  assert_refused(ps_seen_open(dir, &options, &seen, err), PS_E_ARGUMENT, "sizeof");
  assert_int_equal(access(dir, F_OK), -1);
}

static void absent_is_not_made(void **state) {
  struct fixture *f = *state;
  const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options), .create = false};
  char dir[PATH_BYTES];
  struct stat st;
  struct ps_seen *seen;
  test_path(f->top, "other", dir);
  assert_refused(ps_seen_open(dir, &options, &seen, err), PS_E_STORE_ABSENT, dir);
  assert_int_equal(stat(dir, &st), -1);
  assert_int_equal(mkdir(dir, 0700), 0);
  assert_refused(ps_seen_open(dir, NULL, &seen, err), PS_E_STORE_ABSENT, dir);
}

static void files_are_private(void **state) {
  struct fixture *f = *state;
  struct stat st;
  char path[PATH_BYTES];
  assert_int_equal(stat(f->dir, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  test_path(f->dir, "data.mdb", path);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  test_path(f->dir, "lock.mdb", path);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
}

/* Root may write everywhere: become somebody else for the call. */
#define NOBODY 65534

static void directories_that_cannot_be_written_are_told(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  char path[PATH_BYTES];
  const bool root = !geteuid();
  ps_seen_close(f->seen);
  f->seen = NULL;
  test_path(f->dir, "data.mdb", path);
  assert_int_equal(chmod(f->top, 0555), 0);
  assert_int_equal(chmod(f->dir, 0555), 0);
  assert_int_equal(chmod(path, 0444), 0);
  if (root) assert_int_equal(seteuid(NOBODY), 0);
  assert_refused(ps_seen_open(f->dir, &small, &seen, err), PS_E_STORE,
                 root ? "sudo -u root" : "permissions");
  test_path(f->top, "new", path);
  assert_refused(ps_seen_open(path, &small, &seen, err), PS_E_STORE, "cannot be made");
  if (root) assert_int_equal(seteuid(0), 0);
  assert_int_equal(chmod(f->top, 0700), 0);
  assert_int_equal(chmod(f->dir, 0700), 0);
}

/* Another program's LMDB file. */
static void foreign_files_are_refused(void **state) {
  struct fixture *f = *state;
  char dir[PATH_BYTES], path[PATH_BYTES];
  struct ps_seen *seen;
  MDB_env *env;
  MDB_txn *txn;
  MDB_dbi dbi;
  MDB_val key = {3, "key"}, value = {5, "value"};
  test_path(f->top, "foreign", dir);
  assert_int_equal(mkdir(dir, 0700), 0);
  assert_int_equal(mdb_env_create(&env), 0);
  assert_int_equal(mdb_env_open(env, dir, 0, 0600), 0);
  assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
  assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
  assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
  assert_int_equal(mdb_txn_commit(txn), 0);
  mdb_env_close(env);
  assert_refused(ps_seen_open(dir, &small, &seen, err), PS_E_STORE_VERSION,
                 "no store of pingsieve");
  test_path(dir, "data.mdb", path);
  char text[9000];
  memset(text, 'x', sizeof text);
  test_file_write(path, text, sizeof text);
  assert_refused(ps_seen_open(dir, &small, &seen, err), PS_E_STORE_VERSION, path);
  test_file_write(path, text, 0);
  assert_refused(ps_seen_open(dir, &small, &seen, err), PS_E_STORE_DAMAGED, path);
}

static unsigned descriptors(void) {
  unsigned open = 0;
  for (int fd = 0; fd < 1024; fd++) open += fcntl(fd, F_GETFD) >= 0;
  return open;
}

/* Made, copied, cleared of left-overs, opened for reading and closed. */
static void no_descriptor_stays_open(void **state) {
  struct fixture *f = *state;
  char store[PATH_BYTES], copy[PATH_BYTES], left[PATH_BYTES];
  struct ps_seen *seen;
  test_path(f->top, "new", store);
  test_path(f->top, "copy", copy);
  test_path(store, ".copy-abcdef", left);
  const unsigned before = descriptors();
  assert_ok(ps_seen_open(store, &small, &seen, err));
  assert_ok(ps_seen_copy(seen, copy, err));
  ps_seen_close(seen);
  test_file_write(left, "x", 1);
  assert_int_equal(chmod(left, 0600), 0);
  assert_ok(ps_seen_open(store, NULL, &seen, err));
  ps_seen_close(seen);
  assert_int_equal(access(left, F_OK), -1);
  assert_ok(ps_seen_open(
      store, &(struct ps_seen_options){.size = sizeof(struct ps_seen_options), .read_only = true},
      &seen, err));
  assert_int_equal(test_count(seen, 0, 10), 0);
  ps_seen_close(seen);
  assert_int_equal(descriptors(), before);
}

static void an_open_store_is_copied(void **state) {
  struct fixture *f = *state;
  char dir[PATH_BYTES];
  struct ps_seen *copy;
  struct stat st;
  for (uint64_t i = 0; i < 20; i++) test_mark(f->seen, i * 4000, 4000, (uint16_t)(i / 4));
  test_path(f->top, "copy", dir);
  assert_ok(ps_seen_copy(f->seen, dir, err));
  assert_int_equal(stat(dir, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  assert_refused(ps_seen_copy(f->seen, dir, err), PS_E_ARGUMENT, "holds a store already");
  assert_refused(ps_seen_copy(f->seen, f->top, err), PS_E_ARGUMENT, "other files");
  assert_int_equal(test_mark(f->seen, 1000000, 10, 9), 10);
  assert_ok(ps_seen_open(dir, &small, &copy, err));
  assert_int_equal(test_count(copy, 0, 80000), 80000);
  assert_int_equal(test_count(copy, 1000000, 10), 0);
  assert_memory_equal(ps_seen_secret(copy), ps_seen_secret(f->seen), PS_SECRET_BYTES);
  test_check_clean(copy);
  ps_seen_close(copy);
}

static void one_transaction_may_be_huge(void **state) {
  struct fixture *f = *state;
  const uint64_t n = test_scaled(400000);
  assert_int_equal(test_mark(f->seen, 0, n, 3), n);
  assert_int_equal(test_mark(f->seen, 0, n, 3), 0);
  test_check_clean(f->seen);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(first_of_equal_keys_wins),
      TEST(lookup_tells_repetitions_apart),
      TEST(contains_sees_the_transaction_and_marks_nothing),
      TEST(abort_leaves_nothing),
      TEST(an_abort_takes_forgetting_back),
      TEST(values_and_watermark_are_kept),
      TEST(days_are_forgotten_one_by_one),
      TEST(forget_comes_first),
      TEST(misuse_is_refused),
      TEST(info_counts),
      TEST(idle_time_merges_to_an_end),
      TEST(nothing_changed_writes_nothing),
      TEST(a_store_for_reading_only_is_not_written),
      TEST(settings_stay_and_a_mismatch_is_told),
      TEST(bad_settings_are_refused),
      TEST(options_of_another_size_are_refused),
      TEST(absent_is_not_made),
      TEST(files_are_private),
      TEST(directories_that_cannot_be_written_are_told),
      TEST(foreign_files_are_refused),
      TEST(no_descriptor_stays_open),
      TEST(an_open_store_is_copied),
      TEST(one_transaction_may_be_huge),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
