/* Days as they are written on the command line: 2017-03-12 or 20170312. */
#ifndef CLI_DAY_ARGUMENT_H
#define CLI_DAY_ARGUMENT_H

#include "base/day.h"

bool day_argument_parse(const char *text, size_t len, day_t *day);

/* The same, and "today" and "yesterday" as of `now` (seconds since 1970), in UTC as the days of
 * pings are. */
bool day_argument_parse_word(const char *text, int64_t now, day_t *day);

#endif
