#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* RFC 3629, section 4, as a plain encoder: what it makes is well formed, nothing else is. */
static size_t encode(uint32_t c, uint8_t out[4]) {
  if (c < 0x80) {
    out[0] = (uint8_t)c;
    return 1;
  }
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = n; i-- > 1; c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
  out[0] = (uint8_t)(lead[n] | c);
  return n;
}

static void every_character_is_known(void **state) {
  (void)state;
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    uint8_t text[4];
    size_t n = encode(c, text);
    if (c >= 0xD800 && c <= 0xDFFF) {
      assert_int_equal(utf8_length(text, n), 0);
      continue;
    }
    if (utf8_length(text, n) != n) fail_msg("U+%04X", c);
    if (utf8_length(text, n - 1) != 0) fail_msg("U+%04X cut", c);
  }
}

/* All first three bytes (the fourth only decides by its own range): what is accepted decodes to a
 * character whose encoding it is. */
static void nothing_else_is(void **state) {
  (void)state;
  for (uint32_t i = 0; i < 1u << 24; i++) {
    uint8_t text[4] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 0x80}, again[4];
    size_t n = utf8_length(text, 4);
    if (n < 2) continue;
    uint32_t c = text[0] & (0xFFu >> (n + 1));
    for (size_t k = 1; k < n && k < 4; k++) c = c << 6 | (text[k] & 0x3Fu);
    assert_true(c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF));
    assert_int_equal(encode(c, again), n);
    assert_memory_equal(text, again, n);
  }
}

static void odd_bytes_are_refused(void **state) {
  (void)state;
  assert_int_equal(utf8_length((const uint8_t *)"", 0), 0);
  for (unsigned c = 0x80; c < 0xC2; c++)
    assert_int_equal(utf8_length((uint8_t[]){(uint8_t)c, 0x80, 0x80, 0x80}, 4), 0);
  for (unsigned c = 0xF5; c < 0x100; c++)
    assert_int_equal(utf8_length((uint8_t[]){(uint8_t)c, 0x80, 0x80, 0x80}, 4), 0);
  assert_int_equal(utf8_length((const uint8_t *)"\xf0\x90\x80\xc0", 4), 0);
}

static void what_steers_hides_or_reorders_is_shown(void **state) {
  (void)state;
  static const struct {
    const char *text, *form;
    size_t len;
  } cases[] = {
      {"a", "a", 1},
      {"\xc3\xa4", "\xc3\xa4", 2},
      {"\033", "\\x1b", 1},
      {"\n", "\\n", 1},
      {"\t", "\\t", 1},
      {"\x7f", "\\x7f", 1},
      {"\xc2\x9b", "\\x9b", 2},
      {"\xff", "\\xff", 1},
      {"\xe2\x80\xae\xe2\x80\xac", "\\u202e", 3},
      {"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066", 3},
      {"\xd8\x9c", "\\u061c", 2},
      {"\xe2\x80\x8b", "\\u200b", 3},
      {"\xe2\x80\xa6", "\xe2\x80\xa6", 3}, /* an ellipsis is none of them */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char form[UTF8_VISIBLE];
    assert_int_equal(utf8_visible((const uint8_t *)cases[i].text, strlen(cases[i].text), form),
                     cases[i].len);
    assert_string_equal(form, cases[i].form);
  }
}

/* By the code charts of Unicode: bidi controls (UAX 9), line and paragraph separators, and the
 * spaces without width; all others from U+00A0 on are printed as they are. */
static void no_other_character_is_shown(void **state) {
  (void)state;
  for (uint32_t c = 0xA0; c <= 0x10FFFF; c++) {
    uint8_t text[5];
    char form[UTF8_VISIBLE], expected[16];
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const size_t n = encode(c, text);
    text[n] = '\0';
    const bool hidden = c == 0x61C || c == 0x200B || c == 0x200E || c == 0x200F ||
                        (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
    if (hidden) (void)snprintf(expected, sizeof expected, "\\u%04x", (unsigned)c);
    else memcpy(expected, text, n + 1);
    if (utf8_visible(text, n, form) != n || strcmp(form, expected) != 0) fail_msg("U+%04X", c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_character_is_known), cmocka_unit_test(no_other_character_is_shown),
      cmocka_unit_test(nothing_else_is), cmocka_unit_test(odd_bytes_are_refused),
      cmocka_unit_test(what_steers_hides_or_reorders_is_shown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
