#include "cli/number.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void reads_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t number;
  } cases[] = {{"0", 0},
               {"007", 7},
               {"65536", 65536},
               {"64k", 64000},
               {"64kB", 64000},
               {"64KiB", 65536},
               {"64Ki", 65536},
               {"2M", 2000000},
               {"256MiB", 268435456},
               {"1G", 1000000000},
               {"1GiB", 1073741824},
               {"18446744073709551615", UINT64_MAX},
               {"17179869183GiB", UINT64_C(17179869183) << 30}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint64_t number = 1;
    assert_true(number_parse(cases[i].text, true, &number));
    assert_int_equal(number, cases[i].number);
  }
}

static void refuses_the_rest(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "k",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.5k",
                                      "1K",
                                      "1mib",
                                      "0x10",
                                      "1e3",
                                      "1kk",
                                      "1TB",
                                      "18446744073709551616",
                                      "17179869184GiB",
                                      "99999999999999999999999999"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    uint64_t number;
    assert_false(number_parse(texts[i], true, &number));
  }
}

static void counts_take_no_suffix(void **state) {
  (void)state;
  uint64_t number;
  assert_true(number_parse("30", false, &number));
  assert_false(number_parse("30k", false, &number));
}

static void sizes_are_read_back(void **state) {
  (void)state;
  static const uint64_t numbers[] = {
      0, 1, 64, 1000, 1024, 65536, 67108864, UINT64_C(16) << 30, UINT64_MAX};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    char text[NUMBER_TEXT];
    uint64_t number = 0;
    assert_true(number_parse(number_format_size(numbers[i], text), true, &number));
    assert_int_equal(number, numbers[i]);
  }
  char text[NUMBER_TEXT];
  assert_string_equal(number_format_size(67108864, text), "64MiB");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_numbers),
      cmocka_unit_test(refuses_the_rest),
      cmocka_unit_test(counts_take_no_suffix),
      cmocka_unit_test(sizes_are_read_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
