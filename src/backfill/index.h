/* Index: all records of a store in memory, without their texts, to be found by path.
 *
 * Memory: 64 bytes a record.
 */
#ifndef BACKFILL_INDEX_H
#define BACKFILL_INDEX_H

#include "backfill/checkpoint.h"

struct index_row {
  uint64_t hash; /* of the path */
  uint64_t size;
  uint8_t digest[SOURCE_DIGEST];
  uint32_t day, first_day, last_day;
  uint8_t state;  /* enum checkpoint_state */
  bool has_pings; /* checkpoint_has_pings() */
  bool is_listed; /* the path is among the inputs */
};

struct index {
  size_t n, cap;
  struct index_row *rows; /* by hash, then day */
};

uint64_t index_hash(const char *path); /* XXH3-64 */
int index_read(struct ps_seen *seen, struct index *index, struct ps_error *err);
void index_release(struct index *index);
/* The first row of the path, NULL if there is none; those of other days follow it. */
struct index_row *index_find(const struct index *index, const char *path);
static inline bool index_is_last(const struct index *index, const struct index_row *row) {
  return row + 1 == index->rows + index->n || row[1].hash != row->hash;
}

/* The days that a record concerns: those of its keys and its own. f ends early with true. */
bool index_any_day(const struct index_row *row, bool (*f)(const void *context, uint32_t day),
                   const void *context);

#endif
