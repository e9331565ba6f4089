/* A byte buffer that grows: for small texts (messages, sidecar lines, unescaped ids), not for the
 * hot path. Always NUL-terminated once something was appended; data is owned by the buffer.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <pingsieve/error.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
  uint8_t *data; /* NULL until the first append */
  size_t len, cap;
};

#define BUFFER_INIT                                                                                \
  { NULL, 0, 0 }

void buffer_release(struct buffer *b);              /* frees; b is empty again */
static inline void buffer_clear(struct buffer *b) { /* keeps the memory */
  b->len = 0;
  if (b->data) b->data[0] = '\0';
}
/* When one of these fails, b holds the same as before; after buffer_json_string() perhaps more. The
 * data to append must not lie in b itself. */
int buffer_reserve(struct buffer *b, size_t more,
                   struct ps_error *err); /* room for `more` and a NUL */
int buffer_append(struct buffer *b, const void *data, size_t len, struct ps_error *err);
int buffer_printf(struct buffer *b, struct ps_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Appends text as a JSON string, quotes included. Control bytes become \u00XX; bytes that are no
 * UTF-8 become U+FFFD, so that the result is always valid JSON (RFC 8259 section 7). */
int buffer_json_string(struct buffer *b, const void *text, size_t len, struct ps_error *err);

#endif
