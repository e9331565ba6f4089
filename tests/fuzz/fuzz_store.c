/* Any bytes as a store's file: opening, checking and using it does not crash, leave the file or
 * allocate without bound.
 *
 * The first byte of the input says what the rest is. 'F': a whole data.mdb. Otherwise a list of
 * patches of 5 bytes {u32 place, u8 value} to a small store that has every kind of record; a place
 * is an offset modulo the file's size, or, with its top bit set, one within a record that is not a
 * chunk. With bit 0 of the first byte set the checksums of all records are made right again
 * afterwards, so that what lies behind them is reached; with bit 1 the last patch cuts the file.
 * Bits 2 to 4 say how the store is used once it is open, 0: in every way.
 *
 * LMDB walks its pages without checking them: that they can be walked is checked at opening
 * (seen/pages.h), so that nothing here is kept from it. Only another process could still
 * damage the file while it is open, which no input of this target does.
 *
 * Some hundred inputs a second, not thousands: each is a file that is written, an LMDB environment
 * that is opened, mapped and locked, and all its pages walked before anything is read; the use of
 * the store costs less than that. A decoder alone would be quicker, but what it may be given is for
 * the walk to decide.
 */
#include "fuzz.h"

#include "base/hash.h"
#include "seen/state.h"
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDS_MAX 64u
#define DAYS        10u
#define DAY_KEYS    200u
#define MARK_KEYS   256u
#define FILE_MAX    ((size_t)4 << 20) /* of a whole file as input */
#define PATCH       5u

enum { WHOLE_FILE = 'F', RESEAL = 1, CUT = 2, USE_SHIFT = 2, USE_MASK = 7 };
enum { USE_ALL, USE_CHECK, USE_INFO, USE_MARK, USE_FORGET, USE_LOOKUP, USE_VALUES, USE_MERGE };

enum record_kind { RECORD_SEALED, RECORD_FIRST, RECORD_HOT };

/* Where a record lies in the file, and how its checksum is taken. */
struct record {
  size_t at, bytes;
  size_t cold_at, cold_bytes;
  enum record_kind kind;
};

static struct {
  char dir[PATH_MAX], file[PATH_MAX + 16];
  uint8_t *bytes;
  size_t size;
  struct record records[RECORDS_MAX];
  size_t n;
} base;

static const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                               .create = true,
                                               .log_keys = 150,
                                               .merge_us = 1000,
                                               .no_sync = true};

static struct ps_key key_of(uint64_t n) { /* spread well enough */
  return (struct ps_key){(n + 1) * 0x9e3779b97f4a7c15u, (n + 1) * 0xbf58476d1ce4e5b9u};
}

/* --- the small store --- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st, (void)type, (void)at;
  return remove(path);
}

static void clear_away(void) {
  (void)nftw(base.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  free(base.bytes);
}

static void mark(struct ps_seen *seen, uint64_t from, uint16_t day, size_t n) {
  struct ps_key keys[MARK_KEYS];
  uint16_t days[MARK_KEYS];
  uint8_t verdict[MARK_KEYS];
  for (size_t i = 0; i < n; i++) {
    keys[i] = key_of(from + i);
    days[i] = day;
  }
  if (ps_seen_begin(seen, NULL)) return;
  (void)ps_seen_put_value(seen, "position", &from, sizeof from, NULL);
  if (ps_seen_mark(seen, days, keys, n, verdict, NULL)) ps_seen_abort(seen);
  else (void)ps_seen_commit(seen, NULL);
}

/* The map consists of pages that begin with their numbers. */
static size_t file_offset(const struct ps_seen *seen, const MDB_val *value) {
  const size_t within = (uintptr_t)value->mv_data & (seen->env.page - 1);
  uint64_t page;
  memcpy(&page, (const uint8_t *)value->mv_data - within, sizeof page);
  return page * seen->env.page + within;
}

static void records_note(const struct ps_seen *seen, MDB_txn *txn, MDB_dbi table) {
  MDB_cursor *cursor;
  MDB_val key, value, cold;
  FUZZ_CHECK(!mdb_cursor_open(txn, table, &cursor));
  while (!mdb_cursor_get(cursor, &key, &value, MDB_NEXT) && base.n < RECORDS_MAX) {
    struct record record = {.at = file_offset(seen, &value), .bytes = value.mv_size};
    const bool text = table == seen->env.meta && !memchr(key.mv_data, ':', key.mv_size);
    record.kind = text ? RECORD_SEALED : RECORD_FIRST;
    if (table == seen->env.hot && !mdb_get(txn, seen->env.cold, &key, &cold)) {
      record.kind = RECORD_HOT;
      record.cold_at = file_offset(seen, &cold);
      record.cold_bytes = cold.mv_size;
    }
    base.records[base.n++] = record;
  }
  mdb_cursor_close(cursor);
}

static void file_read(void) {
  FILE *file = fopen(base.file, "rb");
  struct stat st;
  FUZZ_CHECK(file && !fstat(fileno(file), &st));
  base.size = (size_t)st.st_size;
  FUZZ_CHECK((base.bytes = malloc(base.size)) != NULL);
  FUZZ_CHECK(fread(base.bytes, 1, base.size, file) == base.size && !fclose(file));
}

static void base_make(void) {
  struct ps_seen *seen;
  MDB_txn *txn;
  bool more = true;
  const bool memory = !access("/dev/shm", W_OK);
  (void)snprintf(base.dir, sizeof base.dir, "%s/fuzz-store-XXXXXX", memory ? "/dev/shm" : "/tmp");
  FUZZ_CHECK(mkdtemp(base.dir));
  (void)atexit(clear_away);
  (void)snprintf(base.file, sizeof base.file, "%s/data.mdb", base.dir);
  FUZZ_CHECK(!ps_seen_open(base.dir, &options, &seen, NULL));
  for (uint64_t day = 0; day < DAYS; day++) mark(seen, day * DAY_KEYS, (uint16_t)day, DAY_KEYS);
  while (more) FUZZ_CHECK(!ps_seen_idle(seen, 100000, &more, NULL));
  mark(seen, DAYS * DAY_KEYS, DAYS, 100); /* these stay in the log */
  FUZZ_CHECK(!env_begin_read(&seen->env, &txn, NULL));
  records_note(seen, txn, seen->env.meta);
  records_note(seen, txn, seen->env.log);
  records_note(seen, txn, seen->env.hot);
  env_end_read(&seen->env, txn);
  ps_seen_close(seen);
  file_read();
}

/* --- an input --- */

static void seal(uint8_t *bytes, const struct record *record) {
  uint8_t *at = bytes + record->at;
  uint64_t checksum;
  if (record->kind == RECORD_SEALED) {
    state_seal(at, record->bytes);
    return;
  }
  if (record->kind == RECORD_HOT) {
    checksum = hash_checksum(bytes + record->cold_at, record->cold_bytes);
    memcpy(at + offsetof(struct hot_header, cold_checksum), &checksum, sizeof checksum);
  }
  checksum = hash_checksum(at + sizeof checksum, record->bytes - sizeof checksum);
  memcpy(at, &checksum, sizeof checksum);
}

/* Most patches would land in the middle of keys: half of the places are made to hit headers. */
static size_t place_of(uint32_t place) {
  if (!(place >> 31)) return place % base.size;
  const struct record *record = &base.records[(place >> 16 & 0x7fff) % base.n];
  return record->at + (place & 0xffff) % record->bytes;
}

static size_t patch(uint8_t *bytes, uint8_t how, const uint8_t *data, size_t len) {
  size_t size = base.size;
  uint32_t place = 0;
  for (size_t i = 0; i + PATCH <= len; i += PATCH) {
    memcpy(&place, data + i, sizeof place);
    bytes[place_of(place)] = data[i + sizeof place];
  }
  if (how & RESEAL)
    for (size_t i = 0; i < base.n; i++) seal(bytes, &base.records[i]);
  if (how & CUT) size = place % base.size;
  return size;
}

static void forget(struct ps_seen *seen) {
  if (ps_seen_begin(seen, NULL)) return;
  (void)ps_seen_forget(seen, 0, 3, NULL, NULL);
  if (ps_seen_commit(seen, NULL)) ps_seen_abort(seen);
}

static void look_up(struct ps_seen *seen) {
  struct ps_key keys[MARK_KEYS];
  uint8_t verdict[MARK_KEYS];
  for (uint64_t i = 0; i < MARK_KEYS; i++) keys[i] = key_of(i * 7);
  (void)ps_seen_lookup(seen, keys, MARK_KEYS, verdict, NULL);
}

static int visit(void *context, const char *name, const void *value, size_t len,
                 struct ps_error *err) {
  (void)err;
  FUZZ_CHECK(strlen(name) < PS_VALUE_NAME && (value || !len));
  *(size_t *)context += len;
  return PS_OK;
}

static void values(struct ps_seen *seen) {
  size_t bytes = 0;
  (void)ps_seen_each_value(seen, "", "~", visit, &bytes, NULL);
  FUZZ_CHECK(bytes <= FILE_MAX);
}

static void use(unsigned how) {
  struct ps_seen_check_result result;
  struct ps_seen_info info;
  struct ps_seen *seen;
  bool more = true;
  if (ps_seen_open(base.dir, &options, &seen, NULL)) return;
  if (how == USE_ALL || how == USE_CHECK) (void)ps_seen_check(seen, NULL, NULL, &result, NULL);
  if ((how == USE_ALL || how == USE_INFO) && !ps_seen_info(seen, &info, NULL))
    ps_seen_info_release(&info);
  if (how == USE_ALL || how == USE_LOOKUP) look_up(seen);
  if (how == USE_ALL || how == USE_VALUES) values(seen);
  if (how == USE_ALL || how == USE_MARK)
    for (uint64_t i = 0; i < 4; i++) mark(seen, i * 2 * MARK_KEYS, (uint16_t)(i * 3), MARK_KEYS);
  if (how == USE_MERGE)
    for (unsigned i = 0; i < 4 && more; i++)
      if (ps_seen_idle(seen, 1000, &more, NULL)) break;
  if (how == USE_ALL || how == USE_FORGET) forget(seen);
  ps_seen_close(seen);
}

static void file_write(const uint8_t *bytes, size_t size) {
  const int fd = open(base.file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  FUZZ_CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && !close(fd));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  static uint8_t *bytes;
  if (!base.bytes) base_make();
  if (!bytes) FUZZ_CHECK((bytes = malloc(base.size)) != NULL);
  if (!len || len > FILE_MAX) return 0;
  if (*data == WHOLE_FILE) {
    file_write(data + 1, len - 1);
    use(USE_ALL);
    return 0;
  }
  memcpy(bytes, base.bytes, base.size);
  file_write(bytes, patch(bytes, *data, data + 1, len - 1));
  use(*data >> USE_SHIFT & USE_MASK);
  return 0;
}
