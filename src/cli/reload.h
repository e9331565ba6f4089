/* Rereading the configuration of a running command. */
#ifndef CLI_RELOAD_H
#define CLI_RELOAD_H

#include "cli/command.h"
#include <pingsieve/accounts.h>

/* Reads the configuration of `began`, the arguments the command was started with, once more and
 * gives the rules as they are to be now. What has changed but cannot take effect before a restart
 * is told in a warning. False, after a warning that says why: all stays as it is. */
bool reload_rules(const struct command *command, const struct arguments *began,
                  struct ps_rules *rules);

#endif
