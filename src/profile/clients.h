/* Clients: the profiled ones, found by their id, for every ping. Immutable once made: threads may
 * share it.
 */
#ifndef PROFILE_CLIENTS_H
#define PROFILE_CLIENTS_H

#include <assert.h>
#include <pingsieve/profile.h>

#define CLIENTS_SLOTS 1024u
#define CLIENTS_NONE  UINT32_MAX

struct clients {
  size_t n;
  struct ps_client at[PS_PROFILE_CLIENTS];
  uint16_t slot[CLIENTS_SLOTS]; /* 1 + the place; 0: free */
};

/* PS_E_ARGUMENT: too many, one that is none, or one twice. */
int clients_init(struct clients *clients, const struct ps_profile_who *who, size_t n,
                 struct ps_error *err);

/* Ids are chosen by clients, but there are few here: a crafted one costs a few comparisons. */
static inline unsigned clients_hash(const struct ps_client *client) {
  uint64_t a, b;
  __builtin_memcpy(&a, client->id, sizeof a);
  __builtin_memcpy(&b, client->id + sizeof a, sizeof b);
  return (unsigned)((a ^ b * 0x9E3779B97F4A7C15u) * 0xD6E8FEB86659FD93u >> 54);
}
static_assert(CLIENTS_SLOTS == 1u << (64 - 54), "the hash is a slot");

/* The place of the client, or CLIENTS_NONE. */
static inline uint32_t clients_find(const struct clients *clients, const struct ps_client *client) {
  for (unsigned i = clients_hash(client);; i = (i + 1) % CLIENTS_SLOTS) {
    if (!clients->slot[i]) return CLIENTS_NONE;
    const uint32_t place = clients->slot[i] - 1u;
    if (!__builtin_memcmp(&clients->at[place], client, sizeof *client)) return place;
  }
}

/* Whether the pings of `n` profiled clients are counted in the fleet too: where there are several,
 * each is one of the others' others. */
static inline bool clients_are_others(size_t n) { return n > 1; }

#endif
