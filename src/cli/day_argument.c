#include "cli/day_argument.h"

#include <string.h>

#define DAY_SECONDS 86400

bool day_argument_parse(const char *text, size_t len, day_t *day) {
  return (len == strlen("2017-03-12") || len == strlen("20170312")) && day_parse(text, len, day);
}

bool day_argument_parse_word(const char *text, int64_t now, day_t *day) {
  if (!strcmp(text, "today")) return day_from_seconds(now, day);
  if (!strcmp(text, "yesterday")) return day_from_seconds(now - DAY_SECONDS, day);
  return day_argument_parse(text, strlen(text), day);
}
