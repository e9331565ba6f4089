#include "cli/message.h"

#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void cleans_what_could_steer_a_terminal(void **state) {
  (void)state;
  static const struct {
    const char *text, *safe;
  } cases[] = {
      {"plain", "plain"},
      {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82"},
      {"a\033[2Jb", "a\\x1b[2Jb"},
      {"a\nb\tc\rd", "a\\nb\\tc\\x0dd"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "2J",
       "\\x9b2J"}, /* CSI as one character */
      {"\xff\xc3", "\\xff\\xc3"},
      {"", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char out[64];
    assert_string_equal(message_safe(cases[i].text, out, sizeof out), cases[i].safe);
  }
}

static void cuts_at_a_character(void **state) {
  (void)state;
  char out[6];
  assert_string_equal(message_safe("abc\xe2\x82\xac", out, sizeof out), "abc");
  assert_string_equal(message_safe("abcdefgh", out, sizeof out), "abcde");
  assert_string_equal(message_safe("abc\033", out, sizeof out), "abc");
  assert_string_equal(message_safe("x", out, 1), "");
}

static void a_pipe_is_no_terminal(void **state) {
  (void)state;
  assert_false(terminal_is(-1));
  assert_false(terminal_has_colour(-1));
  assert_int_equal(terminal_width(-1), 80);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cleans_what_could_steer_a_terminal),
      cmocka_unit_test(cuts_at_a_character),
      cmocka_unit_test(a_pipe_is_no_terminal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
