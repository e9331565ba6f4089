/* The manual page, pingsieve(1), in man(7) macros, from the command and option tables. */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include <stdio.h>

void manual_print(FILE *out);

#endif
