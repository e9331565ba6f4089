#include "profile/spill_file.h"

#include "base/error.h"
#include "base/retry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 30) /* the system's own limit is a little under 2 GiB */

int spill_file_init(struct spill_file *file, const char *directory, struct ps_error *err) {
  *file = (struct spill_file){.directory = strdup(directory), .fd = -1};
  return file->directory ? PS_OK : error_memory(err, strlen(directory) + 1);
}

void spill_file_release(struct spill_file *file) {
  if (file->fd >= 0) (void)close(file->fd); /* it will not be read again */
  free(file->directory);
  file->directory = NULL;
  file->fd = -1;
}

/* Where the file system knows no files without a name, it has one for a moment. */
static int named_open(const char *directory) {
  static const char name[] = "/pingsieve-XXXXXX";
  const size_t len = strlen(directory);
  char *path = malloc(len + sizeof name);
  if (!path) return -1;
  memcpy(path, directory, len);
  int fd;
  do {
    memcpy(path + len, name, sizeof name); /* anew: a failed call has filled it in */
    fd = mkostemp(path, O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0 && RETRY(unlink(path))) {
    const int os_error = errno;
    (void)close(fd);
    fd = -1;
    errno = os_error;
  }
  free(path);
  return fd;
}

static int file_make(struct spill_file *file, struct ps_error *err) {
  do file->fd = open(file->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  while (file->fd < 0 && errno == EINTR);
  /* open(2), BUGS: a kernel or file system without O_TMPFILE says one of these. */
  if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    file->fd = named_open(file->directory);
  if (file->fd >= 0) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, errno,
                      "cannot make a temporary file in %s; use another directory for temporary "
                      "files",
                      file->directory);
}

int spill_file_append(struct spill_file *file, const void *data, size_t len, struct ps_error *err) {
  if (file->fd < 0) {
    const int r = file_make(file, err);
    if (r) return r;
  }
  for (size_t done = 0; done < len;) {
    const size_t piece = len - done < PIECE ? len - done : PIECE;
    const ssize_t n =
        pwrite(file->fd, (const uint8_t *)data + done, piece, (off_t)(file->size + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return error_set_os(err, PS_E_OUTPUT, n ? errno : ENOSPC,
                          "cannot write a temporary file in %s, after %llu bytes; make room there, "
                          "or use another directory for temporary files",
                          file->directory, (unsigned long long)file->size + done);
    done += (size_t)n;
  }
  file->size += len;
  return PS_OK;
}

int spill_file_read(const struct spill_file *file, void *data, size_t len, uint64_t offset,
                    struct ps_error *err) {
  for (size_t done = 0; done < len;) {
    const size_t piece = len - done < PIECE ? len - done : PIECE;
    const ssize_t n = pread(file->fd, (uint8_t *)data + done, piece, (off_t)(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return error_set_os(err, PS_E_OUTPUT, errno,
                          "cannot read a temporary file in %s; use another directory for "
                          "temporary files",
                          file->directory);
    if (!n) return spill_file_damaged(file, err);
    done += (size_t)n;
  }
  return PS_OK;
}

void spill_file_drop(const struct spill_file *file, uint64_t from, uint64_t to) {
  if (file->fd >= 0 && from < to)
    (void)fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
                    (off_t)(to - from)); /* only saves room */
}

int spill_file_damaged(const struct spill_file *file, struct ps_error *err) {
  return error_set(err, PS_E_OUTPUT,
                   "a temporary file in %s does not hold what was written to it: check the disk, "
                   "or use another directory for temporary files",
                   file->directory);
}
