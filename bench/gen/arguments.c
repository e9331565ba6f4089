#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void arguments_wrong(const char *program, const char *what, const char *value) {
  (void)fprintf(stderr, "%s: %s: %s\nTry %s --help.\n", program, what, value, program);
  exit(2);
}

uint64_t arguments_number(const char *program, const char *text, uint64_t low, uint64_t high) {
  char *end;
  errno = 0;
  unsigned long long n = strtoull(text, &end, 10);
  if (errno || end == text || *end || text[0] == '-' || n < low || n > high)
    arguments_wrong(program, "not a number in the bounds", text);
  return n;
}
