/* How much a test does: PINGSIEVE_TEST_SCALE, in percent, for slow tools and sanitizers. */
#ifndef TESTS_UNIT_SCALE_H
#define TESTS_UNIT_SCALE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* n, scaled, at least 1. */
static inline uint64_t scale_count(uint64_t n) {
  const char *text = getenv("PINGSIEVE_TEST_SCALE");
  const uint64_t percent = text ? strtoull(text, NULL, 10) : 100;
  const uint64_t scaled = n * percent / 100;
  return scaled ? scaled : 1;
}

/* Under tools that slow everything down some thirty times: what runs in full elsewhere is cut. */
static inline bool scale_is_small(void) { return scale_count(100) < 5; }

#endif
