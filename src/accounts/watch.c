#include "accounts/watch.h"

#include "accounts/label.h"
#include "accounts/share.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

#define CLIENTS_MIN 4u

int watch_create(struct watch **watch, struct ps_error *err) {
  *watch = calloc(1, sizeof **watch);
  return *watch ? PS_OK : error_memory(err, sizeof **watch);
}

void watch_free(struct watch *watch) {
  if (!watch) return;
  free(watch->clients);
  free(watch);
}

/* ---- the fleet ---- */

static struct fleet_value *fleet_place(struct watch *watch, uint64_t hash) {
  uint64_t at = hash % WATCH_PLACES;
  while (watch->fleet[at].count && watch->fleet[at].hash != hash) at = (at + 1) % WATCH_PLACES;
  return &watch->fleet[at];
}

/* Takes one from every counter: they pay for the value that has no room. */
static void fleet_decrement(struct watch *watch) {
  struct fleet_value old[WATCH_PLACES];
  memcpy(old, watch->fleet, sizeof old);
  memset(watch->fleet, 0, sizeof watch->fleet);
  watch->nfleet = 0;
  watch->error++;
  for (unsigned i = 0; i < WATCH_PLACES; i++) {
    if (old[i].count < 2) continue;
    *fleet_place(watch, old[i].hash) = (struct fleet_value){old[i].hash, old[i].count - 1};
    watch->nfleet++;
  }
}

void watch_fleet(struct watch *watch, uint64_t value_hash) {
  struct fleet_value *place = fleet_place(watch, value_hash);
  watch->pings++;
  if (place->count) {
    place->count++;
  } else if (watch->nfleet < WATCH_FLEET) {
    *place = (struct fleet_value){value_hash, 1};
    watch->nfleet++;
  } else {
    fleet_decrement(watch);
  }
}

static uint64_t fleet_count(const struct watch *watch, uint64_t hash) {
  uint64_t at = hash % WATCH_PLACES;
  while (watch->fleet[at].count && watch->fleet[at].hash != hash) at = (at + 1) % WATCH_PLACES;
  return watch->fleet[at].count;
}

/* ---- clients ---- */

/* NULL: no memory, which *err tells. */
static struct watched_client *client_add(struct watch *watch, const struct ps_client *client,
                                         struct ps_error *err) {
  if (watch->nclients == watch->cap) {
    const unsigned cap = watch->cap ? 2 * watch->cap : CLIENTS_MIN;
    struct watched_client *clients = realloc(watch->clients, cap * sizeof *clients);
    if (!clients) {
      (void)error_memory(err, cap * sizeof *clients);
      return NULL;
    }
    watch->clients = clients;
    watch->cap = cap;
  }
  struct watched_client *watched = &watch->clients[watch->nclients++];
  memset(watched, 0, sizeof *watched);
  watched->client = *client;
  return watched;
}

static bool same_client(const struct ps_client *a, const struct ps_client *b) {
  return a->kind == b->kind && !memcmp(a->id, b->id, sizeof a->id);
}

int watch_client(struct watch *watch, const struct ps_client *client,
                 struct watched_client **watched, struct ps_error *err) {
  for (unsigned i = 0; i < watch->nclients; i++) {
    *watched = &watch->clients[i];
    if (same_client(&(*watched)->client, client)) return PS_OK;
  }
  *watched = NULL;
  if (watch->nclients == WATCH_CLIENTS) return PS_OK;
  return (*watched = client_add(watch, client, err)) ? PS_OK : PS_E_MEMORY;
}

static void value_count(struct watched_client *watched, const uint8_t *line,
                        const struct ping *ping) {
  unsigned kept = 0;
  for (unsigned i = 0; i < watched->nvalues; i++)
    if (watched->values[i].hash == ping->watched_hash) {
      watched->values[i].count++;
      return;
    }
  if (watched->nvalues < WATCH_VALUES) {
    struct watched_value *value = &watched->values[watched->nvalues++];
    value->hash = ping->watched_hash;
    value->count = 1;
    label_of_span(line, &ping->watched, value->text, sizeof value->text);
    return;
  }
  watched->error++;
  for (unsigned i = 0; i < watched->nvalues; i++)
    if (--watched->values[i].count) watched->values[kept++] = watched->values[i];
  watched->nvalues = kept;
}

static void city_count(struct watched_client *watched, uint64_t city) {
  for (unsigned i = 0; i < watched->ncities; i++)
    if (watched->cities[i] == city) return;
  if (watched->ncities < WATCH_CITIES) watched->cities[watched->ncities++] = city;
}

void watched_count(struct watched_client *watched, const uint8_t *line, const struct ping *ping) {
  if (!ping->watched_hash && !ping->city_hash) return;
  watched->pings++;
  if (ping->watched_hash) value_count(watched, line, ping);
  if (ping->city_hash) city_count(watched, ping->city_hash);
}

/* ---- the rule ---- */

/* Is the value rare among the pings of all others? They must be as many as the client's. Of the
 * client's pings only those since it is watched can be told from the others', which makes the
 * others' count larger and the rule slower, never quicker. */
static bool rare_in_fleet(const struct watch *watch, const struct watched_client *watched,
                          const struct watched_value *value, uint64_t pings, uint32_t percent) {
  uint64_t others = watch->pings, with = fleet_count(watch, value->hash) + watch->error;
  others -= watched->pings < others ? watched->pings : others;
  with -= value->count < with ? value->count : with;
  return others >= pings && with < share_up(others, percent);
}

bool watch_judge(const struct watch *watch, const struct watched_client *watched, uint64_t pings,
                 const struct ps_rules *rules, struct watch_finding *finding) {
  if (rules->shared_profile_cities && watched->ncities >= rules->shared_profile_cities) {
    *finding = (struct watch_finding){rules->shared_profile_cities, watched->ncities, 0, ""};
    return true;
  }
  if (pings < rules->shared_profile || watched->pings < rules->shared_profile / 2) return false;
  for (unsigned i = 0; i < watched->nvalues; i++) {
    const struct watched_value *value = &watched->values[i];
    if (value->count < share_up(watched->pings, rules->shared_profile_percent) ||
        !rare_in_fleet(watch, watched, value, pings, rules->shared_profile_fleet_percent))
      continue;
    *finding =
        (struct watch_finding){rules->shared_profile, value->count, watched->pings, value->text};
    return true;
  }
  return false;
}

/* ---- as bytes ---- */

static int hash_put(struct buffer *out, uint64_t hash, struct ps_error *err) {
  uint8_t bytes[8];
  for (unsigned i = 0; i < 8; i++) bytes[i] = (uint8_t)(hash >> 8 * i);
  return buffer_append(out, bytes, sizeof bytes, err);
}

static uint64_t hash_take(struct cursor *cursor) {
  const uint8_t *bytes = cursor_take(cursor, 8);
  uint64_t hash = 0;
  for (unsigned i = 0; bytes && i < 8; i++) hash |= (uint64_t)bytes[i] << 8 * i;
  return hash;
}

static int client_put(const struct watched_client *watched, struct buffer *out,
                      struct ps_error *err) {
  int r = bytes_put_number(out, watched->client.kind, err);
  if (!r) r = buffer_append(out, watched->client.id, sizeof watched->client.id, err);
  if (!r) r = bytes_put_number(out, watched->pings, err);
  if (!r) r = bytes_put_number(out, watched->error, err);
  if (!r) r = bytes_put_number(out, watched->told, err);
  if (!r) r = bytes_put_number(out, watched->nvalues, err);
  for (unsigned i = 0; i < watched->nvalues && !r; i++) {
    r = hash_put(out, watched->values[i].hash, err);
    if (!r) r = bytes_put_number(out, watched->values[i].count, err);
    if (!r) r = bytes_put_text(out, watched->values[i].text, err);
  }
  if (!r) r = bytes_put_number(out, watched->ncities, err);
  for (unsigned i = 0; i < watched->ncities && !r; i++) r = hash_put(out, watched->cities[i], err);
  return r;
}

int watch_put(const struct watch *watch, struct buffer *out, struct ps_error *err) {
  int r = bytes_put_number(out, watch->pings, err);
  if (!r) r = bytes_put_number(out, watch->error, err);
  if (!r) r = bytes_put_number(out, watch->nfleet, err);
  for (unsigned i = 0; i < WATCH_PLACES && !r; i++) {
    if (!watch->fleet[i].count) continue;
    r = hash_put(out, watch->fleet[i].hash, err);
    if (!r) r = bytes_put_number(out, watch->fleet[i].count, err);
  }
  if (!r) r = bytes_put_number(out, watch->nclients, err);
  for (unsigned i = 0; i < watch->nclients && !r; i++) r = client_put(&watch->clients[i], out, err);
  return r;
}

static void fleet_take(struct watch *watch, struct cursor *cursor) {
  const uint64_t n = cursor_below(cursor, WATCH_FLEET + 1);
  for (uint64_t i = 0; i < n && cursor->sound; i++) {
    const uint64_t hash = hash_take(cursor), count = cursor_number(cursor);
    struct fleet_value *place = fleet_place(watch, hash);
    if (!count || place->count) cursor->sound = false;
    else *place = (struct fleet_value){hash, count};
    watch->nfleet++;
  }
}

static void client_take(struct watched_client *watched, struct cursor *cursor) {
  watched->pings = cursor_number(cursor);
  watched->error = cursor_number(cursor);
  watched->told = cursor_below(cursor, 2);
  watched->nvalues = (unsigned)cursor_below(cursor, WATCH_VALUES + 1);
  for (unsigned i = 0; i < watched->nvalues; i++) {
    struct watched_value *value = &watched->values[i];
    value->hash = hash_take(cursor);
    value->count = cursor_number(cursor);
    cursor_text(cursor, value->text, sizeof value->text);
    if (!value->count) cursor->sound = false;
  }
  watched->ncities = (unsigned)cursor_below(cursor, WATCH_CITIES + 1);
  for (unsigned i = 0; i < watched->ncities; i++) watched->cities[i] = hash_take(cursor);
}

int watch_take(struct watch *watch, struct cursor *cursor, struct ps_error *err) {
  watch->pings = cursor_number(cursor);
  watch->error = cursor_number(cursor);
  fleet_take(watch, cursor);
  const uint64_t n = cursor_below(cursor, WATCH_CLIENTS + 1);
  for (uint64_t i = 0; i < n && cursor->sound; i++) {
    struct ps_client client = {.kind = (uint8_t)cursor_below(cursor, PS_CLIENT_HASH + 1)};
    const uint8_t *id = cursor_take(cursor, sizeof client.id);
    if (!id) break;
    memcpy(client.id, id, sizeof client.id);
    struct watched_client *watched = client_add(watch, &client, err);
    if (!watched) return PS_E_MEMORY;
    client_take(watched, cursor);
  }
  if (!cursor_ended(cursor)) cursor->sound = false;
  return PS_OK;
}
