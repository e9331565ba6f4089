/* Lines to scan: a seeded generator of pings, ways to spoil them, and memory that notices reads
 * outside the scanner's contract. Everything is deterministic; cases are scaled by the environment
 * variable PINGSIEVE_TEST_SCALE (a percentage).
 */
#ifndef TESTS_SCAN_LINES_H
#define TESTS_SCAN_LINES_H

#include <stddef.h>
#include <stdint.h>

#define LINE_CAP (1u << 20)

struct line {
  uint64_t random; /* state of the generator */
  size_t len;
  uint8_t bytes[LINE_CAP];
};

struct line *line_create(uint64_t seed);
void line_free(struct line *line);
uint64_t line_random(struct line *line);
unsigned line_below(struct line *line, unsigned n); /* 0 to n - 1 */
void line_set(struct line *line, const void *bytes, size_t len);

/* Each makes a line anew. */
void line_ping(struct line *line);       /* a whole ping of some kilobytes */
void line_histograms(struct line *line); /* mostly histograms, rarely something odd in one */

/* Each changes the line. */
void line_spread(struct line *line); /* blanks around separators */
void line_mutate(struct line *line); /* a few flips, insertions, deletions, copies, a truncation */
void line_spoil(struct line *line);  /* one byte of those that mean something in JSON */

/* Copies the line, '\n' and SCAN_PAD hostile bytes to memory that ends (or, every other time,
 * begins) at an inaccessible page. Valid until the next call. */
const uint8_t *line_guarded(const struct line *line);

/* n, scaled. */
unsigned line_cases(unsigned n);

#endif
