/* Help texts, made from the command and option tables: examples first. Each prints to `out` and
 * returns EXIT_DONE; whether it could be written is checked at the program's end. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"
#include <stdio.h>

int help_command(FILE *out, const struct command *command);
int help_group(FILE *out, const char *group); /* the commands that begin with the word `group` */
int help_short(FILE *out);                    /* a screen's third: usage and two examples */

/* An option's help with its default, bounds and environment variable, in `text`. */
#define HELP_TEXT 2048
char *help_option_text(const struct option_row *row, char text[HELP_TEXT]);

/* The note that holds for all options of a group, in `text`; "": none. */
char *help_group_note(const struct option_group *group, char text[HELP_TEXT]);

#endif
