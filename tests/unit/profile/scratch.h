/* Help for the tests of tables: numbers of a fixed sequence, and a directory in which nothing may
 * stay.
 */
#ifndef TEST_PROFILE_SCRATCH_H
#define TEST_PROFILE_SCRATCH_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../assertions.h"
#include "../scale.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline uint64_t scratch_mix(uint64_t x) { /* the finalizer of splitmix64 */
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}
static inline uint64_t scratch_random(uint64_t *state) {
  return scratch_mix(*state += 0x9E3779B97F4A7C15u);
}
static inline uint64_t scratch_below(uint64_t *state, uint64_t n) {
  return scratch_random(state) % n;
}

#define SCRATCH_PATH 256
static inline void scratch_make(char directory[SCRATCH_PATH]) {
  const char *above = getenv("TMPDIR");
  (void)snprintf(directory, SCRATCH_PATH, "%s/profile-XXXXXX", above ? above : "/tmp");
  assert_non_null(mkdtemp(directory));
}
/* It is empty. */
static inline void scratch_remove(const char *directory) { assert_int_equal(rmdir(directory), 0); }

#endif
