/* The table: the log's keys with their days in memory.
 *
 * Ordered linear probing: a key's home is given by the top bits of hi, and a probe runs upward
 * without wrapping into slack at the end, so that a sorted batch walks the table sequentially.
 * Grows by doubling at 5/8 full. One thread at a time.
 */
#ifndef SEEN_TABLE_H
#define SEEN_TABLE_H

#include "base/day.h"
#include <pingsieve/error.h>
#include <pingsieve/key.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
  struct ps_key *slots; /* hi | lo == 0: empty */
  day_t *days;          /* of each slot */
  uint32_t *day_keys;   /* [DAY_MAX + 1]: keys of each day */
  unsigned bits;
  uint32_t n;
};

int table_init(struct table *table, uint32_t keys, struct ps_error *err); /* room for `keys` */
void table_release(struct table *table);
void table_clear(struct table *table);         /* keeps the memory */
size_t table_slots(const struct table *table); /* to walk over, the slack included */

/* Takes a key out; one that is not there is fine. */
void table_remove(struct table *table, struct ps_key key);
/* Does nothing when the key is there. PS_E_STORE: keys too unevenly spread to be hashes. */
int table_add(struct table *table, struct ps_key key, day_t day, struct ps_error *err);

static inline bool key_empty(struct ps_key key) { return !(key.hi | key.lo); }

/* As it is kept: 0/0 marks an empty slot. */
static inline struct ps_key key_stored(struct ps_key key) {
  return key_empty(key) ? (struct ps_key){.lo = 1} : key;
}

static inline bool table_has(const struct table *table, struct ps_key key) {
  const struct ps_key *p = table->slots + (key.hi >> (64 - table->bits));
  for (; p->hi | p->lo; p++)
    if (p->hi == key.hi && p->lo == key.lo) return true;
  return false;
}

#endif
