#include "profile/field_parts.h"

#include <assert.h>

#define PLAIN_POINT  21 /* digits before the point at most, unless there is an exponent */
#define PLAIN_ZEROS  5  /* zeros behind it at most */
#define EXPONENT_MAX 20 /* bytes of "e+1000000000000001" and more */

static_assert(FIELD_DIGITS + PLAIN_POINT + 2 <= FIELD_NUMBER &&
                  FIELD_DIGITS + EXPONENT_MAX + 2 <= FIELD_NUMBER && FIELD_NUMBER <= FIELD_CUT,
              "numbers stand whole");

bool field_number_integer(const uint8_t *p, size_t len, int64_t *integer) {
  const bool minus = len && *p == '-';
  int64_t value = 0;
  p += minus;
  len -= minus;
  if (!len || len > 18) return false;
  for (size_t i = 0; i < len; i++) {
    const unsigned digit = (unsigned)p[i] - '0';
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  *integer = minus ? -value : value;
  return true;
}

static uint8_t *put_zeros(uint8_t *out, int64_t n) {
  for (; n > 0; n--) *out++ = '0';
  return out;
}

/* Some of the digits, from *p on. */
static uint8_t *put_digits(uint8_t *out, const uint8_t **p, size_t n) {
  for (; n; (*p)++)
    if (**p != '.') *out++ = **p, n--;
  return out;
}

static uint8_t *put_exponent(uint8_t *out, int64_t exponent) {
  uint8_t digits[EXPONENT_MAX];
  size_t n = 0;
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  uint64_t left = exponent < 0 ? 0 - (uint64_t)exponent : (uint64_t)exponent;
  do digits[n++] = (uint8_t)('0' + left % 10);
  while (left /= 10);
  while (n) *out++ = digits[--n];
  return out;
}

bool field_number_format(const struct decimal *number, uint8_t out[FIELD_NUMBER], uint32_t *len) {
  const uint8_t *p = number->digits;
  const int64_t point = number->exponent;
  uint8_t *at = out;
  if (number->len > FIELD_DIGITS) return false;
  const size_t n = number->len - (number->len && memchr(p, '.', number->len) != NULL);
  if (number->negative) *at++ = '-';
  if (!n) *at++ = '0';
  else if (point > 0 && point <= PLAIN_POINT) {
    const size_t whole = n < (size_t)point ? n : (size_t)point;
    at = put_zeros(put_digits(at, &p, whole), point - (int64_t)whole);
    if (n > whole) {
      *at++ = '.';
      at = put_digits(at, &p, n - whole);
    }
  } else if (point <= 0 && point >= -PLAIN_ZEROS) {
    *at++ = '0';
    *at++ = '.';
    at = put_digits(put_zeros(at, -point), &p, n);
  } else {
    at = put_digits(at, &p, 1);
    if (n > 1) {
      *at++ = '.';
      at = put_digits(at, &p, n - 1);
    }
    at = put_exponent(at, point - 1);
  }
  *len = (uint32_t)(at - out);
  return true;
}
