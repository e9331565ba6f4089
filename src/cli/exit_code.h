/* Exit codes: the one table behind what the program returns, its help and its manual. */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

#include <stddef.h>

enum exit_code {
  EXIT_DONE = 0,
  EXIT_STRICT = 1,
  EXIT_USAGE = 2,
  EXIT_STORE = 3,
  EXIT_INPUT = 4,
  EXIT_OUTPUT = 5,
  EXIT_SIGNAL = 128 /* plus the signal's number */
};

/* The code for an `enum ps_status` of the library. PS_E_PIPE is EXIT_OUTPUT here; the command
 * decides whether to die of SIGPIPE instead. */
int exit_code_of_status(int status);

/* The exit code of a run that came to `code`, when a step of its ending fails with `status`. */
int exit_code_worse(int code, int status);

struct exit_code_row {
  const char *code, *text;
};
const struct exit_code_row *exit_code_rows(size_t *n);

#endif
