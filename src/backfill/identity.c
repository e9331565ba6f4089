#include "backfill/identity.h"

#include "base/digest.h"
#include "base/error.h"
#include "io/opening.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static_assert(SOURCE_DIGEST == DIGEST_BYTES, "one digest");

#define READ_BYTES ((size_t)1 << 18)

static int64_t nanoseconds(const struct timespec *time) {
  return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

void identity_of(const struct stat *st, struct identity *identity) {
  *identity = (struct identity){.device = st->st_dev,
                                .inode = st->st_ino,
                                .size = (uint64_t)st->st_size,
                                .modified_ns = nanoseconds(&st->st_mtim),
                                .changed_ns = nanoseconds(&st->st_ctim)};
}

bool identity_untouched(const struct identity *a, const struct identity *b) {
  return a->device == b->device && a->inode == b->inode && a->size == b->size &&
         a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static bool is_stopped(int stop_fd) {
  struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
  return stop_fd >= 0 && poll(&stop, 1, 0) > 0;
}

static int digest_all(int fd, const char *path, int stop_fd, struct digest *digest, uint8_t *data,
                      struct ps_error *err) {
  for (;;) {
    if (is_stopped(stop_fd))
      return error_set(err, PS_E_STOPPED, "stopped while comparing %s with its record", path);
    const ssize_t got = read(fd, data, READ_BYTES);
    if (got == 0) return PS_OK;
    if (got > 0) digest_update(digest, data, (size_t)got);
    else if (errno != EINTR)
      return error_set_os(err, PS_E_INPUT, error_passes(errno) ? errno : EIO, "cannot read %s",
                          path);
  }
}

int identity_digest(const char *path, int stop_fd, uint8_t digest[SOURCE_DIGEST],
                    struct ps_error *err) {
  const int fd = opening(path, O_RDONLY, 0, stop_fd);
  if (fd < 0) return error_set_os(err, PS_E_INPUT, errno, "cannot open %s", path);
  struct digest *sum = digest_create();
  uint8_t *data = malloc(READ_BYTES);
  int r =
      sum && data ? digest_all(fd, path, stop_fd, sum, data, err) : error_memory(err, READ_BYTES);
  if (!r) digest_value(sum, digest);
  free(data);
  digest_free(sum);
  (void)close(fd);
  return r;
}
