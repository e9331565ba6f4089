#include "backfill/lock.h"

#include "base/error.h"
#include "base/retry.h"
#include "seen/place.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define NAME "backfill.lock"

int lock_open(const char *store, int *lock, struct ps_error *err) {
  const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  *lock = -1;
  const int directory = RETRY(open(store, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory < 0)
    return error_set_os(err, PS_E_STORE, errno, "cannot open the store's directory %s", store);
  const int fd = RETRY(openat(directory, NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  const int os_error = errno;
  (void)close(directory);
  if (fd < 0)
    return error_set_os(err, PS_E_STORE, os_error, "cannot make the lock %s/" NAME, store);
  char path[PATH_MAX];
  const int len = snprintf(path, sizeof path, "%s/" NAME, store);
  if (len > 0 && (size_t)len < sizeof path) place_share(path);
  int r;
  do r = fcntl(fd, F_OFD_SETLK, &whole);
  while (r && errno == EINTR);
  if (!r) {
    *lock = fd;
    return PS_OK;
  }
  const bool held = errno == EAGAIN || errno == EACCES;
  r = held ? error_set(err, PS_E_STORE,
                       "another backfill is working on the store in %s: wait until it has ended, "
                       "or interrupt it",
                       store)
           : error_set_os(err, PS_E_STORE, errno, "cannot lock %s/" NAME, store);
  (void)close(fd);
  return r;
}

void lock_close(int lock) {
  if (lock >= 0) (void)close(lock);
}
