/* Peek: the day of a file's first ping that has one, for files whose path tells none. */
#ifndef INPUTS_PEEK_H
#define INPUTS_PEEK_H

#include "base/day.h"
#include <pingsieve/read.h>
#include <stdbool.h>
#include <stddef.h>

struct peek; /* one thread at a time */

/* Pings are read by these options; their selection does not matter. */
int peek_create(const struct ps_read_options *read, struct peek **peek, struct ps_error *err);
void peek_free(struct peek *peek); /* NULL is fine */
/* Looks at the beginning of the file only (PEEK_BYTES, inflated). *found = false: there is no such
 * ping, or the file is damaged or may not be read, which is told when it is worked on. PS_E_INPUT:
 * the system did not read it (error_is_passing()). */
#define PEEK_BYTES ((size_t)1 << 20)
int peek_day(struct peek *peek, const char *path, int stop_fd, bool *found, day_t *day,
             struct ps_error *err);
/* Whether there is nothing in the file, once inflated: an hour without pings. False for one that is
 * damaged or may not be read. PS_E_INPUT: as above. */
int peek_empty(const char *path, int stop_fd, bool *empty, struct ps_error *err);

#endif
