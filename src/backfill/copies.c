/* New inputs that are copies of done ones. */
#include "backfill/comparison.h"
#include "backfill/identity.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

static int by_day_and_size(const void *a, const void *b) {
  const struct index_row *one = *(const struct index_row *const *)a;
  const struct index_row *two = *(const struct index_row *const *)b;
  if (one->day != two->day) return one->day < two->day ? -1 : 1;
  return one->size < two->size ? -1 : one->size > two->size;
}

struct candidates {
  size_t n;
  /* Done, not among the entries, and with keys: where nothing was marked, a copy loses nothing. By
   * day and size. */
  const struct index_row **rows;
};

static int find_candidates(const struct comparison *c, struct candidates *candidates,
                           struct ps_error *err) {
  *candidates = (struct candidates){.n = 0};
  if (!c->index.n) return PS_OK;
  candidates->rows = malloc(c->index.n * sizeof(const struct index_row *));
  if (!candidates->rows) return error_memory(err, c->index.n * sizeof(const struct index_row *));
  for (size_t i = 0; i < c->index.n; i++) {
    const struct index_row *row = &c->index.rows[i];
    if (!row->is_listed && row->state == RECORD_WHOLE && row->first_day != RECORD_NO_DAY)
      candidates->rows[candidates->n++] = row;
  }
  qsort(candidates->rows, candidates->n, sizeof(const struct index_row *), by_day_and_size);
  return PS_OK;
}

static size_t first_candidate(const struct candidates *candidates, uint32_t day, uint64_t size) {
  const struct index_row wanted = {.day = day, .size = size}, *key = &wanted;
  size_t low = 0, high = candidates->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (by_day_and_size(&candidates->rows[middle], &key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

struct naming {
  uint64_t hash;
  char path[SHORT_BYTES];
};

static int name_record(void *context, const struct record *record, struct ps_error *err) {
  struct naming *naming = context;
  (void)err;
  if (index_hash(record->path) == naming->hash) (void)short_path(record->path, naming->path);
  return PS_OK;
}

static int look(struct comparison *c, const struct candidates *candidates,
                const struct plan_entry *entry, struct examples *copies, struct ps_error *err) {
  uint8_t digest[SOURCE_DIGEST];
  bool digested = false;
  for (size_t i = first_candidate(candidates, entry->day, entry->bytes); i < candidates->n; i++) {
    const struct index_row *row = candidates->rows[i];
    if (row->day != entry->day || row->size != entry->bytes) return PS_OK;
    struct ps_error problem;
    const int rc = digested ? PS_OK : identity_digest(entry->path, c->stop_fd, digest, &problem);
    if (rc == PS_E_INPUT && !error_is_passing(&problem)) return PS_OK; /* told when worked on */
    if (rc) {
      if (err) *err = problem;
      return rc;
    }
    digested = true;
    if (memcmp(digest, row->digest, sizeof digest) != 0) continue;
    struct naming naming = {.hash = row->hash};
    const int named = record_each(c->seen, row->day, row->day + 1, name_record, &naming, err);
    examples_add(copies, entry->path, " of ", naming.path);
    return named;
  }
  return PS_OK;
}

int comparison_find_copies(struct comparison *c, struct ps_error *err) {
  struct candidates candidates;
  struct examples copies = {.n = 0};
  char text[EXAMPLES_TEXT];
  int rc = find_candidates(c, &candidates, err);
  for (size_t i = 0; i < c->plan->n && candidates.n && !rc && copies.n < EXAMPLES; i++) {
    const struct plan_entry *entry = &c->plan->entries[i];
    if (entry->state == PS_BACKFILL_WAITING && entry->bytes)
      rc = look(c, &candidates, entry, &copies, err);
  }
  free(candidates.rows);
  if (rc || !copies.n) return rc;
  return error_set(
      err, PS_E_ARGUMENT,
      "inputs are copies of ones that are done already, and nothing of them would be "
      "left: %s. Leave them out, or forget their days with `pingsieve store forget` to "
      "do them anew",
      examples_text(&copies, text));
}
