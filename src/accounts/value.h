/* Values of the seen-set as a whole, into a buffer. */
#ifndef ACCOUNTS_VALUE_H
#define ACCOUNTS_VALUE_H

#include "base/buffer.h"
#include <pingsieve/seen.h>

/* Replaces what the buffer holds; an absent value is empty. */
int value_read(struct ps_seen *seen, const char *name, struct buffer *value, struct ps_error *err);

#endif
