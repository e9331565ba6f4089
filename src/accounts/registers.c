#include "accounts/registers.h"

#include <assert.h>
#include <math.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define INDEX_BITS 12
#define RANK_MAX   (64 - INDEX_BITS + 1)
static_assert(PS_REGISTERS == 1 << INDEX_BITS, "a register for every index");

bool registers_add(uint8_t registers[PS_REGISTERS], const struct ps_client *client) {
  const uint64_t hash = XXH3_64bits_withSeed(client->id, sizeof client->id, client->kind);
  /* the bit behind the others ends the run of zeros */
  const uint64_t rest = hash << INDEX_BITS | UINT64_C(1) << (INDEX_BITS - 1);
  const uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
  uint8_t *at = &registers[hash >> (64 - INDEX_BITS)];
  if (rank <= *at) return false;
  *at = rank;
  return true;
}

void registers_merge(uint8_t registers[PS_REGISTERS], const uint8_t other[PS_REGISTERS]) {
  for (size_t i = 0; i < PS_REGISTERS; i++)
    if (other[i] > registers[i]) registers[i] = other[i];
}

bool registers_sound(const uint8_t registers[PS_REGISTERS]) {
  for (size_t i = 0; i < PS_REGISTERS; i++)
    if (registers[i] > RANK_MAX) return false;
  return true;
}

/* x + sum of x^(2^k) * 2^(k-1): what the registers that are 0 weigh; not for x = 1. */
static double sigma(double x) {
  double sum = x, before, weight = 1;
  do {
    x *= x;
    before = sum;
    sum += x * weight;
    weight += weight;
  } while (sum != before);
  return sum;
}

/* (1 - x - sum of (1 - x^(2^-k))^2 * 2^-k) / 3: what the full registers weigh. */
static double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x, before, weight = 1;
  do {
    x = sqrt(x);
    before = sum;
    weight /= 2;
    sum -= (1 - x) * (1 - x) * weight;
  } while (sum != before);
  return sum / 3;
}

double ps_registers_estimate(const uint8_t registers[PS_REGISTERS]) {
  const double m = PS_REGISTERS;
  uint32_t with[RANK_MAX + 1] = {0}; /* registers of each rank */
  for (size_t i = 0; i < PS_REGISTERS; i++)
    with[registers[i] < RANK_MAX ? registers[i] : RANK_MAX]++;
  if (with[0] == PS_REGISTERS) return 0;
  double z = m * tau(1 - with[RANK_MAX] / m);
  for (size_t rank = RANK_MAX - 1; rank >= 1; rank--) z = (z + with[rank]) / 2;
  z += m * sigma(with[0] / m);
  return m * m / (2 * M_LN2 * z);
}
