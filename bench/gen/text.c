#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void text_reserve(struct text *t, size_t more) {
  if (t->cap - t->len >= more) return;
  size_t cap = t->cap * 2 + more;
  char *data = realloc(t->data, cap);
  if (!data) {
    (void)fputs("out of memory\n", stderr);
    exit(1);
  }
  t->data = data;
  t->cap = cap;
}

void text_number(struct text *t, uint64_t n) {
  char digits[20];
  unsigned i = sizeof(digits);
  do {
    digits[--i] = (char)('0' + n % 10);
    n /= 10;
  } while (n);
  text_put(t, digits + i, sizeof(digits) - i);
}

void text_digits(struct text *t, uint32_t n, unsigned width) {
  for (unsigned i = width; i-- > 0; n /= 10) t->data[t->len + i] = (char)('0' + n % 10);
  t->len += width;
}

void text_hex(struct text *t, uint64_t n, unsigned digits) {
  for (unsigned i = digits; i-- > 0; n >>= 4) t->data[t->len + i] = "0123456789abcdef"[n & 15];
  t->len += digits;
}

void text_uuid(struct text *t, uint64_t hi, uint64_t lo) {
  hi = (hi & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
  lo = (lo & ~(UINT64_C(3) << 62)) | (UINT64_C(2) << 62);
  text_hex(t, hi >> 32, 8);
  text_char(t, '-');
  text_hex(t, hi >> 16 & 0xffff, 4);
  text_char(t, '-');
  text_hex(t, hi & 0xffff, 4);
  text_char(t, '-');
  text_hex(t, lo >> 48, 4);
  text_char(t, '-');
  text_hex(t, lo & UINT64_C(0xffffffffffff), 12);
}

/* By Howard Hinnant's civil_from_days
 * (http://howardhinnant.github.io/date_algorithms.html).
 */
void text_date(struct text *t, uint32_t day) {
  uint32_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
  uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  uint32_t month = mp < 10 ? mp + 3 : mp - 9;
  text_digits(t, yoe + era * 400 + (month <= 2), 4);
  text_digits(t, month, 2);
  text_digits(t, doy - (153 * mp + 2) / 5 + 1, 2);
}

bool text_write(struct text *t, int fd) {
  for (size_t done = 0; done < t->len;) {
    ssize_t n = write(fd, t->data + done, t->len - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    done += (size_t)n;
  }
  t->len = 0;
  return true;
}
