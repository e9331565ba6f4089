#include "accounts/rows.h"

#include "accounts/label.h"
#include "base/error.h"
#include "base/hash.h"
#include <stdlib.h>
#include <string.h>

#define PLACES_MIN 64u
#define ROWS_MIN   8u
/* Spellings of labels that are remembered: one label may be written in many ways. */
#define SPELLINGS_MAX (2 * PS_LABELS_MAX)

void rows_release(struct rows *rows) {
  free(rows->at);
  free(rows->by_label.places);
  free(rows->by_text.places);
  *rows = (struct rows){.n = 0};
}

static void place_set(struct row_index *index, uint64_t hash, uint32_t row) {
  uint64_t at = hash & (index->nplaces - 1);
  while (index->places[at].row) at = (at + 1) & (index->nplaces - 1);
  index->places[at] = (struct row_place){hash, row};
}

static int index_add(struct row_index *index, uint64_t hash, uint32_t row, struct ps_error *err) {
  if (2 * (index->n + 1) > index->nplaces) {
    const struct row_index old = *index;
    const uint32_t want = old.nplaces ? 2 * old.nplaces : PLACES_MIN;
    struct row_place *places = calloc(want, sizeof *places);
    if (!places) return error_memory(err, want * sizeof *places);
    *index = (struct row_index){places, old.n, want};
    for (uint32_t i = 0; i < old.nplaces; i++)
      if (old.places[i].row) place_set(index, old.places[i].hash, old.places[i].row);
    free(old.places);
  }
  place_set(index, hash, row);
  index->n++;
  return PS_OK;
}

/* The next place with this hash from *at on; 0: none. */
static uint32_t index_next(const struct row_index *index, uint64_t hash, uint64_t *at) {
  if (!index->nplaces) return 0;
  for (; index->places[*at & (index->nplaces - 1)].row; ++*at)
    if (index->places[*at & (index->nplaces - 1)].hash == hash)
      return index->places[(*at)++ & (index->nplaces - 1)].row;
  return 0;
}

static uint64_t text_hash(const char type[PS_LABEL_BYTES], const char channel[PS_LABEL_BYTES]) {
  char both[2 * PS_LABEL_BYTES];
  memcpy(both, type, PS_LABEL_BYTES);
  memcpy(both + PS_LABEL_BYTES, channel, PS_LABEL_BYTES);
  return hash_checksum(both, sizeof both);
}

static struct ps_day_row *row_by_text(const struct rows *rows, uint64_t hash, const char *type,
                                      const char *channel) {
  uint64_t at = hash;
  for (uint32_t row; (row = index_next(&rows->by_text, hash, &at));)
    if (!memcmp(rows->at[row - 1].type, type, PS_LABEL_BYTES) &&
        !memcmp(rows->at[row - 1].channel, channel, PS_LABEL_BYTES))
      return &rows->at[row - 1];
  return NULL;
}

static int row_add(struct rows *rows, uint64_t hash, const char *type, const char *channel,
                   struct ps_day_row **row, struct ps_error *err) {
  if (rows->n == rows->cap) {
    const uint32_t cap = rows->cap ? 2 * rows->cap : ROWS_MIN;
    struct ps_day_row *at = realloc(rows->at, cap * sizeof *at);
    if (!at) return error_memory(err, cap * sizeof *at);
    rows->at = at;
    rows->cap = cap;
  }
  const int r = index_add(&rows->by_text, hash, rows->n + 1, err);
  if (r) return r;
  *row = &rows->at[rows->n++];
  memset(*row, 0, sizeof **row);
  memcpy((*row)->type, type, PS_LABEL_BYTES);
  memcpy((*row)->channel, channel, PS_LABEL_BYTES);
  return PS_OK;
}

int rows_find(struct rows *rows, const char type[PS_LABEL_BYTES],
              const char channel[PS_LABEL_BYTES], struct ps_day_row **row, struct ps_error *err) {
  static const char other[PS_LABEL_BYTES] = "other";
  uint64_t hash = text_hash(type, channel);
  if ((*row = row_by_text(rows, hash, type, channel))) return PS_OK;
  if (rows->n < PS_LABELS_MAX) return row_add(rows, hash, type, channel, row, err);
  hash = text_hash(other, other);
  if ((*row = row_by_text(rows, hash, other, other))) return PS_OK;
  return row_add(rows, hash, other, other, row, err);
}

int rows_find_ping(struct rows *rows, const uint8_t *line, const struct ping *ping,
                   struct ps_day_row **row, struct ps_error *err) {
  char type[PS_LABEL_BYTES], channel[PS_LABEL_BYTES];
  const uint64_t label = ping->label;
  uint32_t found = rows->last_label == label ? rows->last_row : 0;
  if (!found) {
    uint64_t at = label;
    found = index_next(&rows->by_label, label, &at);
  }
  if (!found) {
    label_text(line, &ping->type, type);
    label_text(line, &ping->channel, channel);
    int r = rows_find(rows, type, channel, row, err);
    if (r) return r;
    found = (uint32_t)(*row - rows->at) + 1;
    if (rows->by_label.n < SPELLINGS_MAX && (r = index_add(&rows->by_label, label, found, err)))
      return r;
  }
  rows->last_label = label;
  rows->last_row = found;
  *row = &rows->at[found - 1];
  return PS_OK;
}

static int by_pings(const void *a, const void *b) {
  const struct ps_day_row *x = a, *y = b;
  const uint64_t left = ps_day_figures_pings(&x->figures),
                 right = ps_day_figures_pings(&y->figures);
  if (left != right) return left < right ? 1 : -1;
  const int order = memcmp(x->type, y->type, PS_LABEL_BYTES);
  return order ? order : memcmp(x->channel, y->channel, PS_LABEL_BYTES);
}

int rows_copy(const struct rows *rows, struct ps_day_row **copy, struct ps_error *err) {
  *copy = NULL;
  if (!rows->n) return PS_OK;
  if (!(*copy = malloc(rows->n * sizeof **copy))) return error_memory(err, rows->n * sizeof **copy);
  memcpy(*copy, rows->at, rows->n * sizeof **copy);
  qsort(*copy, rows->n, sizeof **copy, by_pings);
  return PS_OK;
}
