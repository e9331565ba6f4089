#include "accounts/bytes.h"

#include "base/utf8.h"
#include <string.h>

int bytes_put_number(struct buffer *out, uint64_t number, struct ps_error *err) {
  uint8_t bytes[BYTES_NUMBER];
  return buffer_append(out, bytes, (size_t)(bytes_number(bytes, number) - bytes), err);
}

int bytes_put_text(struct buffer *out, const char *text, struct ps_error *err) {
  const size_t len = strlen(text);
  const int r = bytes_put_number(out, len, err);
  return r ? r : buffer_append(out, text, len, err);
}

static uint64_t unsound(struct cursor *cursor) {
  cursor->at = cursor->end;
  cursor->sound = false;
  return 0;
}

uint64_t cursor_number(struct cursor *cursor) {
  uint64_t number = 0;
  for (unsigned shift = 0; cursor->at < cursor->end; shift += 7) {
    const uint8_t byte = *cursor->at++;
    if (shift == 63 && byte > 1) break;
    number |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return number;
  }
  return unsound(cursor);
}

uint64_t cursor_below(struct cursor *cursor, uint64_t limit) {
  const uint64_t number = cursor_number(cursor);
  return number < limit ? number : unsound(cursor);
}

const uint8_t *cursor_take(struct cursor *cursor, size_t n) {
  const uint8_t *at = cursor->at;
  if ((size_t)(cursor->end - at) < n || !cursor->sound) {
    (void)unsound(cursor);
    return NULL;
  }
  cursor->at += n;
  return at;
}

void cursor_text(struct cursor *cursor, char *out, size_t size) {
  memset(out, 0, size);
  const size_t len = (size_t)cursor_below(cursor, size);
  const uint8_t *text = cursor_take(cursor, len);
  if (!text) return;
  for (size_t n = 0, step; n < len; n += step)
    if (!(step = utf8_length(text + n, len - n)) || !text[n]) {
      (void)unsound(cursor);
      return;
    }
  memcpy(out, text, len);
}
