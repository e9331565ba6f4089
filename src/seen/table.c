#include "seen/table.h"

#include "base/error.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TABLE_SLACK    16384u
#define TABLE_BITS_MIN 12u
#define TABLE_BITS_MAX 31u
#define SLOT_BYTES     (sizeof(struct ps_key) + sizeof(day_t))

static size_t slots_for(unsigned bits) { return ((size_t)1 << bits) + TABLE_SLACK; }

size_t table_slots(const struct table *table) { return table->slots ? slots_for(table->bits) : 0; }

static int slots_map(struct table *table, unsigned bits, struct ps_error *err) {
  const size_t n = slots_for(bits);
  struct ps_key *slots =
      mmap(NULL, n * SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (slots == MAP_FAILED) return error_memory(err, n * SLOT_BYTES);
  /* Random access over megabytes: large pages spare TLB misses; it is a wish only. */
  (void)madvise(slots, n * SLOT_BYTES, MADV_HUGEPAGE);
  table->slots = slots;
  table->days = (day_t *)(slots + n);
  table->bits = bits;
  return PS_OK;
}

int table_init(struct table *table, uint32_t keys, struct ps_error *err) {
  unsigned bits = TABLE_BITS_MIN;
  while (bits < TABLE_BITS_MAX && ((uint64_t)1 << bits) < (uint64_t)keys * 3 / 2) bits++;
  *table = (struct table){.n = 0};
  table->day_keys = calloc((size_t)DAY_MAX + 1, sizeof *table->day_keys);
  if (!table->day_keys) return error_memory(err, ((size_t)DAY_MAX + 1) * sizeof(uint32_t));
  int r = slots_map(table, bits, err);
  if (r) table_release(table);
  return r;
}

void table_release(struct table *table) {
  if (table->slots) munmap(table->slots, table_slots(table) * SLOT_BYTES);
  free(table->day_keys);
  *table = (struct table){.n = 0};
}

void table_clear(struct table *table) {
  if (!table->n) return;
  memset(table->slots, 0, table_slots(table) * sizeof *table->slots);
  memset(table->day_keys, 0, ((size_t)DAY_MAX + 1) * sizeof *table->day_keys);
  table->n = 0;
}

/* Puts a key that may be there already; *added tells. */
static int slot_put(struct table *table, struct ps_key key, day_t day, bool *added,
                    struct ps_error *err) {
  struct ps_key *p = table->slots + (key.hi >> (64 - table->bits));
  const struct ps_key *last = table->slots + table_slots(table) - 1; /* stays empty: ends probes */
  *added = false;
  for (; !key_empty(*p); p++)
    if (p->hi == key.hi && p->lo == key.lo) return PS_OK;
  if (p >= last) return error_set(err, PS_E_STORE, "the keys are not spread evenly like hashes");
  *p = key;
  table->days[p - table->slots] = day;
  *added = true;
  return PS_OK;
}

static int grow(struct table *table, struct ps_error *err) {
  struct table old = *table;
  if (old.bits == TABLE_BITS_MAX) return error_memory(err, 0);
  int r = slots_map(table, old.bits + 1, err);
  if (r) return r;
  bool added;
  for (size_t i = 0; i < table_slots(&old) && !r; i++)
    if (!key_empty(old.slots[i])) r = slot_put(table, old.slots[i], old.days[i], &added, err);
  munmap(old.slots, table_slots(&old) * SLOT_BYTES);
  return r;
}

int table_add(struct table *table, struct ps_key key, day_t day, struct ps_error *err) {
  int r;
  bool added;
  if (table->n >= ((uint64_t)5 << table->bits) / 8 && (r = grow(table, err))) return r;
  if ((r = slot_put(table, key, day, &added, err)) || !added) return r;
  table->n++;
  table->day_keys[day]++;
  return PS_OK;
}

/* Later keys of the run move up, so that no probe ends at the hole (Knuth, TAOCP 3, 6.4,
 * algorithm R, without the wrap). */
static void slot_free(struct table *table, size_t hole) {
  for (size_t i = hole + 1; !key_empty(table->slots[i]); i++) {
    if (table->slots[i].hi >> (64 - table->bits) > hole) continue;
    table->slots[hole] = table->slots[i];
    table->days[hole] = table->days[i];
    hole = i;
  }
  table->slots[hole] = (struct ps_key){0};
}

void table_remove(struct table *table, struct ps_key key) {
  size_t i = key.hi >> (64 - table->bits);
  for (; !key_empty(table->slots[i]); i++) {
    if (table->slots[i].hi != key.hi || table->slots[i].lo != key.lo) continue;
    table->n--;
    table->day_keys[table->days[i]]--;
    slot_free(table, i);
    return;
  }
}
