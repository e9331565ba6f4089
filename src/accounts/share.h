/* Shares of whole numbers, exact and without overflow. */
#ifndef ACCOUNTS_SHARE_H
#define ACCOUNTS_SHARE_H

#include <stdint.h>

/* percent (at most 100) of a whole, rounded down: part <= it means part is at most that share. */
static inline uint64_t share_down(uint64_t whole, uint32_t percent) {
  const uint64_t of = percent < 100 ? percent : 100;
  return whole / 100 * of + whole % 100 * of / 100;
}

/* Rounded up: part >= it means part is at least that share, part < it less. */
static inline uint64_t share_up(uint64_t whole, uint32_t percent) {
  const uint64_t of = percent < 100 ? percent : 100;
  return whole / 100 * of + (whole % 100 * of + 99) / 100;
}

#endif
