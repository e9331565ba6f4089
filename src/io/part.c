#include "io/part.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/retry.h"
#include "io/part_tree.h"
#include "io/vectors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX       ".pingsieve-"
#define SUFFIX       ".part"
#define HASH_DIGITS  16
#define PART_FILE_AT (sizeof PREFIX - 1 + HASH_DIGITS + sizeof SUFFIX) /* the NUL included */
#define WRITE_BACK   ((uint64_t)32 << 20)

bool part_is_name(const char *component) {
  size_t prefix = sizeof PREFIX - 1;
  return strlen(component) == PART_FILE_AT - 1 && !memcmp(component, PREFIX, prefix) &&
         strspn(component + prefix, "0123456789abcdef") == HASH_DIGITS &&
         !strcmp(component + prefix + HASH_DIGITS, SUFFIX);
}

/* --- Names --- */

/* Where an output lies: its directory, its name there, and the name of its part. */
struct place {
  struct tree_directory *directory; /* NULL: not there */
  const char *base;
  char part[PART_FILE_AT];
};

static int check_name(const struct part_tree *t, const char *name, struct ps_error *err) {
  if (strlen(name) > PART_NAME)
    return error_set(err, PS_E_ARGUMENT, "the name of an output in %s is longer than %u bytes: %s",
                     t->path, PART_NAME, name);
  for (const char *p = name;; p++) {
    size_t len = strcspn(p, "/");
    if (len > NAME_MAX)
      return error_set(err, PS_E_ARGUMENT,
                       "a part of the name of an output is longer than %d bytes: %s/%s", NAME_MAX,
                       t->path, name);
    if (!len || (len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
      return error_set(err, PS_E_ARGUMENT, "no output in %s can have this name: \"%s\"", t->path,
                       name);
    p += len;
    if (!*p) return PS_OK;
  }
}

static int place_find(struct part_tree *t, const char *name, bool make, struct place *place,
                      struct ps_error *err) {
  int r = check_name(t, name, err);
  if (r) return r;
  const char *slash = strrchr(name, '/');
  place->base = slash ? slash + 1 : name;
  (void)snprintf(place->part, sizeof place->part, PREFIX "%016" PRIx64 SUFFIX,
                 hash_checksum(name, strlen(name)));
  return tree_directory(t, name, slash ? (size_t)(slash - name) : 0, make, &place->directory, err);
}

/* --- Opening --- */

static int create(const struct part_tree *t, const struct place *place, const char *name, int *fd,
                  struct ps_error *err) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  int at = place->directory->fd;
  *fd = RETRY(openat(at, place->part, flags, 0666));
  /* An earlier run's left-over is removed, not written to: it might be a link to something else. */
  if (*fd < 0 && errno == EEXIST && !RETRY(unlinkat(at, place->part, 0)))
    *fd = RETRY(openat(at, place->part, flags, 0666));
  if (*fd < 0) return error_set_os(err, PS_E_OUTPUT, errno, "cannot make %s/%s", t->path, name);
  place->directory->dirty = true;
  return PS_OK;
}

static int check_length(const struct part_tree *t, int fd, const char *name, uint64_t length,
                        uint64_t *bytes, struct ps_error *err) {
  struct stat st;
  if (RETRY(fstat(fd, &st)))
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot go on with %s/%s", t->path, name);
  *bytes = (uint64_t)st.st_size;
  if (!S_ISREG(st.st_mode))
    return error_set(err, PS_E_OUTPUT, "the begun output of %s/%s is not a regular file", t->path,
                     name);
  if (*bytes < length)
    return error_set(err, PS_E_OUTPUT,
                     "the begun output of %s/%s has %" PRIu64 " bytes, but %" PRIu64
                     " were written: somebody has changed it",
                     t->path, name, *bytes, length);
  return PS_OK;
}

/* Opens what an earlier run has begun. *cut: it was longer. */
static int continue_at(const struct part_tree *t, const struct place *place, const char *name,
                       uint64_t length, int *fd, bool *cut, struct ps_error *err) {
  *fd = RETRY(
      openat(place->directory->fd, place->part, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (*fd < 0)
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot go on with %s/%s: its begun output %s",
                        t->path, name, place->part);
  uint64_t bytes = 0;
  int r = check_length(t, *fd, name, length, &bytes, err);
  *cut = bytes > length;
  if (!r && *cut && RETRY(ftruncate(*fd, (off_t)length)))
    r = error_set_os(err, PS_E_OUTPUT, errno, "cannot cut the begun output of %s/%s", t->path,
                     name);
  if (r) (void)close(*fd);
  return r;
}

static int open_locked(struct part_tree *t, struct part *p, uint64_t length, struct ps_error *err) {
  struct place place;
  bool changed = true;
  int r = place_find(t, p->name, true, &place, err);
  if (!r && !length) r = create(t, &place, p->name, &p->fd, err);
  else if (!r) r = continue_at(t, &place, p->name, length, &p->fd, &changed, err);
  if (r) return r;
  p->length = p->written_back = length;
  atomic_store(&p->dirty, changed);
  p->next = t->open;
  p->link = &t->open;
  if (p->next) p->next->link = &p->next;
  t->open = p;
  return PS_OK;
}

int part_open(struct part_tree *tree, const char *name, uint64_t length, struct part **part,
              struct ps_error *err) {
  size_t len = strlen(name);
  struct part *p = calloc(1, sizeof *p + len + 1);
  if (!p) return error_memory(err, sizeof *p + len + 1);
  p->tree = tree;
  memcpy(p->name, name, len + 1);
  atomic_init(&p->dirty, false);
  (void)pthread_mutex_lock(&tree->lock);
  int r = open_locked(tree, p, length, err);
  (void)pthread_mutex_unlock(&tree->lock);
  if (r) free(p);
  else *part = p;
  return r;
}

/* --- Writing --- */

static int repeat(const struct part *p, struct ps_error *err) {
  if (err) *err = p->failed;
  return p->failed.status;
}

/* Starts the write-back of what came since the last time, so that a sync is short. A hint: failing
 * is harmless. */
static void write_back(struct part *p) {
  uint64_t fresh = p->length - p->written_back;
  if (fresh < WRITE_BACK) return;
  (void)sync_file_range(p->fd, (off_t)p->written_back, (off_t)fresh, SYNC_FILE_RANGE_WRITE);
  p->written_back = p->length;
}

int part_write(struct part *part, struct iovec *vectors, size_t n, struct ps_error *err) {
  struct part *p = part;
  if (p->failed.status) return repeat(p, err);
  for (vectors_advance(&vectors, &n, 0); n;) {
    atomic_store(&p->dirty, true);
    ssize_t w = pwritev(p->fd, vectors, (int)(n < IOV_MAX ? n : IOV_MAX), (off_t)p->length);
    if (w < 0 && errno == EINTR) continue;
    if (w == 0) errno = EIO; /* cannot happen, and must not loop */
    if (w <= 0) {
      (void)error_set_os(&p->failed, PS_E_OUTPUT, errno, "cannot write %s/%s", p->tree->path,
                         p->name);
      return repeat(p, err);
    }
    p->length += (uint64_t)w;
    vectors_advance(&vectors, &n, (size_t)w);
    write_back(p);
  }
  /* Also what was written while a sync went on is dirty. */
  atomic_store(&p->dirty, true);
  return PS_OK;
}

uint64_t part_length(const struct part *part) { return part->length; }

int part_close(struct part *part, struct ps_error *err) {
  if (!part) return PS_OK;
  struct part *p = part;
  struct part_tree *t = p->tree;
  (void)pthread_mutex_lock(&t->lock);
  *p->link = p->next;
  if (p->next) p->next->link = p->link;
  int r = repeat(p, err), closed = PS_OK;
  if (atomic_load(&p->dirty)) closed = tree_keep(t, p->fd, p->name, r ? NULL : err);
  else (void)close(p->fd); /* nothing was written that a sync has not seen */
  (void)pthread_mutex_unlock(&t->lock);
  free(p);
  return r ? r : closed;
}

/* --- Names again: giving them, taking them away, looking --- */

static int rename_failed(const struct part_tree *t, const char *name, int os_error,
                         struct ps_error *err) {
  switch (os_error) {
  case EEXIST:
  case ENOTEMPTY:
    return error_set(err, PS_E_OUTPUT,
                     "%s/%s is there already: move it away, or let it be overwritten", t->path,
                     name);
  case EISDIR:
    return error_set(err, PS_E_OUTPUT, "%s/%s is a directory: move it away", t->path, name);
  default:
    return error_set_os(err, PS_E_OUTPUT, os_error, "cannot give %s/%s its name", t->path, name);
  }
}

/* 0, or the system's error. */
static int rename_part(const struct place *place, bool overwrite) {
  int at = place->directory->fd;
  if (!overwrite) {
    if (!RETRY(renameat2(at, place->part, at, place->base, RENAME_NOREPLACE))) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    /* The file system does not know it: a file that comes just now would be replaced. */
    struct stat st;
    if (!RETRY(fstatat(at, place->base, &st, AT_SYMLINK_NOFOLLOW))) return EEXIST;
    if (errno != ENOENT) return errno;
  }
  return RETRY(renameat(at, place->part, at, place->base)) ? errno : 0;
}

static int publish_locked(struct part_tree *t, const char *name, bool overwrite,
                          struct ps_error *err) {
  struct place place;
  int r = place_find(t, name, false, &place, err);
  if (r) return r;
  int e = place.directory ? rename_part(&place, overwrite) : ENOENT;
  if (e) return rename_failed(t, name, e, err);
  place.directory->dirty = true;
  return PS_OK;
}

int part_publish(struct part_tree *tree, const char *name, bool overwrite, struct ps_error *err) {
  (void)pthread_mutex_lock(&tree->lock);
  int r = publish_locked(tree, name, overwrite, err);
  (void)pthread_mutex_unlock(&tree->lock);
  return r;
}

static int discard_locked(struct part_tree *t, const char *name, struct ps_error *err) {
  struct place place;
  int r = place_find(t, name, false, &place, err);
  if (r || !place.directory) return r;
  if (!RETRY(unlinkat(place.directory->fd, place.part, 0))) place.directory->dirty = true;
  else if (errno != ENOENT)
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot remove the begun output of %s/%s", t->path,
                        name);
  return PS_OK;
}

int part_discard(struct part_tree *tree, const char *name, struct ps_error *err) {
  (void)pthread_mutex_lock(&tree->lock);
  int r = discard_locked(tree, name, err);
  (void)pthread_mutex_unlock(&tree->lock);
  return r;
}

static int look_at(const struct part_tree *t, const struct place *place, const char *component,
                   const char *name, enum part_presence *presence, uint64_t *bytes,
                   struct ps_error *err) {
  struct stat st;
  *presence = PART_NOTHING;
  *bytes = 0;
  if (!place->directory) return PS_OK;
  if (RETRY(fstatat(place->directory->fd, component, &st, AT_SYMLINK_NOFOLLOW))) {
    if (errno == ENOENT) return PS_OK;
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot look at %s/%s", t->path, name);
  }
  *presence = S_ISREG(st.st_mode) ? PART_FILE : PART_OTHER;
  *bytes = (uint64_t)st.st_size;
  return PS_OK;
}

int part_look(struct part_tree *tree, const char *name, enum part_presence *whole,
              enum part_presence *part, uint64_t *part_bytes, struct ps_error *err) {
  struct place place;
  enum part_presence begun = PART_NOTHING;
  uint64_t bytes = 0;
  (void)pthread_mutex_lock(&tree->lock);
  int r = place_find(tree, name, false, &place, err);
  if (!r) r = look_at(tree, &place, place.base, name, whole, &bytes, err);
  if (!r && (part || part_bytes)) r = look_at(tree, &place, place.part, name, &begun, &bytes, err);
  (void)pthread_mutex_unlock(&tree->lock);
  if (!r && part) *part = begun;
  if (!r && part_bytes) *part_bytes = begun == PART_FILE ? bytes : 0;
  return r;
}
