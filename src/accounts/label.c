#include "accounts/label.h"

#include "base/utf8.h"
#include <string.h>

#define ESCAPE_BYTES                                                                               \
  6u /* of one character at most, but for pairs of surrogates, which give four                     \
      */

void label_of_span(const uint8_t *line, const struct scan_span *span, char *out, size_t size) {
  uint8_t plain[LABEL_SPAN_MAX * ESCAPE_BYTES];
  memset(out, 0, size);
  if (span->type == SCAN_NONE || span->type >= SCAN_NULL) return;
  const uint8_t *text = line + span->offset;
  size_t len = span->len, n = 0, step;
  if (span->escaped) {
    struct scan_span head = *span;
    if (head.len > size * ESCAPE_BYTES) head.len = (uint32_t)(size * ESCAPE_BYTES);
    len = scan_unescape(line, &head, plain);
    text = plain;
  }
  while (n < len && text[n] && (step = utf8_length(text + n, len - n)) > 0 && n + step < size)
    n += step;
  memcpy(out, text, n);
}

void label_text(const uint8_t *line, const struct scan_span *span, char out[PS_LABEL_BYTES]) {
  static const struct scan_span none = {.type = SCAN_NONE};
  label_of_span(line, span->type == SCAN_STRING ? span : &none, out, PS_LABEL_BYTES);
}
