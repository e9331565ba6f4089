/* LMDB for pingsieve_fault (see fault.c): a call of the program fails before LMDB does anything;
 * LMDB's own calls are not counted. After a failed write a transaction is good for nothing but to
 * be aborted, as with LMDB, and a commit that fails aborts it. The program must be linked to LMDB's
 * shared library. */
#include "fault.h"

#include <lmdb.h>
#include <stdatomic.h>
#include <stddef.h>

static _Thread_local unsigned depth;    /* of calls into LMDB */
static _Atomic(const MDB_txn *) broken; /* a write in it has failed */

static int fails(void) { return depth ? 0 : fault_any(FAULT_LMDB); }

static int fails_in(const MDB_txn *txn) {
  return !depth && txn && atomic_load(&broken) == txn ? MDB_BAD_TXN : fails();
}

static int write_fails(const MDB_txn *txn) {
  const int error = fails_in(txn);
  if (error) atomic_store(&broken, txn);
  return error;
}

/* REAL(name, arguments): makes the real call. */
#define REAL(name, ...)                                                                            \
  do {                                                                                             \
    static __typeof__(name) *real;                                                                 \
    if (!real) *(void **)&real = fault_real(#name, NULL);                                          \
    depth++;                                                                                       \
    const int result = real(__VA_ARGS__);                                                          \
    depth--;                                                                                       \
    return result;                                                                                 \
  } while (0)

#define FAILING(error, name, ...)                                                                  \
  do {                                                                                             \
    const int failed = error;                                                                      \
    if (failed) return failed;                                                                     \
    REAL(name, __VA_ARGS__);                                                                       \
  } while (0)

int mdb_env_create(MDB_env **env) { FAILING(fails(), mdb_env_create, env); }
int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode) {
  FAILING(fails(), mdb_env_open, env, path, flags, mode);
}
int mdb_env_copyfd2(MDB_env *env, mdb_filehandle_t fd, unsigned flags) {
  FAILING(fails(), mdb_env_copyfd2, env, fd, flags);
}
int mdb_env_stat(MDB_env *env, MDB_stat *stat) { FAILING(fails(), mdb_env_stat, env, stat); }
int mdb_env_set_mapsize(MDB_env *env, size_t size) {
  FAILING(fails(), mdb_env_set_mapsize, env, size);
}
int mdb_env_set_maxdbs(MDB_env *env, MDB_dbi n) { FAILING(fails(), mdb_env_set_maxdbs, env, n); }
int mdb_env_set_maxreaders(MDB_env *env, unsigned n) {
  FAILING(fails(), mdb_env_set_maxreaders, env, n);
}
int mdb_reader_check(MDB_env *env, int *dead) { FAILING(fails(), mdb_reader_check, env, dead); }

int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn) {
  FAILING(fails(), mdb_txn_begin, env, parent, flags, txn);
}
int mdb_txn_renew(MDB_txn *txn) { FAILING(fails(), mdb_txn_renew, txn); }
int mdb_txn_commit(MDB_txn *txn) {
  const int error = fails_in(txn);
  if (!error) REAL(mdb_txn_commit, txn);
  mdb_txn_abort(txn);
  return error;
}
void mdb_txn_abort(MDB_txn *txn) {
  static __typeof__(mdb_txn_abort) *real;
  if (!real) *(void **)&real = fault_real("mdb_txn_abort", NULL);
  if (atomic_load(&broken) == txn) atomic_store(&broken, NULL);
  depth++;
  real(txn);
  depth--;
}

int mdb_dbi_open(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *table) {
  FAILING(fails_in(txn), mdb_dbi_open, txn, name, flags, table);
}
int mdb_drop(MDB_txn *txn, MDB_dbi table, int del) {
  FAILING(write_fails(txn), mdb_drop, txn, table, del);
}
int mdb_get(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value) {
  FAILING(fails_in(txn), mdb_get, txn, table, key, value);
}
int mdb_put(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags) {
  FAILING(write_fails(txn), mdb_put, txn, table, key, value, flags);
}
int mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value) {
  FAILING(write_fails(txn), mdb_del, txn, table, key, value);
}
int mdb_cursor_open(MDB_txn *txn, MDB_dbi table, MDB_cursor **cursor) {
  FAILING(fails_in(txn), mdb_cursor_open, txn, table, cursor);
}
int mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op) {
  FAILING(fails_in(depth ? NULL : mdb_cursor_txn(cursor)), mdb_cursor_get, cursor, key, value, op);
}
int mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags) {
  FAILING(write_fails(depth ? NULL : mdb_cursor_txn(cursor)), mdb_cursor_put, cursor, key, value,
          flags);
}
int mdb_cursor_del(MDB_cursor *cursor, unsigned flags) {
  FAILING(write_fails(depth ? NULL : mdb_cursor_txn(cursor)), mdb_cursor_del, cursor, flags);
}
