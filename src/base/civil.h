/* Civil dates, of the proleptic Gregorian calendar, and days since 1970-01-01. The arithmetic is
 * Howard Hinnant's (http://howardhinnant.github.io/date_algorithms.html). For day.c and instant.c.
 */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: it is no real date, or one before 1970. Years of at most four digits. */
bool civil_days(unsigned year, unsigned month, unsigned day_of_month, uint32_t *days);
void civil_date(uint32_t days, unsigned *year, unsigned *month, unsigned *day_of_month);

/* The number that n decimal digits are; false: others are among them. At most 9. */
static inline bool civil_digits(const char *p, size_t n, unsigned *value) {
  *value = 0;
  for (size_t i = 0; i < n; i++) {
    if (p[i] < '0' || p[i] > '9') return false;
    *value = *value * 10 + (unsigned)(p[i] - '0');
  }
  return true;
}

#endif
