/* Outputs: where the lines of each class go, gathered into as few system calls as possible.
 *
 * Adjacent lines for the same sink become one vector; outputs_flush() writes what was gathered,
 * which must happen before the bytes they point to are reused.
 */
#ifndef SIEVE_OUTPUTS_H
#define SIEVE_OUTPUTS_H

#include "sieve/figures.h"
#include "sieve/flag_file.h"
#include "sieve/invalid.h"
#include <pingsieve/sieve.h>

#define OUTPUTS_VECTORS 1024

struct gather {
  struct sink *sink; /* NULL: what is put here is dropped */
  size_t n;
  struct iovec vectors[OUTPUTS_VECTORS];
};

struct outputs {
  struct gather clean, duplicates, flagged;
  struct invalid invalid;
  struct flag_file flags;
};

int outputs_init(struct outputs *outputs, const struct ps_sieve_options *options,
                 struct ps_error *err);
int outputs_put(struct gather *gather, uint8_t *data, size_t len, struct ps_error *err);
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
