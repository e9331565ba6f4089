#include "scan/client.h"
#include "scan/token.h"
#include "scan/uuid.h"

#include <assert.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CLIENT_BUFFER 1024

static_assert(sizeof(struct ps_client) == UUID_BYTES + 1, "an id and its kind, no padding");
static_assert(PS_CLIENT_TEXT_BYTES > UUID_TEXT, "room for a UUID");

static const uint8_t canary[UUID_BYTES] = {0xC0, 0xFF, 0xEE, 0xC0, 0xFF, 0xEE, 0xC0, 0xFF,
                                           0xEE, 0xC0, 0xFF, 0xEE, 0xC0, 0xFF, 0xEE, 0xC0};

static void client_hash(XXH128_hash_t hash, struct ps_client *client) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  memcpy(client->id, canonical.digest, sizeof client->id);
  client->kind = PS_CLIENT_HASH;
}

/* The client whose id is the text at p as it stands. */
static void client_of_text(const uint8_t *p, size_t len, struct ps_client *client) {
  uint8_t bytes[UUID_BYTES];
  if (likely(uuid_parse(p, len, bytes))) {
    memcpy(client->id, bytes, UUID_BYTES);
    client->kind = memcmp(client->id, canary, UUID_BYTES) ? PS_CLIENT_UUID : PS_CLIENT_CANARY;
    return;
  }
  if (len > sizeof client->id || memchr(p, 0, len)) {
    client_hash(XXH3_128bits(p, len), client);
    return;
  }
  memcpy(client->id, p, len);
  client->kind = PS_CLIENT_TEXT;
}

/* An id whose text goes beyond the buffer; p is where the rest begins. */
static void client_of_long_text(uint8_t buffer[CLIENT_BUFFER], size_t len, const uint8_t *p,
                                const uint8_t *end, struct ps_client *client) {
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  (void)XXH3_128bits_reset(&state);
  for (;;) {
    (void)XXH3_128bits_update(&state, buffer, len);
    if (p == end) break;
    for (len = 0; p < end && len <= CLIENT_BUFFER - 4;) {
      size_t written;
      p = token_decode(p, end, buffer + len, &written);
      len += written;
    }
  }
  client_hash(XXH3_128bits_digest(&state), client);
}

static void client_of_escaped(const uint8_t *line, const struct scan_span *span,
                              struct ps_client *client) {
  const uint8_t *p = line + span->offset, *end = p + span->len;
  uint8_t buffer[CLIENT_BUFFER];
  size_t len = 0, written;
  for (; p < end && len <= CLIENT_BUFFER - 4; len += written)
    p = token_decode(p, end, buffer + len, &written);
  if (p == end) client_of_text(buffer, len, client);
  else client_of_long_text(buffer, len, p, end, client);
}

void client_parse(const uint8_t *line, const struct scan_span *span, struct ps_client *client) {
  *client = (struct ps_client){.kind = PS_CLIENT_NONE};
  if (span->type != SCAN_STRING || !span->len) return;
  if (unlikely(span->escaped)) client_of_escaped(line, span, client);
  else client_of_text(line + span->offset, span->len, client);
}

void ps_client_of(const char *id, size_t len, struct ps_client *client) {
  *client = (struct ps_client){.kind = PS_CLIENT_NONE};
  if (len) client_of_text((const uint8_t *)id, len, client);
}

/* ---- as text ---- */

static void put_hex(char *out, const uint8_t *bytes, size_t n) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  out[2 * n] = '\0';
}

static void put_uuid(char *out, const uint8_t id[UUID_BYTES]) {
  static const uint8_t parts[] = {4, 2, 2, 2, 6};
  for (unsigned i = 0; i < sizeof parts; i++) {
    if (i) *out++ = '-';
    put_hex(out, id, parts[i]);
    out += 2 * parts[i];
    id += parts[i];
  }
}

char *ps_client_format(const struct ps_client *client, char out[PS_CLIENT_TEXT_BYTES]) {
  switch ((enum ps_client_kind)client->kind) {
  case PS_CLIENT_CANARY: put_uuid(out, canary); break;
  case PS_CLIENT_UUID: put_uuid(out, client->id); break;
  case PS_CLIENT_TEXT:
    memcpy(out, client->id, sizeof client->id);
    out[sizeof client->id] = '\0';
    break;
  case PS_CLIENT_HASH:
    *out = '#';
    put_hex(out + 1, client->id, sizeof client->id);
    break;
  default: *out = '\0';
  }
  return out;
}
