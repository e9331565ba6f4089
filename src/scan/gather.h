/* What one scan gathers: values captured as spans, numbers added to sums.
 *
 * One rule for repeated keys and one for overflow, so that all kernels agree whatever the order in
 * which they work: a repeated key drops what its earlier occurrence gave; sums are kept in 128
 * bits, which no line can overflow, and are checked once at the end.
 */
#ifndef SCAN_GATHER_H
#define SCAN_GATHER_H

#include "scan/paths.h"

__extension__ typedef __int128 gather_total;

struct gather {
  const struct scan_paths *paths;
  const uint8_t *line;
  struct scan_result *result;
  uint64_t seen; /* nodes whose key has occurred, as bits */
  gather_total total[SCAN_SUMS];
};

void gather_begin(struct gather *gather, const struct scan_paths *paths, const uint8_t *line,
                  struct scan_result *result);

/* The value at `value` belongs to node `index`. plain_len: a string's length if it is known to have
 * no escapes, else -1. */
void gather_value(struct gather *gather, unsigned index, const uint8_t *value, int plain_len);

/* Adds the number at p to the sums; returns its length, 0 if it is malformed. What is no integer
 * of 64 bits is left out and flagged. */
size_t gather_number(struct gather *gather, const uint8_t *p, uint32_t sums);
static inline void gather_inexact(struct gather *gather, uint32_t sums) {
  gather->result->sum_inexact |= sums;
}
void gather_add(struct gather *gather, uint64_t value, uint32_t sums);

/* Writes the sums into the result. */
void gather_end(struct gather *gather);

#endif
