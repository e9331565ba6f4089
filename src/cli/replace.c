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

static int write_directly(const char *path, const void *data, size_t len, struct ps_error *err) {
  int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be opened to write", path);
  int failed = write_all(fd, data, len) < 0 ? errno : 0;
  if (close(fd) < 0 && !failed) failed = errno;
  return failed ? error_set_os(err, PS_E_OUTPUT, failed, "%s cannot be written", path) : PS_OK;
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

static int replace_regular(const char *path, const void *data, size_t len, bool durable,
                           struct ps_error *err) {
  char temporary[PATH_MAX];
  struct stat old;
  bool exists = stat(path, &old) == 0;
  int fd = open_temporary(path, temporary, err);
  if (fd < 0) return PS_E_OUTPUT;
  int failed = 0;
  if (write_all(fd, data, len) < 0 || (exists && fchmod(fd, old.st_mode & 07777) < 0) ||
      (durable && fsync(fd) < 0))
    failed = errno;
  if (close(fd) < 0 && !failed) failed = errno;
  if (!failed && rename(temporary, path) < 0) failed = errno;
  if (failed) {
    (void)unlink(temporary);
    return error_set_os(err, PS_E_OUTPUT, failed, "%s cannot be written", path);
  }
  if (durable && sync_directory(path) < 0)
    return error_set_os(err, PS_E_OUTPUT, errno, "the directory of %s cannot be synced", path);
  return PS_OK;
}

int replace_file(const char *path, const void *data, size_t len, bool durable,
                 struct ps_error *err) {
  struct stat st;
  if (stat(path, &st) < 0) return replace_regular(path, data, len, durable, err);
  if (!S_ISREG(st.st_mode)) return write_directly(path, data, len, err);
  char *real = realpath(path, NULL);
  int status = replace_regular(real ? real : path, data, len, durable, err);
  free(real);
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
