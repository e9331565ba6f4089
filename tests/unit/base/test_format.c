#include "base/format.h"

#include <math.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char out[FORMAT_TEXT];

static void counts_are_grouped(void **state) {
  (void)state;
  assert_string_equal(format_count(0, out), "0");
  assert_string_equal(format_count(999, out), "999");
  assert_string_equal(format_count(1000, out), "1,000");
  assert_string_equal(format_count(1282154, out), "1,282,154");
  assert_string_equal(format_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
}

static void bytes_have_units(void **state) {
  (void)state;
  assert_string_equal(format_bytes(0, out), "0 B");
  assert_string_equal(format_bytes(999, out), "999 B");
  assert_string_equal(format_bytes(1000, out), "1.0 kB");
  assert_string_equal(format_bytes(12345678, out), "12.3 MB");
  assert_string_equal(format_bytes(99949, out), "99.9 kB");
  assert_string_equal(format_bytes(99951, out), "100 kB");
  assert_string_equal(format_bytes(999499, out), "999 kB");
  assert_string_equal(format_bytes(999500, out), "1.0 MB");
  assert_string_equal(format_bytes(UINT64_MAX, out), "18.4 EB");
}

static void shares_have_their_digits(void **state) {
  (void)state;
  assert_string_equal(format_share(0, 0, out), "-");
  assert_string_equal(format_share(0, 5, out), "0.00 %");
  assert_string_equal(format_share(128, 10000, out), "1.28 %");
  assert_string_equal(format_share(5, 5, out), "100.00 %");
}

static void seconds_have_units(void **state) {
  (void)state;
  assert_string_equal(format_seconds(0.351, out), "0.35 s");
  assert_string_equal(format_seconds(9.996, out), "10.0 s");
  assert_string_equal(format_seconds(12.34, out), "12.3 s");
  assert_string_equal(format_seconds(119.96, out), "2 min 0 s");
  assert_string_equal(format_seconds(245, out), "4 min 5 s");
  assert_string_equal(format_seconds(7199.4, out), "119 min 59 s");
  assert_string_equal(format_seconds(7199.6, out), "2 h 0 min");
  assert_string_equal(format_seconds(10920, out), "3 h 2 min");
  assert_string_equal(format_seconds(-1, out), "0.00 s");
  assert_string_equal(format_seconds((double)NAN, out), "0.00 s");
  assert_true(strlen(format_seconds((double)INFINITY, out)) < FORMAT_TEXT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_are_grouped), cmocka_unit_test(bytes_have_units),
      cmocka_unit_test(shares_have_their_digits), cmocka_unit_test(seconds_have_units)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
