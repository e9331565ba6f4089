/* The request of a command's arguments to what reads pings: which inputs, and how they are read.
 */
#ifndef CLI_READ_REQUEST_H
#define CLI_READ_REQUEST_H

#include "cli/arguments.h"
#include <pingsieve/inputs.h>

/* Without operands and a list of files they are standard input alone. Points into the arguments;
 * `written` is borrowed. */
struct ps_inputs read_request_inputs(const struct arguments *arguments, const char *const *written);

/* The measures are the caller's, who has parsed them; n 0: the default one. */
struct ps_read_options read_request_options(const struct arguments *arguments,
                                            const struct ps_account_measure *measures, size_t n);

/* The values of an option that is given; NULL: it is not. */
const char *const *read_request_list(const struct text_list *list);

#endif
