#include "store_fault.h"

#include <errno.h>
#include <lmdb.h>
#include <stdatomic.h>

static atomic_ulong left; /* calls until one fails; 0: none does */
static atomic_bool failed;

void store_fail(unsigned long n) {
  atomic_store(&failed, false);
  atomic_store(&left, n);
}

bool store_failed(void) {
  atomic_store(&left, 0);
  return atomic_load(&failed);
}

static bool fails(void) {
  unsigned long n = atomic_load(&left);
  while (n && !atomic_compare_exchange_weak(&left, &n, n - 1)) {}
  if (n == 1) atomic_store(&failed, true);
  return n == 1;
}

#define STAND_IN(name, parameters, arguments)                                                      \
  int __real_##name parameters;                                                                    \
  int __wrap_##name parameters;                                                                    \
  int __wrap_##name parameters { return fails() ? EIO : __real_##name arguments; }

STAND_IN(mdb_get, (MDB_txn * txn, MDB_dbi table, MDB_val *key, MDB_val *value),
         (txn, table, key, value))
STAND_IN(mdb_put, (MDB_txn * txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags),
         (txn, table, key, value, flags))
STAND_IN(mdb_del, (MDB_txn * txn, MDB_dbi table, MDB_val *key, MDB_val *value),
         (txn, table, key, value))
STAND_IN(mdb_drop, (MDB_txn * txn, MDB_dbi table, int del), (txn, table, del))
STAND_IN(mdb_cursor_open, (MDB_txn * txn, MDB_dbi table, MDB_cursor **cursor), (txn, table, cursor))
STAND_IN(mdb_cursor_get, (MDB_cursor * cursor, MDB_val *key, MDB_val *value, MDB_cursor_op how),
         (cursor, key, value, how))
STAND_IN(mdb_cursor_del, (MDB_cursor * cursor, unsigned flags), (cursor, flags))

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn) {
  if (!fails()) return __real_mdb_txn_commit(txn);
  mdb_txn_abort(txn);
  return EIO;
}
