/* The line of progress: when it comes, what it says, and that nothing of it stays. Built with
 * --wrap for the clock, the terminal and write(), so that none of them is the machine's.
 */
#include "cli/message.h"
#include "cli/progress.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
bool __wrap_terminal_has_escapes(int fd);
unsigned __wrap_terminal_width(int fd);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

static uint64_t now_ms;
static bool escapes;
static unsigned width;
static char shown[2048];
static size_t nshown;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
  (void)clock;
  *now = (struct timespec){(time_t)(now_ms / 1000), (long)(now_ms % 1000 * 1000000)};
  return 0;
}
bool __wrap_terminal_has_escapes(int fd) { return fd == STDERR_FILENO && escapes; }
unsigned __wrap_terminal_width(int fd) { return fd == STDERR_FILENO ? width : 0; }
ssize_t __wrap_write(int fd, const void *data, size_t len) {
  if (fd != STDERR_FILENO) return __real_write(fd, data, len);
  assert_true(nshown + len < sizeof shown);
  memcpy(shown + nshown, data, len);
  nshown += len;
  shown[nshown] = '\0';
  return (ssize_t)len;
}

static void expect(const char *text) {
  assert_string_equal(shown, text);
  nshown = 0;
  shown[0] = '\0';
}

static int setup(void **state) {
  (void)state;
  now_ms = 5000;
  escapes = true;
  width = 80;
  nshown = 0;
  shown[0] = '\0';
  return 0;
}

static void short_runs_show_nothing(void **state) {
  (void)state;
  struct progress progress;
  progress_start(&progress, true);
  now_ms += 399;
  progress_show(&progress, 10, "at work");
  progress_line(&progress, "at work");
  expect("");
  progress_clear(&progress); /* nothing is there to be cleared */
  expect("");
  now_ms += 1;
  progress_show(&progress, 0, "at work");
  expect("\r\033[Kat work  0.40 s");
}

static void rates_are_smoothed(void **state) {
  (void)state;
  struct progress progress;
  progress_start(&progress, true);
  now_ms += 500;
  progress_show(&progress, 500000, "1,000 pings");
  expect("\r\033[K1,000 pings  1.0 MB/s  0.50 s");
  now_ms += 1000; /* 3 MB/s, of which 3 tenths count */
  progress_show(&progress, 3500000, "7,000 pings");
  expect("\r\033[K7,000 pings  1.6 MB/s  1.50 s");
  progress_show(&progress, 3500000, "the same moment");
  expect("\r\033[Kthe same moment  1.6 MB/s  1.50 s");
}

static void lines_fit_the_terminal(void **state) {
  (void)state;
  struct progress progress;
  char line[600];
  memset(line, 'x', sizeof line);
  line[sizeof line - 1] = '\0';
  progress_start(&progress, true);
  now_ms += 1000;
  width = 11;
  progress_line(&progress, "0123456789abc");
  expect("\r\033[K0123456789");
  width = 1000;
  progress_line(&progress, line);
  assert_int_equal(nshown, 4 + 512);
}

static void it_is_cleared_once(void **state) {
  (void)state;
  struct progress progress;
  progress_start(&progress, true);
  now_ms += 1000;
  progress_line(&progress, "here");
  expect("\r\033[Khere");
  progress_clear(&progress);
  expect("\r\033[K");
  progress_clear(&progress);
  expect("");
  progress_line(&progress, "again");
  expect("\r\033[Kagain");
  progress_stop(&progress);
  expect("\r\033[K");
  progress_line(&progress, "for good");
  progress_show(&progress, 5, "for good");
  expect("");
}

static void no_terminal_sees_it(void **state) {
  (void)state;
  struct progress progress;
  for (int round = 0; round < 2; round++) {
    escapes = round == 1;
    progress_start(&progress, round == 0); /* wanted, but no terminal; and the other way round */
    assert_false(progress.wanted);
    now_ms += 1000;
    progress_line(&progress, "here");
    progress_show(&progress, 5, "here");
    progress_stop(&progress);
    expect("");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(short_runs_show_nothing, setup),
      cmocka_unit_test_setup(rates_are_smoothed, setup),
      cmocka_unit_test_setup(lines_fit_the_terminal, setup),
      cmocka_unit_test_setup(it_is_cleared_once, setup),
      cmocka_unit_test_setup(no_terminal_sees_it, setup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
