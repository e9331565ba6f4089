#include "seen/batch.h"

#include "base/error.h"
#include "seen/table.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_CAP_MIN 256u
#define INSERTION_MAX 32u

static int entry_compare(const void *x, const void *y) {
  const struct entry *a = x, *b = y;
  if (a->key.hi != b->key.hi) return a->key.hi < b->key.hi ? -1 : 1;
  if (a->key.lo != b->key.lo) return a->key.lo < b->key.lo ? -1 : 1;
  return a->at < b->at ? -1 : a->at > b->at;
}

static bool key_equal(struct ps_key a, struct ps_key b) { return a.hi == b.hi && a.lo == b.lo; }

void batch_release(struct batch *batch) {
  free(batch->entries);
  free(batch->part);
  free(batch->masks);
  free(batch->places);
  free(batch->matches);
  free(batch->counts);
  *batch = (struct batch){.n = 0};
}

static int batch_reserve(struct batch *batch, uint32_t n, struct ps_error *err) {
  if (n <= batch->cap) return PS_OK;
  uint32_t cap = BATCH_CAP_MIN;
  while (cap < n) cap *= 2;
  batch_release(batch);
  batch->entries = calloc(cap, sizeof *batch->entries);
  batch->part = calloc(cap, sizeof *batch->part);
  batch->masks = malloc(cap);
  batch->places = malloc(cap * sizeof *batch->places);
  batch->matches = malloc(cap * sizeof *batch->matches);
  batch->counts = malloc(((size_t)cap + 1) * sizeof *batch->counts);
  if (!batch->entries || !batch->part || !batch->masks || !batch->places || !batch->matches ||
      !batch->counts) {
    batch_release(batch);
    (void)error_memory(err, cap * (2 * sizeof *batch->entries + sizeof *batch->matches));
    return PS_E_MEMORY;
  }
  batch->cap = cap;
  return PS_OK;
}

static void bucket_sort(struct entry *e, uint32_t n) {
  if (n > INSERTION_MAX) {
    bool same = true; /* a flood of one key: in order already */
    for (uint32_t i = 1; i < n && same; i++) same = key_equal(e[i].key, e[0].key);
    if (!same) qsort(e, n, sizeof *e, entry_compare);
    return;
  }
  for (uint32_t i = 1; i < n; i++) {
    const struct entry x = e[i];
    uint32_t j = i;
    for (; j && entry_compare(&x, &e[j - 1]) < 0; j--) e[j] = e[j - 1];
    e[j] = x;
  }
}

/* One radix pass over the hash's top bits, then tiny insertion sorts. */
static void batch_sort(struct batch *batch, uint32_t n) {
  struct entry *from = batch->entries, *to = batch->part;
  uint32_t *counts = batch->counts;
  unsigned bits = 1;
  while (bits < 16 && (2u << bits) <= n) bits++;
  const unsigned shift = 64 - bits;
  const uint32_t buckets = 1u << bits;
  memset(counts, 0, ((size_t)buckets + 1) * sizeof *counts);
  for (uint32_t i = 0; i < n; i++) counts[(from[i].key.hi >> shift) + 1]++;
  for (uint32_t i = 0; i < buckets; i++) counts[i + 1] += counts[i];
  for (uint32_t i = 0; i < n; i++) to[counts[from[i].key.hi >> shift]++] = from[i];
  for (uint32_t b = 0, start = 0; start < n; start = counts[b++])
    bucket_sort(to + start, counts[b] - start);
  batch->entries = to;
  batch->part = from;
}

int batch_fill(struct batch *batch, const struct ps_key *keys, uint32_t n, uint8_t *verdict,
               struct ps_error *err) {
  int r = batch_reserve(batch, n, err);
  if (r) return r;
  for (uint32_t i = 0; i < n; i++) {
    batch->entries[i] = (struct entry){key_stored(keys[i]), i};
  }
  memset(verdict, 0, n);
  batch->n = n;
  batch->nmatches = 0;
  if (n) batch_sort(batch, n);
  return PS_OK;
}

void batch_unique(struct batch *batch, uint8_t *verdict) {
  struct entry *e = batch->entries;
  uint32_t n = 0;
  for (uint32_t i = 0; i < batch->n; i++) {
    if (n && key_equal(e[n - 1].key, e[i].key)) verdict[e[i].at] = 1;
    else e[n++] = e[i];
  }
  batch->n = n;
}

void batch_drop(struct batch *batch, const uint8_t *verdict) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < batch->n; i++)
    if (!verdict[batch->entries[i].at]) batch->entries[n++] = batch->entries[i];
  batch->n = n;
}

uint32_t batch_below(const struct batch *batch, uint64_t hi) {
  uint32_t at = 0, n = batch->n;
  while (n) {
    const uint32_t half = n / 2;
    if (batch->entries[at + half].key.hi < hi) {
      at += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return at;
}
