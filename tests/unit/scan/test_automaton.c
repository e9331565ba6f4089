#include "scan/automaton.h"

#include "../scale.h"
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

/* The oracle is the C library, on expressions and texts that are small enough for it. */
static bool library_finds(const char *text, const uint8_t *bytes, size_t len) {
  regex_t regex;
  char copy[64];
  assert_true(len < sizeof copy);
  memcpy(copy, bytes, len);
  copy[len] = '\0';
  regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)len};
  assert_int_equal(regcomp(&regex, text, REG_EXTENDED | REG_NOSUB), 0);
  bool found = !regexec(&regex, copy, 1, &range, REG_STARTEND);
  regfree(&regex);
  return found;
}

static void agrees(const struct automaton *automaton, const char *text, const char *bytes,
                   size_t len) {
  bool found = automaton_finds(automaton, (const uint8_t *)bytes, len);
  if (found == library_finds(text, (const uint8_t *)bytes, len)) return;
  print_error("%s: %s \"%.*s\"\n", text, found ? "found in" : "not found in", (int)len, bytes);
  fail();
}

static struct automaton *make(const char *text) {
  struct automaton *automaton;
  struct ps_error why = {.text = ""};
  int r = automaton_create(text, &automaton, &why);
  if (r) print_error("%s: %s\n", text, why.text);
  assert_int_equal(r, PS_OK);
  return automaton;
}

// NOLINTNEXTLINE(readability-function-size): a table
static void what_can_stand_in_an_expression(void **state) {
  (void)state;
  static const char *const expressions[] = {"",
                                            "a",
                                            "^a",
                                            "a$",
                                            "^$",
                                            "^a*$",
                                            "a|b",
                                            "a|",
                                            "|a",
                                            "a||b",
                                            "(a|b)c",
                                            "(|a)b",
                                            "()",
                                            "(a)(b)",
                                            "((a))",
                                            "a)",
                                            ")",
                                            "a{2}",
                                            "a{2,}",
                                            "a{,2}b",
                                            "a{0}b",
                                            "a{0,0}b",
                                            "^a{1,2}$",
                                            "^(ab){2}$",
                                            "a+",
                                            "^a+b?$",
                                            "(a*)*b",
                                            "(a*)+",
                                            "(a?){3}b",
                                            "((a|b)*)*$",
                                            "a**b",
                                            "a*+?b",
                                            "^a{2}{2}$",
                                            ".",
                                            "^.$",
                                            "a.b",
                                            "[ab]c",
                                            "[^ab]",
                                            "[]]",
                                            "[^]]",
                                            "[]a-c]b",
                                            "[a-]",
                                            "[[:alpha:]]b",
                                            "[^[:alpha:]]",
                                            "[[.a.]]b",
                                            "[[=a=]]b",
                                            "[[.-.]]",
                                            "[a\\]",
                                            "\\.",
                                            "\\*",
                                            "a\\(b",
                                            "\\)",
                                            "\\\\",
                                            "\\{",
                                            "\\wb",
                                            "\\W",
                                            "a\\sb",
                                            "\\S$",
                                            "\\ba",
                                            "a\\b",
                                            "\\Ba",
                                            "a\\B",
                                            "\\<b",
                                            "b\\>",
                                            "\\`a",
                                            "a\\'",
                                            "a^b",
                                            "a$b",
                                            "(^a|b)",
                                            "(a$|b$)",
                                            "x*",
                                            "(a|ab)(c|bcd)",
                                            "^(a|b)*a(a|b)(a|b)$",
                                            "[[:space:]]",
                                            "-",
                                            "a-b",
                                            "[0-9]{2}",
                                            "(a{1,2}){2}b"};
  static const char *const texts[] = {"",    "a",   "b",    "ab",   "ba",   "aab",  "abab", "aaaa",
                                      "c",   "ac",  "bc",   "abc",  "abcd", "]",    "-",    "a-b",
                                      ")",   "a)",  "(",    "a(b",  "a.b",  "*",    "\\",   "{",
                                      "a b", " ",   "a b ", "_a",   "12",   "a\nb", "a$b",  "a^b",
                                      "bab", "aba", "x1y",  "\xff", "a\xff"};
  for (size_t i = 0; i < sizeof expressions / sizeof expressions[0];
       i += scale_is_small() ? 9 : 1) {
    struct automaton *automaton = make(expressions[i]);
    for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++)
      agrees(automaton, expressions[i], texts[j], strlen(texts[j]));
    agrees(automaton, expressions[i], "a\0b", 3);
    agrees(automaton, expressions[i], "\0", 1);
    automaton_free(automaton);
  }
}

static uint32_t seed;

/* Numerical Recipes' generator; its upper bits. */
static unsigned draw(void) {
  seed = seed * 1664525u + 1013904223u;
  return seed >> 16;
}

/* Anchors stand in no group that is repeated: there the library is wrong now and then. */
// NOLINTNEXTLINE(misc-no-recursion): depth counts down
static size_t add_random(char *text, size_t at, unsigned depth, bool anchors) {
  static const char *const atoms[] = {"a",   "b",           "c", ".", "[ab]", "[^a]", "\\w", "()",
                                      "\\S", "[[:alpha:]]", "^", "$", "\\b",  "\\<",  "\\B"};
  static const char *const signs[] = {"*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0,1}"};
  const unsigned plain = 10, all = sizeof atoms / sizeof atoms[0];
  unsigned n = draw() % 3;
  for (unsigned i = 0; i <= n && at < 60; i++) {
    unsigned which = draw() % (anchors ? all : plain);
    bool group = depth && draw() % 3 == 0, repeatable = group ? !anchors : which < plain;
    if (i && draw() % 4 == 0) text[at++] = '|';
    if (group) {
      text[at++] = '(';
      at = add_random(text, at, depth - 1, anchors);
      text[at++] = ')';
    } else {
      at += (size_t)snprintf(text + at, 16, "%s", atoms[which]);
    }
    const char *sign = signs[draw() % (sizeof signs / sizeof signs[0])];
    if (repeatable && draw() % 3 == 0) at += (size_t)snprintf(text + at, 16, "%s", sign);
  }
  text[at] = '\0';
  return at;
}

static void random_expressions_match_as_regexec_says(void **state) {
  (void)state;
  static const char letters[] = "aaabbc -";
  seed = 1;
  for (uint64_t round = 0, n = scale_count(1500); round < n; round++) {
    char text[256], bytes[16];
    (void)add_random(text, 0, 2, round % 2);
    struct automaton *automaton = make(text);
    for (unsigned i = 0; i < 8; i++) {
      size_t len = draw() % sizeof bytes;
      for (size_t j = 0; j < len; j++) bytes[j] = letters[draw() % (sizeof letters - 1)];
      agrees(automaton, text, bytes, len);
    }
    automaton_free(automaton);
  }
}

/* Expressions that take the C library minutes, or memory without end. The test ends soon. */
static void time_is_bounded(void **state) {
  (void)state;
  static const char *const expressions[] = {"a.*c",      "(a|aa)*c",         "(a|b)*a(a|b){30}c",
                                            "(x+x+)+y",  "(a?){300}a{300}c", "(a*)*(b*)*c",
                                            "a{0,999}c", "((a|b)(a|b)*)*c"};
  size_t len = scale_count(1u << 14);
  uint8_t *bytes = malloc(len);
  assert_non_null(bytes);
  seed = 1;
  for (size_t i = 0; i < len; i++) bytes[i] = draw() % 2 ? 'a' : 'b';
  for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
    struct automaton *automaton = make(expressions[i]);
    assert_false(automaton_finds(automaton, bytes, len));
    automaton_free(automaton);
  }
  free(bytes);
}

static void what_is_too_large_is_refused(void **state) {
  (void)state;
  static const char *const expressions[] = {"(", "(a)\\1", "a{1001}", "[a", "*"};
  struct automaton *automaton;
  struct ps_error why;
  for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++)
    assert_int_equal(automaton_create(expressions[i], &automaton, &why), PS_E_ARGUMENT);
  char many[202], *p = many; /* signs upon signs */
  *p++ = 'a';
  while (p < many + sizeof many - 1) *p++ = '*';
  *p = '\0';
  assert_int_equal(automaton_create(many, &automaton, &why), PS_E_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_can_stand_in_an_expression),
      cmocka_unit_test(random_expressions_match_as_regexec_says),
      cmocka_unit_test(time_is_bounded),
      cmocka_unit_test(what_is_too_large_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
