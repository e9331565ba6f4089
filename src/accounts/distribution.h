/* A distribution: how many pings had how many measurements, within 1 % (struct ps_distribution).
 *
 * Bins are a dense array between the smallest and the largest index used, at most
 * DISTRIBUTION_BINS. One with zero bytes is empty and valid. Not thread-safe.
 */
#ifndef ACCOUNTS_DISTRIBUTION_H
#define ACCOUNTS_DISTRIBUTION_H

#include <pingsieve/accounts.h>

#define DISTRIBUTION_BINS 2304u /* 2^64 is in bin 2218 */

struct distribution {
  uint64_t count, zeros, min, max;
  uint64_t *bins; /* of the indexes first, first + 1, ... */
  int32_t first;
  uint32_t nbins, cap;
};

void distribution_release(struct distribution *distribution);
int32_t distribution_index(uint64_t value); /* of value > 0; the same on every machine */
/* Errors of these two: memory; PS_E_ARGUMENT when counts pass 2^64 - 1 or an index is no bin's.
 * Nothing was added then. */
int distribution_add(struct distribution *distribution, uint64_t value, uint64_t times,
                     struct ps_error *err);
int distribution_merge(struct distribution *distribution, const struct ps_distribution *other,
                       struct ps_error *err);
/* Sparse copy; *bins is malloc'ed and also in out->bins. NULL when there are none. */
int distribution_copy(const struct distribution *distribution, struct ps_distribution *out,
                      struct ps_bin **bins, struct ps_error *err);

/* Little-endian bytes: what distribution_read() takes back into an empty distribution from the
 * first *used of `len` bytes. *sound false: they are none (indexes out of range or order, an empty
 * bin, counts that do not add up, a smallest or largest value outside of its bin); the distribution
 * is empty then. */
struct buffer;
int distribution_write(const struct distribution *distribution, struct buffer *out,
                       struct ps_error *err);
int distribution_read(struct distribution *distribution, const void *data, size_t len, size_t *used,
                      bool *sound, struct ps_error *err);

#endif
