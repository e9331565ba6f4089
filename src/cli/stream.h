/* A stream of pings run through a sieve, for the commands filter and store absorb.
 *
 * Opens the sieve, runs it as a job with signals, progress and metrics, and tells at the end what
 * happened. Returns the exit code, or does not return when the output pipe was closed.
 */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include "cli/command.h"

enum stream_mode {
  STREAM_FILTER, /* clean pings to standard output */
  STREAM_ABSORB  /* pings are only marked seen */
};

int stream_run(const struct command *command, const struct arguments *arguments,
               enum stream_mode mode);

#endif
