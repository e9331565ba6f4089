/* Block primitives for AVX2 with PCLMUL and BMI2: a block is two registers. */
#include "scan/brackets.h"
#include "scan/gather.h"
#include "scan/kernels.h"
#include "scan/portable.h"
#include "scan/token.h"
#include "scan/utf8_tables.h"

#include <immintrin.h>
#include <limits.h>

#define KERNEL_X86
#define KERNEL_PEXT
#if defined(__clang__)
#  pragma clang attribute push(__attribute__((target("avx2,pclmul,bmi,bmi2,lzcnt,popcnt"))),       \
                               apply_to = function)
#else
#  pragma GCC push_options
#  pragma GCC target("avx2,pclmul,bmi,bmi2,lzcnt,popcnt")
#endif

#include "scan/kernel_block.inc"

#include "scan/kernel_x86.inc"

typedef struct {
  __m256i low, high;
} block;
typedef char block_constants; /* not needed: set1 is cheap here */

static inline const block_constants *block_constants_get(void) { return NULL; }

static inline bits mask_of(__m256i low, __m256i high) {
  return (bits)(uint32_t)_mm256_movemask_epi8(low) | (bits)(uint32_t)_mm256_movemask_epi8(high)
                                                         << 32;
}
static inline __m256i load_32(const uint8_t *p) { return _mm256_loadu_si256((const void *)p); }
static inline block block_load(const uint8_t *p) { return (block){load_32(p), load_32(p + 32)}; }

static inline bits block_eq_any(block b, char c) {
  __m256i all = _mm256_set1_epi8(c);
  return mask_of(_mm256_cmpeq_epi8(b.low, all), _mm256_cmpeq_epi8(b.high, all));
}
static inline bits block_eq(const block_constants *constants, block b, char c) {
  (void)constants;
  return block_eq_any(b, c);
}
static inline __m256i at_most(__m256i v, char limit) {
  return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(limit)), v);
}
static inline bits block_control_any(block b) {
  return mask_of(at_most(b.low, 0x1F), at_most(b.high, 0x1F));
}
static inline bits block_control(const block_constants *constants, block b) {
  (void)constants;
  return block_control_any(b);
}
static inline bits block_digits(const block_constants *constants, block b) {
  __m256i zero = _mm256_set1_epi8('0');
  (void)constants;
  return mask_of(at_most(_mm256_sub_epi8(b.low, zero), 9),
                 at_most(_mm256_sub_epi8(b.high, zero), 9));
}
static inline bits block_high(block b) { return mask_of(b.low, b.high); }

/* '[' | 0x20 is '{', ']' | 0x20 is '}', and nothing else maps there. */
static inline block folded(block b) {
  __m256i bit = _mm256_set1_epi8(0x20);
  return (block){_mm256_or_si256(b.low, bit), _mm256_or_si256(b.high, bit)};
}
static inline bits block_open(const block_constants *constants, block b) {
  (void)constants;
  return block_eq_any(folded(b), '{');
}
static inline bits block_close(const block_constants *constants, block b) {
  (void)constants;
  return block_eq_any(folded(b), '}');
}
static inline bits block_curly(const block_constants *constants, block b) {
  (void)constants;
  return mask_of(_mm256_slli_epi16(b.low, 2), _mm256_slli_epi16(b.high, 2)); /* bit 5 */
}

/* Bit i of m becomes byte i, 0 or 0xFF. */
static inline __m256i spread(uint32_t m) {
  const __m256i byte = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2,
                                        2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
  const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201u);
  __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int)m), byte);
  return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit);
}
static inline block block_blank_from(const block_constants *constants, block b, unsigned n) {
  bits keep = below_bit(n);
  __m256i blank = _mm256_set1_epi8(' ');
  (void)constants;
  return (block){_mm256_blendv_epi8(blank, b.low, spread((uint32_t)keep)),
                 _mm256_blendv_epi8(blank, b.high, spread((uint32_t)(keep >> 32)))};
}
static inline bool block_same(block a, block b, bits mask) {
  bits same = mask_of(_mm256_cmpeq_epi8(a.low, b.low), _mm256_cmpeq_epi8(a.high, b.high));
  return (~same & mask) == 0;
}

/* ---- look-ups by nibble ---- */

static inline __m256i nibble_table(const uint8_t table[16]) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table));
}
static inline __m256i high_nibbles(__m256i v) {
  return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
}

static inline __m256i passes_filter(const uint8_t *p,
                                    const struct path_filter *filter) { /* not 0 */
  __m256i first = load_32(p + 1), second = load_32(p + 2), fourth = load_32(p + 4);
  __m256i slash = _mm256_set1_epi8('\\');
  __m256i escape =
      _mm256_or_si256(_mm256_cmpeq_epi8(first, slash), _mm256_cmpeq_epi8(second, slash));
  __m256i low = _mm256_shuffle_epi8(nibble_table(filter->first_low), first);
  __m256i high = _mm256_shuffle_epi8(nibble_table(filter->first_high), high_nibbles(first));
  __m256i next = _mm256_shuffle_epi8(nibble_table(filter->second_low), second);
  __m256i later = _mm256_shuffle_epi8(nibble_table(filter->fourth_low), fourth);
  __m256i passes = _mm256_and_si256(_mm256_and_si256(low, high), _mm256_and_si256(next, later));
  escape = _mm256_or_si256(escape, _mm256_cmpeq_epi8(load_32(p + 3), slash));
  return _mm256_or_si256(passes, escape);
}
static inline bits block_key_filter(const uint8_t *p, const struct path_filter *filter) {
  __m256i zero = _mm256_setzero_si256();
  return ~mask_of(_mm256_cmpeq_epi8(passes_filter(p, filter), zero),
                  _mm256_cmpeq_epi8(passes_filter(p + 32, filter), zero));
}

static inline __m256i utf8_right(const uint8_t *p) { /* 0xFF where there is no error */
  __m256i v = load_32(p), back1 = load_32(p - 1), back2 = load_32(p - 2), back3 = load_32(p - 3);
  __m256i low = _mm256_and_si256(back1, _mm256_set1_epi8(15));
  __m256i special = _mm256_and_si256(
      _mm256_and_si256(_mm256_shuffle_epi8(nibble_table(utf8_first_high), high_nibbles(back1)),
                       _mm256_shuffle_epi8(nibble_table(utf8_first_low), low)),
      _mm256_shuffle_epi8(nibble_table(utf8_second_high), high_nibbles(v)));
  __m256i third = _mm256_subs_epu8(back2, _mm256_set1_epi8(UTF8_LEAD_3));
  __m256i fourth = _mm256_subs_epu8(back3, _mm256_set1_epi8(UTF8_LEAD_4));
  __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(-128));
  return _mm256_cmpeq_epi8(must, special);
}
static __attribute__((noinline)) bool block_utf8_errors(const uint8_t *p, bool first, unsigned n) {
  uint8_t copy[4 + 64];
  if (first) { /* nothing to read before the line */
    memset(copy, 0, 4);
    memcpy(copy + 4, p, 64);
    p = copy + 4;
  }
  return (~mask_of(utf8_right(p), utf8_right(p + 32)) & below_bit(n + 1)) != 0;
}

/* ---- sums of digits ---- */

typedef struct {
  __m256i low;  /* in 32 bits, since digit_sums_settle() */
  __m256i more; /* in 64 bits */
} digit_sums;

static inline __m256i weighed(bits mask, char weight) {
  return _mm256_and_si256(spread((uint32_t)mask), _mm256_set1_epi8(weight));
}
/* Each digit of 32 times 1, 10, 100 or 0. */
static inline __m256i digits_low(const uint8_t *p, bits m0, bits m1, bits m2) {
  __m256i digits = _mm256_sub_epi8(load_32(p), _mm256_set1_epi8('0'));
  __m256i weights = _mm256_or_si256(weighed(m0, 1), weighed(m1, 10));
  __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_or_si256(weights, weighed(m2, 100)));
  return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
static inline void digit_sums_low(digit_sums *s, const uint8_t *q, bits m0, bits m1, bits m2) {
  __m256i sums =
      _mm256_add_epi32(digits_low(q, m0, m1, m2), digits_low(q + 32, m0 >> 32, m1 >> 32, m2 >> 32));
  s->low = _mm256_add_epi32(s->low, sums);
}
static inline void digit_sums_settle(digit_sums *s) {
  __m256i even = _mm256_blend_epi32(s->low, _mm256_setzero_si256(), 0xAA);
  __m256i odd = _mm256_srli_epi64(s->low, 32);
  s->more = _mm256_add_epi64(s->more, _mm256_add_epi64(even, odd));
  s->low = _mm256_setzero_si256();
}

static inline __m256i digits_half(const uint8_t *p, bits mask) {
  __m256i digits = _mm256_sub_epi8(load_32(p), _mm256_set1_epi8('0'));
  return _mm256_sad_epu8(_mm256_and_si256(digits, spread((uint32_t)mask)), _mm256_setzero_si256());
}
static inline void digit_sums_place(digit_sums *s, const uint8_t *q, bits mask, unsigned place) {
  __m256i power = _mm256_set1_epi64x((long long)powers_of_ten[place]);
  __m256i sums = _mm256_add_epi64(digits_half(q, mask), digits_half(q + 32, mask >> 32));
  s->more = _mm256_add_epi64(s->more, _mm256_mul_epu32(sums, power));
}
static inline uint64_t digit_sums_total(const digit_sums *s) {
  uint64_t lane[4];
  _mm256_storeu_si256((void *)lane, s->more);
  return lane[0] + lane[1] + lane[2] + lane[3];
}

/* ---- bitmaps side by side ---- */

#define LANES 4
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

static inline unsigned lanes_top(lanes m) {
  return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd((__m256i)m));
}
static inline lanes lanes_before(lanes previous, lanes m) {
  __m256i middle = _mm256_permute2x128_si256((__m256i)previous, (__m256i)m, 0x21);
  return (lanes)_mm256_alignr_epi8((__m256i)m, middle, 8);
}
static inline unsigned lanes_nonzero(lanes m) {
  __m256i zero = _mm256_cmpeq_epi64((__m256i)m, _mm256_setzero_si256());
  return lanes_top((lanes)zero) ^ 15;
}
static inline unsigned lanes_below(lanes a, lanes b) {
  const lanes top = (lanes){0} + (1ull << 63); /* there is only a signed compare */
  return lanes_top((lanes)_mm256_cmpgt_epi64((__m256i)(b ^ top), (__m256i)(a ^ top)));
}
static inline unsigned lanes_full(lanes m) {
  return lanes_top((lanes)_mm256_cmpeq_epi64((__m256i)m, _mm256_set1_epi64x(-1)));
}
static inline lanes lanes_fill(unsigned which) {
  const __m256i bit = _mm256_setr_epi64x(1, 2, 4, 8);
  __m256i all = _mm256_set1_epi64x((long long)which);
  return (lanes)_mm256_cmpeq_epi64(_mm256_and_si256(all, bit), bit);
}

#include "scan/kernel_lanes.inc"

#include "scan/kernel.inc"

static inline __attribute__((always_inline)) enum scan_code
dispatch(const struct scan_paths *paths, const uint8_t *line, size_t avail,
         struct scan_result *result, const bool with_table) {
  if (paths->sums) return kernel_run(paths, line, avail, result, true, true, with_table);
  if (paths->nedges) return kernel_run(paths, line, avail, result, true, false, with_table);
  return kernel_run(paths, line, avail, result, false, false, with_table);
}

enum scan_code avx2_scan(const struct scan_paths *paths, const uint8_t *line, size_t avail,
                         struct scan_result *result) {
  return dispatch(paths, line, avail, result, true);
}

enum scan_code avx2_slow_pext_scan(const struct scan_paths *paths, const uint8_t *line,
                                   size_t avail, struct scan_result *result) {
  return dispatch(paths, line, avail, result, false);
}

#if defined(__clang__)
#  pragma clang attribute pop
#else
#  pragma GCC pop_options
#endif
