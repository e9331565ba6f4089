#include "backfill/rehearsal.h"

#include "base/error.h"
#include "base/retry.h"
#include "seen/leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PREFIX       "dry-run-"
#define DRAWN        6u /* letters and digits behind it */
#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Removes a directory that holds nothing but files. Those that cannot be removed stay. */
static void remove_flat(int at, const char *name) {
  int fd = RETRY(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
  if (!directory) {
    if (fd >= 0) (void)close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory));)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      (void)unlinkat(fd, entry->d_name, 0);
  (void)closedir(directory);
  (void)unlinkat(at, name, AT_REMOVEDIR);
}

/* Whether nobody works in it. */
static bool is_free(int at, const char *name) {
  int fd = RETRY(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  bool is = fd >= 0 && !RETRY(flock(fd, LOCK_EX | LOCK_NB));
  if (fd >= 0) (void)close(fd);
  return is;
}

/* Those in the directory whose names are `prefix` and six letters or digits. */
static void remove_leftovers(const char *where, const char *prefix) {
  DIR *directory = opendir(where);
  const size_t len = strlen(prefix);
  if (!directory) return;
  for (const struct dirent *entry; (entry = readdir(directory));)
    if (!strncmp(entry->d_name, prefix, len) &&
        strspn(entry->d_name + len, ALPHANUMERIC) == DRAWN && !entry->d_name[len + DRAWN] &&
        is_free(dirfd(directory), entry->d_name))
      remove_flat(dirfd(directory), entry->d_name);
  (void)closedir(directory);
}

/* Bytes of the path without the slashes at its end. */
static size_t trimmed(const char *path) {
  size_t len = strlen(path);
  while (len > 1 && path[len - 1] == '/') len--;
  return len;
}

/* Removes left-overs beside a store that is not there. */
static int remove_beside(const char *store, struct ps_error *err) {
  char *path, *prefix;
  if (asprintf(&path, "%.*s." PREFIX, (int)trimmed(store), store) < 0) return error_memory(err, 0);
  prefix = strrchr(path, '/');
  if (prefix) *prefix++ = '\0';
  remove_leftovers(!prefix ? "." : *path ? path : "/", prefix ? prefix : path);
  free(path);
  return PS_OK;
}

/* STORE/dry-run-XXXXXX, or beside a store that is not there: STORE.dry-run-XXXXXX. */
static int make_directory(const char *store, char between, struct rehearsal *r,
                          struct ps_error *err) {
  const int len = (int)trimmed(store);
  if (asprintf(&r->directory, "%.*s%c" PREFIX "XXXXXX", len, store, between) < 0) {
    r->directory = NULL;
    return error_memory(err, 0);
  }
  r->held = leftovers_make_directory(r->directory);
  if (r->held >= 0) return PS_OK;
  int error = errno;
  free(r->directory);
  r->directory = NULL;
  return error_set_os(err, PS_E_STORE, error, "cannot make the directory %.*s%c" PREFIX "...", len,
                      store, between);
}

static int copy_store(const struct ps_sieve_options *o, struct rehearsal *rehearsal,
                      struct ps_error *err) {
  struct ps_seen *seen = NULL;
  struct ps_seen_options seen_options = o->seen;
  seen_options.size = sizeof seen_options;
  seen_options.create = false;
  seen_options.read_only = true;
  int r = ps_seen_open(o->store, &seen_options, &seen, err);
  if (r == PS_E_STORE_ABSENT && o->seen.create) {
    r = remove_beside(o->store, err);
    return r ? r : make_directory(o->store, '.', rehearsal, err);
  }
  if (!r) remove_leftovers(o->store, PREFIX);
  if (!r) r = make_directory(o->store, '/', rehearsal, err);
  if (!r) r = ps_seen_copy(seen, rehearsal->directory, err);
  ps_seen_close(seen);
  return r;
}

int rehearsal_begin(struct ps_sieve_options *options, struct rehearsal *rehearsal,
                    struct ps_error *err) {
  *rehearsal = (struct rehearsal)REHEARSAL_INIT;
  int r = copy_store(options, rehearsal, err);
  if (r) {
    rehearsal_end(rehearsal);
    return r;
  }
  options->store = rehearsal->directory;
  options->seen.no_sync = true;
  options->duplicates_path = options->invalid_path = options->flags_path = NULL;
  /* Pings of flagged clients are counted as such, and go nowhere. */
  if (options->flagged == PS_FLAGGED_FILE) options->flagged = PS_FLAGGED_DROP;
  options->flagged_path = NULL;
  return PS_OK;
}

void rehearsal_end(struct rehearsal *rehearsal) {
  if (rehearsal->directory) remove_flat(AT_FDCWD, rehearsal->directory);
  if (rehearsal->held >= 0) (void)close(rehearsal->held);
  free(rehearsal->directory);
  *rehearsal = (struct rehearsal)REHEARSAL_INIT;
}
