#include "base/arena.h"

#include "base/error.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)1 << 18) /* the longest text fits many times */

struct block {
  struct block *before;
  char text[];
};

struct arena {
  struct block *newest;
  size_t used, size; /* of the newest */
};

int arena_create(struct arena **arena, struct ps_error *err) {
  *arena = calloc(1, sizeof **arena);
  return *arena ? PS_OK : error_memory(err, sizeof **arena);
}

void arena_free(struct arena *arena) {
  if (!arena) return;
  for (struct block *block = arena->newest, *before; block; block = before) {
    before = block->before;
    free(block);
  }
  free(arena);
}

char *arena_text(struct arena *arena, const char *text, size_t len, struct ps_error *err) {
  if (arena->size - arena->used <= len) {
    const size_t size = len < BLOCK_BYTES ? BLOCK_BYTES : len + 1;
    struct block *block = malloc(sizeof *block + size);
    if (!block) {
      (void)error_memory(err, sizeof *block + size);
      return NULL;
    }
    block->before = arena->newest;
    arena->newest = block;
    arena->size = size;
    arena->used = 0;
  }
  char *to = arena->newest->text + arena->used;
  memcpy(to, text, len);
  to[len] = '\0';
  arena->used += len + 1;
  return to;
}
