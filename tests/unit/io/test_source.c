#include "io/source.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct source *open_fd(int fd, int stop_fd, bool owned) {
  struct source *source;
  const struct source_options options = {.name = "the input", .stop_fd = stop_fd, .owned = owned};
  assert_int_equal(source_open_fd(fd, &options, &source, NULL), PS_OK);
  return source;
}

static void put(int fd, const char *text) {
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void pipes_are_read_and_enlarged(void **state) {
  (void)state;
  int fds[2];
  uint8_t data[100];
  size_t got;
  bool idle;
  assert_int_equal(pipe(fds), 0);
  struct source *source = open_fd(fds[0], -1, true);
  int size = fcntl(fds[0], F_GETPIPE_SZ);
  assert_true(size == 1 << 20 || (errno = 0, fcntl(fds[0], F_SETPIPE_SZ, 1 << 20)) < 0);
  assert_int_equal(source_try(source, data, sizeof data, &got, &idle, NULL), PS_OK);
  assert_true(idle && got == 0);
  put(fds[1], "{}\n");
  assert_int_equal(source_try(source, data, sizeof data, &got, &idle, NULL), PS_OK);
  assert_true(!idle && got == 3);
  put(fds[1], "[1]\n");
  assert_int_equal(source_read(source, data, sizeof data, &got, NULL), PS_OK);
  assert_int_equal(got, 4);
  assert_memory_equal(data, "[1]\n", 4);
  assert_int_equal(source_bytes(source), 7);
  assert_string_equal(source_name(source), "the input");
  assert_false(source_is_gzip(source));
  assert_int_equal(close(fds[1]), 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(source_read(source, data, sizeof data, &got, NULL), PS_OK);
    assert_int_equal(got, 0);
  }
  source_close(source);
  assert_int_equal(fcntl(fds[0], F_GETFD), -1); /* it was owned */
}

static void a_descriptor_lent_stays_open(void **state) {
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  source_close(open_fd(fds[0], -1, false));
  source_close(NULL);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

static void stop_ends_a_wait(void **state) {
  (void)state;
  int input[2], stop[2];
  uint8_t data[100];
  size_t got;
  bool idle;
  assert_int_equal(pipe(input), 0);
  assert_int_equal(pipe(stop), 0);
  struct source *source = open_fd(input[0], stop[0], true);
  put(input[1], "{}\n");
  assert_int_equal(source_read(source, data, 3, &got, NULL), PS_OK);
  put(input[1], "{}\n");
  put(stop[1], "!");
  assert_int_equal(source_try(source, data, 3, &got, &idle, NULL), PS_OK);
  assert_true(idle); /* a TRY leaves it to the next wait to tell */
  for (int i = 0; i < 2; i++) {
    struct ps_error err = {.status = PS_OK};
    assert_int_equal(source_read(source, data, 3, &got, &err), PS_E_STOPPED);
    assert_int_equal(got, 0);
    assert_non_null(strstr(err.text, "the input"));
  }
  assert_int_equal(source_try(source, data, 3, &got, &idle, NULL), PS_E_STOPPED);
  source_close(source);
  assert_int_equal(close(input[1]) + close(stop[0]) + close(stop[1]), 0);
}

static void *stop_later(void *argument) {
  const int *fds = argument; /* waits until the reader has taken what was there, then stops it */
  struct pollfd empty = {.fd = fds[0], .events = POLLIN};
  while (poll(&empty, 1, 0) > 0) (void)sched_yield();
  (void)!write(fds[1], "!", 1);
  return NULL;
}

static void stop_from_another_thread(void **state) {
  (void)state;
  int input[2], stop[2];
  uint8_t data[100];
  size_t got;
  pthread_t thread;
  assert_int_equal(pipe(input), 0);
  assert_int_equal(pipe(stop), 0);
  struct source *source = open_fd(input[0], stop[0], true);
  put(input[1], "{}\n");
  int fds[2] = {input[0], stop[1]};
  assert_int_equal(pthread_create(&thread, NULL, stop_later, fds), 0);
  int r;
  do r = source_read(source, data, sizeof data, &got, NULL);
  while (!r && got);
  assert_int_equal(r, PS_E_STOPPED);
  assert_int_equal(pthread_join(thread, NULL), 0);
  source_close(source);
  assert_int_equal(close(input[1]) + close(stop[0]) + close(stop[1]), 0);
}

static void nonblocking_pipes_are_waited_for(void **state) {
  (void)state;
  int input[2], stop[2];
  uint8_t data[100];
  size_t got;
  assert_int_equal(pipe2(input, O_NONBLOCK), 0);
  assert_int_equal(pipe(stop), 0);
  struct source *source = open_fd(input[0], stop[0], true);
  put(input[1], "{}");
  assert_int_equal(source_read(source, data, sizeof data, &got, NULL), PS_OK);
  assert_int_equal(got, 2);
  put(stop[1], "!");
  assert_int_equal(source_read(source, data, sizeof data, &got, NULL), PS_E_STOPPED);
  source_close(source);
  assert_int_equal(close(input[1]) + close(stop[0]) + close(stop[1]), 0);
}

static void files_and_what_is_none(void **state) {
  (void)state;
  struct source *source = NULL;
  struct ps_error err;
  struct bytes out = {0};
  char *directory = temp_make(), *path = temp_path(directory, "pings"),
       *absent = temp_path(directory, "absent");
  assert_int_equal(source_open_file(absent, -1, &source, &err), PS_E_INPUT);
  assert_int_equal(err.os_error, ENOENT);
  assert_non_null(strstr(err.text, absent));
  assert_int_equal(source_open_file(directory, -1, &source, &err), PS_E_INPUT);
  assert_non_null(strstr(err.text, "is a directory"));
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  put(fd, "{\"a\":1}\n{\"b\":2}\n");
  assert_int_equal(source_open_file(path, -1, &source, &err), PS_OK);
  assert_int_equal(source_read_all(source, 3, &out, &err), PS_OK);
  assert_int_equal(out.len, 16);
  assert_memory_equal(out.data, "{\"a\":1}\n{\"b\":2}\n", 16);
  source_close(source);
  bytes_release(&out);
  source = open_fd(fd, -1, true); /* open for writing only */
  assert_int_equal(source_read_all(source, 3, &out, &err), PS_E_INPUT);
  assert_int_equal(err.os_error, EBADF);
  source_close(source);
  const struct source_options options = {.name = "closed", .stop_fd = -1, .owned = true};
  assert_int_equal(source_open_fd(fd, &options, &source, &err), PS_E_INPUT);
  free(path);
  free(absent);
  temp_remove(directory);
}

struct head {
  const char *bytes;
  size_t len;
  const char *refused; /* NULL: plain */
};
#define HEAD(text, refused)                                                                        \
  { (text), sizeof(text) - 1, (refused) }

static const struct head heads[] = {
    HEAD("\x28\xb5\x2f\xfd", "zstd -dc FILE | pingsieve"),
    HEAD("\x28\xb5\x2f\xfd\x04\x58rest", "zstd"),
    HEAD("\xfd\x37zXZ\0\0\4rest of it", "xz -dc FILE | pingsieve"),
    HEAD("BZh91AY&SY", "bzip2 -dc FILE | pingsieve"),
    HEAD("BZh11AY&SYrest", "bzip2"),
    HEAD("", NULL),
    HEAD("\x1f", NULL),
    HEAD("\x1f\x8a", NULL),
    HEAD("\x1f\x8b\n{\"id\":1}\n{\"id\":2}\n", NULL),
    HEAD("\x1f\x8b and more", NULL),
    HEAD("\x1f\x8b\x07", NULL),
    HEAD("\x1f\x8b\x08\x20", NULL), /* a reserved flag */
    HEAD("\x1f\x8b\x08\xe0....\0\3", NULL),
    HEAD("\x1f\x8b\x08\0\n{\"id\":1}\n", NULL), /* extra flags and system that nobody has */
    HEAD("\x28\xb5\x2f\xfd\n{\"id\":1}\n", NULL),
    HEAD("\xfd\x37zXZ\0\n{\"id\":1}\n", NULL),
    HEAD("\x28\xb5\x2f", NULL),
    HEAD("\x28\xb5\x2f\xfc rest", NULL),
    HEAD("\xfd\x37zXZ", NULL),
    HEAD("\xfd\x37zXZ\1", NULL),
    HEAD("BZh91AY&S", NULL),
    HEAD("BZh91AY&Sx and more", NULL),
    HEAD("BZhx1AY&SY", NULL),
    HEAD("B", NULL),
    HEAD("{", NULL),
    HEAD("\n", NULL),
    HEAD("\0\0\0", NULL),
    HEAD("{\"documentId\":\"a\"}\n{\"documentId\":\"b\"}\n", NULL),
};

static void other_compressions_are_refused(void **state) {
  (void)state;
  static const size_t caps[] = {1, 2, 5, 100};
  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
    for (size_t piece = 1; piece < 20; piece++)
      for (size_t c = 0; c < 4; c++)
        for (int idle = 0; idle < 2; idle++) {
          struct script script = {.data = (const uint8_t *)heads[i].bytes,
                                  .len = heads[i].len,
                                  .piece = piece,
                                  .idle = idle != 0};
          struct source *source = script_open(&script, &inflate_zlib);
          struct bytes out = {0};
          struct ps_error err = {.status = PS_OK};
          int r = source_read_all(source, caps[c], &out, &err);
          assert_int_equal(r, heads[i].refused ? PS_E_INPUT : PS_OK);
          if (r) assert_non_null(strstr(err.text, heads[i].refused));
          assert_int_equal(out.len, r ? 0 : heads[i].len);
          if (out.len) assert_memory_equal(out.data, heads[i].bytes, out.len);
          source_close(source);
          bytes_release(&out);
        }
}

/* A header that somebody cut, or whose writer has filled in one byte at will, is gzip's. */
static void gzip_that_is_odd(void **state) {
  (void)state;
  static const uint8_t whole[] = {0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 0, 3};
  static const uint8_t odd[][2] = {{0x77, 3}, {0x77, 255}, {0, 0x77}, {2, 0x77}, {4, 0x77}};
  for (size_t cut = 2; cut <= sizeof whole; cut++)
    for (size_t piece = 1; piece <= sizeof whole; piece++) {
      struct script script = {.data = whole, .len = cut, .piece = piece};
      struct source *source = script_open(&script, &inflate_zlib);
      struct bytes out = {0};
      assert_int_equal(source_read_all(source, 100, &out, NULL), PS_E_INPUT_DAMAGED);
      assert_true(source_is_gzip(source));
      source_close(source);
      bytes_release(&out);
    }
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
    struct bytes gzip = {0}, out = {0};
    gzip_member(&gzip, "{}\n", 3, &(struct gzip_style){.level = 6});
    memcpy(gzip.data + 8, odd[i], 2);
    struct script script = {.data = gzip.data, .len = gzip.len, .piece = 1};
    struct source *source = script_open(&script, &inflate_zlib);
    assert_int_equal(source_read_all(source, 100, &out, NULL), PS_OK);
    assert_int_equal(out.len, 3);
    source_close(source);
    bytes_release(&gzip);
    bytes_release(&out);
  }
}

static void a_name_tells_gzip_too(void **state) {
  (void)state;
  static const char text[] = "\x1f\x8b\n{}\n";
  static const char *const names[] = {"a.gz", "a", "gz", ".gz", "a.gz.1"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct script script = {.data = (const uint8_t *)text, .len = sizeof text - 1, .piece = 1};
    struct source *source = script_open_as(&script, names[i], &inflate_zlib);
    struct bytes out = {0};
    assert_int_equal(source_read_all(source, 100, &out, NULL), i ? PS_OK : PS_E_INPUT_DAMAGED);
    assert_int_equal(out.len, i ? sizeof text - 1 : 0);
    source_close(source);
    bytes_release(&out);
  }
}

/* A named pipe is opened without its writer; the end is met when the writer has gone. */
static void named_pipes_are_waited_for(void **state) {
  (void)state;
  int stop[2];
  struct source *source;
  struct bytes out = {0};
  char *directory = temp_make(), *path = temp_path(directory, "pipe");
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(pipe(stop), 0);
  assert_int_equal(source_open_file(path, stop[0], &source, NULL), PS_OK);
  uint8_t data[100];
  size_t got;
  bool idle;
  assert_int_equal(source_try(source, data, sizeof data, &got, &idle, NULL), PS_OK);
  assert_true(idle);
  int writer = open(path, O_WRONLY);
  put(writer, "{}\n");
  assert_int_equal(close(writer), 0);
  assert_int_equal(source_read_all(source, 100, &out, NULL), PS_OK);
  assert_int_equal(out.len, 3);
  source_close(source);
  assert_int_equal(source_open_file(path, stop[0], &source, NULL), PS_OK);
  put(stop[1], "!");
  assert_int_equal(source_read(source, data, sizeof data, &got, NULL), PS_E_STOPPED);
  source_close(source);
  bytes_release(&out);
  assert_int_equal(close(stop[0]) + close(stop[1]), 0);
  free(path);
  temp_remove(directory);
}

/* --- Digests --- */

static struct source *open_digest(const char *path, int stop_fd) {
  struct source *source;
  const struct source_options options = {
      .name = path, .stop_fd = stop_fd, .owned = true, .digest = true};
  assert_int_equal(source_open_fd(open(path, O_RDONLY), &options, &source, NULL), PS_OK);
  return source;
}

static char *file_of(const char *directory, const struct bytes *data) {
  char *path = temp_path(directory, "input");
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_int_equal(write(fd, data->data, data->len), data->len);
  assert_int_equal(close(fd), 0);
  return path;
}

/* Reads to the end, or only `until` bytes, and asks for the digest: that of the file's bytes. */
static void digest_is_of(const struct bytes *data, size_t until, int status) {
  char *directory = temp_make(), *path = file_of(directory, data);
  struct source *source = open_digest(path, -1);
  struct digest *digest = digest_create();
  uint8_t value[SOURCE_DIGEST], want[SOURCE_DIGEST], out[1000];
  size_t got = 1, all = 0;
  int r = PS_OK;
  while (!r && got && all < until) {
    r = source_read(source, out, sizeof out, &got, NULL);
    all += got;
  }
  assert_int_equal(r, status);
  digest_update(digest, data->data, data->len);
  digest_value(digest, want);
  digest_free(digest);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(source_digest(source, value, NULL), PS_OK);
    assert_memory_equal(value, want, sizeof want);
  }
  if (!status) assert_int_equal(source_read(source, out, sizeof out, &got, NULL), PS_OK);
  assert_int_equal(got, 0);
  source_close(source);
  free(path);
  temp_remove(directory);
}

static void digests_of_files(void **state) {
  (void)state;
  const struct gzip_style style = {.level = 6};
  struct bytes empty = {0}, plain = {0}, gzip = {0};
  ping_stream(&plain, 500000, 1);
  gzip_member(&gzip, plain.data, plain.len, &style);
  digest_is_of(&empty, SIZE_MAX, PS_OK);
  digest_is_of(&empty, 0, PS_OK);
  static const size_t untils[] = {SIZE_MAX, 200000, 0};
  for (size_t i = 0; i < 3; i++) {
    digest_is_of(&plain, untils[i], PS_OK);
    digest_is_of(&gzip, untils[i], PS_OK);
  }
  bytes_text(&gzip, "and what is no gzip");
  digest_is_of(&gzip, SIZE_MAX, PS_E_INPUT_DAMAGED);
  memset(gzip.data + 20, 0xff, 30);
  digest_is_of(&gzip, SIZE_MAX, PS_E_INPUT_DAMAGED);
  bytes_release(&gzip);
  bytes_text(&gzip, "\x28\xb5\x2f\xfd\x04");
  bytes_append(&gzip, plain.data, plain.len);
  digest_is_of(&gzip, SIZE_MAX, PS_E_INPUT); /* zstd */
  bytes_release(&gzip);
  bytes_release(&plain);
}

static void a_digest_of_what_was_there(void **state) {
  (void)state;
  struct bytes data = {0}, out = {0};
  bytes_text(&data, "{}\n");
  char *directory = temp_make(), *path = file_of(directory, &data);
  struct source *source = open_digest(path, -1);
  uint8_t value[SOURCE_DIGEST], want[SOURCE_DIGEST];
  assert_int_equal(source_read_all(source, 100, &out, NULL), PS_OK);
  int fd = open(path, O_WRONLY | O_APPEND);
  put(fd, "it grows\n");
  assert_int_equal(close(fd), 0);
  assert_int_equal(source_read_all(source, 100, &out, NULL), PS_OK);
  bytes_equal(&out, &data);
  assert_int_equal(source_digest(source, value, NULL), PS_OK);
  source_close(source);
  struct digest *digest = digest_create();
  digest_update(digest, data.data, data.len);
  digest_value(digest, want);
  digest_free(digest);
  assert_memory_equal(value, want, sizeof want);
  bytes_release(&out);
  bytes_release(&data);
  free(path);
  temp_remove(directory);
}

static void digests_that_cannot_be(void **state) {
  (void)state;
  int input[2], stop[2];
  uint8_t value[SOURCE_DIGEST];
  struct ps_error err;
  struct source *source;
  assert_int_equal(pipe(input) | pipe(stop), 0);
  source = open_fd(input[0], -1, false);
  assert_int_equal(source_digest(source, value, &err), PS_E_ARGUMENT);
  assert_string_equal(err.text, "the input was opened without a digest");
  source_close(source);
  const struct source_options options = {.name = "pipe", .stop_fd = stop[0], .digest = true};
  assert_int_equal(source_open_fd(input[0], &options, &source, NULL), PS_OK);
  put(stop[1], "!");
  assert_int_equal(source_digest(source, value, &err), PS_E_STOPPED);
  source_close(source);
  assert_int_equal(close(input[0]) | close(input[1]) | close(stop[0]) | close(stop[1]), 0);
}

/* Has a lease on the file until a byte comes, as a file server may; ends by a signal, so that
 * valgrind looks for no leaks in it. */
static pid_t lease(const char *path, int until, int told) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child) return child;
  char byte = 0;
  int fd = open(path, O_RDWR);
  (void)signal(SIGIO, SIG_IGN);
  const char held = fd >= 0 && !fcntl(fd, F_SETLEASE, F_WRLCK);
  ssize_t n = write(told, &held, 1);
  if (n == 1) n = read(until, &byte, 1);
  (void)raise(n == 1 ? SIGTERM : SIGKILL);
  _exit(1);
}

static void *give_back_later(void *argument) {
  const struct timespec pause = {.tv_nsec = 50000000};
  (void)nanosleep(&pause, NULL);
  assert_int_equal(write(*(int *)argument, "", 1), 1);
  return NULL;
}

static void a_file_with_a_lease_is_waited_for(void **state) {
  (void)state;
  int until[2], told[2], status;
  char held = 0, *directory = temp_make(), *path = temp_path(directory, "in");
  struct source *source = NULL;
  pthread_t thread;
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  put(fd, "{}\n");
  assert_int_equal(close(fd), 0);
  assert_int_equal(pipe(until) | pipe(told), 0);
  const pid_t child = lease(path, until[0], told[1]);
  assert_int_equal(read(told[0], &held, 1), 1);
  assert_int_equal(pthread_create(&thread, NULL, give_back_later, &until[1]), 0);
  assert_int_equal(source_open_file(path, -1, &source, NULL), PS_OK);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  source_close(source);
  assert_int_equal(close(until[0]) | close(until[1]) | close(told[0]) | close(told[1]), 0);
  free(path);
  temp_remove(directory);
  if (!held) skip(); /* the file system has no leases */
}

/* As lease(), until somebody wants to open the file. */
static pid_t lease_until_wanted(const char *path, int told) {
  sigset_t wanted;
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child) return child;
  (void)sigemptyset(&wanted);
  (void)sigaddset(&wanted, SIGIO);
  (void)sigprocmask(SIG_BLOCK, &wanted, NULL);
  int fd = open(path, O_RDWR);
  const char held = fd >= 0 && !fcntl(fd, F_SETLEASE, F_WRLCK);
  const bool telling = write(told, &held, 1) == 1;
  if (held && telling) (void)sigwaitinfo(&wanted, NULL);
  (void)raise(SIGTERM);
  _exit(1);
}

/* One that is to stop does not wait for the lease, not even for a short time. */
static void a_wait_for_a_lease_is_stopped(void **state) {
  (void)state;
  int told[2], stop[2], status;
  char held = 0, *directory = temp_make(), *path = temp_path(directory, "in");
  struct source *source = NULL;
  struct ps_error err = {.status = PS_OK};
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  assert_int_equal(close(fd), 0);
  assert_int_equal(pipe(told) | pipe(stop), 0);
  const pid_t child = lease_until_wanted(path, told[1]);
  assert_int_equal(read(told[0], &held, 1), 1);
  put(stop[1], "!");
  const int r = held ? source_open_file(path, stop[0], &source, &err) : PS_OK;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(r, held ? PS_E_INPUT : PS_OK);
  assert_int_equal(err.os_error, held ? EAGAIN : 0); /* it may be opened the next time */
  assert_int_equal(close(told[0]) | close(told[1]) | close(stop[0]) | close(stop[1]), 0);
  free(path);
  temp_remove(directory);
  if (!held) skip();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pipes_are_read_and_enlarged),
      cmocka_unit_test(a_descriptor_lent_stays_open),
      cmocka_unit_test(stop_ends_a_wait),
      cmocka_unit_test(stop_from_another_thread),
      cmocka_unit_test(nonblocking_pipes_are_waited_for),
      cmocka_unit_test(files_and_what_is_none),
      cmocka_unit_test(other_compressions_are_refused),
      cmocka_unit_test(gzip_that_is_odd),
      cmocka_unit_test(a_name_tells_gzip_too),
      cmocka_unit_test(named_pipes_are_waited_for),
      cmocka_unit_test(a_file_with_a_lease_is_waited_for),
      cmocka_unit_test(a_wait_for_a_lease_is_stopped),
      cmocka_unit_test(digests_of_files),
      cmocka_unit_test(a_digest_of_what_was_there),
      cmocka_unit_test(digests_that_cannot_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
