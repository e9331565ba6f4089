/* Block primitives for AVX-512 (F, BW, VL) with PCLMUL and BMI2: a block is one register. */
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
#  pragma clang attribute push(                                                                    \
      __attribute__((target("avx512f,avx512bw,avx512vl,avx2,pclmul,bmi,bmi2,lzcnt,popcnt"))),      \
      apply_to = function)
#else
#  pragma GCC push_options
#  pragma GCC target("avx512f,avx512bw,avx512vl,avx2,pclmul,bmi,bmi2,lzcnt,popcnt")
#endif

#include "scan/kernel_block.inc"

#include "scan/kernel_x86.inc"

typedef __m512i block;
typedef uint8_t block_constants[64];

/* Constants come from memory, behind an opaque pointer: gcc otherwise rebuilds them in each block
 * with mov and vpbroadcastb, which compete with the compares for port 5. */
#define TIMES_8(c) c, c, c, c, c, c, c, c
#define TIMES_64(c)                                                                                \
  TIMES_8(c), TIMES_8(c), TIMES_8(c), TIMES_8(c), TIMES_8(c), TIMES_8(c), TIMES_8(c), TIMES_8(c)
static const _Alignas(64) block_constants constant_bytes[] = {
    {TIMES_64(' ')}, {TIMES_64('"')}, {TIMES_64('\\')}, {TIMES_64('{')}, {TIMES_64('}')},
    {TIMES_64(',')}, {TIMES_64(':')}, {TIMES_64('0')},  {TIMES_64(10)}};
enum { SPACE, QUOTE, BACKSLASH, OPEN, CLOSE, COMMA, COLON, ZERO, TEN };

static inline const block_constants *block_constants_get(void) {
  const block_constants *constants = constant_bytes;
  __asm__("" : "+r"(constants));
  return constants;
}

static inline __attribute__((always_inline)) block constant(const block_constants *constants,
                                                            char c) {
  switch (c) {
  case ' ': return _mm512_load_si512(constants[SPACE]);
  case '"': return _mm512_load_si512(constants[QUOTE]);
  case '\\': return _mm512_load_si512(constants[BACKSLASH]);
  case '{': return _mm512_load_si512(constants[OPEN]);
  case '}': return _mm512_load_si512(constants[CLOSE]);
  case ',': return _mm512_load_si512(constants[COMMA]);
  case ':': return _mm512_load_si512(constants[COLON]);
  case '0': return _mm512_load_si512(constants[ZERO]);
  default: return _mm512_set1_epi8(c);
  }
}

static inline block block_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
static inline __attribute__((always_inline)) bits block_eq(const block_constants *constants,
                                                           block b, char c) {
  return _mm512_cmpeq_epi8_mask(b, constant(constants, c));
}
static inline bits block_eq_any(block b, char c) {
  return _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8(c));
}
static inline bits block_control(const block_constants *constants, block b) {
  return _mm512_cmplt_epu8_mask(b, _mm512_load_si512(constants[SPACE]));
}
static inline bits block_control_any(block b) {
  return _mm512_cmplt_epu8_mask(b, _mm512_set1_epi8(' '));
}
static inline bits block_digits(const block_constants *constants, block b) {
  block value = _mm512_sub_epi8(b, _mm512_load_si512(constants[ZERO]));
  return _mm512_cmplt_epu8_mask(value, _mm512_load_si512(constants[TEN]));
}
static inline bits block_high(block b) { return _mm512_movepi8_mask(b); }

/* '[' | 0x20 is '{', ']' | 0x20 is '}', and nothing else maps there. */
static inline bits block_open(const block_constants *constants, block b) {
  block folded = _mm512_or_si512(b, _mm512_load_si512(constants[SPACE]));
  return block_eq(constants, folded, '{');
}
static inline bits block_close(const block_constants *constants, block b) {
  block folded = _mm512_or_si512(b, _mm512_load_si512(constants[SPACE]));
  return block_eq(constants, folded, '}');
}
static inline bits block_curly(const block_constants *constants, block b) {
  return _mm512_test_epi8_mask(b, _mm512_load_si512(constants[SPACE]));
}
static inline block block_blank_from(const block_constants *constants, block b, unsigned n) {
  return _mm512_mask_mov_epi8(b, from_bit(n), _mm512_load_si512(constants[SPACE]));
}
static inline bool block_same(block a, block b, bits mask) {
  return _mm512_mask_cmpneq_epi8_mask(mask, a, b) == 0;
}

/* ---- look-ups by nibble ---- */

static inline block nibble_table(const uint8_t table[16]) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)table));
}
static inline block high_nibbles(block b) {
  return _mm512_and_si512(_mm512_srli_epi16(b, 4), _mm512_set1_epi8(15));
}

static inline bits block_key_filter(const uint8_t *p, const struct path_filter *filter) {
  block first = block_load(p + 1), second = block_load(p + 2);
  block low = _mm512_shuffle_epi8(nibble_table(filter->first_low), first);
  block high = _mm512_shuffle_epi8(nibble_table(filter->first_high), high_nibbles(first));
  block next = _mm512_shuffle_epi8(nibble_table(filter->second_low), second);
  block later = _mm512_shuffle_epi8(nibble_table(filter->fourth_low), block_load(p + 4));
  block passes = _mm512_ternarylogic_epi64(low, high, next, 0x80); /* and */
  return _mm512_test_epi8_mask(passes, later) | block_eq_any(first, '\\') |
         block_eq_any(second, '\\') | block_eq_any(block_load(p + 3), '\\');
}

static __attribute__((noinline)) bool block_utf8_errors(const uint8_t *p, bool first, unsigned n) {
  uint8_t copy[4 + 64];
  if (first) { /* nothing to read before the line */
    memset(copy, 0, 4);
    memcpy(copy + 4, p, 64);
    p = copy + 4;
  }
  block b = block_load(p), back1 = block_load(p - 1), back2 = block_load(p - 2),
        back3 = block_load(p - 3);
  block low = _mm512_and_si512(back1, _mm512_set1_epi8(15));
  block special = _mm512_and_si512(
      _mm512_and_si512(_mm512_shuffle_epi8(nibble_table(utf8_first_high), high_nibbles(back1)),
                       _mm512_shuffle_epi8(nibble_table(utf8_first_low), low)),
      _mm512_shuffle_epi8(nibble_table(utf8_second_high), high_nibbles(b)));
  block third = _mm512_subs_epu8(back2, _mm512_set1_epi8(UTF8_LEAD_3));
  block fourth = _mm512_subs_epu8(back3, _mm512_set1_epi8(UTF8_LEAD_4));
  block must = _mm512_and_si512(_mm512_or_si512(third, fourth), _mm512_set1_epi8(-128));
  block error = _mm512_xor_si512(must, special);
  return (_mm512_test_epi8_mask(error, error) & below_bit(n + 1)) != 0;
}

/* ---- sums of digits ---- */

typedef struct {
  __m512i low;  /* in 32 bits, since digit_sums_settle() */
  __m512i more; /* in 64 bits */
} digit_sums;

/* Each digit times 1, 10, 100 or 0. */
static inline void digit_sums_low(digit_sums *s, const uint8_t *q, bits m0, bits m1, bits m2) {
  block digits = _mm512_sub_epi8(block_load(q), _mm512_set1_epi8('0'));
  block weights = _mm512_maskz_mov_epi8(m0, _mm512_set1_epi8(1));
  weights = _mm512_mask_mov_epi8(weights, m1, _mm512_set1_epi8(10));
  weights = _mm512_mask_mov_epi8(weights, m2, _mm512_set1_epi8(100));
  __m512i pairs = _mm512_maddubs_epi16(digits, weights);
  s->low = _mm512_add_epi32(s->low, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
static inline void digit_sums_settle(digit_sums *s) {
  __m512i even = _mm512_maskz_mov_epi32(0x5555, s->low), odd = _mm512_srli_epi64(s->low, 32);
  s->more = _mm512_add_epi64(s->more, _mm512_add_epi64(even, odd));
  s->low = _mm512_setzero_si512();
}
static inline void digit_sums_place(digit_sums *s, const uint8_t *q, bits mask, unsigned place) {
  block digits = _mm512_maskz_sub_epi8(mask, block_load(q), _mm512_set1_epi8('0'));
  __m512i power = _mm512_set1_epi64((long long)powers_of_ten[place]);
  __m512i sums = _mm512_sad_epu8(digits, _mm512_setzero_si512());
  s->more = _mm512_add_epi64(s->more, _mm512_mul_epu32(sums, power));
}
static inline uint64_t digit_sums_total(const digit_sums *s) {
  return (uint64_t)_mm512_reduce_add_epi64(s->more);
}

/* ---- bitmaps side by side ---- */

#define LANES 8
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

static inline lanes lanes_before(lanes previous, lanes m) {
  return (lanes)_mm512_alignr_epi64((__m512i)m, (__m512i)previous, 7);
}
static inline unsigned lanes_nonzero(lanes m) {
  return _mm512_test_epi64_mask((__m512i)m, (__m512i)m);
}
static inline unsigned lanes_below(lanes a, lanes b) {
  return _mm512_cmplt_epu64_mask((__m512i)a, (__m512i)b);
}
static inline unsigned lanes_full(lanes m) {
  return _mm512_cmpeq_epi64_mask((__m512i)m, _mm512_set1_epi64(-1));
}
static inline unsigned lanes_top(lanes m) {
  return _mm512_cmplt_epi64_mask((__m512i)m, _mm512_setzero_si512());
}
static inline lanes lanes_fill(unsigned which) {
  return (lanes)_mm512_maskz_set1_epi64((__mmask8)which, -1);
}

#include "scan/kernel_lanes.inc"

#include "scan/kernel.inc"

enum scan_code avx512_scan(const struct scan_paths *paths, const uint8_t *line, size_t avail,
                           struct scan_result *result) {
  if (paths->sums) return kernel_run(paths, line, avail, result, true, true, true);
  if (paths->nedges) return kernel_run(paths, line, avail, result, true, false, true);
  return kernel_run(paths, line, avail, result, false, false, true);
}

#if defined(__clang__)
#  pragma clang attribute pop
#else
#  pragma GCC pop_options
#endif
