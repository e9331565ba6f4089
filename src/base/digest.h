/* Digest: XXH3-128 of bytes that come in pieces, to tell whether two files are the same.
 *
 * It can be asked for at any time and be fed on afterwards. Not secret: it finds changes, it does
 * not resist someone who makes two files with one digest. One thread at a time.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 16 /* in the canonical, big-endian form of xxhash.h */

struct digest;

struct digest *digest_create(void);      /* NULL: no memory */
void digest_free(struct digest *digest); /* NULL is fine */
void digest_update(struct digest *digest, const void *data, size_t len);
void digest_value(const struct digest *digest, uint8_t value[DIGEST_BYTES]); /* of all until now */

#endif
