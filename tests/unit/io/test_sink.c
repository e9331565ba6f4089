#include "io/devfd.h"
#include "io/sink.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- Appending --- */

static void append_keeps_records_apart(void **state) {
  (void)state;
  static const struct {
    const char *before, *after;
  } files[] = {{NULL, "new\n"},       {"", "new\n"},     {"old\n", "old\nnew\n"},
               {"old", "old\nnew\n"}, {"\n", "\nnew\n"}, {"a\nb", "a\nb\nnew\n"}};
  char *directory = temp_make(), *path = temp_path(directory, "invalid.ndjson");
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    (void)unlink(path);
    if (files[i].before) {
      int fd = open(path, O_WRONLY | O_CREAT, 0600);
      size_t len = strlen(files[i].before);
      assert_int_equal(write(fd, files[i].before, len), len);
      assert_int_equal(close(fd), 0);
    }
    struct sink *sink;
    assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
    assert_int_equal(sink_bytes(sink), 0);
    assert_int_equal(sink_write(sink, "new\n", 4, NULL), PS_OK);
    assert_int_equal(sink_sync(sink, NULL), PS_OK);
    assert_int_equal(sink_bytes(sink), 4);
    assert_int_equal(sink_position(sink), strlen(files[i].after));
    assert_string_equal(sink_name(sink), path);
    assert_int_equal(sink_close(sink, NULL), PS_OK);
    file_has(path, files[i].after, strlen(files[i].after));
  }
  free(path);
  temp_remove(directory);
}

static void a_new_file_is_private(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "new");
  struct sink *sink;
  struct stat st;
  mode_t old = umask(0);
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  (void)umask(old);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  free(path);
  temp_remove(directory);
}

static void paths_that_cannot_be_written(void **state) {
  (void)state;
  struct sink *sink = NULL;
  struct ps_error err;
  char *directory = temp_make(), *inside = temp_path(directory, "absent/file");
  assert_int_equal(sink_open_append(directory, &sink, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "is a directory"));
  assert_int_equal(sink_open_append(inside, &sink, &err), PS_E_OUTPUT);
  assert_int_equal(err.os_error, ENOENT);
  assert_non_null(strstr(err.text, inside));
  assert_int_equal(sink_open_append("", &sink, &err), PS_E_OUTPUT);
  assert_int_equal(sink_open_fd(-1, "x", true, &sink, &err), PS_E_OUTPUT);
  free(inside);
  temp_remove(directory);
}

static void a_file_here_by_its_bare_name(void **state) {
  (void)state;
  char *directory = temp_make(), *back = getcwd(NULL, 0), *path = temp_path(directory, "bare");
  struct sink *sink;
  assert_int_equal(chdir(directory), 0);
  assert_int_equal(sink_open_append("bare", &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "x\n", 2, NULL), PS_OK);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(chdir(back), 0);
  file_has(path, "x\n", 2);
  free(back);
  free(path);
  temp_remove(directory);
}

static void devices_and_named_pipes(void **state) {
  (void)state;
  struct sink *sink;
  char data[8], *directory = temp_make(), *path = temp_path(directory, "fifo");
  assert_int_equal(sink_open_append("/dev/null", &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "x\n", 2, NULL), PS_OK);
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  assert_int_equal(sink_position(sink), 2);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(mkfifo(path, 0600), 0);
  int reader = open(path, O_RDONLY | O_NONBLOCK);
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "x\n", 2, NULL), PS_OK);
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(read(reader, data, sizeof data), 2);
  assert_int_equal(close(reader), 0);
  free(path);
  temp_remove(directory);
}

static void paths_of_descriptors(void **state) {
  (void)state;
  static const struct {
    const char *path;
    int number;
  } rows[] = {{"/dev/stdin", 0},  {"/dev/stdout", 1},       {"/dev/stderr", 2},
              {"/dev/fd/0", 0},   {"/dev/fd/63", 63},       {"/proc/self/fd/7", 7},
              {"/dev/fd/", -1},   {"/dev/fd/x", -1},        {"/dev/fd/1x", -1},
              {"/dev/fd/-1", -1}, {"/dev/fd/99999999", -1}, {"/dev/null", -1},
              {"stdout", -1},     {"/dev/stdout/", -1},     {"/proc/self/fd/1/2", -1}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    assert_int_equal(devfd_number(rows[i].path), rows[i].number);
  int fds[2], copy;
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(devfd_open(fds[0]), -1); /* open for reading only */
  assert_int_equal(errno, EBADF);
  copy = devfd_open(fds[1]);
  assert_true(copy > 2 && copy != fds[1]);
  assert_int_equal(fcntl(copy, F_GETFD), FD_CLOEXEC);
  assert_int_equal(close(copy) | close(fds[0]) | close(fds[1]), 0);
  assert_int_equal(devfd_open(fds[1]), -1);
}

/* Written bytes are taken back only from a file that was opened by its name, and only as long as no
 * other process has written behind them. */
static void what_was_written_is_taken_back(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "f"), by_number[32];
  struct sink *sink;
  bool done;
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "abc\ndef\n", 8, NULL), PS_OK);
  assert_int_equal(sink_take_back(sink, 3, 4, &done, NULL), PS_OK);
  assert_false(done);
  assert_int_equal(sink_take_back(sink, 4, 3, &done, NULL), PS_OK);
  assert_false(done);
  file_has(path, "abc\ndef\n", 8);
  assert_int_equal(sink_take_back(sink, 4, 4, &done, NULL), PS_OK);
  assert_true(done);
  file_has(path, "abc\n", 4);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  assert_true(fd >= 0);
  (void)snprintf(by_number, sizeof by_number, "/dev/fd/%d", fd);
  assert_int_equal(sink_open_append(by_number, &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "x\n", 2, NULL), PS_OK);
  assert_int_equal(sink_take_back(sink, 4, 2, &done, NULL), PS_OK);
  assert_false(done);
  file_has(path, "abc\nx\n", 6);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(close(fd), 0);
  free(path);
  temp_remove(directory);
}

static void *read_pipe(void *path) {
  int fd = open(path, O_RDONLY);
  char data[8];
  assert_int_equal(read(fd, data, sizeof data), 2);
  assert_int_equal(close(fd), 0);
  return NULL;
}

/* Opening it does not wait for its reader; a waiting write can be stopped. */
static void a_named_pipe_without_a_reader(void **state) {
  (void)state;
  struct sink *sink;
  struct ps_error err;
  int stop[2];
  pthread_t thread;
  char *directory = temp_make(), *path = temp_path(directory, "fifo");
  assert_int_equal(mkfifo(path, 0600) | pipe(stop), 0);
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  assert_true(sink_awaits(sink));
  assert_int_equal(write(stop[1], "!", 1), 1);
  assert_int_equal(sink_await(sink, stop[0], &err), PS_E_STOPPED);
  assert_non_null(strstr(err.text, path));
  assert_int_equal(close(stop[0]) | close(stop[1]) | pipe(stop), 0);
  assert_int_equal(pthread_create(&thread, NULL, read_pipe, path), 0);
  assert_int_equal(sink_await(sink, stop[0], NULL), PS_OK);
  assert_false(sink_awaits(sink));
  assert_int_equal(sink_write(sink, "x\n", 2, NULL), PS_OK);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "x\n", 2, &err),
                   PS_E_OUTPUT); /* nothing is taken for written */
  assert_int_equal(sink_close(sink, NULL), PS_E_OUTPUT);
  assert_int_equal(close(stop[0]) | close(stop[1]), 0);
  free(path);
  temp_remove(directory);
}

static struct sink *open_at(const char *path, int flags, int status) {
  struct sink *sink = NULL;
  struct ps_error err;
  int fd = open(path, O_WRONLY | flags, 0600);
  int r = sink_open_fd(fd, "the output", true, &sink, &err);
  assert_int_equal(r, status);
  if (r) {
    assert_non_null(strstr(err.text, "another run writes the same file as the output"));
    assert_int_equal(close(fd), 0);
  }
  return sink;
}

/* At an offset of its own one writes alone; those that append write together. */
static void files_are_claimed(void **state) {
  (void)state;
  struct sink *other;
  char *directory = temp_make(), *path = temp_path(directory, "out");
  struct sink *sink = open_at(path, O_CREAT, PS_OK);
  assert_null(open_at(path, 0, PS_E_OUTPUT));
  assert_null(open_at(path, O_APPEND, PS_E_OUTPUT));
  assert_int_equal(sink_open_append(path, &other, NULL), PS_E_OUTPUT);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  sink = open_at(path, O_APPEND, PS_OK);
  assert_null(open_at(path, 0, PS_E_OUTPUT));
  other = open_at(path, O_APPEND, PS_OK);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_null(open_at(path, 0, PS_E_OUTPUT));
  assert_int_equal(sink_close(other, NULL), PS_OK);
  int fd = open(path, O_WRONLY);
  assert_int_equal(sink_open_fd(fd, "one", false, &sink, NULL), PS_OK);
  assert_int_equal(sink_open_fd(fd, "two", false, &other, NULL), PS_OK); /* one description */
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(sink_close(other, NULL), PS_OK);
  sink = open_at(path, 0, PS_OK); /* the descriptor is open still, but nothing writes to it */
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(close(fd), 0);
  free(path);
  temp_remove(directory);
}

/* A run that was refused has left no claim on a file that it holds open still. */
static void who_is_refused_claims_nothing(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "out");
  struct sink *first = open_at(path, O_CREAT, PS_OK), *refused = NULL;
  const int appending = open(path, O_WRONLY | O_APPEND), alone = open(path, O_WRONLY);
  assert_int_equal(sink_open_fd(appending, "x", false, &refused, NULL), PS_E_OUTPUT);
  assert_int_equal(sink_close(first, NULL), PS_OK);
  first = open_at(path, O_APPEND, PS_OK);
  assert_int_equal(sink_open_fd(alone, "x", false, &refused, NULL), PS_E_OUTPUT);
  struct sink *second = open_at(path, O_APPEND, PS_OK);
  assert_int_equal(sink_close(second, NULL), PS_OK);
  assert_int_equal(sink_close(first, NULL), PS_OK);
  first = open_at(path, 0, PS_OK);
  assert_int_equal(sink_close(first, NULL), PS_OK);
  assert_int_equal(close(appending) | close(alone), 0);
  free(path);
  temp_remove(directory);
}

/* A path of a descriptor, too, leaves none open when it is refused. */
static void a_refused_descriptor(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "out"), by_number[32];
  struct sink *first = open_at(path, O_CREAT, PS_OK), *refused = NULL;
  const int fd = open(path, O_WRONLY | O_APPEND);
  (void)snprintf(by_number, sizeof by_number, "/dev/fd/%d", fd);
  const int next = dup(fd);
  assert_int_equal(close(next), 0);
  assert_int_equal(sink_open_append(by_number, &refused, NULL), PS_E_OUTPUT);
  assert_int_equal(dup(fd), next);
  assert_int_equal(close(next) | close(fd), 0);
  assert_int_equal(sink_close(first, NULL), PS_OK);
  free(path);
  temp_remove(directory);
}

/* The question leaves no lock: the next two are told rightly. */
static void who_shares_a_description(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "out");
  const int one = open(path, O_WRONLY | O_CREAT, 0600), twin = dup(one);
  const int other = open(path, O_WRONLY), its_twin = dup(other);
  for (int i = 0; i < 2; i++) {
    assert_true(devfd_share(one, one));
    assert_true(devfd_share(one, twin));
    assert_false(devfd_share(one, other));
    assert_true(devfd_share(its_twin, other));
    assert_false(devfd_share(other, twin));
  }
  assert_int_equal(close(one) | close(twin) | close(other) | close(its_twin), 0);
  free(path);
  temp_remove(directory);
}

static void a_file_that_is_cut(void **state) {
  (void)state;
  struct ps_error err;
  char *directory = temp_make(), *path = temp_path(directory, "out");
  struct sink *sink = open_at(path, O_CREAT, PS_OK);
  assert_int_equal(sink_write(sink, "one\n", 4, NULL), PS_OK);
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  assert_int_equal(truncate(path, 2), 0);
  assert_int_equal(sink_write(sink, "two\n", 4, &err), PS_E_OUTPUT); /* behind a hole */
  assert_non_null(strstr(err.text, "has cut it"));
  assert_int_equal(sink_close(sink, NULL), PS_E_OUTPUT);
  sink = open_at(path, O_TRUNC, PS_OK);
  assert_int_equal(sink_write(sink, "three\n", 6, NULL), PS_OK);
  assert_int_equal(truncate(path, 2), 0);
  assert_int_equal(sink_sync(sink, &err), PS_E_OUTPUT);
  assert_int_equal(sink_close(sink, NULL), PS_E_OUTPUT);
  sink = open_at(path, O_APPEND, PS_OK);
  assert_int_equal(sink_write(sink, "four\n", 5, NULL), PS_OK);
  assert_int_equal(truncate(path, 0), 0); /* as copying and cutting logs does */
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  free(path);
  temp_remove(directory);
}

/* Bytes that the size of a file lags behind, until it is synced. */
static off_t late;
static int sync_error;         /* 0: none */
static unsigned interruptions; /* of syncs to come */
static bool as_block_device;   /* as fstat() tells */

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st) {
  const int r = __real_fstat(fd, st);
  if (!r && S_ISREG(st->st_mode)) st->st_size -= late < st->st_size ? late : st->st_size;
  if (!r && as_block_device) st->st_mode = S_IFBLK | 0600;
  return r;
}
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd) {
  errno = interruptions ? EINTR : sync_error;
  if (interruptions) interruptions--;
  if (errno) return -1;
  late = 0;
  return __real_fdatasync(fd);
}

static void a_size_that_comes_late_is_no_cut(void **state) {
  (void)state;
  struct ps_error err;
  char *directory = temp_make(), *path = temp_path(directory, "out");
  struct sink *sink = open_at(path, O_CREAT, PS_OK);
  assert_int_equal(sink_write(sink, "one\n", 4, NULL), PS_OK);
  late = 4;
  assert_int_equal(sink_write(sink, "two\n", 4, NULL), PS_OK);
  late = 2;
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  late = 3;
  assert_int_equal(truncate(path, 7), 0);
  assert_int_equal(sink_sync(sink, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "has cut it"));
  assert_int_equal(sink_close(sink, NULL), PS_E_OUTPUT);
  free(path);
  temp_remove(directory);
}

/* A file whose sync fails is not on the disk, whatever the reason; some devices know no sync. */
static void syncs_that_fail(void **state) {
  (void)state;
  static const struct {
    int error, file, device;
  } rows[] = {{EIO, PS_E_OUTPUT, PS_E_OUTPUT},
              {ENOSPC, PS_E_OUTPUT, PS_E_OUTPUT},
              {EINVAL, PS_E_OUTPUT, PS_OK},
              {EROFS, PS_E_OUTPUT, PS_OK},
              {ENOTSUP, PS_E_OUTPUT, PS_OK}};
  char *directory = temp_make(), *path = temp_path(directory, "out");
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (int device = 0; device < 2; device++) {
      struct ps_error err = {.status = PS_OK};
      struct sink *sink = NULL;
      const int want = device ? rows[i].device : rows[i].file;
      as_block_device = device;
      assert_int_equal(sink_open_fd(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), "the output",
                                    true, &sink, NULL),
                       PS_OK);
      assert_int_equal(sink_write(sink, "x\n", 2, NULL), PS_OK);
      interruptions = 2;
      sync_error = rows[i].error;
      assert_int_equal(sink_sync(sink, &err), want);
      assert_int_equal(interruptions, 0);
      if (want) assert_int_equal(err.os_error, rows[i].error);
      sync_error = 0;
      assert_int_equal(sink_sync(sink, NULL), want); /* it stays so */
      assert_int_equal(sink_close(sink, NULL), want);
      as_block_device = false;
    }
  struct sink *sink = open_at(path, O_TRUNC, PS_OK);
  assert_int_equal(sink_write(sink, "one\n", 4, NULL), PS_OK);
  late = 2; /* whether it was cut is not known before a sync */
  sync_error = EIO;
  assert_int_equal(sink_write(sink, "two\n", 4, NULL), PS_E_OUTPUT);
  sync_error = 0;
  late = 0;
  assert_int_equal(sink_close(sink, NULL), PS_E_OUTPUT);
  free(path);
  temp_remove(directory);
}

/* A sync that fails before a file is opened anew is told. */
static void reopening_tells_what_was_lost(void **state) {
  (void)state;
  struct sink *sink;
  struct ps_error err = {.status = PS_OK};
  char *directory = temp_make(), *path = temp_path(directory, "out");
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "x\n", 2, NULL), PS_OK);
  assert_int_equal(sink_reopen(&sink, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "y\n", 2, NULL), PS_OK);
  sync_error = EIO;
  assert_int_equal(sink_reopen(&sink, &err), PS_E_OUTPUT);
  sync_error = 0;
  assert_int_equal(err.os_error, EIO);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  free(path);
  temp_remove(directory);
}

static void the_null_sink_takes_everything(void **state) {
  (void)state;
  struct sink *sink;
  struct iovec vectors[] = {{.iov_base = "ab", .iov_len = 2}, {.iov_base = "c", .iov_len = 1}};
  assert_int_equal(sink_open_null(&sink, NULL), PS_OK);
  assert_int_equal(sink_writev(sink, vectors, 2, NULL), PS_OK);
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  assert_int_equal(sink_bytes(sink), 3);
  assert_int_equal(sink_position(sink), 3);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(sink_close(NULL, NULL), PS_OK);
}

/* --- Writing --- */

struct drain {
  int fd;
  struct bytes got;
};

static void *drain_pipe(void *argument) {
  struct drain *drain = argument;
  uint8_t data[777];
  for (ssize_t n; (n = read(drain->fd, data, sizeof data)) > 0;)
    bytes_append(&drain->got, data, (size_t)n);
  return NULL;
}

/* Vectors of all sizes, empty ones and more than IOV_MAX of them, to a pipe that takes little at a
 * time: the same bytes come out. */
static void all_bytes_arrive(int flags) {
  int fds[2];
  size_t n = 3 * IOV_MAX + 7;
  struct bytes data = {0};
  struct iovec *vectors = calloc(n, sizeof *vectors);
  uint64_t seed = 1;
  ping_stream(&data, 400000, 1);
  for (size_t i = 0, at = 0; i < n; i++) {
    size_t len = i + 1 == n ? data.len - at : random_next(&seed) % 200;
    vectors[i] =
        (struct iovec){.iov_base = data.data + at, .iov_len = len % 3 || i + 1 == n ? len : 0};
    at += vectors[i].iov_len;
  }
  assert_int_equal(pipe2(fds, flags), 0);
  (void)fcntl(fds[1], F_SETPIPE_SZ, 4096);
  if (flags) (void)fcntl(fds[0], F_SETFL, 0);
  struct drain drain = {.fd = fds[0]};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, drain_pipe, &drain), 0);
  struct sink *sink = sink_of(fds[1], true);
  assert_int_equal(sink_writev(sink, vectors, n, NULL), PS_OK);
  assert_int_equal(sink_bytes(sink), data.len);
  assert_int_equal(sink_sync(sink, NULL), PS_OK);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(pthread_join(thread, NULL), 0);
  bytes_equal(&drain.got, &data);
  assert_int_equal(close(fds[0]), 0);
  bytes_release(&drain.got);
  bytes_release(&data);
  free(vectors);
}

static void blocking_pipes_take_everything(void **state) {
  (void)state;
  all_bytes_arrive(0);
}

static void nonblocking_pipes_take_everything(void **state) {
  (void)state;
  all_bytes_arrive(O_NONBLOCK);
}

static void nothing_to_write(void **state) {
  (void)state;
  int fds[2];
  struct iovec vectors[3] = {{.iov_base = "", .iov_len = 0}};
  assert_int_equal(pipe(fds), 0);
  struct sink *sink = sink_of(fds[1], false);
  assert_int_equal(close(fds[0]), 0); /* so that any write would fail */
  assert_int_equal(sink_writev(sink, NULL, 0, NULL), PS_OK);
  assert_int_equal(sink_writev(sink, vectors, 3, NULL), PS_OK);
  assert_int_equal(sink_write(sink, "", 0, NULL), PS_OK);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(close(fds[1]), 0); /* it was lent */
}

static void big_files_are_written_back_early(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "big");
  size_t len = 20 << 20;
  uint8_t *data = calloc(len, 1);
  struct sink *sink;
  struct stat st;
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  for (int i = 0; i < 4; i++) assert_int_equal(sink_write(sink, data, len, NULL), PS_OK);
  assert_int_equal(sink_position(sink), 4 * len);
  assert_int_equal(sink_close(sink, NULL), PS_OK);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_size, 4 * len);
  free(data);
  free(path);
  temp_remove(directory);
}

/* --- Failing --- */

/* An error stays: later calls return it, and so does closing. */
static void stays_failed(struct sink *sink, int status, const char *text) {
  struct ps_error err;
  assert_int_equal(sink_write(sink, "x", 1, &err), status);
  assert_non_null(strstr(err.text, text));
  assert_int_equal(sink_write(sink, "x", 1, NULL), status);
  assert_int_equal(sink_sync(sink, NULL), status);
  err.text[0] = '\0';
  assert_int_equal(sink_close(sink, &err), status);
  assert_non_null(strstr(err.text, text));
}

static void a_full_disk(void **state) {
  (void)state;
  struct sink *sink;
  assert_int_equal(sink_open_append("/dev/full", &sink, NULL), PS_OK);
  stays_failed(sink, PS_E_OUTPUT, "cannot write /dev/full: No space left on device");
}

static void a_closed_pipe(void **state) {
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  struct sink *sink = sink_of(fds[1], true);
  assert_int_equal(close(fds[0]), 0);
  stays_failed(sink, PS_E_PIPE, "the reader of the output is gone");
}

static void a_descriptor_for_reading(void **state) {
  (void)state;
  stays_failed(sink_of(open("/dev/null", O_RDONLY), true), PS_E_OUTPUT, "Bad file descriptor");
}

/* Bytes that fit are written, then the error comes: the partial write is continued first. */
static void a_file_that_may_not_grow(void **state) {
  (void)state;
  char *directory = temp_make(), *path = temp_path(directory, "limited");
  struct sink *sink;
  struct rlimit old, limit;
  struct bytes data = {0};
  struct ps_error err;
  ping_stream(&data, 10000, 1);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  limit = old;
  limit.rlim_cur = 5000;
  assert_int_equal(sink_open_append(path, &sink, NULL), PS_OK);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  int r = sink_write(sink, data.data, data.len, &err);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_int_equal(r, PS_E_OUTPUT);
  assert_int_equal(err.os_error, EFBIG);
  assert_int_equal(sink_bytes(sink), 5000);
  assert_int_equal(sink_close(sink, NULL), PS_E_OUTPUT);
  file_has(path, data.data, 5000);
  bytes_release(&data);
  free(path);
  temp_remove(directory);
}

/* Closing finds a descriptor that is gone. */
static void a_close_that_fails(void **state) {
  (void)state;
  int fd = open("/dev/null", O_WRONLY);
  struct sink *sink = sink_of(fd, true);
  struct ps_error err;
  assert_int_equal(close(fd), 0);
  assert_int_equal(sink_close(sink, &err), PS_E_OUTPUT);
  assert_string_equal(err.text, "cannot close the output: Bad file descriptor");
}

int main(void) {
  (void)signal(SIGPIPE, SIG_IGN);
  (void)signal(SIGXFSZ, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(append_keeps_records_apart),
      cmocka_unit_test(a_new_file_is_private),
      cmocka_unit_test(paths_that_cannot_be_written),
      cmocka_unit_test(a_file_here_by_its_bare_name),
      cmocka_unit_test(devices_and_named_pipes),
      cmocka_unit_test(a_named_pipe_without_a_reader),
      cmocka_unit_test(paths_of_descriptors),
      cmocka_unit_test(what_was_written_is_taken_back),
      cmocka_unit_test(files_are_claimed),
      cmocka_unit_test(who_is_refused_claims_nothing),
      cmocka_unit_test(a_refused_descriptor),
      cmocka_unit_test(who_shares_a_description),
      cmocka_unit_test(a_file_that_is_cut),
      cmocka_unit_test(a_size_that_comes_late_is_no_cut),
      cmocka_unit_test(syncs_that_fail),
      cmocka_unit_test(reopening_tells_what_was_lost),
      cmocka_unit_test(the_null_sink_takes_everything),
      cmocka_unit_test(blocking_pipes_take_everything),
      cmocka_unit_test(nonblocking_pipes_take_everything),
      cmocka_unit_test(nothing_to_write),
      cmocka_unit_test(big_files_are_written_back_early),
      cmocka_unit_test(a_full_disk),
      cmocka_unit_test(a_closed_pipe),
      cmocka_unit_test(a_descriptor_for_reading),
      cmocka_unit_test(a_file_that_may_not_grow),
      cmocka_unit_test(a_close_that_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
