/* A configuration: a JSON object whose keys are long option names, for what the command line and
 * the environment leave open.
 *
 * Numbers are JSON numbers or, for sizes, strings as on the command line ("64MiB"); flags are true
 * or false; a repeatable option is an array of strings, or one string. Errors name file, line and
 * key, and for an unknown key the nearest right one; they are PS_E_ARGUMENT.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/option.h"

#define CONFIG_BYTES (1u << 20) /* of a file at most */

struct config;

int config_read(const char *path, struct config **config, struct ps_error *err);
void config_free(struct config *config); /* NULL is fine */

/* Sets what is not given yet. The arguments borrow texts from config. */
int config_apply(const struct config *config, option_groups groups, struct arguments *arguments,
                 struct ps_error *err);

#endif
