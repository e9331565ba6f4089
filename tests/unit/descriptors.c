/* Linked into every unit test: it ends with the descriptors it began with, and no others. So what
 * the library opens it closes, also where a call fails; a run that lasts for months would notice.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define MOST 1024 /* valgrind has its own beyond */

static bool open_before[MOST];
static pid_t process;

static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static void tell(int fd) {
  char link[32], target[256];
  (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, target, sizeof target);
  (void)fprintf(stderr, "descriptor %d was left open: %.*s\n", fd, n > 0 ? (int)n : 0, target);
}

__attribute__((constructor)) static void begin(void) {
  process = getpid();
  for (int fd = 0; fd < MOST; fd++) open_before[fd] = is_open(fd);
}

/* A child that has forked off holds what it held then. */
__attribute__((destructor)) static void end(void) {
  bool left = false;
  if (getpid() != process) return;
  for (int fd = 0; fd < MOST; fd++) {
    if (open_before[fd] || !is_open(fd)) continue;
    tell(fd);
    left = true;
  }
  if (!left) return;
  (void)fflush(NULL);
  _exit(1);
}
