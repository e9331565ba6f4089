#include "scan/pattern.h"

#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void expect_refused(const char *text, const char *part) {
  regex_t regex;
  struct ps_error why;
  assert_int_equal(pattern_compile(text, REG_NOSUB, &regex, &why), PS_E_ARGUMENT);
  assert_non_null(strstr(why.text, part));
}

static void expect_fine(const char *text, const char *matches) {
  regex_t regex;
  struct ps_error why;
  assert_int_equal(pattern_compile(text, REG_NOSUB, &regex, &why), PS_OK);
  if (matches) assert_int_equal(regexec(&regex, matches, 0, NULL, 0), 0);
  regfree(&regex);
}

static void back_references_are_refused(void **state) {
  (void)state;
  static const char *const refused[] = {"(a)\\1",           "\\1",        "(a)(b)\\2$", "[\\]\\1",
                                        "[]\\1]\\2(a)",     "[^]]\\1",    "\\\\\\1",    "(a|\\1)*",
                                        "[[:alpha:]\\]\\1", "[[.].]]\\1", "[[=]=]]\\9", "(a){2}\\1",
                                        "[a[:digit:]]\\1"};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
    expect_refused(refused[i], "back references");
  expect_fine("[\\1]", "1");
  expect_fine("[\\1]", "\\");
  expect_fine("\\\\1", "\\1");
  expect_fine("[]\\1]", "]");
  expect_fine("[^]\\2]", "3");
  expect_fine("[[:digit:]\\1]", "7");
  expect_fine("a\\.1", "a.1");
  expect_fine("\\(1", "(1");
  expect_fine("\\\\\\\\1", "\\\\1");
}

static void repetitions_that_multiply_are_refused(void **state) {
  (void)state;
  static const char *const refused[] = {"a{1001}",
                                        "a{1,1001}",
                                        "(a{32}){32}",
                                        "((a{1,255}){1,255}){1,255}",
                                        "(a{100}b){10}",
                                        "x(((a{10}){10}){10}){1,2}",
                                        "a{600}a{600}",
                                        "((((((((((a+)+)+)+)+)+)+)+)+)+)+",
                                        "(a|b{1000}|c)",
                                        "a{1000,}",
                                        "a{99999999999999999999}",
                                        "a{40}{40}",
                                        "(a****){900}b{91}",
                                        "(a?){501}",
                                        "(a{,1}){501}",
                                        "(a{0,1}{0,1}{0,1}{0,1}{0,1}){200}",
                                        "(a{0,}{0,}{0,}{0,}){201}",
                                        "(()){2000}"};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
    expect_refused(refused[i], "written out");
  expect_fine("(a?){500}", "");
  expect_fine("a{999}|", "");
  expect_fine("(a{30}){30}|b", "b");
  expect_fine("[a{2000}]", "{");
  expect_fine("a\\{2000}", "a{2000}");
  expect_fine("^(a+)+$", "aaa");
  expect_fine("(([0-9]{4})-?([0-9]{2})-?([0-9]{2}))", "2017-03-12");
}

/* Expressions that cost the C library seconds, or kill it, are refused; usual ones are not. */
static void many_anchors_are_refused(void **state) {
  (void)state;
  static const char *const refused[] = {"(^){26}", "(\\b){64}", "(a{0}\\B){26}", "(()$){26}",
                                        "((\\<)(\\>)){13}"};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
    expect_refused(refused[i], "anchors next to one another");
  char many[300];
  static const char *const each[] = {"^", "$", "\\b", "\\B", "\\<", "\\>", "\\`", "\\'"};
  for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
    size_t at = 0;
    for (unsigned n = 0; n < 26; n++) at += (size_t)snprintf(many + at, 8, "%s", each[i]);
    expect_refused(many, "anchors next to one another");
    at -= strlen(each[i]);
    many[at] = '\0';
    expect_fine(many, NULL);
  }
  size_t at = 0;
  for (unsigned n = 0; n < 30; n++) at += (size_t)snprintf(many + at, 9, "\\bab\\b|");
  expect_fine(many, "x ab");
  expect_fine("^$", "");
  expect_fine("(^|,)ab($|,)", "a,ab");
  expect_fine("(a\\b ){100}|x", "x");
}

static void depth_and_length_are_bounded(void **state) {
  (void)state;
  char text[PATTERN_BYTES + 2];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  expect_refused(text, "over 4096 bytes");
  text[PATTERN_BYTES] = '\0';
  expect_refused(text, "written out");
  size_t depth = PATTERN_DEPTH;
  memset(text, '(', depth + 1);
  text[depth + 1] = '\0';
  expect_refused(text, "inside one another");
  text[depth] = 'a';
  memset(text + depth + 1, ')', depth);
  text[2 * depth + 1] = '\0';
  expect_fine(text, "a");
  memset(text + 1, '*', depth + 1);
  text[0] = 'a';
  text[depth + 2] = '\0';
  expect_refused(text, "inside one another");
  text[depth + 1] = '\0';
  expect_fine(text, "");
}

static void what_is_no_pattern_is_refused(void **state) {
  (void)state;
  static const char *const refused[] = {
      "(", "a{2", "[a", "[[:alpha:", "\\", "[[:none:]]", "a{2,1}"};
  regex_t regex;
  struct ps_error why;
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    assert_int_equal(pattern_compile(refused[i], 0, &regex, &why), PS_E_ARGUMENT);
    assert_true(strlen(why.text) > 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(back_references_are_refused),
      cmocka_unit_test(repetitions_that_multiply_are_refused),
      cmocka_unit_test(many_anchors_are_refused),
      cmocka_unit_test(depth_and_length_are_bounded),
      cmocka_unit_test(what_is_no_pattern_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
