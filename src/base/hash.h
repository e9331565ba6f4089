/* Hashing: the 128-bit keys of the seen-set and the checksums of the store, both XXH3
 * (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md). Keys are taken with the store's random
 * secret, so that nobody can aim collisions at a store.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <pingsieve/key.h>
#include <stddef.h>
#include <stdint.h>

struct ps_key hash_key(const void *data, size_t len, const uint8_t secret[PS_SECRET_BYTES]);
uint64_t hash_checksum(const void *data, size_t len);

#endif
