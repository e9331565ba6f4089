#include "cli/file_use.h"

#include "backfill/place.h"
#include "base/error.h"
#include "io/devfd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which file it is. A file that is not there yet: its directory and its name in it. */
struct file_id {
  bool known;
  bool directory;
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

static void of_absent(struct file_id *id, const char *path) {
  const char *slash = strrchr(path, '/');
  char *above = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
  struct stat st;
  if (above && stat(above, &st) == 0) of_stat(id, &st);
  id->directory = false;
  id->leaf = slash ? slash + 1 : path;
  free(above);
}

static struct file_id identify(const struct file_use *use) {
  struct file_id id = {.descriptor = use->path ? devfd_number(use->path) : use->fd};
  struct stat st;
  if (!use->path && use->fd < 0) return id;
  if (id.descriptor >= 0) {
    if (fstat(id.descriptor, &st) == 0 && S_ISREG(st.st_mode)) of_stat(&id, &st);
  } else if (stat(use->path, &st) == 0) {
    if (!S_ISCHR(st.st_mode)) of_stat(&id, &st);
  } else if (errno == ENOENT && *use->path) {
    of_absent(&id, use->path);
  }
  return id;
}

static bool is_same(const struct file_id *a, const struct file_id *b) {
  if (!a->known || !b->known || a->device != b->device || a->inode != b->inode) return false;
  if (!a->leaf != !b->leaf || (a->leaf && strcmp(a->leaf, b->leaf) != 0)) return false;
  return a->descriptor < 0 || a->descriptor != b->descriptor;
}

static int tell_same(const struct file_use *a, const struct file_use *b, struct ps_error *err) {
  const char *path = b->path ? b->path : a->path;
  return error_set(err, PS_E_ARGUMENT, "%s and %s name the same file%s%s", a->what, b->what,
                   path ? ", " : "", path ? path : "");
}

static int check_pair(const struct file_use *uses, const struct file_id *ids, size_t i, size_t j,
                      struct ps_error *err) {
  if (uses[i].kind == FILE_READ && uses[j].kind == FILE_READ) return PS_OK;
  return is_same(&ids[i], &ids[j]) ? tell_same(&uses[i], &uses[j], err) : PS_OK;
}

/* Is the file that is written below the directory that is read? */
static int check_below(const struct file_use *written, const struct file_use *read,
                       struct ps_error *err) {
  char file[RECORD_PATH], directory[RECORD_PATH];
  if (place_real(written->path, file, NULL) || place_real(read->path, directory, NULL))
    return PS_OK;
  if (!place_is_inside(file, directory)) return PS_OK;
  return error_set(err, PS_E_ARGUMENT,
                   "%s %s lies in the input %s: it would be taken for an input. Name a file beside "
                   "the inputs",
                   written->what, written->path, read->path);
}

/* Names of the store itself in its directory; the file of malformed lines is not meant. */
static bool is_store_name(const char *name) {
  size_t len = strlen(name);
  return (len > 4 && !strcmp(name + len - 4, ".mdb")) ||
         (len > 5 && !strcmp(name + len - 5, ".lock"));
}

static int check_store(const struct file_use *use, const char *store, struct ps_error *err) {
  char file[RECORD_PATH], directory[RECORD_PATH];
  if (!store || !use->path || use->kind == FILE_READ || devfd_number(use->path) >= 0) return PS_OK;
  if (place_real(use->path, file, NULL) || place_real(store, directory, NULL)) return PS_OK;
  const char *name = strrchr(file, '/');
  size_t above = name ? (size_t)(name - file) : 0;
  if (!name || strlen(directory) != above || memcmp(file, directory, above) != 0 ||
      !is_store_name(name + 1))
    return PS_OK;
  return error_set(err, PS_E_ARGUMENT, "%s names a file of the store itself, %s", use->what,
                   use->path);
}

static int check(const struct file_use *uses, const struct file_id *ids, size_t n,
                 const char *store, struct ps_error *err) {
  int status = PS_OK;
  for (size_t i = 0; i < n && status == PS_OK; i++) {
    status = check_store(&uses[i], store, err);
    if (uses[i].kind == FILE_READ) continue; /* the rows of writers see to both */
    for (size_t j = 0; j < n && status == PS_OK; j++) {
      if (j == i || (j < i && uses[j].kind == FILE_WRITTEN)) continue;
      bool named =
          uses[i].path && uses[i].what[0] == '-'; /* the store's place is judged elsewhere */
      if (ids[j].directory && uses[j].kind == FILE_READ && named)
        status = check_below(&uses[i], &uses[j], err);
      else status = check_pair(uses, ids, i, j, err);
    }
  }
  return status;
}

int file_use_check(const struct file_use *uses, size_t n, const char *store, struct ps_error *err) {
  struct file_id *ids = calloc(n ? n : 1, sizeof *ids);
  if (!ids) return error_memory(err, n * sizeof *ids);
  for (size_t i = 0; i < n; i++) ids[i] = identify(&uses[i]);
  int status = check(uses, ids, n, store, err);
  free(ids);
  return status;
}
