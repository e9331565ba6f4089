#include "scan/decimal.h"

#define EXPONENT_MAX INT64_C(1000000000000000)

static bool is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

static size_t digits(const uint8_t *p, size_t len) {
  size_t n = 0;
  while (n < len && is_digit(p[n])) n++;
  return n;
}

/* The exponent's number, all of the text. */
static bool exponent_parse(const uint8_t *p, size_t len, int64_t *exponent) {
  const bool negative = len && *p == '-', sign = len && (*p == '-' || *p == '+');
  int64_t value = 0;
  if (len == sign || digits(p + sign, len - sign) != len - sign) return false;
  for (size_t i = sign; i < len && value < EXPONENT_MAX; i++) value = value * 10 + (p[i] - '0');
  if (value > EXPONENT_MAX) value = EXPONENT_MAX;
  *exponent = negative ? -value : value;
  return true;
}

/* The digits in `p` without the zeros around them; `whole` of them stand before the point. */
static void decimal_trim(struct decimal *decimal, const uint8_t *p, size_t len, size_t whole) {
  int64_t point = (int64_t)whole;
  while (len && (p[len - 1] == '0' || p[len - 1] == '.')) len--;
  for (; len && (*p == '0' || *p == '.'); p++, len--) point -= *p == '0';
  decimal->digits = p;
  decimal->len = len;
  decimal->exponent += point;
  if (!len) decimal->negative = false;
}

bool decimal_parse(const uint8_t *text, size_t len, struct decimal *decimal) {
  const uint8_t *p = text, *end = text + len;
  *decimal = (struct decimal){.negative = len && *p == '-'};
  p += decimal->negative;
  const uint8_t *first = p;
  const size_t whole = digits(p, (size_t)(end - p));
  if (!whole || (*p == '0' && whole > 1)) return false;
  p += whole;
  if (p < end && *p == '.') {
    const size_t fraction = digits(p + 1, (size_t)(end - p - 1));
    if (!fraction) return false;
    p += 1 + fraction;
  }
  const uint8_t *last = p;
  if (p < end &&
      ((*p | 0x20) != 'e' || !exponent_parse(p + 1, (size_t)(end - p - 1), &decimal->exponent)))
    return false;
  decimal_trim(decimal, first, (size_t)(last - first), whole);
  return true;
}

static int magnitude_compare(const struct decimal *a, const struct decimal *b) {
  size_t i = 0, j = 0;
  if (a->exponent != b->exponent) return a->exponent < b->exponent ? -1 : 1;
  for (;; i++, j++) {
    if (i < a->len && a->digits[i] == '.') i++;
    if (j < b->len && b->digits[j] == '.') j++;
    if (i == a->len || j == b->len) return (i < a->len) - (j < b->len);
    if (a->digits[i] != b->digits[j]) return a->digits[i] < b->digits[j] ? -1 : 1;
  }
}

static int sign_of(const struct decimal *d) { return !d->len ? 0 : d->negative ? -1 : 1; }

int decimal_compare(const struct decimal *a, const struct decimal *b) {
  const int sign = sign_of(a);
  if (sign != sign_of(b)) return sign < sign_of(b) ? -1 : 1;
  return sign * (sign ? magnitude_compare(a, b) : 0);
}
