#include "scan/key.h"
#include "base/hash.h"
#include "scan/token.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define UUID_TEXT  36
#define KEY_BUFFER 1024

/* ---- documentIds ---- */

/* Eight characters of a UUID, folded to lower case; what is no hexadecimal digit, or no dash in the
 * bytes of `dashes` (all ones there), sets bits in *bad. All eight at once, one a byte: adding
 * 0x80 - c sets the top bit of a byte below 0x80 if it is at least c. */
static inline uint64_t uuid_fold_word(uint64_t word, uint64_t dashes, uint64_t *bad) {
  const uint64_t ones = 0x0101010101010101u, top = ones * 0x80;
  uint64_t seven = word & ~top, lower = seven | ones * 0x20;
  uint64_t digit = (seven + ones * (0x80 - '0')) & ~(seven + ones * (0x80 - '9' - 1));
  uint64_t letter = (lower + ones * (0x80 - 'a')) & ~(lower + ones * (0x80 - 'f' - 1));
  *bad |= ((word | ~(digit | letter)) & top & ~dashes) | ((word ^ ones * '-') & dashes);
  return word | ((letter & top & ~dashes) >> 2);
}

/* Writes the 36 bytes at p in lower case if they are a UUID (either case, any version: the
 * pipeline's schemas ask for no more). */
static bool uuid_fold(const uint8_t *p, uint8_t out[UUID_TEXT]) {
  static const uint8_t at[5] = {0, 8, 16, 24, 28};
  static const uint64_t dashes[5] = {0, 0x0000FF00000000FFu, 0xFF00000000FF0000u, 0, 0};
  uint64_t bad = 0;
  for (unsigned i = 0; i < 5; i++) {
    uint64_t word;
    memcpy(&word, p + at[i], 8);
    word = uuid_fold_word(word, dashes[i], &bad);
    memcpy(out + at[i], &word, 8);
  }
  return !bad;
}

/* A UUID of len bytes at p, with or without one pair of braces. */
static bool uuid_in(const uint8_t *p, size_t len, uint8_t out[UUID_TEXT]) {
  if (len == UUID_TEXT) return uuid_fold(p, out);
  if (len != UUID_TEXT + 2 || p[0] != '{' || p[len - 1] != '}') return false;
  return uuid_fold(p + 1, out);
}

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
