/* The parts that need no store: table, batch, chunk, place, and what LMDB's errors mean. */
#include "support.h"

#include "seen/batch.h"
#include "seen/chunk.h"
#include "seen/env.h"
#include "seen/place.h"
#include "seen/table.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEYS 20000u

/* --- table --- */

static void table_grows(void **state) {
  (void)state;
  struct table table;
  assert_ok(table_init(&table, 1000, err));
  const unsigned bits = table.bits;
  for (uint32_t i = 0; i < KEYS; i++)
    assert_ok(table_add(&table, test_key(i), (day_t)(i % 3), err));
  for (uint32_t i = 0; i < KEYS; i += 7) assert_ok(table_add(&table, test_key(i), 9, err));
  assert_true(table.bits > bits);
  assert_int_equal(table.n, KEYS);
  assert_int_equal(table.day_keys[0], (KEYS + 2) / 3);
  assert_int_equal(table.day_keys[9], 0); /* a key keeps its first day */
  for (uint32_t i = 0; i < KEYS; i++) {
    assert_true(table_has(&table, test_key(i)));
    assert_false(table_has(&table, test_key(KEYS + i)));
  }
  table_clear(&table);
  assert_int_equal(table.n, 0);
  assert_false(table_has(&table, test_key(1)));
  table_release(&table);
}

static void table_refuses_what_is_no_hash(void **state) {
  (void)state;
  struct table table;
  struct ps_error error;
  int r = PS_OK;
  assert_ok(table_init(&table, 1000, err));
  for (uint64_t i = 1; i < 60000 && !r; i++)
    r = table_add(&table, (struct ps_key){UINT64_MAX, i * i}, 0, &error);
  assert_int_equal(r, PS_E_STORE);
  table_release(&table);
}

/* The last slot stays empty: it ends every probe. */
static void table_keeps_its_last_slot_empty(void **state) {
  (void)state;
  struct table table;
  struct ps_error error;
  size_t n = 0;
  assert_ok(table_init(&table, 60000, err));
  const size_t slots = table_slots(&table), home = ((size_t)1 << table.bits) - 1;
  while (!table_add(&table, (struct ps_key){UINT64_MAX, n + 1}, 0, &error)) n++;
  assert_int_equal(table_slots(&table), slots); /* it did not grow */
  assert_int_equal(n, slots - 1 - home);
  assert_true(key_empty(table.slots[slots - 1]));
  assert_true(table_has(&table, (struct ps_key){UINT64_MAX, n}));
  assert_false(table_has(&table, (struct ps_key){UINT64_MAX, n + 1}));
  table_release(&table);
}

/* --- batch --- */

static void batch_sorts_and_keeps_the_first(void **state) {
  (void)state;
  static struct ps_key keys[BATCH_MAX];
  static uint8_t verdict[BATCH_MAX];
  struct batch batch = {.n = 0};
  const uint32_t sizes[] = {0, 1, 2, 3, 31, 500, 4096, BATCH_MAX};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    const uint32_t n = sizes[s], distinct = n / 2 + 1;
    for (uint32_t i = 0; i < n; i++) keys[i] = test_key(i % distinct);
    assert_ok(batch_fill(&batch, keys, n, verdict, err));
    assert_int_equal(batch.n, n);
    batch_unique(&batch, verdict);
    assert_int_equal(batch.n, n < distinct ? n : distinct);
    for (uint32_t i = 0; i < n; i++) assert_int_equal(verdict[i], i >= distinct);
    for (uint32_t i = 1; i < batch.n; i++)
      assert_true(batch.entries[i - 1].key.hi < batch.entries[i].key.hi);
    if (batch.n)
      assert_int_equal(batch_below(&batch, batch.entries[batch.n - 1].key.hi), batch.n - 1);
  }
  batch_release(&batch);
}

static void a_batch_may_have_one_key(void **state) {
  (void)state;
  static struct ps_key keys[1000];
  static uint8_t verdict[1000];
  struct batch batch = {.n = 0};
  for (uint32_t i = 0; i < 1000; i++) keys[i] = (struct ps_key){0, i < 500};
  keys[999].lo = 7;
  assert_ok(batch_fill(&batch, keys, 1000, verdict, err)); /* {0, 0} counts as {0, 1} */
  batch_unique(&batch, verdict);
  assert_int_equal(batch.n, 2);
  assert_int_equal(verdict[0], 0);
  assert_int_equal(verdict[998], 1);
  assert_int_equal(verdict[999], 0);
  batch_release(&batch);
}

/* --- chunk --- */

static uint32_t keys_of_chunk(unsigned bits, uint32_t chunk, struct ps_key *keys, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    keys[i] = test_key(i);
    if (bits) keys[i].hi = keys[i].hi >> bits | chunk_base(chunk, bits);
  }
  return n;
}

static int key_compare(const void *x, const void *y) { return memcmp(x, y, sizeof(struct ps_key)); }

static void chunk_round_trip(unsigned bits, uint32_t chunk, uint32_t n) {
  const struct chunk_name name = {17, chunk, bits};
  struct ps_key *keys = malloc((n + 1) * sizeof *keys), *back = malloc((n + 1) * sizeof *back);
  struct chunk_plan *plan = malloc(sizeof *plan);
  const size_t hot_bytes = chunk_hot_bytes(n) + 100, cold_bytes = chunk_cold_bytes(bits, n) + 50;
  uint8_t *hot = aligned_alloc(16, (hot_bytes + 15) / 16 * 16);
  uint8_t *cold = aligned_alloc(16, (cold_bytes + 15) / 16 * 16);
  assert_true(keys && back && plan && hot && cold);
  keys_of_chunk(bits, chunk, keys, n);
  chunk_arrange(plan, bits, keys, n);
  chunk_fill_cold(plan, bits, keys, n, cold, cold_bytes);
  /* The checksum of cold is the caller's: take it as chunk_cold_fault() will. */
  chunk_fill_hot(plan, &name, keys, n, 0, hot, hot_bytes);
  assert_null(chunk_hot_fault(&name, hot, hot_bytes));
  assert_int_equal(chunk_keys(hot), n);
  assert_non_null(chunk_cold_fault(hot, cold, cold_bytes)); /* 0 is not its checksum */
  if (n) assert_non_null(chunk_cold_size_fault(hot, chunk_cold_bytes(bits, n) - 1));
  assert_int_equal(chunk_read(&name, hot, cold, 0, SUB_COUNT, back), n);
  qsort(keys, n, sizeof *keys, key_compare);
  qsort(back, n, sizeof *back, key_compare);
  assert_memory_equal(keys, back, n * sizeof *keys);
  const struct chunk_name other = {17, chunk ^ 1, bits};
  assert_non_null(chunk_hot_fault(&other, hot, hot_bytes));
  assert_non_null(chunk_hot_fault(&name, hot, HOT_FINGERPRINTS));
  hot[hot_bytes / 2] ^= 4;
  assert_non_null(chunk_hot_fault(&name, hot, hot_bytes));
  free(keys);
  free(back);
  free(plan);
  free(hot);
  free(cold);
}

static void chunk_round_trips(void **state) {
  (void)state;
  for (unsigned bits = 0; bits <= RUN_BITS_MAX; bits++) {
    const uint32_t last = (uint32_t)(((uint64_t)1 << bits) - 1);
    chunk_round_trip(bits, last, 3000);
    chunk_round_trip(bits, last / 2, bits % 5);
  }
  chunk_round_trip(3, 5, CHUNK_MAX);
}

/* --- place --- */

static void place_knows_network_file_systems(void **state) {
  (void)state;
  assert_string_equal(place_network_name(0x6969), "NFS");
  assert_string_equal(place_network_name(0xff534d42), "CIFS");
  assert_string_equal(place_network_name(0xfe534d42), "SMB2");
  assert_string_equal(place_network_name(0xffffffffff534d42u), "CIFS"); /* sign-extended */
  assert_string_equal(place_network_name(0x01021997), "9p");
  assert_null(place_network_name(0xef53));     /* ext4 */
  assert_null(place_network_name(0x01021994)); /* tmpfs */
  assert_null(place_network_name(0x65735546)); /* FUSE */
}

static void a_place_that_cannot_be_is_refused(void **state) {
  (void)state;
  char dir[PATH_BYTES], path[PATH_BYTES];
  bool exists;
  test_dir_make(dir);
  test_path(dir, "none", path);
  assert_refused(place_prepare(path, false, &exists, err), PS_E_STORE_ABSENT, path);
  test_path(dir, "none/deeper", path);
  assert_refused(place_prepare(path, true, &exists, err), PS_E_STORE, "make its parent");
  assert_refused(place_prepare("", true, &exists, err), PS_E_ARGUMENT, "empty");
  test_path(dir, "letter.txt", path);
  test_file_write(path, "hello", 5);
  assert_refused(place_prepare(path, true, &exists, err), PS_E_STORE, "not a directory");
  assert_refused(place_prepare(dir, true, &exists, err), PS_E_STORE_VERSION, "letter.txt");
  test_dir_remove(dir);
}

static void place_makes_private_directories(void **state) {
  (void)state;
  char dir[PATH_BYTES], path[PATH_BYTES];
  struct stat st;
  bool exists = true;
  test_dir_make(dir);
  test_path(dir, "store", path);
  assert_ok(place_prepare(path, true, &exists, err));
  assert_false(exists);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  test_path(dir, "store/invalid.ndjson", path);
  test_file_write(path, "", 0); /* the filter's, so the directory still counts as empty */
  test_path(dir, "store", path);
  assert_ok(place_prepare(path, true, &exists, err));
  test_dir_remove(dir);
}

/* Whom an error sends where: damage to a copy of the store, a foreign file to another directory, a
 * full disk to more space. */
static void errors_of_lmdb_have_sentences(void **state) {
  (void)state;
  static char dir[] = "/tmp";
  const struct env writing = {.dir = dir}, reading = {.dir = dir, .read_only = true};
  static const struct {
    int code, status;
    const char *words;
  } rows[] = {{ENOMEM, PS_E_MEMORY, "memory"},
              {ENOSPC, PS_E_STORE_FULL, "free some space"},
              {EDQUOT, PS_E_STORE_FULL, "free some space"},
              {EFBIG, PS_E_STORE_FULL, "free some space"},
              {MDB_MAP_FULL, PS_E_STORE_FULL, "address space"},
              {MDB_NOTFOUND, PS_E_STORE_DAMAGED, "an entry is missing"},
              {MDB_CORRUPTED, PS_E_STORE_DAMAGED, "go back to a copy"},
              {MDB_PAGE_NOTFOUND, PS_E_STORE_DAMAGED, "go back to a copy"},
              {MDB_INCOMPATIBLE, PS_E_STORE_DAMAGED, "go back to a copy"},
              {MDB_BAD_VALSIZE, PS_E_STORE_DAMAGED, "go back to a copy"},
              {MDB_INVALID, PS_E_STORE_VERSION, "is no LMDB file"},
              {MDB_VERSION_MISMATCH, PS_E_STORE_VERSION, "another version of LMDB"},
              {MDB_READERS_FULL, PS_E_STORE, "end some of the programs"},
              {EACCES, PS_E_STORE, "for writing: change the directory's permissions"},
              {EPERM, PS_E_STORE, "for writing: change the directory's permissions"},
              {EROFS, PS_E_STORE, "for writing: change the directory's permissions"},
              {ENXIO, PS_E_STORE, "trying the store in /tmp failed"},
              {MDB_PANIC, PS_E_STORE, "trying the store in /tmp failed: MDB_PANIC"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_refused(env_error(&writing, rows[i].code, "trying", err), rows[i].status, rows[i].words);
  assert_refused(env_error(&reading, EACCES, "trying", err), PS_E_STORE, "needs lock.mdb");
  assert_ok(env_error(&writing, MDB_SUCCESS, "trying", err));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_grows),
      cmocka_unit_test(table_refuses_what_is_no_hash),
      cmocka_unit_test(table_keeps_its_last_slot_empty),
      cmocka_unit_test(batch_sorts_and_keeps_the_first),
      cmocka_unit_test(a_batch_may_have_one_key),
      cmocka_unit_test(chunk_round_trips),
      cmocka_unit_test(place_knows_network_file_systems),
      cmocka_unit_test(a_place_that_cannot_be_is_refused),
      cmocka_unit_test(place_makes_private_directories),
      cmocka_unit_test(errors_of_lmdb_have_sentences),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
