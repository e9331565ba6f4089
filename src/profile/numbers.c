#include "profile/numbers.h"

#include <math.h>

#define SCALE 0x1p-64

void numbers_begin(struct numbers *numbers, struct ps_profile_numbers *result) {
  *numbers = (struct numbers){.result = result};
  *result = (struct ps_profile_numbers){.nlinear = 0};
}

/* Adds value * count with what is lost by rounding (Neumaier, "Rundungsfehleranalyse einiger
 * Verfahren zur Summation endlicher Summen", 1974; the product's own part by fma). */
static void total_add(struct numbers *numbers, unsigned p, double value, uint64_t count) {
  const double scaled = value * SCALE, times = (double)count, product = scaled * times;
  const double before = numbers->total[p], sum = before + product;
  const double lost =
      fabs(before) >= fabs(product) ? (before - sum) + product : (product - sum) + before;
  numbers->total[p] = sum;
  numbers->rest[p] += lost + fma(scaled, times, -product);
}

void numbers_first(struct numbers *numbers, double value, const uint64_t count[PS_POPULATIONS]) {
  struct ps_profile_numbers *result = numbers->result;
  value += 0.0; /* not -0 */
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    if (!count[p]) continue;
    if (!result->count[p]) result->min[p] = value;
    result->max[p] = value;
    result->count[p] += count[p];
    if (value <= 0) result->not_positive[p] += count[p];
    total_add(numbers, p, value, count[p]);
  }
  if (value > 0 && numbers->least_positive == 0 && count[PS_ALL_COPIES])
    numbers->least_positive = value;
}

/* The i-th of the bounds of PS_PROFILE_BINS bins. */
typedef double bound(double from, double to, unsigned i);

static double linear_bound(double from, double to, unsigned i) {
  const double width = to - from, n = PS_PROFILE_BINS;
  if (isfinite(width) && isfinite(width / n * i)) return from + width / n * i;
  return from * (1 - i / n) + to * (i / n);
}

static double log_bound(double from, double to, unsigned i) {
  const double low = log10(from), high = log10(to);
  return pow(10, low + (high - low) / PS_PROFILE_BINS * i);
}

static size_t bins_make(struct ps_profile_bin bins[PS_PROFILE_BINS], double from, double to,
                        bound *at) {
  const size_t n = from < to ? PS_PROFILE_BINS : 1;
  double last = from;
  for (unsigned i = 0; i < n; i++) {
    bins[i].from = last;
    /* Rounding must not put a bound before the one before it, or behind the greatest. */
    last = i + 1 < n ? fmin(fmax(at(from, to, i + 1), last), to) : to;
    bins[i].to = last;
  }
  return n;
}

/* ceil(q * n), exact: the quantiles are whole thousandths. */
static uint64_t rank_of(double q, uint64_t n) {
  const uint64_t thousandths = (uint64_t)lround(q * 1000);
  return n / 1000 * thousandths + (n % 1000 * thousandths + 999) / 1000;
}

void numbers_turn(struct numbers *numbers) {
  struct ps_profile_numbers *result = numbers->result;
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    const uint64_t n = result->count[p];
    if (!n) continue;
    const double mean = (numbers->total[p] + numbers->rest[p]) / ((double)n * SCALE);
    result->mean[p] = fmin(fmax(mean, result->min[p]), result->max[p]);
    for (unsigned q = 0; q < PS_PROFILE_QUANTILES; q++)
      numbers->rank[q][p] = rank_of(ps_profile_quantiles[q], n);
  }
  if (!result->count[PS_ALL_COPIES]) return;
  const double greatest = result->max[PS_ALL_COPIES];
  result->nlinear = bins_make(result->linear, result->min[PS_ALL_COPIES], greatest, linear_bound);
  if (numbers->least_positive > 0)
    result->nlog = bins_make(result->log, numbers->least_positive, greatest, log_bound);
}

/* The bin of a value that is not less than those before it. */
static size_t bin_find(const struct ps_profile_bin *bins, size_t n, size_t at, double value) {
  while (at + 1 < n && value >= bins[at].to) at++;
  return at;
}

void numbers_second(struct numbers *numbers, double value, const uint64_t count[PS_POPULATIONS]) {
  struct ps_profile_numbers *result = numbers->result;
  value += 0.0;
  if (result->nlinear)
    numbers->linear = bin_find(result->linear, result->nlinear, numbers->linear, value);
  if (result->nlog && value > 0)
    numbers->log = bin_find(result->log, result->nlog, numbers->log, value);
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    if (!count[p]) continue;
    const uint64_t before = numbers->passed[p];
    numbers->passed[p] += count[p];
    for (unsigned q = 0; q < PS_PROFILE_QUANTILES; q++)
      if (numbers->rank[q][p] > before && numbers->rank[q][p] <= numbers->passed[p])
        result->quantile[p][q] = value;
    if (result->nlinear) result->linear[numbers->linear].count[p] += count[p];
    if (result->nlog && value > 0) result->log[numbers->log].count[p] += count[p];
  }
}
