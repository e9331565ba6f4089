/* Linked into every unit test: a program runs those of its tests that its arguments name.
 *
 *   test_seen.store                 all
 *   test_seen.store --list          prints their names, a line each
 *   test_seen.store NAME...         these alone; a NAME is a test's name or a pattern of
 * fnmatch(3), as in '*days*'
 *
 * A NAME that no test has ends the program with status 2 and the names there are. Everything passes
 * through cmocka's _cmocka_run_group_tests(), which the linker wraps (tests/cmake/Tests.cmake):
 * main() of the tests knows nothing of it.
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 512 /* tests of one program */

static int count;
static char **arguments;

/* The names of the C library and of the linker. */
int __real__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t n,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t n,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

/* glibc passes the arguments of main() to constructors. */
__attribute__((constructor)) static void remember(int argc, char **argv) {
  count = argc;
  arguments = argv;
}

static void list(FILE *to, const struct CMUnitTest *tests, size_t n) {
  for (size_t i = 0; i < n; i++) (void)fprintf(to, "%s\n", tests[i].name);
}

/* Puts the tests that have this name into chosen; false if there is none. */
static bool choose(const char *name, const struct CMUnitTest *tests, size_t n, bool *chosen) {
  bool found = false;
  for (size_t i = 0; i < n; i++) {
    if (fnmatch(name, tests[i].name, 0)) continue;
    chosen[i] = true;
    found = true;
  }
  return found;
}

int __wrap__cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests, size_t n,
                                   CMFixtureFunction setup, CMFixtureFunction teardown) {
  static struct CMUnitTest kept[MOST];
  bool chosen[MOST] = {false};
  size_t m = 0;
  if (count < 2) return __real__cmocka_run_group_tests(group, tests, n, setup, teardown);
  if (!strcmp(arguments[1], "--list")) {
    list(stdout, tests, n);
    return 0;
  }
  if (n > MOST) {
    (void)fprintf(stderr, "%s has more than %d tests; run all of them\n", group, MOST);
    return 2;
  }
  for (int i = 1; i < count; i++) {
    if (choose(arguments[i], tests, n, chosen)) continue;
    (void)fprintf(stderr, "there is no test \"%s\", but:\n", arguments[i]);
    list(stderr, tests, n);
    return 2;
  }
  for (size_t i = 0; i < n; i++)
    if (chosen[i]) kept[m++] = tests[i];
  return __real__cmocka_run_group_tests(group, kept, m, setup, teardown);
}
