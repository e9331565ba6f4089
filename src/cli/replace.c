#include "cli/replace.h"

#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const uint8_t *data, size_t len) {
  while (len > 0) {
    ssize_t n = write(fd, data, len);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    data += n;
    len -= (size_t)n;
  }
  return 0;
}

/* The directory of path in dir[PATH_MAX]. */
static const char *directory_of(const char *path, char dir[PATH_MAX]) {
  (void)snprintf(dir, PATH_MAX, "%s", path);
  return dirname(dir);
}

static int sync_directory(const char *path) {
  char dir[PATH_MAX];
  int fd = open(directory_of(path, dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  int result = fsync(fd);
  if (result < 0 && (errno == EINVAL || errno == EROFS)) result = 0; /* not on this file system */
  int saved = errno;
  (void)close(fd);
  errno = saved;
  return result;
}

/* Makes a new file beside path; its name is in temporary[PATH_MAX]. The umask has its say, which
 * mkstemp(3) would not let it. */
static int open_temporary(const char *path, char temporary[PATH_MAX], struct ps_error *err) {
  for (unsigned attempt = 0; attempt < 16; attempt++) {
    uint64_t unlike = clock_monotonic_ns() ^ (uint64_t)getpid() << 40;
    int n = snprintf(temporary, PATH_MAX, "%s.%" PRIx64 ".tmp", path, unlike);
    if (n < 0 || n >= PATH_MAX) {
      errno = ENAMETOOLONG;
      break;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) return fd;
    if (errno != EEXIST) break;
  }
  (void)error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written: no file can be made beside it",
                     path);
  return -1;
}

int replace_begin(struct replacement *r, const char *path, struct ps_error *err) {
  struct stat old;
  bool exists = stat(path, &old) == 0, direct = exists && !S_ISREG(old.st_mode);
  char *real = exists && !direct ? realpath(path, NULL) : NULL;
  int n = snprintf(r->path, sizeof r->path, "%s", real ? real : path);
  free(real);
  r->fd = -1;
  r->temporary[0] = '\0';
  if (n < 0 || (size_t)n >= sizeof r->path)
    return error_set_os(err, PS_E_OUTPUT, ENAMETOOLONG, "%s cannot be written", path);
  if (direct) {
    r->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return r->fd < 0 ? error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be opened to write", path)
                     : PS_OK;
  }
  r->fd = open_temporary(r->path, r->temporary, err);
  if (r->fd < 0) {
    r->temporary[0] = '\0';
    return PS_E_OUTPUT;
  }
  if (!exists || fchmod(r->fd, old.st_mode & 07777) == 0) return PS_OK;
  (void)error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written", path);
  replace_abandon(r);
  return PS_E_OUTPUT;
}

int replace_write(struct replacement *r, const void *data, size_t len, struct ps_error *err) {
  if (write_all(r->fd, data, len) == 0) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written", r->path);
}

int replace_commit(struct replacement *r, bool durable, struct ps_error *err) {
  bool direct = !r->temporary[0];
  int failed = durable && !direct && fsync(r->fd) < 0 ? errno : 0;
  if (close(r->fd) < 0 && !failed) failed = errno;
  r->fd = -1;
  if (!failed && !direct && rename(r->temporary, r->path) < 0) failed = errno;
  if (failed) {
    replace_abandon(r);
    return error_set_os(err, PS_E_OUTPUT, failed, "%s cannot be written", r->path);
  }
  r->temporary[0] = '\0';
  if (durable && !direct && sync_directory(r->path) < 0)
    return error_set_os(err, PS_E_OUTPUT, errno, "the directory of %s cannot be synced", r->path);
  return PS_OK;
}

void replace_abandon(struct replacement *r) {
  if (r->fd >= 0) (void)close(r->fd);
  if (r->temporary[0]) (void)unlink(r->temporary);
  r->fd = -1;
  r->temporary[0] = '\0';
}

int replace_file(const char *path, const void *data, size_t len, bool durable,
                 struct ps_error *err) {
  struct replacement r;
  int status = replace_begin(&r, path, err);
  if (status != PS_OK) return status;
  status = replace_write(&r, data, len, err);
  if (status == PS_OK) return replace_commit(&r, durable, err);
  replace_abandon(&r);
  return status;
}

int replace_check(const char *path, struct ps_error *err) {
  struct stat st;
  if (stat(path, &st) == 0) {
    if (S_ISDIR(st.st_mode))
      return error_set(err, PS_E_OUTPUT, "%s is a directory; a file is wanted", path);
    if (!S_ISREG(st.st_mode)) return PS_OK;
  }
  char text[PATH_MAX];
  const char *dir = directory_of(path, text);
  if (access(dir, W_OK | X_OK) < 0)
    return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written in its directory %s", path,
                        dir);
  return PS_OK;
}
