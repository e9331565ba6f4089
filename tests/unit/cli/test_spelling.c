#include "cli/spelling.h"

#include <stdint.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void counts_edits(void **state) {
  (void)state;
  assert_int_equal(spelling_distance("store", "store"), 0);
  assert_int_equal(spelling_distance("stroe", "store"), 1);
  assert_int_equal(spelling_distance("", "abc"), 3);
  assert_int_equal(spelling_distance("kitten", "sitting"), 3);
  assert_int_equal(spelling_distance("abc", ""), 3);
  assert_int_equal(spelling_distance("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), SIZE_MAX);
}

static const char *nearest(struct spelling *s, const char *word) {
  static const char *const options[] = {"store", "keep", "scope", "duplicates", "invalid", "help"};
  spelling_begin(s, word);
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) spelling_offer(s, options[i]);
  return s->best;
}

static void finds_the_nearest(void **state) {
  (void)state;
  struct spelling s;
  assert_string_equal(nearest(&s, "stroe"), "store");
  assert_string_equal(nearest(&s, "stor"), "store");
  assert_string_equal(nearest(&s, "dup"), "duplicates");
  assert_string_equal(nearest(&s, "duplicate"), "duplicates");
  assert_string_equal(nearest(&s, "kep"), "keep");
}

static void leaves_strangers_alone(void **state) {
  (void)state;
  struct spelling s;
  assert_string_equal(nearest(&s, "banana"), "");
  assert_string_equal(nearest(&s, "x"), "");
  assert_string_equal(nearest(&s, ""), "");
  assert_string_equal(nearest(&s, "a-very-long-option-that-nobody-would-ever-type"), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_edits),
      cmocka_unit_test(finds_the_nearest),
      cmocka_unit_test(leaves_strangers_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
