#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct ps_key hash_key(const void *data, size_t len, const uint8_t secret[PS_SECRET_BYTES]) {
  XXH128_hash_t h = XXH3_128bits_withSecret(data, len, secret, PS_SECRET_BYTES);
  struct ps_key key = {h.high64, h.low64};
  if (!(key.hi | key.lo)) key.lo = 1;
  return key;
}

uint64_t hash_checksum(const void *data, size_t len) { return XXH3_64bits(data, len); }
