/* The results of one scan: values captured as spans, plausible counts added to sums, other values
 * at their paths counted.
 *
 * One rule for repeated keys and one for overflow, so that all kernels agree whatever the order in
 * which they work: a repeated key drops what its earlier occurrence gave; sums only grow, and stay
 * at UINT64_MAX.
 */
#ifndef SCAN_GATHER_H
#define SCAN_GATHER_H

#include "scan/paths.h"

struct gather {
  const struct scan_paths *paths;
  const uint8_t *line;
  struct scan_result *result;
  struct path_set seen; /* nodes whose key has occurred */
};

void gather_begin(struct gather *gather, const struct scan_paths *paths, const uint8_t *line,
                  struct scan_result *result);

/* The value at `value` belongs to node `index`. plain_len: a string's length if it is known to have
 * no escapes, else -1. */
void gather_value(struct gather *gather, unsigned index, const uint8_t *value, int plain_len);

/* Adds the number or literal at p to the sums if it is a plausible count, else counts it; returns
 * its length, 0 if it is malformed. */
size_t gather_number(struct gather *gather, const uint8_t *p, uint32_t sums);
void gather_add(struct gather *gather, uint64_t value, uint32_t sums);
/* n values that are no plausible counts. */
void gather_implausible(struct gather *gather, uint32_t n, uint32_t sums);

#endif
