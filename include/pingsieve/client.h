/* A client id as it is counted. */
#ifndef PINGSIEVE_CLIENT_H
#define PINGSIEVE_CLIENT_H

#include <pingsieve/export.h>
#include <stddef.h>
#include <stdint.h>

PS_BEGIN_DECLS

/* A UUID (in one pair of braces or not, either case) is told by its 16 bytes; any other text of at
 * most 16 bytes stands there as it is, padded with NULs; a longer one, or one with a NUL in it, is
 * told by its XXH3-128 (canonical form, no seed). */
enum ps_client_kind {
  PS_CLIENT_NONE,   /* no clientId, or none that is a non-empty string; id is all 0 */
  PS_CLIENT_CANARY, /* c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0: every client that turned upload off */
  PS_CLIENT_UUID,
  PS_CLIENT_TEXT,
  PS_CLIENT_HASH
};

struct ps_client {
  uint8_t id[16];
  uint8_t kind; /* enum ps_client_kind */
};

/* The client that a clientId of these bytes, unescaped, is; no bytes are PS_CLIENT_NONE. */
PS_API void ps_client_of(const char *id, size_t len, struct ps_client *client);

/* The id as text: "0a1b2c3d-..." in lower case, the text itself, "#" and 32 hex digits of the hash;
 * "" and the canary's for the first two kinds. Nothing is escaped. NUL-terminated. */
#define PS_CLIENT_TEXT_BYTES 40
PS_API char *ps_client_format(const struct ps_client *client, char out[PS_CLIENT_TEXT_BYTES]);

PS_END_DECLS

#endif
