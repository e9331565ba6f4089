/* The standard outlet: clean pings to a descriptor, which is standard output as a rule. */
#ifndef SIEVE_STANDARD_H
#define SIEVE_STANDARD_H

#include "sieve/gather.h"
#include "sieve/outlet.h"

struct standard {
  struct gather gather;
  struct outlet_ops ops;
  uint64_t torn; /* sink_torn() */
};

/* fd -1: nothing goes out. *standard is filled in place (it must not move), all of it zero before.
 * fd is not closed. */
int standard_open(struct standard *standard, int fd, const char *name, struct ps_error *err);
/* sink_while_blocked() and sink_stop_by() of its sink. */
void standard_while_blocked(struct standard *standard,
                            int (*blocked)(void *context, struct ps_error *err), void *context);
void standard_stop_by(struct standard *standard, int stop_fd);
int standard_close(struct standard *standard, struct ps_error *err); /* syncs; again is fine */

#endif
