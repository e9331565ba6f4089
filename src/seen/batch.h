/* A batch: the keys of one call, sorted by hash so that every structure is walked in its own order,
 * and the scratch memory for looking them up.
 *
 * The arrays grow to the largest call so far (BATCH_MAX entries at most), so that small calls stay
 * cheap. One thread at a time.
 */
#ifndef SEEN_BATCH_H
#define SEEN_BATCH_H

#include <pingsieve/error.h>
#include <pingsieve/key.h>
#include <stdint.h>

#define BATCH_MAX 65536u

struct entry {
  struct ps_key key;
  uint32_t at; /* its place in the caller's arrays */
};

/* A fingerprint that matches; the cold entry it points to settles it. */
struct match {
  const uint8_t *cold;
  struct ps_key key;
  uint32_t at, rest_bytes;
};

struct batch {
  struct entry *entries;
  struct entry *part; /* a selection of the entries; scratch of the sort */
  uint8_t *masks;     /* group filter: which of its runs may hold the key ... */
  uint32_t *places;   /* ... of the entry at this place */
  struct match *matches;
  uint32_t *counts; /* of the sort */
  uint32_t n, nmatches, cap;
};

void batch_release(struct batch *batch);

/* Takes n <= BATCH_MAX keys, sorts them and sets all verdicts to 0. */
int batch_fill(struct batch *batch, const struct ps_key *keys, uint32_t n, uint8_t *verdict,
               struct ps_error *err);

/* Of equal keys the first stays as an entry, the others get verdict 1 and are dropped. */
void batch_unique(struct batch *batch, uint8_t *verdict);

/* Drops the entries whose verdict is 1. */
void batch_drop(struct batch *batch, const uint8_t *verdict);

/* How many entries have a hash below hi. */
uint32_t batch_below(const struct batch *batch, uint64_t hi);

#endif
