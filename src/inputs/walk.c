#include "inputs/walk.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/retry.h"
#include "io/part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A directory that is being read. */
struct level {
  DIR *directory;
  dev_t device;
  ino_t inode;
  size_t path_len, name_len; /* of the directory's own */
};

struct walker {
  bool follow;
  int stop_fd;
  walk_visit *visit;
  void *context;
  struct buffer path, name;
  size_t depth;
  struct level levels[WALK_DEPTH];
};

/* --- Names --- */

/* Behind the last "/./": what is before it is cut off. */
static const char *cut(const char *path) {
  const char *from = path;
  for (const char *p = path; (p = strstr(p, "/./")); p += 2) from = p + 3;
  return from;
}

static bool is_dot(const char *component, size_t len) { return len == 1 && component[0] == '.'; }
static bool is_dots(const char *component, size_t len) {
  return len == 2 && component[0] == '.' && component[1] == '.';
}

static int add_component(struct buffer *name, const char *component, size_t len,
                         struct ps_error *err) {
  int r = name->len ? buffer_append(name, "/", 1, err) : PS_OK;
  return r ? r : buffer_append(name, component, len, err);
}

/* The components of the path, without empty ones and ".". */
static int name_of_path(struct buffer *name, const char *whole, const char *path,
                        struct ps_error *err) {
  for (size_t len; *path; path += len) {
    len = strcspn(path, "/");
    if (is_dots(path, len))
      return error_set(err, PS_E_ARGUMENT,
                       "no output can be named after %s, since there is \"..\" in it: write the "
                       "path without it, or /./ before the part that is to be kept",
                       whole);
    int r = len && !is_dot(path, len) ? add_component(name, path, len, err) : PS_OK;
    if (r) return r;
    if (!len) len = 1;
  }
  return PS_OK;
}

/* The last component; "." and ".." give none. */
static int name_of_last(struct buffer *name, const char *path, struct ps_error *err) {
  size_t end = strlen(path);
  while (end && path[end - 1] == '/') end--;
  size_t begin = end;
  while (begin && path[begin - 1] != '/') begin--;
  const char *last = path + begin;
  if (begin == end || is_dot(last, end - begin) || is_dots(last, end - begin)) return PS_OK;
  return add_component(name, last, end - begin, err);
}

static int name_operand(struct buffer *name, const char *path, enum walk_naming naming,
                        struct ps_error *err) {
  const char *kept = cut(path);
  int r = buffer_reserve(name, 0, err);
  if (r) return r;
  buffer_clear(name);
  if (naming == WALK_LIST || kept != path) return name_of_path(name, path, kept, err);
  return name_of_last(name, path, err);
}

/* --- Visiting --- */

static int tell(struct walker *w, const struct stat *st, const char *problem,
                struct ps_error *err) {
  const struct walk_entry entry = {.path = (const char *)w->path.data,
                                   .name = (const char *)w->name.data,
                                   .stat = problem ? NULL : st,
                                   .problem = problem};
  return w->visit(w->context, &entry, err);
}

static int tell_error(struct walker *w, int os_error, struct ps_error *err) {
  struct ps_error problem;
  (void)error_set_os(&problem, PS_E_INPUT, os_error, "cannot read %s", w->path.data);
  if (!error_is_passing(&problem)) return tell(w, NULL, problem.text, err);
  if (err) *err = problem;
  return problem.status;
}

static int tell_text(struct walker *w, const char *text, struct ps_error *err) {
  struct ps_error problem;
  (void)error_set(&problem, PS_E_INPUT, "%s %s", w->path.data, text);
  return tell(w, NULL, problem.text, err);
}

/* Why there is no stat of something. */
static int tell_missing(struct walker *w, int at, const char *component, struct ps_error *err) {
  int e = errno;
  struct stat st;
  if (e == ENOENT && !RETRY(fstatat(at, component, &st, AT_SYMLINK_NOFOLLOW)) &&
      S_ISLNK(st.st_mode))
    return tell_text(w, "is a symbolic link to something that is not there", err);
  return tell_error(w, e, err);
}

static bool stopped(const struct walker *w) {
  struct pollfd fd = {.fd = w->stop_fd, .events = POLLIN};
  return w->stop_fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* --- Directories --- */

/* Begins to read the directory at the path. It is opened below `at`, so that nobody can move
 * another one under the path meanwhile. */
static int descend(struct walker *w, int at, const char *component, bool follow,
                   struct ps_error *err) {
  struct stat st;
  if (w->depth == WALK_DEPTH) return tell_text(w, "lies too deep: name it directly", err);
  int fd = RETRY(openat(at, component,
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | (follow ? 0 : O_NOFOLLOW)));
  if (fd < 0) return tell_error(w, errno, err);
  DIR *directory = NULL;
  if (!RETRY(fstat(fd, &st))) {
    do directory = fdopendir(fd);
    while (!directory && errno == EINTR);
  }
  if (!directory) {
    int e = errno;
    (void)close(fd);
    return tell_error(w, e, err);
  }
  for (size_t i = 0; i < w->depth; i++) {
    if (w->levels[i].device != st.st_dev || w->levels[i].inode != st.st_ino) continue;
    (void)closedir(directory);
    return tell_text(w, "leads back to a directory that it lies in: it is not read again", err);
  }
  w->levels[w->depth++] = (struct level){.directory = directory,
                                         .device = st.st_dev,
                                         .inode = st.st_ino,
                                         .path_len = w->path.len,
                                         .name_len = w->name.len};
  return PS_OK;
}

static const char *kind_text(mode_t mode) {
  if (S_ISLNK(mode)) return "is a symbolic link, and links are not followed here";
  if (S_ISFIFO(mode)) return "is a pipe: name it directly to have it read";
  if (S_ISSOCK(mode)) return "is a socket";
  return "is a device: name it directly to have it read";
}

/* One thing in a directory. */
static int meet(struct walker *w, int at, const char *component, struct ps_error *err) {
  struct stat st;
  if (RETRY(fstatat(at, component, &st, w->follow ? 0 : AT_SYMLINK_NOFOLLOW)))
    return tell_missing(w, at, component, err);
  if (S_ISDIR(st.st_mode)) return descend(w, at, component, w->follow, err);
  if (S_ISREG(st.st_mode)) return tell(w, &st, NULL, err);
  return tell_text(w, kind_text(st.st_mode), err);
}

static void truncate_to(struct buffer *b, size_t len) {
  b->len = len;
  b->data[len] = '\0';
}

/* The path and the name of something in the innermost directory. */
static int extend(struct walker *w, const struct level *level, const char *component,
                  struct ps_error *err) {
  size_t len = strlen(component);
  truncate_to(&w->path, level->path_len);
  truncate_to(&w->name, level->name_len);
  int r = w->path.data[w->path.len - 1] == '/' ? PS_OK : buffer_append(&w->path, "/", 1, err);
  if (!r) r = buffer_append(&w->path, component, len, err);
  return r ? r : add_component(&w->name, component, len, err);
}

/* One step: the next entry of the innermost directory, or its end. */
static int step(struct walker *w, struct ps_error *err) {
  struct level *level = &w->levels[w->depth - 1];
  const struct dirent *entry;
  do {
    errno = 0;
    entry = readdir(level->directory);
  } while (!entry && errno == EINTR);
  if (!entry) {
    int e = errno;
    truncate_to(&w->path, level->path_len);
    truncate_to(&w->name, level->name_len);
    (void)closedir(level->directory);
    w->depth--;
    return e ? tell_error(w, e, err) : PS_OK;
  }
  size_t len = strlen(entry->d_name);
  if (is_dot(entry->d_name, len) || is_dots(entry->d_name, len) || part_is_name(entry->d_name))
    return PS_OK;
  int r = extend(w, level, entry->d_name, err);
  return r ? r : meet(w, dirfd(level->directory), entry->d_name, err);
}

/* --- The operand --- */

static int begin(struct walker *w, const char *path, struct ps_error *err) {
  struct stat st;
  int r = buffer_append(&w->path, path, strlen(path), err);
  if (r) return r;
  if (RETRY(stat(path, &st))) return tell_missing(w, AT_FDCWD, path, err);
  if (S_ISDIR(st.st_mode)) return descend(w, AT_FDCWD, path, true, err);
  if (S_ISSOCK(st.st_mode)) return tell_text(w, kind_text(st.st_mode), err);
  return tell(w, &st, NULL, err);
}

int walk(const char *path, enum walk_naming naming, bool follow, int stop_fd, walk_visit *visit,
         void *context, struct ps_error *err) {
  struct walker *w = calloc(1, sizeof *w);
  if (!w) return error_memory(err, sizeof *w);
  w->follow = follow;
  w->stop_fd = stop_fd;
  w->visit = visit;
  w->context = context;
  int r = name_operand(&w->name, path, naming, err);
  if (!r) r = begin(w, path, err);
  while (!r && w->depth) {
    if (stopped(w)) r = error_set(err, PS_E_STOPPED, "stopped while listing %s", path);
    else r = step(w, err);
  }
  while (w->depth) (void)closedir(w->levels[--w->depth].directory);
  buffer_release(&w->path);
  buffer_release(&w->name);
  free(w);
  return r;
}
