/* The table of a spill: entries in one piece of memory, found by a seeded hash until it is full,
 * then sorted. Entries fill it from the beginning; slots, a power of two, stand at its end and
 * double downwards while there is room.
 */
#ifndef PROFILE_SPILL_TABLE_H
#define PROFILE_SPILL_TABLE_H

#include "profile/spill.h"

#include <stdbool.h>

struct spill_table {
  const struct spill_kind *kind;
  uint64_t *memory; /* in words, as all that follows */
  size_t size, used, nslots;
  size_t count; /* of entries */
  uint64_t seed;
  uint64_t hash; /* of the key that was looked for last */
};

/* Bytes that an entry takes at most, and that a table needs at least. */
size_t spill_table_entry(const struct spill_kind *kind);
size_t spill_table_least(const struct spill_kind *kind);

int spill_table_init(struct spill_table *table, const struct spill_kind *kind, size_t bytes,
                     struct ps_error *err);
void spill_table_release(struct spill_table *table);
void spill_table_clear(struct spill_table *table);

uint64_t *spill_table_find(struct spill_table *table, const uint64_t *key); /* its head, or NULL */
/* Of a key that was just not found. false: there is no room; there is in an empty table. */
bool spill_table_insert(struct spill_table *table, const struct spill_entry *entry);

/* After this, entries have places from 0 by key; nothing can be found or inserted until the table
 * is cleared. */
void spill_table_sort(struct spill_table *table);
void spill_table_get(const struct spill_table *table, size_t place, struct spill_entry *entry);

#endif
