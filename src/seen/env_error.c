/* Errors of the store: the verdict and the sentence for each code of LMDB. */
#include "base/error.h"
#include "base/retry.h"
#include "seen/env.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/statvfs.h>

#define LITTLE_LEFT ((uint64_t)64 << 20)

int env_data_file(const struct env *env) {
  int fd;
  mdb_env_get_fd(env->lmdb, &fd);
  return fd;
}

/* Other bytes than those that this process knows may look like damage. */
static bool is_written_over(const struct env *env) {
  uint64_t newest = env->viewed;
  if (!env->watched) return false;
  if (env->read_only)
    return last_commit_number(env_data_file(env), env->page, &newest) == LAST_COMMIT_GONE ||
           newest < env->viewed;
  return env->has_turn && env->last.known &&
         last_commit_look(&env->last, env_data_file(env), env->page) == LAST_COMMIT_GONE;
}

int env_damaged(const struct env *env, struct ps_error *err, const char *format, ...) {
  char what[256];
  va_list args;
  if (is_written_over(env)) return place_overwritten(env->dir, err);
  va_start(args, format);
  (void)vsnprintf(what, sizeof what, format, args);
  va_end(args);
  return error_set(err, PS_E_STORE_DAMAGED,
                   "the store in %s is damaged: %s; see `pingsieve store check`, then go back to a "
                   "copy of the store or start a new one",
                   env->dir, what);
}

int env_foreign(const struct env *env, struct ps_error *err) {
  return error_set(err, PS_E_STORE_VERSION,
                   "%s/data.mdb is an LMDB file but no store of pingsieve: name the directory of a "
                   "store, or a new one",
                   env->dir);
}

static int full(const struct env *env, int os_error, struct ps_error *err) {
  return error_set_os(err, PS_E_STORE_FULL, os_error,
                      "no space for the store in %s, which is as it was: free some space and run "
                      "again",
                      env->dir);
}

/* LMDB reports a write that ended short as EIO, which is what a disk that fills up does. */
static bool little_left(const struct env *env) {
  struct statvfs fs;
  return !RETRY(statvfs(env->path, &fs)) && (uint64_t)fs.f_bavail * fs.f_frsize < LITTLE_LEFT;
}

int env_error(const struct env *env, int r, const char *doing, struct ps_error *err) {
  switch (r) {
  case MDB_SUCCESS: return PS_OK;
  case ENOMEM: return error_memory(err, 0);
  case ENOSPC:
  case EDQUOT:
  case EFBIG: return full(env, r, err);
  case EIO:
    if (little_left(env)) return full(env, ENOSPC, err);
    break;
  case MDB_MAP_FULL:
    return error_set(err, PS_E_STORE_FULL,
                     "the store in %s, which is as it was, needs more address space than this "
                     "process may use: raise the limit (ulimit -v)",
                     env->dir);
  case MDB_NOTFOUND: return env_damaged(env, err, "an entry is missing");
  case MDB_CORRUPTED:
  case MDB_PAGE_NOTFOUND:
  case MDB_INCOMPATIBLE:
  case MDB_BAD_VALSIZE: return env_damaged(env, err, "%s", mdb_strerror(r));
  case MDB_INVALID:
    return error_set(
        err, PS_E_STORE_VERSION,
        "%s/data.mdb or %s/lock.mdb is no LMDB file: name the directory of a store, or "
        "a new one",
        env->dir, env->dir);
  case MDB_VERSION_MISMATCH:
    return error_set(err, PS_E_STORE_VERSION,
                     "%s/data.mdb or %s/lock.mdb was made by another version of LMDB: use the "
                     "version that made it, or a new store",
                     env->dir, env->dir);
  case MDB_READERS_FULL:
    return error_set(err, PS_E_STORE,
                     "the store in %s has %u readers already: end some of the programs that use it",
                     env->dir, ENV_READERS_MAX);
  case EINVAL: /* of a mutex that is none */
    return error_set_os(err, PS_E_STORE, r,
                        "%s the store in %s failed; if its lock.mdb was cut or written over, end "
                        "the programs that use the store and remove that file",
                        doing, env->dir);
  case EACCES:
  case EPERM:
  case EROFS:
    return error_set_os(err, PS_E_STORE, r,
                        "the store in %s cannot be opened for %s: change the directory's "
                        "permissions, or name a store elsewhere",
                        env->dir, env->read_only ? "reading (which needs lock.mdb)" : "writing");
  default: break;
  }
  if (r > 0) return error_set_os(err, PS_E_STORE, r, "%s the store in %s failed", doing, env->dir);
  return error_set(err, PS_E_STORE, "%s the store in %s failed: %s", doing, env->dir,
                   mdb_strerror(r));
}
