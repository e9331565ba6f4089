/* A gather: bytes for one sink, gathered into as few system calls as possible.
 *
 * Adjacent bytes become one vector. gather_flush() writes what was gathered, which must happen
 * before the bytes are reused.
 */
#ifndef SIEVE_GATHER_H
#define SIEVE_GATHER_H

#include "io/sink.h"

#define GATHER_VECTORS 4096 /* a piece of a slot (SLOT_PINGS): it is written when it is whole */

struct gather {
  struct sink *sink; /* NULL: what is put here is dropped */
  size_t n;
  struct iovec vectors[GATHER_VECTORS];
};

int gather_put(struct gather *gather, uint8_t *data, size_t len, struct ps_error *err);
int gather_flush(struct gather *gather, struct ps_error *err);

#endif
