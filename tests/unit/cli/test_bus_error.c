#include "cli/bus_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES ((size_t)1 << 16)

/* Runs act(argument) in a child, and keeps its standard error in text. Returns how it ended. */
static int said(void (*act)(const void *), const void *argument, char *text, size_t cap) {
  int ends[2], status;
  size_t len = 0;
  ssize_t n;
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) {
    (void)dup2(ends[1], STDERR_FILENO);
    bus_error_tell();
    act(argument);
    _exit(0);
  }
  assert_int_equal(close(ends[1]), 0);
  while (len < cap - 1 && (n = read(ends[0], text + len, cap - 1 - len)) > 0) len += (size_t)n;
  text[len] = '\0';
  assert_int_equal(close(ends[0]), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

/* The last page of a file that is cut while it is mapped. */
static void touch(const void *path) {
  const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || ftruncate(fd, (off_t)BYTES)) _exit(101);
  const volatile char *map = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED || map[BYTES - 1]) _exit(102);
  if (ftruncate(fd, 1)) _exit(103);
  _exit(map[BYTES - 1] ? 104 : 105);
}

static void raise_it(const void *unused) {
  (void)unused;
  (void)raise(SIGBUS);
}

static void a_file_that_was_cut_is_named(void **state) {
  (void)state;
  char dir[] = "/tmp/pingsieve-bus-\x1b[1m-XXXXXX", path[64], text[8192], want[128];
  assert_non_null(mkdtemp(dir));
  (void)snprintf(path, sizeof path, "%s/data.mdb", dir);
  const int r = said(touch, path, text, sizeof text);
  assert_int_equal(unlink(path) | rmdir(dir), 0);
  assert_true(WIFEXITED(r));
  assert_int_equal(WEXITSTATUS(r), 3);
  *strchr(dir, '\x1b') = '?';
  (void)snprintf(want, sizeof want, "pingsieve: error: a page of %s/data.mdb is not there", dir);
  assert_int_equal(strncmp(text, want, strlen(want)), 0);
  assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one whole line */
}

static void another_file_ends_by_the_signal(void **state) {
  (void)state;
  char dir[] = "/tmp/pingsieve-bus-XXXXXX", path[64], text[8192];
  assert_non_null(mkdtemp(dir));
  (void)snprintf(path, sizeof path, "%s/spill", dir);
  const int r = said(touch, path, text, sizeof text);
  assert_int_equal(unlink(path) | rmdir(dir), 0);
  assert_true(WIFSIGNALED(r) && WTERMSIG(r) == SIGBUS);
  assert_null(strstr(text, "pingsieve: error"));
}

static void any_other_ends_by_the_signal(void **state) {
  (void)state;
  char text[8192];
  const int r = said(raise_it, NULL, text, sizeof text);
  assert_true(WIFSIGNALED(r) && WTERMSIG(r) == SIGBUS);
  assert_null(strstr(text, "pingsieve"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_that_was_cut_is_named),
                                     cmocka_unit_test(another_file_ends_by_the_signal),
                                     cmocka_unit_test(any_other_ends_by_the_signal)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
