#include "seen/leftovers.h"

#include "base/retry.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANDOM   "XXXXXX"
#define ATTEMPTS 100

/* Returns 0, or errno; ENOENT when another program took the new file for a left-over before it was
 * locked. File systems without such locks have no left-overs cleared either. */
static int hold(int fd, const char *path) {
  struct stat ours, there;
  if (RETRY(flock(fd, LOCK_EX | LOCK_NB)) && errno == EWOULDBLOCK) return ENOENT;
  if (RETRY(fstat(fd, &ours)) || RETRY(stat(path, &there))) return errno;
  return ours.st_ino == there.st_ino && ours.st_dev == there.st_dev ? 0 : ENOENT;
}

static int make(char *path, bool directory) {
  char *end = path + strlen(path) - strlen(RANDOM);
  int failed = ENOENT;
  for (int i = 0; i < ATTEMPTS && (failed == ENOENT || failed == EINTR); i++) {
    memcpy(end, RANDOM, strlen(RANDOM));
    int fd = -1;
    if (!directory) fd = mkostemp(path, O_CLOEXEC); /* mode 0600 */
    else if (mkdtemp(path)) fd = RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    failed = fd < 0 ? errno : hold(fd, path);
    if (!failed) return fd;
    if (fd >= 0) close(fd);
    if (failed != ENOENT && directory) (void)rmdir(path);
    else if (failed != ENOENT && fd >= 0) (void)unlink(path);
  }
  errno = failed;
  return -1;
}

int leftovers_make_directory(char *path) { return make(path, true); }
int leftovers_make_file(char *path) { return make(path, false); }

static bool is_one(const char *name, const char *pattern) {
  const size_t fixed = strlen(pattern) - strlen(RANDOM);
  if (strlen(name) != strlen(pattern) || strncmp(name, pattern, fixed) != 0) return false;
  for (const char *p = name + fixed; *p; p++)
    if (!isalnum((unsigned char)*p)) return false;
  return true;
}

/* Ours are for their owner alone; a ".copy-backup" that somebody made is not. */
static bool is_private(int fd) {
  struct stat st;
  return !RETRY(fstat(fd, &st)) && !(st.st_mode & (S_IRWXG | S_IRWXO));
}

static void clear_one(int dir, const char *name, bool directory) {
  const int kind = directory ? O_DIRECTORY : O_NONBLOCK;
  const int fd = RETRY(openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind));
  if (fd < 0) return;
  if (is_private(fd) && !RETRY(flock(fd, LOCK_EX | LOCK_NB))) {
    if (directory) {
      (void)unlinkat(fd, "data.mdb", 0);
      (void)unlinkat(fd, "lock.mdb", 0);
    }
    (void)unlinkat(dir, name, directory ? AT_REMOVEDIR : 0);
  }
  close(fd);
}

void leftovers_clear(const char *dir) {
  DIR *list = opendir(dir);
  if (!list) return;
  for (const struct dirent *entry; (entry = readdir(list));) {
    if (is_one(entry->d_name, LEFTOVERS_NEW)) clear_one(dirfd(list), entry->d_name, true);
    else if (is_one(entry->d_name, LEFTOVERS_COPY)) clear_one(dirfd(list), entry->d_name, false);
  }
  closedir(list);
}
