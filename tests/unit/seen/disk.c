#include "support.h" /* before the system's headers: cmocka's demands */

#include "disk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512u

struct write {
  uint8_t *data;
  size_t bytes;
  uint64_t at;
};

static struct {
  unsigned fail_at;
  enum disk_fault fault;
  unsigned fsync_fail_at;
  int write_error;
  bool no_shared_map;
  bool recording, inside;
  dev_t device;
  ino_t inode;
  uint8_t *durable;
  size_t durable_bytes;
  struct write *pending;
  size_t npending, cap;
  disk_lose *lose;
  void *context;
} disk;

void disk_fail_at(unsigned n, enum disk_fault fault) {
  disk.fail_at = n;
  disk.fault = fault;
}
bool disk_fault_waits(void) { return disk.fail_at > 0; }
void disk_fsync_fail_at(unsigned n) { disk.fsync_fail_at = n; }
void disk_write_fail(int os_error) { disk.write_error = os_error; }
void disk_no_shared_map(bool refused) { disk.no_shared_map = refused; }

/* --- recording --- */

static void write_apply(uint8_t **image, size_t *size, const uint8_t *data, size_t bytes,
                        uint64_t at) {
  if (at + bytes > *size) {
    *image = realloc(*image, at + bytes);
    assert_non_null(*image);
    memset(*image + *size, 0, at + bytes - *size);
    *size = at + bytes;
  }
  memcpy(*image + at, data, bytes);
}

static void pending_drop(void) {
  for (size_t i = 0; i < disk.npending; i++) free(disk.pending[i].data);
  disk.npending = 0;
}

static void pending_add(const void *data, size_t bytes, uint64_t at) {
  if (disk.npending == disk.cap) {
    disk.cap = disk.cap ? disk.cap * 2 : 64;
    disk.pending = realloc(disk.pending, disk.cap * sizeof *disk.pending);
    assert_non_null(disk.pending);
  }
  uint8_t *copy = malloc(bytes + 1);
  assert_non_null(copy);
  memcpy(copy, data, bytes);
  disk.pending[disk.npending++] = (struct write){copy, bytes, at};
}

static void pending_sync(void) {
  for (size_t i = 0; i < disk.npending; i++)
    write_apply(&disk.durable, &disk.durable_bytes, disk.pending[i].data, disk.pending[i].bytes,
                disk.pending[i].at);
  pending_drop();
}

static bool is_recorded(int fd) {
  struct stat st;
  return disk.recording && !disk.inside && !fstat(fd, &st) && st.st_dev == disk.device &&
         st.st_ino == disk.inode;
}

/* The callback opens stores itself, whose writes are not to be recorded. */
static void maybe_lose(void) {
  disk.inside = true;
  disk.lose(disk.context);
  disk.inside = false;
}

void disk_record(const char *path, disk_lose *lose, void *context) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  test_file_read(path, &disk.durable, &disk.durable_bytes);
  disk.device = st.st_dev;
  disk.inode = st.st_ino;
  disk.lose = lose;
  disk.context = context;
  disk.recording = true;
}

void disk_record_stop(void) {
  disk.recording = false;
  pending_drop();
  free(disk.pending);
  free(disk.durable);
  disk.pending = NULL;
  disk.durable = NULL;
  disk.cap = disk.durable_bytes = 0;
}

uint8_t *disk_after_loss(uint64_t *random, size_t *bytes) {
  uint8_t *image = malloc(disk.durable_bytes + 1);
  const uint64_t reached = test_below(random, 5); /* in quarters: none to all of the writes */
  assert_non_null(image);
  memcpy(image, disk.durable, disk.durable_bytes);
  *bytes = disk.durable_bytes;
  for (size_t i = 0; i < disk.npending; i++) {
    const struct write *write = &disk.pending[i];
    for (size_t at = 0; at < write->bytes; at += SECTOR) {
      const size_t n = write->bytes - at < SECTOR ? write->bytes - at : SECTOR;
      if (test_below(random, 4) < reached)
        write_apply(&image, bytes, write->data + at, n, write->at + at);
    }
  }
  return image;
}

/* --- calls that LMDB makes --- */

/* Whether this call fails; a short write is left to the caller. */
static bool fails_now(void) {
  if (disk.inside || !disk.fail_at || --disk.fail_at) return false;
  errno = disk.fault == DISK_FULL ? ENOSPC : EIO;
  return true;
}

int fdatasync(int fd) {
  if (fails_now()) return -1;
  if (is_recorded(fd)) {
    maybe_lose();
    pending_sync();
  }
  return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
  if (disk.fsync_fail_at && !--disk.fsync_fail_at) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fsync, fd);
}

#ifndef TEST_SANITIZED
void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t at) {
  if (disk.no_shared_map && flags & MAP_SHARED && fd >= 0 && bytes > (size_t)1 << 20) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  const long map = syscall(SYS_mmap, address, bytes, protection, flags, fd, at);
  return map == -1 ? MAP_FAILED : (void *)(uintptr_t)map; /* errno is set */
}
#endif

ssize_t write(int fd, const void *data, size_t bytes) {
  if (disk.write_error && !disk.inside) {
    errno = disk.write_error;
    disk.write_error = 0;
    return -1;
  }
  return (ssize_t)syscall(SYS_write, fd, data, bytes);
}

ssize_t writev(int fd, const struct iovec *vectors, int n) {
  if (fails_now()) {
    if (disk.fault != DISK_SHORT_WRITE) return -1;
    return (ssize_t)syscall(SYS_write, fd, vectors[0].iov_base, vectors[0].iov_len / 2);
  }
  if (is_recorded(fd)) {
    uint64_t at = (uint64_t)lseek(fd, 0, SEEK_CUR);
    for (int i = 0; i < n; i++, at += vectors[i - 1].iov_len)
      pending_add(vectors[i].iov_base, vectors[i].iov_len, at);
    maybe_lose();
  }
  return (ssize_t)syscall(SYS_writev, fd, vectors, n);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
  if (fails_now()) {
    if (disk.fault != DISK_SHORT_WRITE) return -1;
    return (ssize_t)syscall(SYS_pwrite64, fd, data, bytes / 2, at);
  }
  if (is_recorded(fd)) {
    pending_add(data, bytes, (uint64_t)at);
    maybe_lose();
    if (fcntl(fd, F_GETFL) & O_DSYNC) pending_sync(); /* the meta page: after all others */
  }
  return (ssize_t)syscall(SYS_pwrite64, fd, data, bytes, at);
}
