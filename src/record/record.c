#include "record/record.h"

#include <string.h>

void record_find_text(const struct framing *framing, struct record *record) {
  struct ping_line *text = &record->text;
  record->code =
      framing->text(record->frame + text->skip, text->avail - text->skip, &record->front_len);
  text->skip += record->front_len;
}

void record_refuse(const struct record *record, struct ping *ping) {
  const struct ping_line *text = &record->text;
  const uint8_t *end = memchr(record->frame, '\n', text->avail);
  *ping = (struct ping){.len = (uint32_t)(end - record->frame),
                        .error_offset = (uint32_t)text->skip,
                        .code = (uint8_t)record->code,
                        .state = record->code == SCAN_BLANK ? PING_BLANK : PING_MALFORMED,
                        .has_day = text->has_given_day,
                        .day = text->given_day};
}

bool record_pass(const struct chunk *chunk, uint64_t n, size_t *at) {
  *at = 0;
  if (n && chunk->kind != CHUNK_LINES) return false;
  for (uint64_t i = 0; i < n; i++) {
    const uint8_t *end = memchr(chunk->data + *at, '\n', chunk->len - *at);
    if (!end) return false;
    *at = (size_t)(end - chunk->data) + 1;
  }
  return true;
}
