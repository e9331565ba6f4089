/* UTF-8 one character at a time, for texts off the hot path (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length (1 to 4) of the well-formed character at p, of which `avail` bytes may be read; 0 if
 * there is none (overlong forms, surrogates and code points over U+10FFFF included). */
size_t utf8_length(const uint8_t *p, size_t avail);

/* The form in which the character at p (or the byte, if it is no UTF-8) can be shown to a person:
 * itself, or \n, \t, \xNN for what steers a terminal (C0, DEL, C1) and for bytes that are no UTF-8,
 * \uNNNN for what reorders or hides text (bidi controls, line separators, zero width spaces).
 * NUL-terminated in `form`. Returns its length in the input, at least 1; avail > 0. */
#define UTF8_VISIBLE 8
size_t utf8_visible(const uint8_t *p, size_t avail, char form[UTF8_VISIBLE]);

#endif
