/* Threads, locks, files and the rest of the system for pingsieve_fault: see fault.c. */
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The real function of that name, with the type of the one that is being defined. */
#define REAL(name, version)                                                                        \
  static __typeof__(name) *real;                                                                   \
  if (!real) *(void **)&real = fault_real(#name, version)

/* --- Threads: the error is what is returned --- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *context) {
  REAL(pthread_create, NULL);
  const int error = fault_any(FAULT_THREAD);
  return error ? error : real(thread, attributes, start, context);
}
int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
  REAL(pthread_mutex_init, NULL);
  const int error = fault_any(FAULT_THREAD);
  return error ? error : real(mutex, attributes);
}
int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
  REAL(pthread_cond_init, "GLIBC_2.3.2"); /* the older one has another layout */
  const int error = fault_any(FAULT_THREAD);
  return error ? error : real(condition, attributes);
}
int pthread_condattr_init(pthread_condattr_t *attributes) {
  REAL(pthread_condattr_init, NULL);
  const int error = fault_any(FAULT_THREAD);
  return error ? error : real(attributes);
}
int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock) {
  REAL(pthread_condattr_setclock, NULL);
  const int error = fault_any(FAULT_THREAD);
  return error ? error : real(attributes, clock);
}
int pthread_mutexattr_init(pthread_mutexattr_t *attributes) {
  REAL(pthread_mutexattr_init, NULL);
  const int error = fault_any(FAULT_THREAD);
  return error ? error : real(attributes);
}
int pthread_attr_init(pthread_attr_t *attributes) {
  REAL(pthread_attr_init, NULL);
  const int error = fault_any(FAULT_THREAD);
  return error ? error : real(attributes);
}

/* --- Locks --- */

static bool is_lock(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_GETLK ||
         command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK;
}

int fcntl(int fd, int command, ...) {
  va_list args;
  va_start(args, command);
  void *argument = va_arg(args, void *);
  va_end(args);
  if (is_lock(command) ? fault_fd(FAULT_LOCK, fd) : fault_any(FAULT_SYSTEM)) return -1;
  return (int)syscall(SYS_fcntl, fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
  va_list args;
  va_start(args, command);
  void *argument = va_arg(args, void *);
  va_end(args);
  return fcntl(fd, command, argument);
}
int flock(int fd, int operation) {
  return fault_fd(FAULT_LOCK, fd) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

/* --- Files --- */

/* A descriptor is closed also where close() tells an error, as Linux does it. */
int close(int fd) {
  const int error = fault_fd(FAULT_FILE, fd);
  const int result = (int)syscall(SYS_close, fd);
  if (!error) return result;
  errno = error;
  return -1;
}
off_t lseek(int fd, off_t offset, int whence) {
  return fault_fd(FAULT_FILE, fd) ? -1 : syscall(SYS_lseek, fd, offset, whence);
}
off64_t lseek64(int fd, off64_t offset, int whence) { return lseek(fd, offset, whence); }
int ftruncate(int fd, off_t len) {
  return fault_fd(FAULT_FILE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}
int ftruncate64(int fd, off64_t len) { return ftruncate(fd, len); }
int fallocate(int fd, int mode, off_t offset, off_t len) {
  return fault_fd(FAULT_FILE, fd) ? -1 : (int)syscall(SYS_fallocate, fd, mode, offset, len);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t len) {
  return fallocate(fd, mode, offset, len);
}
int fchmod(int fd, mode_t mode) {
  return fault_fd(FAULT_FILE, fd) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}
int syncfs(int fd) { return fault_fd(FAULT_FILE, fd) ? -1 : (int)syscall(SYS_syncfs, fd); }
int sync_file_range(int fd, off64_t offset, off64_t len, unsigned flags) {
  return fault_fd(FAULT_FILE, fd) ? -1 : (int)syscall(SYS_sync_file_range, fd, offset, len, flags);
}
int posix_fadvise(int fd, off_t offset, off_t len, int advice) {
  const int error = fault_fd(FAULT_FILE, fd);
  if (error) return error;
  return syscall(SYS_fadvise64, fd, offset, len, advice) ? errno : 0;
}
int posix_fadvise64(int fd, off64_t offset, off64_t len, int advice) {
  return posix_fadvise(fd, offset, len, advice);
}
int fstatfs(int fd, struct statfs *fs) {
  return fault_fd(FAULT_FILE, fd) ? -1 : (int)syscall(SYS_fstatfs, fd, fs);
}
int statfs(const char *path, struct statfs *fs) {
  return fault_path(FAULT_FILE, path) ? -1 : (int)syscall(SYS_statfs, path, fs);
}
int statvfs(const char *path, struct statvfs *fs) {
  REAL(statvfs, NULL);
  return fault_path(FAULT_FILE, path) ? -1 : real(path, fs);
}
int unlinkat(int directory, const char *path, int flags) {
  return fault_path(FAULT_FILE, path) ? -1 : (int)syscall(SYS_unlinkat, directory, path, flags);
}
int unlink(const char *path) {
  return fault_path(FAULT_FILE, path) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
int rmdir(const char *path) {
  return fault_path(FAULT_FILE, path) ? -1
                                      : (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}
int mkdirat(int directory, const char *path, mode_t mode) {
  return fault_path(FAULT_FILE, path) ? -1 : (int)syscall(SYS_mkdirat, directory, path, mode);
}
int mkdir(const char *path, mode_t mode) {
  return fault_path(FAULT_FILE, path) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
int link(const char *from, const char *to) {
  return fault_path(FAULT_FILE, to) ? -1
                                    : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
  return fault_path(FAULT_FILE, to)
             ? -1
             : (int)syscall(SYS_linkat, from_directory, from, to_directory, to, flags);
}
char *mkdtemp(char *pattern) {
  REAL(mkdtemp, NULL);
  return fault_path(FAULT_FILE, pattern) ? NULL : real(pattern);
}
int mkostemp(char *pattern, int flags) {
  REAL(mkostemp, NULL);
  return fault_path(FAULT_FILE, pattern) ? -1 : real(pattern, flags);
}
DIR *opendir(const char *path) {
  REAL(opendir, NULL);
  return fault_path(FAULT_FILE, path) ? NULL : real(path);
}
DIR *fdopendir(int fd) {
  REAL(fdopendir, NULL);
  return fault_fd(FAULT_FILE, fd) ? NULL : real(fd);
}

/* --- The rest of the system --- */

int pipe2(int ends[2], int flags) {
  return fault_any(FAULT_SYSTEM) ? -1 : (int)syscall(SYS_pipe2, ends, flags);
}
int pipe(int ends[2]) { return fault_any(FAULT_SYSTEM) ? -1 : (int)syscall(SYS_pipe2, ends, 0); }
int eventfd(unsigned value, int flags) {
  return fault_any(FAULT_SYSTEM) ? -1 : (int)syscall(SYS_eventfd2, value, flags);
}
int signalfd(int fd, const sigset_t *signals, int flags) {
  REAL(signalfd, NULL);
  return fault_any(FAULT_SYSTEM) ? -1 : real(fd, signals, flags);
}
int dup(int fd) { return fault_any(FAULT_SYSTEM) ? -1 : (int)syscall(SYS_dup, fd); }
ssize_t getrandom(void *data, size_t len, unsigned flags) {
  return fault_any(FAULT_SYSTEM) ? -1 : syscall(SYS_getrandom, data, len, flags);
}
int getentropy(void *data, size_t len) {
  REAL(getentropy, NULL);
  return fault_any(FAULT_SYSTEM) ? -1 : real(data, len);
}
int sched_getaffinity(pid_t process, size_t size, cpu_set_t *set) {
  REAL(sched_getaffinity, NULL);
  return fault_any(FAULT_SYSTEM) ? -1 : real(process, size, set);
}
int getrlimit(__rlimit_resource_t resource, struct rlimit *limit) {
  REAL(getrlimit, NULL);
  return fault_any(FAULT_SYSTEM) ? -1 : real(resource, limit);
}
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
  REAL(setrlimit, NULL);
  return fault_any(FAULT_SYSTEM) ? -1 : real(resource, limit);
}
int getrusage(__rusage_who_t who, struct rusage *usage) {
  REAL(getrusage, NULL);
  return fault_any(FAULT_SYSTEM) ? -1 : real(who, usage);
}
int sigaction(int number, const struct sigaction *action, struct sigaction *before) {
  REAL(sigaction, NULL);
  return fault_any(FAULT_SYSTEM) ? -1 : real(number, action, before);
}
int pthread_sigmask(int how, const sigset_t *signals, sigset_t *before) {
  REAL(pthread_sigmask, NULL);
  const int error = fault_any(FAULT_SYSTEM);
  return error ? error : real(how, signals, before);
}
