#include "io/opening.h"

#include "base/retry.h"
#include <fcntl.h>
#include <poll.h>

#define TRIES  3000u
#define NAP_MS 20

int opening(const char *path, int flags, mode_t mode, int stop_fd) {
  struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
  for (unsigned i = 0;; i++) {
    const int fd = RETRY(open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode));
    if (fd >= 0 || errno != EWOULDBLOCK || i == TRIES) return fd;
    if (poll(&stop, 1, NAP_MS) > 0) {
      errno = EAGAIN;
      return -1;
    }
  }
}
