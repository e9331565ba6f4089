/* Figures on pages at the edges of their forms, and the scales of charts, against values worked out
 * by hand. */
#include "base/buffer.h"
#include "report/chart.h"
#include "report/html_page.h"
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

struct row {
  double value;
  const char *text;
};

static void expect_forms(char *(*format)(double value, char *out), const struct row *rows,
                         size_t n) {
  char text[PAGE_FIGURE];
  for (size_t i = 0; i < n; i++) assert_string_equal(format(rows[i].value, text), rows[i].text);
}
#define EXPECT(format, rows) expect_forms(format, rows, sizeof(rows) / sizeof *(rows))

static void numbers_have_few_digits(void **state) {
  (void)state;
  static const struct row rows[] = {{0, "0"},
                                    {3504, "3,504"},
                                    {2394.55, "2,394.55"},
                                    {-0.000001, "-0.000001"},
                                    {9.9996e-7, "1e-6"},
                                    {1e-7, "1e-7"},
                                    {2.5e-308, "2.5e-308"},
                                    {-1.5e-320, "-1.5e-320"},
                                    {999999999999.5, "999,999,999,999.5"},
                                    {999999999999999, "999,999,999,999,999"},
                                    {1e15, "1e15"},
                                    {9.994e15, "9.99e15"},
                                    {9.9951e15, "1e16"},
                                    {-2.4e21, "-2.4e21"},
                                    {INFINITY, "1.7e308"},
                                    {-INFINITY, "-1.7e308"},
                                    {NAN, "0"}};
  EXPECT(page_number_format, rows);
}

static void rates_are_told_a_day(void **state) {
  (void)state;
  static const struct row rows[] = {{0.05, "0.05"},     {0.123, "0.12"}, {9.994, "9.99"},
                                    {9.995, "10"},      {99.94, "99.9"}, {99.95, "100"},
                                    {1e6, "1,000,000"}, {1e18, "1e18"}};
  EXPECT(page_rate_format, rows);
}

static void short_numbers_have_units(void **state) {
  (void)state;
  static const struct row rows[] = {
      {0, "0"},         {1e-10, "1e-10"}, {0.5, "0.5"},         {0.995, "1"},       {9.99, "9.99"},
      {99.94, "99.9"},  {999.4, "999"},   {999.5, "1k"},        {1.5e6, "1.5M"},    {2e9, "2bn"},
      {3e12, "3tn"},    {4e15, "4e15"},   {9.994e20, "999e18"}, {9.996e20, "1e21"}, {1e21, "1e21"},
      {-1234, "-1.23k"}};
  EXPECT(page_short_format, rows);
}

static void raw_numbers_come_back(void **state) {
  (void)state;
  static const struct row rows[] = {{0, "0.000000"},     {1234.5, "1234.500000"},
                                    {1e9, "1000000000"}, {1e15, "1000000000000000"},
                                    {1e18, "1e18"},      {-2.25, "-2.250000"}};
  EXPECT(page_raw_format, rows);
}

static void shares_round_to_what_they_are(void **state) {
  (void)state;
  static const struct {
    double part, of;
    const char *text;
  } rows[] = {{1, 0, "-"},
              {0, 3, "0.00 %"},
              {1, 3, "33.33 %"},
              {1, 1e6, "under 0.01 %"},
              {99999, 100000, "99.99 %"}, /* not quite all */
              {5, 5, "100.00 %"},
              {3, 2, "150.00 %"},
              {NAN, 2, "-"}};
  char text[PAGE_FIGURE];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_string_equal(page_share_format(rows[i].part, rows[i].of, text), rows[i].text);
}

static void expect_scale(double min, double max, bool log, double from, double to) {
  const struct chart_scale scale = chart_scale_of(min, max, log, 100, 300);
  if (fabs(scale.from - from) > 1e-9 * from || fabs(scale.to - to) > 1e-9 * to)
    fail_msg("%g to %g: from %g to %g", min, max, scale.from, scale.to);
  assert_true(chart_at(&scale, scale.from) == 100);
  assert_true(chart_at(&scale, scale.to) == 300);
  assert_true(chart_at(&scale, 2 * scale.to) == 300); /* nothing is drawn beyond it */
  assert_true(chart_at(&scale, -1) == 100);
}

static void scales_have_round_steps(void **state) {
  (void)state;
  expect_scale(0, 0, false, 0, 1);
  expect_scale(0, 10, false, 0, 10);
  expect_scale(0, 10.1, false, 0, 12.5); /* ticks lie 5 apart, so by halves of that */
  expect_scale(0, NAN, false, 0, 1);
  expect_scale(16, 800, true, 10, 1000);
  expect_scale(1, 5000, true, 0.5, 10000); /* 6,000, for which there is no step below ten */
  expect_scale(0, 3, true, 0.5, 5);        /* log of nothing: from one on */
  expect_scale(8, 2, true, 5, 10);
}

static void expect_ticks(double from, double to, bool log, unsigned want, const double *ticks,
                         size_t n) {
  const struct chart_scale scale = {.log = log, .from = from, .to = to, .start = 0, .end = 1};
  double made[CHART_TICKS];
  assert_int_equal(chart_ticks(&scale, want, made), n);
  for (size_t i = 0; i < n; i++) assert_true(fabs(made[i] - ticks[i]) <= 1e-9 * to);
}

static void ticks_have_round_days(void **state) {
  (void)state;
  expect_ticks(0, 10, false, 5, (const double[]){0, 2, 4, 6, 8, 10}, 6);
  expect_ticks(0, 12.5, false, 5, (const double[]){0, 5, 10}, 3);
  expect_ticks(10, 100, true, 5, (const double[]){10, 20, 50, 100}, 4);
  expect_ticks(1, 1000, true, 4, (const double[]){1, 10, 100, 1000}, 4);
  expect_ticks(1, 1e9, true, 3, (const double[]){1, 100, 1e4, 1e6, 1e8}, 5);
  expect_ticks(1, 1, false, 5, NULL, 0); /* nothing lies between */
  expect_ticks(0, INFINITY, false, 5, NULL, 0);
}

/* An axis of n days from the first on; labels that it must have, and one that it must not. */
static void expect_axis(day_t first, size_t n, bool narrow, const char *has, const char *too,
                        const char * not ) {
  static day_t days[UINT16_MAX], places[UINT16_MAX];
  struct buffer out = BUFFER_INIT;
  struct page page = {.out = &out};
  struct chart chart = {.page = &page, .narrow = narrow, .width = narrow ? 340 : 700};
  chart.left = 40;
  chart.right = chart.width;
  chart.bottom = 200;
  for (size_t i = 0; i < n; i++) days[i] = (day_t)(first + i);
  struct chart_calendar calendar = {.n = n, .day = days, .place = places};
  chart_calendar_places(&calendar);
  assert_false(calendar.shortened);
  const struct chart_scale x = chart_scale_days(&chart, &calendar);
  chart_axis_days(&chart, &x, &calendar);
  assert_int_equal(page.status, PS_OK);
  if (!strstr((const char *)out.data, has)) fail_msg("no %s among %zu days", has, n);
  if (!strstr((const char *)out.data, too)) fail_msg("no %s among %zu days", too, n);
  if (strstr((const char *)out.data, not )) fail_msg("%s among %zu days", not, n);
  buffer_release(&out);
}

/* Labels have room: days, months, years, and ever fewer years. */
static void axis_of_days(void **state) {
  (void)state;
  const day_t march = 17226, year_2000 = 10957; /* 2017-03-01, 2000-01-01 */
  expect_axis(march, 3, false, ">1 Mar<", ">2 Mar<", ">4 Mar<");
  expect_axis(march, 60, false, ">1 Mar<", ">2017<", ">2 Mar<");
  expect_axis(march, 300, false, ">Apr<", ">2017<", ">1 Apr<");
  expect_axis(march, 400, false, ">Jan<", ">2018<", ">1 Jan<");
  expect_axis(year_2000, 7305, false, ">2010<", ">2000<", ">Jan<"); /* twenty years */
  expect_axis(year_2000, 7305, true, ">2010<", ">2000<", ">2002<");
  expect_axis(0, 65000, true, ">2000<", ">2040<", ">2020<");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_have_few_digits),       cmocka_unit_test(rates_are_told_a_day),
      cmocka_unit_test(short_numbers_have_units),      cmocka_unit_test(raw_numbers_come_back),
      cmocka_unit_test(shares_round_to_what_they_are), cmocka_unit_test(scales_have_round_steps),
      cmocka_unit_test(ticks_have_round_days),         cmocka_unit_test(axis_of_days),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
