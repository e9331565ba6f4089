/* The request of a command's arguments to what reads pings: which inputs. */
#ifndef CLI_READ_REQUEST_H
#define CLI_READ_REQUEST_H

#include "cli/arguments.h"
#include <pingsieve/inputs.h>

/* Without operands and a list of files they are standard input alone. Points into the arguments;
 * `written` is borrowed. */
struct ps_inputs read_request_inputs(const struct arguments *arguments, const char *const *written);

#endif
