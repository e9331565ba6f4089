/* Examples: the first few of what is wrong, for one sentence that has room for no more. */
#ifndef INPUTS_EXAMPLES_H
#define INPUTS_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#define EXAMPLES    3u
#define SHORT_BYTES 60u /* of a path in a sentence; the middle of a longer one is left out */

struct examples {
  uint64_t n;
  size_t len;
  char text[EXAMPLES * (2 * SHORT_BYTES + 8) + 8];
};

char *short_path(const char *path, char text[SHORT_BYTES]); /* returns text */
/* second NULL: one path; else the two with the word (" and ") between them. */
void examples_add(struct examples *examples, const char *first, const char *between,
                  const char *second);
/* "A, B, C and 7 more"; returns text. */
#define EXAMPLES_TEXT (sizeof((struct examples){0}.text) + 40)
char *examples_text(const struct examples *examples, char text[EXAMPLES_TEXT]);

#endif
