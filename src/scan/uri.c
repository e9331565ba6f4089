#include "scan/uri.h"
#include "scan/token.h"

#define URI_SEGMENTS 5 /* "submit", namespace, and the three that matter */

/* The segment that begins at *rest, up to a '/' or the end of the path; *rest goes behind it, to
 * `end` after the last one. */
static struct scan_span take_segment(const uint8_t *line, const uint8_t **rest,
                                     const uint8_t *end) {
  const uint8_t *p = *rest, *start = p;
  struct scan_span segment = {.offset = (uint32_t)(p - line)};
  while (p < end) {
    uint8_t character[4];
    size_t written;
    const uint8_t *next = token_decode(p, end, character, &written);
    if (written == 1 && (*character == '/' || *character == '?')) {
      *rest = *character == '/' ? next : end;
      break;
    }
    if (*p == '\\') segment.escaped = 1;
    p = next;
  }
  if (p >= end) *rest = end;
  segment.len = (uint32_t)(p - start);
  segment.type = segment.len ? SCAN_STRING : SCAN_NONE;
  return segment;
}

static bool segment_is(const uint8_t *line, const struct scan_span *segment, const char *name) {
  uint8_t text[64];
  size_t len = strlen(name);
  if (segment->len > sizeof text) return false;
  return scan_unescape(line, segment, text) == len && !memcmp(text, name, len);
}

void uri_parts(const uint8_t *line, const struct scan_span *uri, struct scan_span *id,
               struct scan_span *type) {
  const uint8_t *p = line + uri->offset, *end = p + uri->len;
  struct scan_span part[URI_SEGMENTS] = {{0}};
  *id = *type = (struct scan_span){.type = SCAN_NONE};
  if (uri->type != SCAN_STRING || take_segment(line, &p, end).len) return; /* begins with a '/' */
  for (unsigned i = 0; i < URI_SEGMENTS && p < end; i++) part[i] = take_segment(line, &p, end);
  if (!segment_is(line, &part[0], "submit")) return;
  bool telemetry = segment_is(line, &part[1], "telemetry");
  *id = part[telemetry ? 2 : 4];
  *type = part[telemetry ? 3 : 2];
}
