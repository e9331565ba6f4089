#include "base/error.h"
#include "base/retry.h"
#include "seen/leftovers.h"
#include "seen/place.h"
#include "seen/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTEMPTS 3

static int target_open(char *name, const char *dir, int *fd, struct ps_error *err) {
  *fd = leftovers_make_file(name);
  if (*fd >= 0) return PS_OK;
  return error_set_os(
      err, PS_E_OUTPUT, errno,
      "a copy of the store cannot be made in %s: name a new or empty directory that "
      "can be written",
      dir);
}

static int target_error(int os_error, const char *dir, struct ps_error *err) {
  return error_set_os(err, PS_E_OUTPUT, os_error, "the copy of the store in %s is not complete",
                      dir);
}

/* An error of the copying that does not lie in the copy's disk. Pages of the map that are
 * no longer in the file, since it was cut, cannot be written out of it: EFAULT. */
static int copying_error(const struct ps_seen *seen, int code, struct ps_error *err) {
  if (code == EFAULT) return place_overwritten(seen->env.dir, err);
  if (code != EAGAIN) return env_error(&seen->env, code, "copying", err);
  return error_set_os(err, PS_E_MEMORY, code, "a thread for the copy cannot be started");
}

/* *code: what LMDB says of the copying. */
static int copy_to(struct ps_seen *seen, int fd, int *code, struct ps_error *err) {
  int source;
  *code = MDB_MAP_RESIZED;
  for (int attempt = 0; *code == MDB_MAP_RESIZED && attempt < ATTEMPTS; attempt++) {
    MDB_txn *txn; /* makes the map follow what other processes made of the file */
    int r = env_begin_read(&seen->env, &txn, err);
    if (r) return r;
    const bool in_turn = seen->env.unnoted; /* LMDB copies in a view of its own */
    if (in_turn) r = env_take_turn(&seen->env, err);
    env_end_read(&seen->env, txn);
    if (r) return r;
    mdb_env_get_fd(seen->env.lmdb, &source);
    /* The map is not read ahead, and LMDB copies page by page. It is a hint only. */
    (void)posix_fadvise(source, 0, 0, POSIX_FADV_WILLNEED);
    *code = mdb_env_copyfd2(seen->env.lmdb, fd, MDB_CP_COMPACT);
    if (in_turn) env_give_turn(&seen->env);
  }
  return PS_OK;
}

/* Not over a store that was made there meanwhile, whose marks would be lost. */
static int copy_publish(const char *partial, const char *file, const char *dir,
                        struct ps_error *err) {
  if (!RETRY(renameat2(AT_FDCWD, partial, AT_FDCWD, file, RENAME_NOREPLACE))) return PS_OK;
  if (errno == EINVAL && !RETRY(link(partial, file))) { /* file systems without the flag */
    (void)unlink(partial);
    return PS_OK;
  }
  return target_error(errno, dir, err);
}

/* The name is not taken back: the copy may be in use. */
static int name_sync(const char *dir, struct ps_error *err) {
  struct ps_error reason;
  const int r = place_sync_directory(dir, &reason);
  if (!r) return PS_OK;
  return error_set(err, PS_E_OUTPUT,
                   "%s; the copy of the store in %s is whole, but a loss of power may take it "
                   "away: remove it, and copy again",
                   reason.text, dir);
}

/* Writes the copy under a name of its own and renames it when it is whole and on disk. */
static int copy_write(struct ps_seen *seen, const char *dir, char *partial, const char *file,
                      struct ps_error *err) {
  int fd, code = 0, r = target_open(partial, dir, &fd, err);
  if (r) return r;
  r = copy_to(seen, fd, &code, err);
  /* Memory is not the target's, nor a thread that could not be started, nor the store's file. */
  int failed = code > 0 && code != ENOMEM && code != EAGAIN && code != EFAULT ? code : 0;
  if (!r && !code && RETRY(fsync(fd))) failed = errno;
  const int held = dup(fd); /* the lock, without which it may be taken for a left-over */
  if (held < 0 && !failed) failed = errno;
  if (close(fd) && !failed) failed = errno;
  if (!r && failed) r = target_error(failed, dir, err);
  if (!r && code) r = copying_error(seen, code, err);
  if (!r) r = env_check_place(&seen->env, err);
  if (!r) r = copy_publish(partial, file, dir, err);
  if (r) (void)unlink(partial);
  if (held >= 0) (void)close(held);
  return r ? r : name_sync(dir, err);
}

int ps_seen_copy(struct ps_seen *seen, const char *dir, struct ps_error *err) {
  bool exists = false;
  if (seen->write) return error_set(err, PS_E_ARGUMENT, "copies are made outside a transaction");
  int r = store_no_view(seen, err);
  if (!r) r = place_prepare(dir, true, &exists, err);
  if (r == PS_E_STORE_VERSION)
    r = error_set(err, PS_E_ARGUMENT, "%s holds other files: name a new or empty directory", dir);
  if (r) return r;
  if (exists)
    return error_set(err, PS_E_ARGUMENT, "%s holds a store already: name a new or empty directory",
                     dir);
  leftovers_clear(dir);
  char *file = place_path(dir, "data.mdb"), *partial = place_path(dir, LEFTOVERS_COPY);
  r = file && partial ? copy_write(seen, dir, partial, file, err) : error_memory(err, strlen(dir));
  free(file);
  free(partial);
  return r;
}
