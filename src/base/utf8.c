#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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

/* Bidi controls, line separators and spaces without width. */
static bool hides_or_reorders(const uint8_t *p, size_t len, unsigned *code) {
  if (len == 2 && p[0] == 0xD8 && p[1] == 0x9C) {
    *code = 0x061C;
    return true;
  }
  if (len != 3) return false;
  *code = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
  return *code == 0x200B || *code == 0x200E || *code == 0x200F ||
         (*code >= 0x2028 && *code <= 0x202E) || (*code >= 0x2066 && *code <= 0x2069) ||
         *code == 0xFEFF;
}

size_t utf8_visible(const uint8_t *p, size_t avail, char form[UTF8_VISIBLE]) {
  size_t len = utf8_length(p, avail);
  bool c1 = len == 2 && p[0] == 0xC2 && p[1] < 0xA0;
  unsigned code;
  if (len > 0 && !c1 && *p >= 0x20 && *p != 0x7F) {
    if (hides_or_reorders(p, len, &code)) {
      (void)snprintf(form, UTF8_VISIBLE, "\\u%04x", code & 0xFFFFu);
      return len;
    }
    memcpy(form, p, len);
    form[len] = '\0';
    return len;
  }
  if (*p == '\n') (void)snprintf(form, UTF8_VISIBLE, "\\n");
  else if (*p == '\t') (void)snprintf(form, UTF8_VISIBLE, "\\t");
  else (void)snprintf(form, UTF8_VISIBLE, "\\x%02x", c1 ? p[1] : *p);
  return c1 ? 2 : 1;
}
