/* Numbers: a struct ps_profile_numbers from numbers with counts that come in ascending order,
 * twice: the first time for counts, mean, least and greatest, the second for quantiles and bins.
 *
 * Quantile q of n numbers is the one of rank ceil(q * n), at least 1 (nearest rank: Hyndman and
 * Fan, "Sample Quantiles in Statistical Packages", 1996, type 1). Bins are those of
 * numpy.histogram: all but the last are half open.
 */
#ifndef PROFILE_NUMBERS_H
#define PROFILE_NUMBERS_H

#include <pingsieve/profile.h>

struct numbers {
  struct ps_profile_numbers *result;
  uint64_t passed[PS_POPULATIONS]; /* of the second time */
  double total[PS_POPULATIONS];    /* of the first */
  double least_positive;           /* 0: none */
};

void numbers_begin(struct numbers *numbers, struct ps_profile_numbers *result); /* clears it */
void numbers_first(struct numbers *numbers, double value, const uint64_t count[PS_POPULATIONS]);
void numbers_turn(struct numbers *numbers);
void numbers_second(struct numbers *numbers, double value, const uint64_t count[PS_POPULATIONS]);

#endif
