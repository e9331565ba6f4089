#include "accounts/distribution.h"

#include "base/buffer.h"
#include "clients.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GAMMA (1.01 / 0.99)

/* ---- indexes and bounds ---- */

static void bounds_are_the_powers_of_gamma(void **state) {
  (void)state;
  assert_true(ps_distribution_bound(0) == 1);
  for (int32_t i = -(int32_t)DISTRIBUTION_BINS + 1; i < (int32_t)DISTRIBUTION_BINS; i++) {
    const double bound = ps_distribution_bound(i);
    assert_true(fabs(bound / pow(GAMMA, i) - 1) < 1e-11);
    assert_true(bound < ps_distribution_bound(i + 1));
  }
  assert_true(isinf(ps_distribution_bound(INT32_MAX)));
  assert_true(ps_distribution_bound(INT32_MIN) == 0);
}

static void assert_in_its_bin(uint64_t value) {
  const int32_t index = distribution_index(value);
  assert_in_range(index, 0, DISTRIBUTION_BINS - 1);
  assert_true((double)value <= ps_distribution_bound(index));
  assert_true(index == 0 || (double)value > ps_distribution_bound(index - 1));
}

static void values_are_in_the_bin_of_their_bounds(void **state) {
  (void)state;
  for (uint64_t value = 1; value < 100000; value++) assert_in_its_bin(value);
  for (unsigned bit = 1; bit < 64; bit++)
    for (uint64_t off = 0; off < 3; off++) assert_in_its_bin((UINT64_C(1) << bit) - 1 + off);
  for (int32_t i = 1; i < 2218; i++) {
    const uint64_t bound = (uint64_t)ps_distribution_bound(i);
    assert_in_its_bin(bound);
    assert_in_its_bin(bound + 1);
  }
  uint64_t random = 1;
  for (uint32_t i = 0; i < scaled(1000000); i++)
    assert_in_its_bin((random_next(&random) >> random_below(&random, 64)) | 1);
}

/* Distributions are stored: these must never change. */
static void known_answers(void **state) {
  (void)state;
  assert_int_equal(distribution_index(1), 0);
  assert_int_equal(distribution_index(2), 35);
  assert_int_equal(distribution_index(100), 231);
  assert_int_equal(distribution_index(1619126), 715);
  assert_int_equal(distribution_index(UINT64_C(118021474114)), 1275);
  assert_int_equal(distribution_index(UINT64_MAX), 2218);
}

/* ---- quantiles ---- */

static int by_value(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static double quantile_of(const struct distribution *distribution, double q) {
  struct ps_distribution copy;
  struct ps_bin *bins;
  assert_int_equal(distribution_copy(distribution, &copy, &bins, NULL), PS_OK);
  assert_true(copy.bins == bins);
  const double value = ps_distribution_quantile(&copy, q);
  free(bins);
  return value;
}

typedef uint64_t draw(uint64_t *random);
static uint64_t draw_uniform(uint64_t *random) { return 1 + random_below(random, 100000); }
static uint64_t draw_small(uint64_t *random) { return random_below(random, 50); }
static uint64_t draw_exponential(uint64_t *random) {
  return (uint64_t)(-1e6 * log(1 - random_unit(random)));
}
static uint64_t draw_heavy(uint64_t *random) {
  const double value = pow(1 - random_unit(random), -1.5);
  return value < 1e18 ? (uint64_t)value : UINT64_C(1000000000000000000);
}
static uint64_t draw_many_zeros(uint64_t *random) {
  return random_below(random, 3) ? 0 : draw_heavy(random);
}
static draw *const draws[] = {draw_uniform, draw_small, draw_exponential, draw_heavy,
                              draw_many_zeros};
#define DRAWS (sizeof draws / sizeof *draws)

static void quantiles_are_within_one_percent(void **state) {
  (void)state;
  const uint32_t n = scaled(100000);
  uint64_t *values = malloc(n * sizeof *values);
  assert_non_null(values);
  for (size_t d = 0; d < DRAWS; d++) {
    struct distribution distribution = {0};
    uint64_t random = d;
    for (uint32_t i = 0; i < n; i++) {
      values[i] = draws[d](&random);
      assert_int_equal(distribution_add(&distribution, values[i], 1, NULL), PS_OK);
    }
    qsort(values, n, sizeof *values, by_value);
    for (int percent = 0; percent <= 1000; percent++) {
      const double q = percent / 1000.0, exact = (double)values[(size_t)(q * (n - 1))];
      const double got = quantile_of(&distribution, q);
      if (fabs(got - exact) > PS_DISTRIBUTION_ERROR * exact * (1 + 1e-9))
        fail_msg("draw %zu: quantile %g is %g, not %g", d, q, exact, got);
      if (exact < 50) assert_true(got == exact);
    }
    assert_true(quantile_of(&distribution, -1) == (double)values[0]);
    assert_true(quantile_of(&distribution, 2) == (double)values[n - 1]);
    assert_true(quantile_of(&distribution, NAN) == (double)values[0]);
    distribution_release(&distribution);
  }
  free(values);
}

static void a_single_value_is_every_quantile(void **state) {
  (void)state;
  static const uint64_t values[] = {0, 1, 2, 99, 12345678901, UINT64_MAX};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    struct distribution distribution = {0};
    assert_true(quantile_of(&distribution, 0.5) == 0); /* of nothing */
    assert_int_equal(distribution_add(&distribution, values[i], 3, NULL), PS_OK);
    for (int quarter = 0; quarter <= 4; quarter++)
      assert_true(quantile_of(&distribution, quarter / 4.0) == (double)values[i]);
    distribution_release(&distribution);
  }
}

/* ---- merging and bytes ---- */

static void write_all(const struct distribution *distribution, struct buffer *out) {
  buffer_clear(out);
  assert_int_equal(distribution_write(distribution, out, NULL), PS_OK);
}

static void assert_same(const struct distribution *a, const struct distribution *b) {
  struct buffer x = BUFFER_INIT, y = BUFFER_INIT;
  write_all(a, &x);
  write_all(b, &y);
  assert_int_equal(x.len, y.len);
  assert_memory_equal(x.data, y.data, x.len);
  buffer_release(&x);
  buffer_release(&y);
}

static void merge(struct distribution *to, const struct distribution *from) {
  struct ps_distribution copy;
  struct ps_bin *bins;
  assert_int_equal(distribution_copy(from, &copy, &bins, NULL), PS_OK);
  assert_int_equal(distribution_merge(to, &copy, NULL), PS_OK);
  free(bins);
}

static void merging_is_adding_all(void **state) {
  (void)state;
  struct distribution all = {0}, merged = {0}, part[DRAWS] = {{0}};
  uint64_t random = 5;
  for (size_t d = 0; d < DRAWS; d++)
    for (uint32_t i = 0; i < scaled(5000); i++) {
      const uint64_t value = draws[d](&random), times = 1 + random_below(&random, 3);
      assert_int_equal(distribution_add(&part[d], value, times, NULL), PS_OK);
      assert_int_equal(distribution_add(&all, value, times, NULL), PS_OK);
    }
  merge(&merged, &merged); /* nothing to nothing */
  assert_int_equal(merged.count, 0);
  for (size_t d = 0; d < DRAWS; d++) merge(&merged, &part[d]);
  assert_same(&merged, &all);
  for (size_t d = 0; d < DRAWS; d++) distribution_release(&part[d]);
  distribution_release(&all);
  distribution_release(&merged);
}

static void counts_that_overflow_are_refused(void **state) {
  (void)state;
  struct distribution distribution = {0};
  struct ps_error err;
  assert_int_equal(distribution_add(&distribution, 5, UINT64_MAX - 1, NULL), PS_OK);
  assert_int_equal(distribution_add(&distribution, 6, 1, NULL), PS_OK);
  assert_int_equal(distribution_add(&distribution, 7, 1, &err), PS_E_ARGUMENT);
  assert_int_equal(distribution_add(&distribution, 7, 0, NULL), PS_OK);
  assert_int_equal(distribution.max, 6);
  struct ps_bin bin = {.index = 35, .count = 2};
  struct ps_distribution other = {.count = 2, .min = 2, .max = 2, .nbins = 1, .bins = &bin};
  assert_int_equal(distribution_merge(&distribution, &other, &err), PS_E_ARGUMENT);
  distribution_release(&distribution);
  bin.index = DISTRIBUTION_BINS;
  assert_int_equal(distribution_merge(&distribution, &other, &err), PS_E_ARGUMENT);
}

/* Reads from memory of just that length, so that a sanitizer sees a read past it. */
static bool read_back(struct distribution *distribution, const uint8_t *data, size_t len,
                      size_t *used) {
  bool sound;
  uint8_t *copy = malloc(len + 1);
  assert_non_null(copy);
  memcpy(copy + 1, data, len); /* at an odd address */
  assert_int_equal(distribution_read(distribution, copy + 1, len, used, &sound, NULL), PS_OK);
  free(copy);
  return sound;
}

static void bytes_come_back(void **state) {
  (void)state;
  struct buffer bytes = BUFFER_INIT;
  for (size_t d = 0; d <= DRAWS; d++) { /* the last one is empty */
    struct distribution distribution = {0}, back = {0};
    uint64_t random = d;
    for (uint32_t i = 0; d < DRAWS && i < 1000; i++)
      assert_int_equal(distribution_add(&distribution, draws[d](&random), 1, NULL), PS_OK);
    write_all(&distribution, &bytes);
    const size_t len = bytes.len;
    assert_int_equal(buffer_append(&bytes, "more", 4, NULL), PS_OK);
    size_t used;
    assert_true(read_back(&back, bytes.data, bytes.len, &used));
    assert_int_equal(used, len);
    assert_same(&back, &distribution);
    distribution_release(&distribution);
    distribution_release(&back);
  }
  buffer_release(&bytes);
}

static void hostile_bytes_are_refused_or_sound(void **state) {
  (void)state;
  struct distribution distribution = {0};
  struct buffer bytes = BUFFER_INIT, again = BUFFER_INIT;
  uint64_t random = 9;
  for (uint32_t i = 0; i < 100; i++)
    assert_int_equal(distribution_add(&distribution, draw_many_zeros(&random), 1, NULL), PS_OK);
  write_all(&distribution, &bytes);
  size_t used;
  for (size_t len = 0; len < bytes.len; len++) {
    struct distribution back = {0};
    assert_false(read_back(&back, bytes.data, len, &used));
    assert_null(back.bins);
  }
  for (size_t bit = 0; bit < bytes.len * 8; bit++) {
    struct distribution back = {0};
    bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    /* bytes that are taken are written again as they were, unless one of them has no meaning */
    if (read_back(&back, bytes.data, bytes.len, &used)) {
      write_all(&back, &again);
      assert_int_equal(again.len, used);
    }
    distribution_release(&back);
    bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  buffer_release(&bytes);
  buffer_release(&again);
  distribution_release(&distribution);
}

static void contradictions_are_unsound(void **state) {
  (void)state;
  struct {
    uint64_t count, zeros, min, max, nbins;
    struct ps_bin bins[2];
  } bytes;
  const struct ps_bin of_two = {.index = 35, .count = 1}, of_five = {.index = 81, .count = 2};
#define UNSOUND(...)                                                                               \
  do {                                                                                             \
    memset(&bytes, 0, sizeof bytes);                                                               \
    bytes.count = 4;                                                                               \
    bytes.zeros = 1;                                                                               \
    bytes.max = 5;                                                                                 \
    bytes.nbins = 2;                                                                               \
    bytes.bins[0] = of_two;                                                                        \
    bytes.bins[1] = of_five;                                                                       \
    __VA_ARGS__;                                                                                   \
    struct distribution back = {0};                                                                \
    size_t used;                                                                                   \
    assert_false(read_back(&back, (const uint8_t *)&bytes, sizeof bytes, &used));                  \
    assert_null(back.bins);                                                                        \
  } while (0)
  UNSOUND(bytes.count = 5);
  UNSOUND(bytes.zeros = 0);
  UNSOUND(bytes.zeros = UINT64_MAX);
  UNSOUND(bytes.min = 2);
  UNSOUND(bytes.zeros = 0, bytes.count = 3, bytes.bins[0].index = 0);
  UNSOUND(bytes.max = 6);
  UNSOUND(bytes.max = 0);
  UNSOUND(bytes.nbins = 1);
  UNSOUND(bytes.nbins = 3);
  UNSOUND(bytes.nbins = UINT64_MAX);
  UNSOUND(bytes.nbins = 0);
  UNSOUND(bytes.bins[0].index = -1);
  UNSOUND(bytes.bins[0].index = 81);
  UNSOUND(bytes.bins[0].index = 82);
  UNSOUND(bytes.bins[1].index = INT32_MAX);
  UNSOUND(bytes.bins[0].count = 0, bytes.count = 3);
  UNSOUND(bytes.bins[0].count = UINT64_MAX);
#undef UNSOUND
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bounds_are_the_powers_of_gamma),
      cmocka_unit_test(values_are_in_the_bin_of_their_bounds),
      cmocka_unit_test(known_answers),
      cmocka_unit_test(quantiles_are_within_one_percent),
      cmocka_unit_test(a_single_value_is_every_quantile),
      cmocka_unit_test(merging_is_adding_all),
      cmocka_unit_test(counts_that_overflow_are_refused),
      cmocka_unit_test(bytes_come_back),
      cmocka_unit_test(hostile_bytes_are_refused_or_sound),
      cmocka_unit_test(contradictions_are_unsound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
