#include "io/part_tree.h"

#include "base/directory.h"
#include "base/error.h"
#include "base/retry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* --- Opening --- */

/* Makes one directory of the path to the tree, and syncs the one it is in. */
static int make_above(const char *path, struct ps_error *err) {
  if (!RETRY(mkdir(path, 0777))) {
    if (directory_sync_above(path) >= 0) return PS_OK;
    return error_set_os(err, PS_E_OUTPUT, errno, "the directory of %s cannot be synced", path);
  }
  int e = errno;
  struct stat st;
  if (!RETRY(stat(path, &st))) {
    if (S_ISDIR(st.st_mode)) return PS_OK;
    return error_set(err, PS_E_OUTPUT,
                     "%s is not a directory: name another one for the outputs, or move it away",
                     path);
  }
  return error_set_os(err, PS_E_OUTPUT, e, "cannot make the directory %s", path);
}

static int make_path(const char *path, struct ps_error *err) {
  char *copy = strdup(path);
  if (!copy) return error_memory(err, 0);
  int r = PS_OK;
  for (char *p = copy + 1; !r && *p; p++) {
    if (*p != '/' || p[-1] == '/') continue;
    *p = '\0';
    r = make_above(copy, err);
    *p = '/';
  }
  if (!r) r = make_above(copy, err);
  free(copy);
  return r;
}

/* Remembers the file system of a directory that was opened. */
static int add_mount(struct part_tree *t, int fd, const char *name, struct ps_error *err) {
  struct stat st;
  if (RETRY(fstat(fd, &st)))
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot look at %s/%s", t->path, name);
  for (size_t i = 0; i < t->nmounts; i++)
    if (t->mounts[i].device == st.st_dev) return PS_OK;
  struct tree_mount *grown = realloc(t->mounts, (t->nmounts + 1) * sizeof *grown);
  if (!grown) return error_memory(err, (t->nmounts + 1) * sizeof *grown);
  t->mounts = grown;
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0)
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot open the directory %s/%s", t->path, name);
  t->mounts[t->nmounts++] = (struct tree_mount){.device = st.st_dev, .fd = copy};
  return PS_OK;
}

/* root.fd stays -1 when the directory is not there and not to be made. */
static int open_root(struct part_tree *t, bool make, struct ps_error *err) {
  if (t->root.fd >= 0) return PS_OK;
  int r = make ? make_path(t->path, err) : PS_OK;
  if (r) return r;
  t->root.fd = RETRY(open(t->path, DIRECTORY_FLAGS));
  if (t->root.fd >= 0) return add_mount(t, t->root.fd, "", err);
  if (errno == ENOENT && !make) return PS_OK;
  if (errno == ENOTDIR) return make_above(t->path, err);
  return error_set_os(err, PS_E_OUTPUT, errno, "cannot open the directory %s", t->path);
}

static int tree_begin(struct part_tree *t, const char *directory, struct ps_error *err) {
  size_t len = strlen(directory);
  while (len > 1 && directory[len - 1] == '/') len--;
  t->path = strndup(directory, len);
  t->root.name = strdup("");
  if (!t->path || !t->root.name) return error_memory(err, len);
  return open_root(t, false, err);
}

/* Parts have names that depend on their outputs' alone: two writers would take each other's away.
 * Where there are no locks, two are not noticed. */
static int lock_root(const struct part_tree *t, struct ps_error *err) {
  int r;
  do r = flock(t->root.fd, LOCK_EX | LOCK_NB);
  while (r && errno == EINTR);
  if (!r || errno != EWOULDBLOCK) return PS_OK;
  return error_set(err, PS_E_OUTPUT,
                   "another run writes its outputs into %s: wait until it has ended, or name "
                   "another directory",
                   t->path);
}

int part_tree_make(struct part_tree *tree, struct ps_error *err) {
  (void)pthread_mutex_lock(&tree->lock);
  int r = open_root(tree, true, err);
  if (!r) r = lock_root(tree, err);
  (void)pthread_mutex_unlock(&tree->lock);
  return r;
}

int part_tree_open(const char *directory, struct part_tree **tree, struct ps_error *err) {
  if (!*directory)
    return error_set(err, PS_E_ARGUMENT, "the directory of the outputs has an empty name");
  struct part_tree *t = calloc(1, sizeof *t);
  if (!t) return error_memory(err, sizeof *t);
  t->root.fd = -1;
  int e = pthread_mutex_init(&t->lock, NULL);
  if (e) {
    free(t);
    return error_set_os(err, PS_E_MEMORY, e, "cannot make a lock");
  }
  int r = tree_begin(t, directory, err);
  if (r) part_tree_close(t);
  else *tree = t;
  return r;
}

static void directory_release(struct tree_directory *d) {
  if (d->name && d->fd >= 0) (void)close(d->fd);
  free(d->name);
  *d = (struct tree_directory){.fd = -1};
}

void part_tree_close(struct part_tree *tree) {
  if (!tree) return;
  struct part_tree *t = tree;
  for (size_t i = 0; i < t->nclosed; i++) (void)close(t->closed[i]);
  for (size_t i = 0; i < t->nmounts; i++) (void)close(t->mounts[i].fd);
  for (size_t i = 0; i < TREE_DIRECTORIES; i++) directory_release(&t->cache[i]);
  directory_release(&t->root);
  (void)pthread_mutex_destroy(&t->lock);
  free(t->mounts);
  free(t->path);
  free(t);
}

/* --- Directories --- */

static struct tree_directory *find(struct part_tree *t, const char *name, size_t len) {
  if (!len) return &t->root;
  for (size_t i = 0; i < TREE_DIRECTORIES; i++) {
    struct tree_directory *d = &t->cache[i];
    if (!d->name || d->len != len || memcmp(d->name, name, len) != 0) continue;
    d->used = ++t->uses;
    return d;
  }
  return NULL;
}

/* The place of the directory that was not used for the longest time, emptied. */
static struct tree_directory *vacate(struct part_tree *t) {
  struct tree_directory *oldest = &t->cache[0];
  for (size_t i = 0; i < TREE_DIRECTORIES && oldest->name; i++)
    if (!t->cache[i].name || t->cache[i].used < oldest->used) oldest = &t->cache[i];
  if (oldest->dirty) t->many = true;
  directory_release(oldest);
  return oldest;
}

static int refused(const struct part_tree *t, const struct tree_directory *above, const char *base,
                   const char *name, int os_error, struct ps_error *err) {
  struct stat st;
  if (!RETRY(fstatat(above->fd, base, &st, AT_SYMLINK_NOFOLLOW))) {
    if (S_ISLNK(st.st_mode))
      return error_set(err, PS_E_OUTPUT,
                       "%s/%s is a symbolic link, and none is followed below the directory of the "
                       "outputs: remove it, or name another directory",
                       t->path, name);
    if (!S_ISDIR(st.st_mode))
      return error_set(err, PS_E_OUTPUT,
                       "%s/%s is not a directory, but outputs go below it: move it away, or name "
                       "another directory",
                       t->path, name);
  }
  return error_set_os(err, PS_E_OUTPUT, os_error, "cannot open the directory %s/%s", t->path, name);
}

/* Opens, or makes, one directory in another. fd -1 with PS_OK: it is not there. */
static int open_below(struct part_tree *t, struct tree_directory *above, const char *name,
                      bool make, int *fd, struct ps_error *err) {
  const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
  *fd = RETRY(openat(above->fd, base, DIRECTORY_FLAGS | O_NOFOLLOW));
  if (*fd < 0 && errno == ENOENT) {
    if (!make) return PS_OK;
    /* EEXIST: somebody else has just made it. */
    if (RETRY(mkdirat(above->fd, base, 0777)) && errno != EEXIST)
      return error_set_os(err, PS_E_OUTPUT, errno, "cannot make the directory %s/%s", t->path,
                          name);
    above->dirty = true;
    *fd = RETRY(openat(above->fd, base, DIRECTORY_FLAGS | O_NOFOLLOW));
  }
  return *fd < 0 ? refused(t, above, base, name, errno, err) : PS_OK;
}

/* One component more: the directory `name`, which lies in `above`. */
static int enter(struct part_tree *t, struct tree_directory *above, const char *name, size_t len,
                 bool make, struct tree_directory **directory, struct ps_error *err) {
  *directory = NULL;
  char *copy = strndup(name, len);
  if (!copy) return error_memory(err, len);
  int fd, r = open_below(t, above, copy, make, &fd, err);
  if (!r && fd >= 0) r = add_mount(t, fd, copy, err);
  if (r || fd < 0) {
    if (fd >= 0) (void)close(fd);
    free(copy);
    return r;
  }
  *directory = vacate(t);
  **directory = (struct tree_directory){.name = copy, .len = len, .fd = fd, .used = ++t->uses};
  return PS_OK;
}

int tree_directory(struct part_tree *tree, const char *name, size_t len, bool make,
                   struct tree_directory **directory, struct ps_error *err) {
  *directory = NULL;
  int opened = open_root(tree, make, err);
  if (opened || tree->root.fd < 0) return opened;
  *directory = find(tree, name, len);
  if (*directory) return PS_OK;
  struct tree_directory *at = &tree->root;
  for (size_t end = 1; at && end <= len; end++) {
    if (end < len && name[end] != '/') continue;
    struct tree_directory *next = find(tree, name, end);
    int r = next ? PS_OK : enter(tree, at, name, end, make, &next, err);
    if (r) return r;
    at = next;
  }
  *directory = at;
  return PS_OK;
}

/* --- Syncing --- */

int tree_keep(struct part_tree *tree, int fd, const char *name, struct ps_error *err) {
  if (!tree->many && tree->nclosed < TREE_FEW) {
    tree->closed[tree->nclosed++] = fd;
    return PS_OK;
  }
  tree->many = true;
  /* After EINTR the descriptor is gone on Linux. */
  if (close(fd) && errno != EINTR)
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot close %s/%s", tree->path, name);
  return PS_OK;
}

static bool few(const struct part_tree *t) {
  size_t n = t->nclosed;
  for (const struct part *p = t->open; p; p = p->next) n += atomic_load(&p->dirty);
  return !t->many && n <= TREE_FEW;
}

/* sync: fdatasync() or fsync(). */
static int sync_one(const struct part_tree *t, int fd, int (*sync)(int), const char *name,
                    struct ps_error *err) {
  int r;
  do r = sync(fd);
  while (r && errno == EINTR);
  if (!r || (sync == fsync && errno == EINVAL)) return PS_OK; /* no sync of directories there */
  return error_set_os(err, PS_E_OUTPUT, errno, "cannot sync %s%s%s", t->path, *name ? "/" : "",
                      name);
}

static int sync_directory(const struct part_tree *t, struct tree_directory *d,
                          struct ps_error *err) {
  if (!d->dirty) return PS_OK;
  d->dirty = false;
  return sync_one(t, d->fd, fsync, d->name, err);
}

static int sync_each(struct part_tree *t, struct ps_error *err) {
  int r = PS_OK;
  for (struct part *p = t->open; !r && p; p = p->next)
    if (atomic_exchange(&p->dirty, false)) r = sync_one(t, p->fd, fdatasync, p->name, err);
  for (size_t i = 0; !r && i < t->nclosed; i++) r = sync_one(t, t->closed[i], fdatasync, "", err);
  for (size_t i = 0; !r && i < TREE_DIRECTORIES; i++) r = sync_directory(t, &t->cache[i], err);
  return r ? r : sync_directory(t, &t->root, err);
}

static int sync_all(struct part_tree *t, struct ps_error *err) {
  for (struct part *p = t->open; p; p = p->next) atomic_store(&p->dirty, false);
  for (size_t i = 0; i < TREE_DIRECTORIES; i++) t->cache[i].dirty = false;
  t->root.dirty = false;
  for (size_t i = 0; i < t->nmounts; i++)
    if (RETRY(syncfs(t->mounts[i].fd)))
      return error_set_os(err, PS_E_OUTPUT, errno, "cannot sync the file system of %s", t->path);
  return PS_OK;
}

static int tree_sync(struct part_tree *t, struct ps_error *err) {
  int r = few(t) ? sync_each(t, err) : sync_all(t, err);
  while (t->nclosed) {
    int fd = t->closed[--t->nclosed];
    if (close(fd) && errno != EINTR && !r)
      r = error_set_os(err, PS_E_OUTPUT, errno, "cannot close a file in %s", t->path);
  }
  t->many = false;
  return r;
}

/* The directory is still the one of its name: else the outputs are somewhere else, or nowhere. */
static int check_root(const struct part_tree *t, struct ps_error *err) {
  struct stat ours, there;
  if (t->root.fd < 0) return PS_OK;
  if (RETRY(fstat(t->root.fd, &ours)))
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot look at %s", t->path);
  if (!RETRY(stat(t->path, &there))) {
    if (ours.st_dev == there.st_dev && ours.st_ino == there.st_ino) return PS_OK;
  } else if (errno != ENOENT && errno != ENOTDIR) {
    return error_set_os(err, PS_E_OUTPUT, errno, "cannot look at %s", t->path);
  }
  return error_set(err, PS_E_OUTPUT,
                   "the directory %s was moved or deleted while outputs were written to it: move "
                   "it back and run again",
                   t->path);
}

int part_tree_sync(struct part_tree *tree, struct ps_error *err) {
  (void)pthread_mutex_lock(&tree->lock);
  if (!tree->failed.status && !tree_sync(tree, &tree->failed))
    (void)check_root(tree, &tree->failed);
  int r = tree->failed.status;
  if (r && err) *err = tree->failed;
  (void)pthread_mutex_unlock(&tree->lock);
  return r;
}
