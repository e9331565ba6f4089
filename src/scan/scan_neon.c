/* Block primitives for NEON (any AArch64): a block is four registers. There is no movemask, no PEXT
 * and, without the optional crypto extension, no carry-less multiply; each has its substitute here
 * or in kernel.inc. */
#include "scan/gather.h"
#include "scan/kernels.h"
#include "scan/portable.h"
#include "scan/token.h"
#include "scan/utf8_tables.h"

#include <arm_neon.h>
#include <limits.h>

#include "scan/kernel_block.inc"

typedef uint8x16x4_t block;
typedef char block_constants; /* not needed */

static inline const block_constants *block_constants_get(void) { return NULL; }

/* ---- bytes to bits and back ---- */

static inline uint8x16_t bit_of_byte(void) { /* in each half of a register */
  return vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
}

/* Bit i of the result is set if byte i is 0xFF rather than 0; pairwise additions gather the bits.
 */
static inline bits bits_of(block m) {
  uint8x16_t bit = bit_of_byte();
  uint8x16_t low = vpaddq_u8(vandq_u8(m.val[0], bit), vandq_u8(m.val[1], bit));
  uint8x16_t high = vpaddq_u8(vandq_u8(m.val[2], bit), vandq_u8(m.val[3], bit));
  uint8x16_t all = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

/* 16 bits to bytes, 0 or 0xFF. */
static inline uint8x16_t spread(bits m) {
  uint8x8_t low = vdup_n_u8((uint8_t)m), high = vdup_n_u8((uint8_t)(m >> 8));
  return vtstq_u8(vcombine_u8(low, high), bit_of_byte());
}

static inline uint32_t equal_16(const uint8_t *p, const uint8_t *q) {
  uint8x16_t bit = vandq_u8(vceqq_u8(vld1q_u8(p), vld1q_u8(q)), bit_of_byte());
  return (uint32_t)vaddv_u8(vget_low_u8(bit)) | (uint32_t)vaddv_u8(vget_high_u8(bit)) << 8;
}

static inline bits prefix_xor(bits m) {
  for (unsigned shift = 1; shift < 64; shift *= 2) m ^= m << shift;
  return m;
}

/* ---- classes of bytes ---- */

static inline block block_load(const uint8_t *p) {
  return (block){{vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32), vld1q_u8(p + 48)}};
}
static inline void block_prefetch(const uint8_t *p) { __builtin_prefetch(p); }

static inline bits block_eq_any(block b, char c) {
  uint8x16_t all = vdupq_n_u8((uint8_t)c);
  for (int i = 0; i < 4; i++) b.val[i] = vceqq_u8(b.val[i], all);
  return bits_of(b);
}
static inline bits block_eq(const block_constants *constants, block b, char c) {
  (void)constants;
  return block_eq_any(b, c);
}
static inline bits block_below(block b, uint8_t limit) {
  for (int i = 0; i < 4; i++) b.val[i] = vcltq_u8(b.val[i], vdupq_n_u8(limit));
  return bits_of(b);
}
static inline bits block_control_any(block b) { return block_below(b, 0x20); }
static inline bits block_control(const block_constants *constants, block b) {
  (void)constants;
  return block_control_any(b);
}
static inline bits block_digits(const block_constants *constants, block b) {
  (void)constants;
  for (int i = 0; i < 4; i++) b.val[i] = vsubq_u8(b.val[i], vdupq_n_u8('0'));
  return block_below(b, 10);
}
static inline bits block_with(block b, uint8_t bit) {
  for (int i = 0; i < 4; i++) b.val[i] = vtstq_u8(b.val[i], vdupq_n_u8(bit));
  return bits_of(b);
}
static inline bits block_high(block b) { return block_with(b, 0x80); }
static inline bits block_curly(const block_constants *constants, block b) {
  (void)constants;
  return block_with(b, 0x20);
}

/* '[' | 0x20 is '{', ']' | 0x20 is '}', and nothing else maps there. */
static inline block folded(block b) {
  for (int i = 0; i < 4; i++) b.val[i] = vorrq_u8(b.val[i], vdupq_n_u8(0x20));
  return b;
}
static inline bits block_open(const block_constants *constants, block b) {
  (void)constants;
  return block_eq_any(folded(b), '{');
}
static inline bits block_close(const block_constants *constants, block b) {
  (void)constants;
  return block_eq_any(folded(b), '}');
}

static inline block block_blank_from(const block_constants *constants, block b, unsigned n) {
  bits keep = below_bit(n);
  (void)constants;
  for (int i = 0; i < 4; i++)
    b.val[i] = vbslq_u8(spread(keep >> 16 * i), b.val[i], vdupq_n_u8(' '));
  return b;
}
static inline bool block_same(block a, block b, bits mask) {
  for (int i = 0; i < 4; i++) a.val[i] = vceqq_u8(a.val[i], b.val[i]);
  return (~bits_of(a) & mask) == 0;
}

/* ---- look-ups by nibble ---- */

static inline uint8x16_t look_up(const uint8_t table[16], uint8x16_t nibbles) {
  return vqtbl1q_u8(vld1q_u8(table), nibbles);
}
static inline uint8x16_t low_nibbles(uint8x16_t v) { return vandq_u8(v, vdupq_n_u8(15)); }
static inline uint8x16_t high_nibbles(uint8x16_t v) { return vshrq_n_u8(v, 4); }

static inline bits block_key_filter(const uint8_t *p, const struct path_filter *filter) {
  bits escapes = block_eq_any(block_load(p + 1), '\\') | block_eq_any(block_load(p + 2), '\\') |
                 block_eq_any(block_load(p + 3), '\\');
  block b = block_load(p + 1), second = block_load(p + 2), fourth = block_load(p + 4);
  for (int i = 0; i < 4; i++) {
    uint8x16_t low = look_up(filter->first_low, low_nibbles(b.val[i]));
    uint8x16_t high = look_up(filter->first_high, high_nibbles(b.val[i]));
    uint8x16_t next = look_up(filter->second_low, low_nibbles(second.val[i]));
    uint8x16_t later = look_up(filter->fourth_low, low_nibbles(fourth.val[i]));
    b.val[i] = vtstq_u8(vandq_u8(low, high), vandq_u8(next, later));
  }
  return bits_of(b) | escapes;
}

static inline uint8x16_t utf8_wrong(const uint8_t *p) { /* 0xFF where there is an error */
  uint8x16_t back1 = vld1q_u8(p - 1);
  uint8x16_t special = vandq_u8(look_up(utf8_first_high, high_nibbles(back1)),
                                vandq_u8(look_up(utf8_first_low, low_nibbles(back1)),
                                         look_up(utf8_second_high, high_nibbles(vld1q_u8(p)))));
  uint8x16_t third = vqsubq_u8(vld1q_u8(p - 2), vdupq_n_u8(UTF8_LEAD_3));
  uint8x16_t fourth = vqsubq_u8(vld1q_u8(p - 3), vdupq_n_u8(UTF8_LEAD_4));
  uint8x16_t must = vandq_u8(vorrq_u8(third, fourth), vdupq_n_u8(0x80));
  return vmvnq_u8(vceqq_u8(must, special));
}
static __attribute__((noinline)) bool block_utf8_errors(const uint8_t *p, bool first, unsigned n) {
  uint8_t copy[4 + 64];
  if (first) { /* nothing to read before the line */
    memset(copy, 0, 4);
    memcpy(copy + 4, p, 64);
    p = copy + 4;
  }
  block wrong = {{utf8_wrong(p), utf8_wrong(p + 16), utf8_wrong(p + 32), utf8_wrong(p + 48)}};
  return (bits_of(wrong) & below_bit(n + 1)) != 0;
}

/* ---- sums of digits ---- */

typedef struct {
  uint64_t total;
} digit_sums;

static inline uint64_t digits_at(const uint8_t *p, bits mask) {
  uint8x16_t sum = vdupq_n_u8(0);
  for (int i = 0; i < 4; i++) {
    uint8x16_t digits = vsubq_u8(vld1q_u8(p + 16 * i), vdupq_n_u8('0'));
    sum = vaddq_u8(sum, vandq_u8(digits, spread(mask >> 16 * i)));
  }
  return vaddlvq_u8(sum);
}
static inline void digit_sums_place(digit_sums *s, const uint8_t *q, bits mask, unsigned place) {
  s->total += digits_at(q, mask) * powers_of_ten[place];
}
static inline void digit_sums_low(digit_sums *s, const uint8_t *q, bits m0, bits m1, bits m2) {
  digit_sums_place(s, q, m0, 0);
  digit_sums_place(s, q, m1, 1);
  digit_sums_place(s, q, m2, 2);
}
static inline void digit_sums_settle(digit_sums *s) { (void)s; }
static inline uint64_t digit_sums_total(const digit_sums *s) { return s->total; }

/* ---- bitmaps side by side ---- */

#define LANES 2
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

static inline lanes lanes_before(lanes previous, lanes m) {
  return (lanes)vextq_u64((uint64x2_t)previous, (uint64x2_t)m, 1);
}
static inline unsigned lanes_top(lanes m) { return (unsigned)(m[0] >> 63 | m[1] >> 63 << 1); }
static inline unsigned lanes_nonzero(lanes m) { return (m[0] != 0) | (unsigned)(m[1] != 0) << 1; }
static inline unsigned lanes_below(lanes a, lanes b) {
  return (a[0] < b[0]) | (unsigned)(a[1] < b[1]) << 1;
}
static inline unsigned lanes_full(lanes m) { return lanes_nonzero(~m) ^ 3; }
static inline lanes lanes_fill(unsigned which) {
  return (lanes){0 - (bits)(which & 1), 0 - (bits)(which >> 1 & 1)};
}

#include "scan/kernel_lanes.inc"

#include "scan/kernel.inc"

enum scan_code neon_scan(const struct scan_paths *paths, const uint8_t *line, size_t avail,
                         struct scan_result *result) {
  if (paths->sums) return kernel_run(paths, line, avail, result, true, true, false);
  if (paths->nedges) return kernel_run(paths, line, avail, result, true, false, false);
  return kernel_run(paths, line, avail, result, false, false, false);
}
