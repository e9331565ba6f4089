/* An engine: a set of keys that takes durable batches, for the benchmark to drive. Errors end the
 * program: a benchmark that failed has no figures.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <pingsieve/key.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH 65536u

struct engine {
  const char *name;
  void *(*open)(const char *dir);
  /* Marks n <= BATCH keys in one durable commit; verdict as in ps_seen_mark(). */
  void (*mark)(void *set, const uint16_t *days, const struct ps_key *keys, size_t n,
               uint8_t *verdict);
  void (*close)(void *set);
};

extern const struct engine engine_pingsieve, engine_lmdb, engine_rocksdb;

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The keys sorted, repetitions dropped (verdict 1, others 0): what a careful user of an ordered
 * store does first. order must hold n; returns how many are left. */
size_t keys_sort(const struct ps_key *keys, size_t n, uint32_t *order, uint8_t *verdict);
/* Big-endian, so that byte order is key order. */
void key_bytes(struct ps_key key, uint8_t bytes[16]);

#endif
