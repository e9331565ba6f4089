/* Bytes: how numbers and texts stand in the values of the store, and how they are read back.
 *
 * A number is LEB128: 7 bits a byte, lowest first, bit 7 says that more follow. The bytes to
 * read come from outside: a cursor never passes its end; after the first wrong byte `sound` is
 * false, and it gives nothing but 0.
 */
#ifndef ACCOUNTS_BYTES_H
#define ACCOUNTS_BYTES_H

#include "base/buffer.h"
#include <stdbool.h>

#define BYTES_NUMBER 10u /* of a number at most */

/* Writes at `to`, which has room for BYTES_NUMBER; returns the end. */
static inline uint8_t *bytes_number(uint8_t *to, uint64_t number) {
  for (; number >= 0x80; number >>= 7) *to++ = (uint8_t)(number | 0x80);
  *to++ = (uint8_t)number;
  return to;
}
int bytes_put_number(struct buffer *out, uint64_t number, struct ps_error *err);
/* A text of fewer than `size` bytes, its length first. */
int bytes_put_text(struct buffer *out, const char *text, struct ps_error *err);

struct cursor {
  const uint8_t *at, *end;
  bool sound;
};
/* data: also NULL, with a length of 0. */
static inline struct cursor cursor_of(const void *data, size_t len) {
  static const uint8_t nothing[1];
  const uint8_t *at = data ? data : nothing;
  return (struct cursor){at, at + len, true};
}
static inline bool cursor_ended(const struct cursor *cursor) {
  return cursor->sound && cursor->at == cursor->end;
}
uint64_t cursor_number(struct cursor *cursor);
uint64_t cursor_below(struct cursor *cursor, uint64_t limit); /* unsound when not below */
/* The next n bytes; NULL and unsound when there are fewer. */
const uint8_t *cursor_take(struct cursor *cursor, size_t n);
/* A text of at most size - 1 bytes of UTF-8 without NUL; the rest of `out` is NULs. */
void cursor_text(struct cursor *cursor, char *out, size_t size);

#endif
