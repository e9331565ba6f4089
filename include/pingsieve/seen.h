/* The seen-set: an exact, persistent, transactional set of 128-bit keys, each of one day, in one
 * LMDB environment.
 *
 * A write transaction marks keys of any days; they are there, durably, when ps_seen_commit()
 * returned, and not at all otherwise. Several processes may share a store, also from containers
 * that do not see each other's processes: they take turns by transaction, and handles that are
 * read_only never block writers, unless the volume is mounted read-only, where they take turns as
 * well. A handle for writing has the turn while it reads, too; so keep its views short. Readers
 * that were killed are noticed within a second by every process that begins transactions.
 *
 * Threads: a struct ps_seen is used by one thread at a time, and a transaction by the thread that
 * began it (LMDB's writer lock is a mutex). One open per process and store; not across fork(). No
 * read transaction stays open between calls but that of ps_seen_view_begin(). After an error inside
 * a transaction the only legal call is ps_seen_abort(), which leaves the store as it was.
 *
 * Memory: below 32 MiB of its own up to 10^8 keys, mostly the table of the newest 256 Ki keys and
 * what a commit writes; the page cache holds the rest, of which look-ups want about 4 bytes a key.
 * glibc gives freed pages back to the system at every commit and faults them in again: a program
 * with batches of tens of thousands of keys gains 10 % by mallopt(M_MMAP_THRESHOLD, 32 << 20) and
 * mallopt(M_TRIM_THRESHOLD, 64 << 20) at its start. That is process-wide, so it is left to the
 * program.
 *
 * Address space: 16 GiB are mapped (not used), less under `ulimit -v`; the map grows with the file,
 * between transactions. One that needs more than is left of it ends with PS_E_STORE_FULL, and the
 * next one begins with more room, if there is any. A file that is cut while it is used, as cp(1)
 * does to one that it writes over, or whose disk fails, is a SIGBUS at the next look into the map:
 * the command line has a handler that says so, a program may want one.
 */
#ifndef PINGSIEVE_SEEN_H
#define PINGSIEVE_SEEN_H

#include <pingsieve/error.h>
#include <pingsieve/key.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PS_BEGIN_DECLS

#define PS_KEEP_DEFAULT 30 /* days */
#define PS_KEEP_MAX     36500
#define PS_SCOPE_MAX    4 /* paths */

struct ps_seen;

struct ps_seen_options {
  size_t size; /* sizeof(struct ps_seen_options); not looked at inside other options */
  bool create; /* make the store (directory 0700) if there is none; else PS_E_STORE_ABSENT */
  bool read_only;
  bool keep_given; /* keep_days must equal the store's; else PS_E_STORE_MISMATCH says both values */
  uint32_t keep_days;       /* 0: for ever. A new store takes it, or PS_KEEP_DEFAULT if not given */
  bool scope_given;         /* the same for the scope */
  const char *const *scope; /* NULL-terminated paths, or NULL */
  int stop_fd;              /* see ps_seen_stop_by(); already while opening waits. 0: none */
  /* Called once, by the thread that waits, when the turn was waited for for three seconds, in
   * opening or later; NULL: nothing is. dir: of the store. */
  void (*waits)(void *context, const char *dir);
  void *waits_context;
  /* Tuning, 0 = default; tests use small values to reach every state quickly. None is a property of
   * the store: data written with other values are read as well. */
  uint32_t log_keys;   /* keys the log takes before it becomes runs (256 Ki) */
  uint32_t chunk_keys; /* a chunk of a run with several has 1 to 2 times as many (16 Ki, which is
                          the most; the least is 512) */
  uint64_t map_bytes;  /* of address space to begin with (16 GiB; at least 1 MiB) */
  uint32_t merge_us;   /* microseconds of merging a commit aims for */
  bool no_sync;        /* do not wait for the disk (benchmarks, tests) */
};

/* Readers are told apart by process number (PID), of which containers do not know one another's:
 * two that are both process 1 exclude each other. So a program that opens a store read_only may
 * take its number first. PS_E_STORE_NUMBER: another has it; a child (fork(2)) has another number.
 * *number is a descriptor that holds it, -1 where there is nothing to hold (no store in dir, or
 * none that can be written to). Closing it, or a handle of the store, lets the number go, as
 * close(2) does with a process's locks: call this before the first handle is open, and close it
 * after the last, or leave that to the end of the process. */
PS_API int ps_seen_number_take(const char *dir, int *number, struct ps_error *err);

/* Opens the store in directory dir. Refuses, with a sentence that names dir and the way out:
 * network file systems, newer versions, other files than ours, mismatching settings, directories
 * that cannot be written. A process must not have a store open twice at a time, not even for
 * reading: LMDB's locks are those of the process, and closing one takes them from the other. */
PS_API int ps_seen_open(const char *dir, const struct ps_seen_options *options,
                        struct ps_seen **seen, struct ps_error *err);
PS_API void ps_seen_close(struct ps_seen *seen); /* aborts an open transaction; NULL is fine */

PS_API const uint8_t *
ps_seen_secret(const struct ps_seen *seen); /* PS_SECRET_BYTES; lives as long as seen */
PS_API uint32_t ps_seen_keep_days(const struct ps_seen *seen);
PS_API const char *const *
ps_seen_scope(const struct ps_seen *seen); /* NULL-terminated, never NULL */

/* Takes the turn among the processes that write to the store, waiting for it, and a fresh view.
 * Turns go round in the order of asking. PS_E_STOPPED: see ps_seen_stop_by(). PS_E_STORE also when
 * the directory does not hold the store any more that was opened: it was deleted, moved or
 * replaced, or lock.mdb was. ps_seen_commit() looks for that, too. */
PS_API int ps_seen_begin(struct ps_seen *seen, struct ps_error *err);

/* Waiting for the turn ends with PS_E_STOPPED when it is not had within a second after this
 * descriptor has become readable. 0: nothing ends it. */
PS_API void ps_seen_stop_by(struct ps_seen *seen, int stop_fd);

/* In the open transaction: whether another process waits for the turn at this moment. One system
 * call. */
PS_API bool ps_seen_turn_wanted(const struct ps_seen *seen);

/* Numbers below PS_CLAIMS that at most one handle for writing has at a time, in whatever process:
 * by a lock that ends with the handle or its process. False: another has it. */
#define PS_CLAIMS (1u << 20)
PS_API bool ps_seen_claim(struct ps_seen *seen, uint32_t number);
PS_API void ps_seen_disclaim(struct ps_seen *seen, uint32_t number);

/* For i in [0, n), in order: verdict[i] = 1 if keys[i] is in the set or earlier in this
 * transaction, else 0 and it is inserted for days[i]. A key belongs to the day of its first copy,
 * and a duplicate does not refresh it. n is not bounded. */
PS_API int ps_seen_mark(struct ps_seen *seen, const uint16_t *days, const struct ps_key *keys,
                        size_t n, uint8_t *verdict, struct ps_error *err);

/* verdict[i] = 1 if keys[i] is in the set or was marked earlier in this transaction. In the open
 * transaction; marks nothing. */
PS_API int ps_seen_contains(struct ps_seen *seen, const struct ps_key *keys, size_t n,
                            uint8_t *verdict, struct ps_error *err);

/* Takes back what ps_seen_mark() inserted in the open transaction: of these keys, as if they had
 * not come; other keys are passed over. For what turned out not to have left: its copies come
 * again. The keys are sorted by the call. */
PS_API int ps_seen_hold_back(struct ps_seen *seen, struct ps_key *keys, size_t n,
                             struct ps_error *err);

/* Forgets all keys of [from, to) in the open transaction, before its first ps_seen_mark(). *gone
 * (may be NULL): how many. */
PS_API int ps_seen_forget(struct ps_seen *seen, uint32_t from, uint32_t to, uint64_t *gone,
                          struct ps_error *err);

/* The oldest day that holds a key, in the open transaction; false if the set is empty. */
PS_API bool ps_seen_oldest(const struct ps_seen *seen, uint16_t *day);

/* The watermark kept with the store (the newest submission day seen; 0 in a new store), in the open
 * transaction. */
PS_API uint16_t ps_seen_watermark(const struct ps_seen *seen);
PS_API void ps_seen_set_watermark(struct ps_seen *seen,
                                  uint16_t day); /* in a transaction; stored by its commit */

/* Named values of the caller in the same transaction (accounts, positions); a name has at most
 * PS_VALUE_NAME - 1 bytes, a value PS_VALUE_MAX. put, delete and delete_values want an open
 * transaction; the others read it, the open view, or a view of their own. *len is the value's
 * length even when it exceeds cap; an absent name gives *len = 0. Deleting what is not there is
 * fine. */
#define PS_VALUE_NAME 200
#define PS_VALUE_MAX  (1u << 30)
PS_API int ps_seen_put_value(struct ps_seen *seen, const char *name, const void *value, size_t len,
                             struct ps_error *err);
PS_API int ps_seen_get_value(struct ps_seen *seen, const char *name, void *value, size_t cap,
                             size_t *len, struct ps_error *err);
PS_API int ps_seen_delete_value(struct ps_seen *seen, const char *name, struct ps_error *err);

/* Calls visit for each value with from <= name < to, in the byte order of names, after its checksum
 * was verified. `name` and `value` (not aligned) are valid during the call only; visit must not put
 * or delete. Ends early with what visit returns, when that is not PS_OK. */
typedef int ps_seen_visit(void *context, const char *name, const void *value, size_t len,
                          struct ps_error *err);
PS_API int ps_seen_each_value(struct ps_seen *seen, const char *from, const char *to,
                              ps_seen_visit *visit, void *context, struct ps_error *err);
/* Deletes the values with from <= name < to. */
PS_API int ps_seen_delete_values(struct ps_seen *seen, const char *from, const char *to,
                                 struct ps_error *err);

/* A view of one committed state for several calls of get_value, each_value and ps_seen_info(),
 * which are all that is legal until its end. Keep it for the shortest time: the pages of its state
 * are not reused meanwhile. Outside a transaction. */
PS_API int ps_seen_view_begin(struct ps_seen *seen, struct ps_error *err);
PS_API void ps_seen_view_end(struct ps_seen *seen); /* without an open view: nothing */

/* Durable when it returns PS_OK. PS_E_STORE_FULL and others: the transaction is gone and the store
 * as it was before it. */
PS_API int ps_seen_commit(struct ps_seen *seen, struct ps_error *err);
PS_API void ps_seen_abort(struct ps_seen *seen);

/* verdict[i] = 1 if keys[i] is in the last committed state. Outside a transaction. */
PS_API int ps_seen_lookup(struct ps_seen *seen, const struct ps_key *keys, size_t n,
                          uint8_t *verdict, struct ps_error *err);

/* Merges for a while in a transaction of its own, when there is nothing else to do. *more: there is
 * more to merge. */
PS_API int ps_seen_idle(struct ps_seen *seen, uint32_t microseconds, bool *more,
                        struct ps_error *err);

/* Frees some of what forgotten days have left, in a transaction of its own; new marks do it by and
 * by. *more: there is more of it. The file keeps its length: freed pages are for new marks, and a
 * copy (ps_seen_copy()) goes without it. */
PS_API int ps_seen_reap(struct ps_seen *seen, bool *more, struct ps_error *err);

struct ps_seen_day {
  uint16_t day;
  uint64_t keys;
  uint32_t runs;
};
struct ps_seen_info {
  uint32_t format_version;
  uint32_t keep_days;
  uint16_t watermark;
  uint64_t generation; /* commits */
  uint64_t keys, log_keys, runs, merging, groups;
  uint64_t file_bytes, used_bytes, map_bytes;
  uint32_t readers;
  size_t ndays;
  struct ps_seen_day *days; /* ascending; ps_seen_info_release() frees */
};
PS_API int ps_seen_info(struct ps_seen *seen, struct ps_seen_info *info, struct ps_error *err);
PS_API void ps_seen_info_release(struct ps_seen_info *info);

/* Verifies every checksum, count, directory and cross-reference of the last committed state,
 * reading ahead. `report` is called once per thing that is broken, with a sentence naming it.
 * Returns PS_OK when all was read, whatever was found: result->broken says how much is broken. */
struct ps_seen_check_result {
  uint64_t keys, chunks, bytes, broken;
};
typedef void ps_seen_report(void *context, const char *sentence);
PS_API int ps_seen_check(struct ps_seen *seen, ps_seen_report *report, void *context,
                         struct ps_seen_check_result *result, struct ps_error *err);

/* Writes a consistent copy of the store into the new or empty directory dir while others go on
 * writing. */
PS_API int ps_seen_copy(struct ps_seen *seen, const char *dir, struct ps_error *err);

PS_END_DECLS

#endif
