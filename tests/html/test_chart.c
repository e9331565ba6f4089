#include "report/chart.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void figures_are_short_and_right(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *rate, *tick;
  } cases[] = {
      {0, "0", "0"},
      {-1, "-1", "-1"},
      {-0.0000001, "0", "-0.0000001"},
      {1e300, "1e300", "1e300"},
      {1.7e308, "1.7e308", "1.7e308"},
      {NAN, "0", "0"},
      {0.05, "0.05", "0.05"},
      {1.28, "1.28", "1.28"},
      {99.94, "99.9", "99.9"},
      {114.2, "114", "114"},
      {999.6, "1,000", "1k"},
      {192500, "192,500", "193k"},
      {5e6, "5,000,000", "5M"},
  };
  char text[PAGE_FIGURE];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_string_equal(page_rate_format(cases[i].value, text), cases[i].rate);
    assert_string_equal(page_short_format(cases[i].value, text), cases[i].tick);
  }
  assert_string_equal(page_number_format(2394.5501, text), "2,394.5501");
  assert_string_equal(page_number_format(-3504, text), "-3,504");
  assert_string_equal(page_number_format(5e-324, text), "4.94e-324");
  assert_string_equal(page_raw_format(-3504.25, text), "-3504.250000");
  assert_string_equal(page_raw_format(INFINITY, text), "1.7e308");
  assert_string_equal(page_short_format(118e9, text), "118bn");
  assert_string_equal(page_short_format(1.8446744073709552e19, text), "18.4e18");
}

static void shares_do_not_round_to_all_or_nothing(void **state) {
  (void)state;
  char text[PAGE_FIGURE];
  assert_string_equal(page_share_format(0, 5, text), "0.00 %");
  assert_string_equal(page_share_format(1, 1e6, text), "under 0.01 %");
  assert_string_equal(page_share_format(999999, 1e6, text), "99.99 %");
  assert_string_equal(page_share_format(5, 5, text), "100.00 %");
  assert_string_equal(page_share_format(1, 0, text), "-");
}

static void check_scale(double min, double max, bool log) {
  struct chart_scale scale = chart_scale_of(min, max, log, 200, 10);
  double ticks[CHART_TICKS];
  assert_true(chart_at(&scale, max) >= 10 && chart_at(&scale, max) < 110);
  assert_true(chart_at(&scale, min) <= 200 && chart_at(&scale, min) >= chart_at(&scale, max));
  for (unsigned want = 4; want <= 7; want++) {
    size_t n = chart_ticks(&scale, want, ticks);
    assert_in_range(n, 1, want + 4);
    for (size_t i = 0; i < n; i++) {
      assert_true(ticks[i] <= scale.to * 1.0001 && ticks[i] >= scale.from * 0.9999);
      assert_true(i == 0 || ticks[i] > ticks[i - 1]);
    }
  }
}

static void scales_hold_their_values(void **state) {
  (void)state;
  for (unsigned i = 0; i < 45; i++) {
    double max = 1e-6 * pow(3.7, i);
    check_scale(0, max, false);
    for (unsigned k = 0; k < 9; k++) check_scale(max / (50 * pow(13, k)), max, true);
  }
  struct chart_scale empty = chart_scale_of(0, 0, false, 200, 10);
  assert_true(chart_at(&empty, 0) == 200);
  assert_false(chart_spans_decades(0, 1e9));
  assert_true(chart_spans_decades(1, 50));
}

static void long_gaps_are_shortened(void **state) {
  (void)state;
  static const day_t near[] = {100, 101}, far[] = {100, 101, 104, 60000};
  day_t place[4];
  struct chart_calendar calendar = {.n = 2, .day = near, .place = place};
  chart_calendar_places(&calendar);
  assert_false(calendar.shortened);
  assert_int_equal(place[1], 101);
  calendar = (struct chart_calendar){.n = 4, .day = far, .place = place};
  chart_calendar_places(&calendar);
  assert_true(calendar.shortened);
  assert_int_equal(place[1] - place[0], 1);
  assert_int_equal(place[2] - place[1], 2);
  assert_int_equal(place[3] - place[2], 2);
}

static void texts_are_cut_at_characters_and_escaped(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  struct page page = {.out = &out};
  page_text_cut(&page, "<<<<<", 3);
  assert_string_equal((const char *)out.data, "&lt;&lt;\xe2\x80\xa6");
  buffer_clear(&out);
  page_text_cut(&page, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 5);
  assert_string_equal((const char *)out.data, "\xe6\xbc\xa2\xe5\xad\x97\xe2\x80\xa6");
  buffer_clear(&out);
  page_text_cut(&page, "abc", 3);
  assert_string_equal((const char *)out.data, "abc");
  buffer_clear(&out);
  page_px(&page, -12.34);
  page_px(&page, NAN);
  assert_string_equal((const char *)out.data, "-12.30");
  buffer_clear(&out);
  page_bounded(&page, (struct ps_bounded){1619126, 274});
  assert_string_equal((const char *)out.data, "1,619,126 +274");
  assert_int_equal(page.status, PS_OK);
  buffer_release(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_are_short_and_right),
      cmocka_unit_test(shares_do_not_round_to_all_or_nothing),
      cmocka_unit_test(scales_hold_their_values),
      cmocka_unit_test(long_gaps_are_shortened),
      cmocka_unit_test(texts_are_cut_at_characters_and_escaped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
