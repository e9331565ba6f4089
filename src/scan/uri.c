#include "scan/uri.h"
#include "scan/token.h"

#define URI_SEGMENTS 8 /* "submit", namespace, and those that matter */

/* Which segment a part is; 0: the URI does not tell it. */
static const uint8_t telemetry_segments[URI_PARTS] = {
    [URI_ID] = 2,       [URI_TYPE] = 3,        [URI_NAMESPACE] = 1, [URI_VERSION] = 0,
    [URI_APP_NAME] = 4, [URI_APP_VERSION] = 5, [URI_CHANNEL] = 6,   [URI_BUILD] = 7};
static const uint8_t other_segments[URI_PARTS] = {
    [URI_ID] = 4, [URI_TYPE] = 2, [URI_NAMESPACE] = 1, [URI_VERSION] = 3};

bool uri_is_path(const char *path) {
  return !strcmp(path, "attributeMap/uri") || !strcmp(path, "message/attributes/uri");
}

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

struct scan_span uri_part(const uint8_t *line, const struct scan_span *uri, enum uri_part part) {
  static const struct scan_span none = {.type = SCAN_NONE};
  const uint8_t *p = line + uri->offset, *end = p + uri->len;
  struct scan_span segment[URI_SEGMENTS] = {{0}};
  if (uri->type != SCAN_STRING || take_segment(line, &p, end).len) return none; /* no '/' first */
  for (unsigned i = 0; i < URI_SEGMENTS && p < end; i++) segment[i] = take_segment(line, &p, end);
  if (!segment_is(line, &segment[0], "submit")) return none;
  const unsigned at =
      segment_is(line, &segment[1], "telemetry") ? telemetry_segments[part] : other_segments[part];
  return at ? segment[at] : none;
}
