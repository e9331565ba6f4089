#include "base/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Each parser is given an exact-size copy, so that reading past its end is seen by sanitizers. */
static bool parse(bool parser(const void *, size_t, day_t *), const char *text, day_t *day) {
  size_t len = strlen(text);
  char *copy = malloc(len ? len : 1);
  assert_non_null(copy);
  memcpy(copy, text, len);
  bool parsed = parser(copy, len, day);
  free(copy);
  return parsed;
}

static void every_day_there_and_back(void **state) {
  (void)state;
  for (unsigned i = 0; i <= DAY_MAX; i++) {
    char text[DAY_TEXT], plain[9];
    day_t day = 0, again = 0, seconds = 0;
    day_format((day_t)i, text);
    assert_true(day_parse(text, 10, &day));
    (void)snprintf(plain, sizeof plain, "%.4s%.2s%.2s", text, text + 5, text + 8);
    assert_true(day_parse(plain, 8, &again));
    assert_true(day_from_seconds((int64_t)i * 86400 + 86399, &seconds));
    assert_true(day == i && again == i && seconds == i);
  }
}

static void civil_dates_are_those_of_the_system(void **state) {
  (void)state;
  for (unsigned i = 0; i <= DAY_MAX; i += 7) {
    time_t t = (time_t)i * 86400;
    struct tm tm;
    int year;
    unsigned month, day_of_month;
    assert_non_null(gmtime_r(&t, &tm));
    day_civil((day_t)i, &year, &month, &day_of_month);
    assert_int_equal(year, tm.tm_year + 1900);
    assert_int_equal(month, tm.tm_mon + 1);
    assert_int_equal(day_of_month, tm.tm_mday);
  }
}

static void known_days_are_right(void **state) {
  (void)state;
  static const struct {
    const char *text;
    day_t day;
  } known[] = {{"19700101", 0},
               {"1970-01-01", 0},
               {"20170312", 17237},
               {"2018-03-12T21:02:18.123456Z", 17602},
               {"2018-03-12 21:02", 17602},
               {"20180312T", 17602},
               {"20000229", 11016},
               {"20240229", 19782},
               {"2149-06-06", 65535}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    day_t day = 1;
    assert_true(parse(day_parse, known[i].text, &day));
    assert_int_equal(day, known[i].day);
  }
}

static void what_is_no_day(void **state) {
  (void)state;
  static const char *const bad[] = {
      "",           "2",           "2017031",     "201703123",  "2017-0312",     "201703-12",
      "2017-03-1",  "2017-03-123", "2017/03/12",  "20170012",   "20171301",      "20170100",
      "20170132",   "20170229",    "19000229",    "21000229",   "20170431",      "19691231",
      "1969-12-31", "2149-06-07",  "21490607",    "9999-12-31", "2017-3-12",     " 20170312",
      "+2170312",   "2017 312",    "2017-03-12Z", "abcd-ef-gh", "2017-03-1\x80", "2017-03/12",
      "2017-03x12"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    day_t day;
    if (parse(day_parse, bad[i], &day)) fail_msg("%s was taken for a day", bad[i]);
  }
}

static void nanoseconds_have_their_day(void **state) {
  (void)state;
  static const struct {
    const char *text;
    day_t day;
  } known[] = {{"0", 0},
               {"0.0", 0},
               {"0e99999", 0},
               {"1485819100278000000", 17196},
               {"1.485819100278e+18", 17196},
               {"1.485819100278E18", 17196},
               {"1485819100278e6", 17196},
               {"14858191002780000000e-1", 17196},
               {"1485819100278000000.75", 17196},
               {"148581910027800000000000000000e-11", 17196},
               {"86399999999999", 0},
               {"8.64e13", 1},
               {"86399999999999.999999999", 0},
               {"1e-99999", 0},
               {"5662310399999999999", 65535}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    day_t day = 9;
    if (!parse(day_parse_nanoseconds, known[i].text, &day)) fail_msg("%s", known[i].text);
    assert_int_equal(day, known[i].day);
  }
}

static void what_is_no_nanoseconds(void **state) {
  (void)state;
  static const char *const bad[] = {
      "",
      "-1",
      "-0",
      "+1",
      " 1",
      "1 ",
      "0x10",
      "inf",
      "nan",
      "1.",
      ".5",
      "1e",
      "1e+",
      "1e1.5",
      "1,5e18",
      "1.2.3",
      "1e999999",
      "1e20",
      "1e300",
      "18446744073709551616",
      "5662310400000000000",
      "99999999999999999999",
      "true",
      "00000000000000000000000000000000000000000000000000000000000000001"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    day_t day;
    if (parse(day_parse_nanoseconds, bad[i], &day)) fail_msg("%s was taken for a time", bad[i]);
  }
}

static void seconds_outside_are_refused(void **state) {
  (void)state;
  day_t day;
  assert_false(day_from_seconds(-1, &day));
  assert_false(day_from_seconds(INT64_MIN, &day));
  assert_false(day_from_seconds((int64_t)(DAY_MAX + 1) * 86400, &day));
  assert_false(day_from_seconds(INT64_MAX, &day));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_day_there_and_back),
      cmocka_unit_test(civil_dates_are_those_of_the_system),
      cmocka_unit_test(known_days_are_right),
      cmocka_unit_test(what_is_no_day),
      cmocka_unit_test(nanoseconds_have_their_day),
      cmocka_unit_test(what_is_no_nanoseconds),
      cmocka_unit_test(seconds_outside_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
