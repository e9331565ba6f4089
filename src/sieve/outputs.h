/* Outputs: where the lines go that do not go out: duplicates, pings of flagged clients, malformed
 * lines; and what is told of flags.
 *
 * outputs_flush() writes what was gathered, which must happen before the bytes are reused.
 */
#ifndef SIEVE_OUTPUTS_H
#define SIEVE_OUTPUTS_H

#include "sieve/figures.h"
#include "sieve/flag_file.h"
#include "sieve/gather.h"
#include "sieve/invalid.h"
#include <pingsieve/sieve.h>

struct outputs {
  struct gather duplicates, flagged;
  struct invalid invalid;
  struct flag_file flags;
};

int outputs_init(struct outputs *outputs, const struct ps_sieve_options *options,
                 struct ps_error *err);
int outputs_flush(struct outputs *outputs, struct ps_error *err);
/* The files that outputs_init() and malformed lines open, each to be freed, NULL where there is
 * none. After an error all are NULL. */
#define OUTPUTS_PATHS 5
int outputs_paths(const struct ps_sieve_options *options, char *paths[OUTPUTS_PATHS],
                  struct ps_error *err);
/* Waits for the readers of named pipes, and lets the figures tell of it. PS_E_STOPPED once stop_fd
 * is readable; writing to them ends by it, too (sink_stop_by()). */
int outputs_await(struct outputs *outputs, int stop_fd, struct figures *figures,
                  struct ps_error *err);
/* Opens the files that are appended to anew, so that they can be rotated. */
int outputs_reopen(struct outputs *outputs, struct ps_error *err);
int outputs_sync(struct outputs *outputs, struct ps_error *err);
int outputs_release(struct outputs *outputs, struct ps_error *err); /* closes; the first error */

#endif
