/* Checked arithmetic for lengths and counts that come from outside: true means it fitted. */
#ifndef BASE_ARITH_H
#define BASE_ARITH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool size_add(size_t a, size_t b, size_t *sum) {
  return !__builtin_add_overflow(a, b, sum);
}
static inline bool size_mul(size_t a, size_t b, size_t *product) {
  return !__builtin_mul_overflow(a, b, product);
}

#endif
