#include "base/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

char *format_count(uint64_t n, char out[FORMAT_TEXT]) {
  char digits[24];
  int len = snprintf(digits, sizeof digits, "%" PRIu64, n), at = 0;
  for (int i = 0; i < len; i++) {
    if (i && (len - i) % 3 == 0) out[at++] = ',';
    out[at++] = digits[i];
  }
  out[at] = '\0';
  return out;
}

char *format_bytes(uint64_t bytes, char out[FORMAT_TEXT]) {
  static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) {
    (void)snprintf(out, FORMAT_TEXT, "%" PRIu64 " B", bytes);
    return out;
  }
  double v = (double)bytes / 1000;
  unsigned u = 0;
  for (; v >= 999.5 && u < 5; u++) v /= 1000;
  (void)snprintf(out, FORMAT_TEXT, v < 99.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
  return out;
}

char *format_share(uint64_t part, uint64_t of, char out[FORMAT_TEXT]) {
  if (!of) (void)snprintf(out, FORMAT_TEXT, "-");
  else (void)snprintf(out, FORMAT_TEXT, "%.2f %%", 100.0 * (double)part / (double)of);
  return out;
}

char *format_exact(double number, char out[FORMAT_TEXT]) {
  for (int digits = 15; digits <= 17; digits++) { /* 17 are always enough (IEEE 754 binary64) */
    (void)snprintf(out, FORMAT_TEXT, "%.*g", digits, number);
    if (strtod(out, NULL) == number) break;
  }
  return out;
}

char *format_seconds(double s, char out[FORMAT_TEXT]) {
  if (!(s > 0)) s = 0; /* no number either */
  if (s > 1e15) s = 1e15;
  uint64_t whole = (uint64_t)(s + 0.5);
  if (s < 9.995) (void)snprintf(out, FORMAT_TEXT, "%.2f s", s);
  else if (s < 119.95) (void)snprintf(out, FORMAT_TEXT, "%.1f s", s);
  else if (whole < 7200)
    (void)snprintf(out, FORMAT_TEXT, "%" PRIu64 " min %" PRIu64 " s", whole / 60, whole % 60);
  else
    (void)snprintf(out, FORMAT_TEXT, "%" PRIu64 " h %" PRIu64 " min", whole / 3600,
                   whole % 3600 / 60);
  return out;
}
