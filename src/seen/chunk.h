/* A chunk: the hot and the cold value of up to 65,535 keys (layout in seen/format.h), made and read
 * in memory; nothing here knows LMDB.
 *
 * Checking is separate from reading: what chunk_hot_fault() and chunk_cold_fault() accepted can be
 * read and probed without leaving the two values, whatever bytes they hold.
 */
#ifndef SEEN_CHUNK_H
#define SEEN_CHUNK_H

#include "seen/format.h"
#include <stdbool.h>

struct chunk_name {
  uint32_t run, chunk;
  unsigned bits; /* of the run */
};

/* Where each key of a chunk goes: the directory, and its place. */
struct chunk_plan {
  uint16_t directory[SUB_COUNT + 1];
  uint16_t places[CHUNK_MAX];
};

static inline size_t chunk_entry_bytes(unsigned bits) { return 8 + key_rest_bytes(bits); }
static inline size_t chunk_cold_bytes(unsigned bits, uint32_t n) {
  return n * chunk_entry_bytes(bits);
}
static inline size_t chunk_hot_bytes(uint32_t n) { return HOT_FINGERPRINTS + n * 2u + HOT_PAD; }

static inline const uint16_t *chunk_directory(const uint8_t *hot) {
  return (const uint16_t *)(const void *)(hot + sizeof(struct hot_header));
}
static inline const uint16_t *chunk_fingerprints(const uint8_t *hot) {
  return (const uint16_t *)(const void *)(hot + HOT_FINGERPRINTS);
}

/* n <= CHUNK_MAX keys, all of the chunk. */
void chunk_arrange(struct chunk_plan *plan, unsigned bits, const struct ps_key *keys, uint32_t n);
/* Fill the values; bytes beyond chunk_cold_bytes() and chunk_hot_bytes() become 0. */
void chunk_fill_cold(const struct chunk_plan *plan, unsigned bits, const struct ps_key *keys,
                     uint32_t n, uint8_t *cold, size_t bytes);
void chunk_fill_hot(const struct chunk_plan *plan, const struct chunk_name *name,
                    const struct ps_key *keys, uint32_t n, uint64_t cold_checksum, uint8_t *hot,
                    size_t bytes);

/* NULL, or what is wrong: "its checksum does not match" and the like. Static storage. */
const char *chunk_hot_fault(const struct chunk_name *name, const uint8_t *hot, size_t bytes);
/* The size and place only, for a look-up that is about to read a few entries ... */
const char *chunk_cold_size_fault(const uint8_t *hot, size_t cold_bytes);
/* ... and all of it. hot must be sound. */
const char *chunk_cold_fault(const uint8_t *hot, const uint8_t *cold, size_t bytes);

uint32_t chunk_keys(const uint8_t *hot);

/* Writes the keys of the sub-buckets [from, to) to out; returns how many. Both values are sound. */
uint32_t chunk_read(const struct chunk_name *name, const uint8_t *hot, const uint8_t *cold,
                    uint32_t from, uint32_t to, struct ps_key *out);

#endif
