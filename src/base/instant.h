/* An instant: nanoseconds since 1970-01-01 UTC in 64 bits (to 2554), for the times that server-side
 * fields of pings have. Parsers accept real dates from 1970 on only and return false for anything
 * else; parts that are left out (seconds, fractions) are 0.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2018-03-12T21:02:18.123456Z" (RFC 3339; a blank for T, an offset, or none, which is UTC). A date
 * alone is no instant. A leap second counts as the second before it. */
bool instant_parse(const void *text, size_t len, uint64_t *ns);
/* A JSON number of nanoseconds, as for day_parse_nanoseconds(), to whole nanoseconds; of more than
 * 19 digits the last ones count as 0. */
bool instant_parse_nanoseconds(const void *text, size_t len, uint64_t *ns);
#define INSTANT_TEXT 21 /* "2017-03-12T21:02:18Z" and a NUL */
void instant_format(uint64_t ns, char text[INSTANT_TEXT]);

#endif
