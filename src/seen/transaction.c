#include "base/error.h"
#include "seen/flush.h"
#include "seen/log.h"
#include "seen/merge.h"
#include "seen/probe.h"
#include "seen/state.h"
#include "seen/turn.h"
#include <stdlib.h>

#define FRESH_MIN 4096u

int ps_seen_begin(struct ps_seen *seen, struct ps_error *err) {
  int r;
  if (seen->write) return error_set(err, PS_E_ARGUMENT, "the last transaction has not ended");
  if (seen->env.read_only)
    return error_set(err, PS_E_ARGUMENT, "the store in %s was opened for reading only",
                     seen->env.dir);
  if ((r = store_no_view(seen, err))) return r;
  if ((r = env_begin_write(&seen->env, &seen->write, err))) {
    seen->write = NULL;
    return r;
  }
  seen->fresh.n = 0;
  seen->failed = seen->marked = seen->changed = false;
  if ((r = state_load(seen, seen->write, err))) ps_seen_abort(seen);
  return r;
}

bool ps_seen_turn_wanted(const struct ps_seen *seen) {
  return seen->write && env_turn_wanted(&seen->env);
}

bool ps_seen_claim(struct ps_seen *seen, uint32_t number) {
  return number < PS_CLAIMS && turn_claim(env_data_file(&seen->env), number);
}

void ps_seen_disclaim(struct ps_seen *seen, uint32_t number) {
  if (number < PS_CLAIMS) turn_disclaim(env_data_file(&seen->env), number);
}

void ps_seen_abort(struct ps_seen *seen) {
  if (!seen->write) return;
  mdb_txn_abort(seen->write);
  env_end_write(&seen->env);
  seen->write = NULL;
  if (seen->changed || seen->failed || seen->fresh.n) store_unload(seen);
  seen->fresh.n = 0;
}

static int fresh_reserve(struct fresh *fresh, size_t more, struct ps_error *err) {
  if (fresh->n + more <= fresh->cap) return PS_OK;
  size_t cap = fresh->cap ? fresh->cap : FRESH_MIN;
  while (cap < fresh->n + more) cap *= 2;
  struct ps_key *keys = realloc(fresh->keys, cap * sizeof *keys);
  if (keys) fresh->keys = keys;
  day_t *days = realloc(fresh->days, cap * sizeof *days);
  if (days) fresh->days = days;
  if (!keys || !days) return error_memory(err, cap * (sizeof *keys + sizeof *days));
  fresh->cap = cap;
  return PS_OK;
}

/* One slice of at most BATCH_MAX keys. */
static int slice_mark(struct ps_seen *seen, const uint16_t *days, const struct ps_key *keys,
                      uint32_t n, uint8_t *verdict, struct ps_error *err) {
  struct batch *batch = &seen->batch;
  int r;
  if ((r = batch_fill(batch, keys, n, verdict, err))) return r;
  batch_unique(batch, verdict);
  if ((r = probe_batch(seen, seen->write, verdict, err)) ||
      (r = fresh_reserve(&seen->fresh, batch->n, err)))
    return r;
  for (uint32_t i = 0; i < batch->n; i++) {
    const struct entry *entry = &batch->entries[i];
    if ((r = table_add(&seen->table, entry->key, days[entry->at], err))) return r;
    seen->fresh.keys[seen->fresh.n] = entry->key;
    seen->fresh.days[seen->fresh.n++] = days[entry->at];
  }
  return PS_OK;
}

int ps_seen_mark(struct ps_seen *seen, const uint16_t *days, const struct ps_key *keys, size_t n,
                 uint8_t *verdict, struct ps_error *err) {
  if (!seen->write || seen->failed)
    return error_set(err, PS_E_ARGUMENT, "keys are marked in a transaction");
  seen->marked = true;
  /* In one that was cut meanwhile, look-ups would reach beyond its end. */
  int r = env_check_place(&seen->env, err);
  if (r) {
    seen->failed = true;
    return r;
  }
  for (size_t at = 0; at < n;) {
    const uint32_t slice = n - at < BATCH_MAX ? (uint32_t)(n - at) : BATCH_MAX;
    r = slice_mark(seen, days + at, keys + at, slice, verdict + at, err);
    if (r) {
      seen->failed = true;
      return r;
    }
    at += slice;
  }
  return PS_OK;
}

static int by_key(const void *a, const void *b) {
  const struct ps_key *one = a, *two = b;
  if (one->hi != two->hi) return one->hi < two->hi ? -1 : 1;
  return one->lo < two->lo ? -1 : one->lo > two->lo;
}

int ps_seen_hold_back(struct ps_seen *seen, struct ps_key *keys, size_t n, struct ps_error *err) {
  struct fresh *fresh = &seen->fresh;
  size_t kept = 0;
  if (!seen->write || seen->failed)
    return error_set(err, PS_E_ARGUMENT, "keys are held back in a transaction");
  if (!n) return PS_OK;
  for (size_t i = 0; i < n; i++) keys[i] = key_stored(keys[i]);
  qsort(keys, n, sizeof *keys, by_key);
  for (size_t i = 0; i < fresh->n; i++) {
    if (bsearch(&fresh->keys[i], keys, n, sizeof *keys, by_key)) {
      table_remove(&seen->table, fresh->keys[i]);
      continue;
    }
    fresh->keys[kept] = fresh->keys[i];
    fresh->days[kept++] = fresh->days[i];
  }
  fresh->n = kept;
  return PS_OK;
}

/* Writes all that the transaction changed in memory. */
static int changes_store(struct ps_seen *seen, uint32_t microseconds, struct ps_error *err) {
  const bool flushes = seen->table.n >= seen->log_keys;
  int r;
  seen->state.keys += seen->fresh.n;
  merge_earn(seen, seen->fresh.n);
  if (flushes) {
    r = flush_log(seen, err); /* writes what must stay in the log, too */
    seen->pace.idle = false;
  } else {
    r = log_append(seen, seen->fresh.keys, seen->fresh.days, seen->fresh.n, err);
  }
  if (r) return r;
  seen->table_next = seen->state.log_next;
  /* A commit that flushes does not merge as well, which bounds its time, unless every one does. */
  if ((!flushes || seen->pace.flushed_last) && (r = merge_work(seen, microseconds, err))) return r;
  seen->pace.flushed_last = flushes;
  return state_store(seen, err);
}

static int commit(struct ps_seen *seen, uint32_t microseconds, struct ps_error *err) {
  int r = env_check_place(&seen->env, err); /* a file that was cut must not be read */
  if (!r) r = changes_store(seen, microseconds, err);
  if (!r) r = env_check_place(&seen->env, err);
  if (r) {
    seen->failed = true;
    ps_seen_abort(seen);
    return r;
  }
  r = env_commit(&seen->env, seen->write, err);
  env_end_write(&seen->env);
  seen->write = NULL;
  seen->fresh.n = 0;
  if (r) store_unload(seen);
  return r;
}

int ps_seen_commit(struct ps_seen *seen, struct ps_error *err) {
  if (!seen->write) return error_set(err, PS_E_ARGUMENT, "there is no transaction to commit");
  if (seen->failed) {
    ps_seen_abort(seen);
    return error_set(err, PS_E_ARGUMENT, "a transaction that met an error cannot be committed");
  }
  if (!seen->fresh.n && !seen->changed) {
    ps_seen_abort(seen);
    return PS_OK;
  }
  return commit(seen, seen->merge_us, err);
}

int ps_seen_idle(struct ps_seen *seen, uint32_t microseconds, bool *more, struct ps_error *err) {
  *more = false;
  int r = ps_seen_begin(seen, err);
  if (r) return r;
  if (seen->pace.idle) {
    ps_seen_abort(seen);
    return PS_OK;
  }
  merge_earn_idle(seen);
  r = commit(seen, microseconds, err);
  seen->pace.credit = 0;
  *more = !r && !seen->pace.idle;
  return r;
}

int ps_seen_reap(struct ps_seen *seen, bool *more, struct ps_error *err) {
  *more = false;
  int r = ps_seen_begin(seen, err);
  if (r) return r;
  if (!runs_dead(&seen->runs)) {
    ps_seen_abort(seen);
    return PS_OK;
  }
  merge_earn_idle(seen);
  seen->pace.idle = false;
  r = commit(seen, 0, err);
  seen->pace.credit = 0;
  *more = !r && runs_dead(&seen->runs);
  return r;
}

static int lookup(struct ps_seen *seen, MDB_txn *txn, const struct ps_key *keys, size_t n,
                  uint8_t *verdict, struct ps_error *err) {
  int r = PS_OK;
  for (size_t at = 0; at < n && !r;) {
    const uint32_t slice = n - at < BATCH_MAX ? (uint32_t)(n - at) : BATCH_MAX;
    if (!(r = batch_fill(&seen->batch, keys + at, slice, verdict + at, err)))
      r = probe_batch(seen, txn, verdict + at, err);
    at += slice;
  }
  return r;
}

int ps_seen_contains(struct ps_seen *seen, const struct ps_key *keys, size_t n, uint8_t *verdict,
                     struct ps_error *err) {
  if (!seen->write || seen->failed)
    return error_set(err, PS_E_ARGUMENT, "this look-up is made in a transaction");
  int r = lookup(seen, seen->write, keys, n, verdict, err);
  if (r) seen->failed = true;
  return r;
}

int ps_seen_lookup(struct ps_seen *seen, const struct ps_key *keys, size_t n, uint8_t *verdict,
                   struct ps_error *err) {
  MDB_txn *txn;
  if (seen->write) return error_set(err, PS_E_ARGUMENT, "look-ups are made outside a transaction");
  int r = store_no_view(seen, err);
  if (!r) r = env_begin_read(&seen->env, &txn, err);
  if (r) return r;
  if (!(r = state_load(seen, txn, err))) r = lookup(seen, txn, keys, n, verdict, err);
  return store_read_end(seen, txn, r, err);
}
