/* Checked arithmetic for lengths and counts that come from outside: true means it fitted; a count
 * that may be too large for 64 bits stays at the largest value. */
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

static inline uint64_t count_add(uint64_t a, uint64_t b) {
  uint64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}
static inline void count_raise(uint64_t *count, uint64_t more) { *count = count_add(*count, more); }

#endif
