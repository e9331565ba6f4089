/* The seen-set inside: struct ps_seen, shared by the modules of this folder.
 *
 * Invariants:
 * 1. A key is in exactly one place: the log, or one run. While a merge runs: in its output below
 *    the bound (run_bound()), in its inputs from there on.
 * 2. A run holds keys of one day. A run that is being merged (job != 0) is counted by the output.
 * 3. The table holds the log's records [table_first, table_next). A rewrite of the log moves
 *    state.log_first, by which other processes notice that their table is void; otherwise they read
 *    the new records only. state.generation tells whether anything changed at all.
 * 4. Both values of a chunk are at least env.big bytes long, so that they lie on overflow pages,
 *    which LMDB never moves while they live; that makes the pointers into the map, kept over
 *    transactions in struct run, right. They are forgotten when the map moves (env.remaps), and a
 *    chunk's when it is deleted. Run ids are never used twice, so a run that another process
 *    deleted is dropped with its pointers when the new state is read, before anything is looked up.
 * 5. A pointer is set once its value was checked; nothing is read through an unchecked one.
 * 6. A run that gets a job leaves its group filter: else the filter would send look-ups to chunks
 *    that are gone. A filter with few runs left is dropped, which frees them for a new one.
 * 7. After an error in a transaction memory may be ahead of the file: `loaded` is cleared, and the
 *    next transaction reads everything anew.
 */
#ifndef SEEN_STORE_H
#define SEEN_STORE_H

#include "seen/batch.h"
#include "seen/chunk.h"
#include "seen/env.h"
#include "seen/format.h"
#include "seen/pages.h"
#include "seen/run.h"
#include "seen/table.h"
#include <pingsieve/seen.h>

#define LOG_KEYS_DEFAULT   (256u * 1024)
#define CHUNK_KEYS_DEFAULT 16384u /* twice as many, unevenly spread, are still below CHUNK_MAX */
#define CHUNK_KEYS_MIN     512u   /* a run has fewer chunks than pages of 4 KiB: see state.c */
#define MERGE_US_DEFAULT   8000u

struct settings {
  uint8_t secret[PS_SECRET_BYTES];
  uint32_t keep_days;
  const char *scope[PS_SCOPE_MAX + 1]; /* NULL-terminated, into scope_text */
  char *scope_text;
};

/* Keys that the open transaction inserted; in the table already, not yet in the log. */
struct fresh {
  struct ps_key *keys;
  day_t *days;
  size_t n, cap;
};

/* How much merging is owed and allowed (seen/merge.h). */
struct pace {
  int64_t credit;    /* keys */
  bool flushed_last; /* the last commit flushed the log */
  bool idle;         /* nothing is left to merge */
};

struct ps_seen {
  struct env env;
  struct settings settings;
  uint32_t log_keys, chunk_keys, merge_us;
  MDB_txn *write;  /* the open transaction, or NULL */
  MDB_txn *view;   /* the open view, or NULL */
  bool failed;     /* it met an error: only ps_seen_abort() is legal */
  bool marked;     /* it marked keys */
  bool changed;    /* it changed something else in memory or in LMDB */
  bool loaded;     /* memory matches `state` */
  uint64_t remaps; /* env.remaps the runs' pointers belong to */
  struct state_record state;
  struct runs runs;
  struct table table;
  uint64_t table_first, table_next;
  struct fresh fresh;
  struct batch batch;
  struct pace pace;
  struct ps_key *keys;     /* scratch for flush and merge: KEYS_ROOM, allocated on first use */
  struct chunk_plan *plan; /* the same */
  unsigned asking;         /* look-ups to come that ask for hot values ahead (seen/probe.c) */
  bool cold_slow;          /* reading cold pages was slow the last time */
};

/* Room for an output chunk, and for the keys that are read too much where chunks are cut finer than
 * sub-buckets. */
#define KEYS_ROOM (2u * (CHUNK_MAX + 1))

/* Opens a view whose structure was checked (seen/pages.h), so that LMDB can walk it if *faults is
 * 0. Ends with env_end_read(). */
int store_view(struct ps_seen *seen, bool deep, pages_report *report, void *context,
               uint64_t *faults, MDB_txn **txn, struct ps_error *err);
/* The transaction to read in: the open one, the open view, or a view that store_read_end() ends. */
int store_read_begin(struct ps_seen *seen, MDB_txn **txn, struct ps_error *err);
/* Returns r, or why what was read for it cannot be trusted (env_check_place()). */
int store_read_end(struct ps_seen *seen, MDB_txn *txn, int r, struct ps_error *err);
/* For calls that are refused while a view is open: they may move the map. */
int store_no_view(const struct ps_seen *seen, struct ps_error *err);

/* The checksum of a value of the caller is right. */
bool value_sound(const uint8_t *value, size_t bytes);
/* The name of a value from its key in the meta table; false: it cannot be one. */
bool value_name(const void *key, size_t bytes, char name[PS_VALUE_NAME]);

int store_scratch(struct ps_seen *seen, struct ps_error *err); /* allocates keys and plan */
void store_unload(struct ps_seen *seen);                       /* clears `loaded` and the runs */

#endif
