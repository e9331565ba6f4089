/* Values of the caller: put, got, walked through, deleted, seen in a view. */
#include "support.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BIG_BYTES ((size_t)3 << 20)
#define NAMES     10000u

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES];
  struct ps_seen *seen;
  uint8_t *big;
};

static const struct ps_seen_options options = {
    .size = sizeof(struct ps_seen_options), .create = true, .log_keys = 512, .no_sync = true};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->big = malloc(BIG_BYTES);
  assert_non_null(f->big);
  for (size_t i = 0; i < BIG_BYTES; i++) f->big[i] = (uint8_t)test_mix(i);
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
  free(f->big);
  free(f);
  return 0;
}

static void reopen(struct fixture *f) {
  ps_seen_close(f->seen);
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
}

static void put(struct ps_seen *seen, const char *name, const void *value, size_t len) {
  assert_ok(ps_seen_put_value(seen, name, value, len, err));
}

static void put_text(struct ps_seen *seen, const char *name) {
  put(seen, name, name, strlen(name));
}

struct found {
  const char *name;
  size_t len;
  bool there;
};

static int find_one(void *context, const char *name, const void *value, size_t len,
                    struct ps_error *err) {
  struct found *found = context;
  (void)value;
  (void)err;
  if (strcmp(name, found->name) != 0) return PS_OK;
  found->len = len;
  found->there = true;
  return PS_OK;
}

static bool there(struct ps_seen *seen, const char *name) {
  struct found found = {.name = name};
  size_t len;
  assert_ok(ps_seen_each_value(seen, name, "~", find_one, &found, err));
  assert_ok(ps_seen_get_value(seen, name, NULL, 0, &len, err));
  if (found.there) assert_int_equal(found.len, len);
  return found.there;
}

/* ---- one value ---- */

static void expect_big(struct fixture *f, const char *name, size_t len) {
  uint8_t *copy = malloc(len + 1);
  size_t got;
  assert_non_null(copy);
  copy[len] = 0x77;
  assert_ok(ps_seen_get_value(f->seen, name, copy, len + 1, &got, err));
  assert_int_equal(got, len);
  assert_memory_equal(copy, f->big, len);
  assert_int_equal(copy[len], 0x77);
  free(copy);
}

static const size_t lengths[] = {0,    1,     7,     100,    1900,          1996,     2000, 2040,
                                 2112, 4071,  4072,  4073,   8167,          8168,     8169, 100000,
                                 4096, 65535, 65536, 300000, BIG_BYTES - 1, BIG_BYTES};
#define NLENGTHS (sizeof lengths / sizeof *lengths)

static void values_have_any_length(void **state) {
  struct fixture *f = *state;
  char name[32];
  assert_ok(ps_seen_begin(f->seen, err));
  for (size_t i = 0; i < NLENGTHS; i++) {
    (void)snprintf(name, sizeof name, "of-%zu", i);
    put(f->seen, name, f->big, lengths[i]);
    expect_big(f, name, lengths[i]);
  }
  assert_ok(ps_seen_commit(f->seen, err));
  reopen(f);
  for (size_t i = 0; i < NLENGTHS; i++) {
    (void)snprintf(name, sizeof name, "of-%zu", i);
    expect_big(f, name, lengths[i]);
  }
  assert_false(there(f->seen, "of-"));
  test_check_clean(f->seen);
}

/* Also several times in a transaction, growing and shrinking: the structure stays sound. */
static void values_may_be_overwritten(void **state) {
  struct fixture *f = *state;
  for (size_t i = 0; i < NLENGTHS; i++)
    for (size_t j = 0; j < NLENGTHS; j++) {
      if (lengths[i] + lengths[j] >= BIG_BYTES && i + j < 2 * NLENGTHS - 6) continue; /* slow */
      assert_ok(ps_seen_begin(f->seen, err));
      put(f->seen, "a", f->big, lengths[i]);
      put(f->seen, "b", f->big, lengths[j]);
      put(f->seen, "a", f->big, lengths[j]);
      expect_big(f, "a", lengths[j]);
      assert_ok(ps_seen_commit(f->seen, err));
      if ((i + j) % 5 == 0) reopen(f); /* checks the structure */
      expect_big(f, "a", lengths[j]);
      expect_big(f, "b", lengths[j]);
    }
  test_check_clean(f->seen);
}

static void names_have_bounds(void **state) {
  struct fixture *f = *state;
  char name[PS_VALUE_NAME + 1];
  size_t len;
  memset(name, 'n', sizeof name);
  name[PS_VALUE_NAME] = '\0';
  assert_ok(ps_seen_begin(f->seen, err));
  assert_refused(ps_seen_put_value(f->seen, name, "", 0, err), PS_E_ARGUMENT, "199");
  assert_refused(ps_seen_delete_value(f->seen, name, err), PS_E_ARGUMENT, "199");
  assert_refused(ps_seen_each_value(f->seen, "", name, find_one, NULL, err), PS_E_ARGUMENT, "199");
  assert_refused(ps_seen_delete_values(f->seen, name, "", err), PS_E_ARGUMENT, "199");
  name[PS_VALUE_NAME - 1] = '\0';
  put(f->seen, name, "x", 1);
  put(f->seen, "\xff\x01", "y", 1);
  assert_ok(ps_seen_commit(f->seen, err));
  assert_true(there(f->seen, name));
  assert_ok(ps_seen_get_value(f->seen, "\xff\x01", NULL, 0, &len, err));
  assert_int_equal(len, 1);
  test_check_clean(f->seen);
}

static void wants_a_transaction(void **state) {
  struct fixture *f = *state;
  assert_refused(ps_seen_put_value(f->seen, "x", "", 0, err), PS_E_ARGUMENT, "transaction");
  assert_refused(ps_seen_delete_value(f->seen, "x", err), PS_E_ARGUMENT, "transaction");
  assert_refused(ps_seen_delete_values(f->seen, "", "x", err), PS_E_ARGUMENT, "transaction");
  assert_ok(ps_seen_begin(f->seen, err));
  assert_refused(ps_seen_put_value(f->seen, "x", "", (size_t)PS_VALUE_MAX + 1, err), PS_E_ARGUMENT,
                 "bytes");
  ps_seen_abort(f->seen);
}

static void a_deleted_value_is_gone(void **state) {
  struct fixture *f = *state;
  assert_ok(ps_seen_begin(f->seen, err));
  put_text(f->seen, "a");
  put(f->seen, "b", f->big, BIG_BYTES);
  assert_ok(ps_seen_delete_value(f->seen, "none", err));
  assert_ok(ps_seen_commit(f->seen, err));
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_delete_value(f->seen, "b", err));
  assert_false(there(f->seen, "b"));
  ps_seen_abort(f->seen);
  expect_big(f, "b", BIG_BYTES);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_delete_value(f->seen, "b", err));
  assert_ok(ps_seen_commit(f->seen, err));
  reopen(f);
  assert_false(there(f->seen, "b"));
  assert_true(there(f->seen, "a"));
  test_check_clean(f->seen);
}

/* A transaction that only deletes is one that changes something; one that deletes nothing is not.
 */
static void deleting_is_a_change(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info before, after;
  assert_ok(ps_seen_info(f->seen, &before, err));
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_delete_value(f->seen, "none", err));
  assert_ok(ps_seen_delete_values(f->seen, "a", "z", err));
  assert_ok(ps_seen_commit(f->seen, err));
  assert_ok(ps_seen_info(f->seen, &after, err));
  assert_int_equal(after.generation, before.generation);
  ps_seen_info_release(&before);
  ps_seen_info_release(&after);
}

/* ---- many ---- */

static void number_name(unsigned i, char name[32]) {
  (void)snprintf(name, 32, "day/%05u%s", i, i % 3 ? "/x" : "");
}

static void put_many(struct ps_seen *seen) {
  char name[32];
  assert_ok(ps_seen_begin(seen, err));
  for (unsigned i = 0; i < NAMES; i++) {
    const unsigned number = (unsigned)(i * 7919ull % NAMES);
    number_name(number, name);
    put(seen, name, name, number % 10);
  }
  put_text(seen, "a");
  put_text(seen, "day");
  put_text(seen, "day0");
  put_text(seen, "z");
  assert_ok(ps_seen_commit(seen, err));
}

struct walk {
  unsigned next, stop_at;
  const bool *gone;
};

static int walk_number(void *context, const char *name, const void *value, size_t len,
                       struct ps_error *err) {
  struct walk *walk = context;
  char want[32];
  (void)err;
  while (walk->gone && walk->gone[walk->next]) walk->next++;
  if (walk->next == walk->stop_at) return 17;
  number_name(walk->next, want);
  assert_string_equal(name, want);
  assert_int_equal(len, walk->next % 10);
  assert_memory_equal(value, want, len);
  walk->next++;
  return PS_OK;
}

static void expect_walk(struct ps_seen *seen, const bool *gone) {
  struct walk walk = {.stop_at = UINT32_MAX, .gone = gone};
  assert_ok(ps_seen_each_value(seen, "day/", "day0", walk_number, &walk, err));
  while (walk.next < NAMES && gone && gone[walk.next]) walk.next++;
  assert_int_equal(walk.next, NAMES);
}

static void ranges_are_read_in_order(void **state) {
  struct fixture *f = *state;
  put_many(f->seen);
  expect_walk(f->seen, NULL);
  struct walk walk = {.next = 500, .stop_at = UINT32_MAX};
  assert_ok(ps_seen_each_value(f->seen, "day/00500", "day/00700", walk_number, &walk, err));
  assert_int_equal(walk.next, 700);
  walk = (struct walk){.next = 500, .stop_at = 600};
  struct ps_error error;
  assert_int_equal(ps_seen_each_value(f->seen, "day/00500", "z", walk_number, &walk, &error), 17);
  assert_int_equal(walk.next, 600);
  walk = (struct walk){.next = 0};
  assert_ok(ps_seen_each_value(f->seen, "day/00700", "day/00700", walk_number, &walk, err));
  assert_ok(ps_seen_each_value(f->seen, "z", "a", walk_number, &walk, err));
  assert_ok(ps_seen_each_value(f->seen, "zz", "zzz", walk_number, &walk, err));
  assert_int_equal(walk.next, 0);
  test_check_clean(f->seen);
}

static void delete_numbers(struct ps_seen *seen, bool *gone, unsigned from, unsigned to) {
  char first[32], last[32];
  (void)snprintf(first, sizeof first, "day/%05u", from);
  (void)snprintf(last, sizeof last, "day/%05u", to);
  assert_ok(ps_seen_delete_values(seen, first, last, err));
  for (; from < to; from++) gone[from] = true;
}

static void ranges_are_deleted(void **state) {
  struct fixture *f = *state;
  static bool gone[NAMES + 1];
  uint64_t random = 1;
  memset(gone, 0, sizeof gone);
  put_many(f->seen);
  for (unsigned round = 0; round < 60; round++) {
    assert_ok(ps_seen_begin(f->seen, err));
    const unsigned from = (unsigned)test_below(&random, NAMES);
    const unsigned most = round % 4 ? 40 : 600;
    const unsigned to = from + (unsigned)test_below(&random, most);
    delete_numbers(f->seen, gone, from, to < NAMES ? to : NAMES);
    for (unsigned i = 0; i < 50; i++) { /* singly, in any order */
      char name[32];
      const unsigned number = (unsigned)test_below(&random, NAMES);
      number_name(number, name);
      assert_ok(ps_seen_delete_value(f->seen, name, err));
      gone[number] = true;
    }
    expect_walk(f->seen, gone);
    assert_ok(ps_seen_commit(f->seen, err));
    if (round % 10 == 0) reopen(f);
    expect_walk(f->seen, gone);
  }
  assert_ok(ps_seen_begin(f->seen, err));
  delete_numbers(f->seen, gone, 0, NAMES);
  expect_walk(f->seen, gone);
  assert_ok(ps_seen_commit(f->seen, err));
  assert_true(there(f->seen, "day"));
  assert_true(there(f->seen, "day0"));
  test_check_clean(f->seen);
}

/* Pages of deleted and overwritten values are used again. */
static void pages_of_deleted_values_are_used_again(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info info;
  uint64_t used = 0;
  for (unsigned i = 0; i < 40; i++) {
    assert_ok(ps_seen_begin(f->seen, err));
    put(f->seen, "big", f->big, BIG_BYTES - 5000 * (i % 3));
    if (i % 2) assert_ok(ps_seen_delete_value(f->seen, "big", err));
    assert_ok(ps_seen_commit(f->seen, err));
    assert_ok(ps_seen_info(f->seen, &info, err));
    if (i == 8) used = info.file_bytes;
    if (i > 8) assert_true(info.file_bytes <= used + used / 4);
    ps_seen_info_release(&info);
  }
  test_check_clean(f->seen);
}

/* Values go with the keys of their transaction, and do not keep the set from merging. */
static void values_go_with_the_keys_of_their_transaction(void **state) {
  struct fixture *f = *state;
  for (uint16_t day = 0; day < 40; day++) {
    uint8_t verdict[300];
    struct ps_key keys[300];
    uint16_t days[300];
    for (unsigned i = 0; i < 300; i++) {
      keys[i] = test_key(day * 300u + i);
      days[i] = 5;
    }
    assert_ok(ps_seen_begin(f->seen, err));
    assert_ok(ps_seen_mark(f->seen, days, keys, 300, verdict, err));
    put(f->seen, "day", f->big, 200000u + day);
    if (day % 5 == 4) ps_seen_abort(f->seen);
    else assert_ok(ps_seen_commit(f->seen, err));
    expect_big(f, "day", 200000u + day - (day % 5 == 4));
    assert_int_equal(test_count(f->seen, day * 300u, 300), day % 5 == 4 ? 0 : 300);
  }
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_forget(f->seen, 0, 10, NULL, err));
  assert_ok(ps_seen_commit(f->seen, err));
  expect_big(f, "day", 200038);
  test_check_clean(f->seen);
}

static void a_copy_has_the_values(void **state) {
  struct fixture *f = *state;
  char dir[PATH_BYTES];
  struct fixture copied = {.big = f->big};
  test_path(f->top, "copy", dir);
  assert_ok(ps_seen_begin(f->seen, err));
  put(f->seen, "big", f->big, BIG_BYTES);
  put_text(f->seen, "small");
  assert_ok(ps_seen_commit(f->seen, err));
  assert_ok(ps_seen_copy(f->seen, dir, err));
  assert_ok(ps_seen_open(dir, &options, &copied.seen, err));
  expect_big(&copied, "big", BIG_BYTES);
  assert_true(there(copied.seen, "small"));
  test_check_clean(copied.seen);
  ps_seen_close(copied.seen);
}

/* ---- views ---- */

static size_t length_of(struct ps_seen *seen, const char *name) {
  size_t len;
  assert_ok(ps_seen_get_value(seen, name, NULL, 0, &len, err));
  return len;
}

/* That it does not see what others commit: unit.seen.process. */
static void a_view_has_the_values(void **state) {
  struct fixture *f = *state;
  struct ps_seen_info info;
  uint64_t generation;
  assert_ok(ps_seen_begin(f->seen, err));
  put(f->seen, "a", f->big, 10);
  assert_ok(ps_seen_commit(f->seen, err));
  assert_ok(ps_seen_view_begin(f->seen, err));
  assert_int_equal(length_of(f->seen, "a"), 10);
  assert_true(there(f->seen, "a"));
  assert_ok(ps_seen_info(f->seen, &info, err));
  generation = info.generation;
  ps_seen_info_release(&info);
  assert_refused(ps_seen_view_begin(f->seen, err), PS_E_ARGUMENT, "view");
  assert_refused(ps_seen_begin(f->seen, err), PS_E_ARGUMENT, "view");
  assert_refused(ps_seen_lookup(f->seen, NULL, 0, NULL, err), PS_E_ARGUMENT, "view");
  ps_seen_view_end(f->seen);
  ps_seen_view_end(f->seen);
  assert_ok(ps_seen_begin(f->seen, err));
  assert_refused(ps_seen_view_begin(f->seen, err), PS_E_ARGUMENT, "view");
  put(f->seen, "a", f->big, 20);
  assert_ok(ps_seen_commit(f->seen, err));
  assert_ok(ps_seen_view_begin(f->seen, err));
  assert_int_equal(length_of(f->seen, "a"), 20);
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_int_equal(info.generation, generation + 1);
  ps_seen_info_release(&info);
  reopen(f); /* closing ends the view */
  assert_int_equal(length_of(f->seen, "a"), 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(values_have_any_length, setup, teardown),
      cmocka_unit_test_setup_teardown(values_may_be_overwritten, setup, teardown),
      cmocka_unit_test_setup_teardown(names_have_bounds, setup, teardown),
      cmocka_unit_test_setup_teardown(wants_a_transaction, setup, teardown),
      cmocka_unit_test_setup_teardown(a_deleted_value_is_gone, setup, teardown),
      cmocka_unit_test_setup_teardown(deleting_is_a_change, setup, teardown),
      cmocka_unit_test_setup_teardown(ranges_are_read_in_order, setup, teardown),
      cmocka_unit_test_setup_teardown(ranges_are_deleted, setup, teardown),
      cmocka_unit_test_setup_teardown(pages_of_deleted_values_are_used_again, setup, teardown),
      cmocka_unit_test_setup_teardown(values_go_with_the_keys_of_their_transaction, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(a_copy_has_the_values, setup, teardown),
      cmocka_unit_test_setup_teardown(a_view_has_the_values, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
