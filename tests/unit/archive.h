/* Archives for the tests of the pipeline: trees of pings with what must be left of them. */
#ifndef TEST_ARCHIVE_H
#define TEST_ARCHIVE_H

#include "place.h"

struct text {
  char *data;
  size_t len, cap;
};
void text_add(struct text *text, const char *data, size_t len);
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_release(struct text *text);

/* Writes a file of the place, as a gzip file if its name ends in ".gz". */
void archive_write(const char *path, const struct text *text);
/* Reads one, inflated if it is gzip. */
void archive_read(const char *path, struct text *text);
void archive_read_raw(const char *path, struct text *text);
void archive_expect(const char *path, const struct text *expected); /* inflated, it is this */
void archive_same(const char *path, const char *other);             /* byte for byte */

/* Pings of documents 0 to `documents` - 1 in a random order, each kept the first time it is drawn
 * since archive_pings_forget(). Some lines have no id or are malformed; day 0: none is told. */
struct pings {
  uint64_t random;
  uint32_t documents;
  bool *seen;
};
void pings_init(struct pings *pings, uint32_t documents);
void pings_release(struct pings *pings);
/* Appends n lines to `all`, and those that must be left to `kept`. */
void pings_draw(struct pings *pings, size_t n, const char *day, struct text *all,
                struct text *kept);

#endif
