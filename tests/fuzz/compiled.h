/* Objects that targets make of the texts in their inputs, kept for inputs with the same texts:
 * compiling paths takes fifty times as long as scanning a short line.
 *
 * A cache of COMPILED_MAX things by the text they were made of; the one that was not used for
 * longest goes. Things are kept to the end of the process.
 */
#ifndef TEST_FUZZ_COMPILED_H
#define TEST_FUZZ_COMPILED_H

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#define COMPILED_MAX 512u

struct compiled {
  uint8_t *text; /* NULL: free */
  size_t len;
  void *thing;
  uint64_t used;
};

struct compiled_cache {
  struct compiled at[COMPILED_MAX];
  uint64_t clock;
  void *(*make)(const uint8_t *text, size_t len); /* never NULL */
  void (*release)(void *thing);
};

static inline void *compiled_get(struct compiled_cache *cache, const uint8_t *text, size_t len) {
  struct compiled *oldest = &cache->at[0];
  for (size_t i = 0; i < COMPILED_MAX; i++) {
    struct compiled *c = &cache->at[i];
    if (c->text && c->len == len && (!len || !memcmp(c->text, text, len))) {
      c->used = ++cache->clock;
      return c->thing;
    }
    if (!c->text || (oldest->text && c->used < oldest->used)) oldest = c;
  }
  if (oldest->text) cache->release(oldest->thing);
  free(oldest->text);
  *oldest = (struct compiled){malloc(len + 1), len, cache->make(text, len), ++cache->clock};
  FUZZ_CHECK(oldest->text && oldest->thing);
  if (len) memcpy(oldest->text, text, len);
  return oldest->thing;
}

/* The texts of a part, a line each, NULL-terminated, of those that `use` takes (NULL: all). */
#define COMPILED_LINES 8u
struct compiled_lines {
  char *text;
  const char *list[COMPILED_LINES + 1];
};

static inline void compiled_lines_init(struct compiled_lines *lines, const uint8_t *text,
                                       size_t len, bool (*use)(const char *line)) {
  unsigned n = 0;
  memset(lines, 0, sizeof *lines);
  lines->text = malloc(len + 1);
  FUZZ_CHECK(lines->text);
  if (len) memcpy(lines->text, text, len);
  lines->text[len] = '\0';
  for (char *rest = lines->text, *one; n < COMPILED_LINES && (one = strsep(&rest, "\n"));)
    if (*one && (!use || use(one))) lines->list[n++] = one;
}

#endif
