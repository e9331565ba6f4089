#include "base/day.h"
#include "base/civil.h"
#include "base/instant.h"

#include <stdio.h>

void day_civil(day_t day, int *year, unsigned *month, unsigned *day_of_month) {
  unsigned y;
  civil_date(day, &y, month, day_of_month);
  *year = (int)y;
}

bool day_parse(const void *text, size_t len, day_t *day) {
  const char *p = text;
  unsigned y, m, d;
  size_t dash = len > 4 && p[4] == '-' ? 1 : 0, used = 8 + 2 * dash;
  if (len < used || (len > used && p[used] != 'T' && p[used] != ' ')) return false;
  if (dash && p[7] != '-') return false;
  if (!civil_digits(p, 4, &y) || !civil_digits(p + 4 + dash, 2, &m) ||
      !civil_digits(p + 6 + 2 * dash, 2, &d))
    return false;
  uint32_t days;
  if (!civil_days(y, m, d, &days) || days > DAY_MAX) return false;
  *day = (day_t)days;
  return true;
}

bool day_from_seconds(int64_t unix_seconds, day_t *day) {
  if (unix_seconds < 0 || unix_seconds / 86400 > DAY_MAX) return false;
  *day = (day_t)(unix_seconds / 86400);
  return true;
}

bool day_parse_nanoseconds(const void *text, size_t len, day_t *day) {
  uint64_t ns;
  return instant_parse_nanoseconds(text, len, &ns) &&
         day_from_seconds((int64_t)(ns / 1000000000u), day);
}

void day_format(day_t day, char text[DAY_TEXT]) {
  int year;
  unsigned month, dom;
  day_civil(day, &year, &month, &dom);
  (void)snprintf(text, DAY_TEXT, "%04u-%02u-%02u", (unsigned)year % 10000u, month % 100u,
                 dom % 100u);
}
