#include "cli/text.h"

#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void expect(const char *text, unsigned at, unsigned indent, unsigned columns,
                   const char *wanted) {
  char *printed = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&printed, &len);
  assert_non_null(out);
  text_wrap(out, text, at, indent, columns);
  assert_int_equal(fclose(out), 0);
  assert_string_equal(printed, wanted);
  free(printed);
}

static void breaks_between_words(void **state) {
  (void)state;
  expect("one two three", 0, 0, 80, "one two three\n");
  expect("one two three", 0, 0, 7, "one two\nthree\n");
  expect("one two three", 0, 2, 8, "  one\n  two\n  three\n");
  expect("one two", 3, 6, 80, "   one two\n");
  expect("", 0, 0, 80, "\n");
  expect("unbreakable-word x", 0, 0, 4, "unbreakable-word\nx\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(breaks_between_words)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
