#include "clients.h"
#include "../scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ps_client client_numbered(uint32_t number) {
  const uint32_t id = number / 3;
  const uint64_t scrambled = random_mix(id);
  struct ps_client client = {.kind = (uint8_t)(PS_CLIENT_UUID + number % 3)};
  memcpy(client.id, &scrambled, 8);
  memcpy(client.id + 8, &id, 4);
  memcpy(client.id + 12, &scrambled, 4);
  return client;
}

uint32_t client_number(const struct ps_client *client) {
  uint32_t id;
  memcpy(&id, client->id + 8, 4);
  return id * 3 + client->kind - PS_CLIENT_UUID;
}

uint64_t random_mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

uint64_t random_next(uint64_t *state) { return random_mix((*state)++ ^ 0xabcdef9876543210u); }

uint64_t random_below(uint64_t *state, uint64_t n) { return random_next(state) % n; }

double random_unit(uint64_t *state) { return (double)(random_next(state) >> 11) * 0x1p-53; }

uint32_t random_zipf(uint64_t *state, uint32_t n, double exponent) {
  /* the inverse of the continuous distribution */
  const double e = 1 - exponent, whole = pow(n + 1.0, e) - 1;
  const double at = pow(1 + random_unit(state) * whole, 1 / e) - 1;
  return at < n ? (uint32_t)at : n - 1;
}

uint32_t scaled(uint32_t count) { return (uint32_t)scale_count(count); }
