#include "base/arith.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add_tells_overflow(void **state) {
  (void)state;
  size_t sum;
  assert_true(size_add(1, 2, &sum));
  assert_int_equal(sum, 3);
  assert_true(size_add(SIZE_MAX - 1, 1, &sum));
  assert_true(sum == SIZE_MAX);
  assert_false(size_add(SIZE_MAX, 1, &sum));
}

static void mul_tells_overflow(void **state) {
  (void)state;
  size_t product;
  assert_true(size_mul(SIZE_MAX, 1, &product));
  assert_true(product == SIZE_MAX);
  assert_true(size_mul(SIZE_MAX, 0, &product));
  assert_int_equal(product, 0);
  assert_false(size_mul(SIZE_MAX / 2 + 1, 2, &product));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(add_tells_overflow),
                                     cmocka_unit_test(mul_tells_overflow)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
