/* UUIDs as text: 36 characters, either case, any version (the pipeline's schemas ask for no more),
 * with or without one pair of braces. Eight characters at a time, without branches: this runs for
 * every ping.
 */
#ifndef SCAN_UUID_H
#define SCAN_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UUID_TEXT  36
#define UUID_BYTES 16

/* Eight characters, folded to lower case; a byte that is no hexadecimal digit, or no dash in the
 * bytes of `dashes` (all ones there), sets bits in *bad. All eight at once, one a byte: a byte
 * below 0x80 is at least c if its sum with 0x80 - c has the top bit set. */
static inline uint64_t uuid_fold_word(uint64_t word, uint64_t dashes, uint64_t *bad) {
  const uint64_t ones = 0x0101010101010101u, top = ones * 0x80;
  uint64_t seven = word & ~top, lower = seven | ones * 0x20;
  uint64_t digit = (seven + ones * (0x80 - '0')) & ~(seven + ones * (0x80 - '9' - 1));
  uint64_t letter = (lower + ones * (0x80 - 'a')) & ~(lower + ones * (0x80 - 'f' - 1));
  *bad |= ((word | ~(digit | letter)) & top & ~dashes) | ((word ^ ones * '-') & dashes);
  return word | ((letter & top & ~dashes) >> 2);
}

/* The braces taken off; false: no UUID has this length. */
static inline bool uuid_unbrace(const uint8_t **p, size_t len) {
  if (len == UUID_TEXT) return true;
  if (len != UUID_TEXT + 2 || **p != '{' || (*p)[len - 1] != '}') return false;
  ++*p;
  return true;
}

/* Writes the UUID of len bytes at p in lower case and without braces; false: it is none. */
static inline bool uuid_in(const uint8_t *p, size_t len, uint8_t out[UUID_TEXT]) {
  static const uint8_t at[5] = {0, 8, 16, 24, 28};
  static const uint64_t dashes[5] = {0, 0x0000FF00000000FFu, 0xFF00000000FF0000u, 0, 0};
  uint64_t bad = 0;
  if (!uuid_unbrace(&p, len)) return false;
  for (unsigned i = 0; i < 5; i++) {
    uint64_t word;
    memcpy(&word, p + at[i], 8);
    word = uuid_fold_word(word, dashes[i], &bad);
    memcpy(out + at[i], &word, 8);
  }
  return !bad;
}

/* Eight hexadecimal digits of a word, the first one lowest, as four bytes. */
static inline uint32_t uuid_word_bytes(uint64_t word, uint64_t *bad) {
  const uint64_t ones = 0x0101010101010101u;
  word = uuid_fold_word(word, 0, bad);
  word = (word & ones * 15) + 9 * (word >> 6 & ones);
  word = (word << 4 | word >> 8) & 0x00FF00FF00FF00FFu;
  word = (word | word >> 8) & 0x0000FFFF0000FFFFu;
  return (uint32_t)(word | word >> 16);
}

/* The bytes of the UUID of len bytes at p; false: it is none. */
static inline bool uuid_parse(const uint8_t *p, size_t len, uint8_t out[UUID_BYTES]) {
  static const uint8_t low[4] = {0, 9, 19, 28}, high[4] = {4, 14, 24, 32}; /* four digits each */
  uint64_t bad = 0;
  if (!uuid_unbrace(&p, len)) return false;
  for (unsigned i = 0; i < 4; i++) {
    uint32_t first, second;
    memcpy(&first, p + low[i], 4);
    memcpy(&second, p + high[i], 4);
    uint32_t bytes = uuid_word_bytes(first | (uint64_t)second << 32, &bad);
    memcpy(out + 4 * i, &bytes, 4);
  }
  return !bad && p[8] == '-' && p[13] == '-' && p[18] == '-' && p[23] == '-';
}

#endif
