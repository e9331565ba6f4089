#include "cli/replace.h"

#include "base/directory.h"
#include "base/error.h"
#include "base/retry.h"
#include "base/seed.h"
#include "cli/message.h"
#include "inputs/place.h"
#include "io/devfd.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX   ".pingsieve-"
#define SUFFIX   ".tmp"
#define DIGITS   16
#define ATTEMPTS 16
#define LINKS    40 /* as the kernel follows */
#define RETRY_MS 50 /* between two looks for a reader: nothing tells when one opens a pipe */
#define TELL_MS  1000

/* ---- names beside the file ---- */

/* The directory of path in dir[PATH_MAX]. */
static const char *directory_of(const char *path, char dir[PATH_MAX]) {
  (void)snprintf(dir, PATH_MAX, "%s", path);
  return dirname(dir);
}

static bool is_temporary(const char *name) {
  size_t prefix = sizeof PREFIX - 1;
  return strlen(name) == prefix + DIGITS + sizeof SUFFIX - 1 && !memcmp(name, PREFIX, prefix) &&
         strspn(name + prefix, "0123456789abcdef") == DIGITS &&
         !strcmp(name + prefix + DIGITS, SUFFIX);
}

/* 0, or -1 with errno: EAGAIN when another process has it. */
static int lock_whole(int fd) {
  const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (RETRY(fcntl(fd, F_OFD_SETLK, &whole)) == 0) return 0;
  if (errno == EACCES) errno = EAGAIN;
  return -1;
}

/* A file of that name that nobody holds is removed. */
static void clear_one(int directory, const char *name) {
  struct stat st;
  int fd =
      RETRY(openat(directory, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (fd < 0) return;
  if (RETRY(fstat(fd, &st)) == 0 && S_ISREG(st.st_mode) && lock_whole(fd) == 0)
    (void)unlinkat(directory, name, 0); /* one that stays is found again by the next run */
  (void)close(fd);
}

void replace_clear(const char *directory) {
  DIR *dir = opendir(directory);
  const struct dirent *entry;
  if (!dir) return;
  while ((entry = readdir(dir)))
    if (is_temporary(entry->d_name)) clear_one(dirfd(dir), entry->d_name);
  (void)closedir(dir);
}

/* Whether there is a file, and which. Where the system does not tell, a link or a device would be
 * taken for none, and be replaced. */
static int look(const char *path, bool *exists, struct stat *st, struct ps_error *err) {
  *exists = RETRY(stat(path, st)) == 0;
  if (*exists || !error_passes(errno)) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be examined", path);
}

/* Replaces the path of a link by that of the file it leads to, which need not be there. False:
 * errno says why. */
static bool follow(char path[PATH_MAX]) {
  char target[PATH_MAX], next[PATH_MAX];
  for (unsigned i = 0; i < LINKS; i++) {
    ssize_t n;
    do n = readlink(path, target, sizeof target - 1);
    while (n < 0 && errno == EINTR);
    if (n < 0) return true; /* no link, or not there */
    target[n] = '\0';
    const char *slash = strrchr(path, '/');
    const int above = slash && target[0] != '/' ? (int)(slash - path) + 1 : 0;
    const int len = snprintf(next, sizeof next, "%.*s%s", above, path, target);
    if (len < 0 || (size_t)len >= sizeof next) {
      errno = ENAMETOOLONG;
      return false;
    }
    memcpy(path, next, (size_t)len + 1);
  }
  errno = ELOOP;
  return false;
}

/* Where the file is that path names, links followed; `exists` as stat() says. */
static int resolve(const char *path, bool exists, char real[PATH_MAX], struct ps_error *err) {
  struct stat st;
  if (exists && place_resolve(path, real)) return PS_OK;
  if (exists && error_passes(errno))
    return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be examined", path);
  int n = snprintf(real, PATH_MAX, "%s", path);
  if (n < 0 || n >= PATH_MAX)
    return error_set_os(err, PS_E_OUTPUT, ENAMETOOLONG, "%s cannot be written", path);
  if (exists || !RETRY(stat(path, &st)) || follow(real)) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written", path);
}

/* Makes a new file in the directory of path; its name is in temporary[PATH_MAX]. The umask has its
 * say, which mkstemp(3) would not let it. */
static int open_temporary(const char *path, char temporary[PATH_MAX], struct ps_error *err) {
  const char *slash = strrchr(path, '/');
  int directory = slash ? (int)(slash - path) + 1 : 0;
  for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
    int n = snprintf(temporary, PATH_MAX, "%.*s" PREFIX "%016" PRIx64 SUFFIX, directory, path,
                     seed_draw(temporary));
    if (n < 0 || n >= PATH_MAX) {
      errno = ENAMETOOLONG;
      break;
    }
    struct stat st;
    int fd = RETRY(open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) break;
    /* Between the two calls another run may have taken it for a left-over. */
    bool taken = lock_whole(fd) < 0 && errno == EAGAIN;
    bool known = RETRY(fstat(fd, &st)) == 0;
    int failed = known ? EAGAIN : errno;
    if (!taken && known && st.st_nlink > 0) return fd;
    if (!taken && !known) (void)unlink(temporary);
    (void)close(fd);
    errno = failed;
    if (!known) break;
  }
  (void)error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written: no file can be made beside it",
                     path);
  temporary[0] = '\0';
  return -1;
}

/* ---- waiting for a reader ---- */

/* Waits for the descriptor (-1: for time alone); signals that end a program do so. */
static void await(struct replacement *r, int fd, unsigned *waited_ms) {
  struct pollfd wait = {.fd = fd, .events = POLLOUT};
  struct timespec interval = {.tv_nsec = RETRY_MS * 1000000L};
  sigset_t mask;
  (void)pthread_sigmask(SIG_BLOCK, NULL, &mask);
  (void)sigdelset(&mask, SIGINT);
  (void)sigdelset(&mask, SIGTERM);
  (void)ppoll(&wait, 1, &interval, &mask);
  *waited_ms += RETRY_MS;
  if (r->told || *waited_ms < TELL_MS) return;
  r->told = true;
  message(MESSAGE_NOTE, "waiting for a reader of %s", r->path);
}

static int write_all(struct replacement *r, const uint8_t *data, size_t len) {
  unsigned waited_ms = 0;
  while (len > 0) {
    ssize_t n = write(r->fd, data, len);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN && r->patience == REPLACE_WAIT) {
      await(r, r->fd, &waited_ms);
      continue;
    }
    if (n < 0) return -1;
    data += n;
    len -= (size_t)n;
    waited_ms = 0;
  }
  return 0;
}

/* Opens what is not replaced. */
static int open_direct(struct replacement *r, const char *path, mode_t mode, struct ps_error *err) {
  unsigned waited_ms = 0;
  if (S_ISSOCK(mode))
    return error_set(err, PS_E_OUTPUT, "%s is a socket: name a file or a pipe", path);
  for (;;) {
    r->fd = RETRY(open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (r->fd >= 0) return PS_OK;
    bool unread = errno == ENXIO && S_ISFIFO(mode);
    if (!unread) return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be opened to write", path);
    if (r->patience == REPLACE_FAIL)
      return error_set(err, PS_E_OUTPUT, "%s cannot be written: the pipe has no reader", path);
    await(r, -1, &waited_ms);
  }
}

/* ---- replacing ---- */

static int open_descriptor(struct replacement *r, const char *path, int number,
                           struct ps_error *err) {
  r->fd = devfd_open(number);
  return r->fd < 0 ? error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written", path) : PS_OK;
}

int replace_begin(struct replacement *replacement, const char *path, enum replace_patience patience,
                  struct ps_error *err) {
  struct stat old;
  int number = devfd_number(path);
  bool exists = false;
  *replacement = (struct replacement){.fd = -1, .patience = patience};
  int r = number < 0 ? look(path, &exists, &old, err) : PS_OK;
  if (r == PS_OK) r = resolve(path, exists && S_ISREG(old.st_mode), replacement->path, err);
  if (r != PS_OK) return r;
  if (number >= 0) return open_descriptor(replacement, path, number, err);
  if (exists && !S_ISREG(old.st_mode)) return open_direct(replacement, path, old.st_mode, err);
  replacement->fd = open_temporary(replacement->path, replacement->temporary, err);
  if (replacement->fd < 0) return PS_E_OUTPUT;
  if (!exists || RETRY(fchmod(replacement->fd, old.st_mode & 07777)) == 0) return PS_OK;
  (void)error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written", path);
  replace_abandon(replacement);
  return PS_E_OUTPUT;
}

int replace_write(struct replacement *r, const void *data, size_t len, struct ps_error *err) {
  if (write_all(r, data, len) == 0) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written", r->path);
}

int replace_commit(struct replacement *r, struct ps_error *err) {
  bool direct = !r->temporary[0];
  int failed = !direct && RETRY(fsync(r->fd)) < 0 ? errno : 0;
  /* The file is closed, and its lock let go of, when the name is no left-over's any more. */
  if (!failed && !direct && RETRY(rename(r->temporary, r->path)) < 0) failed = errno;
  if (!failed) r->temporary[0] = '\0';
  if (close(r->fd) < 0 && !failed && errno != EINTR) failed = errno;
  r->fd = -1;
  if (failed) {
    replace_abandon(r);
    return error_set_os(err, PS_E_OUTPUT, failed, "%s cannot be written", r->path);
  }
  if (!direct && directory_sync_above(r->path) < 0)
    return error_set_os(err, PS_E_OUTPUT, errno, "the directory of %s cannot be synced", r->path);
  return PS_OK;
}

void replace_abandon(struct replacement *r) {
  if (r->temporary[0]) (void)unlink(r->temporary);
  if (r->fd >= 0) (void)close(r->fd);
  r->fd = -1;
  r->temporary[0] = '\0';
}

int replace_file(const char *path, const void *data, size_t len, enum replace_patience patience,
                 struct ps_error *err) {
  struct replacement replacement;
  int r = replace_begin(&replacement, path, patience, err);
  if (r != PS_OK) return r;
  r = replace_write(&replacement, data, len, err);
  if (r == PS_OK) return replace_commit(&replacement, err);
  replace_abandon(&replacement);
  return r;
}

static int check_descriptor(const char *path, int number, struct ps_error *err) {
  int fd = devfd_open(number);
  if (fd < 0) return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written", path);
  (void)close(fd);
  return PS_OK;
}

int replace_check(const char *path, struct ps_error *err) {
  struct stat st;
  char real[PATH_MAX], text[PATH_MAX];
  bool exists;
  int number = devfd_number(path);
  if (number >= 0) return check_descriptor(path, number, err);
  int r = look(path, &exists, &st, err);
  if (r != PS_OK) return r;
  if (exists && S_ISDIR(st.st_mode))
    return error_set(err, PS_E_OUTPUT, "%s is a directory; a file is wanted", path);
  if (exists && S_ISSOCK(st.st_mode))
    return error_set(err, PS_E_OUTPUT, "%s is a socket: name a file or a pipe", path);
  if (exists && !S_ISREG(st.st_mode)) return PS_OK;
  r = resolve(path, exists, real, err);
  if (r != PS_OK) return r;
  const char *dir = directory_of(real, text);
  if (RETRY(access(dir, W_OK | X_OK)) < 0)
    return error_set_os(err, PS_E_OUTPUT, errno, "%s cannot be written in its directory %s", path,
                        dir);
  replace_clear(dir);
  return PS_OK;
}
