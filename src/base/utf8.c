#include "base/utf8.h"

static int is_tail(uint8_t c) { return (c & 0xC0) == 0x80; }

size_t utf8_length(const uint8_t *p, size_t avail) {
  if (!avail) return 0;
  uint8_t a = p[0];
  if (a < 0x80) return 1;
  if (a < 0xC2 || a > 0xF4) return 0;
  size_t n = a < 0xE0 ? 2 : a < 0xF0 ? 3 : 4;
  if (avail < n) return 0;
  for (size_t i = 1; i < n; i++)
    if (!is_tail(p[i])) return 0;
  uint8_t b = p[1];
  if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F)) return 0;
  if ((a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F)) return 0;
  return n;
}
