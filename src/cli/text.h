/* Texts laid out for a terminal. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdio.h>

#define TEXT_COLUMNS 80

/* Prints words of `text`, broken at `columns`, and a newline. The cursor is at column `at` (from
 * 0); lines begin at `indent`. */
void text_wrap(FILE *out, const char *text, unsigned at, unsigned indent, unsigned columns);

#endif
