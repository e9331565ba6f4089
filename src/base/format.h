/* Numbers for people: each writes a NUL-terminated text of at most FORMAT_TEXT bytes into `out` and
 * returns it. */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdint.h>

#define FORMAT_TEXT 40

char *format_count(uint64_t n, char out[FORMAT_TEXT]);     /* 1,282,154 */
char *format_bytes(uint64_t bytes, char out[FORMAT_TEXT]); /* 12.3 MB (powers of 1000); 512 B */
char *format_share(uint64_t part, uint64_t of,
                   char out[FORMAT_TEXT]);                /* 1.28 %; "-" when of is 0 */
char *format_exact(double number, char out[FORMAT_TEXT]); /* the shortest that reads back; inf */
char *format_seconds(double seconds,
                     char out[FORMAT_TEXT]); /* 0.35 s, 12.3 s, 4 min 5 s, 3 h 2 min */

#endif
