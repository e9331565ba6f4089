#include "base/error.h"
#include "base/hash.h"
#include "seen/store.h"
#include <stdio.h>
#include <string.h>

#define READ_AHEAD   ((size_t)64 << 10)
#define PREFIX       "value:"
#define PREFIX_BYTES (sizeof PREFIX - 1)
#define KEY_BYTES    (PREFIX_BYTES + PS_VALUE_NAME)

static int value_key(const char *name, char text[KEY_BYTES], MDB_val *key, struct ps_error *err) {
  const int len = snprintf(text, KEY_BYTES, PREFIX "%s", name);
  if (len < 0 || (size_t)len >= KEY_BYTES)
    return error_set(err, PS_E_ARGUMENT, "the name of a value has more than %d bytes",
                     PS_VALUE_NAME - 1);
  *key = (MDB_val){(size_t)len, text};
  return PS_OK;
}

/* ---- views ---- */

int ps_seen_view_begin(struct ps_seen *seen, struct ps_error *err) {
  if (seen->write || seen->view)
    return error_set(err, PS_E_ARGUMENT, "a view begins outside a transaction and another view");
  int r = env_begin_read(&seen->env, &seen->view, err);
  if (r) seen->view = NULL;
  return r;
}

void ps_seen_view_end(struct ps_seen *seen) {
  if (!seen->view) return;
  env_end_read(&seen->env, seen->view);
  seen->view = NULL;
}

int store_no_view(const struct ps_seen *seen, struct ps_error *err) {
  return seen->view ? error_set(err, PS_E_ARGUMENT, "the view of the store has not ended") : PS_OK;
}

int store_read_begin(struct ps_seen *seen, MDB_txn **txn, struct ps_error *err) {
  *txn = seen->write ? seen->write : seen->view;
  return *txn ? PS_OK : env_begin_read(&seen->env, txn, err);
}

int store_read_end(struct ps_seen *seen, MDB_txn *txn, int r, struct ps_error *err) {
  const bool doubtful = seen->env.read_only && (!r || r == PS_E_STORE_DAMAGED);
  const int changed = doubtful ? env_check_place(&seen->env, err) : PS_OK;
  if (txn != seen->write && txn != seen->view) env_end_read(&seen->env, txn);
  return changed ? changed : r;
}

/* ---- writing ---- */

static int writable(const struct ps_seen *seen, struct ps_error *err) {
  if (seen->write && !seen->failed) return PS_OK;
  return error_set(err, PS_E_ARGUMENT, "values are put and deleted in a transaction");
}

static int write_failed(struct ps_seen *seen, int r, struct ps_error *err) {
  seen->failed = true;
  return env_write_error(&seen->env, r, err);
}

/* A value put anew in the same transaction keeps its pages even where fewer would do, which is no
 * sound structure (seen/pages.h): such a one is deleted first. Returns LMDB's code. */
static int make_way(struct ps_seen *seen, MDB_val *key, size_t bytes) {
  MDB_val old;
  int r = mdb_get(seen->write, seen->env.meta, key, &old);
  if (!r && env_pages(&seen->env, old.mv_size) > env_pages(&seen->env, bytes))
    r = mdb_del(seen->write, seen->env.meta, key, NULL);
  return r == MDB_NOTFOUND ? 0 : r;
}

int ps_seen_put_value(struct ps_seen *seen, const char *name, const void *value, size_t len,
                      struct ps_error *err) {
  char text[KEY_BYTES];
  MDB_val key;
  uint8_t *to;
  uint64_t checksum;
  int r = writable(seen, err);
  if (r || (r = value_key(name, text, &key, err))) return r;
  if (len > PS_VALUE_MAX)
    return error_set(err, PS_E_ARGUMENT, "the value \"%s\" has more than %u bytes", name,
                     PS_VALUE_MAX);
  const size_t bytes = sizeof checksum + len;
  checksum = hash_checksum(value, len);
  seen->changed = true;
  if ((r = make_way(seen, &key, bytes))) return write_failed(seen, r, err);
  r = env_reserve(&seen->env, seen->write, seen->env.meta, &key, bytes, 0, &to, err);
  if (r) {
    seen->failed = true;
    return r;
  }
  seen->env.put_bytes -= bytes; /* it bounds the work of the seen-set itself */
  memcpy(to, &checksum, sizeof checksum);
  if (len) memcpy(to + sizeof checksum, value, len);
  return PS_OK;
}

int ps_seen_delete_value(struct ps_seen *seen, const char *name, struct ps_error *err) {
  char text[KEY_BYTES];
  MDB_val key;
  int r = writable(seen, err);
  if (r || (r = value_key(name, text, &key, err))) return r;
  r = mdb_del(seen->write, seen->env.meta, &key, NULL);
  if (r == MDB_NOTFOUND) return PS_OK;
  seen->changed = true;
  return r ? write_failed(seen, r, err) : PS_OK;
}

/* ---- reading ---- */

bool value_sound(const uint8_t *value, size_t bytes) {
  uint64_t checksum;
  if (bytes < sizeof checksum) return false;
  memcpy(&checksum, value, sizeof checksum);
  return checksum == hash_checksum(value + sizeof checksum, bytes - sizeof checksum);
}

bool value_name(const void *key, size_t bytes, char name[PS_VALUE_NAME]) {
  if (bytes < PREFIX_BYTES || bytes >= KEY_BYTES || memcmp(key, PREFIX, PREFIX_BYTES) != 0)
    return false;
  memcpy(name, (const char *)key + PREFIX_BYTES, bytes - PREFIX_BYTES);
  name[bytes - PREFIX_BYTES] = '\0';
  return !memchr(name, 0, bytes - PREFIX_BYTES);
}

static int value_check(const struct ps_seen *seen, const char *name, const MDB_val *stored,
                       struct ps_error *err) {
  if (stored->mv_size >= READ_AHEAD) env_will_need(stored->mv_data, stored->mv_size);
  if (value_sound(stored->mv_data, stored->mv_size)) return PS_OK;
  return env_damaged(&seen->env, err, "the checksum of the value \"%s\" does not match", name);
}

static const uint8_t *value_data(const MDB_val *stored) {
  return (const uint8_t *)stored->mv_data + sizeof(uint64_t);
}
static size_t value_len(const MDB_val *stored) { return stored->mv_size - sizeof(uint64_t); }

static int value_get(struct ps_seen *seen, MDB_txn *txn, const char *name, void *value, size_t cap,
                     size_t *len, struct ps_error *err) {
  char text[KEY_BYTES];
  MDB_val key, stored;
  int r = value_key(name, text, &key, err);
  if (r) return r;
  r = mdb_get(txn, seen->env.meta, &key, &stored);
  if (r == MDB_NOTFOUND) return PS_OK;
  if (r) return env_error(&seen->env, r, "reading", err);
  if ((r = value_check(seen, name, &stored, err))) return r;
  *len = value_len(&stored);
  if (*len && cap) memcpy(value, value_data(&stored), *len < cap ? *len : cap);
  return PS_OK;
}

int ps_seen_get_value(struct ps_seen *seen, const char *name, void *value, size_t cap, size_t *len,
                      struct ps_error *err) {
  MDB_txn *txn;
  *len = 0;
  int r = store_read_begin(seen, &txn, err);
  if (r) return r;
  r = value_get(seen, txn, name, value, cap, len, err);
  return store_read_end(seen, txn, r, err);
}

/* ---- ranges ---- */

/* Where a walk through the values with from <= name < to is; found: at one. */
struct range {
  MDB_cursor *cursor;
  MDB_val key, value;
  bool found;
  char name[PS_VALUE_NAME], to[PS_VALUE_NAME];
  char text[KEY_BYTES]; /* the key to look for */
};

/* Moves to the first value of the range from the cursor's place on. */
static int range_move(struct ps_seen *seen, struct range *range, MDB_cursor_op move,
                      struct ps_error *err) {
  range->found = false;
  int r = mdb_cursor_get(range->cursor, &range->key, &range->value, move);
  if (r == MDB_NOTFOUND) return PS_OK;
  if (r) return env_error(&seen->env, r, "reading", err);
  if (!value_name(range->key.mv_data, range->key.mv_size, range->name))
    return env_damaged(&seen->env, err, "an entry among the values has a wrong name");
  range->found = strcmp(range->name, range->to) < 0;
  return PS_OK;
}

static int range_open(struct ps_seen *seen, MDB_txn *txn, const char *from, const char *to,
                      struct range *range, struct ps_error *err) {
  int r = value_key(to, range->text, &range->key, err);
  if (r) return r;
  memcpy(range->to, range->text + PREFIX_BYTES, range->key.mv_size - PREFIX_BYTES + 1);
  if ((r = value_key(from, range->text, &range->key, err))) return r;
  if ((r = mdb_cursor_open(txn, seen->env.meta, &range->cursor)))
    return env_error(&seen->env, r, "reading", err);
  if ((r = range_move(seen, range, MDB_SET_RANGE, err))) mdb_cursor_close(range->cursor);
  return r;
}

static int values_visit(struct ps_seen *seen, struct range *range, ps_seen_visit *visit,
                        void *context, struct ps_error *err) {
  int r = PS_OK;
  while (!r && range->found) {
    const MDB_val *value = &range->value;
    if (!(r = value_check(seen, range->name, value, err)) &&
        !(r = visit(context, range->name, value_data(value), value_len(value), err)))
      r = range_move(seen, range, MDB_NEXT, err);
  }
  return r;
}

int ps_seen_each_value(struct ps_seen *seen, const char *from, const char *to, ps_seen_visit *visit,
                       void *context, struct ps_error *err) {
  struct range range;
  MDB_txn *txn;
  int r = store_read_begin(seen, &txn, err);
  if (r) return r;
  if (!(r = range_open(seen, txn, from, to, &range, err))) {
    r = values_visit(seen, &range, visit, context, err);
    mdb_cursor_close(range.cursor);
  }
  return store_read_end(seen, txn, r, err);
}

int ps_seen_delete_values(struct ps_seen *seen, const char *from, const char *to,
                          struct ps_error *err) {
  struct range range;
  int r = writable(seen, err);
  if (r || (r = range_open(seen, seen->write, from, to, &range, err))) return r;
  while (!r && range.found) {
    seen->changed = true;
    int failed = mdb_cursor_del(range.cursor, 0);
    if (failed) r = write_failed(seen, failed, err);
    else if (!(r = value_key(range.name, range.text, &range.key, err)))
      r = range_move(seen, &range, MDB_SET_RANGE, err); /* the one after the deleted one */
  }
  mdb_cursor_close(range.cursor);
  return r;
}

/* ---- the watermark ---- */

uint16_t ps_seen_watermark(const struct ps_seen *seen) { return seen->state.watermark; }

void ps_seen_set_watermark(struct ps_seen *seen, uint16_t day) {
  if (!seen->write || seen->state.watermark == day) return;
  seen->state.watermark = day;
  seen->changed = true;
}
