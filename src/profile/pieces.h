/* Memory of many pieces that is given back at once: all parts of a result. */
#ifndef PROFILE_PIECES_H
#define PROFILE_PIECES_H

#include <pingsieve/error.h>
#include <stddef.h>

struct piece;

struct pieces { /* all zero: none */
  struct piece *first;
};

/* n members of `size` bytes, all zero; NULL when there is no memory. n may be 0. */
void *pieces_add(struct pieces *pieces, size_t n, size_t size, struct ps_error *err);
void pieces_release(struct pieces *pieces);

#endif
