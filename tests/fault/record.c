/* pingsieve_record: writes down what a program does to the files below one directory, in order, so
 * that a test can say what a power cut at any instant would have left of them.
 *
 *   LD_PRELOAD=.../libpingsieve_record.so PINGSIEVE_RECORD=LOG PINGSIEVE_RECORD_ROOT=DIR pingsieve
 * ...
 *
 * LOG is appended to; DIR is absolute and without symbolic links. Recorded are successful calls
 * that change the bytes, the sizes or the names of what lies below DIR, and those that make them
 * durable: writes (whether through O_DSYNC), sizes, new files (those without a name too), links,
 * renames, removals, directories, fsync, fdatasync and syncfs. sync_file_range promises nothing and
 * is no sync. A call and its record are one step for the threads of the program.
 *
 * A record is `struct head`, then a path, then the bytes written or a second path, all in the
 * machine's byte order; tests/crash/disk.py reads it. Paths are absolute and real but for their
 * last component. Files go by their inode, since a descriptor outlives its name.
 *
 * Writes that bypass these calls (stdio's own, a mapping that is written) are not seen. Therefore
 * the reader of the log compares its sum with the files in the end. Works on 64-bit Linux with
 * glibc, not with sanitizers or valgrind. A log that cannot be written ends the program with status
 * 99.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum op {
  WRITE = 1, /* at: the offset; data */
  SIZE,      /* at: the new size */
  CREATE,    /* path; none: a file without a name */
  RENAME,    /* path; data: the new one */
  LINK,      /* path: one more name of the file */
  UNLINK,    /* path */
  MKDIR,     /* path */
  RMDIR,     /* path */
  FSYNC,     /* of a file or a directory */
  FDATASYNC,
  SYNCFS
};

struct head {
  uint32_t op, path_len, data_len, durable; /* durable: a write that is on the disk when it ends */
  uint64_t file, at;                        /* file: its inode */
};

static int log_fd = -1;
static char root[PATH_MAX];
static size_t root_len;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- The log --- */

static void hold(void) { (void)pthread_mutex_lock(&lock); }
static void release(void) { (void)pthread_mutex_unlock(&lock); }

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("PINGSIEVE_RECORD"), *below = getenv("PINGSIEVE_RECORD_ROOT");
  if (!path || !below) return;
  root_len = strlen(below);
  if (root_len >= sizeof root) _exit(99);
  memcpy(root, below, root_len + 1);
  long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  /* High up: the numbers that the program is given stay what they are. */
  log_fd = fd < 0 ? -1 : fcntl((int)fd, F_DUPFD_CLOEXEC, 900);
  if (log_fd < 0) _exit(99);
  (void)syscall(SYS_close, fd);
  (void)pthread_atfork(hold, release, release);
}

static void record(struct head head, const char *path, const void *data, size_t len) {
  int saved = errno;
  head.path_len = (uint32_t)strlen(path);
  head.data_len = (uint32_t)len;
  struct iovec parts[] = {{&head, sizeof head},
                          {(void *)(uintptr_t)path, head.path_len},
                          {(void *)(uintptr_t)data, len}};
  long n = syscall(SYS_writev, log_fd, parts, 3);
  if (n != (long)(sizeof head + head.path_len + len)) _exit(99);
  errno = saved;
}

static bool is_below(const char *path) {
  return log_fd >= 0 && !strncmp(path, root, root_len) &&
         (path[root_len] == '/' || !path[root_len]);
}

/* --- The subject of a call --- */

/* Where a descriptor leads; "" if that is not known. */
static void target_of(long fd, char path[PATH_MAX]) {
  char link[40];
  (void)snprintf(link, sizeof link, "/proc/self/fd/%ld", fd);
  long n = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  path[n < 0 ? 0 : n] = '\0';
}

/* Whether the descriptor is of a file or directory below the root; its inode and path then. */
static bool is_recorded(int fd, struct stat *st, char path[PATH_MAX]) {
  int saved = errno;
  bool is = log_fd >= 0 && fd != log_fd && !fstat(fd, st) &&
            (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
  if (is) target_of(fd, path);
  errno = saved;
  return is && is_below(path);
}

/* The absolute path of a name, its directory being real; false: it does not lie below the root. */
static bool name_of(int directory, const char *name, char path[PATH_MAX]) {
  int saved = errno;
  char above[PATH_MAX] = ".";
  const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
  size_t len = slash == name ? 1 : slash ? (size_t)(slash - name) : 0;
  if (len && len < sizeof above) {
    memcpy(above, name, len);
    above[len] = '\0';
  }
  long fd = syscall(SYS_openat, directory, above, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    target_of(fd, path);
    (void)syscall(SYS_close, fd);
    size_t at = strlen(path);
    (void)snprintf(path + at, PATH_MAX - at, "/%s", base);
  }
  errno = saved;
  return fd >= 0 && is_below(path);
}

static uint64_t inode_at(int directory, const char *name) {
  struct stat st;
  return syscall(SYS_newfstatat, directory, name, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_ino;
}

/* --- Bytes --- */

/* A write that is about to happen, and where it will land. */
struct place {
  struct head head;
  char path[PATH_MAX];
  bool is;
};

static void place_find(struct place *place, int fd, off_t offset, int flags) {
  struct stat st;
  hold();
  place->is = is_recorded(fd, &st, place->path);
  if (!place->is) return;
  int mode = fcntl(fd, F_GETFL);
  bool durable = (mode & O_DSYNC) || (flags & RWF_DSYNC);
  place->head = (struct head){.op = WRITE, .durable = durable, .file = st.st_ino};
  if (mode & O_APPEND) place->head.at = (uint64_t)st.st_size;
  else place->head.at = (uint64_t)(offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset);
}

static ssize_t place_write(struct place *place, const struct iovec *from, int n, ssize_t wrote) {
  size_t left = wrote > 0 ? (size_t)wrote : 0;
  for (int i = 0; place->is && i < n && left; i++) {
    size_t len = from[i].iov_len < left ? from[i].iov_len : left;
    if (len) record(place->head, place->path, from[i].iov_base, len);
    place->head.at += len;
    left -= len;
  }
  release();
  return wrote;
}

static ssize_t plain(long number, int fd, const void *data, size_t len, off_t offset) {
  struct place place;
  const struct iovec one = {(void *)(uintptr_t)data, len};
  place_find(&place, fd, number == SYS_write ? -1 : offset, 0);
  return place_write(&place, &one, 1, syscall(number, fd, data, len, offset));
}

static ssize_t vectored(long number, int fd, const struct iovec *vectors, int n, off_t offset,
                        int flags) {
  struct place place;
  place_find(&place, fd, number == SYS_writev ? -1 : offset, flags);
  return place_write(&place, vectors, n, syscall(number, fd, vectors, n, offset, 0L, flags));
}

ssize_t write(int fd, const void *data, size_t len) { return plain(SYS_write, fd, data, len, 0); }
ssize_t pwrite(int fd, const void *data, size_t len, off_t offset) {
  return plain(SYS_pwrite64, fd, data, len, offset);
}
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset) {
  return plain(SYS_pwrite64, fd, data, len, offset);
}
ssize_t writev(int fd, const struct iovec *vectors, int n) {
  return vectored(SYS_writev, fd, vectors, n, 0, 0);
}
ssize_t pwritev(int fd, const struct iovec *vectors, int n, off_t offset) {
  return vectored(SYS_pwritev, fd, vectors, n, offset, 0);
}
ssize_t pwritev64(int fd, const struct iovec *vectors, int n, off64_t offset) {
  return vectored(SYS_pwritev, fd, vectors, n, offset, 0);
}
ssize_t pwritev2(int fd, const struct iovec *vectors, int n, off_t offset, int flags) {
  return vectored(SYS_pwritev2, fd, vectors, n, offset, flags);
}

/* --- Calls on a descriptor: sizes and syncs --- */

/* Records the result of a call that the lock was held for. */
static int told(int result, int fd, enum op op, uint64_t at) {
  struct stat st;
  char path[PATH_MAX];
  if (!result && is_recorded(fd, &st, path))
    record((struct head){.op = op, .file = st.st_ino, .at = at}, path, NULL, 0);
  release();
  return result;
}

int ftruncate(int fd, off_t size) {
  hold();
  return told((int)syscall(SYS_ftruncate, fd, size), fd, SIZE, (uint64_t)size);
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int fallocate(int fd, int mode, off_t offset, off_t len) {
  struct stat before;
  hold();
  bool grows = !mode && !fstat(fd, &before) && before.st_size < offset + len;
  int result = (int)syscall(SYS_fallocate, fd, mode, offset, len);
  if (grows) return told(result, fd, SIZE, (uint64_t)(offset + len));
  release();
  return result;
}
int fallocate64(int fd, int mode, off64_t offset, off64_t len) {
  return fallocate(fd, mode, offset, len);
}

int fsync(int fd) {
  hold();
  return told((int)syscall(SYS_fsync, fd), fd, FSYNC, 0);
}
int fdatasync(int fd) {
  hold();
  return told((int)syscall(SYS_fdatasync, fd), fd, FDATASYNC, 0);
}
int syncfs(int fd) {
  hold();
  return told((int)syscall(SYS_syncfs, fd), fd, SYNCFS, 0);
}

/* --- Files that are opened --- */

static int open_at(int directory, const char *name, int flags, mode_t mode) {
  char path[PATH_MAX];
  struct stat st;
  hold();
  bool nameless = (flags & O_TMPFILE) == O_TMPFILE, is_new = nameless;
  if (!nameless && flags & O_CREAT) is_new = !inode_at(directory, name);
  int fd = (int)syscall(SYS_openat, directory, name, flags, mode);
  if (fd >= 0 && (is_new || flags & O_TRUNC) && is_recorded(fd, &st, path)) {
    struct head head = {.op = is_new ? CREATE : SIZE, .file = st.st_ino};
    record(head, nameless ? "" : path, NULL, 0);
  }
  release();
  return fd;
}

#define MODE_OF(flags, mode)                                                                       \
  if ((flags)&O_CREAT || ((flags)&O_TMPFILE) == O_TMPFILE) {                                       \
    va_list args;                                                                                  \
    va_start(args, flags);                                                                         \
    (mode) = va_arg(args, mode_t);                                                                 \
    va_end(args);                                                                                  \
  }

int open(const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode)
  return open_at(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode)
  return open_at(AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode)
  return open_at(directory, path, flags, mode);
}
int openat64(int directory, const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode)
  return open_at(directory, path, flags, mode);
}
int creat(const char *path, mode_t mode) {
  return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int mkostemp(char *name, int flags) {
  int (*real)(char *, int) = (int (*)(char *, int))(uintptr_t)dlsym(RTLD_NEXT, "mkostemp");
  hold();
  int fd = real(name, flags);
  return fd < 0 ? told(-1, fd, CREATE, 0) : (told(0, fd, CREATE, 0), fd);
}
int mkostemp64(char *name, int flags) { return mkostemp(name, flags); }
int mkstemp(char *name) { return mkostemp(name, 0); }
int mkstemp64(char *name) { return mkostemp(name, 0); }

/* --- Names --- */

static int name_told(int result, enum op op, int directory, const char *name) {
  char path[PATH_MAX];
  if (!result && name_of(directory, name, path)) {
    uint64_t file = op == LINK ? inode_at(directory, name) : 0;
    record((struct head){.op = op, .file = file}, path, NULL, 0);
  }
  release();
  return result;
}

static int rename_at(int from_directory, const char *from, int to_directory, const char *to,
                     unsigned flags) {
  char old[PATH_MAX], new[PATH_MAX];
  hold();
  int result = (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
  if (!result && name_of(from_directory, from, old) && name_of(to_directory, to, new))
    record((struct head){.op = RENAME}, old, new, strlen(new));
  release();
  return result;
}

int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  return rename_at(from_directory, from, to_directory, to, 0);
}
int renameat2(int from_directory, const char *from, int to_directory, const char *to,
              unsigned flags) {
  return rename_at(from_directory, from, to_directory, to, flags);
}
int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
  hold();
  int result = (int)syscall(SYS_linkat, from_directory, from, to_directory, to, flags);
  return name_told(result, LINK, to_directory, to);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int unlinkat(int directory, const char *name, int flags) {
  hold();
  int result = (int)syscall(SYS_unlinkat, directory, name, flags);
  return name_told(result, flags & AT_REMOVEDIR ? RMDIR : UNLINK, directory, name);
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int mkdirat(int directory, const char *name, mode_t mode) {
  hold();
  return name_told((int)syscall(SYS_mkdirat, directory, name, mode), MKDIR, directory, name);
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

char *mkdtemp(char *name) {
  char *(*real)(char *) = (char *(*)(char *))(uintptr_t)dlsym(RTLD_NEXT, "mkdtemp");
  hold();
  char *made = real(name);
  (void)name_told(made ? 0 : -1, MKDIR, AT_FDCWD, name);
  return made;
}
