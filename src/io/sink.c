#include "io/sink.h"

#include "base/clock.h"
#include "base/directory.h"
#include "base/error.h"
#include "base/retry.h"
#include "io/claim.h"
#include "io/devfd.h"
#include "io/opening.h"
#include "io/vectors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_BYTES (256 << 10)
#define WRITE_BACK ((uint64_t)32 << 20)
#define STOP_NS    UINT64_C(2000000000)
#define RETRY_MS   20 /* between two looks for a reader: nothing tells when one opens a pipe */
#define BLOCKED_MS 20 /* between two calls of `blocked` */

struct sink {
  int fd; /* -1: the null sink, or one that awaits its reader */
  char *name;
  bool owned;
  bool careful; /* a pipe that may block: what surely has room is written at a time */
  bool awaits;  /* a named pipe that nobody has opened to read */
  bool regular;
  bool by_name;    /* opened by a name of its own: not by that of a descriptor */
  bool own_offset; /* a regular file that is not appended to */
  bool synced;     /* nothing was written since the last sync, or sync has no meaning */
  bool durable;
  int stop_fd;         /* readable: waiting for a reader is to end; -1: never */
  uint64_t stopped_ns; /* when that was seen first; 0: not yet */
  bool gave_up;        /* waiting has ended by it: nothing more is written */
  int (*blocked)(void *context, struct ps_error *err); /* NULL: none */
  void *blocked_context;
  uint64_t bytes;
  uint64_t taken;         /* of bytes: were so at the last sync or look at it */
  uint64_t written_back;  /* of bytes: handed to the disk */
  uint64_t torn;          /* where somebody's last line ends without its newline; 0: nowhere */
  bool newline_due;       /* ... which comes before the next byte */
  struct ps_error failed; /* repeated by every later call: the system tells of a lost page once */
};

static int repeat(const struct sink *s, struct ps_error *err) {
  if (err) *err = s->failed;
  return s->failed.status;
}

static int fail(struct sink *s, const char *what, struct ps_error *err) {
  int e = errno;
  if (e == EPIPE) (void)error_set_os(&s->failed, PS_E_PIPE, e, "the reader of %s is gone", s->name);
  else (void)error_set_os(&s->failed, PS_E_OUTPUT, e, "cannot %s %s", what, s->name);
  return repeat(s, err);
}

static int sink_create(int fd, const char *name, bool owned, struct sink **sink,
                       struct ps_error *err) {
  struct sink *s = malloc(sizeof *s);
  char *copy = strdup(name);
  if (!s || !copy) {
    free(s);
    free(copy);
    (void)error_memory(err, 0);
    return PS_E_MEMORY;
  }
  *s = (struct sink){.fd = fd, .name = copy, .owned = owned, .synced = true, .stop_fd = -1};
  *sink = s;
  return PS_OK;
}

static void sink_free(struct sink *s) {
  free(s->name);
  free(s);
}

int sink_open_null(struct sink **sink, struct ps_error *err) {
  return sink_create(-1, "/dev/null", false, sink, err);
}

/* Whether a newline stands before `at` for sure; a file that may not be read might have none. */
static bool has_newline_before(int fd, off_t at) {
  char path[32], last = 0;
  if (pread(fd, &last, 1, at - 1) == 1) return last == '\n';
  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const int reading = RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  const bool has = reading >= 0 && pread(reading, &last, 1, at - 1) == 1 && last == '\n';
  if (reading >= 0) (void)close(reading);
  return has;
}

/* A file whose next byte would continue a line that an interrupted run has left. */
static void look_for_torn(struct sink *s, off_t at) {
  if (at <= 0 || has_newline_before(s->fd, at)) return;
  s->torn = (uint64_t)at;
  s->newline_due = true;
}

/* The newline is nobody's output: it is not counted. */
static int end_torn(struct sink *s, struct ps_error *err) {
  while (s->newline_due) {
    s->synced = false;
    const ssize_t w = write(s->fd, "\n", 1);
    if (w < 0 && errno == EINTR) continue;
    if (w == 0) errno = EIO; /* cannot happen */
    if (w <= 0) return fail(s, "write", err);
    s->newline_due = false;
  }
  return PS_OK;
}

/* A pipe that was handed to this process is never made non-blocking, as its other users would meet
 * that: it is opened again, for this sink alone. Another user's may not be. */
static void unblock(struct sink *s) {
  char path[32];
  if (fcntl(s->fd, F_GETFL) & O_NONBLOCK) return;
  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", s->fd);
  const int fd = RETRY(open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  s->careful = fd < 0;
  if (fd < 0) return;
  if (s->owned) (void)close(s->fd); /* nothing was written to it */
  s->fd = fd;
  s->owned = true;
}

int sink_open_fd(int fd, const char *name, bool owned, struct sink **sink, struct ps_error *err) {
  struct stat st;
  if (RETRY(fstat(fd, &st))) {
    (void)error_set_os(err, PS_E_OUTPUT, errno, "cannot write %s", name);
    return PS_E_OUTPUT;
  }
  int r = sink_create(fd, name, owned, sink, err);
  if (r) return r;
  bool regular = S_ISREG(st.st_mode), append = fcntl(fd, F_GETFL) & O_APPEND;
  if (regular && (r = claim_file(fd, append, name, err))) {
    sink_free(*sink);
    *sink = NULL;
    return r;
  }
  (*sink)->own_offset = regular && !append;
  if (S_ISFIFO(st.st_mode)) unblock(*sink);
  /* Fewer wake-ups of the reader: 15 % faster across cores. Refusals are fine. */
  if (S_ISFIFO(st.st_mode) && fcntl(fd, F_GETPIPE_SZ) < PIPE_BYTES)
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
  (*sink)->regular = regular;
  (*sink)->durable = regular || S_ISBLK(st.st_mode);
  if (regular) look_for_torn(*sink, append ? st.st_size : lseek(fd, 0, SEEK_CUR));
  return PS_OK;
}

/* The new name reaches the disk. Where the directory may not be read, fsync() of the file itself
 * does it on the usual file systems. */
static int sync_name(const char *path, int file, struct ps_error *err) {
  int r = directory_sync_above(path);
  if (r > 0 && (r = RETRY(fsync(file))) && errno == EINVAL) r = 0;
  return r ? error_set_os(err, PS_E_OUTPUT, errno, "the directory of %s cannot be synced", path)
           : PS_OK;
}

/* Opens a path that names a descriptor: the descriptor itself. */
static int open_descriptor(const char *path, int number, struct sink **sink, struct ps_error *err) {
  int fd = devfd_open(number);
  if (fd < 0) return error_set_os(err, PS_E_OUTPUT, errno, "cannot open %s for appending", path);
  int r = sink_open_fd(fd, path, true, sink, err);
  if (r) (void)close(fd);
  return r;
}

/* A named pipe's open(2) would wait where nothing can stop it. *fd stays -1 when it has no reader.
 */
static int open_path(const char *path, int *fd, bool *created, struct ps_error *err) {
  const int flags = O_WRONLY | O_APPEND;
  struct stat st;
  *created = false;
  *fd = opening(path, flags, 0, -1);
  if (*fd < 0 && errno == ENOENT) {
    *created = true;
    *fd = opening(path, flags | O_CREAT, 0600, -1);
  }
  if (*fd >= 0) return PS_OK;
  int e = errno;
  if (e == EISDIR) return error_set(err, PS_E_OUTPUT, "%s is a directory: name a file in it", path);
  if (e == ENXIO && !RETRY(stat(path, &st))) {
    if (S_ISFIFO(st.st_mode)) return PS_OK;
    if (S_ISSOCK(st.st_mode))
      return error_set(err, PS_E_OUTPUT, "%s is a socket: name a file or a pipe", path);
  }
  return error_set_os(err, PS_E_OUTPUT, e, "cannot open %s for appending", path);
}

int sink_open_append(const char *path, struct sink **sink, struct ps_error *err) {
  bool created;
  int fd, number = devfd_number(path);
  if (number >= 0) return open_descriptor(path, number, sink, err);
  int r = open_path(path, &fd, &created, err);
  if (r) return r;
  r = fd < 0 ? sink_create(-1, path, false, sink, err) : sink_open_fd(fd, path, true, sink, err);
  if (r) {
    if (fd >= 0) (void)close(fd);
    return r;
  }
  (*sink)->by_name = true;
  (*sink)->awaits = fd < 0;
  if (created) r = sync_name(path, fd, err);
  if (!r) r = end_torn(*sink, err);
  if (r) {
    (void)sink_close(*sink, NULL);
    *sink = NULL;
  }
  return r;
}

void sink_stop_by(struct sink *sink, int stop_fd) {
  if (sink) sink->stop_fd = stop_fd;
}

void sink_while_blocked(struct sink *sink, int (*blocked)(void *context, struct ps_error *err),
                        void *context) {
  if (!sink) return;
  sink->blocked = blocked;
  sink->blocked_context = context;
}

bool sink_awaits(const struct sink *sink) { return sink && sink->awaits; }

int sink_await(struct sink *s, int stop_fd, struct ps_error *err) {
  struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
  while (sink_awaits(s)) {
    s->fd = RETRY(open(s->name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (s->fd >= 0) {
      s->owned = true;
      s->awaits = false;
      return PS_OK;
    }
    if (errno != ENXIO) return fail(s, "open", err);
    int n = poll(&stop, 1, RETRY_MS);
    if (n < 0 && errno != EINTR) return fail(s, "wait for", err);
    if (n > 0)
      return error_set(err, PS_E_STOPPED, "stopped while waiting for a reader of %s", s->name);
  }
  return PS_OK;
}

bool sink_is_file(const struct sink *sink) { return sink->regular && sink->by_name; }

int sink_reopen(struct sink **sink, struct ps_error *err) {
  if (!*sink || !sink_is_file(*sink)) return PS_OK;
  char *path = strdup((*sink)->name);
  if (!path) return error_memory(err, 0);
  int r = sink_close(*sink, err);
  *sink = NULL;
  if (!r) r = sink_open_append(path, sink, err);
  free(path);
  return r;
}

/* Starts the write-back of what came since the last time. A hint: failing is harmless. */
static void write_back(struct sink *s) {
  uint64_t fresh = s->bytes - s->written_back;
  if (!s->regular || fresh < WRITE_BACK) return;
  off_t end = lseek(s->fd, 0, SEEK_CUR);
  if (end >= (off_t)fresh)
    (void)sync_file_range(s->fd, end - (off_t)fresh, (off_t)fresh, SYNC_FILE_RANGE_WRITE);
  s->written_back = s->bytes;
}

/* How long the reader may still take, in ms; -1: for ever. */
static int patience(const struct sink *s) {
  if (!s->stopped_ns) return -1;
  const uint64_t spent = clock_monotonic_ns() - s->stopped_ns;
  return spent < STOP_NS ? (int)((STOP_NS - spent) / 1000000 + 1) : 0;
}

static int give_up(struct sink *s, struct ps_error *err) {
  s->gave_up = true;
  return error_set(err, PS_E_STOPPED, "stopped while the reader of %s took nothing", s->name);
}

/* Waits until the pipe takes something. Once a stop is asked for, a reader that goes on reading has
 * some seconds to take what is left; one that stands still keeps nobody from ending. */
static int await(struct sink *s, struct ps_error *err) {
  for (;;) {
    struct pollfd fds[] = {{.fd = s->fd, .events = POLLOUT},
                           {.fd = s->stopped_ns ? -1 : s->stop_fd, .events = POLLIN}};
    const int most = patience(s);
    const int n = poll(fds, 2, s->blocked && (most < 0 || most > BLOCKED_MS) ? BLOCKED_MS : most);
    if (n < 0 && errno != EINTR && errno != EAGAIN) return fail(s, "wait for", err);
    if (n > 0 && fds[1].revents) s->stopped_ns = clock_monotonic_ns();
    if (n > 0 && fds[0].revents) return PS_OK;
    if (n == 0 && !patience(s)) return give_up(s, err);
    int r = n == 0 && s->blocked ? s->blocked(s->blocked_context, err) : PS_OK;
    if (r) return r;
  }
}

/* Writes some of it; at most as much as there is room for behind POLLOUT, where the pipe may block.
 */
static ssize_t write_some(struct sink *s, const struct iovec *vectors, size_t n) {
  struct pollfd room = {.fd = s->fd, .events = POLLOUT};
  if (!s->careful) return writev(s->fd, vectors, n < IOV_MAX ? (int)n : IOV_MAX);
  if (RETRY(poll(&room, 1, 0)) == 1)
    return write(s->fd, vectors->iov_base,
                 vectors->iov_len < PIPE_BUF ? vectors->iov_len : PIPE_BUF);
  errno = EAGAIN;
  return -1;
}

static bool is_shorter(const struct sink *s, off_t end) {
  struct stat st;
  return !RETRY(fstat(s->fd, &st)) && st.st_size < end;
}

/* Whether a file that is written at an offset lost what was there: another program has opened it
 * with `>`, or made it shorter. Asked before each write and each sync: a write behind the cut would
 * hide it. A file system whose sizes come late (FUSE, over a network) tells the right one when what
 * was written has left. */
static int check_cut(struct sink *s, struct ps_error *err) {
  off_t end = s->own_offset ? lseek(s->fd, 0, SEEK_CUR) : 0;
  if (end <= 0 || !is_shorter(s, end)) return PS_OK;
  if (RETRY(fdatasync(s->fd))) return fail(s, "sync", err);
  if (!is_shorter(s, end)) return PS_OK;
  (void)error_set(&s->failed, PS_E_OUTPUT,
                  "the file of %s is shorter than what was written to it: another program has cut "
                  "it (a second run with the same output?), and pings are missing in it",
                  s->name);
  return repeat(s, err);
}

int sink_writev(struct sink *sink, struct iovec *vectors, size_t n, struct ps_error *err) {
  struct sink *s = sink;
  if (s->failed.status) return repeat(s, err);
  if (s->awaits) {
    errno = ENXIO;
    return fail(s, "write", err);
  }
  if (s->gave_up) return give_up(s, err);
  int r = check_cut(s, err);
  vectors_advance(&vectors, &n, 0);
  if (!r && n) r = end_torn(s, err);
  if (r) return r;
  for (; n; vectors_advance(&vectors, &n, 0)) {
    size_t took = 0;
    if (s->fd < 0) {
      for (size_t i = 0; i < n; i++) took += vectors[i].iov_len;
    } else {
      s->synced = false;
      const ssize_t w = write_some(s, vectors, n);
      if (w < 0 && errno == EINTR) continue;
      if (w < 0 && errno == EAGAIN) {
        if ((r = await(s, err))) return r;
        continue;
      }
      if (w == 0) errno = EIO; /* cannot happen, and must not loop */
      if (w <= 0) return fail(s, "write", err);
      took = (size_t)w;
    }
    s->bytes += took;
    vectors_advance(&vectors, &n, took);
    write_back(s);
  }
  return PS_OK;
}

int sink_write(struct sink *sink, const void *data, size_t len, struct ps_error *err) {
  struct iovec vector = {.iov_base = (void *)data, .iov_len = len};
  return sink_writev(sink, &vector, 1, err);
}

int sink_take_back(struct sink *s, uint64_t position, uint64_t len, bool *done,
                   struct ps_error *err) {
  struct stat st;
  *done = false;
  if (s->failed.status) return repeat(s, err);
  if (!sink_is_file(s) || RETRY(fstat(s->fd, &st)) || (uint64_t)st.st_size != position + len)
    return PS_OK;
  *done =
      !RETRY(ftruncate(s->fd, (off_t)position)); /* not of a file that may only be appended to */
  return PS_OK;
}

int sink_sync(struct sink *sink, struct ps_error *err) {
  if (sink->failed.status) return repeat(sink, err);
  if (!sink->durable) return PS_OK;
  int cut = check_cut(sink, err); /* also when nothing was written since: its pings are marked */
  if (cut) return cut;
  if (sink->synced) return PS_OK;
  int r;
  do r = fdatasync(sink->fd);
  while (r && errno == EINTR);
  /* Some devices know no sync; a file must. */
  bool odd = errno == EINVAL || errno == EROFS || errno == ENOTSUP;
  if (r && (sink->regular || !odd)) return fail(sink, "sync", err);
  sink->synced = true;
  sink->taken = sink->bytes;
  return PS_OK;
}

static int reader_gone(struct sink *sink, struct ps_error *err) {
  errno = EPIPE;
  return fail(sink, "write", err);
}

static int taken_of_pipe(struct sink *sink, struct ps_error *err) {
  struct pollfd hang_up = {.fd = sink->fd};
  int queued;
  if (RETRY(ioctl(sink->fd, FIONREAD, &queued)) || RETRY(poll(&hang_up, 1, 0)) < 0)
    return fail(sink, "look at", err);
  if (queued && hang_up.revents) return reader_gone(sink, err);
  if ((uint64_t)queued <= sink->bytes - sink->taken) sink->taken = sink->bytes - (uint64_t)queued;
  return PS_OK;
}

static int taken_of_socket(struct sink *sink, struct ps_error *err) {
  struct pollfd hang_up = {.fd = sink->fd};
  int queued;
  if (RETRY(ioctl(sink->fd, SIOCOUTQ, &queued)) || RETRY(poll(&hang_up, 1, 0)) < 0)
    return fail(sink, "look at", err);
  if (hang_up.revents && sink->taken < sink->bytes) return reader_gone(sink, err);
  if (!queued) sink->taken = sink->bytes;
  return PS_OK;
}

static int look_at_taken(struct sink *sink, struct ps_error *err) {
  struct stat st;
  if (RETRY(fstat(sink->fd, &st))) return fail(sink, "look at", err);
  if (S_ISSOCK(st.st_mode)) return taken_of_socket(sink, err);
  if (S_ISFIFO(st.st_mode)) return taken_of_pipe(sink, err);
  if (!sink->durable) sink->taken = sink->bytes;
  return PS_OK;
}

int sink_taken(struct sink *sink, uint64_t *bytes, struct ps_error *err) {
  int r = PS_OK;
  *bytes = 0;
  if (sink->failed.status) return repeat(sink, err);
  if (sink->fd >= 0) r = look_at_taken(sink, err);
  else sink->taken = sink->bytes; /* the null sink; or nothing was written yet */
  if (!r) *bytes = sink->taken;
  return r;
}

uint64_t sink_bytes(const struct sink *sink) { return sink->bytes; }
uint64_t sink_torn(const struct sink *sink) { return sink ? sink->torn : 0; }

uint64_t sink_position(const struct sink *sink) {
  struct stat st;
  if (sink->regular && !RETRY(fstat(sink->fd, &st))) return (uint64_t)st.st_size;
  return sink->bytes;
}

const char *sink_name(const struct sink *sink) { return sink->name; }

int sink_close(struct sink *sink, struct ps_error *err) {
  if (!sink) return PS_OK;
  int r = sink_sync(sink, err);
  /* After EINTR the descriptor is gone on Linux, and all bytes were synced above. */
  if (sink->regular) claim_release(sink->fd);
  if (sink->owned && close(sink->fd) && errno != EINTR) r = r ? r : fail(sink, "close", err);
  sink_free(sink);
  return r;
}
