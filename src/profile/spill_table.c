#include "profile/spill_table.h"

#include "base/error.h"
#include "base/seed.h"

#include <string.h>
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define WORD       sizeof(uint64_t)
#define SLOTS_MIN  64u
#define SIZE_LIMIT ((size_t)UINT32_MAX) /* words: slots hold places in 32 bits */

/* A slot: some bits of the hash above, 1 + the entry's place in words below; 0: free. When sorted:
 * some bits of the key above. */
#define SLOT(above, place) ((uint64_t)(above) << 32 | (uint32_t)(place))
#define SLOT_ABOVE(slot)   ((uint32_t)((slot) >> 32))
#define SLOT_PLACE(slot)   ((uint32_t)(slot))

/* An entry: key, head, and where there are tails, the length and the bytes, padded. */
static inline size_t entry_fixed(const struct spill_kind *kind) {
  return kind->key_words + kind->head_words + (kind->tail ? 1 : 0);
}
static inline size_t entry_words(const struct spill_kind *kind, size_t tail) {
  return entry_fixed(kind) + (tail + WORD - 1) / WORD;
}

size_t spill_table_entry(const struct spill_kind *kind) {
  return entry_words(kind, kind->tail) * WORD;
}

/* Slots take less than half of it (an entry has four words at least, a slot stands for three
 * eighths of one or more). */
size_t spill_table_least(const struct spill_kind *kind) {
  return 2 * spill_table_entry(kind) + (size_t)4 * SLOTS_MIN * WORD;
}

int spill_table_init(struct spill_table *table, const struct spill_kind *kind, size_t bytes,
                     struct ps_error *err) {
  *table = (struct spill_table){.kind = kind};
  table->size = bytes / WORD < SIZE_LIMIT ? bytes / WORD : SIZE_LIMIT;
  /* Not malloc(): the room is to go back to the system as a whole when runs are merged. */
  void *memory =
      mmap(NULL, table->size * WORD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return error_memory(err, table->size * WORD);
  table->memory = memory;
  table->nslots = SLOTS_MIN;
  table->seed = seed_draw(table->memory);
  spill_table_clear(table);
  return PS_OK;
}

void spill_table_release(struct spill_table *table) {
  if (table->memory) (void)munmap(table->memory, table->size * WORD);
  table->memory = NULL;
}

static inline uint64_t *slots_of(const struct spill_table *table) {
  return table->memory + table->size - table->nslots;
}

void spill_table_clear(struct spill_table *table) {
  table->used = table->count = 0;
  memset(slots_of(table), 0, table->nslots * WORD);
}

static inline uint64_t hash_of(const struct spill_table *table, const uint64_t *key) {
  return XXH3_64bits_withSeed(key, table->kind->key_words * WORD, table->seed);
}

static inline bool keys_equal(const uint64_t *a, const uint64_t *b, unsigned words) {
  uint64_t differ = 0;
  for (unsigned i = 0; i < words; i++) differ |= a[i] ^ b[i];
  return !differ;
}

uint64_t *spill_table_find(struct spill_table *table, const uint64_t *key) {
  const uint64_t hash = table->hash = hash_of(table, key);
  const uint64_t *slots = slots_of(table);
  const size_t mask = table->nslots - 1;
  for (size_t i = hash & mask; slots[i]; i = (i + 1) & mask) {
    if (SLOT_ABOVE(slots[i]) != hash >> 32) continue;
    uint64_t *entry = table->memory + SLOT_PLACE(slots[i]) - 1;
    if (keys_equal(entry, key, table->kind->key_words)) return entry + table->kind->key_words;
  }
  return NULL;
}

static void slot_fill(struct spill_table *table, uint64_t hash, size_t place) {
  uint64_t *slots = slots_of(table);
  const size_t mask = table->nslots - 1;
  size_t i = hash & mask;
  while (slots[i]) i = (i + 1) & mask;
  slots[i] = SLOT(hash >> 32, place + 1);
}

/* The new slots lie over the old ones, so entries are found by walking over them. */
static void slots_double(struct spill_table *table) {
  const struct spill_kind *kind = table->kind;
  table->nslots *= 2;
  memset(slots_of(table), 0, table->nslots * WORD);
  for (size_t place = 0; place < table->used;) {
    const uint64_t *entry = table->memory + place;
    slot_fill(table, hash_of(table, entry), place);
    place += entry_words(kind, kind->tail ? entry[kind->key_words + kind->head_words] : 0);
  }
}

bool spill_table_insert(struct spill_table *table, const struct spill_entry *entry) {
  const struct spill_kind *kind = table->kind;
  const size_t end = table->used + entry_words(kind, entry->tail_len);
  if (end + table->nslots > table->size) return false;
  if (table->count == table->nslots / 4 * 3) {
    if (end + 2 * table->nslots > table->size) return false;
    slots_double(table);
  }
  uint64_t *to = table->memory + table->used;
  memcpy(to, entry->key, kind->key_words * WORD);
  memcpy(to + kind->key_words, entry->head, kind->head_words * WORD);
  if (kind->tail) to[kind->key_words + kind->head_words] = entry->tail_len;
  if (entry->tail_len) memcpy(to + entry_fixed(kind), entry->tail, entry->tail_len);
  slot_fill(table, table->hash, table->used);
  table->used = end;
  table->count++;
  return true;
}

/* ---- sorting ---- */

/* Slots are packed and get the first 32 bits of the key's first word that differ. */
static void slots_pack(struct spill_table *table) {
  uint64_t *slots = slots_of(table), any = 0, all = UINT64_MAX;
  size_t n = 0;
  for (size_t i = 0; i < table->nslots; i++) {
    if (!slots[i]) continue;
    const uint64_t word = table->memory[SLOT_PLACE(slots[i]) - 1];
    any |= word;
    all &= word;
    slots[n++] = slots[i];
  }
  const uint64_t differ = any ^ all;
  const int shift = differ >> 32 ? 32 - __builtin_clzll(differ) : 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t place = SLOT_PLACE(slots[i]);
    slots[i] = SLOT((uint32_t)(table->memory[place - 1] >> shift), place);
  }
}

static inline bool slot_less(const struct spill_table *table, uint64_t a, uint64_t b) {
  if (SLOT_ABOVE(a) != SLOT_ABOVE(b)) return SLOT_ABOVE(a) < SLOT_ABOVE(b);
  const uint64_t *x = table->memory + SLOT_PLACE(a) - 1, *y = table->memory + SLOT_PLACE(b) - 1;
  unsigned i = 0;
  while (i + 1 < table->kind->key_words && x[i] == y[i]) i++;
  return x[i] < y[i];
}

static void slots_insertion(const struct spill_table *table, uint64_t *slots, size_t n) {
  for (size_t i = 1; i < n; i++) {
    const uint64_t slot = slots[i];
    size_t j = i;
    for (; j && slot_less(table, slot, slots[j - 1]); j--) slots[j] = slots[j - 1];
    slots[j] = slot;
  }
}

/* Hoare's: up to the returned place nothing is greater than what follows. 0 < place < n. */
static size_t slots_part(const struct spill_table *table, uint64_t *slots, size_t n) {
  const uint64_t pivot = slots[(n - 1) / 2];
  for (size_t i = 0, j = n - 1;; i++, j--) {
    while (slot_less(table, slots[i], pivot)) i++;
    while (slot_less(table, pivot, slots[j])) j--;
    if (i >= j) return j + 1;
    const uint64_t slot = slots[i];
    slots[i] = slots[j];
    slots[j] = slot;
  }
}

/* Quicksort, in place. Slots come in the order of a seeded hash, so nobody can choose an order that
 * makes it slow; the larger part waits, so that no more than the logarithm of n do. */
void spill_table_sort(struct spill_table *table) {
  enum { SMALL = 16 };
  struct {
    uint64_t *slots;
    size_t n;
  } waiting[64];
  unsigned depth = 0;
  slots_pack(table);
  uint64_t *slots = slots_of(table);
  size_t n = table->count;
  for (;;) {
    while (n > SMALL) {
      const size_t left = slots_part(table, slots, n), right = n - left;
      const bool first = left < right;
      waiting[depth].slots = first ? slots + left : slots;
      waiting[depth++].n = first ? right : left;
      if (!first) slots += left;
      n = first ? left : right;
    }
    slots_insertion(table, slots, n);
    if (!depth) return;
    slots = waiting[--depth].slots;
    n = waiting[depth].n;
  }
}

void spill_table_get(const struct spill_table *table, size_t place, struct spill_entry *entry) {
  const struct spill_kind *kind = table->kind;
  const uint64_t *at = table->memory + SLOT_PLACE(slots_of(table)[place]) - 1;
  *entry = (struct spill_entry){.key = at, .head = at + kind->key_words};
  if (!kind->tail) return;
  entry->tail_len = at[kind->key_words + kind->head_words];
  entry->tail = (const uint8_t *)(at + entry_fixed(kind));
}
