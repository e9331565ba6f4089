#include "io/claim.h"

#include "base/error.h"
#include "base/retry.h"
#include "base/seed.h"

#include <errno.h>
#include <fcntl.h>

/* The byte of a process that writes alone, and behind it one for each of those that append: a
 * shared lock of one byte would have to be open for reading. */
#define ALONE     ((off_t)1 << 62)
#define APPENDERS ((off_t)1 << 20)
#define ATTEMPTS  16

static struct flock range(short type, off_t begin, off_t len) {
  return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = begin, .l_len = len};
}

/* 0, EAGAIN (another description has it), or why there are no locks. */
static int lock_byte(int fd, off_t at) {
  struct flock lock = range(F_WRLCK, at, 1);
  int r;
  do r = fcntl(fd, F_OFD_SETLK, &lock);
  while (r && errno == EINTR);
  return !r ? 0 : errno == EACCES ? EAGAIN : errno;
}

static bool is_claimed(int fd, off_t begin, off_t len) {
  struct flock lock = range(F_WRLCK, begin, len);
  return !RETRY(fcntl(fd, F_OFD_GETLK, &lock)) && lock.l_type != F_UNLCK;
}

static int lock_as_appender(int fd) {
  int r = EAGAIN;
  for (unsigned i = 0; i < ATTEMPTS && r == EAGAIN; i++)
    r = lock_byte(fd, ALONE + 1 + (off_t)(seed_draw(&r) % (uint64_t)APPENDERS));
  return r == EAGAIN ? 0 : r; /* so many append that this one more changes nothing */
}

int claim_file(int fd, bool append, const char *name, struct ps_error *err) {
  int r = append ? lock_as_appender(fd) : lock_byte(fd, ALONE);
  bool taken = r == EAGAIN;
  if (r && !taken) return PS_OK;
  /* Both lock first and look then: of two that come at once, one at least sees the other. */
  if (!taken) taken = append ? is_claimed(fd, ALONE, 1) : is_claimed(fd, ALONE + 1, APPENDERS);
  if (!taken) return PS_OK;
  claim_release(fd);
  return error_set(err, PS_E_OUTPUT,
                   "another run writes the same file as %s: they would overwrite each other's "
                   "pings; give each a file of its own, or let all append (>>)",
                   name);
}

void claim_release(int fd) {
  struct flock lock = range(F_UNLCK, ALONE, APPENDERS + 1);
  (void)fcntl(fd, F_OFD_SETLK, &lock);
}
