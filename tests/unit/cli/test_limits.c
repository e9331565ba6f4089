#include "cli/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static const char *remark(int status, int os_error) {
  static char text[LIMITS_TEXT];
  const struct ps_error err = {.status = (enum ps_status)status, .os_error = os_error};
  return limits_remark(&err, text);
}

/* EAGAIN is what a thread that cannot be started gives, and many a thing that has no limit. */
static void limits_are_named_for_what_they_cause(void **state) {
  (void)state;
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_NPROC, &limit), 0);
  limit.rlim_cur = limit.rlim_max < 100000 ? limit.rlim_max : 100000;
  assert_int_equal(setrlimit(RLIMIT_NPROC, &limit), 0);
  assert_non_null(strstr(remark(PS_E_MEMORY, EAGAIN), "ulimit -u"));
  assert_null(strstr(remark(PS_E_MEMORY, 0), "ulimit -u"));
  assert_string_equal(remark(PS_E_STORE, EAGAIN), "");
  assert_string_equal(remark(PS_E_OUTPUT, EAGAIN), "");
  assert_string_equal(remark(PS_E_INPUT, EIO), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(limits_are_named_for_what_they_cause)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
