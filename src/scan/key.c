#include "scan/key.h"
#include "base/hash.h"
#include "scan/token.h"
#include "scan/uuid.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define KEY_BUFFER 1024

/* ---- texts of any length ---- */

struct key_text {
  const uint8_t *secret;
  size_t len;     /* in the buffer */
  bool streaming; /* the buffer was full before: `state` has what came so far */
  uint8_t buffer[KEY_BUFFER];
  XXH3_state_t state;
};

static void text_begin(struct key_text *text, const uint8_t *secret) {
  text->secret = secret;
  text->len = 0;
  text->streaming = false;
}

static void text_spill(struct key_text *text) {
  if (!text->streaming) {
    XXH3_INITSTATE(&text->state);
    (void)XXH3_128bits_reset_withSecret(&text->state, text->secret, PS_SECRET_BYTES);
  }
  (void)XXH3_128bits_update(&text->state, text->buffer, text->len);
  text->streaming = true;
  text->len = 0;
}

static void text_add(struct key_text *text, const uint8_t *bytes, size_t len) {
  while (len) {
    size_t room = KEY_BUFFER - text->len, now = len < room ? len : room;
    memcpy(text->buffer + text->len, bytes, now);
    text->len += now;
    bytes += now;
    len -= now;
    if (text->len == KEY_BUFFER) text_spill(text);
  }
}

static void text_add_span(struct key_text *text, const uint8_t *line,
                          const struct scan_span *span) {
  const uint8_t *p = line + span->offset, *end = p + span->len;
  if (!span->escaped) {
    text_add(text, p, span->len);
    return;
  }
  while (p < end) {
    uint8_t character[4];
    size_t written;
    p = token_decode(p, end, character, &written);
    text_add(text, character, written);
  }
}

static struct ps_key text_key(struct key_text *text) {
  if (!text->streaming) return hash_key(text->buffer, text->len, text->secret);
  text_spill(text);
  XXH128_hash_t hash = XXH3_128bits_digest(&text->state);
  struct ps_key key = {hash.high64, hash.low64};
  if (!(key.hi | key.lo)) key.lo = 1; /* as hash_key() */
  return key;
}

/* The documentId decoded into the text; a UUID is folded. */
static void text_add_id(struct key_text *text, const uint8_t *line, const struct scan_span *id) {
  uint8_t folded[UUID_TEXT];
  text_add_span(text, line, id);
  if (text->streaming || !uuid_in(text->buffer, text->len, folded)) return;
  memcpy(text->buffer, folded, UUID_TEXT);
  text->len = UUID_TEXT;
}

struct ps_key key_of_id(const uint8_t *line, const struct scan_span *id,
                        const uint8_t secret[PS_SECRET_BYTES]) {
  uint8_t folded[UUID_TEXT];
  const uint8_t *p = line + id->offset;
  if (likely(!id->escaped)) {
    if (likely(uuid_in(p, id->len, folded))) return hash_key(folded, UUID_TEXT, secret);
    return hash_key(p, id->len, secret);
  }
  struct key_text text;
  text_begin(&text, secret);
  text_add_id(&text, line, id);
  return text_key(&text);
}

/* ---- scopes ---- */

static size_t decoded_length(const uint8_t *line, const struct scan_span *span) {
  const uint8_t *p = line + span->offset, *end = p + span->len;
  size_t len = 0, written;
  uint8_t character[4];
  if (!span->escaped) return span->len;
  for (; p < end; len += written) p = token_decode(p, end, character, &written);
  return len;
}

static void text_add_head(struct key_text *text, uint8_t type, size_t len) {
  uint8_t head[8] = {type};
  for (unsigned i = 1; i < sizeof head; i++) head[i] = (uint8_t)((uint64_t)len >> 8 * (i - 1));
  text_add(text, head, sizeof head);
}

static void text_add_part(struct key_text *text, const uint8_t *line,
                          const struct scan_span *part) {
  bool bare = part->type == SCAN_NONE || part->type == SCAN_OBJECT || part->type == SCAN_ARRAY;
  text_add_head(text, part->type, bare ? 0 : decoded_length(line, part));
  if (!bare) text_add_span(text, line, part);
}

struct ps_key key_of_scope(const uint8_t *line, const struct scan_span *id,
                           const struct scan_span *scope, size_t n,
                           const uint8_t secret[PS_SECRET_BYTES]) {
  struct key_text text;
  uint8_t folded[UUID_TEXT];
  text_begin(&text, secret);
  if (id->escaped) text_add_id(&text, line, id);
  bool uuid = id->escaped ? !text.streaming && uuid_in(text.buffer, text.len, folded)
                          : uuid_in(line + id->offset, id->len, folded);
  text_begin(&text, secret);
  if (uuid) {
    text_add_head(&text, SCAN_STRING, UUID_TEXT);
    text_add(&text, folded, UUID_TEXT);
  } else text_add_part(&text, line, id);
  for (size_t i = 0; i < n; i++) text_add_part(&text, line, &scope[i]);
  return text_key(&text);
}
