#include "base/error.h"
#include "seen/leftovers.h"
#include "seen/pages.h"
#include "seen/place.h"
#include "seen/state.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VIEW_ATTEMPTS 100

struct creation {
  const struct ps_seen_options *options;
};

/* Fills the directory of a new store. */
static int store_fill(void *context, const char *dir, struct ps_error *err) {
  const struct ps_seen_options *options = ((struct creation *)context)->options;
  struct settings settings;
  struct env env;
  MDB_txn *txn = NULL;
  const uint32_t keep = options->keep_given ? options->keep_days : PS_KEEP_DEFAULT;
  int r = settings_make(&settings, keep, options->scope_given ? options->scope : NULL, err);
  if (r) return r;
  if (!(r = env_open(&env, dir, options, err)) && !(r = env_open_tables(&env, true, err)) &&
      !(r = env_begin_write(&env, &txn, err))) {
    if ((r = settings_store(&env, txn, &settings, err)) || (r = state_store_first(&env, txn, err)))
      mdb_txn_abort(txn);
    else r = env_error(&env, mdb_txn_commit(txn), "writing to", err);
  }
  env_close(&env);
  settings_release(&settings);
  return r;
}

int store_view(struct ps_seen *seen, bool deep, pages_report *report, void *context,
               uint64_t *faults, MDB_txn **txn, struct ps_error *err) {
  struct pages_result result;
  int fd;
  const bool alone = !seen->env.read_only; /* has the turn, in a transaction for the next state */
  for (int i = 0; i < (alone ? 1 : VIEW_ATTEMPTS); i++) { /* others may be writing */
    int r = env_begin_read(&seen->env, txn, err);
    if (r) return r;
    mdb_env_get_fd(seen->env.lmdb, &fd);
    const uint64_t state = mdb_txn_id(*txn) - (alone ? 1 : 0);
    r = pages_check(fd, state, deep, report, context, faults, &result, err);
    if (!r && !result.foreign) return PS_OK;
    env_end_read(&seen->env, *txn);
    if (!r) return env_foreign(&seen->env, err);
    if (r != PS_E_STOPPED) return r;
  }
  if (alone)
    return error_set(err, PS_E_STORE,
                     "the store in %s is written to by a program that has opened another "
                     "lock.mdb: end all programs that use the store, and run again",
                     seen->env.dir);
  return error_set(err, PS_E_STORE, "the store in %s is written to too fast to be examined",
                   seen->env.dir);
}

static void first_fault(void *context, const char *sentence) {
  char *text = context;
  if (!*text) (void)snprintf(text, PS_ERROR_TEXT, "%s", sentence);
}

/* Makes sure that LMDB can walk its file without leaving it. */
static int structure_check(struct ps_seen *seen, struct ps_error *err) {
  char text[PS_ERROR_TEXT] = "";
  uint64_t faults;
  MDB_txn *txn;
  int r = store_view(seen, false, first_fault, text, &faults, &txn, err);
  if (r) return r;
  if (faults) r = env_damaged(&seen->env, err, "%.200s", text);
  return store_read_end(seen, txn, r, err);
}

static void scope_text(const char *const *scope, char *to, size_t bytes) {
  size_t at = 0;
  *to = '\0';
  for (; scope && *scope && at < bytes; scope++)
    at += (size_t)snprintf(to + at, bytes - at, "%s%s", at ? ", " : "", *scope);
  if (!*to) (void)snprintf(to, bytes, "none");
}

static void keep_text(uint32_t days, char *to, size_t bytes) {
  if (days) (void)snprintf(to, bytes, "%" PRIu32 " days", days);
  else (void)snprintf(to, bytes, "all days");
}

static bool scope_same(const char *const *a, const char *const *b) {
  for (; a && *a && b && *b; a++, b++)
    if (strcmp(*a, *b) != 0) return false;
  return (!a || !*a) && (!b || !*b);
}

static int settings_compare(const struct ps_seen *seen, const struct ps_seen_options *options,
                            struct ps_error *err) {
  char ours[200], theirs[200];
  if (options->keep_given && options->keep_days != seen->settings.keep_days) {
    keep_text(seen->settings.keep_days, ours, sizeof ours);
    keep_text(options->keep_days, theirs, sizeof theirs);
    return error_set(err, PS_E_STORE_MISMATCH,
                     "the store in %s keeps %s, not %s: ask for that or leave it out, or name a "
                     "new store",
                     seen->env.dir, ours, theirs);
  }
  if (options->scope_given && !scope_same(seen->settings.scope, options->scope)) {
    scope_text(seen->settings.scope, ours, sizeof ours);
    scope_text(options->scope, theirs, sizeof theirs);
    return error_set(err, PS_E_STORE_MISMATCH,
                     "the store in %s was made with the scope %s, not %s: ask for that or leave it "
                     "out, or name a new store",
                     seen->env.dir, ours, theirs);
  }
  return PS_OK;
}

/* Reads settings and state, in the first view. */
static int contents_load(struct ps_seen *seen, const struct ps_seen_options *options,
                         struct ps_error *err) {
  MDB_txn *txn;
  int r = env_begin_read(&seen->env, &txn, err);
  if (r) return r;
  if (!(r = settings_load(&seen->env, txn, &seen->settings, err)) &&
      !(r = settings_compare(seen, options, err)))
    r = state_load(seen, txn, err);
  return store_read_end(seen, txn, r, err);
}

static int store_open(struct ps_seen *seen, const char *dir, const struct ps_seen_options *options,
                      struct ps_error *err) {
  char *file = place_path(dir, "data.mdb");
  if (!file) return error_memory(err, strlen(dir));
  int r = pages_check_head(file, err);
  free(file);
  if (r || (r = env_open(&seen->env, dir, options, err))) return r;
  seen->env.stop.fd = options->stop_fd;
  seen->env.stop.waits = options->waits;
  seen->env.stop.waits_context = options->waits_context;
  const bool writes = !options->read_only;
  if (writes && (r = env_take_turn(&seen->env, err))) return r; /* for all of it at once */
  if (!(r = structure_check(seen, err)) && !(r = env_open_tables(&seen->env, false, err)) &&
      !(r = table_init(&seen->table, seen->log_keys, err)))
    r = contents_load(seen, options, err);
  seen->env.watched = !r;
  if (writes) env_give_turn(&seen->env);
  return r;
}

static void sizes_set(struct ps_seen *seen, const struct ps_seen_options *options) {
  uint32_t chunk = options->chunk_keys ? options->chunk_keys : CHUNK_KEYS_DEFAULT;
  if (chunk > CHUNK_KEYS_DEFAULT) chunk = CHUNK_KEYS_DEFAULT;
  if (chunk < CHUNK_KEYS_MIN) chunk = CHUNK_KEYS_MIN;
  seen->chunk_keys = chunk;
  seen->log_keys = options->log_keys ? options->log_keys : LOG_KEYS_DEFAULT;
  seen->merge_us = options->merge_us ? options->merge_us : MERGE_US_DEFAULT;
}

int ps_seen_open(const char *dir, const struct ps_seen_options *options, struct ps_seen **seen,
                 struct ps_error *err) {
  static const struct ps_seen_options none = {.size = sizeof none};
  struct ps_seen *s;
  bool exists;
  *seen = NULL;
  if (!options) options = &none;
  const bool create = options->create && !options->read_only;
  int r = error_of_size(options->size, sizeof *options, "store", err);
  if (!r) r = place_prepare(dir, create, &exists, err);
  if (!r && !options->read_only) leftovers_clear(dir);
  if (!r && !exists) {
    struct creation creation = {options};
    r = place_create(dir, store_fill, &creation, !options->no_sync, err);
  }
  if (r) return r;
  if (!(s = calloc(1, sizeof *s))) return error_memory(err, sizeof *s);
  sizes_set(s, options);
  s->cold_slow = true; /* until a look-up shows otherwise */
  if ((r = store_open(s, dir, options, err))) {
    ps_seen_close(s);
    return r;
  }
  *seen = s;
  return PS_OK;
}

void ps_seen_close(struct ps_seen *seen) {
  if (!seen) return;
  ps_seen_abort(seen);
  ps_seen_view_end(seen);
  env_close(&seen->env);
  runs_release(&seen->runs);
  table_release(&seen->table);
  batch_release(&seen->batch);
  settings_release(&seen->settings);
  free(seen->fresh.keys);
  free(seen->fresh.days);
  free(seen->keys);
  free(seen->plan);
  free(seen);
}

void ps_seen_stop_by(struct ps_seen *seen, int stop_fd) {
  seen->env.stop.fd = stop_fd;
  seen->env.stop.deadline_ns = 0;
}

const uint8_t *ps_seen_secret(const struct ps_seen *seen) { return seen->settings.secret; }
uint32_t ps_seen_keep_days(const struct ps_seen *seen) { return seen->settings.keep_days; }
const char *const *ps_seen_scope(const struct ps_seen *seen) { return seen->settings.scope; }
