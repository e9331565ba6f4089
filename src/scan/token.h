/* Tokens of JSON, one at a time: byte classes, numbers and literals, strings and their escapes.
 *
 * The kernels need them rarely, the portable scanner always. All functions rely on the line's '\n'
 * to stop at: it ends every token, and none goes on behind it.
 */
#ifndef SCAN_TOKEN_H
#define SCAN_TOKEN_H

#include "scan/scan.h"
#include <stdbool.h>
#include <string.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

enum byte_class {
  BYTE_BLANK = 1,       /* whitespace inside a line */
  BYTE_ENDS_SCALAR = 2, /* may follow a number or literal */
  BYTE_ESCAPE = 4,      /* may follow a backslash, but for 'u' */
  BYTE_HEX = 8
};
extern const uint8_t token_classes[256];

static inline bool token_is(uint8_t byte, enum byte_class class) {
  return (token_classes[byte] & class) != 0;
}
static inline bool token_is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }
static inline const uint8_t *token_skip_blanks(const uint8_t *p) {
  while (token_is(*p, BYTE_BLANK)) p++;
  return p;
}

/* The length of the number or literal at p (RFC 8259 sections 3 and 6), 0 if it is malformed. */
size_t token_scalar(const uint8_t *p);

/* Is the escape sequence whose backslash is at p well formed? */
static inline bool token_escape_ok(const uint8_t *p) {
  if (token_is(p[1], BYTE_ESCAPE)) return true;
  return p[1] == 'u' && token_is(p[2], BYTE_HEX) && token_is(p[3], BYTE_HEX) &&
         token_is(p[4], BYTE_HEX) && token_is(p[5], BYTE_HEX);
}

/* The closing quote (or the '\n') of the string that goes on at p, whatever is in it. *escaped is
 * set when there is a backslash on the way. */
const uint8_t *token_string_end(const uint8_t *p, bool *escaped);

/* Decodes the character at p (an escape, a surrogate pair, or a plain byte) before `end` into out;
 * *written is its length there, which is never more than what it takes in the line. Returns what
 * follows; `end` when the text ends inside the escape. The escapes must be well formed. */
const uint8_t *token_decode(const uint8_t *p, const uint8_t *end, uint8_t out[4], size_t *written);

#endif
