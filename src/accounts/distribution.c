#include "accounts/distribution.h"

#include "base/buffer.h"
#include "base/error.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "counts are written as they stand");

/* ---- bounds of bins ---- */

/* Powers of g = 101/99, correctly rounded: g^i and g^(64 i). A bound is one product of two, so that
 * it is the same on every machine, whatever its pow(). */
/* clang-format off */
static const double fine[64] = {
    0x1p+0, 0x1.052bf5a814afdp+0, 0x1.0a72aa752c60ap+0, 0x1.0fd4a8bac5d6fp+0,
    0x1.15527d97c2143p+0, 0x1.1aecb904d819cp+0, 0x1.20a3ede3536a7p+0, 0x1.2678b20c1ecc4p+0,
    0x1.2c6b9e5f1cd59p+0, 0x1.327d4ed2cfd75p+0, 0x1.38ae628452bf3p+0, 0x1.3eff7bc7a4948p+0,
    0x1.45714038483a7p+0, 0x1.4c0458ca3a2c2p+0, 0x1.52b971db3deefp+0, 0x1.59913b448500bp+0,
    0x1.608c686cb1104p+0, 0x1.67abb05a3358fp+0, 0x1.6eefcdc60b02dp+0, 0x1.76597f2ee4721p+0,
    0x1.7de986ec9b7c2p+0, 0x1.85a0ab4422814p+0, 0x1.8d7fb67bd0745p+0, 0x1.958776f017e5ep+0,
    0x1.9db8bf28a9305p+0, 0x1.a61465ee01f0bp+0, 0x1.ae9b465f6bffep+0, 0x1.b74e40096e2e7p+0,
    0x1.c02e36fcb10dcp+0, 0x1.c93c13e55a202p+0, 0x1.d278c422dfd33p+0, 0x1.dbe539e058b5dp+0,
    0x1.e5826c2d4866cp+0, 0x1.ef515716ecc5fp+0, 0x1.f952fbc20e004p+0, 0x1.01c43042aa0d1p+1,
    0x1.06f948821255bp+1, 0x1.0c494f2505c6ap+1, 0x1.11b4cf7358a3ep+1, 0x1.173c5785310eap+1,
    0x1.1ce07851944f9p+1, 0x1.22a1c5bd3f634p+1, 0x1.2880d6a9cc4e0p+1, 0x1.2e7e450525c3fp+1,
    0x1.349aadd94abafp+1, 0x1.3ad6b15c63834p+1, 0x1.4132f3012a0c6p+1, 0x1.47b01987a704ep+1,
    0x1.4e4ecf0e458b7p+1, 0x1.550fc1233f313p+1, 0x1.5bf3a0d66215bp+1, 0x1.62fb22cb32ef6p+1,
    0x1.6a26ff4b6cda5p+1, 0x1.7177f259e0d46p+1, 0x1.78eebbc5b6d38p+1, 0x1.808c1f3e12706p+1,
    0x1.8850e4661d27ap+1, 0x1.903dd6e9783fbp+1, 0x1.9853c691186a6p+1, 0x1.a09387588d45cp+1,
    0x1.a8fdf183b6ea1p+1, 0x1.b193e1b4ebbdap+1, 0x1.ba56390390d39p+1, 0x1.c345dd1327257p+1};
static const double coarse[DISTRIBUTION_BINS / 64] = {
    0x1p+0, 0x1.cc63b82ad0049p+1, 0x1.9dfb4258e8957p+3, 0x1.74405e9a1ecd7p+5,
    0x1.4eba555704fe2p+7, 0x1.2cfc9a1aa2c2cp+9, 0x1.0ea5918facc4fp+11, 0x1.e6baee49b8b64p+12,
    0x1.b5aabe4f2fed4p+14, 0x1.898ca4ece6964p+16, 0x1.61e1026e2eacfp+18, 0x1.3e35147b6a58cp+20,
    0x1.1e21aa2006684p+22, 0x1.0149f94731199p+24, 0x1.ceb5249f8520cp+25, 0x1.a010dd5db076bp+27,
    0x1.76202fcdd422ap+29, 0x1.5069c8bf04b5fp+31, 0x1.2e808fd214ab0p+33, 0x1.10026be20cd2dp+35,
    0x1.e92e4e79226cdp+36, 0x1.b7dee0ea8d191p+38, 0x1.8b87e9e418f20p+40, 0x1.63a9253092eb3p+42,
    0x1.3fcf3c8cdba12p+44, 0x1.1f927a01fa40dp+46, 0x1.02959be10deafp+48, 0x1.d1098dfa73be1p+49,
    0x1.a229282e49a8dp+51, 0x1.78026b789cd65p+53, 0x1.521b684674516p+55, 0x1.3006799a1537ap+57,
    0x1.116107dcb21bcp+59, 0x1.eba4d75210186p+60, 0x1.ba15daabb67a9p+62, 0x1.8d85bcb4e0236p+64};
/* clang-format on */

static double bound_of(uint32_t index) { return coarse[index / 64] * fine[index % 64]; }

double ps_distribution_bound(int32_t index) {
  if (index >= (int32_t)DISTRIBUTION_BINS) return INFINITY;
  if (index >= 0) return bound_of((uint32_t)index);
  return index > -(int32_t)DISTRIBUTION_BINS ? 1 / bound_of((uint32_t)-index) : 0;
}

int32_t distribution_index(uint64_t value) {
  const double v = (double)value;
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  const int exponent = (int)(bits >> 52) - 1023;
  bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
  double m; /* v = m * 2^exponent */
  memcpy(&m, &bits, sizeof m);
  /* log2(m) within 0.005, so within 0.2 bins: rounded down, never above the bin, and mostly one
   * below; which one it is, the bounds decide */
  const double log2_v = exponent + ((-0.34484843 * m + 2.02466578) * m - 1.67487759);
  const double bins_per_octave = 34.65620375188833;
  const double guess = log2_v * bins_per_octave;
  uint32_t index = guess > 0 ? (uint32_t)guess : 0;
  while (v > bound_of(index)) index++;
  return (int32_t)index;
}

/* ---- counting ---- */

void distribution_release(struct distribution *distribution) {
  free(distribution->bins);
  *distribution = (struct distribution){0};
}

/* Makes the bins reach from `low` to `high`. */
static int bins_reach(struct distribution *d, int32_t low, int32_t high, struct ps_error *err) {
  if (d->nbins) {
    const int32_t last = d->first + (int32_t)d->nbins - 1;
    if (low >= d->first && high <= last) return PS_OK;
    if (d->first < low) low = d->first;
    if (last > high) high = last;
  }
  const uint32_t want = (uint32_t)(high - low) + 1;
  if (want > d->cap) {
    uint32_t cap = want + want / 2;
    if (cap > DISTRIBUTION_BINS) cap = DISTRIBUTION_BINS;
    uint64_t *bins = realloc(d->bins, cap * sizeof *bins);
    if (!bins) return error_memory(err, cap * sizeof *bins);
    d->bins = bins;
    d->cap = cap;
  }
  const uint32_t shift = d->nbins ? (uint32_t)(d->first - low) : 0;
  memmove(d->bins + shift, d->bins, d->nbins * sizeof *d->bins);
  memset(d->bins, 0, shift * sizeof *d->bins);
  memset(d->bins + shift + d->nbins, 0, (want - shift - d->nbins) * sizeof *d->bins);
  d->first = low;
  d->nbins = want;
  return PS_OK;
}

static int too_many(struct ps_error *err) {
  return error_set(err, PS_E_ARGUMENT, "a distribution cannot count more than 2^64 - 1 values");
}

static void extremes_widen(struct distribution *d, uint64_t min, uint64_t max) {
  if (!d->count || min < d->min) d->min = min;
  if (!d->count || max > d->max) d->max = max;
}

int distribution_add(struct distribution *distribution, uint64_t value, uint64_t times,
                     struct ps_error *err) {
  if (!times) return PS_OK;
  uint64_t count;
  if (__builtin_add_overflow(distribution->count, times, &count)) return too_many(err);
  if (value) {
    const int32_t index = distribution_index(value);
    const int r = bins_reach(distribution, index, index, err);
    if (r) return r;
    distribution->bins[index - distribution->first] += times;
  } else {
    distribution->zeros += times;
  }
  extremes_widen(distribution, value, value);
  distribution->count = count;
  return PS_OK;
}

/* Do zeros and bins add up to the count, and smallest and largest value lie where they must? */
static bool is_sound(const struct ps_distribution *d) {
  uint64_t sum = d->zeros;
  int32_t before = -1;
  for (size_t i = 0; i < d->nbins; i++) {
    const struct ps_bin *bin = &d->bins[i];
    if (bin->index <= before || bin->index >= (int32_t)DISTRIBUTION_BINS || !bin->count)
      return false;
    if (__builtin_add_overflow(sum, bin->count, &sum)) return false;
    before = bin->index;
  }
  if (sum != d->count || d->min > d->max) return false;
  if (!d->nbins) return d->min == 0 && d->max == 0;
  if (d->zeros ? d->min != 0 : !d->min || distribution_index(d->min) != d->bins[0].index)
    return false;
  return distribution_index(d->max) == before;
}

int distribution_merge(struct distribution *distribution, const struct ps_distribution *other,
                       struct ps_error *err) {
  uint64_t count;
  if (!is_sound(other))
    return error_set(err, PS_E_ARGUMENT, "a distribution's counts, bins and bounds disagree");
  if (!other->count) return PS_OK;
  if (__builtin_add_overflow(distribution->count, other->count, &count)) return too_many(err);
  if (other->nbins) {
    const int32_t low = other->bins[0].index, high = other->bins[other->nbins - 1].index;
    const int r = bins_reach(distribution, low, high, err);
    if (r) return r;
  }
  for (size_t i = 0; i < other->nbins; i++)
    distribution->bins[other->bins[i].index - distribution->first] += other->bins[i].count;
  distribution->zeros += other->zeros;
  extremes_widen(distribution, other->min, other->max);
  distribution->count = count;
  return PS_OK;
}

static size_t bins_taken(const struct distribution *d) {
  size_t n = 0;
  for (uint32_t i = 0; i < d->nbins; i++) n += d->bins[i] != 0;
  return n;
}

int distribution_copy(const struct distribution *distribution, struct ps_distribution *out,
                      struct ps_bin **bins, struct ps_error *err) {
  const size_t n = bins_taken(distribution);
  struct ps_bin *copy = n ? malloc(n * sizeof *copy) : NULL;
  if (n && !copy) return error_memory(err, n * sizeof *copy);
  size_t at = 0;
  for (uint32_t i = 0; at < n; i++)
    if (distribution->bins[i])
      copy[at++] = (struct ps_bin){.index = distribution->first + (int32_t)i,
                                   .count = distribution->bins[i]};
  *out = (struct ps_distribution){.count = distribution->count,
                                  .zeros = distribution->zeros,
                                  .min = distribution->min,
                                  .max = distribution->max,
                                  .nbins = n,
                                  .bins = copy};
  *bins = copy;
  return PS_OK;
}

/* ---- quantiles ---- */

/* A value within 1 % of all in the bin: the only whole number in it, or what is as far from its
 * lower as from its upper bound, relatively. */
static double bin_value(int32_t index) {
  const double high = ps_distribution_bound(index), low = ps_distribution_bound(index - 1);
  if (high - low < 1) return floor(high);
  return 2 * high * low / (high + low);
}

double ps_distribution_quantile(const struct ps_distribution *distribution, double q) {
  const struct ps_distribution *d = distribution;
  if (!d->count) return 0;
  if (!(q > 0)) return (double)d->min;
  if (q >= 1) return (double)d->max;
  /* The value is the one of rank floor(q * (count - 1)), from 0. */
  const double rank = floor(q * (double)(d->count - 1));
  uint64_t seen = d->zeros;
  if (rank < (double)seen) return 0;
  size_t i = 0;
  while (i + 1 < d->nbins && rank >= (double)(seen + d->bins[i].count)) seen += d->bins[i++].count;
  if (i >= d->nbins) return (double)d->max;
  const double value = bin_value(d->bins[i].index);
  return fmin(fmax(value, (double)d->min), (double)d->max);
}

/* ---- as bytes ---- */

struct head {
  uint64_t count, zeros, min, max;
  uint64_t nbins; /* so many struct ps_bin follow */
};
static_assert(sizeof(struct head) == 40, "on disk");
static_assert(sizeof(struct ps_bin) == 16, "on disk");

int distribution_write(const struct distribution *distribution, struct buffer *out,
                       struct ps_error *err) {
  const struct head head = {.count = distribution->count,
                            .zeros = distribution->zeros,
                            .min = distribution->min,
                            .max = distribution->max,
                            .nbins = bins_taken(distribution)};
  int r = buffer_reserve(out, sizeof head + head.nbins * sizeof(struct ps_bin), err);
  if (!r) r = buffer_append(out, &head, sizeof head, err);
  for (uint32_t i = 0; !r && i < distribution->nbins; i++) {
    const struct ps_bin bin = {.index = distribution->first + (int32_t)i,
                               .count = distribution->bins[i]};
    if (bin.count) r = buffer_append(out, &bin, sizeof bin, err);
  }
  return r;
}

int distribution_read(struct distribution *distribution, const void *data, size_t len, size_t *used,
                      bool *sound, struct ps_error *err) {
  struct head head;
  *sound = false;
  *used = 0;
  if (len < sizeof head) return PS_OK;
  memcpy(&head, data, sizeof head);
  if (head.nbins > DISTRIBUTION_BINS || head.nbins > (len - sizeof head) / sizeof(struct ps_bin))
    return PS_OK;
  const size_t bytes = head.nbins * sizeof(struct ps_bin);
  struct ps_bin *bins = malloc(bytes + 1); /* the bytes may stand at any address */
  if (!bins) return error_memory(err, bytes);
  memcpy(bins, (const uint8_t *)data + sizeof head, bytes);
  const struct ps_distribution read = {.count = head.count,
                                       .zeros = head.zeros,
                                       .min = head.min,
                                       .max = head.max,
                                       .nbins = head.nbins,
                                       .bins = bins};
  int r = PS_OK;
  if (is_sound(&read)) {
    r = distribution_merge(distribution, &read, err);
    *sound = !r;
    *used = sizeof head + bytes;
  }
  free(bins);
  return r;
}
