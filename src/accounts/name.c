#include "accounts/name.h"

#include "base/day.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_DIGITS 5u
#define LOG_DIGITS 20u

char *name_day(uint32_t day, char name[PS_VALUE_NAME]) {
  (void)snprintf(name, PS_VALUE_NAME, NAME_DAYS "%05" PRIu32 "/", day);
  return name;
}

char *name_record(uint32_t day, char name[PS_VALUE_NAME]) {
  (void)snprintf(name, PS_VALUE_NAME, NAME_DAYS "%05" PRIu32 "/day", day);
  return name;
}

char *name_part(uint32_t day, unsigned rank, unsigned part, char name[PS_VALUE_NAME]) {
  (void)snprintf(name, PS_VALUE_NAME, NAME_DAYS "%05" PRIu32 "/part/%u/%02u", day, rank, part);
  return name;
}

char *name_log(uint32_t day, uint64_t sequence, char name[PS_VALUE_NAME]) {
  (void)snprintf(name, PS_VALUE_NAME, NAME_DAYS "%05" PRIu32 "/log/%020" PRIu64, day, sequence);
  return name;
}

char *name_flags(uint32_t day, unsigned chunk, char name[PS_VALUE_NAME]) {
  (void)snprintf(name, PS_VALUE_NAME, NAME_DAYS "%05" PRIu32 "/flags/%02u", day, chunk);
  return name;
}

char *name_watch(uint32_t day, char name[PS_VALUE_NAME]) {
  (void)snprintf(name, PS_VALUE_NAME, NAME_DAYS "%05" PRIu32 "/watch", day);
  return name;
}

bool name_is_record(const char *name, uint16_t *day) {
  const size_t prefix = sizeof NAME_DAYS - 1;
  char want[PS_VALUE_NAME];
  if (strncmp(name, NAME_DAYS, prefix) != 0 || strlen(name) < prefix + DAY_DIGITS) return false;
  const unsigned long number = strtoul(name + prefix, NULL, 10);
  if (number > DAY_MAX || strcmp(name_record((uint32_t)number, want), name) != 0) return false;
  *day = (uint16_t)number;
  return true;
}

uint64_t name_sequence(const char *name) {
  const char *digits = strrchr(name, '/');
  if (!digits || strspn(digits + 1, "0123456789") != LOG_DIGITS || digits[1 + LOG_DIGITS]) return 0;
  return strtoull(digits + 1, NULL, 10);
}
