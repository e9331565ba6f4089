#include "report/identity.h"

#include "base/utf8.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define ELLIPSIS    "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd"

static const char *const kind_names[] = {
    [PS_CLIENT_NONE] = "none", [PS_CLIENT_CANARY] = "canary", [PS_CLIENT_UUID] = "uuid",
    [PS_CLIENT_TEXT] = "text", [PS_CLIENT_HASH] = "hash",
};
#define KINDS (sizeof kind_names / sizeof kind_names[0])

const char *identity_kind_name(unsigned kind) {
  return kind_names[kind < KINDS ? kind : PS_CLIENT_NONE];
}

bool identity_kind_parse(const char *name, uint8_t *kind) {
  for (size_t i = 0; i < KINDS; i++)
    if (!strcmp(kind_names[i], name)) {
      *kind = (uint8_t)i;
      return true;
    }
  return false;
}

void identity_clean(const char *text, char *out, size_t cap) {
  size_t len = strlen(text), at = 0;
  for (size_t i = 0; i < len;) {
    size_t n = utf8_length((const uint8_t *)text + i, len - i);
    const char *from = n ? text + i : REPLACEMENT;
    size_t wide = n ? n : strlen(REPLACEMENT);
    if (at + wide >= cap) break;
    memcpy(out + at, from, wide);
    at += wide;
    i += n ? n : 1;
  }
  out[at] = '\0';
}

void identity_shorten(struct identity *who) {
  who->whole = false;
  size_t len = strlen(who->name), at = 0;
  if (who->client.kind == PS_CLIENT_HASH) {
    if (len > 1 + IDENTITY_SHORT) who->name[1 + IDENTITY_SHORT] = '\0';
    return;
  }
  for (unsigned n = 0; n < IDENTITY_SHORT && at < len; n++)
    at += utf8_length((const uint8_t *)who->name + at, len - at);
  static_assert(4 * IDENTITY_SHORT + sizeof ELLIPSIS <= IDENTITY_NAME, "room for the ellipsis");
  if (at < len) memcpy(who->name + at, ELLIPSIS, sizeof ELLIPSIS);
}

void identity_of_client(struct identity *who, const struct ps_client *client, bool show_ids) {
  uint8_t bytes[1 + sizeof client->id] = {client->kind};
  memcpy(bytes + 1, client->id, sizeof client->id);
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, sizeof bytes));
  static_assert(sizeof canonical.digest == IDENTITY_KEY, "a key is a whole hash");
  memcpy(who->key, canonical.digest, IDENTITY_KEY);
  who->client = *client;
  who->whole = true;
  char text[PS_CLIENT_TEXT_BYTES];
  identity_clean(ps_client_format(client, text), who->name, sizeof who->name);
  if (!show_ids || client->kind == PS_CLIENT_HASH) identity_shorten(who);
}

int identity_compare(const struct identity *a, const struct identity *b) {
  return memcmp(a->key, b->key, IDENTITY_KEY);
}

void identity_format_key(const struct identity *who, char out[2 * IDENTITY_KEY + 1]) {
  for (size_t i = 0; i < IDENTITY_KEY; i++) (void)snprintf(out + 2 * i, 3, "%02x", who->key[i]);
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool identity_parse_key(const char *text, size_t len, struct identity *who) {
  if (len != 2 * IDENTITY_KEY) return false;
  for (size_t i = 0; i < IDENTITY_KEY; i++) {
    int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    who->key[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}
