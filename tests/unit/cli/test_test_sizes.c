#include "cli/test_sizes.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void usual_without_the_variable(void **state) {
  (void)state;
  struct ps_sieve_options options = {.size = sizeof(struct ps_sieve_options),
                                     .seen = {.create = true}};
  struct ps_error err;
  assert_int_equal(unsetenv("PINGSIEVE_TEST_SIZES"), 0);
  assert_int_equal(test_sizes_sieve(&options, &err), PS_OK);
  assert_true(options.seen.create);
  assert_int_equal(options.seen.log_keys, 0);
  assert_int_equal(options.seen.chunk_keys, 0);
  assert_int_equal(options.seen.map_bytes, 0);
  assert_int_equal(options.seen.merge_us, 0);
  assert_int_equal(options.read_bytes, 0);
}

static void sets_what_is_named(void **state) {
  (void)state;
  struct ps_sieve_options options = {.size = sizeof(struct ps_sieve_options), .store = "seen"};
  struct ps_error err;
  assert_int_equal(setenv("PINGSIEVE_TEST_SIZES",
                          "log_keys=600,chunk_keys=512,map_bytes=1MiB,merge_us=300,read_bytes=4KiB",
                          1),
                   0);
  assert_int_equal(test_sizes_sieve(&options, &err), PS_OK);
  assert_int_equal(options.seen.log_keys, 600);
  assert_int_equal(options.seen.chunk_keys, 512);
  assert_int_equal(options.seen.map_bytes, 1 << 20);
  assert_int_equal(options.seen.merge_us, 300);
  assert_int_equal(options.read_bytes, 4096);
  assert_int_equal(setenv("PINGSIEVE_TEST_SIZES", "map_bytes=2MiB", 1), 0);
  assert_int_equal(test_sizes_sieve(&options, &err), PS_OK);
  assert_int_equal(options.seen.map_bytes, 2 << 20);
  assert_int_equal(options.seen.log_keys, 0);
}

static void refuses_the_rest(void **state) {
  (void)state;
  static const char *const texts[] = {
      "small",        "log_keys",      "log_keys=",
      "log_keys=x",   "keys=1",        "log_keys=1;map_bytes=2",
      "log_key=1",    "log_keys=1,,",  "log_keys=5000000000",
      ",log_keys=10", "read_bytes=2G", "log_keys=00000000000000000000000000000000001"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct ps_sieve_options options = {.size = sizeof(struct ps_sieve_options), .store = "seen"};
    struct ps_error err;
    assert_int_equal(setenv("PINGSIEVE_TEST_SIZES", texts[i], 1), 0);
    assert_int_equal(test_sizes_sieve(&options, &err), PS_E_ARGUMENT);
    assert_non_null(strstr(err.text, "PINGSIEVE_TEST_SIZES"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(usual_without_the_variable),
                                     cmocka_unit_test(sets_what_is_named),
                                     cmocka_unit_test(refuses_the_rest)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
