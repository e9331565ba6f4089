#include "profile/fleet.h"

#include "accounts/ranking.h"
#include "base/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static_assert(FLEET_HASH == sizeof(((struct ps_client *)0)->id), "a hash is an id of the ranking");

struct fleet {
  struct ranking ranking;
};

int fleet_create(struct fleet **fleet, struct ps_error *err) {
  *fleet = calloc(1, sizeof **fleet);
  return *fleet ? PS_OK : error_memory(err, sizeof **fleet);
}

void fleet_free(struct fleet *fleet) {
  if (!fleet) return;
  ranking_release(&fleet->ranking);
  free(fleet);
}

void fleet_hash(unsigned field, const uint8_t *text, size_t len, uint8_t hash[FLEET_HASH]) {
  const XXH128_hash_t h = XXH3_128bits_withSeed(text, len, field);
  memcpy(hash, &h.low64, sizeof h.low64);
  memcpy(hash + sizeof h.low64, &h.high64, sizeof h.high64);
}

static struct ps_client client_of(const uint8_t hash[FLEET_HASH]) {
  struct ps_client client = {.kind = PS_CLIENT_HASH};
  memcpy(client.id, hash, FLEET_HASH);
  return client;
}

int fleet_add(struct fleet *fleet, const uint8_t hash[FLEET_HASH], struct ps_error *err) {
  const struct ps_client client = client_of(hash);
  return ranking_add(&fleet->ranking, &client, 1, FLEET_SLOTS, NULL, NULL, err);
}

struct ps_bounded fleet_get(const struct fleet *fleet, const uint8_t hash[FLEET_HASH]) {
  const struct ps_client client = client_of(hash);
  return ranking_get(&fleet->ranking, &client);
}
