/* Tokens one at a time: numbers, literals, string ends, escapes. */
#include "scan/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t scalar_in(const char *text) {
  uint8_t line[64 + SCAN_PAD] = {0};
  size_t len = strlen(text);
  memcpy(line, text, len);
  line[len] = '\n';
  return token_scalar(line);
}

static void scalars_are_told_from_what_is_none(void **state) {
  static const char *const good[] = {"0",    "-0",   "7",    "-12",   "0.5", "1.25e10",
                                     "1E-7", "2e+3", "true", "false", "null"};
  static const char *const bad[] = {"",      "-",    "01",   "-01", "1.",  ".5",
                                    "1e",    "1e+",  "+1",   "0x1", "1a",  "tru",
                                    "nulll", "True", "1.e1", "--1", "NaN", "1e1.5"};
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_int_equal(scalar_in(good[i]), strlen(good[i]));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_int_equal(scalar_in(bad[i]), 0);
  assert_int_equal(scalar_in("17,"), 2);
  assert_int_equal(scalar_in("true}"), 4);
}

static void a_string_ends_at_its_quote(void **state) {
  static const char text[] = "0123456789\\\"abcdefghijklmnop\\\\\"x\"\n.........";
  const uint8_t *line = (const uint8_t *)text;
  bool escaped = false;
  (void)state;
  assert_ptr_equal(token_string_end(line, &escaped), line + 30);
  assert_true(escaped);
  escaped = false;
  assert_ptr_equal(token_string_end(line + 31, &escaped), line + 32);
  assert_false(escaped);
  assert_ptr_equal(token_string_end(line + 33, &escaped), line + 33); /* the '\n' */
}

static void expect_text(const char *json, const char *text) {
  struct scan_span span = {.len = (uint32_t)strlen(json), .type = SCAN_STRING, .escaped = 1};
  uint8_t out[64];
  size_t len = scan_unescape((const uint8_t *)json, &span, out);
  assert_int_equal(len, strlen(text));
  assert_memory_equal(out, text, len);
}

static void escapes_become_their_characters(void **state) {
  (void)state;
  expect_text("plain", "plain");
  expect_text("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t");
  expect_text("\\u0041\\u00e9\\u20AC", "A\xC3\xA9\xE2\x82\xAC");
  expect_text("\\ud83e\\udd8A!", "\xF0\x9F\xA6\x8A!");
  expect_text("\\ud7ff\\ue000", "\xED\x9F\xBF\xEE\x80\x80"); /* beside the surrogates */
  expect_text("\\ud83e\\ue000", "\xEF\xBF\xBD\xEE\x80\x80");
  expect_text("\\ud83e\\udbff", "\xEF\xBF\xBD\xEF\xBF\xBD");
  expect_text("\\udbff\\udfff", "\xF4\x8F\xBF\xBF");
  expect_text("\\udfff", "\xEF\xBF\xBD");
  expect_text("\\udc00\\udfff", "\xEF\xBF\xBD\xEF\xBF\xBD"); /* two low ones are no pair */
  expect_text("\\u007f\\u0080", "\x7F\xC2\x80");
  expect_text("\\ud800\\udc00", "\xF0\x90\x80\x80");
  expect_text("\\ud83e\\n", "\xEF\xBF\xBD\n");
  expect_text("\\ud83ex", "\xEF\xBF\xBDx");
  expect_text("\\ud83e\\u0041", "\xEF\xBF\xBD"
                                "A");
  expect_text("\\udd8a\\ud83e\\udd8a", "\xEF\xBF\xBD\xF0\x9F\xA6\x8A");
  expect_text("\\ud83e\\ud83e\\udd8a", "\xEF\xBF\xBD\xF0\x9F\xA6\x8A");
  expect_text("cut\\", "cut");
  expect_text("cut\\u00", "cut");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scalars_are_told_from_what_is_none),
      cmocka_unit_test(a_string_ends_at_its_quote),
      cmocka_unit_test(escapes_become_their_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
