#include "seen/run.h"

#include "base/error.h"
#include "base/hash.h"
#include "seen/store.h"
#include <stdlib.h>
#include <string.h>

#define RESOLVE_AHEAD 64u /* neighbours whose hot values are asked for together */

int runs_add(struct runs *runs, const struct run_record *record, struct ps_error *err) {
  if (runs->n == runs->cap) {
    const uint32_t cap = runs->cap ? runs->cap * 2 : 64;
    struct run *at = realloc(runs->at, cap * sizeof *at);
    if (!at) return error_memory(err, cap * sizeof *at);
    runs->at = at;
    runs->cap = cap;
  }
  const size_t chunks = (size_t)1 << record->bits;
  struct run *run = &runs->at[runs->n];
  *run = (struct run){.record = *record};
  if (record->kind != RUN_DEAD) {
    run->hot = calloc(2 * chunks, sizeof *run->hot);
    if (!run->hot) return error_memory(err, 2 * chunks * sizeof *run->hot);
    run->cold = run->hot + chunks;
  }
  runs->n++;
  return PS_OK;
}

struct run *runs_find(const struct runs *runs, uint32_t id) {
  uint32_t from = 0, n = runs->n;
  while (n) {
    const uint32_t half = n / 2;
    struct run *run = &runs->at[from + half];
    if (run->record.id == id) return run;
    if (run->record.id < id) {
      from += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return NULL;
}

void runs_compact(struct runs *runs) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < runs->n; i++) {
    if (runs->at[i].keep) runs->at[n++] = runs->at[i];
    else free(runs->at[i].hot);
  }
  runs->n = n;
}

void runs_drop(struct runs *runs, uint32_t id) {
  for (uint32_t i = 0; i < runs->n; i++) runs->at[i].keep = runs->at[i].record.id != id;
  runs_compact(runs);
}

bool runs_dead(const struct runs *runs) {
  uint32_t i = 0;
  while (i < runs->n && runs->at[i].record.kind != RUN_DEAD) i++;
  return i < runs->n;
}

void runs_forget_pointers(struct runs *runs) {
  for (uint32_t i = 0; i < runs->n; i++)
    if (runs->at[i].hot)
      memset(runs->at[i].hot, 0, 2 * (size_t)run_chunks(&runs->at[i]) * sizeof *runs->at[i].hot);
}

void runs_release(struct runs *runs) {
  for (uint32_t i = 0; i < runs->n; i++) free(runs->at[i].hot);
  free(runs->at);
  *runs = (struct runs){.n = 0};
}

static int chunk_damaged(const struct ps_seen *seen, const struct chunk_name *name,
                         const char *fault, struct ps_error *err) {
  return env_damaged(&seen->env, err, "run %u, chunk %u: %s", name->run, name->chunk, fault);
}

static int chunk_get(const struct ps_seen *seen, MDB_txn *txn, uint32_t run, uint32_t chunk,
                     MDB_val *hot, MDB_val *cold, struct ps_error *err) {
  uint64_t name = key_of_chunk(run, chunk);
  MDB_val key = {sizeof name, &name};
  int r = mdb_get(txn, seen->env.hot, &key, hot);
  if (!r && cold) r = mdb_get(txn, seen->env.cold, &key, cold);
  if (r == MDB_NOTFOUND)
    return env_damaged(&seen->env, err, "run %u, chunk %u is missing", run, chunk);
  if (!r && (hot->mv_size < seen->env.big || (cold && cold->mv_size < seen->env.big)))
    return env_damaged(&seen->env, err, "run %u, chunk %u has no pages of its own", run, chunk);
  return env_error(&seen->env, r, "reading", err);
}

/* With a cold page cache the first look-up would fault the hot values in page by page: ask for the
 * neighbours that it is likely to want as well. */
static int read_ahead(struct ps_seen *seen, MDB_txn *txn, const struct run *run, uint32_t chunk,
                      uint32_t wanted, struct ps_error *err) {
  MDB_val hot = {0, NULL};
  int r;
  const uint32_t chunks = run->record.kind == RUN_BUILDING ? run->record.done : run_chunks(run);
  if (chunk % RESOLVE_AHEAD || wanted < chunks) return PS_OK;
  for (uint32_t i = chunk; i < chunks && i < chunk + RESOLVE_AHEAD; i++) {
    if (run->hot[i]) continue;
    if ((r = chunk_get(seen, txn, run->record.id, i, &hot, NULL, err))) return r;
    env_will_need(hot.mv_data, hot.mv_size);
  }
  return PS_OK;
}

int run_resolve(struct ps_seen *seen, MDB_txn *txn, struct run *run, uint32_t chunk,
                uint32_t wanted, struct ps_error *err) {
  const struct chunk_name name = {run->record.id, chunk, run->record.bits};
  MDB_val hot = {0, NULL}, cold = {0, NULL};
  int r;
  if ((r = read_ahead(seen, txn, run, chunk, wanted, err)) ||
      (r = chunk_get(seen, txn, run->record.id, chunk, &hot, &cold, err)))
    return r;
  env_will_need(hot.mv_data, hot.mv_size);
  const char *fault = chunk_hot_fault(&name, hot.mv_data, hot.mv_size);
  if (!fault) fault = chunk_cold_size_fault(hot.mv_data, cold.mv_size);
  if (fault) return chunk_damaged(seen, &name, fault, err);
  run->cold[chunk] = cold.mv_data;
  run->hot[chunk] = hot.mv_data;
  return PS_OK;
}

void run_ask(const struct run *run, size_t bytes) {
  for (uint32_t i = 0; run->hot && i < run_chunks(run); i++)
    if (run->hot[i]) env_will_need(run->hot[i], bytes);
}

int run_write_chunk(struct ps_seen *seen, uint32_t id, unsigned bits, uint32_t chunk,
                    const struct ps_key *keys, uint32_t n, struct ps_error *err) {
  const struct chunk_name name = {id, chunk, bits};
  uint64_t number = key_of_chunk(id, chunk);
  MDB_val key = {sizeof number, &number};
  uint8_t *value;
  int r;
  if (n > CHUNK_MAX)
    return error_set(err, PS_E_STORE, "the keys for the store in %s are not spread like hashes",
                     seen->env.dir);
  chunk_arrange(seen->plan, bits, keys, n);
  size_t bytes = chunk_cold_bytes(bits, n);
  if (bytes < seen->env.big) bytes = seen->env.big;
  if ((r = env_reserve(&seen->env, seen->write, seen->env.cold, &key, bytes, 0, &value, err)))
    return r;
  chunk_fill_cold(seen->plan, bits, keys, n, value, bytes);
  const uint64_t checksum = hash_checksum(value, bytes);
  bytes = chunk_hot_bytes(n);
  if (bytes < seen->env.big) bytes = seen->env.big;
  if ((r = env_reserve(&seen->env, seen->write, seen->env.hot, &key, bytes, 0, &value, err)))
    return r;
  chunk_fill_hot(seen->plan, &name, keys, n, checksum, value, bytes);
  return PS_OK;
}

static int value_delete(struct ps_seen *seen, MDB_dbi table, const struct run *run, uint32_t chunk,
                        struct ps_error *err) {
  uint64_t name = key_of_chunk(run->record.id, chunk);
  MDB_val key = {sizeof name, &name}, value;
  int r = mdb_get(seen->write, table, &key, &value);
  if (r == MDB_NOTFOUND) return PS_OK;
  if (!r && !env_value_intact(&seen->env, &value))
    return env_damaged(&seen->env, err, "run %u, chunk %u: its pages are damaged", run->record.id,
                       chunk);
  if (!r) r = mdb_del(seen->write, table, &key, NULL);
  return env_write_error(&seen->env, r, err);
}

int run_delete_chunk(struct ps_seen *seen, struct run *run, uint32_t chunk, struct ps_error *err) {
  if (run->hot) run->hot[chunk] = run->cold[chunk] = NULL;
  int r = value_delete(seen, seen->env.hot, run, chunk, err);
  return r ? r : value_delete(seen, seen->env.cold, run, chunk, err);
}

/* Checks both values of a chunk that is about to be read whole, and reads the next one ahead. */
static int chunk_open(struct ps_seen *seen, struct run *run, const struct chunk_name *name,
                      MDB_val *hot, MDB_val *cold, struct ps_error *err) {
  MDB_val next_hot = {0, NULL}, next_cold = {0, NULL};
  int r = chunk_get(seen, seen->write, name->run, name->chunk, hot, cold, err);
  if (r || run->read_to == (uint64_t)name->chunk + 1) return r; /* a later part of it */
  const char *fault = chunk_hot_fault(name, hot->mv_data, hot->mv_size);
  if (!fault) fault = chunk_cold_fault(hot->mv_data, cold->mv_data, cold->mv_size);
  if (fault) return chunk_damaged(seen, name, fault, err);
  run->read_to = (uint64_t)name->chunk + 1;
  if (name->chunk + 1 < (uint64_t)1 << name->bits &&
      !chunk_get(seen, seen->write, name->run, name->chunk + 1, &next_hot, &next_cold, NULL)) {
    env_will_need(next_hot.mv_data, next_hot.mv_size);
    env_will_need(next_cold.mv_data, next_cold.mv_size);
  }
  return PS_OK;
}

int run_read_range(struct ps_seen *seen, struct run *run, unsigned bits, uint32_t chunk,
                   uint32_t *n, struct ps_error *err) {
  const unsigned own = run->record.bits;
  uint32_t first, last, from = 0, to = SUB_COUNT;
  if (bits >= own) {
    first = last = chunk >> (bits - own);
  } else {
    first = chunk << (own - bits);
    last = first + (uint32_t)(((uint64_t)1 << (own - bits)) - 1);
  }
  if (bits > own) {
    const uint64_t low = chunk_base(chunk, bits);
    from = key_sub(low, own);
    to = key_sub(low + (((uint64_t)1 << (64 - bits)) - 1), own) + 1;
  }
  for (uint32_t c = first; c <= last; c++) {
    const struct chunk_name name = {run->record.id, c, own};
    MDB_val hot = {0, NULL}, cold = {0, NULL};
    int r = chunk_open(seen, run, &name, &hot, &cold, err);
    if (r) return r;
    const uint16_t *directory = chunk_directory(hot.mv_data);
    if (directory[to] - directory[from] > (int64_t)KEYS_ROOM - *n)
      return error_set(err, PS_E_STORE, "the keys for the store in %s are not spread like hashes",
                       seen->env.dir);
    struct ps_key *out = seen->keys + *n;
    const uint32_t got = chunk_read(&name, hot.mv_data, cold.mv_data, from, to, out);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < got; i++) {
      out[kept] = out[i];
      kept += key_chunk(out[i].hi, bits) == chunk;
    }
    *n += kept;
  }
  return PS_OK;
}
