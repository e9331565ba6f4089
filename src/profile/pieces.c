#include "profile/pieces.h"

#include "base/arith.h"
#include "base/error.h"
#include <stdlib.h>

struct piece {
  struct piece *next;
  max_align_t data[];
};

void *pieces_add(struct pieces *pieces, size_t n, size_t size, struct ps_error *err) {
  size_t bytes, all;
  struct piece *piece = NULL;
  if (size_mul(n, size, &bytes) && size_add(bytes, sizeof *piece, &all)) piece = calloc(1, all);
  if (!piece) {
    (void)error_memory(err, n);
    return NULL;
  }
  piece->next = pieces->first;
  pieces->first = piece;
  return piece->data;
}

void pieces_release(struct pieces *pieces) {
  for (struct piece *piece = pieces->first, *next; piece; piece = next) {
    next = piece->next;
    free(piece);
  }
  pieces->first = NULL;
}
