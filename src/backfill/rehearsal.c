#include "backfill/rehearsal.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "dry-run-"

/* Removes a directory that holds nothing but files. What cannot be removed stays. */
static void remove_flat(int at, const char *name) {
  int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
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

static void remove_leftovers(const char *store) {
  DIR *directory = opendir(store);
  if (!directory) return;
  for (struct dirent *entry; (entry = readdir(directory));)
    if (!strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
      remove_flat(dirfd(directory), entry->d_name);
  (void)closedir(directory);
}

/* STORE/dry-run-XXXXXX, or beside a store that is not there: STORE.dry-run-XXXXXX. */
static int make_directory(const char *store, char between, char **directory, struct ps_error *err) {
  size_t len = strlen(store);
  while (len > 1 && store[len - 1] == '/') len--;
  if (asprintf(directory, "%.*s%c" PREFIX "XXXXXX", (int)len, store, between) < 0) {
    *directory = NULL;
    return error_memory(err, 0);
  }
  if (mkdtemp(*directory)) return PS_OK;
  int error = errno;
  free(*directory);
  *directory = NULL;
  return error_set_os(err, PS_E_STORE, error, "cannot make the directory %.*s%c" PREFIX "...",
                      (int)len, store, between);
}

static int copy_store(const struct ps_sieve_options *o, char **directory, struct ps_error *err) {
  struct ps_seen *seen = NULL;
  struct ps_seen_options seen_options = o->seen;
  seen_options.create = false;
  seen_options.read_only = true;
  int r = ps_seen_open(o->store, &seen_options, &seen, err);
  if (r == PS_E_STORE_ABSENT && o->seen.create)
    return make_directory(o->store, '.', directory, err);
  if (!r) remove_leftovers(o->store);
  if (!r) r = make_directory(o->store, '/', directory, err);
  if (!r) r = ps_seen_copy(seen, *directory, err);
  ps_seen_close(seen);
  return r;
}

int rehearsal_begin(struct ps_sieve_options *options, char **directory, struct ps_error *err) {
  *directory = NULL;
  int r = copy_store(options, directory, err);
  if (r) {
    rehearsal_end(*directory);
    *directory = NULL;
    return r;
  }
  options->store = *directory;
  options->seen.no_sync = true;
  options->duplicates_path = options->invalid_path = options->flags_path = NULL;
  /* Pings of flagged clients are counted as such, and go nowhere. */
  if (options->flagged == PS_FLAGGED_FILE) options->flagged = PS_FLAGGED_DROP;
  options->flagged_path = NULL;
  return PS_OK;
}

void rehearsal_end(char *directory) {
  if (directory) remove_flat(AT_FDCWD, directory);
  free(directory);
}
