/* Plain LMDB: one small value a key, sorted within a batch, a durable commit a batch. */
#include "engine.h"

#include <lmdb.h>
#include <stdlib.h>

#define MAP_BYTES ((size_t)256 << 30)

struct lmdb_set {
  MDB_env *env;
  MDB_dbi table;
  uint32_t order[BATCH];
};

static void check(int r) {
  if (r) die("LMDB: %s", mdb_strerror(r));
}

static void *set_open(const char *dir) {
  struct lmdb_set *set = calloc(1, sizeof *set);
  MDB_txn *txn;
  if (!set) die("out of memory");
  check(mdb_env_create(&set->env));
  check(mdb_env_set_mapsize(set->env, MAP_BYTES));
  check(mdb_env_open(set->env, dir, MDB_NORDAHEAD, 0600));
  check(mdb_txn_begin(set->env, NULL, 0, &txn));
  check(mdb_dbi_open(txn, NULL, 0, &set->table));
  check(mdb_txn_commit(txn));
  return set;
}

static void set_mark(void *context, const uint16_t *days, const struct ps_key *keys, size_t n,
                     uint8_t *verdict) {
  struct lmdb_set *set = context;
  const size_t left = keys_sort(keys, n, set->order, verdict);
  MDB_txn *txn;
  check(mdb_txn_begin(set->env, NULL, 0, &txn));
  for (size_t i = 0; i < left; i++) {
    const uint32_t at = set->order[i];
    uint8_t bytes[16];
    uint16_t day = days[at];
    MDB_val key = {sizeof bytes, bytes}, value = {sizeof day, &day};
    key_bytes(keys[at], bytes);
    const int r = mdb_put(txn, set->table, &key, &value, MDB_NOOVERWRITE);
    verdict[at] = r == MDB_KEYEXIST;
    if (r != MDB_KEYEXIST) check(r);
  }
  check(mdb_txn_commit(txn));
}

static void set_close(void *context) {
  struct lmdb_set *set = context;
  mdb_env_close(set->env);
  free(set);
}

const struct engine engine_lmdb = {"lmdb", set_open, set_mark, set_close};
