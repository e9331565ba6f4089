#include "inputs/examples.h"

#include "base/format.h"
#include <stdio.h>
#include <string.h>

char *short_path(const char *path, char text[SHORT_BYTES]) {
  const size_t len = strlen(path), head = 16, tail = SHORT_BYTES - 4 - head;
  if (len < SHORT_BYTES) memcpy(text, path, len + 1);
  else (void)snprintf(text, SHORT_BYTES, "%.*s...%s", (int)head, path, path + len - tail);
  return text;
}

void examples_add(struct examples *examples, const char *first, const char *between,
                  const char *second) {
  char one[SHORT_BYTES], two[SHORT_BYTES];
  if (++examples->n > EXAMPLES) return;
  const int len = snprintf(examples->text + examples->len, sizeof examples->text - examples->len,
                           "%s%s%s%s", examples->len ? ", " : "", short_path(first, one),
                           second ? between : "", second ? short_path(second, two) : "");
  if (len > 0 && (size_t)len < sizeof examples->text - examples->len) examples->len += (size_t)len;
}

char *examples_text(const struct examples *examples, char text[EXAMPLES_TEXT]) {
  char count[FORMAT_TEXT];
  const uint64_t more = examples->n > EXAMPLES ? examples->n - EXAMPLES : 0;
  const int len = snprintf(text, EXAMPLES_TEXT, "%.*s", (int)examples->len, examples->text);
  if (more)
    (void)snprintf(text + len, EXAMPLES_TEXT - (size_t)len, " and %s more",
                   format_count(more, count));
  return text;
}
