/* Numbers: a struct ps_profile_numbers from numbers with counts that come in ascending order,
 * twice: the first time for counts, mean, least and greatest, the second for quantiles and bins.
 *
 * Quantile q of n numbers is the one of rank ceil(q * n), at least 1 (nearest rank: Hyndman and
 * Fan, "Sample Quantiles in Statistical Packages", 1996, type 1). Bins are those of
 * numpy.histogram: all but the last are half open. A bin's `to` is the next one's `from`, and a
 * number is in the bin whose bounds say so, whatever their rounding.
 */
#ifndef PROFILE_NUMBERS_H
#define PROFILE_NUMBERS_H

#include <pingsieve/profile.h>

struct numbers {
  struct ps_profile_numbers *result;
  uint64_t passed[PS_POPULATIONS]; /* of the second time */
  double total[PS_POPULATIONS]; /* of the first, by 2^-64: no sum of counts is too large for it */
  double rest[PS_POPULATIONS];  /* lost from total[] by rounding */
  double least_positive;        /* 0: none */
  uint64_t rank[PS_PROFILE_QUANTILES][PS_POPULATIONS];
  size_t linear, log; /* the bins that were come to */
};

void numbers_begin(struct numbers *numbers, struct ps_profile_numbers *result); /* clears it */
/* Finite values only. The population of all copies includes every other. */
void numbers_first(struct numbers *numbers, double value, const uint64_t count[PS_POPULATIONS]);
void numbers_turn(struct numbers *numbers);
void numbers_second(struct numbers *numbers, double value, const uint64_t count[PS_POPULATIONS]);

#endif
