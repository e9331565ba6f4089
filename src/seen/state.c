#include "seen/state.h"

#include "base/error.h"
#include "base/hash.h"
#include "seen/log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECKSUM_AT     offsetof(struct state_record, checksum)
#define SCOPE_BYTES_MAX 4096u

static_assert(CHECKSUM_AT == offsetof(struct settings_record, checksum), "one way to check both");
static_assert(offsetof(struct state_record, bytes) == offsetof(struct settings_record, bytes),
              "one way to check both");

/* The checksum stands after magic and version and covers what is before and after it. */
static uint64_t record_checksum(const uint8_t *record, size_t bytes) {
  const size_t after = CHECKSUM_AT + sizeof(uint64_t);
  return hash_checksum(record, CHECKSUM_AT) ^
         hash_checksum(record + after, bytes - after) * 0x9e3779b97f4a7c15u;
}

void state_seal(uint8_t *record, size_t bytes) {
  const uint64_t checksum = record_checksum(record, bytes);
  memcpy(record + CHECKSUM_AT, &checksum, sizeof checksum);
}

static MDB_val text_key(const char *name) {
  return (MDB_val){strlen(name), (void *)(uintptr_t)name};
}

/* Finds a record and checks what both have: magic, version, length, checksum. */
static int record_get(const struct env *env, MDB_txn *txn, const char *name, size_t least,
                      MDB_val *value, struct ps_error *err) {
  MDB_val key = text_key(name);
  uint32_t version, bytes;
  uint64_t checksum;
  int r = mdb_get(txn, env->meta, &key, value);
  if (r && r != MDB_NOTFOUND) return env_error(env, r, "reading", err);
  const uint8_t *record = value->mv_data;
  if (r || value->mv_size < CHECKSUM_AT + sizeof checksum || memcmp(record, SEEN_MAGIC, 8) != 0)
    return env_damaged(env, err, "its %s are missing", name);
  memcpy(&version, record + 8, sizeof version);
  /* First of all: only magic and version are where a newer format has them, too. */
  if (version > SEEN_VERSION)
    return error_set(err, PS_E_STORE_VERSION,
                     "the store in %s has format %u and this program knows formats up to %u: use "
                     "a newer pingsieve, or a new store",
                     env->dir, version, SEEN_VERSION);
  memcpy(&bytes, record + offsetof(struct state_record, bytes), sizeof bytes);
  if (bytes != value->mv_size) return env_damaged(env, err, "its %s have the wrong length", name);
  memcpy(&checksum, record + CHECKSUM_AT, sizeof checksum);
  if (checksum != record_checksum(record, value->mv_size))
    return env_damaged(env, err, "the checksum of its %s does not match", name);
  if (version < 1 || bytes < least) return env_damaged(env, err, "its %s are too short", name);
  return PS_OK;
}

/* --- settings --- */

static int scope_set(struct settings *settings, const char *const *scope, struct ps_error *err) {
  size_t bytes = 0, n = 0;
  for (; scope && scope[n]; n++) bytes += strlen(scope[n]) + 1;
  if (n > PS_SCOPE_MAX || bytes > SCOPE_BYTES_MAX)
    return error_set(err, PS_E_ARGUMENT,
                     "the scope has %zu paths of %zu bytes in all: %u paths and %u bytes are "
                     "possible",
                     n, bytes, (unsigned)PS_SCOPE_MAX, SCOPE_BYTES_MAX);
  if (!(settings->scope_text = malloc(bytes + 1))) return error_memory(err, bytes + 1);
  char *to = settings->scope_text;
  for (size_t i = 0; i < n; i++) {
    const size_t len = strlen(scope[i]) + 1;
    settings->scope[i] = memcpy(to, scope[i], len);
    to += len;
  }
  settings->scope[n] = NULL;
  return PS_OK;
}

int settings_make(struct settings *settings, uint32_t keep_days, const char *const *scope,
                  struct ps_error *err) {
  *settings = (struct settings){.keep_days = keep_days};
  if (keep_days > PS_KEEP_MAX)
    return error_set(err, PS_E_ARGUMENT, "a retention of %u days is too long: %u are possible",
                     keep_days, (unsigned)PS_KEEP_MAX);
  if (getentropy(settings->secret, sizeof settings->secret))
    return error_set_os(err, PS_E_STORE, errno, "no random secret for a new store");
  return scope_set(settings, scope, err);
}

void settings_release(struct settings *settings) {
  free(settings->scope_text);
  *settings = (struct settings){.scope_text = NULL};
}

int settings_store(const struct env *env, MDB_txn *txn, const struct settings *settings,
                   struct ps_error *err) {
  struct settings_record record = {.version = SEEN_VERSION, .keep_days = settings->keep_days};
  size_t text = 0;
  for (; settings->scope[record.scope_paths]; record.scope_paths++)
    text += strlen(settings->scope[record.scope_paths]) + 1;
  const size_t bytes = sizeof record + text;
  record.bytes = (uint32_t)bytes;
  memcpy(record.magic, SEEN_MAGIC, sizeof record.magic);
  memcpy(record.secret, settings->secret, sizeof record.secret);
  MDB_val key = text_key("settings"), value = {bytes, NULL};
  int r = mdb_put(txn, env->meta, &key, &value, MDB_RESERVE);
  if (r) return env_error(env, r, "writing to", err);
  memcpy(value.mv_data, &record, sizeof record);
  if (text) memcpy((uint8_t *)value.mv_data + sizeof record, settings->scope_text, text);
  state_seal(value.mv_data, bytes);
  return PS_OK;
}

int settings_load(const struct env *env, MDB_txn *txn, struct settings *settings,
                  struct ps_error *err) {
  struct settings_record record;
  MDB_val value;
  *settings = (struct settings){.scope_text = NULL};
  int r = record_get(env, txn, "settings", sizeof record, &value, err);
  if (r) return r;
  memcpy(&record, value.mv_data, sizeof record);
  const char *text = (const char *)value.mv_data + sizeof record;
  size_t left = value.mv_size - sizeof record;
  const char *scope[PS_SCOPE_MAX + 1] = {NULL};
  bool sound = record.keep_days <= PS_KEEP_MAX && record.scope_paths <= PS_SCOPE_MAX;
  for (uint32_t i = 0; sound && i < record.scope_paths; i++) {
    const char *end = left ? memchr(text, '\0', left) : NULL;
    if (!(sound = end != NULL)) break;
    scope[i] = text;
    left -= (size_t)(end - text) + 1;
    text = end + 1;
  }
  if (!sound || left) return env_damaged(env, err, "its settings make no sense");
  settings->keep_days = record.keep_days;
  memcpy(settings->secret, record.secret, sizeof settings->secret);
  return scope_set(settings, scope, err);
}

/* Another store may have come into the file, with numbers that fit. */
static int settings_stand(const struct ps_seen *seen, MDB_txn *txn, struct ps_error *err) {
  struct settings_record record;
  MDB_val value;
  if (!seen->env.watched) return PS_OK;
  const int r = record_get(&seen->env, txn, "settings", sizeof record, &value, err);
  if (r) return r;
  memcpy(&record, value.mv_data, sizeof record);
  if (!memcmp(record.secret, seen->settings.secret, sizeof record.secret)) return PS_OK;
  return place_overwritten(seen->env.dir, err);
}

/* --- state --- */

uint64_t state_run_keys(const struct ps_seen *seen) {
  uint64_t keys = 0;
  for (uint32_t i = 0; i < seen->runs.n; i++)
    if (run_counts(&seen->runs.at[i])) keys += seen->runs.at[i].record.count;
  return keys;
}

/* A record on its own; chunks_max bounds what is allocated for it. For a dead run nothing is, and
 * it may have lost most of its chunks before a copy without free pages was made. */
static bool run_record_sound(const struct run_record *r, uint64_t previous_id,
                             uint64_t chunks_max) {
  if (r->id <= previous_id || r->kind > RUN_GROUP || r->bits > RUN_BITS_MAX) return false;
  const uint64_t chunks = (uint64_t)1 << r->bits;
  if ((chunks > chunks_max && r->kind != RUN_DEAD) || r->done > chunks || r->bit > 7 ||
      r->value_bytes)
    return false;
  /* A group filter, also a dropped one, counts the keys of eight runs. */
  const uint64_t chunk_max = r->kind <= RUN_BUILDING ? CHUNK_MAX : 16 * (uint64_t)CHUNK_MAX;
  if (r->count > chunks * chunk_max) return false;
  if (r->kind != RUN_LIVE && (r->job || r->group)) return false;
  return !(r->job && r->group) && (r->kind != RUN_LIVE || r->job || !r->done);
}

/* The merges and group filters that a record names are there. */
static int references_check(const struct ps_seen *seen, struct ps_error *err) {
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    const struct run_record *r = &seen->runs.at[i].record;
    const struct run *job = r->job ? runs_find(&seen->runs, r->job) : NULL;
    const struct run *group = r->group ? runs_find(&seen->runs, r->group) : NULL;
    if ((r->job && (!job || job->record.kind != RUN_BUILDING || job->record.day != r->day)) ||
        (r->group && (!group || group->record.kind != RUN_GROUP)))
      return env_damaged(&seen->env, err, "run %u refers to one that is not there", r->id);
  }
  return PS_OK;
}

static int runs_load(struct ps_seen *seen, const uint8_t *records, uint64_t chunks_max,
                     struct ps_error *err) {
  uint64_t previous = 0;
  uint32_t at = 0; /* both lists rise by id: walk them together */
  const uint32_t known = seen->runs.n;
  for (uint32_t i = 0; i < known; i++) seen->runs.at[i].keep = false;
  for (uint32_t i = 0; i < seen->state.runs; i++) {
    struct run_record record;
    memcpy(&record, records + i * sizeof record, sizeof record);
    if (!run_record_sound(&record, previous, chunks_max))
      return env_damaged(&seen->env, err, "the record of run %u makes no sense", record.id);
    previous = record.id;
    while (at < known && seen->runs.at[at].record.id < record.id) at++;
    struct run *run =
        at < known && seen->runs.at[at].record.id == record.id ? &seen->runs.at[at] : NULL;
    if (run && (run->record.bits != record.bits || (!run->hot && record.kind != RUN_DEAD)))
      return env_damaged(&seen->env, err, "run %u changed its layout", record.id);
    if (!run) {
      int r = runs_add(&seen->runs, &record, err);
      if (r) return r;
      run = &seen->runs.at[seen->runs.n - 1];
    }
    run->record = record;
    run->keep = true;
  }
  runs_compact(&seen->runs);
  return references_check(seen, err);
}

static int state_apply(struct ps_seen *seen, MDB_txn *txn, const MDB_val *value,
                       struct ps_error *err) {
  MDB_envinfo info;
  struct state_record state;
  int r;
  memcpy(&state, value->mv_data, sizeof state);
  if (value->mv_size != sizeof state + (uint64_t)state.runs * sizeof(struct run_record) ||
      state.log_first > state.log_next || state.next_run > UINT32_MAX)
    return env_damaged(&seen->env, err, "its state makes no sense");
  seen->state = state;
  seen->pace.idle = false;
  mdb_env_info(seen->env.lmdb, &info);
  r = runs_load(seen, (const uint8_t *)value->mv_data + sizeof state, info.me_last_pgno + 1, err);
  if (r || (r = log_load(seen, txn, err))) return r;
  const uint64_t keys = state_run_keys(seen) + state.log_keys;
  if (keys != state.keys)
    return env_damaged(&seen->env, err, "runs and log hold %" PRIu64 " keys instead of %" PRIu64,
                       keys, state.keys);
  return PS_OK;
}

int state_load(struct ps_seen *seen, MDB_txn *txn, struct ps_error *err) {
  MDB_val value;
  uint64_t generation;
  MDB_val key = text_key("state");
  int r = settings_stand(seen, txn, err);
  if (r) return r;
  r = mdb_get(txn, seen->env.meta, &key, &value);
  if (!r && seen->loaded && value.mv_size >= sizeof(struct state_record)) {
    memcpy(&generation, (const uint8_t *)value.mv_data + offsetof(struct state_record, generation),
           sizeof generation);
    if (generation == seen->state.generation) goto pointers;
  }
  if ((r = record_get(&seen->env, txn, "state", sizeof(struct state_record), &value, err)) ||
      (r = state_apply(seen, txn, &value, err))) {
    store_unload(seen);
    return r;
  }
  seen->loaded = true;
pointers:
  if (seen->remaps != seen->env.remaps) runs_forget_pointers(&seen->runs);
  seen->remaps = seen->env.remaps;
  return PS_OK;
}

static void state_write(const struct state_record *state, const struct runs *runs, uint8_t *to) {
  memcpy(to, state, sizeof *state);
  for (uint32_t i = 0; i < state->runs; i++)
    memcpy(to + sizeof *state + i * sizeof(struct run_record), &runs->at[i].record,
           sizeof(struct run_record));
  state_seal(to, state->bytes);
}

int state_store(struct ps_seen *seen, struct ps_error *err) {
  struct state_record *state = &seen->state;
  state->generation++;
  state->runs = seen->runs.n;
  state->log_keys = seen->table.n;
  state->bytes = (uint32_t)(sizeof *state + seen->runs.n * sizeof(struct run_record));
  MDB_val key = text_key("state");
  uint8_t *value;
  int r = env_reserve(&seen->env, seen->write, seen->env.meta, &key, state->bytes, 0, &value, err);
  if (r) return r;
  state_write(state, &seen->runs, value);
  return PS_OK;
}

int state_store_first(const struct env *env, MDB_txn *txn, struct ps_error *err) {
  struct state_record state = {
      .version = SEEN_VERSION, .bytes = sizeof state, .next_run = 1, .log_first = 1, .log_next = 1};
  memcpy(state.magic, SEEN_MAGIC, sizeof state.magic);
  MDB_val key = text_key("state"), value = {sizeof state, NULL};
  int r = mdb_put(txn, env->meta, &key, &value, MDB_RESERVE);
  if (r) return env_error(env, r, "writing to", err);
  state_write(&state, &(struct runs){.n = 0}, value.mv_data);
  return PS_OK;
}
