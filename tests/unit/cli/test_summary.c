#include "cli/summary.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void line_has_every_class(void **state) {
  (void)state;
  struct ps_sieve_figures f = {
      .lines = 11, .bytes_in = 2000000, .bytes_out = 1500000, .seconds = 0.5};
  f.flags = 3;
  f.advisories = 2;
  f.withheld = 1;
  f.count[PS_UNIQUE] = 5;
  f.count[PS_DUPLICATE] = 2;
  f.count[PS_MALFORMED] = 1;
  f.count[PS_NO_ID] = 1;
  f.count[PS_LATE] = 1;
  f.count[PS_BLANK] = 1;
  char line[SUMMARY_LINE];
  assert_int_equal(summary_pings(&f), 10);
  assert_string_equal(
      summary_line(&f, line),
      "pings=10 unique=5 duplicate=2 malformed=1 no_id=1 late=1 blank=1 not_selected=0 flags=3 "
      "advisories=2 withheld=1 bytes_in=2000000 bytes_out=1500000 seconds=0.500 mb_per_second=4.0");
}

static void an_empty_run_has_no_rate(void **state) {
  (void)state;
  struct ps_sieve_figures f = {0};
  char line[SUMMARY_LINE];
  assert_string_equal(
      summary_line(&f, line),
      "pings=0 unique=0 duplicate=0 malformed=0 no_id=0 late=0 blank=0 not_selected=0 flags=0 "
      "advisories=0 withheld=0 bytes_in=0 bytes_out=0 seconds=0.000 mb_per_second=0.0");
}

static void the_longest_line_fits(void **state) {
  (void)state;
  struct ps_sieve_figures f = {
      .lines = UINT64_MAX, .bytes_in = UINT64_MAX, .bytes_out = UINT64_MAX, .seconds = 1e6};
  f.flags = f.advisories = f.withheld = UINT64_MAX;
  for (int c = 0; c < PS_CLASSES; c++) f.count[c] = UINT64_MAX;
  char line[SUMMARY_LINE];
  assert_non_null(strstr(summary_line(&f, line), " mb_per_second=18446744.1"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(line_has_every_class),
      cmocka_unit_test(an_empty_run_has_no_rate),
      cmocka_unit_test(the_longest_line_fits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
