/* The nearest right spelling of a mistyped word. */
#ifndef CLI_SPELLING_H
#define CLI_SPELLING_H

#include <stddef.h>

#define SPELLING_WORD 32 /* bytes; longer words have no neighbours */

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string
 * alignment); SIZE_MAX when one of them is too long. */
size_t spelling_distance(const char *a, const char *b);

struct spelling {
  const char *word;             /* as typed; borrowed */
  char best[SPELLING_WORD + 1]; /* "": nothing is near enough */
  size_t distance;
};

void spelling_begin(struct spelling *s, const char *word);
/* Offers one right spelling. A word that `candidate` begins with counts as one away. */
void spelling_offer(struct spelling *s, const char *candidate);

#endif
