#include "seen/chunk.h"

#include "base/hash.h"
#include <string.h>

/* The checksum stands first and covers the rest of the value. */
static uint64_t rest_checksum(const uint8_t *value, size_t bytes) {
  return hash_checksum(value + sizeof(uint64_t), bytes - sizeof(uint64_t));
}

/* A counting sort by sub-bucket; order inside a sub-bucket is free. */
void chunk_arrange(struct chunk_plan *plan, unsigned bits, const struct ps_key *keys, uint32_t n) {
  uint32_t ends[SUB_COUNT + 1] = {0};
  for (uint32_t i = 0; i < n; i++) ends[key_sub(keys[i].hi, bits) + 1]++;
  for (uint32_t i = 0; i < SUB_COUNT; i++) ends[i + 1] += ends[i];
  for (uint32_t i = 0; i <= SUB_COUNT; i++) plan->directory[i] = (uint16_t)ends[i];
  for (uint32_t i = 0; i < n; i++) plan->places[i] = (uint16_t)ends[key_sub(keys[i].hi, bits)]++;
}

void chunk_fill_cold(const struct chunk_plan *plan, unsigned bits, const struct ps_key *keys,
                     uint32_t n, uint8_t *cold, size_t bytes) {
  const size_t entry = chunk_entry_bytes(bits), used = chunk_cold_bytes(bits, n);
  const unsigned rest = key_rest_bytes(bits);
  memset(cold + used, 0, bytes - used);
  for (uint32_t i = 0; i < n; i++) {
    uint8_t *at = cold + plan->places[i] * entry;
    for (unsigned b = 0; b < rest; b++) at[b] = (uint8_t)(keys[i].hi >> (8 * b));
    memcpy(at + rest, &keys[i].lo, sizeof keys[i].lo);
  }
}

void chunk_fill_hot(const struct chunk_plan *plan, const struct chunk_name *name,
                    const struct ps_key *keys, uint32_t n, uint64_t cold_checksum, uint8_t *hot,
                    size_t bytes) {
  struct hot_header header = {.cold_checksum = cold_checksum,
                              .run = name->run,
                              .chunk = name->chunk,
                              .keys = n,
                              .entry_bytes = (uint16_t)chunk_entry_bytes(name->bits),
                              .bits = (uint8_t)name->bits,
                              .sub_bits = SUB_BITS};
  const size_t used = HOT_FINGERPRINTS + n * 2u;
  memset(hot, 0, HOT_FINGERPRINTS);
  memset(hot + used, 0, bytes - used);
  memcpy(hot, &header, sizeof header);
  memcpy(hot + sizeof header, plan->directory, sizeof plan->directory);
  uint16_t *fingerprints = (uint16_t *)(void *)(hot + HOT_FINGERPRINTS);
  for (uint32_t i = 0; i < n; i++)
    fingerprints[plan->places[i]] = key_fingerprint(keys[i].hi, name->bits);
  header.checksum = rest_checksum(hot, bytes);
  memcpy(hot, &header.checksum, sizeof header.checksum);
}

const char *chunk_hot_fault(const struct chunk_name *name, const uint8_t *hot, size_t bytes) {
  struct hot_header header;
  if (bytes < HOT_FINGERPRINTS + HOT_PAD) return "its hot value is too short";
  memcpy(&header, hot, sizeof header);
  if (header.checksum != rest_checksum(hot, bytes))
    return "the checksum of its hot value does not match";
  if (header.run != name->run || header.chunk != name->chunk || header.bits != name->bits)
    return "its hot value belongs elsewhere";
  if (header.sub_bits != SUB_BITS || header.value_bytes ||
      header.entry_bytes != chunk_entry_bytes(name->bits))
    return "its hot value has another layout";
  if (header.keys > CHUNK_MAX || chunk_hot_bytes(header.keys) > bytes)
    return "its hot value is too short for its keys";
  const uint16_t *directory = chunk_directory(hot);
  unsigned falls = directory[0] != 0;
  for (uint32_t i = 0; i < SUB_COUNT; i++) falls |= directory[i] > directory[i + 1];
  if (falls || directory[SUB_COUNT] != header.keys) return "its directory is wrong";
  return NULL;
}

const char *chunk_cold_size_fault(const uint8_t *hot, size_t cold_bytes) {
  struct hot_header header;
  memcpy(&header, hot, sizeof header);
  return cold_bytes < (size_t)header.keys * header.entry_bytes ? "its cold value is too short"
                                                               : NULL;
}

const char *chunk_cold_fault(const uint8_t *hot, const uint8_t *cold, size_t bytes) {
  struct hot_header header;
  memcpy(&header, hot, sizeof header);
  const char *fault = chunk_cold_size_fault(hot, bytes);
  if (fault) return fault;
  return header.cold_checksum != hash_checksum(cold, bytes)
             ? "the checksum of its cold value does not match"
             : NULL;
}

uint32_t chunk_keys(const uint8_t *hot) {
  uint32_t keys;
  memcpy(&keys, hot + offsetof(struct hot_header, keys), sizeof keys);
  return keys;
}

uint32_t chunk_read(const struct chunk_name *name, const uint8_t *hot, const uint8_t *cold,
                    uint32_t from, uint32_t to, struct ps_key *out) {
  const unsigned bits = name->bits, rest = key_rest_bytes(bits), shift = key_rest_bits(bits);
  const size_t entry = chunk_entry_bytes(bits);
  const uint64_t mask = ((uint64_t)1 << shift) - 1, base = chunk_base(name->chunk, bits);
  const uint16_t *directory = chunk_directory(hot), *fingerprints = chunk_fingerprints(hot);
  const uint8_t *at = cold + directory[from] * entry;
  uint32_t n = 0;
  for (uint32_t sub = from; sub < to; sub++) {
    const uint64_t prefix = base | (uint64_t)sub << (64 - bits - SUB_BITS);
    for (uint32_t i = directory[sub]; i < directory[sub + 1]; i++, at += entry) {
      uint64_t low; /* an entry has more than 8 bytes: both reads stay inside */
      memcpy(&low, at, sizeof low);
      out[n].hi = prefix | (uint64_t)fingerprints[i] << shift | (low & mask);
      memcpy(&out[n++].lo, at + rest, sizeof low);
    }
  }
  return n;
}
