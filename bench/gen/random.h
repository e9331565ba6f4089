/* Seeded randomness: the same numbers everywhere, from integers alone.
 *
 * SplitMix64 (Steele, Lea, Flood 2014: Fast splittable pseudorandom number generators), which any
 * 64-bit value may seed, so that each ping has a generator of its own.
 */
#ifndef GEN_RANDOM_H
#define GEN_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
  uint64_t state;
};

static inline uint64_t random_mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static inline uint64_t random_next(struct random *r) {
  return random_mix(r->state += 0x9e3779b97f4a7c15u);
}

/* In [0, bound); bound > 0. The bias of the multiplication is below 2^-32 for the bounds in use. */
static inline uint32_t random_below(struct random *r, uint32_t bound) {
  return (uint32_t)(((random_next(r) >> 32) * bound) >> 32);
}

static inline uint32_t random_between(struct random *r, uint32_t low, uint32_t high) {
  return low + random_below(r, high - low + 1);
}

static inline bool random_percent(struct random *r, uint32_t percent) {
  return random_below(r, 100) < percent;
}

#endif
