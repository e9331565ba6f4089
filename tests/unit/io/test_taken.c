/* Sinks and their readers: bytes that the reader has, waiting for it, and the first byte. */
#include "io/sink.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool no_reopening; /* of descriptors, as without /proc */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  errno = ENOENT;
  return no_reopening && strncmp(path, "/proc/", 6) == 0 ? -1 : __real_open(path, flags, mode);
}

/* Of a descriptor it is known where the next byte goes: behind the file, or at its own offset. */
static void an_unfinished_line_is_ended_before_the_first_byte(void **state) {
  (void)state;
  static const struct {
    int flags;
    off_t offset;
    uint64_t torn;
    const char *after;
  } cases[] = {{O_WRONLY | O_APPEND, 0, 5, "a\nbcd\nnew\n"},
               {O_RDWR | O_APPEND, 0, 5, "a\nbcd\nnew\n"},
               {O_WRONLY, 0, 0, "new\nd"},
               {O_WRONLY, 2, 0, "a\nnew\n"},
               {O_WRONLY, 3, 3, "a\nb\nnew\n"},
               {O_WRONLY, 5, 5, "a\nbcd\nnew\n"}};
  char *directory = temp_make(), *path = temp_path(directory, "out");
  assert_int_equal(sink_torn(NULL), 0);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, "a\nbcd", 5), 5);
    assert_int_equal(close(fd), 0);
    fd = open(path, cases[i].flags);
    assert_int_equal(lseek(fd, cases[i].offset, SEEK_SET), cases[i].offset);
    struct sink *sink = sink_of(fd, true);
    assert_int_equal(sink_torn(sink), cases[i].torn);
    assert_int_equal(sink_write(sink, "", 0, NULL), PS_OK);
    file_has(path, "a\nbcd", 5); /* not before there is something to write */
    assert_int_equal(sink_write(sink, "new\n", 4, NULL), PS_OK);
    assert_int_equal(sink_bytes(sink), 4);
    assert_int_equal(sink_close(sink, NULL), PS_OK);
    file_has(path, cases[i].after, strlen(cases[i].after));
  }
  free(path);
  temp_remove(directory);
}

static void taken_is(struct sink *sink, uint64_t expected) {
  uint64_t bytes;
  assert_int_equal(sink_taken(sink, &bytes, NULL), PS_OK);
  assert_int_equal(bytes, expected);
}

/* A pipe's bytes are taken once they are out of it; another writer's in it make that less. */
static void a_pipe_is_asked_what_was_read(void **state) {
  (void)state;
  int fds[2];
  char data[64];
  assert_int_equal(pipe(fds), 0);
  const int other = dup(fds[1]);
  struct sink *sink = sink_of(fds[1], true);
  taken_is(sink, 0);
  assert_int_equal(sink_write(sink, "0123456789", 10, NULL), PS_OK);
  taken_is(sink, 0);
  assert_int_equal(read(fds[0], data, 4), 4);
  taken_is(sink, 4);
  assert_int_equal(write(other, "abcdefghijklm", 13), 13);
  assert_int_equal(close(other), 0);
  taken_is(sink, 4);
  assert_int_equal(read(fds[0], data, sizeof data), 19);
  taken_is(sink, 10);
  assert_int_equal(sink_write(sink, "xy", 2, NULL), PS_OK);
  assert_int_equal(close(fds[0]), 0);
  uint64_t bytes;
  assert_int_equal(sink_taken(sink, &bytes, NULL), PS_E_PIPE); /* the last two have no reader */
  assert_int_equal(sink_close(sink, NULL), PS_E_PIPE);
  /* A reader that has everything may go. */
  assert_int_equal(pipe(fds), 0);
  sink = sink_of(fds[1], true);
  assert_int_equal(sink_write(sink, "xy", 2, NULL), PS_OK);
  assert_int_equal(read(fds[0], data, sizeof data), 2);
  assert_int_equal(close(fds[0]), 0);
  taken_is(sink, 2);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
}

/* Its other users must not meet a pipe that does not wait. */
static void a_pipe_that_is_handed_over_stays_blocking(void **state) {
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  struct sink *sink = sink_of(fds[1], false);
  assert_int_equal(sink_write(sink, "x", 1, NULL), PS_OK);
  assert_false(fcntl(fds[1], F_GETFL) & O_NONBLOCK);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(close(fds[0]) | close(fds[1]), 0);
}

struct waiting {
  int fd; /* that is read once it was waited for so often */
  unsigned calls, enough;
  int status;
};

static int while_blocked(void *context, struct ps_error *err) {
  struct waiting *w = context;
  static char data[1 << 20];
  (void)err;
  if (++w->calls < w->enough) return PS_OK;
  assert_true(read(w->fd, data, sizeof data) > 0);
  return w->status;
}

/* The owner is asked while the pipe is full; its error ends the write. */
static void a_full_pipe_lets_its_owner_go_on(void **state) {
  (void)state;
  static const char big[1 << 20];
  for (unsigned i = 0; i < 2; i++) {
    int fds[2];
    struct waiting w = {.enough = 3, .status = i ? PS_E_STORE : PS_OK};
    assert_int_equal(pipe(fds), 0);
    w.fd = fds[0];
    struct sink *sink = sink_of(fds[1], false);
    sink_while_blocked(sink, while_blocked, &w);
    assert_int_equal(sink_write(sink, big, i ? sizeof big : 300000, NULL), w.status);
    assert_int_equal(w.calls, 3);
    uint64_t taken;
    assert_int_equal(sink_taken(sink, &taken, NULL), PS_OK);
    assert_true(taken > 0 && taken < 300000);
    assert_int_equal(sink_close(sink, NULL), PS_OK);
    assert_int_equal(close(fds[0]) | close(fds[1]), 0);
  }
}

/* A pipe that cannot be opened again is written to by pieces that surely have room: else the test
 * hangs. */
static void a_pipe_that_may_block_is_written_by_pieces(void **state) {
  (void)state;
  static const char big[1 << 20];
  int fds[2];
  struct waiting w = {.enough = 1};
  assert_int_equal(pipe(fds), 0);
  w.fd = fds[0];
  no_reopening = true;
  struct sink *sink = sink_of(fds[1], false);
  no_reopening = false;
  sink_while_blocked(sink, while_blocked, &w);
  assert_int_equal(sink_write(sink, big, sizeof big, NULL), PS_OK);
  assert_true(w.calls >= 3);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(close(fds[0]) | close(fds[1]), 0);
}

static void a_file_has_what_was_synced(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "taken");
  struct sink *sink;
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "0123456789", 10, NULL), PS_OK);
  taken_is(sink, 0);
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  taken_is(sink, 10);
  assert_int_equal(sink_write(sink, "x", 1, NULL), PS_OK);
  taken_is(sink, 10);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  free(path);
  temp_remove(directory);
}

/* An empty queue of a socket that was closed proves nothing. */
static void a_socket_has_all_or_what_it_had(void **state) {
  (void)state;
  int fds[2];
  char data[64];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  struct sink *sink = sink_of(fds[1], true);
  assert_int_equal(sink_write(sink, "0123456789", 10, NULL), PS_OK);
  taken_is(sink, 0);
  assert_int_equal(read(fds[0], data, 10), 10);
  taken_is(sink, 10);
  assert_int_equal(sink_write(sink, "xy", 2, NULL), PS_OK);
  assert_int_equal(close(fds[0]), 0);
  uint64_t bytes;
  assert_int_equal(sink_taken(sink, &bytes, NULL), PS_E_PIPE); /* its queue is empty now, too */
  assert_int_equal(sink_close(sink, NULL), PS_E_PIPE);
  /* A peer that was seen to have everything may go. */
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  sink = sink_of(fds[1], true);
  assert_int_equal(sink_write(sink, "xy", 2, NULL), PS_OK);
  assert_int_equal(read(fds[0], data, 10), 2);
  taken_is(sink, 2);
  assert_int_equal(close(fds[0]), 0);
  taken_is(sink, 2);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
}

static void a_device_has_everything(void **state) {
  (void)state;
  struct sink *sink;
  assert_int_equal(sink_open_append("/dev/null", &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "0123456789", 10, NULL), PS_OK);
  taken_is(sink, 10);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(sink_open_null(&sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "0123456789", 10, NULL), PS_OK);
  taken_is(sink, 10);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
}

int main(void) {
  (void)signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_unfinished_line_is_ended_before_the_first_byte),
      cmocka_unit_test(a_pipe_is_asked_what_was_read),
      cmocka_unit_test(a_pipe_that_is_handed_over_stays_blocking),
      cmocka_unit_test(a_full_pipe_lets_its_owner_go_on),
      cmocka_unit_test(a_pipe_that_may_block_is_written_by_pieces),
      cmocka_unit_test(a_file_has_what_was_synced),
      cmocka_unit_test(a_socket_has_all_or_what_it_had),
      cmocka_unit_test(a_device_has_everything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
