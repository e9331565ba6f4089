/* Names: the lines of a list of files. */
#ifndef INPUTS_NAMES_H
#define INPUTS_NAMES_H

#include <pingsieve/error.h>
#include <stdbool.h>

typedef int names_visit(void *context, const char *name, struct ps_error *err);

/* Calls visit for each name in the list ("-": standard input) that is not empty. PS_E_ARGUMENT: a
 * name has more than INPUT_PATH - 1 bytes, or a line a NUL byte. stop_fd: ends with PS_E_STOPPED
 * when it is readable; -1: none. Ends early with what visit returns, when that is not PS_OK. */
int names_each(const char *list, bool null_separated, int stop_fd, names_visit *visit,
               void *context, struct ps_error *err);

#endif
