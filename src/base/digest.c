#include "base/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <assert.h>
#include <string.h>

static_assert(sizeof(XXH128_canonical_t) == DIGEST_BYTES, "the digest is XXH3-128");

/* A struct digest is an XXH3_state_t, whose alignment of 64 bytes XXH3_createState() sees to. */
struct digest *digest_create(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state) (void)XXH3_128bits_reset(state);
  return (struct digest *)state;
}

void digest_free(struct digest *digest) { (void)XXH3_freeState((XXH3_state_t *)digest); }

void digest_update(struct digest *digest, const void *data, size_t len) {
  if (len) (void)XXH3_128bits_update((XXH3_state_t *)digest, data, len);
}

void digest_value(const struct digest *digest, uint8_t value[DIGEST_BYTES]) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest((const XXH3_state_t *)digest));
  memcpy(value, canonical.digest, DIGEST_BYTES);
}
