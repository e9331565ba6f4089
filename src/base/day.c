#include "base/day.h"

#include <stdio.h>

static int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  unsigned yoe = (unsigned)(y - era * 400);
  unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + (int64_t)doe - 719468;
}

void day_civil(day_t day, int *year, unsigned *month, unsigned *day_of_month) {
  unsigned z = day + 719468u, era = z / 146097, doe = z - era * 146097;
  unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  *day_of_month = doy - (153 * mp + 2) / 5 + 1;
  *month = mp < 10 ? mp + 3 : mp - 9;
  *year = (int)(yoe + era * 400 + (*month <= 2));
}

static bool digits(const char *p, size_t n, unsigned *value) {
  *value = 0;
  for (size_t i = 0; i < n; i++) {
    if (p[i] < '0' || p[i] > '9') return false;
    *value = *value * 10 + (unsigned)(p[i] - '0');
  }
  return true;
}

static unsigned days_in_month(unsigned y, unsigned m) {
  static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
  return days[m - 1] + (m == 2 && leap ? 1u : 0u);
}

bool day_parse(const void *text, size_t len, day_t *day) {
  const char *p = text;
  unsigned y, m, d;
  size_t dash = len > 4 && p[4] == '-' ? 1 : 0, used = 8 + 2 * dash;
  if (len < used || (len > used && p[used] != 'T' && p[used] != ' ')) return false;
  if (dash && p[7] != '-') return false;
  if (!digits(p, 4, &y) || !digits(p + 4 + dash, 2, &m) || !digits(p + 6 + 2 * dash, 2, &d))
    return false;
  if (y < 1970 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m)) return false;
  int64_t n = days_from_civil(y, m, d);
  if (n < 0 || n > DAY_MAX) return false;
  *day = (day_t)n;
  return true;
}

bool day_from_seconds(int64_t unix_seconds, day_t *day) {
  if (unix_seconds < 0 || unix_seconds / 86400 > DAY_MAX) return false;
  *day = (day_t)(unix_seconds / 86400);
  return true;
}

/* A JSON number, not below zero, as mantissa * 10^exponent; digits beyond the 19th are dropped. */
static bool parse_decimal(const char *p, size_t len, uint64_t *mantissa, int *exponent) {
  const char *end = p + len, *begin = p;
  *mantissa = 0;
  *exponent = 0;
  bool fraction = false;
  for (; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && !fraction && p > begin)); p++) {
    if (*p == '.') {
      fraction = true;
      if (p + 1 == end || p[1] < '0' || p[1] > '9') return false;
    } else if (*mantissa < UINT64_MAX / 10 - 1) {
      *mantissa = *mantissa * 10 + (uint64_t)(*p - '0');
      *exponent -= fraction;
    } else *exponent += !fraction;
  }
  if (p == begin) return false;
  if (p == end) return true;
  if (*p != 'e' && *p != 'E') return false;
  bool minus = ++p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) p++;
  unsigned shift;
  if (p == end || end - p > 6 || !digits(p, (size_t)(end - p), &shift)) return false;
  *exponent += minus ? -(int)shift : (int)shift;
  return true;
}

bool day_parse_nanoseconds(const void *text, size_t len, day_t *day) {
  uint64_t n;
  int exponent;
  if (len > DAY_NANOSECONDS_MAX || !parse_decimal(text, len, &n, &exponent)) return false;
  for (; exponent > 0 && n; exponent--)
    if (__builtin_mul_overflow(n, 10u, &n)) return false;
  for (; exponent < 0 && n; exponent++) n /= 10;
  return day_from_seconds((int64_t)(n / 1000000000u), day);
}

void day_format(day_t day, char text[DAY_TEXT]) {
  int year;
  unsigned month, dom;
  day_civil(day, &year, &month, &dom);
  (void)snprintf(text, DAY_TEXT, "%04u-%02u-%02u", (unsigned)year % 10000u, month % 100u,
                 dom % 100u);
}
