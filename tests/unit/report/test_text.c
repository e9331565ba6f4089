#include "../scale.h"
#include "report/render.h"
#include "sample.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "text_checks.h"

static void render(enum sample which, const struct report_options *options,
                   const struct render_text_options *how, struct buffer *out) {
  struct report report;
  struct ps_error err = {0};
  if (sample_report(which, options, &report, &err) != PS_OK ||
      render_text(&report, how, out, &err) != PS_OK)
    fail_msg("%s", err.text);
  report_release(&report);
}

static void every_line_fits(void **state) {
  (void)state;
  static const unsigned widths[] = {40, 41, 60, 80, 120, 200, 400};
  for (enum sample which = SAMPLE_EMPTY; which < SAMPLES; which++)
    for (int whole = 0; whole < 2; whole++) {
      struct report report;
      struct report_options options = {.show_ids = whole, .top = whole ? 50 : 0};
      if (which == SAMPLE_YEAR && whole && scale_is_small()) continue;
      assert_int_equal(sample_report(which, &options, &report, NULL), PS_OK);
      for (size_t i = 0; i < 2 * sizeof widths / sizeof widths[0]; i++) {
        struct buffer out = BUFFER_INIT;
        struct render_text_options how = {.width = widths[i / 2], .ascii = i % 2};
        assert_int_equal(render_text(&report, &how, &out, NULL), PS_OK);
        check_lines(&out, how.width, how.ascii);
        buffer_release(&out);
      }
      report_release(&report);
    }
}

static void colour_is_only_colour(void **state) {
  (void)state;
  struct buffer plain = BUFFER_INIT, coloured = BUFFER_INIT;
  render(SAMPLE_HOSTILE, NULL, &(struct render_text_options){.width = 80}, &plain);
  render(SAMPLE_HOSTILE, NULL, &(struct render_text_options){.width = 80, .colour = true},
         &coloured);
  size_t at = 0;
  for (size_t i = 0; i < coloured.len; i++) {
    if (coloured.data[i] == '\033') {
      assert_int_equal(coloured.data[++i], '[');
      while (coloured.data[i] != 'm') {
        i++;
        assert_true(strchr("0123456789m", coloured.data[i]) != NULL);
      }
      continue;
    }
    assert_true(at < plain.len && plain.data[at] == coloured.data[i]);
    at++;
  }
  assert_int_equal(at, plain.len);
  assert_true(coloured.len > plain.len);
  buffer_release(&plain);
  buffer_release(&coloured);
}

static void says_what_matters(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  render(SAMPLE_POST, NULL, &(struct render_text_options){.width = 200}, &out);
  check_has(&out, "2017-03-12: 203,358 measurements a ping (histograms), 1,782 times "
                  "the median of the other days (114)");
  check_has(&out, "118,021,474,114     99.97 %");
  check_has(&out, "  2017-03-12 !");
  check_has(&out, "  2017-03-04 *");
  buffer_release(&out);
}

static void many_days_are_put_together(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  struct render_text_options how = {.width = 80};
  render(SAMPLE_YEAR, NULL, &how, &out);
  check_has(&out, "\nMonths  ");
  buffer_clear(&out);
  struct report_options weeks = {.to_given = true, .to = 16801 + 99};
  render(SAMPLE_YEAR, &weeks, &how, &out);
  check_has(&out, "\n  2016-01-04 ");
  check_has(&out, "\nWeeks  ");
  buffer_clear(&out);
  struct report_options days = {.to_given = true, .to = 16801 + 59};
  render(SAMPLE_YEAR, &days, &how, &out);
  check_has(&out, "\nDays  ");
  buffer_release(&out);
}

static void a_range_without_days_says_which_there_are(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  struct render_text_options how = {.width = 80};
  struct report_options after = {.from_given = true, .from = 17300, .to_given = true, .to = 17300};
  render(SAMPLE_POST, &after, &how, &out);
  check_has(&out, "No pings were counted on 2017-05-14; the store "
                  "has 2017-03-01 to 2017-03-16.");
  buffer_clear(&out);
  render(SAMPLE_EMPTY, NULL, &how, &out);
  check_has(&out, "No pings were counted yet.");
  buffer_release(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_line_fits),
      cmocka_unit_test(colour_is_only_colour),
      cmocka_unit_test(says_what_matters),
      cmocka_unit_test(many_days_are_put_together),
      cmocka_unit_test(a_range_without_days_says_which_there_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
