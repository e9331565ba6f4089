/* Damage of every kind of record is found and named, and nothing that a file can hold crashes. */
#include "support.h"

#include "seen/lmdb_file.h"
#include "seen/state.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAYS      12u
#define DAY_KEYS  6000u
#define ALL_KEYS  (DAYS * DAY_KEYS)
#define LOG_LEFT  1000u /* keys of the last day that stay in the log */
#define SENTENCES 4000

static const struct ps_seen_options options = {
    .size = sizeof(struct ps_seen_options), .log_keys = 4000, .merge_us = 500, .no_sync = true};

/* A store with runs, a group filter, a log, a value and a free list; and its file's bytes. */
struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES], file[PATH_BYTES];
  uint8_t *bytes;
  size_t size;
  char sentences[SENTENCES];
  uint64_t random;
};

static void sentence_note(void *context, const char *sentence) {
  struct fixture *f = context;
  const size_t used = strlen(f->sentences);
  (void)snprintf(f->sentences + used, sizeof f->sentences - used, "%s\n", sentence);
}

static int setup(void **state) {
  static const uint8_t value[50000] = {1};
  struct fixture *f = calloc(1, sizeof *f);
  struct ps_seen_options creating = options;
  struct ps_seen *seen;
  bool more = true;
  assert_non_null(f);
  creating.create = true;
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  test_path(f->dir, "data.mdb", f->file);
  assert_ok(ps_seen_open(f->dir, &creating, &seen, err));
  for (uint64_t i = 0; i < DAYS; i++) test_mark(seen, i * DAY_KEYS, DAY_KEYS, (uint16_t)(100 + i));
  while (more) assert_ok(ps_seen_idle(seen, 100000, &more, err));
  test_mark(seen, ALL_KEYS, LOG_LEFT, 111);
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_put_value(seen, "position", "0123456789", 10, err));
  assert_ok(ps_seen_put_value(seen, "big", value, sizeof value, err));
  assert_ok(ps_seen_commit(seen, err));
  test_check_clean(seen);
  ps_seen_close(seen);
  test_file_read(f->file, &f->bytes, &f->size);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  test_dir_remove(f->top);
  free(f->bytes);
  free(f);
  return 0;
}

/* Where in the file a value begins: the map is made of pages that begin with their numbers. */
static size_t value_offset(struct ps_seen *seen, MDB_dbi table, const void *name, size_t len,
                           size_t *bytes) {
  MDB_txn *txn;
  MDB_val key = {len, (void *)(uintptr_t)name}, value;
  uint64_t number;
  assert_ok(env_begin_read(&seen->env, &txn, err));
  assert_int_equal(mdb_get(txn, table, &key, &value), 0);
  const size_t within = (uintptr_t)value.mv_data & (seen->env.page - 1);
  memcpy(&number, (const uint8_t *)value.mv_data - within, sizeof number);
  env_end_read(&seen->env, txn);
  *bytes = value.mv_size;
  return number * seen->env.page + within;
}

/* The first run or group filter of a kind. */
static uint64_t first_chunk(const struct ps_seen *seen, enum run_kind kind) {
  for (uint32_t i = 0; i < seen->runs.n; i++)
    if (seen->runs.at[i].record.kind == kind) return key_of_chunk(seen->runs.at[i].record.id, 0);
  fail_msg("there is no run of kind %d", (int)kind);
  return 0;
}

/* Flips a bit of the pristine file at an offset. */
static void plant(struct fixture *f, size_t at) {
  assert_in_range(at, 0, f->size - 1);
  f->bytes[at] ^= 0x10;
  test_file_write(f->file, f->bytes, f->size);
  f->bytes[at] ^= 0x10;
}

/* The damage keeps the store from opening, or the check finds it; either way a sentence has part.
 */
static void expect_named(struct fixture *f, const char *part) {
  struct ps_seen *seen;
  struct ps_error error = {.status = PS_OK};
  struct ps_seen_check_result result = {.broken = 0};
  f->sentences[0] = '\0';
  int r = ps_seen_open(f->dir, &options, &seen, &error);
  if (!r) {
    assert_ok(ps_seen_check(seen, sentence_note, f, &result, err));
    ps_seen_close(seen);
    assert_true(result.broken > 0);
  } else {
    assert_true(r == PS_E_STORE_DAMAGED || r == PS_E_STORE_VERSION);
    (void)snprintf(f->sentences, sizeof f->sentences, "%s", error.text);
  }
  /* A version that is hit reads as a newer one, whatever else is in the record. */
  if (strstr(f->sentences, "knows formats up to")) return;
  if (!strstr(f->sentences, part)) fail_msg("\"%s\" lacks \"%s\"", f->sentences, part);
}

/* Damages a value at its head, in its middle and at its end. */
static void value_damage(struct fixture *f, size_t at, size_t bytes, const char *part) {
  const size_t places[] = {0, 9, bytes / 3, bytes / 2, bytes - 1};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    plant(f, at + places[i]);
    expect_named(f, part);
  }
}

static void each_kind_of_damaged_record_is_told(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  struct {
    size_t at, bytes;
    const char *part;
  } records[8];
  size_t n = 0;
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  uint64_t name = first_chunk(seen, RUN_LIVE);
#define RECORD(table, key, len, text)                                                              \
  records[n].at = value_offset(seen, seen->env.table, key, len, &records[n].bytes);                \
  records[n++].part = text
  RECORD(hot, &name, sizeof name, "run ");
  RECORD(cold, &name, sizeof name, "cold value");
  name = first_chunk(seen, RUN_GROUP);
  RECORD(hot, &name, sizeof name, "group filter ");
  name = key_big_endian(seen->state.log_first);
  RECORD(log, &name, sizeof name, "log record ");
  RECORD(meta, "settings", 8, "settings");
  RECORD(meta, "state", 5, "state");
  RECORD(meta, "value:position", 14, "value:position");
  RECORD(meta, "value:big", 9, "value:big");
#undef RECORD
  ps_seen_close(seen);
  for (size_t i = 0; i < n; i++) value_damage(f, records[i].at, records[i].bytes, records[i].part);
}

static int visit(void *context, const char *name, const void *value, size_t len,
                 struct ps_error *err) {
  (void)name, (void)value, (void)err;
  *(size_t *)context += len;
  return PS_OK;
}

/* A damaged value is refused by every reader, and can be put anew. */
static void reading_damaged_values_is_told(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  size_t bytes, len, all = 0;
  uint8_t buffer[8];
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  const size_t at = value_offset(seen, seen->env.meta, "value:big", 9, &bytes);
  ps_seen_close(seen);
  plant(f, at + bytes / 2);
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  assert_refused(ps_seen_get_value(seen, "big", buffer, 8, &len, err), PS_E_STORE_DAMAGED,
                 "\"big\"");
  assert_refused(ps_seen_each_value(seen, "a", "z", visit, &all, err), PS_E_STORE_DAMAGED,
                 "\"big\"");
  assert_ok(ps_seen_each_value(seen, "bih", "z", visit, &all, err));
  assert_int_equal(all, 10);
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(ps_seen_put_value(seen, "big", "x", 1, err));
  assert_ok(ps_seen_commit(seen, err));
  assert_ok(ps_seen_each_value(seen, "a", "z", visit, &all, err));
  assert_int_equal(all, 21);
  test_check_clean(seen);
  ps_seen_close(seen);
}

/* A look-up verifies the bytes that it reads of a run, or of a filter of runs. */
static void looking_up_in_damaged_values_is_told(void **state) {
  enum { KEYS = 3000 };
  struct fixture *f = *state;
  static struct ps_key keys[KEYS];
  static uint8_t verdicts[KEYS];
  const enum run_kind kinds[] = {RUN_LIVE, RUN_GROUP};
  for (uint64_t i = 0; i < KEYS; i++) keys[i] = test_key(i * 7);
  for (size_t k = 0; k < 2; k++) {
    struct ps_seen *seen;
    size_t bytes;
    assert_ok(ps_seen_open(f->dir, &options, &seen, err));
    const uint64_t name = first_chunk(seen, kinds[k]);
    const size_t at = value_offset(seen, seen->env.hot, &name, sizeof name, &bytes);
    assert_ok(ps_seen_lookup(seen, keys, KEYS, verdicts, err));
    ps_seen_close(seen);
    plant(f, at + bytes - 1);
    assert_ok(ps_seen_open(f->dir, &options, &seen, err));
    assert_refused(ps_seen_lookup(seen, keys, KEYS, verdicts, err), PS_E_STORE_DAMAGED,
                   k ? "group filter" : "run ");
    ps_seen_close(seen);
    test_file_write(f->file, f->bytes, f->size);
  }
}

static void newer_versions_are_refused(void **state) {
  struct fixture *f = *state;
  static const char *const names[] = {"settings", "state"};
  struct ps_seen *seen;
  uint8_t *newer = malloc(f->size);
  assert_non_null(newer);
  for (size_t i = 0; i < 2; i++) {
    size_t bytes;
    memcpy(newer, f->bytes, f->size);
    test_file_write(f->file, f->bytes, f->size);
    assert_ok(ps_seen_open(f->dir, &options, &seen, err));
    const size_t at = value_offset(seen, seen->env.meta, names[i], strlen(names[i]), &bytes);
    ps_seen_close(seen);
    newer[at + offsetof(struct state_record, version)] = 2; /* the checksum may be made otherwise */
    test_file_write(f->file, newer, f->size);
    assert_refused(ps_seen_open(f->dir, &options, &seen, err), PS_E_STORE_VERSION,
                   "has format 2 and this program knows formats up to 1");
  }
  free(newer);
}

static void damaged_meta_pages_are_refused(void **state) {
  struct fixture *f = *state;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), header = 16;
  for (size_t meta = 0; meta < 2; meta++) {
    const size_t at = meta * page + header;
    plant(f, at); /* magic */
    expect_named(f, f->file);
    plant(f, at + 4); /* version of the format */
    expect_named(f, f->file);
    plant(f, at + 25); /* page size */
    expect_named(f, "page size");
    plant(f, at + 124); /* last page, high */
    expect_named(f, "more pages");
  }
}

#define NAMES 400u

static void names_put(struct fixture *f) {
  struct ps_seen *seen;
  char name[PS_VALUE_NAME] = "";
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  assert_ok(ps_seen_begin(seen, err));
  for (unsigned i = 0; i < NAMES; i++) {
    (void)snprintf(name, sizeof name, "name%03u", i);
    assert_ok(ps_seen_put_value(seen, name, name, sizeof name, err));
  }
  assert_ok(ps_seen_commit(seen, err));
  ps_seen_close(seen);
  free(f->bytes);
  test_file_read(f->file, &f->bytes, &f->size);
}

/* The check finds the damage, or there is none: what has a name is found by it. */
static bool names_wrong(struct fixture *f) {
  struct ps_seen *seen;
  struct ps_seen_check_result result = {.broken = 0};
  char name[PS_VALUE_NAME] = "";
  size_t len;
  if (ps_seen_open(f->dir, &options, &seen, NULL)) return true;
  assert_ok(ps_seen_check(seen, NULL, NULL, &result, err));
  for (unsigned i = 0; i < NAMES && !result.broken; i++) {
    (void)snprintf(name, sizeof name, "name%03u", i);
    assert_ok(ps_seen_get_value(seen, name, NULL, 0, &len, err));
    assert_int_not_equal(len, 0);
  }
  ps_seen_close(seen);
  return result.broken;
}

/* A bit of a key, on leaf and branch pages, changes what is found by name. */
static void damaged_names_and_their_order_are_told(void **state) {
  static const char prefix[] = "value:name";
  struct fixture *f = *state;
  unsigned planted = 0, found = 0;
  names_put(f);
  for (size_t at = 0; at + sizeof prefix + 3 < f->size; at++) {
    if (memcmp(f->bytes + at, prefix, sizeof prefix - 1) != 0) continue;
    if (planted++ % 8 && f->bytes[at / 4096 * 4096 + 10] != PAGE_BRANCH) continue;
    plant(f, at + sizeof prefix - 1 + planted % 3); /* one of its digits */
    found += names_wrong(f);
  }
  assert_true(planted >= NAMES && found >= NAMES / 8);
}

/* Truncation is found before LMDB reads beyond the file's end, which would be SIGBUS. */
static void truncation_is_told(void **state) {
  struct fixture *f = *state;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const uint64_t steps = test_scaled(40);
  for (uint64_t i = 0; i < steps; i++) {
    struct ps_seen *seen;
    test_file_write(f->file, f->bytes, f->size);
    assert_int_equal(truncate(f->file, (off_t)(f->size * i / steps)), 0);
    assert_int_equal(ps_seen_open(f->dir, &options, &seen, NULL), PS_E_STORE_DAMAGED);
  }
  test_file_write(f->file, f->bytes, f->size);
  assert_int_equal(truncate(f->file, (off_t)(f->size - f->size % page - 3 * page)), 0);
  expect_named(f, "damaged");
}

/* How many of the first n keys are there. The first look-up after an opening asks the kernel for
 * each page before it reads, which is slow where all are in memory: it gets few keys. */
static uint64_t count(struct ps_seen *seen, size_t n) {
  const size_t few = 500;
  return test_count(seen, 0, few) + test_count(seen, few, n - few);
}

/* Opening and using the store may fail but not crash; and a clean check means all is there. */
static void use(struct fixture *f, bool meta_hit) {
  static struct ps_key keys[5000];
  static uint16_t days[5000];
  static uint8_t verdict[5000];
  struct ps_seen *seen;
  struct ps_seen_check_result result;
  if (ps_seen_open(f->dir, &options, &seen, NULL)) return;
  const int r = ps_seen_check(seen, NULL, NULL, &result, NULL);
  if (!r && !result.broken && !meta_hit)
    assert_int_equal(count(seen, ALL_KEYS + LOG_LEFT), ALL_KEYS + LOG_LEFT);
  size_t all = 0;
  (void)ps_seen_each_value(seen, "", "~", visit, &all, NULL);
  for (uint32_t round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < 5000; i++) {
      keys[i] = test_key(test_below(&f->random, 2 * ALL_KEYS));
      days[i] = (uint16_t)(100 + i % DAYS);
    }
    if (ps_seen_begin(seen, NULL)) break;
    (void)ps_seen_put_value(seen, "position", keys, 16 * round, NULL);
    if (round == 1) (void)ps_seen_delete_values(seen, "a", "c", NULL);
    if (!ps_seen_mark(seen, days, keys, 5000, verdict, NULL)) (void)ps_seen_commit(seen, NULL);
    else ps_seen_abort(seen);
  }
  ps_seen_close(seen);
}

static void random_damage_does_no_harm(void **state) {
  struct fixture *f = *state;
  uint8_t *bytes = malloc(f->size);
  const size_t metas = 2 * (size_t)sysconf(_SC_PAGESIZE);
  assert_non_null(bytes);
  for (uint64_t i = 0; i < test_scaled(300); i++) {
    memcpy(bytes, f->bytes, f->size);
    bool meta_hit = false;
    for (uint64_t n = 1 + test_below(&f->random, 4); n-- > 0;) {
      const uint64_t dice = test_below(&f->random, 8);
      const size_t at = (size_t)test_below(&f->random, dice ? f->size : metas);
      bytes[at] = (uint8_t)test_random(&f->random);
      meta_hit |= at < metas;
    }
    test_file_write(f->file, bytes, f->size);
    use(f, meta_hit);
  }
  free(bytes);
}

/* The pages that hold LMDB's trees are few: hit them on purpose. */
static void random_damage_of_trees_does_no_harm(void **state) {
  struct fixture *f = *state;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uint8_t *bytes = malloc(f->size);
  size_t trees[256], n = 0;
  assert_non_null(bytes);
  for (size_t at = 2 * page; at + page <= f->size && n < 256; at += page) {
    uint64_t number;
    uint16_t flags;
    memcpy(&number, f->bytes + at, sizeof number);
    memcpy(&flags, f->bytes + at + 10, sizeof flags);
    if (number == at / page && (flags == 1 || flags == 2)) trees[n++] = at;
  }
  assert_true(n > 4);
  for (uint64_t i = 0; i < test_scaled(600); i++) {
    memcpy(bytes, f->bytes, f->size);
    const size_t at = trees[test_below(&f->random, n)];
    for (uint64_t k = 1 + test_below(&f->random, 3); k-- > 0;) {
      const uint64_t near = test_below(&f->random, 2) ? 64 : page;
      bytes[at + test_below(&f->random, near)] = (uint8_t)test_random(&f->random);
    }
    test_file_write(f->file, bytes, f->size);
    use(f, false);
  }
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(each_kind_of_damaged_record_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(reading_damaged_values_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(looking_up_in_damaged_values_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(newer_versions_are_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(damaged_meta_pages_are_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(damaged_names_and_their_order_are_told, setup, teardown),
      cmocka_unit_test_setup_teardown(truncation_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(random_damage_does_no_harm, setup, teardown),
      cmocka_unit_test_setup_teardown(random_damage_of_trees_does_no_harm, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
