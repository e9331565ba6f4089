/* Runs: the directory of runs and group filters in memory, and their chunks in LMDB.
 *
 * The directory is ordered by rising id. Functions that read take the transaction to read in.
 */
#ifndef SEEN_RUN_H
#define SEEN_RUN_H

#include "seen/format.h"
#include <lmdb.h>
#include <pingsieve/error.h>
#include <stdbool.h>

struct ps_seen;

struct run {
  struct run_record record;
  const uint8_t **hot, **cold; /* [2^bits] where a chunk's values lie, once checked; else NULL.
                                  A group filter has no cold, one that is read when it is
                                  dead neither */
  uint64_t read_to;            /* the chunk run_read_range() checked last, plus one */
  bool keep;                   /* scratch of runs_compact() */
};

struct runs {
  struct run *at;
  uint32_t n, cap;
};

int runs_add(struct runs *runs, const struct run_record *record, struct ps_error *err);
struct run *runs_find(const struct runs *runs, uint32_t id); /* NULL: none */
void runs_compact(struct runs *runs);                        /* drops the runs without `keep` */
void runs_drop(struct runs *runs, uint32_t id);
bool runs_dead(const struct runs *runs); /* some are */
void runs_forget_pointers(struct runs *runs);
void runs_release(struct runs *runs);

static inline uint32_t run_chunks(const struct run *run) {
  return (uint32_t)((uint64_t)1 << run->record.bits);
}
/* Building, group: all of it is written. */
static inline bool run_complete(const struct run *run) {
  return run->record.done >= run_chunks(run);
}
/* The hash below which a merge has moved keys to its output; UINT64_MAX: all. */
static inline uint64_t run_bound(const struct run *output) {
  return run_complete(output) ? UINT64_MAX : chunk_base(output->record.done, output->record.bits);
}
/* The run counts: neither dead nor a filter, and not counted by the output of a merge. */
static inline bool run_counts(const struct run *run) {
  return run->record.kind <= RUN_BUILDING && !run->record.job;
}

/* Looks up and checks the hot value of a chunk (and where its cold value is) that is not known yet.
 * wanted: how many keys are to be looked up in the run, which decides how much is read ahead. */
int run_resolve(struct ps_seen *seen, MDB_txn *txn, struct run *run, uint32_t chunk,
                uint32_t wanted, struct ps_error *err);

/* Asks for all hot values that are known, `bytes` of each: for a look-up that is about to want most
 * of them, when memory does not hold them. */
void run_ask(const struct run *run, size_t bytes);

/* Writes chunk `chunk` of a run of 2^bits chunks, in the open transaction. */
int run_write_chunk(struct ps_seen *seen, uint32_t id, unsigned bits, uint32_t chunk,
                    const struct ps_key *keys, uint32_t n, struct ps_error *err);
/* Deletes it; it may be gone already. */
int run_delete_chunk(struct ps_seen *seen, struct run *run, uint32_t chunk, struct ps_error *err);

/* Appends the run's keys whose chunk is `chunk` in a run of 2^bits chunks to seen->keys, which
 * holds *n; both values are checked whole. */
int run_read_range(struct ps_seen *seen, struct run *run, unsigned bits, uint32_t chunk,
                   uint32_t *n, struct ps_error *err);

#endif
