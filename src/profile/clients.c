#include "profile/clients.h"

#include "base/error.h"

#include <string.h>

static_assert(sizeof(struct ps_client) == 17, "no padding: ids are compared as bytes");

int clients_init(struct clients *clients, const struct ps_profile_who *who, size_t n,
                 struct ps_error *err) {
  char text[PS_CLIENT_TEXT_BYTES];
  memset(clients, 0, sizeof *clients);
  if (n > PS_PROFILE_CLIENTS)
    return error_set(err, PS_E_ARGUMENT, "%zu clients are asked for: %u are possible at a time", n,
                     PS_PROFILE_CLIENTS);
  for (size_t i = 0; i < n; i++) {
    const struct ps_client *client = &who[i].client;
    if (client->kind == PS_CLIENT_NONE)
      return error_set(err, PS_E_ARGUMENT, "the empty text is no clientId: name another");
    if (clients_find(clients, client) != CLIENTS_NONE)
      return error_set(err, PS_E_ARGUMENT, "the client %s is given twice: name it once",
                       ps_client_format(client, text));
    unsigned slot = clients_hash(client);
    while (clients->slot[slot]) slot = (slot + 1) % CLIENTS_SLOTS;
    clients->at[i] = *client;
    clients->slot[slot] = (uint16_t)(i + 1);
    clients->n++;
  }
  return PS_OK;
}
