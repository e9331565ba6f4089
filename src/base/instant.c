#include "base/instant.h"
#include "base/civil.h"
#include "base/day.h"

#include <stdio.h>

#define SECOND UINT64_C(1000000000)
#define DAY    (86400 * SECOND)

/* ---- RFC 3339 ---- */

struct cursor {
  const char *p, *end;
};

static bool take(struct cursor *c, char wanted) {
  if (c->p == c->end || *c->p != wanted) return false;
  c->p++;
  return true;
}

/* Two digits, at most `max`. */
static bool take_pair(struct cursor *c, unsigned max, unsigned *value) {
  if (c->end - c->p < 2 || !civil_digits(c->p, 2, value) || *value > max) return false;
  c->p += 2;
  return true;
}

static bool take_date(struct cursor *c, uint32_t *days) {
  const char *p = c->p;
  unsigned y, m, d;
  if (c->end - p < 10 || p[4] != '-' || p[7] != '-') return false;
  if (!civil_digits(p, 4, &y) || !civil_digits(p + 5, 2, &m) || !civil_digits(p + 8, 2, &d))
    return false;
  c->p += 10;
  return civil_days(y, m, d, days);
}

/* The digits after a point, as nanoseconds; those beyond the ninth are dropped. */
static bool take_fraction(struct cursor *c, uint64_t *ns) {
  const char *first = c->p;
  uint64_t unit = SECOND / 10;
  for (*ns = 0; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++, unit /= 10)
    *ns += unit * (uint64_t)(*c->p - '0');
  return c->p > first;
}

static bool take_time(struct cursor *c, uint64_t *ns) {
  unsigned hours, minutes, seconds = 0;
  uint64_t fraction = 0;
  if (!take_pair(c, 23, &hours) || !take(c, ':') || !take_pair(c, 59, &minutes)) return false;
  if (take(c, ':')) {
    if (!take_pair(c, 60, &seconds)) return false;
    if (take(c, '.') && !take_fraction(c, &fraction)) return false;
  }
  if (seconds == 60) seconds = 59;
  *ns = (hours * 3600 + minutes * 60 + seconds) * SECOND + fraction;
  return true;
}

/* The seconds to add to get UTC. */
static bool take_offset(struct cursor *c, int *seconds) {
  unsigned hours, minutes;
  *seconds = 0;
  if (c->p == c->end || take(c, 'Z') || take(c, 'z')) return true;
  const bool east = take(c, '+');
  if (!east && !take(c, '-')) return false;
  if (!take_pair(c, 23, &hours) || !take(c, ':') || !take_pair(c, 59, &minutes)) return false;
  *seconds = (int)(hours * 3600 + minutes * 60) * (east ? -1 : 1);
  return true;
}

bool instant_parse(const void *text, size_t len, uint64_t *ns) {
  struct cursor c = {text, (const char *)text + len};
  uint32_t days;
  uint64_t time, whole;
  int offset;
  if (!take_date(&c, &days)) return false;
  if (!take(&c, 'T') && !take(&c, 't') && !take(&c, ' ')) return false;
  if (!take_time(&c, &time) || !take_offset(&c, &offset) || c.p != c.end) return false;
  if (__builtin_mul_overflow((uint64_t)days, DAY, &whole) ||
      __builtin_add_overflow(whole, time, &whole))
    return false;
  return !(offset < 0 ? __builtin_sub_overflow(whole, (uint64_t)-offset * SECOND, ns)
                      : __builtin_add_overflow(whole, (uint64_t)offset * SECOND, ns));
}

/* ---- nanoseconds ---- */

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
  if (p == end || end - p > 6 || !civil_digits(p, (size_t)(end - p), &shift)) return false;
  *exponent += minus ? -(int)shift : (int)shift;
  return true;
}

bool instant_parse_nanoseconds(const void *text, size_t len, uint64_t *ns) {
  int exponent;
  if (len > DAY_NANOSECONDS_MAX || !parse_decimal(text, len, ns, &exponent)) return false;
  for (; exponent > 0 && *ns; exponent--)
    if (__builtin_mul_overflow(*ns, 10u, ns)) return false;
  for (; exponent < 0 && *ns; exponent++) *ns /= 10;
  return true;
}

/* ---- as text ---- */

void instant_format(uint64_t ns, char text[INSTANT_TEXT]) {
  const unsigned seconds = (unsigned)(ns % DAY / SECOND);
  unsigned year, month, day;
  civil_date((uint32_t)(ns / DAY), &year, &month, &day);
  (void)snprintf(text, INSTANT_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", year % 10000u, month % 100u,
                 day % 100u, seconds / 3600, seconds / 60 % 60, seconds % 60);
}
