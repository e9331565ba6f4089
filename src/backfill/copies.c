/* New inputs that are copies of done ones. */
#include "backfill/comparison.h"
#include "backfill/identity.h"
#include "base/error.h"
#include "base/retry.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_day_and_size(const void *a, const void *b) {
  const struct index_row *one = *(const struct index_row *const *)a;
  const struct index_row *two = *(const struct index_row *const *)b;
  if (one->day != two->day) return one->day < two->day ? -1 : 1;
  return one->size < two->size ? -1 : one->size > two->size;
}

struct candidates {
  size_t n;
  /* Done, not among the entries, and with pings that were marked or left: where there were none, a
   * copy neither loses nor repeats any. By day and size. */
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
    if (!row->is_listed && row->state == CHECKPOINT_WHOLE && row->has_pings)
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

/* The record whose file an input is a copy of. */
struct original {
  const struct comparison *c;
  uint64_t size;
  const uint8_t *digest;
  bool found;
  char path[SHORT_BYTES];
};

/* Where pings left but none was marked (they have no id, or are late), hours may be alike that are
 * not the same: only one whose file is not in its place any more was moved. */
static int is_moved(const struct checkpoint *record, bool *moved, struct ps_error *err) {
  struct stat st;
  *moved = false;
  if (!RETRY(stat(record->path, &st))) return PS_OK;
  *moved = errno == ENOENT || errno == ENOTDIR;
  if (!error_passes(errno)) return PS_OK;
  return error_set_os(err, PS_E_INPUT, errno, "cannot find out whether %s was moved", record->path);
}

static int match_record(void *context, const struct checkpoint *record, struct ps_error *err) {
  struct original *original = context;
  const struct index_row *row = index_find(&original->c->index, record->path);
  bool same = !original->found && record->state == CHECKPOINT_WHOLE && row && !row->is_listed &&
              checkpoint_has_pings(record) && record->identity.size == original->size &&
              !memcmp(record->identity.digest, original->digest, SOURCE_DIGEST);
  int r = PS_OK;
  if (same && record->first_day == INPUT_NO_DAY) r = is_moved(record, &same, err);
  if (r || !same) return r;
  original->found = true;
  (void)short_path(record->path, original->path);
  return PS_OK;
}

static int look(struct comparison *c, const struct candidates *candidates,
                const struct plan_entry *entry, struct examples *copies, struct ps_error *err) {
  uint8_t digest[SOURCE_DIGEST];
  struct original original = {.c = c, .size = entry->input->bytes, .digest = digest};
  bool digested = false;
  for (size_t i = first_candidate(candidates, entry->input->day, entry->input->bytes);
       i < candidates->n; i++) {
    const struct index_row *row = candidates->rows[i];
    if (row->day != entry->input->day || row->size != entry->input->bytes) return PS_OK;
    struct ps_error problem;
    const int r =
        digested ? PS_OK : identity_digest(entry->input->path, c->stop_fd, digest, &problem);
    if (r == PS_E_INPUT && !error_is_passing(&problem)) return PS_OK; /* told when worked on */
    if (r) {
      if (err) *err = problem;
      return r;
    }
    digested = true;
    if (memcmp(digest, row->digest, sizeof digest) != 0) continue;
    const int matched =
        checkpoint_each(c->seen, row->day, row->day + 1, match_record, &original, err);
    if (!matched && original.found) examples_add(copies, entry->input->path, " of ", original.path);
    return matched;
  }
  return PS_OK;
}

int comparison_find_copies(struct comparison *c, struct ps_error *err) {
  struct candidates candidates;
  struct examples copies = {.n = 0};
  char text[EXAMPLES_TEXT];
  int r = find_candidates(c, &candidates, err);
  for (size_t i = 0; i < c->plan->inputs.n && candidates.n && !r && copies.n < EXAMPLES; i++) {
    const struct plan_entry *entry = &c->plan->entries[i];
    if (entry->state == PS_BACKFILL_WAITING && entry->input->bytes)
      r = look(c, &candidates, entry, &copies, err);
  }
  free(candidates.rows);
  if (r || !copies.n) return r;
  return error_set(
      err, PS_E_ARGUMENT,
      "inputs are copies of ones that are done already, so that their pings would be duplicates, "
      "or "
      "pass a second time where they have no id: %s. Leave them out, or forget their days with "
      "`pingsieve store forget` to do them anew",
      examples_text(&copies, text));
}
