#include "report/escape.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

struct escaped {
  const char *text, *terminal, *html, *csv, *json;
};

static const struct escaped cases[] = {
    {"plain", "plain", "plain", "plain", "\"plain\""},
    {"", "", "", "", "\"\""},
    {"<a b=\"c\" d='e'>&`", "<a b=\"c\" d='e'>&`",
     "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;&#96;", "\"<a b=\"\"c\"\" d='e'>&`\"",
     "\"<a b=\\\"c\\\" d='e'>&`\""},
    {"=1+1", "=1+1", "=1+1", "'=1+1", "\"=1+1\""},
    {"-2,3", "-2,3", "-2,3", "\"'-2,3\"", "\"-2,3\""},
    {"+1", "+1", "+1", "'+1", "\"+1\""},
    {"@a", "@a", "@a", "'@a", "\"@a\""},
    {"\r1", "\\x0d1", "\\x0d1", "'\\x0d1", "\"\\u000d1\""},
    {"a=1", "a=1", "a=1", "a=1", "\"a=1\""},
    {"\t=1", "\\t=1", "\\t=1", "'\\t=1", "\"\\t=1\""},
    {"a\r\nb", "a\\x0d\\nb", "a\\x0d\\nb", "a\\x0d\\nb", "\"a\\u000d\\nb\""},
    {"\033[2J", "\\x1b[2J", "\\x1b[2J", "\\x1b[2J", "\"\\u001b[2J\""},
    {"\xc2\x9b"
     "2J",
     "\\x9b2J", "\\x9b2J", "\\x9b2J", "\"\\u009b2J\""},
    {"\xe2\x80\xaex\xe2\x80\xac", "\\u202ex\\u202c", "\\u202ex\\u202c", "\\u202ex\\u202c",
     "\"\\u202ex\\u202c\""},
    {"\xff", "\\xff", "\\xff", "\\xff", "\"\xef\xbf\xbd\""},
    {"back\\slash", "back\\slash", "back\\slash", "back\\slash", "\"back\\\\slash\""},
    {" edge", " edge", " edge", "\" edge\"", "\" edge\""},
    {"edge ", "edge ", "edge ", "\"edge \"", "\"edge \""},
};

static void check(struct buffer *out, const char *expected) {
  assert_string_equal(out->data ? (char *)out->data : "", expected);
  buffer_clear(out);
}

static void each_format_has_its_own_escaper(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *text = cases[i].text;
    size_t len = strlen(text);
    assert_int_equal(escape_terminal(&out, text, len, 100, false, NULL, NULL), PS_OK);
    check(&out, cases[i].terminal);
    assert_int_equal(escape_html(&out, text, len, NULL), PS_OK);
    check(&out, cases[i].html);
    assert_int_equal(escape_csv(&out, text, len, NULL), PS_OK);
    check(&out, cases[i].csv);
    assert_int_equal(escape_json(&out, text, len, NULL), PS_OK);
    check(&out, cases[i].json);
  }
  buffer_release(&out);
}

static void a_terminal_gets_no_more_columns_than_it_has(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  static const struct {
    const char *text;
    size_t columns;
    bool ascii;
    const char *shown;
    size_t used;
  } cuts[] = {
      {"abcdef", 6, false, "abcdef", 6},
      {"abcdefg", 6, false, "abcde\xe2\x80\xa6", 6},
      {"abcdefg", 6, true, "abcde~", 6},
      {"\xc3\xa4\xc3\xb6\xc3\xbc", 3, false, "\xc3\xa4\xc3\xb6\xc3\xbc", 3},
      {"\xc3\xa4\xc3\xb6\xc3\xbc", 3, true, "???", 3},
      {"abc\xe2\x80\xa6", 6, true, "abc~", 4},    /* a name that was shortened before */
      {"ab\033x", 6, false, "ab\xe2\x80\xa6", 3}, /* no half of an escape */
      {"abc", 1, false, "\xe2\x80\xa6", 1},
      {"abc", 0, false, "", 0},
  };
  for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
    size_t used = 99;
    assert_int_equal(escape_terminal(&out, cuts[i].text, strlen(cuts[i].text), cuts[i].columns,
                                     cuts[i].ascii, &used, NULL),
                     PS_OK);
    check(&out, cuts[i].shown);
    assert_int_equal(used, cuts[i].used);
  }
  buffer_release(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_format_has_its_own_escaper),
      cmocka_unit_test(a_terminal_gets_no_more_columns_than_it_has),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
