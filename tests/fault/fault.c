/* pingsieve_fault: makes the n-th system call or allocation of a program fail, on purpose.
 *
 *   LD_PRELOAD=.../libpingsieve_fault.so PINGSIEVE_FAULT=write:17:ENOSPC pingsieve ...
 *
 * PINGSIEVE_FAULT=KIND:N:WHAT[:from]
 *   KIND  write   write, writev, pwrite, pwritev, pwritev2
 *         sync    fsync, fdatasync, msync
 *         malloc  malloc, calloc, realloc (not to 0), reallocarray, aligned_alloc, memalign,
 *                 posix_memalign, anonymous mmap
 *         read    read, readv, pread, preadv
 *         open    open, openat, creat
 *         rename  rename, renameat, renameat2
 *         look    stat, lstat, fstat, fstatat, access, realpath
 *         poll    poll
 *         list    readdir
 *         map     mmap, of files too
 *         thread  pthread_create, and making mutexes, conditions and their attributes
 *         lock    fcntl for locks, flock
 *         file    close (which closes all the same), lseek, ftruncate, fallocate, unlink, mkdir,
 * rmdir, link, fchmod, mkdtemp, mkostemp, opendir, fdopendir, statvfs, fstatfs, syncfs,
 *                 sync_file_range, posix_fadvise, and those of them that take a directory
 *         system  pipe, eventfd, signalfd, dup, fcntl for other things than locks, getrandom,
 * getentropy, sched_getaffinity, getrlimit, setrlimit, getrusage, sigaction, pthread_sigmask lmdb
 * what LMDB does for the program (fault_lmdb.c) buffer  growing a text in memory, in programs that
 * are linked for it (fault_buffer.c) N     which call fails, from 1; 0: none (to count them) WHAT
 * an error by name (see `names` below) or number; malloc and buffer always mean ENOMEM; short
 * (write, read) half of the bytes are transferred, at least one kill   the process kills itself
 * with SIGKILL instead of making the call from  every call from the N-th on fails, not it alone
 * PINGSIEVE_FAULT_PATH=TEXT   counts only write, read, poll, fsync, fdatasync, fstat and readdir on
 *   descriptors whose /proc/self/fd target contains TEXT, and open, rename and the other looks of
 *   paths that do (as they are written); msync has none and is left out. The kinds from `map` on
 * but for lock and file, and malloc, heed it not. PINGSIEVE_FAULT_PLACES=1    of the calls that
 * come from the same place only the first is counted, so that few runs try all that a program does
 * about a failure. PINGSIEVE_FAULT_COUNT=FILE  at exit (not after _exit or a signal) FILE holds the
 * number of calls.
 *
 * Calls are counted over all threads from the moment the program's libraries are initialised, each
 * before it is made, also those that fail by themselves. The C library's own calls are not seen:
 * neither stdio's writes nor fopen's open. A value that is not understood ends the program with
 * status 99. Children inherit the environment, so set it for the one program that is meant. Works
 * on 64-bit Linux with glibc, not with sanitizers or valgrind. Real calls are made by number and
 * real allocations by glibc's own names, so that no hook needs dlsym() or memory; but for realpath,
 * poll and readdir, which are looked up at the beginning.
 */
#include "fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static struct {
  enum fault_kind kind;
  unsigned long n;
  int error; /* 0 with `half` or `kills` */
  bool half, kills, from, places;
  const char *path, *count_file;
} plan;
static atomic_ulong calls;
static struct {
  char *(*realpath)(const char *, char *);
  int (*poll)(struct pollfd *, nfds_t, int);
  struct dirent *(*readdir)(DIR *);
} real;

static const struct {
  const char *name;
  int error;
} names[] = {{"ENOSPC", ENOSPC},
             {"EIO", EIO},
             {"EDQUOT", EDQUOT},
             {"EFBIG", EFBIG},
             {"EROFS", EROFS},
             {"EPIPE", EPIPE},
             {"EINTR", EINTR},
             {"EAGAIN", EAGAIN},
             {"ENOMEM", ENOMEM},
             {"EACCES", EACCES},
             {"EMFILE", EMFILE},
             {"ENFILE", ENFILE},
             {"ENOENT", ENOENT},
             {"EPERM", EPERM},
             {"EINVAL", EINVAL},
             {"EBADF", EBADF},
             {"ESTALE", ESTALE},
             {"ENOBUFS", ENOBUFS},
             {"ENOLCK", ENOLCK},
             {"MDB_MAP_FULL", MDB_MAP_FULL},
             {"MDB_CORRUPTED", MDB_CORRUPTED},
             {"MDB_PAGE_NOTFOUND", MDB_PAGE_NOTFOUND},
             {"MDB_READERS_FULL", MDB_READERS_FULL},
             {"MDB_PANIC", MDB_PANIC}};

/* --- The plan --- */

static bool field_is(const char *field, size_t len, const char *word) {
  return strlen(word) == len && !memcmp(field, word, len);
}

static bool set_kind(const char *field, size_t len) {
  static const char *const kinds[] = {"write", "sync",   "malloc", "read",  "open",   "rename",
                                      "look",  "poll",   "list",   "map",   "thread", "lock",
                                      "file",  "system", "lmdb",   "buffer"};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (field_is(field, len, kinds[i])) plan.kind = (enum fault_kind)(i + 1);
  return plan.kind != FAULT_NONE;
}

static bool set_number(const char *field, size_t len, unsigned long *n) {
  *n = 0;
  for (size_t i = 0; i < len; i++) {
    if (field[i] < '0' || field[i] > '9') return false;
    *n = *n * 10 + (unsigned long)(field[i] - '0');
  }
  return len > 0 && len < 10;
}

static bool set_what(const char *field, size_t len) {
  unsigned long number;
  plan.half = field_is(field, len, "short");
  plan.kills = field_is(field, len, "kill");
  if (plan.half) return plan.kind == FAULT_WRITE || plan.kind == FAULT_READ;
  if (plan.kills) return true;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (field_is(field, len, names[i].name)) plan.error = names[i].error;
  if (!plan.error && set_number(field, len, &number) && number < 4096) plan.error = (int)number;
  return plan.error != 0;
}

static bool set_plan(const char *text) {
  const char *fields[4];
  size_t len[4], n = 0;
  for (;; text++) {
    if (n == 4) return false;
    fields[n] = text;
    text = strchrnul(text, ':');
    len[n] = (size_t)(text - fields[n]);
    n++;
    if (!*text) break;
  }
  plan.from = n == 4 && field_is(fields[3], len[3], "from");
  return n >= 3 && (n == 3 || plan.from) && set_kind(fields[0], len[0]) &&
         set_number(fields[1], len[1], &plan.n) && set_what(fields[2], len[2]);
}

__attribute__((constructor)) static void begin(void) {
  static const char bad[] = "pingsieve_fault: PINGSIEVE_FAULT is not KIND:N:WHAT[:from]\n";
  const char *text = getenv("PINGSIEVE_FAULT");
  *(void **)&real.realpath = dlsym(RTLD_NEXT, "realpath");
  *(void **)&real.poll = dlsym(RTLD_NEXT, "poll");
  *(void **)&real.readdir = dlsym(RTLD_NEXT, "readdir");
  if (!text) return;
  plan.path = getenv("PINGSIEVE_FAULT_PATH");
  plan.count_file = getenv("PINGSIEVE_FAULT_COUNT");
  void *frame;
  const char *places = getenv("PINGSIEVE_FAULT_PLACES");
  if (places && *places == '1') plan.places = backtrace(&frame, 1) > 0; /* it loads a library */
  if (set_plan(text)) return;
  (void)syscall(SYS_write, STDERR_FILENO, bad, sizeof bad - 1);
  _exit(99);
}

__attribute__((destructor)) static void end(void) {
  if (!plan.count_file) return;
  char text[24];
  int n = snprintf(text, sizeof text, "%lu\n", atomic_load(&calls));
  long fd = syscall(SYS_openat, AT_FDCWD, plan.count_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return;
  (void)syscall(SYS_write, fd, text, n);
  (void)syscall(SYS_close, fd);
}

/* For a program that still has something of its own to do at its end, such as to write what it has
 * executed: no call fails any more. */
void pingsieve_fault_end(void);
void pingsieve_fault_end(void) { plan.n = 0; }

/* --- Whether this call is the one --- */

static bool fd_counts(int fd) {
  if (!plan.path) return true;
  char link[40], target[PATH_MAX];
  (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long n = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
  if (n < 0) return false;
  target[n] = '\0';
  return strstr(target, plan.path) != NULL;
}

/* Whether nothing was called from here before: from the same innermost callers. When the table is
 * full everything is new. */
static bool place_is_new(void) {
  enum { FRAMES = 9, PLACES = 1 << 14 };
  static _Atomic uint64_t places[PLACES];
  void *frames[FRAMES];
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  const int n = backtrace(frames, FRAMES);
  for (int i = 0; i < n; i++) hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x100000001b3);
  hash ^= hash >> 29;
  hash += !hash;
  for (unsigned i = 0, at = hash % PLACES; i < PLACES; i++, at = (at + 1) % PLACES) {
    uint64_t there = 0;
    if (atomic_compare_exchange_strong(&places[at], &there, hash)) return true;
    if (there == hash) return false;
  }
  return true;
}

/* Counts a call of the planned kind; true: it is to fail. */
static bool hit(void) {
  if (plan.places && !place_is_new()) return false;
  unsigned long i = atomic_fetch_add(&calls, 1) + 1;
  bool now = plan.n && (i == plan.n || (plan.from && i > plan.n));
  if (now && plan.kills) {
    (void)syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) (void)pause();
  }
  return now;
}

/* Does the fault for a call on a descriptor. True: fail with errno; false: make the call, of half
 * the bytes if *half. */
static bool fd_fails(enum fault_kind kind, int fd, bool *half) {
  int saved = errno;
  *half = false;
  bool now = plan.kind == kind && fd_counts(fd) && hit();
  *half = now && plan.half;
  errno = now && !*half ? plan.error : saved;
  return now && !*half;
}

static bool path_fails(enum fault_kind kind, const char *path) {
  int saved = errno;
  bool now = plan.kind == kind && (!plan.path || strstr(path, plan.path)) && hit();
  errno = now ? plan.error : saved;
  return now;
}

int fault_any(enum fault_kind kind) {
  int saved = errno;
  bool now = plan.kind == kind && hit();
  errno = now ? plan.error : saved;
  return now ? plan.error : 0;
}

int fault_fd(enum fault_kind kind, int fd) {
  bool half;
  return fd_fails(kind, fd, &half) ? plan.error : 0;
}

int fault_path(enum fault_kind kind, const char *path) {
  return path_fails(kind, path) ? plan.error : 0;
}

void *fault_real(const char *name, const char *version) {
  void *function = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
  return function ? function : dlsym(RTLD_NEXT, name);
}

static bool memory_fails(void) {
  if (plan.kind != FAULT_MALLOC || !hit()) return false;
  errno = ENOMEM;
  return true;
}

static size_t half_of(size_t n) { return n > 1 ? n / 2 : n; }

/* --- Writes and reads --- */

/* The first half of the bytes of the vectors. */
static int half_vectors(const struct iovec *from, int n, struct iovec *to) {
  size_t total = 0, left;
  int used = 0;
  for (int i = 0; i < n; i++) total += from[i].iov_len;
  left = half_of(total);
  for (; used < n && left; used++) {
    to[used] = from[used];
    if (to[used].iov_len > left) to[used].iov_len = left;
    left -= to[used].iov_len;
  }
  return used;
}

static ssize_t plain(enum fault_kind kind, long number, int fd, void *data, size_t len,
                     off_t offset) {
  bool half;
  if (fd_fails(kind, fd, &half)) return -1;
  return syscall(number, fd, data, half ? half_of(len) : len, offset);
}

static ssize_t vectored(enum fault_kind kind, long number, int fd, const struct iovec *vectors,
                        int n, off_t offset, int flags) {
  bool half;
  struct iovec cut[IOV_MAX];
  if (fd_fails(kind, fd, &half)) return -1;
  if (half && n > 0 && n <= IOV_MAX) {
    n = half_vectors(vectors, n, cut);
    vectors = cut;
  }
  return syscall(number, fd, vectors, n, offset, 0L, flags);
}

ssize_t write(int fd, const void *data, size_t len) {
  return plain(FAULT_WRITE, SYS_write, fd, (void *)(uintptr_t)data, len, 0);
}
ssize_t pwrite(int fd, const void *data, size_t len, off_t offset) {
  return plain(FAULT_WRITE, SYS_pwrite64, fd, (void *)(uintptr_t)data, len, offset);
}
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset) {
  return plain(FAULT_WRITE, SYS_pwrite64, fd, (void *)(uintptr_t)data, len, offset);
}
ssize_t writev(int fd, const struct iovec *vectors, int n) {
  return vectored(FAULT_WRITE, SYS_writev, fd, vectors, n, 0, 0);
}
ssize_t pwritev(int fd, const struct iovec *vectors, int n, off_t offset) {
  return vectored(FAULT_WRITE, SYS_pwritev, fd, vectors, n, offset, 0);
}
ssize_t pwritev64(int fd, const struct iovec *vectors, int n, off64_t offset) {
  return vectored(FAULT_WRITE, SYS_pwritev, fd, vectors, n, offset, 0);
}
ssize_t pwritev2(int fd, const struct iovec *vectors, int n, off_t offset, int flags) {
  return vectored(FAULT_WRITE, SYS_pwritev2, fd, vectors, n, offset, flags);
}
ssize_t read(int fd, void *data, size_t len) {
  return plain(FAULT_READ, SYS_read, fd, data, len, 0);
}
ssize_t pread(int fd, void *data, size_t len, off_t offset) {
  return plain(FAULT_READ, SYS_pread64, fd, data, len, offset);
}
ssize_t pread64(int fd, void *data, size_t len, off64_t offset) {
  return plain(FAULT_READ, SYS_pread64, fd, data, len, offset);
}
ssize_t readv(int fd, const struct iovec *vectors, int n) {
  return vectored(FAULT_READ, SYS_readv, fd, vectors, n, 0, 0);
}
ssize_t preadv(int fd, const struct iovec *vectors, int n, off_t offset) {
  return vectored(FAULT_READ, SYS_preadv, fd, vectors, n, offset, 0);
}

/* --- Syncs --- */

int fsync(int fd) {
  bool half;
  return fd_fails(FAULT_SYNC, fd, &half) ? -1 : (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
  bool half;
  return fd_fails(FAULT_SYNC, fd, &half) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
int msync(void *at, size_t len, int flags) {
  if (plan.kind == FAULT_SYNC && !plan.path && hit()) {
    errno = plan.error;
    return -1;
  }
  return (int)syscall(SYS_msync, at, len, flags);
}

/* --- Opens and renames --- */

static int open_at(int directory, const char *path, int flags, mode_t mode) {
  if (path_fails(FAULT_OPEN, path)) return -1;
  return (int)syscall(SYS_openat, directory, path, flags, mode);
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

static int rename_at(int from_directory, const char *from, int to_directory, const char *to,
                     unsigned flags) {
  if (path_fails(FAULT_RENAME, from)) return -1;
  return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  return rename_at(from_directory, from, to_directory, to, 0);
}
int renameat2(int from_directory, const char *from, int to_directory, const char *to,
              unsigned flags) {
  return rename_at(from_directory, from, to_directory, to, flags);
}

/* --- Looks, polls, directories --- */

static int stat_at(int directory, const char *path, struct stat *st, int flags) {
  if (*path ? path_fails(FAULT_LOOK, path)
            : plan.kind == FAULT_LOOK && fd_counts(directory) && hit()) {
    errno = plan.error;
    return -1;
  }
  return (int)syscall(SYS_newfstatat, directory, path, st, flags);
}

int stat(const char *path, struct stat *st) { return stat_at(AT_FDCWD, path, st, 0); }
int lstat(const char *path, struct stat *st) {
  return stat_at(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}
int fstat(int fd, struct stat *st) { return stat_at(fd, "", st, AT_EMPTY_PATH); }
int fstatat(int directory, const char *path, struct stat *st, int flags) {
  return stat_at(directory, path, st, flags);
}

int access(const char *path, int mode) {
  if (!path_fails(FAULT_LOOK, path)) return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
  errno = plan.error;
  return -1;
}

char *realpath(const char *path, char *resolved) {
  return path_fails(FAULT_LOOK, path) ? NULL : real.realpath(path, resolved);
}

int poll(struct pollfd *fds, nfds_t n, int timeout) {
  bool counts = false;
  for (nfds_t i = 0; plan.kind == FAULT_POLL && i < n; i++)
    counts |= fds[i].fd >= 0 && fd_counts(fds[i].fd);
  if (counts && hit()) {
    errno = plan.error;
    return -1;
  }
  return real.poll(fds, n, timeout);
}

struct dirent *readdir(DIR *directory) {
  if (plan.kind == FAULT_LIST && fd_counts(dirfd(directory)) && hit()) {
    errno = plan.error;
    return NULL;
  }
  return real.readdir(directory);
}

/* Called by fault_buffer.c in the program. */
int pingsieve_fault_buffer(void);
int pingsieve_fault_buffer(void) { return fault_any(FAULT_BUFFER); }

/* --- Memory --- */

void *malloc(size_t size) { return memory_fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return memory_fails() ? NULL : __libc_calloc(n, size); }
void *realloc(void *old, size_t size) {
  return size && memory_fails() ? NULL : __libc_realloc(old, size);
}
void *reallocarray(void *old, size_t n, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(old, bytes);
}
void *memalign(size_t alignment, size_t size) {
  return memory_fails() ? NULL : __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **out, size_t alignment, size_t size) {
  int saved = errno;
  if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
  void *p = memalign(alignment, size);
  errno = saved;
  if (!p) return ENOMEM;
  *out = p;
  return 0;
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
  if ((flags & MAP_ANONYMOUS && memory_fails()) || fault_any(FAULT_MAP)) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset) {
  return mmap(at, len, protection, flags, fd, offset);
}
