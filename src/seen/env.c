#include "seen/env.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/retry.h"
#include "seen/metas.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define MAP_START    ((size_t)16 << 30)  /* address space, not memory */
#define MAP_MARGIN   ((size_t)256 << 20) /* left to the rest of the program under `ulimit -v` */
#define MAP_LEAST    ((size_t)1 << 20)
#define ROOM         ((size_t)64 << 20) /* for a transaction, where address space is scarce */
#define ROOM_SHARE   4u /* at least this part of the map is for the next transaction */
#define TIDY_NS      UINT64_C(1000000000)
#define NUMBER_TRIES 100u /* 10 ms apart */
#define ATTEMPTS     4    /* at a transaction, while others let the map grow, or after a failure */
#define PAGE_HEADER  sizeof(struct page_header)

#define PAGE_DIRTY 0x10u

/* LMDB calls a write that wrote a part EIO, whatever ended it. */
static int write_ended_by(const struct env *env, int r) {
  struct rlimit limit;
  struct stat st;
  struct statvfs room;
  int fd;
  if (r != EIO || !env->lmdb || mdb_env_get_fd(env->lmdb, &fd)) return r;
  if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY &&
      !RETRY(fstat(fd, &st)) && (uint64_t)st.st_size >= limit.rlim_cur)
    return EFBIG;
  return !RETRY(fstatvfs(fd, &room)) && !room.f_bavail ? ENOSPC : r;
}

int env_write_error(struct env *env, int r, struct ps_error *err) {
  if (r == MDB_MAP_FULL && env->room_wanted < env->room * 2) env->room_wanted = env->room * 2;
  return env_error(env, write_ended_by(env, r), "writing to", err);
}

/* Whether so much address space is to be had. */
static bool space_fits(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return false;
  munmap(p, bytes);
  return true;
}

/* A map of so many bytes leaves room for the next transaction. */
static bool room_enough(const struct env *env, size_t used, size_t size) {
  return used <= size && size - used >= size / ROOM_SHARE && size - used >= env->room_wanted;
}

/* The map for a file of `used` bytes: with room to grow, less of it where address space is scarce:
 * as much again is left for buffers and threads.
 * `have` bytes are mapped now and will be given back. */
static size_t map_size_for(const struct env *env, size_t used, size_t have) {
  size_t size = env->map_start;
  while (!room_enough(env, used, size)) size *= 2;
  while (size > have && size / 2 > used + env->room_wanted &&
         !space_fits(2 * (size - have) + MAP_MARGIN))
    size /= 2;
  return size;
}

static size_t used_bytes(const struct env *env, size_t *map_bytes) {
  MDB_envinfo info;
  mdb_env_info(env->lmdb, &info);
  *map_bytes = info.me_mapsize;
  return (info.me_last_pgno + 1) * env->page;
}

static void lmdb_close(struct env *env) {
  if (env->reader) mdb_txn_abort(env->reader);
  if (env->lmdb) mdb_env_close(env->lmdb);
  env->reader = NULL;
  env->lmdb = NULL;
  env->has_turn = false; /* it ended with the descriptor */
}

/* A map that could not be made leaves none: LMDB gave the old one back before it asked. Then the
 * environment is closed, and the next transaction opens it anew. Returns LMDB's code. */
static int set_map(struct env *env, size_t size) {
  env->remaps++;
  const int r = mdb_env_set_mapsize(env->lmdb, size);
  if (r) lmdb_close(env);
  return r == ENOMEM ? MDB_MAP_FULL : r;
}

/* Around what takes LMDB's mutex of the reader table. That one is kept by thread numbers, which are
 * not unique over containers, and can lose a wake-up like its other one (seen/turn.h). */
static void table_lock(const struct env *env, int operation) {
  while (flock(env_data_file(env), operation) && errno == EINTR) {}
}

/* mdb_reader_list() says "(no reader locks)" where there is no table. */
static int table_missing(const char *line, void *context) {
  if (*line == '(') *(bool *)context = !strncmp(line, "(no reader", strlen("(no reader"));
  return 0;
}

/* Returns LMDB's code; env->lmdb is to be closed also after a failure, unless it is NULL. */
static int lmdb_make(struct env *env) {
  const unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (env->read_only ? MDB_RDONLY : 0u) |
                         (env->no_sync ? MDB_NOSYNC : 0u);
  int r = mdb_env_create(&env->lmdb);
  if (r) {
    env->lmdb = NULL;
    return r;
  }
  if (!(r = mdb_env_set_mapsize(env->lmdb, map_size_for(env, 0, 0))) &&
      !(r = mdb_env_set_maxdbs(env->lmdb, 4)) &&
      !(r = mdb_env_set_maxreaders(env->lmdb, ENV_READERS_MAX)))
    r = mdb_env_open(env->lmdb, env->path, flags, 0600);
  return r;
}

static int lmdb_open(struct env *env, struct ps_error *err) {
  MDB_stat stat;
  int r;
  while ((r = lmdb_make(env)) == EINTR) {
    mdb_env_close(env->lmdb);
    env->lmdb = NULL;
  }
  if (r || (r = mdb_env_stat(env->lmdb, &stat))) return env_error(env, r, "opening", err);
  env->page = stat.ms_psize;
  env->big = env->page / 2 + 64;
  (void)mdb_reader_list(env->lmdb, table_missing, &env->unnoted);
  return place_note(&env->files, env->dir, env->path, env_data_file(env), err);
}

/* --- the turn --- */

int env_take_turn(struct env *env, struct ps_error *err) {
  int r;
  if (!env->has_turn) {
    if ((r = turn_take(env_data_file(env), env->dir, &env->stop, err))) return r;
    env->has_turn = true;
    if ((r = place_check(&env->files, env->dir, err))) {
      turn_give(env_data_file(env));
      env->has_turn = false;
      return r;
    }
  }
  env->turns++;
  return PS_OK;
}

void env_give_turn(struct env *env) {
  if (--env->turns || !env->has_turn) return;
  turn_give(env_data_file(env));
  env->has_turn = false;
}

bool env_turn_wanted(const struct env *env) { return turn_wanted(env_data_file(env)); }

/* --- whether the file is still what it was --- */

static int last_error(const struct env *env, enum last_commit_state state, struct ps_error *err) {
  switch (state) {
  case LAST_COMMIT_GONE: return place_overwritten(env->dir, err);
  case LAST_COMMIT_UNREAD: return env_error(env, errno, "reading", err);
  default: return PS_OK;
  }
}

/* In the turn, before LMDB believes what is in the file. */
static int last_read(struct env *env, struct ps_error *err) {
  if (!env->watched) return PS_OK;
  return last_error(env, last_commit_read(&env->last, env_data_file(env), env->page), err);
}

/* LMDB's number of the last commit, of lock.mdb, is that of the file. */
static int last_follow(const struct env *env, MDB_txn *txn, struct ps_error *err) {
  if (!env->watched || mdb_txn_id(txn) == env->last.meta.txnid + 1) return PS_OK;
  return place_overwritten(env->dir, err);
}

/* A writer reuses the pages of commits that no noted reader sees, but those of the last one: for a
 * view that is not noted, the second commit after it is where that begins. */
static int view_check(const struct env *env, struct ps_error *err) {
  uint64_t newest = env->viewed;
  const enum last_commit_state state = last_commit_number(env_data_file(env), env->page, &newest);
  if (state == LAST_COMMIT_UNREAD) return last_error(env, state, err);
  if (env->watched && (state == LAST_COMMIT_GONE || newest < env->viewed))
    return place_overwritten(env->dir, err);
  if (!env->unnoted || newest <= env->viewed + 1) return PS_OK;
  return error_set(err, PS_E_STORE,
                   "the store in %s can only be read here, and another program writes to it: "
                   "mount it for writing, since who reads must be noted in lock.mdb, or what is "
                   "read may be written over meanwhile",
                   env->dir);
}

int env_check_place(struct env *env, struct ps_error *err) {
  int r = env->read_only ? place_check_view(&env->files, env->dir, err)
                         : place_check(&env->files, env->dir, err);
  if (r) return r;
  if (env->read_only) return view_check(env, err);
  if (!env->has_turn || !env->watched || !env->last.known) return PS_OK;
  return last_error(env, last_commit_look(&env->last, env_data_file(env), env->page), err);
}

/* --- a transaction by itself --- */

/* The map follows when another process grew it. Returns LMDB's code. */
static int txn_begin(struct env *env, unsigned flags, MDB_txn **txn) {
  int r = MDB_MAP_RESIZED;
  for (int attempt = 0; attempt < ATTEMPTS && r == MDB_MAP_RESIZED; attempt++) {
    size_t have, used;
    if ((r = mdb_txn_begin(env->lmdb, NULL, flags, txn)) != MDB_MAP_RESIZED) break;
    used = used_bytes(env, &have);
    if ((r = set_map(env, map_size_for(env, used, have)))) return r;
    r = MDB_MAP_RESIZED;
  }
  return r;
}

/* LMDB returns one of these when another process holds the lock of this one's number. */
static bool is_taken(int r) { return r == EAGAIN || r == EACCES; }

/* Takes a slot of the reader table. Another process of this one's number may have it for a while.
 * Returns LMDB's code. */
static int slot_begin(struct env *env, MDB_txn **txn) {
  const struct timespec pause = {.tv_nsec = 10000000};
  int r = EAGAIN;
  for (unsigned attempt = 0; attempt < NUMBER_TRIES && is_taken(r); attempt++) {
    if (attempt) (void)nanosleep(&pause, NULL);
    table_lock(env, LOCK_EX);
    r = txn_begin(env, MDB_RDONLY, txn);
    if (env->lmdb) table_lock(env, LOCK_UN);
  }
  return r;
}

static int begin_error(const struct env *env, int r, struct ps_error *err) {
  if (r == EINVAL && env->watched) return place_overwritten(env->dir, err); /* no mutex there */
  if (!env->read_only || !is_taken(r)) return env_error(env, r, "opening", err);
  return error_set(err, PS_E_STORE_NUMBER,
                   "another process of this one's number (%ld) reads the store in %s, which "
                   "happens between containers: run again when it has ended",
                   (long)getpid(), env->dir);
}

/* --- opening --- */

static int tables_open(struct env *env, bool create, struct ps_error *err) {
  MDB_txn *txn;
  int r = env->read_only ? slot_begin(env, &txn) : txn_begin(env, 0, &txn);
  if (r) return begin_error(env, r, err);
  const unsigned flags = create ? MDB_CREATE : 0;
  if ((r = mdb_dbi_open(txn, "meta", flags, &env->meta)) ||
      (r = mdb_dbi_open(txn, "log", flags, &env->log)) ||
      (r = mdb_dbi_open(txn, "hot", flags, &env->hot)) ||
      (r = mdb_dbi_open(txn, "cold", flags, &env->cold))) {
    mdb_txn_abort(txn);
    if (r == MDB_NOTFOUND || r == MDB_INCOMPATIBLE) return env_foreign(env, err);
    return env_error(env, r, "opening", err);
  }
  /* Committed even if nothing changed: that keeps the handles. */
  return env_error(env, mdb_txn_commit(txn), "opening", err);
}

int env_open_tables(struct env *env, bool create, struct ps_error *err) {
  const bool in_turn = !env->read_only || env->unnoted;
  int r = in_turn ? env_take_turn(env, err) : PS_OK;
  if (r) return r;
  r = tables_open(env, create, err);
  if (in_turn) env_give_turn(env);
  return r;
}

/* After a failed write of a meta page LMDB refuses everything until the environment is opened
 * anew; the file is as the last successful commit left it. */
static int reopen(struct env *env, struct ps_error *err) {
  lmdb_close(env);
  env->remaps++;
  /* LMDB would make new files where they are gone. */
  int r = env->files.data.path ? place_check(&env->files, env->dir, err) : PS_OK;
  if (!r) r = lmdb_open(env, err);
  if (!r && env->meta) r = env_open_tables(env, false, err);
  if (r) lmdb_close(env); /* the next transaction tries again */
  return r;
}

/* --- slots of dead readers --- */

struct slots {
  long number;
  unsigned n;
};

/* mdb_reader_list() offers text only: a head line, then a line a slot that begins with the number
 * of its process. */
static int slot_count(const char *line, void *context) {
  struct slots *slots = context;
  slots->n += strtol(line, NULL, 10) == slots->number;
  return 0;
}

/* There are slots of this process's number, of which none is its own. */
static int number_tidy(struct env *env, struct ps_error *err) {
  MDB_txn *txn;
  table_lock(env, LOCK_EX);
  const int r = mdb_txn_begin(env->lmdb, NULL, MDB_RDONLY, &txn); /* takes the number's lock */
  table_lock(env, LOCK_UN);
  if (is_taken(r)) return PS_OK; /* they belong to a process that lives */
  if (!r) mdb_txn_abort(txn);
  return reopen(env, err);
}

/* Frees the slots of processes that have ended; this one must have none. Not urgent: where another
 * has the table, and may be stopped while it has, the next time will do. A reader leaves slots of
 * its own number to its end, which frees them: it must not let its number go meanwhile. */
static int slots_tidy(struct env *env, struct ps_error *err) {
  struct slots slots = {.number = (long)getpid()};
  int dead;
  env->tidy_ns = clock_monotonic_ns() + TIDY_NS;
  if (RETRY(flock(env_data_file(env), LOCK_EX | LOCK_NB))) return PS_OK;
  const int r = mdb_reader_check(env->lmdb, &dead);
  table_lock(env, LOCK_UN);
  if (r) return env_error(env, r, "opening", err);
  if (env->read_only) return PS_OK;
  (void)mdb_reader_list(env->lmdb, slot_count, &slots);
  return slots.n ? number_tidy(env, err) : PS_OK;
}

int env_open(struct env *env, const char *dir, const struct ps_seen_options *options,
             struct ps_error *err) {
  *env = (struct env){.read_only = options->read_only, .no_sync = options->no_sync};
  env->map_start = options->map_bytes ? options->map_bytes : MAP_START;
  if (env->map_start < MAP_LEAST) env->map_start = MAP_LEAST;
  env->room_wanted = env->map_start / ROOM_SHARE < ROOM ? env->map_start / ROOM_SHARE : ROOM;
  if (!(env->dir = strdup(dir))) return error_memory(err, strlen(dir) + 1);
  if (!(env->path = place_from_root(dir))) return error_memory(err, strlen(dir));
  int r = lmdb_open(env, err);
  return r ? r : slots_tidy(env, err);
}

void env_close(struct env *env) {
  lmdb_close(env);
  place_forget(&env->files);
  free(env->dir);
  free(env->path);
  env->dir = env->path = NULL;
}

/* --- transactions --- */

/* Opens the environment anew where LMDB refuses to go on. */
static int begin(struct env *env, MDB_txn **txn, struct ps_error *err) {
  int r = MDB_PANIC;
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    r = env->read_only ? slot_begin(env, txn) : txn_begin(env, 0, txn);
    if (r != MDB_PANIC) break;
    const int failed = reopen(env, err);
    if (failed) return failed;
  }
  return begin_error(env, r, err);
}

/* Gives the transaction that was just begun more room, if it has too little: ends it, lets the map
 * grow and begins again. No other process writes meanwhile: this one has the turn. */
static int room_make(struct env *env, MDB_txn **txn, struct ps_error *err) {
  size_t have, used = used_bytes(env, &have);
  const size_t want = room_enough(env, used, have) ? have : map_size_for(env, used, have);
  int r = PS_OK;
  if (want > have) {
    mdb_txn_abort(*txn);
    if ((r = set_map(env, want))) return env_error(env, r, "mapping", err);
    if ((r = begin(env, txn, err))) return r;
    used = used_bytes(env, &have);
  }
  env->room = have - used;
  env->first_new = used / env->page;
  return PS_OK;
}

/* Begins a transaction on a file that must be the same as before. */
static int begin_watched(struct env *env, bool writes, MDB_txn **txn, struct ps_error *err) {
  const struct last_commit before = env->last;
  int r = last_read(env, err);
  if (r || (r = begin(env, txn, err))) return r;
  if (!(r = last_follow(env, *txn, err))) return writes ? room_make(env, txn, err) : PS_OK;
  mdb_txn_abort(*txn);
  env->last = before; /* its new value is nothing to go on from */
  return r;
}

/* Looks into lock.mdb, which must be as long as it was. */
static int slots_tidy_again(struct env *env, struct ps_error *err) {
  const int r = place_check(&env->files, env->dir, err);
  return r ? r : slots_tidy(env, err);
}

/* writes: it needs room in the map, which may be refused; a transaction that only reads must not
 * be. */
static int begin_in_turn(struct env *env, bool writes, MDB_txn **txn, struct ps_error *err) {
  int r = PS_OK;
  if (!env->lmdb) r = reopen(env, err);
  else if (clock_monotonic_ns() >= env->tidy_ns) r = slots_tidy_again(env, err);
  if (r || (r = env_take_turn(env, err))) return r;
  if ((r = begin_watched(env, writes, txn, err))) {
    env_give_turn(env);
    return r;
  }
  env->put_bytes = env->new_pages = 0;
  return PS_OK;
}

int env_begin_write(struct env *env, MDB_txn **txn, struct ps_error *err) {
  return begin_in_turn(env, true, txn, err);
}

void env_end_write(struct env *env) { env_give_turn(env); }

static int view_begin(struct env *env, MDB_txn **txn, struct ps_error *err) {
  int r = place_check_view(&env->files, env->dir, err);
  if (r) return r;
  if (env->reader) {
    *txn = env->reader;
    env->reader = NULL;
    if (!mdb_txn_renew(*txn)) return PS_OK;
    mdb_txn_abort(*txn);
  }
  r = env->lmdb ? PS_OK : reopen(env, err);
  return r ? r : begin(env, txn, err);
}

int env_begin_read(struct env *env, MDB_txn **txn, struct ps_error *err) {
  if (!env->read_only) return begin_in_turn(env, false, txn, err);
  int r = env->lmdb ? PS_OK : reopen(env, err);
  if (!r && env->unnoted) r = env_take_turn(env, err);
  if (r) return r;
  r = view_begin(env, txn, err);
  if (!r) env->viewed = mdb_txn_id(*txn);
  else if (env->unnoted) env_give_turn(env);
  return r;
}

void env_end_read(struct env *env, MDB_txn *txn) {
  if (env->read_only) {
    mdb_txn_reset(txn);
    env->reader = txn;
    if (env->unnoted) env_give_turn(env);
  } else {
    mdb_txn_abort(txn);
    env_end_write(env);
  }
}

/* Writes a meta page back whose number LMDB has set back after a failed write, but not its trees.
 */
static void meta_restore(int fd, const struct meta *meta, uint64_t at) {
  struct meta now;
  if (metas_read_at(fd, &now, sizeof now, at) || now.txnid != meta->txnid ||
      !memcmp(&now, meta, sizeof now))
    return;
  /* Nothing is left to do about a disk that refuses this, too; the commit's own error is told. */
  if (pwrite(fd, meta, sizeof *meta, (off_t)at) == (ssize_t)sizeof *meta) (void)fdatasync(fd);
}

int env_commit(struct env *env, MDB_txn *txn, struct ps_error *err) {
  struct meta before;
  const uint64_t at = mdb_txn_id(txn) % META_PAGES * env->page + sizeof(struct page_header);
  int fd;
  mdb_env_get_fd(env->lmdb, &fd);
  const bool known = !metas_read_at(fd, &before, sizeof before, at);
  const int r = mdb_txn_commit(txn);
  if (r && known) meta_restore(fd, &before, at);
  env->last.known = false; /* after a failure, too: what is there now is read anew */
  if (!r && env->watched) (void)last_commit_read(&env->last, fd, env->page);
  return env_write_error(env, r, err);
}

size_t env_pages(const struct env *env, size_t bytes) {
  return (PAGE_HEADER + bytes + env->page - 1) / env->page;
}

int env_reserve(struct env *env, MDB_txn *txn, MDB_dbi table, MDB_val *key, size_t bytes,
                unsigned flags, uint8_t **data, struct ps_error *err) {
  MDB_val value = {bytes, NULL};
  const int r = mdb_put(txn, table, key, &value, MDB_RESERVE | flags);
  if (r) return env_write_error(env, r, err);
  *data = value.mv_data;
  env->put_bytes += bytes;
  if (bytes >= env->big) {
    uint64_t page; /* the header of its first page, which begins with the page's number */
    memcpy(&page, *data - PAGE_HEADER, sizeof page);
    if (page >= env->first_new) env->new_pages += env_pages(env, bytes);
  }
  return PS_OK;
}

bool env_value_intact(const struct env *env, const MDB_val *value) {
  uint16_t flags;
  uint32_t pages;
  if (value->mv_size < env->big) return true;
  const uint8_t *header = (const uint8_t *)value->mv_data - PAGE_HEADER;
  memcpy(&flags, header + 10, sizeof flags);
  memcpy(&pages, header + 12, sizeof pages);
  return (flags & ~PAGE_DIRTY) == PAGE_OVERFLOW && pages == env_pages(env, value->mv_size);
}

void env_will_need(const void *data, size_t bytes) {
  const uintptr_t page = 4096, begin_at = (uintptr_t)data & ~(page - 1);
  (void)madvise((void *)begin_at, (uintptr_t)data + bytes - begin_at, MADV_WILLNEED);
}
