/* A backfill run as a job, with signals, progress and metrics, and what is told of it at the end.
 * Returns the exit code. */
#ifndef CLI_BACKFILL_RUN_H
#define CLI_BACKFILL_RUN_H

#include "cli/command.h"

int backfill_run(const struct command *command, const struct arguments *arguments);

#endif
