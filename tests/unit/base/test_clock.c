#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void monotonic_never_goes_back(void **state) {
  (void)state;
  uint64_t last = clock_monotonic_ns();
  for (int i = 0; i < 1000; i++) {
    uint64_t now = clock_monotonic_ns();
    assert_true(now >= last);
    last = now;
  }
}

static void unix_seconds_are_of_this_age(void **state) {
  (void)state;
  assert_true(clock_unix_seconds() > 1500000000);
  assert_true(clock_unix_seconds() < (int64_t)UINT16_MAX * 86400);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(monotonic_never_goes_back),
                                     cmocka_unit_test(unix_seconds_are_of_this_age)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
