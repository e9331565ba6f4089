#include "cli/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *suffix;
  uint64_t factor;
} units[] = {
    {"", 1},
    {"k", 1000},
    {"kB", 1000},
    {"M", 1000000},
    {"MB", 1000000},
    {"G", 1000000000},
    {"GB", 1000000000},
    {"KiB", UINT64_C(1) << 10},
    {"Ki", UINT64_C(1) << 10},
    {"MiB", UINT64_C(1) << 20},
    {"Mi", UINT64_C(1) << 20},
    {"GiB", UINT64_C(1) << 30},
    {"Gi", UINT64_C(1) << 30},
};

bool number_parse(const char *text, bool suffixes, uint64_t *number) {
  uint64_t n = 0;
  const char *p = text;
  for (; *p >= '0' && *p <= '9'; p++)
    if (__builtin_mul_overflow(n, UINT64_C(10), &n) ||
        __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
      return false;
  if (p == text) return false;
  size_t known = suffixes ? sizeof units / sizeof units[0] : 1;
  for (size_t i = 0; i < known; i++)
    if (!strcmp(p, units[i].suffix)) return !__builtin_mul_overflow(n, units[i].factor, number);
  return false;
}

char *number_format_size(uint64_t number, char out[NUMBER_TEXT]) {
  static const char *const names[] = {"", "KiB", "MiB", "GiB"};
  unsigned u = 0;
  while (u < 3 && number && number % 1024 == 0) {
    number /= 1024;
    u++;
  }
  (void)snprintf(out, NUMBER_TEXT, "%" PRIu64 "%s", number, names[u]);
  return out;
}
