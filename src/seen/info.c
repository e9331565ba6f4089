#include "base/error.h"
#include "base/retry.h"
#include "seen/state.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int days_list(const struct ps_seen *seen, struct ps_seen_info *info, struct ps_error *err) {
  const size_t all = (size_t)DAY_MAX + 1;
  struct ps_seen_day *days = calloc(all, sizeof *days);
  if (!days) return error_memory(err, all * sizeof *days);
  for (size_t d = 0; d < all; d++) {
    days[d].day = (uint16_t)d;
    days[d].keys = seen->table.day_keys[d];
  }
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    const struct run *run = &seen->runs.at[i];
    if (run->record.kind > RUN_BUILDING) continue;
    days[run->record.day].runs++;
    if (run_counts(run)) days[run->record.day].keys += run->record.count;
  }
  for (size_t d = 0; d < all; d++)
    if (days[d].keys) days[info->ndays++] = days[d];
  struct ps_seen_day *fitted = realloc(days, (info->ndays + 1) * sizeof *days);
  info->days = fitted ? fitted : days;
  return PS_OK;
}

static void runs_count(const struct ps_seen *seen, struct ps_seen_info *info) {
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    const struct run_record *r = &seen->runs.at[i].record;
    info->runs += r->kind <= RUN_BUILDING;
    info->merging += r->kind == RUN_BUILDING;
    info->groups += r->kind == RUN_GROUP;
  }
}

/* Pages on LMDB's own list of free ones, which it opens for readers only. */
static int free_pages_read(const struct ps_seen *seen, MDB_txn *txn, uint64_t *free_pages,
                           struct ps_error *err) {
  MDB_cursor *cursor;
  MDB_val key, value;
  uint64_t unused = 0, n;
  int r = mdb_cursor_open(txn, 0, &cursor);
  if (r) return env_error(&seen->env, r, "reading", err);
  while (!(r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
    memcpy(&n, value.mv_data, sizeof n);
    unused += n;
  }
  mdb_cursor_close(cursor);
  *free_pages = unused;
  return r == MDB_NOTFOUND ? PS_OK : env_error(&seen->env, r, "reading", err);
}

/* The same in a transaction for writing, in which nothing was written yet. */
static int free_pages_walk(const struct ps_seen *seen, MDB_txn *txn, uint64_t *free_pages,
                           struct ps_error *err) {
  struct pages_result result;
  uint64_t faults;
  int fd;
  mdb_env_get_fd(seen->env.lmdb, &fd);
  int r = pages_check(fd, mdb_txn_id(txn) - 1, false, NULL, NULL, &faults, &result, err);
  *free_pages = result.free_pages;
  return r;
}

/* Pages that are in use: all but the free ones. */
static int pages_count(const struct ps_seen *seen, MDB_txn *txn, struct ps_seen_info *info,
                       struct ps_error *err) {
  MDB_envinfo map;
  uint64_t unused = 0;
  int r = seen->env.read_only ? free_pages_read(seen, txn, &unused, err)
                              : free_pages_walk(seen, txn, &unused, err);
  if (r) return r;
  mdb_env_info(seen->env.lmdb, &map);
  info->used_bytes = (map.me_last_pgno + 1 - unused) * seen->env.page;
  info->map_bytes = map.me_mapsize;
  return PS_OK;
}

/* mdb_reader_list() offers text only: a head line, then a line a reader that begins with its pid.
 */
static int count_reader(const char *line, void *context) {
  uint32_t *readers = context;
  *readers += isdigit((unsigned char)line[strspn(line, " ")]) != 0;
  return 0;
}

static int info_fill(struct ps_seen *seen, MDB_txn *txn, struct ps_seen_info *info,
                     struct ps_error *err) {
  struct stat st;
  int fd, r = state_load(seen, txn, err);
  if (r || (r = pages_count(seen, txn, info, err)) || (r = days_list(seen, info, err))) return r;
  mdb_env_get_fd(seen->env.lmdb, &fd);
  if (RETRY(fstat(fd, &st)))
    return error_set_os(err, PS_E_STORE, errno, "the store in %s cannot be examined",
                        seen->env.dir);
  info->file_bytes = (uint64_t)st.st_blocks * 512;
  info->format_version = seen->state.version;
  info->keep_days = seen->settings.keep_days;
  info->watermark = seen->state.watermark;
  info->generation = seen->state.generation;
  info->keys = seen->state.keys;
  info->log_keys = seen->state.log_keys;
  runs_count(seen, info);
  return PS_OK;
}

int ps_seen_info(struct ps_seen *seen, struct ps_seen_info *info, struct ps_error *err) {
  MDB_txn *txn;
  *info = (struct ps_seen_info){.ndays = 0};
  if (seen->write) return error_set(err, PS_E_ARGUMENT, "figures are taken outside a transaction");
  int r = store_read_begin(seen, &txn, err);
  if (r) return r;
  r = store_read_end(seen, txn, info_fill(seen, txn, info, err), err);
  if (!r) {
    (void)mdb_reader_list(seen->env.lmdb, count_reader, &info->readers);
  } else {
    ps_seen_info_release(info);
  }
  return r;
}

void ps_seen_info_release(struct ps_seen_info *info) {
  free(info->days);
  *info = (struct ps_seen_info){.ndays = 0};
}
