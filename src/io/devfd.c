#include "io/devfd.h"

#include "base/retry.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#define DIGITS     7 /* more than any limit of descriptors has */
#define SHARE_BYTE ((off_t)1 << 61)

static int number_in(const char *digits) {
  size_t n = strlen(digits);
  int number = 0;
  if (!n || n > DIGITS || strspn(digits, "0123456789") != n) return -1;
  for (; *digits; digits++) number = number * 10 + (*digits - '0');
  return number;
}

int devfd_number(const char *path) {
  static const char *const standard[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
  static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};
  for (int i = 0; i < 3; i++)
    if (!strcmp(path, standard[i])) return i;
  for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
    size_t n = strlen(directories[i]);
    if (!strncmp(path, directories[i], n)) return number_in(path + n);
  }
  return -1;
}

int devfd_open(int number) {
  int flags = fcntl(number, F_GETFL);
  if (flags < 0) return -1;
  if ((flags & O_ACCMODE) == O_RDONLY) {
    errno = EBADF;
    return -1;
  }
  return fcntl(number, F_DUPFD_CLOEXEC, 3); /* not one of the standard three */
}

bool devfd_share(int a, int b) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = SHARE_BYTE, .l_len = 1};
  struct flock met = lock;
  if (a == b) return true;
  if (RETRY(fcntl(a, F_OFD_SETLK, &lock))) return false;
  const bool share = !RETRY(fcntl(b, F_OFD_GETLK, &met)) && met.l_type == F_UNLCK;
  /* Not from `met`: the process number that F_OFD_GETLK has put in is refused. */
  lock.l_type = F_UNLCK;
  (void)RETRY(fcntl(a, F_OFD_SETLK, &lock));
  return share;
}
