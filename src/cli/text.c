#include "cli/text.h"

#include <stdbool.h>
#include <string.h>

void text_wrap(FILE *out, const char *text, unsigned at, unsigned indent, unsigned columns) {
  bool line_has_words = false;
  for (;;) {
    text += strspn(text, " ");
    unsigned len = (unsigned)strcspn(text, " ");
    if (len == 0) break;
    if (line_has_words && at + 1 + len > columns) {
      (void)fputc('\n', out);
      at = 0;
      line_has_words = false;
    }
    if (!line_has_words && at < indent) {
      (void)fprintf(out, "%*s", (int)(indent - at), "");
      at = indent;
    }
    (void)fprintf(out, "%s%.*s", line_has_words ? " " : "", (int)len, text);
    at += len + line_has_words;
    line_has_words = true;
    text += len;
  }
  (void)fputc('\n', out);
}
