/* A profile run as a job, with signals and progress; then its page, and what is told of it. Returns
 * the exit code. */
#ifndef CLI_PROFILE_RUN_H
#define CLI_PROFILE_RUN_H

#include "cli/command.h"
#include "cli/profile_request.h"

int profile_run(const struct command *command, const struct arguments *arguments,
                const struct profile_request *request);

#endif
