/* The load: a fixed sequence of keys in which a share repeats. */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <pingsieve/key.h>
#include <stddef.h>
#include <stdint.h>

#define DUPLICATE_PERCENT 3u
#define RECENT            100000u /* eight in ten duplicates are of so many last keys */

struct load {
  uint64_t fresh, duplicates, random; /* so far; zero to begin with */
};

struct ps_key load_key(uint64_t number);
void load_batch(struct load *load, struct ps_key *keys, size_t n);

#endif
