#include "profile/values.h"

#include "base/arena.h"
#include "base/arith.h"
#include "base/error.h"
#include "base/seed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLOTS_MIN  16u
#define TEXT_SHARE 64u /* bytes of text a value, on average, at most */

struct slot {
  uint32_t tag;  /* of the hash, so that nearly all texts that are compared are equal */
  uint32_t code; /* 1 + the value's; 0: free */
};
static_assert(sizeof(struct slot) == 8, "eight slots a cache line");

struct table {
  struct values_table seen;
  struct values_entry *entries; /* seen.entries; room for half of nslots */
  struct slot *slots;           /* a power of two, or none */
  size_t nslots;
};

struct values {
  struct table *tables;
  size_t ntables;
  unsigned fields;
  size_t cap;
  size_t values, text; /* that there is room for yet, in all tables */
  bool ended;
  uint64_t seed;
  struct arena *arena;
};

int values_create(size_t clients, unsigned fields, size_t cap, size_t total, struct values **values,
                  struct ps_error *err) {
  *values = NULL;
  size_t ntables;
  if (!size_mul(clients, fields, &ntables)) return error_memory(err, 0);
  struct values *v = calloc(1, sizeof *v);
  struct table *tables = calloc(ntables ? ntables : 1, sizeof *tables);
  if (!v || !tables) {
    free(v);
    free(tables);
    return error_memory(err, (unsigned long long)ntables * sizeof *tables);
  }
  if (total >= VALUES_OTHER) total = VALUES_OTHER - 1; /* codes and slots hold 32 bits */
  *v = (struct values){.tables = tables,
                       .ntables = ntables,
                       .fields = fields,
                       .cap = cap,
                       .values = total,
                       .seed = seed_draw(v)};
  if (!size_mul(total, TEXT_SHARE, &v->text)) v->text = SIZE_MAX;
  const int r = arena_create(&v->arena, err);
  if (r) values_free(v);
  else *values = v;
  return r;
}

void values_free(struct values *values) {
  if (!values) return;
  for (size_t i = 0; i < values->ntables; i++) {
    free(values->tables[i].entries);
    free(values->tables[i].slots);
  }
  free(values->tables);
  arena_free(values->arena);
  free(values);
}

static inline struct table *table_at(const struct values *values, size_t client, unsigned field) {
  return &values->tables[client * values->fields + field];
}

static inline uint64_t hash_of(const struct values *values, const uint8_t *text, size_t len) {
  return XXH3_64bits_withSeed(text, len, values->seed);
}

static void slot_place(struct slot *slots, size_t nslots, uint64_t hash, uint32_t code) {
  size_t i = hash & (nslots - 1);
  while (slots[i].code) i = (i + 1) & (nslots - 1);
  slots[i] = (struct slot){(uint32_t)(hash >> 32), code};
}

/* When it fails, the table is as it was, but for room that is not used. */
static int table_grow(const struct values *values, struct table *t, struct ps_error *err) {
  const size_t nslots = t->nslots ? 2 * t->nslots : SLOTS_MIN;
  const size_t bytes = nslots / 2 * sizeof *t->entries; /* both small: codes have 32 bits */
  struct values_entry *entries = realloc(t->entries, bytes);
  if (!entries) return error_memory(err, bytes);
  t->seen.entries = t->entries = entries;
  struct slot *slots = calloc(nslots, sizeof *slots);
  if (!slots) return error_memory(err, nslots * sizeof *slots);
  for (uint32_t code = 0; code < t->seen.n; code++)
    slot_place(slots, nslots, hash_of(values, entries[code].text, entries[code].len), code + 1);
  free(t->slots);
  t->slots = slots;
  t->nslots = nslots;
  return PS_OK;
}

/* For a text that is not in the table. Whether there is room only ever turns from yes to no, so
 * that a text without a code never gets one. */
static int entry_add(struct values *values, struct table *t, const struct values_entry *entry,
                     uint64_t hash, uint32_t *code, struct ps_error *err) {
  *code = VALUES_OTHER;
  if (values->ended || t->seen.n >= values->cap) return PS_OK;
  if (!values->values || entry->len >= values->text) {
    values->ended = true;
    return PS_OK;
  }
  if (t->seen.n == t->nslots / 2) {
    const int r = table_grow(values, t, err);
    if (r) return r;
  }
  const char *text = arena_text(values->arena, (const char *)entry->text, entry->len, err);
  if (!text) return PS_E_MEMORY;
  values->values--;
  values->text -= entry->len + 1;
  *code = (uint32_t)t->seen.n++;
  t->entries[*code] = *entry;
  t->entries[*code].text = (const uint8_t *)text;
  slot_place(t->slots, t->nslots, hash, *code + 1);
  return PS_OK;
}

int values_code(struct values *values, size_t client, unsigned field, const uint8_t *text,
                size_t len, bool number, uint32_t *code, struct ps_error *err) {
  struct table *t = table_at(values, client, field);
  const uint64_t hash = hash_of(values, text, len);
  if (t->nslots)
    for (size_t i = hash & (t->nslots - 1);; i = (i + 1) & (t->nslots - 1)) {
      const struct slot slot = t->slots[i];
      if (!slot.code) break;
      if (slot.tag != (uint32_t)(hash >> 32)) continue;
      const struct values_entry *entry = &t->entries[slot.code - 1];
      if (entry->len == len && (!len || !memcmp(entry->text, text, len))) {
        *code = slot.code - 1;
        return PS_OK;
      }
    }
  const struct values_entry entry = {.text = text, .len = (uint32_t)len, .number = number};
  return entry_add(values, t, &entry, hash, code, err);
}

void values_count(struct values *values, size_t client, unsigned field, uint32_t code,
                  enum ps_population population, uint64_t n) {
  struct table *t = table_at(values, client, field);
  if (code == VALUES_OTHER) t->seen.other[population] += n;
  else t->entries[code].count[population] += n;
}

const struct values_table *values_table(const struct values *values, size_t client,
                                        unsigned field) {
  return &table_at(values, client, field)->seen;
}

bool values_ended(const struct values *values) { return values->ended; }
