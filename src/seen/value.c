#include "base/error.h"
#include "base/hash.h"
#include "seen/store.h"
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 256

static int value_key(const char *name, char text[NAME_BYTES], MDB_val *key, struct ps_error *err) {
  const int len = snprintf(text, NAME_BYTES, "value:%s", name);
  if (len < 0 || len >= NAME_BYTES)
    return error_set(err, PS_E_ARGUMENT, "the name of a value has more than %d bytes",
                     NAME_BYTES - 7);
  *key = (MDB_val){(size_t)len, text};
  return PS_OK;
}

int ps_seen_put_value(struct ps_seen *seen, const char *name, const void *value, size_t len,
                      struct ps_error *err) {
  char text[NAME_BYTES];
  MDB_val key;
  uint8_t *to;
  const uint64_t checksum = hash_checksum(value, len);
  if (!seen->write || seen->failed)
    return error_set(err, PS_E_ARGUMENT, "values are put in a transaction");
  int rc = value_key(name, text, &key, err);
  if (rc) return rc;
  seen->changed = true;
  rc = env_reserve(&seen->env, seen->write, seen->env.meta, &key, sizeof checksum + len, 0, &to,
                   err);
  if (rc) {
    seen->failed = true;
    return rc;
  }
  memcpy(to, &checksum, sizeof checksum);
  if (len) memcpy(to + sizeof checksum, value, len);
  return PS_OK;
}

bool value_sound(const uint8_t *value, size_t bytes) {
  uint64_t checksum;
  if (bytes < sizeof checksum) return false;
  memcpy(&checksum, value, sizeof checksum);
  return checksum == hash_checksum(value + sizeof checksum, bytes - sizeof checksum);
}

static int value_get(struct ps_seen *seen, MDB_txn *txn, const char *name, void *value, size_t cap,
                     size_t *len, struct ps_error *err) {
  char text[NAME_BYTES];
  MDB_val key, stored;
  int rc = value_key(name, text, &key, err);
  if (rc) return rc;
  rc = mdb_get(txn, seen->env.meta, &key, &stored);
  if (rc == MDB_NOTFOUND) return PS_OK;
  if (rc) return env_error(&seen->env, rc, "reading", err);
  if (!value_sound(stored.mv_data, stored.mv_size))
    return env_damaged(&seen->env, err, "the checksum of the value \"%s\" does not match", name);
  *len = stored.mv_size - sizeof(uint64_t);
  const uint8_t *data = (const uint8_t *)stored.mv_data + sizeof(uint64_t);
  if (*len && cap) memcpy(value, data, *len < cap ? *len : cap);
  return PS_OK;
}

int ps_seen_get_value(struct ps_seen *seen, const char *name, void *value, size_t cap, size_t *len,
                      struct ps_error *err) {
  MDB_txn *txn;
  *len = 0;
  if (seen->write) return value_get(seen, seen->write, name, value, cap, len, err);
  int rc = env_begin_read(&seen->env, &txn, err);
  if (rc) return rc;
  rc = value_get(seen, txn, name, value, cap, len, err);
  env_end_read(&seen->env, txn);
  return rc;
}

uint16_t ps_seen_watermark(const struct ps_seen *seen) { return seen->state.watermark; }

void ps_seen_set_watermark(struct ps_seen *seen, uint16_t day) {
  if (!seen->write || seen->state.watermark == day) return;
  seen->state.watermark = day;
  seen->changed = true;
}
