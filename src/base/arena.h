/* Arena: memory for many small texts that are freed together. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <pingsieve/error.h>
#include <stddef.h>

struct arena;

int arena_create(struct arena **arena, struct ps_error *err);
void arena_free(struct arena *arena); /* NULL is fine */
/* A NUL-terminated copy of the text; NULL when there is no memory. */
char *arena_text(struct arena *arena, const char *text, size_t len, struct ps_error *err);

#endif
