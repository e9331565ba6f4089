/* relay: reads standard input and writes it to standard output, and nothing else.
 *
 * The yardstick of a filter in a pipe: the same buffer size and the same enlarged pipes as
 * pingsieve.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER   ((size_t)512 << 10)
#define PIPE_IN  (1 << 20)
#define PIPE_OUT (256 << 10)

static char buffer[BUFFER];

static int fail(const char *what) {
  (void)fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(void) {
  (void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, PIPE_IN); /* no pipe: nothing to enlarge */
  (void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_OUT);
  for (;;) {
    ssize_t got = read(STDIN_FILENO, buffer, BUFFER);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("standard input");
    if (got == 0) return 0;
    for (ssize_t done = 0; done < got;) {
      ssize_t n = write(STDOUT_FILENO, buffer + done, (size_t)(got - done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail("standard output");
      done += n;
    }
  }
}
