#include "cli/day_argument.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

#define NOON INT64_C(1489320000) /* 2017-03-12T12:00:00Z */

static void assert_day(const char *text, const char *expected) {
  day_t day;
  char formatted[DAY_TEXT];
  assert_true(day_argument_parse_word(text, NOON, &day));
  day_format(day, formatted);
  assert_string_equal(formatted, expected);
}

static void days_have_two_forms_and_two_words(void **state) {
  (void)state;
  assert_day("2017-03-12", "2017-03-12");
  assert_day("20170312", "2017-03-12");
  assert_day("today", "2017-03-12");
  assert_day("yesterday", "2017-03-11");
}

static void other_words_are_no_days(void **state) {
  (void)state;
  static const char *const wrong[] = {"",          "2017-03",  "2017-02-30", "2017-03-12T10:00:00Z",
                                      "2017-03-1", "Tomorrow", "tomorrow"};
  day_t day;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_false(day_argument_parse_word(wrong[i], NOON, &day));
  assert_false(day_argument_parse("today", 5, &day));
  assert_false(day_argument_parse_word("yesterday", 0, &day)); /* before the first day there is */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(days_have_two_forms_and_two_words),
      cmocka_unit_test(other_words_are_no_days),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
