#include "inputs/names.h"

#include "base/error.h"
#include "base/retry.h"
#include "inputs/place.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct names {
  const char *list;
  int fd, stop_fd;
  char separator;
  uint64_t line;
  size_t len; /* of the name that is being read */
  char name[INPUT_PATH];
};

static int wait_for_data(const struct names *n, struct ps_error *err) {
  struct pollfd fds[] = {{.fd = n->stop_fd, .events = POLLIN}, {.fd = n->fd, .events = POLLIN}};
  while (poll(fds, 2, -1) < 0)
    if (errno != EINTR && errno != EAGAIN)
      return error_set_os(err, PS_E_INPUT, errno, "cannot read %s", n->list);
  return fds[0].revents ? error_set(err, PS_E_STOPPED, "stopped while reading %s", n->list) : PS_OK;
}

static int name_end(struct names *n, names_visit *visit, void *context, struct ps_error *err) {
  const size_t len = n->len;
  n->name[len] = '\0';
  n->len = 0;
  if (!len) return PS_OK;
  if (memchr(n->name, '\0', len))
    return error_set(err, PS_E_ARGUMENT,
                     "line %" PRIu64 " of %s has a NUL byte in it: if all its names end with one, "
                     "say that they are separated so",
                     n->line, n->list);
  return visit(context, n->name, err);
}

static int take(struct names *n, const char *data, size_t len, names_visit *visit, void *context,
                struct ps_error *err) {
  while (len) {
    const char *end = memchr(data, n->separator, len);
    const size_t some = end ? (size_t)(end - data) : len;
    if (some > sizeof n->name - 1 - n->len)
      return error_set(err, PS_E_ARGUMENT,
                       "name %" PRIu64 " in %s has more than %u bytes: is it a list of files?",
                       n->line, n->list, INPUT_PATH - 1);
    memcpy(n->name + n->len, data, some);
    n->len += some;
    if (!end) return PS_OK;
    const int r = name_end(n, visit, context, err);
    if (r) return r;
    n->line++;
    data += some + 1;
    len -= some + 1;
  }
  return PS_OK;
}

static int read_all(struct names *n, names_visit *visit, void *context, struct ps_error *err) {
  char data[65536];
  for (;;) {
    int r = wait_for_data(n, err);
    if (r) return r;
    const ssize_t got = read(n->fd, data, sizeof data);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return error_set_os(err, PS_E_INPUT, errno, "cannot read %s", n->list);
    if (got == 0) return name_end(n, visit, context, err);
    r = take(n, data, (size_t)got, visit, context, err);
    if (r) return r;
  }
}

int names_each(const char *list, bool null_separated, int stop_fd, names_visit *visit,
               void *context, struct ps_error *err) {
  const bool standard = strcmp(list, "-") == 0;
  struct names names = {.list = standard ? "the list in standard input" : list,
                        .stop_fd = stop_fd,
                        .separator = null_separated ? '\0' : '\n',
                        .line = 1};
  names.fd =
      standard ? STDIN_FILENO : RETRY(open(list, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (names.fd < 0)
    return error_set_os(err, error_passes(errno) ? PS_E_INPUT : PS_E_ARGUMENT, errno,
                        "cannot open the list of files %s", list);
  const int r = read_all(&names, visit, context, err);
  if (!standard) (void)close(names.fd);
  return r;
}
