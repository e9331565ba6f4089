#include "disk_time.h"

#include "base/clock.h"
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define META_PAGE_MAX 512u /* LMDB writes nothing else that is so short */

static double waited, written;

double disk_seconds(void) { return waited; }
double write_seconds(void) { return written; }

static double now(void) { return (double)clock_monotonic_ns() * 1e-9; }

int fdatasync(int fd) {
  const double begin = now();
  const long r = syscall(SYS_fdatasync, fd);
  waited += now() - begin;
  return (int)r;
}

ssize_t writev(int fd, const struct iovec *vectors, int n) {
  const double begin = now();
  const long r = syscall(SYS_writev, fd, vectors, n);
  written += now() - begin;
  return r;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
  const double begin = now();
  const long r = syscall(SYS_pwrite64, fd, data, bytes, at);
  *(bytes < META_PAGE_MAX ? &waited : &written) += now() - begin;
  return r;
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at) {
  return pwrite(fd, data, bytes, at);
}
