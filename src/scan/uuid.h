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

/* Eight characters, folded to lower case; what is no hexadecimal digit, or no dash in the bytes of
 * `dashes` (all ones there), sets bits in *bad. All eight at once, one a byte: adding 0x80 - c sets
 * the top bit of a byte below 0x80 if it is at least c. */
static inline uint64_t uuid_fold_word(uint64_t word, uint64_t dashes, uint64_t *bad) {
  const uint64_t ones = 0x0101010101010101u, top = ones * 0x80;
  uint64_t seven = word & ~top, lower = seven | ones * 0x20;
  uint64_t digit = (seven + ones * (0x80 - '0')) & ~(seven + ones * (0x80 - '9' - 1));
  uint64_t letter = (lower + ones * (0x80 - 'a')) & ~(lower + ones * (0x80 - 'f' - 1));
  *bad |= ((word | ~(digit | letter)) & top & ~dashes) | ((word ^ ones * '-') & dashes);
  return word | ((letter & top & ~dashes) >> 2);
}

/* Writes the 36 bytes at p in lower case if they are a UUID. */
static inline bool uuid_fold(const uint8_t *p, uint8_t out[UUID_TEXT]) {
  static const uint8_t at[5] = {0, 8, 16, 24, 28};
  static const uint64_t dashes[5] = {0, 0x0000FF00000000FFu, 0xFF00000000FF0000u, 0, 0};
  uint64_t bad = 0;
  for (unsigned i = 0; i < 5; i++) {
    uint64_t word;
    memcpy(&word, p + at[i], 8);
    word = uuid_fold_word(word, dashes[i], &bad);
    memcpy(out + at[i], &word, 8);
  }
  return !bad;
}

/* The same for a UUID of len bytes at p, with or without braces. */
static inline bool uuid_in(const uint8_t *p, size_t len, uint8_t out[UUID_TEXT]) {
  if (len == UUID_TEXT) return uuid_fold(p, out);
  if (len != UUID_TEXT + 2 || p[0] != '{' || p[len - 1] != '}') return false;
  return uuid_fold(p + 1, out);
}

/* The bytes of a UUID in lower case. */
static inline void uuid_bytes(const uint8_t text[UUID_TEXT], uint8_t out[UUID_BYTES]) {
  const uint64_t ones = 0x0101010101010101u;
  uint8_t digits[2 * UUID_BYTES];
  memcpy(digits, text, 8);
  memcpy(digits + 8, text + 9, 4);
  memcpy(digits + 12, text + 14, 4);
  memcpy(digits + 16, text + 19, 4);
  memcpy(digits + 20, text + 24, 12);
  for (unsigned i = 0; i < 4; i++) { /* a digit a byte, the first one lowest; then two a byte */
    uint64_t word;
    memcpy(&word, digits + 8 * i, 8);
    word = (word & ones * 15) + 9 * (word >> 6 & ones);
    word = (word << 4 | word >> 8) & 0x00FF00FF00FF00FFu;
    word = (word | word >> 8) & 0x0000FFFF0000FFFFu;
    uint32_t bytes = (uint32_t)(word | word >> 16);
    memcpy(out + 4 * i, &bytes, 4);
  }
}

#endif
