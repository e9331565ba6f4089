/* Instants: what is a time and what is none, to the nanosecond and at both ends. */
#include "base/day.h"
#include "base/instant.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S UINT64_C(1000000000)

struct known {
  const char *text;
  uint64_t ns;
};

/* Each parser is given an exact-size copy, so that reading past its end is seen by sanitizers. */
static bool parse(bool parser(const void *, size_t, uint64_t *), const char *text, uint64_t *ns) {
  const size_t len = strlen(text);
  char *copy = malloc(len ? len : 1);
  assert_non_null(copy);
  memcpy(copy, text, len);
  const bool parsed = parser(copy, len, ns);
  free(copy);
  return parsed;
}

static void expect(bool parser(const void *, size_t, uint64_t *), const struct known *known) {
  for (; known->text; known++) {
    uint64_t ns = 9;
    if (!parse(parser, known->text, &ns)) fail_msg("%s is none", known->text);
    if (ns != known->ns) fail_msg("%s: %" PRIu64, known->text, ns);
  }
}

static void known_instants_are_right(void **state) {
  (void)state;
  static const struct known known[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.000000001Z", 1},
      {"2018-03-12T21:02:18.123456Z", 1520888538 * S + 123456000},
      {"2018-03-12 21:02:18.123456", 1520888538 * S + 123456000},
      {"2018-03-12t21:02:18z", 1520888538 * S},
      {"2018-03-12T21:02", 1520888520 * S},
      {"2018-03-12T21:02Z", 1520888520 * S},
      {"2018-03-12T23:02:18+02:00", 1520888538 * S},
      {"2018-03-12T15:32:18.5-05:30", 1520888538 * S + 500000000},
      {"2018-03-13T00:02:18+03:00", 1520888538 * S},
      {"2018-03-12T21:02:18.1234567899999Z", 1520888538 * S + 123456789},
      {"2016-12-31T23:59:60Z", 1483228799 * S},
      {"1970-01-01T01:00:00+01:00", 0},
      {"2554-07-21T23:34:33.709551615Z", UINT64_MAX},
      {NULL, 0}};
  expect(instant_parse, known);
}

static void what_is_no_instant(void **state) {
  (void)state;
  static const char *const bad[] = {"",
                                    "2018-03-12",
                                    "2018-03-12T",
                                    "2018-03-12T21",
                                    "2018-03-12T21:",
                                    "2018-03-12T2102",
                                    "20180312T21:02:18Z",
                                    "2018-02-29T21:02:18Z",
                                    "2018-03-12T24:00:00Z",
                                    "2018-03-12T21:60:00Z",
                                    "2018-03-12T21:02:61Z",
                                    "2018-03-12T21:02:",
                                    "2018-03-12T21:02:1",
                                    "2018-03-12T21:02:18.",
                                    "2018-03-12T21:02:18.Z",
                                    "2018-03-12T21:02:18,5Z",
                                    "2018-03-12T21:02:18ZZ",
                                    "2018-03-12T21:02:18Z ",
                                    "2018-03-12T21:02:18+",
                                    "2018-03-12T21:02:18+01",
                                    "2018-03-12T21:02:18+0100",
                                    "2018-03-12T21:02:18+01:0",
                                    "2018-03-12T21:02:18+24:00",
                                    "2018-03-12  21:02:18",
                                    "1969-12-31T23:59:59Z",
                                    "1969-12-31T23:00:00-01:00",
                                    "1970-01-01T00:00:00+00:01",
                                    "2554-07-21T23:34:33.709551616Z",
                                    "2554-07-21T23:34:33-00:01",
                                    "9999-12-31T23:59:59Z",
                                    "+018-03-12T21:02:18Z",
                                    "2018/03-12T21:02:18Z",
                                    "2018-03/12T21:02:18Z",
                                    "2018-0x-12T21:02:18Z",
                                    "2018-03-x2T21:02:18Z",
                                    "x018-03-12T21:02:18Z",
                                    "2018-03-12T+1:02:18Z"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    uint64_t ns;
    if (parse(instant_parse, bad[i], &ns)) fail_msg("%s was taken for an instant", bad[i]);
  }
}

static void nanoseconds_are_read(void **state) {
  (void)state;
  static const struct known known[] = {{"0", 0},
                                       {"1485819100278000001", UINT64_C(1485819100278000001)},
                                       {"1.485819100278e+18", UINT64_C(1485819100278000000)},
                                       {"12.75", 12},
                                       {"18446744073709551615", UINT64_MAX / 10 * 10},
                                       {NULL, 0}};
  static const char *const bad[] = {"",     "-1",  "1e20",      "20000000000000000000000",
                                    "x",    "1.",  "\"1\"",     ".5",
                                    "1.e3", "1.:", "1.5.5",     "5e",
                                    "5e+",  "5e-", "5e1000000", "5x",
                                    "5 ",   "e5"};
  expect(instant_parse_nanoseconds, known);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    uint64_t ns;
    if (parse(instant_parse_nanoseconds, bad[i], &ns)) fail_msg("%s was taken for a time", bad[i]);
  }
}

/* Steps of some 17 days with odd seconds, up to 2554, against the system's calendar. */
static void there_and_back(void **state) {
  (void)state;
  for (uint64_t seconds = 0; seconds <= UINT64_MAX / S; seconds += 1499977) {
    const time_t t = (time_t)seconds;
    char text[INSTANT_TEXT], same[64];
    uint64_t ns = 0;
    struct tm tm;
    instant_format(seconds * S + S - 1, text);
    assert_non_null(gmtime_r(&t, &tm));
    assert_int_not_equal(strftime(same, sizeof same, "%Y-%m-%dT%H:%M:%SZ", &tm), 0);
    assert_string_equal(text, same);
    assert_true(instant_parse(text, strlen(text), &ns));
    assert_true(ns == seconds * S);
  }
}

/* A day and an instant of one text are the same day. */
static void days_agree(void **state) {
  (void)state;
  for (unsigned i = 0; i <= DAY_MAX; i += 13) {
    char text[DAY_TEXT + 10];
    uint64_t ns = 0;
    day_format((day_t)i, text);
    memcpy(text + 10, "T12:00:00", 10);
    assert_true(instant_parse(text, strlen(text), &ns));
    assert_true(ns / (86400 * S) == i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_instants_are_right),
      cmocka_unit_test(what_is_no_instant),
      cmocka_unit_test(nanoseconds_are_read),
      cmocka_unit_test(there_and_back),
      cmocka_unit_test(days_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
