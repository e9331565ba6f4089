/* Computing a ping's key from texts that may stand escaped in the line and be of any length.
 *
 * The text is gathered in a buffer on the stack and hashed in one go, as nearly always; longer data
 * are hashed as they come (XXH3's streaming gives the same hash).
 */
#ifndef SCAN_KEY_H
#define SCAN_KEY_H

#include "scan/scan.h"
#include <pingsieve/key.h>

/* The key of a documentId that stands at id, folded if it is a UUID. */
struct ps_key key_of_id(const uint8_t *line, const struct scan_span *id,
                        const uint8_t secret[PS_SECRET_BYTES]);

/* The same with the values of a scope. Each of the n + 1 parts goes in with its type and length;
 * numbers as they stand in the line, objects and arrays by their type alone, absent values (type
 * SCAN_NONE) without text. */
struct ps_key key_of_scope(const uint8_t *line, const struct scan_span *id,
                           const struct scan_span *scope, size_t n,
                           const uint8_t secret[PS_SECRET_BYTES]);

#endif
