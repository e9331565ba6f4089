/* Rereading the configuration of a running command. */
#ifndef CLI_RELOAD_H
#define CLI_RELOAD_H

#include "cli/command.h"
#include <pingsieve/accounts.h>

/* Reads the configuration of `began`, the arguments the command was started with, once more and
 * gives the new rules. A warning tells of changes that take effect only after a restart. False,
 * after a warning that says why: all stays the same. */
bool reload_rules(const struct command *command, const struct arguments *began,
                  struct ps_rules *rules);

#endif
