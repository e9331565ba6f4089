#include "seen/log.h"

#include "base/hash.h"
#include <string.h>

static uint64_t record_checksum(const uint8_t *record, size_t bytes) {
  return hash_checksum(record + sizeof(uint64_t), bytes - sizeof(uint64_t));
}

/* How many of the n keys go into the next record, and whether their days differ. */
static size_t record_keys(const day_t *days, size_t n, bool *mixed) {
  if (n > LOG_KEYS) n = LOG_KEYS;
  size_t same = 1;
  while (same < n && days[same] == days[0]) same++;
  *mixed = same < n;
  return *mixed && n > LOG_MIXED ? LOG_MIXED : n;
}

int log_append(struct ps_seen *seen, const struct ps_key *keys, const day_t *days, size_t n,
               struct ps_error *err) {
  for (size_t at = 0, m; at < n; at += m) {
    bool mixed;
    m = record_keys(days + at, n - at, &mixed);
    uint64_t sequence = key_big_endian(seen->state.log_next);
    MDB_val key = {sizeof sequence, &sequence};
    struct log_header header = {.keys = (uint32_t)m, .day = days[at], .mixed = mixed};
    const size_t bytes = sizeof header + m * (sizeof *keys + (mixed ? sizeof *days : 0));
    uint8_t *record;
    int r =
        env_reserve(&seen->env, seen->write, seen->env.log, &key, bytes, MDB_APPEND, &record, err);
    if (r) return r;
    memcpy(record, &header, sizeof header);
    memcpy(record + sizeof header, keys + at, m * sizeof *keys);
    if (mixed) memcpy(record + sizeof header + m * sizeof *keys, days + at, m * sizeof *days);
    header.checksum = record_checksum(record, bytes);
    memcpy(record, &header.checksum, sizeof header.checksum);
    seen->state.log_next++;
  }
  return PS_OK;
}

int log_rewrite(struct ps_seen *seen, const struct ps_key *keys, const day_t *days, size_t n,
                struct ps_error *err) {
  int r = mdb_drop(seen->write, seen->env.log, 0);
  if (r) return env_write_error(&seen->env, r, err);
  seen->state.log_first = seen->table_first = seen->state.log_next;
  table_clear(&seen->table);
  for (size_t i = 0; i < n; i++)
    if ((r = table_add(&seen->table, keys[i], days[i], err))) return r;
  return log_append(seen, keys, days, n, err);
}

const char *log_record_fault(const uint8_t *record, size_t bytes) {
  struct log_header header;
  if (bytes < sizeof header) return "it is too short";
  memcpy(&header, record, sizeof header);
  if (header.checksum != record_checksum(record, bytes)) return "its checksum does not match";
  const size_t key_bytes = sizeof(struct ps_key) + (header.mixed ? sizeof(day_t) : 0);
  if (!header.keys || header.keys > LOG_KEYS || header.mixed > 1 ||
      bytes != sizeof header + header.keys * key_bytes)
    return "its length does not fit its keys";
  return NULL;
}

static int record_load(struct ps_seen *seen, const MDB_val *key, const MDB_val *value,
                       struct ps_error *err) {
  const uint8_t *record = value->mv_data;
  uint64_t sequence = 0;
  if (key->mv_size == sizeof sequence) memcpy(&sequence, key->mv_data, sizeof sequence);
  const char *fault = log_record_fault(record, value->mv_size);
  if (!fault && key_big_endian(sequence) != seen->table_next) fault = "it is out of sequence";
  if (fault)
    return env_damaged(&seen->env, err, "log record %llu: %s", (unsigned long long)seen->table_next,
                       fault);
  struct log_header header;
  memcpy(&header, record, sizeof header);
  const uint8_t *keys = record + sizeof header, *days = keys + header.keys * sizeof(struct ps_key);
  for (uint32_t i = 0; i < header.keys; i++) {
    struct ps_key k;
    day_t day = header.day;
    memcpy(&k, keys + i * sizeof k, sizeof k);
    if (header.mixed) memcpy(&day, days + i * sizeof day, sizeof day);
    if (key_empty(k)) return env_damaged(&seen->env, err, "the log holds an empty key");
    int r = table_add(&seen->table, k, day, err);
    if (r) return r;
  }
  seen->table_next++;
  return PS_OK;
}

/* The map is not read ahead: ask for all the records that are wanted. */
static void records_ahead(const struct ps_seen *seen, MDB_cursor *cursor) {
  uint64_t sequence = key_big_endian(seen->table_next);
  MDB_val key = {sizeof sequence, &sequence}, value;
  int r = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  for (; !r; r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))
    if (value.mv_size >= seen->env.big) env_will_need(value.mv_data, value.mv_size);
}

static int records_load(struct ps_seen *seen, MDB_txn *txn, struct ps_error *err) {
  MDB_cursor *cursor;
  int r = mdb_cursor_open(txn, seen->env.log, &cursor), failed = PS_OK;
  if (r) return env_error(&seen->env, r, "reading", err);
  uint64_t sequence = key_big_endian(seen->table_next);
  MDB_val key = {sizeof sequence, &sequence}, value;
  if (!seen->loaded) records_ahead(seen, cursor);
  r = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  for (; !r && !failed; r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))
    failed = record_load(seen, &key, &value, err);
  mdb_cursor_close(cursor);
  if (failed) return failed;
  if (r != MDB_NOTFOUND) return env_error(&seen->env, r, "reading", err);
  if (seen->table_next != seen->state.log_next)
    return env_damaged(&seen->env, err, "log record %llu is missing",
                       (unsigned long long)seen->table_next);
  return PS_OK;
}

int log_load(struct ps_seen *seen, MDB_txn *txn, struct ps_error *err) {
  const struct state_record *state = &seen->state;
  if (!seen->loaded || seen->table_first != state->log_first ||
      seen->table_next > state->log_next) {
    table_clear(&seen->table);
    seen->table_first = seen->table_next = state->log_first;
  }
  if (seen->table_next < state->log_next) {
    int r = records_load(seen, txn, err);
    if (r) return r;
  }
  if (seen->table.n != state->log_keys)
    return env_damaged(&seen->env, err, "the log holds %u keys instead of %llu", seen->table.n,
                       (unsigned long long)state->log_keys);
  return PS_OK;
}
