#include "writer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SECONDS = 60 };

static void keep_turn(const char *store, const struct ps_seen_options *options, int told,
                      int tells) {
  struct ps_seen *seen;
  char byte;
  (void)alarm(SECONDS);
  if (read(told, &byte, 1) != 1 || ps_seen_open(store, options, &seen, NULL) ||
      ps_seen_begin(seen, NULL) || write(tells, "", 1) != 1)
    _exit(1);
  for (;;) (void)pause();
}

struct writer writer_start(const char *store, const struct ps_seen_options *options) {
  int to[2], from[2];
  assert_int_equal(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), 0);
  const pid_t process = fork();
  if (!process) keep_turn(store, options, to[0], from[1]);
  assert_true(process > 0);
  assert_int_equal(close(to[0]) | close(from[1]), 0);
  return (struct writer){process, to[1], from[0]};
}

void writer_begin(const struct writer *writer) {
  char byte;
  assert_int_equal(write(writer->to, "", 1), 1);
  assert_int_equal(read(writer->from, &byte, 1), 1);
}

void writer_kill(const struct writer *writer) {
  int status;
  assert_int_equal(kill(writer->process, SIGKILL), 0);
  assert_int_equal(waitpid(writer->process, &status, 0), writer->process);
  assert_int_equal(close(writer->to) | close(writer->from), 0);
}
