#include "base/error.h"
#include "base/retry.h"
#include "io/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_BYTES   (1 << 20)
#define REST_BYTES   ((size_t)32 << 10)
#define READ_MAXIMUM ((size_t)1 << 30) /* the system's own limit is a little under 2 GiB */

struct descriptor {
  struct transport transport;
  int fd, stop_fd;
  const char *name;
  uint64_t taken; /* bytes, for messages */
  bool owned, regular;
  bool ended;            /* only with a digest: what a file grows by then was not used either */
  struct digest *digest; /* NULL: none */
};

/* It could be opened: whatever the system says of it now is no word on the input, and may pass. */
static int unreadable(const struct descriptor *d, int os_error, struct ps_error *err) {
  const int r =
      error_set_os(err, PS_E_INPUT, os_error, "cannot read %s at byte %" PRIu64, d->name, d->taken);
  if (err && os_error != EBADF && !error_passes(os_error)) err->os_error = EIO;
  return r;
}

/* Waits until the descriptor has something to say. PS_OK with *ready false: not yet (TRY). */
static int await(const struct descriptor *d, enum transport_mode mode, bool *ready,
                 struct ps_error *err) {
  struct pollfd fds[2] = {{.fd = d->fd, .events = POLLIN}, {.fd = d->stop_fd, .events = POLLIN}};
  for (;;) {
    int n = poll(fds, 2, mode == TRANSPORT_WAIT ? -1 : 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return unreadable(d, errno, err);
    if (mode == TRANSPORT_WAIT && fds[1].revents)
      return error_set(err, PS_E_STOPPED, "stopped while reading %s", d->name);
    /* POLLHUP, POLLERR and POLLNVAL too: read() tells what they mean. */
    *ready = fds[0].revents != 0 && !fds[1].revents;
    return PS_OK;
  }
}

static int descriptor_read(struct transport *transport, void *data, size_t cap,
                           enum transport_mode mode, size_t *got, bool *idle,
                           struct ps_error *err) {
  struct descriptor *d = (struct descriptor *)transport;
  *got = 0;
  *idle = false;
  while (!d->ended) {
    bool ready = false;
    int r = await(d, mode, &ready, err);
    if (r) return r;
    if (!ready) {
      *idle = true;
      return PS_OK;
    }
    ssize_t n = read(d->fd, data, cap < READ_MAXIMUM ? cap : READ_MAXIMUM);
    if (n >= 0) {
      *got = (size_t)n;
      d->taken += *got;
      if (d->digest) digest_update(d->digest, data, *got);
      d->ended = d->digest && !n;
      return PS_OK;
    }
    /* EAGAIN: another reader of the same non-blocking pipe was faster. A regular file has none. */
    if (errno != EINTR && (errno != EAGAIN || d->regular)) return unreadable(d, errno, err);
  }
  return PS_OK;
}

int descriptor_digest(struct transport *transport, uint8_t value[DIGEST_BYTES],
                      struct ps_error *err) {
  const struct descriptor *d = (const struct descriptor *)transport;
  uint8_t data[REST_BYTES];
  while (!d->ended) {
    size_t got;
    bool idle;
    int r = descriptor_read(transport, data, sizeof data, TRANSPORT_WAIT, &got, &idle, err);
    if (r) return r;
  }
  digest_value(d->digest, value);
  return PS_OK;
}

static void descriptor_close(struct transport *transport) {
  struct descriptor *d = (struct descriptor *)transport;
  if (d->owned) (void)close(d->fd); /* only read from: nothing can be lost by a failing close */
  digest_free(d->digest);
  free(d);
}

static const struct transport_ops descriptor_ops = {descriptor_read, descriptor_close};

int descriptor_open(int fd, const struct descriptor_options *options, struct transport **transport,
                    struct ps_error *err) {
  struct stat st;
  if (RETRY(fstat(fd, &st)))
    return error_set_os(err, PS_E_INPUT, errno, "cannot read %s", options->name);
  if (S_ISDIR(st.st_mode))
    return error_set(err, PS_E_INPUT, "%s is a directory: name a file in it", options->name);
  struct descriptor *d = malloc(sizeof *d);
  struct digest *digest = options->digest ? digest_create() : NULL;
  if (!d || (options->digest && !digest)) {
    free(d);
    digest_free(digest);
    return error_memory(err, sizeof *d);
  }
  *d = (struct descriptor){.transport.ops = &descriptor_ops,
                           .fd = fd,
                           .stop_fd = options->stop_fd,
                           .name = options->name,
                           .owned = options->owned,
                           .regular = S_ISREG(st.st_mode),
                           .digest = digest};
  /* Both only make it faster; refusals (no privilege, not a file) are fine. */
  if (S_ISFIFO(st.st_mode) && fcntl(fd, F_GETPIPE_SZ) < PIPE_BYTES)
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
  if (S_ISREG(st.st_mode)) (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  *transport = &d->transport;
  return PS_OK;
}
