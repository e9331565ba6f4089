#include "cli/spelling.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t spelling_distance(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b);
  if (n > SPELLING_WORD || m > SPELLING_WORD) return SIZE_MAX;
  size_t rows[3][SPELLING_WORD + 1]; /* of a's prefixes i, i - 1 and i - 2 */
  for (size_t j = 0; j <= m; j++) rows[0][j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t *row = rows[i % 3];
    const size_t *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t change = before[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = least(change, least(before[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least(row[j], two_before[j - 2] + 1);
    }
  }
  return rows[n % 3][m];
}

void spelling_begin(struct spelling *s, const char *word) {
  s->word = word;
  s->best[0] = '\0';
  s->distance = SIZE_MAX;
}

void spelling_offer(struct spelling *s, const char *candidate) {
  size_t len = strlen(s->word), near_enough = 1 + len / 4;
  size_t distance = spelling_distance(s->word, candidate);
  if (len >= 2 && !strncmp(candidate, s->word, len)) distance = least(distance, 1);
  if (len < 2 || distance > near_enough || distance >= s->distance) return;
  (void)snprintf(s->best, sizeof s->best, "%s", candidate);
  s->distance = distance;
}
