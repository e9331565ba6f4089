#include "cli/exit_code.h"

#include <pingsieve/error.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void each_status_has_its_code(void **state) {
  (void)state;
  assert_int_equal(exit_code_of_status(PS_OK), 0);
  assert_int_equal(exit_code_of_status(PS_E_ARGUMENT), 2);
  assert_int_equal(exit_code_of_status(PS_E_MEMORY), 3);
  assert_int_equal(exit_code_of_status(PS_E_STORE), 3);
  assert_int_equal(exit_code_of_status(PS_E_STORE_DAMAGED), 3);
  assert_int_equal(exit_code_of_status(PS_E_STORE_VERSION), 3);
  assert_int_equal(exit_code_of_status(PS_E_STORE_MISMATCH), 3);
  assert_int_equal(exit_code_of_status(PS_E_STORE_FULL), 3);
  assert_int_equal(exit_code_of_status(PS_E_STORE_ABSENT), 3);
  assert_int_equal(exit_code_of_status(PS_E_STORE_NUMBER), 3);
  assert_int_equal(exit_code_of_status(PS_E_INPUT), 4);
  assert_int_equal(exit_code_of_status(PS_E_INPUT_DAMAGED), 4);
  assert_int_equal(exit_code_of_status(PS_E_OUTPUT), 5);
  assert_int_equal(exit_code_of_status(PS_E_PIPE), 5);
  assert_int_equal(exit_code_of_status(-99), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_status_has_its_code)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
