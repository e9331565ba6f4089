/* Seeds of tables whose keys are chosen by clients: nobody can aim keys at one slot without them.
 */
#ifndef BASE_SEED_H
#define BASE_SEED_H

#include <stdint.h>
#include <time.h>
#include <unistd.h>

/* Where the system has no randomness, the time and an address do: the seed protects speed only. */
static inline uint64_t seed_draw(const void *address) {
  uint64_t seed;
  if (getentropy(&seed, sizeof seed)) seed = (uint64_t)clock() ^ (uint64_t)(uintptr_t)address;
  return seed;
}

#endif
