/* Numbers compared as they are written, exactly: no rounding (a time in nanoseconds does not fit a
 * double), no locale, no bound on digits.
 */
#ifndef SCAN_DECIMAL_H
#define SCAN_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0.DIGITS * 10^exponent; borrows the text. Zero has no digits and no sign. */
struct decimal {
  const uint8_t *digits; /* from the first that is not 0 to the last, perhaps a '.' among them */
  size_t len;
  int64_t exponent; /* as written stays at +-10^15, what is beyond counts as that */
  bool negative;
};

/* False: the text is not a number as JSON writes them (RFC 8259 section 6). */
bool decimal_parse(const uint8_t *text, size_t len, struct decimal *decimal);

/* < 0, 0 or > 0. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

#endif
