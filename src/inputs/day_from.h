/* The day that stands in a path: all pings of the file are of it.
 *
 * Matches of a POSIX extended regular expression are tried from left to right, each search
 * beginning behind the beginning of the match before; the first one with a real date in it decides:
 * the first of its groups that is a date, else the whole match. Dates are those of day_parse().
 */
#ifndef INPUTS_DAY_FROM_H
#define INPUTS_DAY_FROM_H

#include "base/day.h"
#include <pingsieve/error.h>
#include <regex.h>

struct day_from {
  /* Without a pattern a scan of its own does what PS_DAY_FROM_DEFAULT says: regexec(3) takes many
   * microseconds a path. */
  bool compiled;
  regex_t regex;
};

/* pattern NULL: PS_DAY_FROM_DEFAULT. PS_E_ARGUMENT: it is no regular expression. */
int day_from_init(struct day_from *from, const char *pattern, struct ps_error *err);
void day_from_release(struct day_from *from);
bool day_from_path(const struct day_from *from, const char *path, day_t *day);

#endif
