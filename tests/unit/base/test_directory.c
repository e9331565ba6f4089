#include "base/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64];

static int setup(void **state) {
  (void)state;
  (void)snprintf(top, sizeof top, "/tmp/pingsieve-directory-XXXXXX");
  return mkdtemp(top) && !chdir(top) ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  return chdir("/") | rmdir(top);
}

static void the_one_that_is_named(void **state) {
  (void)state;
  assert_int_equal(directory_sync("."), 0);
  assert_int_equal(directory_sync(top), 0);
  assert_int_equal(directory_sync("absent"), -1);
  assert_int_equal(errno, ENOENT);
  assert_int_equal(directory_sync("/proc/self/stat"), -1);
  assert_int_equal(errno, ENOTDIR);
}

/* The last name need not be there: only the directory that it would be in. */
static void the_one_above(void **state) {
  (void)state;
  static const char *const there[] = {"new",  "new/", "new//", "./new", "./new/",
                                      "/new", "/",    "//",    ""};
  static const char *const absent[] = {"absent/new", "absent/new/", "absent//new//",
                                       "./absent/new"};
  for (size_t i = 0; i < sizeof there / sizeof *there; i++)
    assert_int_equal(directory_sync_above(there[i]), 0);
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
    assert_int_equal(directory_sync_above(absent[i]), -1);
    assert_int_equal(errno, ENOENT);
  }
}

/* Root may read all. */
static void one_that_may_not_be_read(void **state) {
  (void)state;
  assert_int_equal(mkdir("secret", 0300), 0);
  const int r = geteuid() ? directory_sync("secret") : 1;
  const int above = geteuid() ? directory_sync_above("secret/new") : 1;
  assert_int_equal(rmdir("secret"), 0);
  assert_int_equal(r, 1);
  assert_int_equal(above, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_one_that_is_named),
                                     cmocka_unit_test(the_one_above),
                                     cmocka_unit_test(one_that_may_not_be_read)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
