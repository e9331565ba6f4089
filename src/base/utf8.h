/* UTF-8 one character at a time, for texts off the hot path (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length (1 to 4) of the well-formed character at p, of which `avail` bytes may be read; 0 if
 * there is none (overlong forms, surrogates and code points over U+10FFFF included). */
size_t utf8_length(const uint8_t *p, size_t avail);

#endif
