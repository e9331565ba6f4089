/* A day: days since 1970-01-01 UTC in 16 bits (to 2149-06-06), the unit of retention and accounts.
 *
 * Parsers take the forms that server-side fields of pings have (submissionDate "20170312",
 * submission_timestamp "2018-03-12T21:02:18.123456Z", Timestamp in integer nanoseconds). They
 * accept real calendar dates from 1970 on only and return false for anything else.
 */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint16_t day_t;

#define DAY_MAX  UINT16_MAX
#define DAY_TEXT 11 /* "2017-03-12" and a NUL */

/* "20170312", "2017-03-12", or one of them followed by 'T' or ' ' and anything. */
bool day_parse(const void *text, size_t len, day_t *day);
/* A JSON number of nanoseconds since 1970, also in floating form ("1.485819100278e+18"), exact and
 * whatever the locale; at most DAY_NANOSECONDS_MAX bytes. */
#define DAY_NANOSECONDS_MAX 64
bool day_parse_nanoseconds(const void *text, size_t len, day_t *day);
bool day_from_seconds(int64_t unix_seconds, day_t *day);
void day_format(day_t day, char text[DAY_TEXT]);
/* The calendar date of a day. */
void day_civil(day_t day, int *year, unsigned *month, unsigned *day_of_month);

#endif
