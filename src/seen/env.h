/* The environment: one LMDB environment with its four tables, its map and its errors.
 *
 * Keeps what LMDB leaves to its user: the size of the map (address space only, chosen so that it
 * also fits under `ulimit -v`, grown between transactions, followed when another process grew it),
 * and re-opening after a failed write of a meta page (MDB_PANIC). No MDB_WRITEMAP: pages are
 * written by write(), so that a full disk is an error of the commit and not a signal. One thread at
 * a time.
 *
 * Readers: LMDB notes in lock.mdb which states are being read, by process number, and locks a byte
 * for each number. Equal numbers, as in two containers that are both process 1, exclude each other.
 * An environment for writing takes no slot of that table: it reads in a transaction for writing,
 * in its turn. One for reading has one slot, reset between uses so that it never blocks the reuse
 * of pages; PS_E_STORE_NUMBER when the number is taken (ps_seen_number_take()). Slots of readers
 * that were killed stay, and their pages are never reused until a process clears them: opening
 * does, and so does a writer, every second. mdb_reader_check() passes over slots of the caller's
 * own number. When there are such, which no living process holds the lock for, this process takes
 * that lock by reading, and closes the environment, which frees all slots of its number.
 * (me_close_readers and mdb_reader_check0() of mdb.c. A forked child, of another number, could
 * clear them as well; a library had better not fork.)
 *
 * Where lock.mdb cannot be opened for writing because its file system is mounted read-only, LMDB
 * reads without a table (mdb_env_setup_locks()), and a writer elsewhere would reuse the pages that
 * are read. There an environment for reading has the turn as long as a view is open, which needs no
 * more than a descriptor for reading (seen/turn.h). Where locks do not reach the other side, as
 * between a virtual machine and its host, env_check_place() notices afterwards.
 */
#ifndef SEEN_ENV_H
#define SEEN_ENV_H

#include "seen/last_commit.h"
#include "seen/place.h"
#include "seen/turn.h"
#include <lmdb.h>
#include <pingsieve/seen.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENV_READERS_MAX 510u

struct env {
  char *dir;  /* as given, for sentences */
  char *path; /* the same, absolute */
  MDB_env *lmdb;
  MDB_dbi meta, log, hot, cold;
  MDB_txn *reader; /* reset, or NULL; of an environment for reading */
  struct place_files files;
  struct last_commit last;
  bool watched;    /* the file was found sound: any later difference means it was written over */
  bool unnoted;    /* for reading, where no slot can be had: writers do not know of it */
  uint64_t viewed; /* the commit of the last view; for reading */
  struct turn_stop stop;
  unsigned turns;     /* how often env_take_turn() was called and not given back ... */
  bool has_turn;      /* ... and the turn is held */
  uint64_t tidy_ns;   /* when slots of dead readers are looked for next */
  size_t page;        /* bytes of a page of the file */
  size_t big;         /* values of at least so many bytes lie on pages of their own, which are not
                         moved while they live */
  uint64_t remaps;    /* counts what moves the map: pointers into it are void afterwards */
  uint64_t first_new; /* pages from here on were not in the file when the transaction began */
  uint64_t put_bytes; /* of the values put in this transaction ... */
  uint64_t new_pages; /* ... and how many of them are new to the file, as far as known */
  size_t map_start;   /* bytes of the map to begin with */
  size_t room_wanted; /* bytes to be left in the map when a transaction begins ... */
  size_t room;        /* ... and how many were, in the last one */
  bool read_only, no_sync;
};

/* Opens the environment in dir, without looking at more than the file's meta pages. */
int env_open(struct env *env, const char *dir, const struct ps_seen_options *options,
             struct ps_error *err);
/* Opens the four tables, or makes them for a new store. */
int env_open_tables(struct env *env, bool create, struct ps_error *err);
void env_close(struct env *env);

/* Waits for the turn of this process and keeps it until env_give_turn(), also over transactions;
 * calls nest. Fails when the directory does not hold the store any more (place_check()). */
int env_take_turn(struct env *env, struct ps_error *err);
void env_give_turn(struct env *env);
bool env_turn_wanted(const struct env *env); /* by another */

/* Takes the turn as well. After the commit or abort of *txn, env_end_write() passes the turn on. */
int env_begin_write(struct env *env, MDB_txn **txn, struct ps_error *err);
void env_end_write(struct env *env);
/* The last look before a commit: the store is still the one that is in its directory, and has not
 * been written over. For reading, after it: no process that did not know of it can have written
 * meanwhile. */
int env_check_place(struct env *env, struct ps_error *err);
/* Commits in the turn of this process, which goes on. When it fails the file is as it was, the meta
 * page included, which LMDB leaves half new: seen/metas.h would take it for a damaged one. */
int env_commit(struct env *env, MDB_txn *txn, struct ps_error *err);
/* Ends with env_end_read(). The view must not be kept longer than a call of the library. In an
 * environment for writing, or without a table of readers, it takes the turn. */
int env_begin_read(struct env *env, MDB_txn **txn, struct ps_error *err);
void env_end_read(struct env *env, MDB_txn *txn);

int env_data_file(const struct env *env); /* LMDB's descriptor of data.mdb */

/* PS_OK for r 0; else sets a sentence for LMDB's (or the system's) error r, met while `doing`:
 * "reading", "writing to", ... */
int env_error(const struct env *env, int r, const char *doing, struct ps_error *err);
/* The same for the error of a write; when the map was too small for a transaction, the next one
 * gets more room. */
int env_write_error(struct env *env, int r, struct ps_error *err);
/* PS_E_STORE_DAMAGED with the store's directory, what is wrong, and the way out; PS_E_STORE if
 * other bytes were written over the file meanwhile. */
int env_damaged(const struct env *env, struct ps_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* PS_E_STORE_VERSION: the file is another program's. */
int env_foreign(const struct env *env, struct ps_error *err);

/* How many pages of its own a value takes, if any. */
size_t env_pages(const struct env *env, size_t bytes);

/* mdb_put() with MDB_RESERVE: *data stays writable until the next put only. */
int env_reserve(struct env *env, MDB_txn *txn, MDB_dbi table, MDB_val *key, size_t bytes,
                unsigned flags, uint8_t **data, struct ps_error *err);

/* The header of a value's own pages, which LMDB trusts when it frees them, is right (true for
 * values that are too short to have any). */
bool env_value_intact(const struct env *env, const MDB_val *value);

/* Asks the kernel to read [data, data + bytes) of the map, which is otherwise not read ahead. */
void env_will_need(const void *data, size_t bytes);

#endif
