#include "cli/file_use.h"

#include "base/error.h"
#include "base/retry.h"
#include "inputs/place.h"
#include "io/devfd.h"
#include "seen/place.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which file it is. A file that is not there yet: its directory and its name in it. */
struct file_id {
  bool known;
  bool directory, pipe;
  dev_t device;
  ino_t inode;
  const char *leaf; /* NULL: it is there */
  int descriptor;   /* it goes by this one, whose offset all share; -1: by a name of its own */
};

static void of_stat(struct file_id *id, const struct stat *st) {
  id->known = true;
  id->directory = S_ISDIR(st->st_mode);
  id->device = st->st_dev;
  id->inode = st->st_ino;
}

/* Where the system does not tell, two files may be one. A file that is not there, or must not be
 * looked at, is told when it is opened. */
static int unknown(const struct file_use *use, int os_error, struct ps_error *err) {
  if (!error_passes(os_error)) return PS_OK;
  const char *path = use->path ? use->path : "";
  return error_set_os(err, use->kind == FILE_READ ? PS_E_INPUT : PS_E_OUTPUT, os_error,
                      "%s%s%s cannot be examined", use->what, *path ? " " : "", path);
}

static int of_absent(struct file_id *id, const struct file_use *use, struct ps_error *err) {
  const char *path = use->path, *slash = strrchr(path, '/');
  char *above = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
  struct stat st;
  if (!above) return error_memory(err, strlen(path));
  int r = PS_OK;
  if (RETRY(stat(above, &st)) == 0) of_stat(id, &st);
  else r = unknown(use, errno, err);
  id->directory = false;
  id->leaf = slash ? slash + 1 : path;
  free(above);
  return r;
}

static int identify(const struct file_use *use, struct file_id *id, struct ps_error *err) {
  struct stat st;
  *id = (struct file_id){.descriptor = use->path ? devfd_number(use->path) : use->fd};
  if (!use->path && use->fd < 0) return PS_OK;
  bool found = RETRY(id->descriptor >= 0 ? fstat(id->descriptor, &st) : stat(use->path, &st)) == 0;
  if (!found && id->descriptor < 0 && errno == ENOENT && *use->path) return of_absent(id, use, err);
  if (!found) return unknown(use, errno, err);
  id->pipe = S_ISFIFO(st.st_mode);
  if (id->descriptor >= 0 ? S_ISREG(st.st_mode) : !S_ISCHR(st.st_mode)) of_stat(id, &st);
  return PS_OK;
}

static bool appends(int fd) { return fcntl(fd, F_GETFL) & O_APPEND; }

/* Both go by descriptors of the process, and neither overwrites the output of the other. */
static bool go_together(const struct file_id *a, const struct file_id *b) {
  if (a->descriptor < 0 || b->descriptor < 0) return false;
  return devfd_share(a->descriptor, b->descriptor) ||
         (appends(a->descriptor) && appends(b->descriptor));
}

static bool is_same(const struct file_id *a, const struct file_id *b) {
  if (!a->known || !b->known || a->device != b->device || a->inode != b->inode) return false;
  return !a->leaf == !b->leaf && (!a->leaf || !strcmp(a->leaf, b->leaf));
}

static int tell_same(const struct file_use *a, const struct file_use *b, struct ps_error *err) {
  const char *path = b->path ? b->path : a->path;
  return error_set(err, PS_E_ARGUMENT, "%s and %s name the same file%s%s", a->what, b->what,
                   path ? ", " : "", path ? path : "");
}

static int check_pair(const struct file_use *uses, const struct file_id *ids, size_t i, size_t j,
                      struct ps_error *err) {
  const bool both_written = uses[i].kind == FILE_WRITTEN && uses[j].kind == FILE_WRITTEN;
  if (uses[i].kind == FILE_READ && uses[j].kind == FILE_READ) return PS_OK;
  if (!is_same(&ids[i], &ids[j])) return PS_OK;
  if (both_written ? ids[i].pipe || go_together(&ids[i], &ids[j])
                   : ids[i].descriptor >= 0 && ids[i].descriptor == ids[j].descriptor)
    return PS_OK;
  return tell_same(&uses[i], &uses[j], err);
}

/* Is the file that is written below the directory that is read? */
static int check_below(const struct file_use *written, const struct file_use *read,
                       struct ps_error *err) {
  char file[INPUT_PATH], directory[INPUT_PATH];
  struct ps_error problem;
  if (place_real(written->path, file, PS_E_OUTPUT, &problem))
    return unknown(written, problem.os_error, err);
  if (place_real(read->path, directory, PS_E_INPUT, &problem))
    return unknown(read, problem.os_error, err);
  if (!place_is_inside(file, directory)) return PS_OK;
  return error_set(err, PS_E_ARGUMENT,
                   "%s %s lies in the input %s: it would be taken for an input. Name a file beside "
                   "the inputs",
                   written->what, written->path, read->path);
}

/* Malformed lines, which stand among the store's files unless --invalid says otherwise, are written
 * by that option alone. */
static bool is_store_name(const char *name, const char *what) {
  const bool is_invalid = what[0] != '-' || !strcmp(what, "--invalid");
  return place_is_own(name) &&
         !(is_invalid && !strncmp(name, PLACE_INVALID, strlen(PLACE_INVALID)));
}

/* Whose files lie in `directory`; NULL: those of no store. */
static int owner_of(const char *directory, const char *store, const char **owner,
                    struct ps_error *err) {
  char real[INPUT_PATH];
  struct ps_error problem;
  *owner = place_holds_store(directory) ? "a store" : NULL;
  if (!store) return PS_OK;
  if (!place_real(store, real, PS_E_STORE, &problem)) {
    if (!strcmp(directory, real)) *owner = "the store itself";
    return PS_OK;
  }
  if (problem.status != PS_E_STORE) return PS_OK; /* opening it tells why */
  if (err) *err = problem;
  return problem.status;
}

/* store: the directory of the run's own, or NULL. */
static int check_store(const struct file_use *use, const char *store, struct ps_error *err) {
  char file[INPUT_PATH];
  const char *owner;
  if (!use->path || use->kind == FILE_READ || devfd_number(use->path) >= 0) return PS_OK;
  struct ps_error problem;
  if (place_real(use->path, file, PS_E_OUTPUT, &problem))
    return unknown(use, problem.os_error, err);
  char *name = strrchr(file, '/');
  if (!name || !is_store_name(name + 1, use->what)) return PS_OK;
  *name = '\0';
  const int r = owner_of(file, store, &owner, err);
  if (r || !owner) return r;
  return error_set(err, PS_E_ARGUMENT, "%s names a file of %s, %s", use->what, owner, use->path);
}

static int check(const struct file_use *uses, const struct file_id *ids, size_t n,
                 const char *store, struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < n && r == PS_OK; i++) {
    r = check_store(&uses[i], store, err);
    if (uses[i].kind == FILE_READ) continue; /* the rows of writers see to both */
    for (size_t j = 0; j < n && r == PS_OK; j++) {
      if (j == i || (j < i && uses[j].kind == FILE_WRITTEN)) continue;
      bool named =
          uses[i].path && uses[i].what[0] == '-'; /* the store's place is judged elsewhere */
      if (ids[j].directory && uses[j].kind == FILE_READ && named)
        r = check_below(&uses[i], &uses[j], err);
      else r = check_pair(uses, ids, i, j, err);
    }
  }
  return r;
}

int file_use_check(const struct file_use *uses, size_t n, const char *store, struct ps_error *err) {
  struct file_id *ids = calloc(n ? n : 1, sizeof *ids);
  if (!ids) return error_memory(err, n * sizeof *ids);
  int r = PS_OK;
  for (size_t i = 0; i < n && r == PS_OK; i++) r = identify(&uses[i], &ids[i], err);
  if (r == PS_OK) r = check(uses, ids, n, store, err);
  free(ids);
  return r;
}
