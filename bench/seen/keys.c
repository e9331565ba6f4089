#include "keys.h"

#include "engine.h"
#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) */
static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

static uint64_t next(struct load *load) { return mix(load->random++ ^ 0xabcdef9876543210u); }

struct ps_key load_key(uint64_t number) {
  return (struct ps_key){mix(0x1234567u + 2 * number), mix(0x1234567u + 2 * number + 1)};
}

void load_batch(struct load *load, struct ps_key *keys, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint64_t dice = next(load);
    if (!load->fresh || dice % 100 >= DUPLICATE_PERCENT) {
      keys[i] = load_key(load->fresh++);
      continue;
    }
    const uint64_t recent = load->fresh < RECENT ? load->fresh : RECENT, which = next(load);
    load->duplicates++;
    keys[i] =
        load_key((dice >> 32) % 10 < 8 ? load->fresh - 1 - which % recent : which % load->fresh);
  }
}

void key_bytes(struct ps_key key, uint8_t bytes[16]) {
  const uint64_t parts[2] = {__builtin_bswap64(key.hi), __builtin_bswap64(key.lo)};
  memcpy(bytes, parts, sizeof parts);
}

static int order_compare(const void *x, const void *y, void *context) {
  const struct ps_key *keys = context;
  const uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
  const struct ps_key a = keys[i], b = keys[j];
  if (a.hi != b.hi) return a.hi < b.hi ? -1 : 1;
  if (a.lo != b.lo) return a.lo < b.lo ? -1 : 1;
  return i < j ? -1 : i > j;
}

size_t keys_sort(const struct ps_key *keys, size_t n, uint32_t *order, uint8_t *verdict) {
  size_t left = 0;
  for (uint32_t i = 0; i < n; i++) order[i] = i;
  qsort_r(order, n, sizeof *order, order_compare, (void *)(uintptr_t)keys);
  memset(verdict, 0, n);
  for (size_t i = 0; i < n; i++) {
    const struct ps_key a = keys[order[i]];
    if (left && keys[order[left - 1]].hi == a.hi && keys[order[left - 1]].lo == a.lo)
      verdict[order[i]] = 1;
    else order[left++] = order[i];
  }
  return left;
}
