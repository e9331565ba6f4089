/* ps_seen_number_take(): a byte of lock.mdb, at the place of this process's number, which LMDB
 * locks for its readers. POSIX locks belong to the process, so that LMDB will find this one its
 * own. */
#include "base/error.h"
#include "base/retry.h"
#include "seen/place.h"
#include <errno.h>
#include <fcntl.h>
#include <pingsieve/seen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ps_seen_number_take(const char *dir, int *number, struct ps_error *err) {
  const struct flock byte = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)getpid(), .l_len = 1};
  char *path = place_path(dir, "lock.mdb");
  *number = -1;
  if (!path) return error_memory(err, strlen(dir));
  const int fd = RETRY(open(path, O_RDWR | O_CLOEXEC));
  free(path);
  if (fd < 0) return PS_OK; /* no reader is there, or opening the store will tell why not */
  int r;
  do r = fcntl(fd, F_SETLK, &byte);
  while (r && errno == EINTR);
  const int failed = r ? errno : 0;
  if (!failed) {
    *number = fd;
    return PS_OK;
  }
  (void)close(fd);
  if (failed == EAGAIN || failed == EACCES)
    return error_set(err, PS_E_STORE_NUMBER,
                     "another process of this one's number (%ld) reads the store in %s",
                     (long)getpid(), dir);
  return error_set_os(err, PS_E_STORE, failed, "%s/lock.mdb cannot be locked", dir);
}
