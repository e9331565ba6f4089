#include "backfill/index.h"

#include "base/error.h"
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t index_hash(const char *path) { return XXH3_64bits(path, strlen(path)); }

static int add(void *context, const struct checkpoint *record, struct ps_error *err) {
  struct index *index = context;
  if (index->n == index->cap) {
    const size_t cap = index->cap ? 2 * index->cap : 64;
    struct index_row *rows = realloc(index->rows, cap * sizeof *rows);
    if (!rows) return error_memory(err, cap * sizeof *rows);
    index->rows = rows;
    index->cap = cap;
  }
  struct index_row *row = &index->rows[index->n++];
  *row = (struct index_row){.hash = index_hash(record->path),
                            .size = record->identity.size,
                            .day = record->day,
                            .first_day = record->first_day,
                            .last_day = record->last_day,
                            .state = (uint8_t)record->state,
                            .has_pings = checkpoint_has_pings(record)};
  memcpy(row->digest, record->identity.digest, sizeof row->digest);
  return PS_OK;
}

static int by_hash(const void *a, const void *b) {
  const struct index_row *one = a, *two = b;
  if (one->hash != two->hash) return one->hash < two->hash ? -1 : 1;
  return one->day < two->day ? -1 : one->day > two->day;
}

int index_read(struct ps_seen *seen, struct index *index, struct ps_error *err) {
  *index = (struct index){.n = 0};
  const int r = checkpoint_each(seen, 0, INPUT_NO_DAY + 1, add, index, err);
  if (index->n) qsort(index->rows, index->n, sizeof *index->rows, by_hash);
  return r;
}

void index_release(struct index *index) {
  free(index->rows);
  *index = (struct index){.n = 0};
}

struct index_row *index_find(const struct index *index, const char *path) {
  const uint64_t hash = index_hash(path);
  size_t low = 0, high = index->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (index->rows[middle].hash < hash) low = middle + 1;
    else high = middle;
  }
  return low < index->n && index->rows[low].hash == hash ? &index->rows[low] : NULL;
}

bool index_any_day(const struct index_row *row, bool (*f)(const void *context, uint32_t day),
                   const void *context) {
  if (f(context, row->day)) return true;
  if (row->first_day == INPUT_NO_DAY) return false;
  for (uint32_t day = row->first_day; day <= row->last_day; day++)
    if (f(context, day)) return true;
  return false;
}
