#include "base/buffer.h"

#include "base/arith.h"
#include "base/error.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_release(struct buffer *b) {
  free(b->data);
  *b = (struct buffer)BUFFER_INIT;
}

int buffer_reserve(struct buffer *b, size_t more, struct ps_error *err) {
  size_t want;
  if (!size_add(b->len, more, &want) || !size_add(want, 1, &want)) return error_memory(err, more);
  if (want <= b->cap) return PS_OK;
  size_t cap = b->cap ? b->cap : 64;
  while (cap < want)
    if (!size_mul(cap, 2, &cap)) return error_memory(err, want);
  uint8_t *data = realloc(b->data, cap);
  if (!data) return error_memory(err, cap);
  b->data = data;
  b->cap = cap;
  return PS_OK;
}

int buffer_append(struct buffer *b, const void *data, size_t len, struct ps_error *err) {
  int r = buffer_reserve(b, len, err);
  if (r) return r;
  if (len) memcpy(b->data + b->len, data, len);
  b->len += len;
  b->data[b->len] = '\0';
  return PS_OK;
}

int buffer_printf(struct buffer *b, struct ps_error *err, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  int r = n < 0 ? error_set(err, PS_E_INTERNAL, "bad format") : buffer_reserve(b, (size_t)n, err);
  if (!r) {
    (void)vsnprintf((char *)b->data + b->len, (size_t)n + 1, format, again);
    b->len += (size_t)n;
  }
  va_end(again);
  return r;
}

static int append_escaped(struct buffer *b, uint8_t c, struct ps_error *err) {
  static const char names[] = "\bb\tt\nn\ff\rr\"\"\\\\";
  for (size_t i = 0; i + 1 < sizeof names; i += 2)
    if ((uint8_t)names[i] == c) return buffer_append(b, (char[]){'\\', names[i + 1]}, 2, err);
  return buffer_printf(b, err, "\\u%04x", c);
}

int buffer_json_string(struct buffer *b, const void *text, size_t len, struct ps_error *err) {
  const uint8_t *p = text, *end = p + len;
  int r = buffer_append(b, "\"", 1, err);
  while (!r && p < end) {
    size_t n = utf8_length(p, (size_t)(end - p));
    if (n == 0) {
      r = buffer_append(b, "\xef\xbf\xbd", 3, err);
      p++;
    } else if (n == 1 && (*p < 0x20 || *p == '"' || *p == '\\' || *p == 0x7f)) {
      r = append_escaped(b, *p++, err);
    } else {
      r = buffer_append(b, p, n, err);
      p += n;
    }
  }
  return r ? r : buffer_append(b, "\"", 1, err);
}
