/* Numbers: quantiles and bins against what their definitions say, taken naively. */
#include "profile/numbers.h"

#include "scratch.h"

#include <float.h>
#include <math.h>

struct number {
  double value;
  uint64_t count[PS_POPULATIONS];
};

static int number_compare(const void *a, const void *b) {
  const struct number *x = a, *y = b;
  return (x->value > y->value) - (x->value < y->value);
}

/* The value of a rank, from 1. */
static double nth(const struct number *numbers, size_t n, unsigned p, uint64_t rank) {
  uint64_t passed = 0;
  for (size_t i = 0; i < n; i++) {
    passed += numbers[i].count[p];
    if (passed >= rank) return numbers[i].value;
  }
  fail_msg("no such rank");
  return 0;
}

static bool in_bin(const struct ps_profile_bin *bin, bool last, double value) {
  return value >= bin->from && (last ? value <= bin->to : value < bin->to);
}

static void bins_check(const struct ps_profile_bin *bins, size_t nbins,
                       const struct number *numbers, size_t n, bool positive) {
  uint64_t(*counts)[PS_POPULATIONS] = calloc(PS_PROFILE_BINS, sizeof *counts);
  assert_non_null(counts);
  for (size_t i = 0; i < n; i++) {
    if (positive && numbers[i].value <= 0) continue;
    unsigned found = 0;
    for (size_t b = 0; b < nbins; b++) {
      if (!in_bin(&bins[b], b + 1 == nbins, numbers[i].value)) continue;
      found++;
      for (unsigned p = 0; p < PS_POPULATIONS; p++) counts[b][p] += numbers[i].count[p];
    }
    assert_int_equal(found, 1);
  }
  for (size_t b = 0; b < nbins; b++) {
    if (b) assert_true(bins[b].from == bins[b - 1].to);
    assert_true(bins[b].from <= bins[b].to);
    assert_true(isfinite(bins[b].from) && isfinite(bins[b].to));
    assert_memory_equal(bins[b].count, counts[b], sizeof *counts);
  }
  free(counts);
}

static void quantiles_check(const struct ps_profile_numbers *result, const struct number *numbers,
                            size_t n) {
  static const uint64_t thousandths[] = {10, 50, 250, 500, 750, 900, 950, 990, 999};
  for (unsigned p = 0; p < PS_POPULATIONS; p++)
    for (unsigned q = 0; result->count[p] && q < PS_PROFILE_QUANTILES; q++) {
      const uint64_t rank = (result->count[p] * thousandths[q] + 999) / 1000;
      assert_true(result->quantile[p][q] == nth(numbers, n, p, rank));
    }
}

static void moments_check(const struct ps_profile_numbers *result, const struct number *numbers,
                          size_t n) {
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    uint64_t count = 0, not_positive = 0;
    long double total = 0;
    for (size_t i = 0; i < n; i++) {
      count += numbers[i].count[p];
      total += (long double)numbers[i].value * (long double)numbers[i].count[p];
      if (numbers[i].value <= 0) not_positive += numbers[i].count[p];
    }
    assert_int_equal(result->count[p], count);
    assert_int_equal(result->not_positive[p], not_positive);
    if (!count) {
      assert_true(result->mean[p] == 0 && result->min[p] == 0 && result->max[p] == 0);
      continue;
    }
    assert_true(result->min[p] == nth(numbers, n, p, 1));
    assert_true(result->max[p] == nth(numbers, n, p, count));
    const double mean = (double)(total / (long double)count);
    assert_true(fabs(result->mean[p] - mean) <= fabs(mean) * 0x1p-50 + DBL_MIN);
    assert_true(result->mean[p] >= result->min[p] && result->mean[p] <= result->max[p]);
  }
}

/* Of numbers in ascending order. */
static void take(struct ps_profile_numbers *result, const struct number *numbers, size_t n) {
  struct numbers state;
  memset(result, 0xFF, sizeof *result);
  numbers_begin(&state, result);
  for (size_t i = 0; i < n; i++) numbers_first(&state, numbers[i].value, numbers[i].count);
  numbers_turn(&state);
  for (size_t i = 0; i < n; i++) numbers_second(&state, numbers[i].value, numbers[i].count);
  moments_check(result, numbers, n);
  quantiles_check(result, numbers, n);
  const double least = n ? numbers[0].value : 0, greatest = n ? numbers[n - 1].value : 0;
  assert_int_equal(result->nlinear, !n ? 0 : least < greatest ? PS_PROFILE_BINS : 1);
  if (n) assert_true(result->linear[0].from == least);
  if (n) assert_true(result->linear[result->nlinear - 1].to == greatest);
  assert_int_equal(result->nlog > 0, greatest > 0);
  if (result->nlog) {
    assert_true(result->log[0].from > 0 && result->log[result->nlog - 1].to == greatest);
    assert_int_equal(result->nlog, result->log[0].from < greatest ? PS_PROFILE_BINS : 1);
  }
  bins_check(result->linear, result->nlinear, numbers, n, false);
  bins_check(result->log, result->nlog, numbers, n, true);
}

static void nothing_is_nothing(void **state) {
  (void)state;
  struct ps_profile_numbers result;
  take(&result, NULL, 0);
}

static void one_value_is_one_bin(void **state) {
  (void)state;
  static const double values[] = {0, 5, -5, 0.1, 1e300, -1e300, DBL_MIN, DBL_TRUE_MIN, DBL_MAX};
  struct ps_profile_numbers result;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    const struct number one = {values[i], {3, 1, 0}};
    take(&result, &one, 1);
    assert_int_equal(result.nlinear, 1);
    assert_int_equal(result.linear[0].count[PS_ALL_COPIES], 3);
    assert_true(result.mean[PS_FIRST_COPIES] == values[i]);
    assert_true(result.quantile[PS_FIRST_COPIES][8] == values[i]);
    assert_int_equal(result.nlog, values[i] > 0);
  }
}

static void minus_zero_is_zero(void **state) {
  (void)state;
  const struct number one = {-0.0, {1, 0, 0}};
  struct ps_profile_numbers result;
  take(&result, &one, 1);
  assert_false(signbit(result.min[0]) || signbit(result.max[0]) || signbit(result.quantile[0][0]) ||
               signbit(result.linear[0].from));
}

/* Bins of whole numbers are as numpy.histogram(range(101), 50) gives them. */
static void bins_are_those_of_numpy(void **state) {
  (void)state;
  struct number numbers[101];
  struct ps_profile_numbers result;
  for (size_t i = 0; i < 101; i++) numbers[i] = (struct number){(double)i, {1, 1, 1}};
  take(&result, numbers, 101);
  for (size_t b = 0; b < PS_PROFILE_BINS; b++) {
    assert_true(result.linear[b].from == 2 * (double)b);
    assert_int_equal(result.linear[b].count[PS_SEEN_ONCE], b + 1 < PS_PROFILE_BINS ? 2 : 3);
  }
  assert_true(result.mean[0] == 50);
  assert_true(result.quantile[0][3] == 50); /* rank 51 */
  assert_true(result.quantile[0][0] == 1);  /* rank 2 */
  assert_int_equal(result.not_positive[0], 1);
  assert_true(result.log[0].from == 1 && fabs(result.log[24].to - 10) < 1e-12);
}

static void extremes_are_in_one_bin_each(void **state) {
  (void)state;
  static const struct number extremes[][3] = {
      {{-DBL_MAX, {1, 1, 1}}, {0, {1, 0, 0}}, {DBL_MAX, {1, 1, 0}}},
      {{0x1p53, {1, 1, 1}}, {0x1p53 + 2, {1, 0, 0}}, {0x1p64, {1, 1, 0}}},
      {{0x1p53, {1, 1, 1}}, {0x1p53 + 2, {1, 0, 0}}, {0x1p53 + 4, {1, 1, 0}}},
      {{1, {1, 1, 1}}, {1 + DBL_EPSILON, {1, 0, 0}}, {1 + 2 * DBL_EPSILON, {1, 1, 0}}},
      {{DBL_TRUE_MIN, {1, 1, 1}}, {1, {1, 0, 0}}, {DBL_MAX, {1, 1, 0}}},
      {{-3, {1, 1, 1}}, {-2, {1, 0, 0}}, {-1, {1, 1, 0}}},
      {{-3, {1, 1, 1}}, {0, {1, 0, 0}}, {7, {UINT64_MAX / 2000, 1, 0}}},
      {{0, {1, 1, 1}}, {DBL_TRUE_MIN, {1, 0, 0}}, {2 * DBL_TRUE_MIN, {1, 1, 0}}},
      {{0.1, {1, 1, 1}}, {0.7, {1, 0, 0}}, {1.3, {1, 1, 0}}},
  };
  struct ps_profile_numbers result;
  for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) take(&result, extremes[i], 3);
  take(&result, extremes[0], 3); /* its width passes all doubles, and yet bins are of one width */
  for (size_t b = 0; b < PS_PROFILE_BINS; b++) {
    const double wide =
        result.linear[b].to / PS_PROFILE_BINS - result.linear[b].from / PS_PROFILE_BINS;
    assert_true(fabs(wide / (2 * (DBL_MAX / PS_PROFILE_BINS / PS_PROFILE_BINS)) - 1) < 1e-6);
  }
}

/* A number that is far smaller than the others is not lost in their mean, though they cancel. */
static void sums_keep_what_is_small(void **state) {
  (void)state;
  static const double values[] = {-1e30, -1e10, 1, 1e10, 1e30};
  static const uint64_t count[PS_POPULATIONS] = {1, 1, 0};
  struct ps_profile_numbers result;
  struct numbers numbers;
  numbers_begin(&numbers, &result);
  for (size_t i = 0; i < 5; i++) numbers_first(&numbers, values[i], count);
  numbers_turn(&numbers);
  assert_true(fabs(result.mean[PS_ALL_COPIES] - 0.2) < 1e-12);
}

static void random_numbers_are_as_defined(void **state) {
  (void)state;
  enum { MOST = 3000 };
  static struct number numbers[MOST];
  struct ps_profile_numbers result;
  uint64_t random = 7;
  const uint64_t rounds = scale_count(60);
  for (uint64_t round = 0; round < rounds; round++) {
    const size_t n = 1 + scratch_below(&random, round % 3 ? 200 : MOST);
    const double scale = pow(10, (double)scratch_below(&random, 13) - 6);
    for (size_t i = 0; i < n; i++) {
      const double value = (double)scratch_below(&random, 1000) * scale;
      const uint64_t all = 1 + scratch_below(&random, round % 2 ? 3 : 100000);
      const uint64_t first = scratch_below(&random, all + 1);
      numbers[i] = (struct number){round % 4 == 1 ? value - 300 * scale : value,
                                   {all, first, scratch_below(&random, first + 1)}};
    }
    qsort(numbers, n, sizeof *numbers, number_compare);
    take(&result, numbers, n);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_nothing),
      cmocka_unit_test(one_value_is_one_bin),
      cmocka_unit_test(minus_zero_is_zero),
      cmocka_unit_test(bins_are_those_of_numpy),
      cmocka_unit_test(extremes_are_in_one_bin_each),
      cmocka_unit_test(sums_keep_what_is_small),
      cmocka_unit_test(random_numbers_are_as_defined),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
