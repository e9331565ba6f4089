#include "io/source.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
  const struct source_options options = {"closed", -1, true};
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pipes_are_read_and_enlarged),
      cmocka_unit_test(a_descriptor_lent_stays_open),
      cmocka_unit_test(stop_ends_a_wait),
      cmocka_unit_test(stop_from_another_thread),
      cmocka_unit_test(nonblocking_pipes_are_waited_for),
      cmocka_unit_test(files_and_what_is_none),
      cmocka_unit_test(other_compressions_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
