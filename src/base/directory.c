#include "base/directory.h"

#include "base/retry.h"
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

int directory_sync(const char *path) {
  const int fd = RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd < 0) return errno == EACCES ? 1 : -1;
  const int failed = RETRY(fsync(fd)) && errno != EINVAL && errno != EROFS ? errno : 0;
  (void)close(fd);
  errno = failed;
  return failed ? -1 : 0;
}

int directory_sync_above(const char *path) {
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] == '/') end--; /* "new/" is in "." */
  while (end && path[end - 1] != '/') end--;
  while (end > 1 && path[end - 1] == '/') end--;
  char above[PATH_MAX] = ".";
  if (end >= sizeof above) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (end) {
    memcpy(above, path, end);
    above[end] = '\0';
  }
  return directory_sync(above);
}
