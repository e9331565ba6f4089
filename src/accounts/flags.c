#include "accounts/flags.h"

#include "base/error.h"
#include "base/hash.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS_MIN  16u
#define PLACES_MIN 32u

static_assert(PS_RULES == 4 && PS_MEASURES_MAX <= 5, "a bit for each rule, one for each measure");

void flags_release(struct flags *flags) {
  free(flags->at);
  free(flags->clients);
  *flags = (struct flags){.n = 0};
}

uint8_t flag_bit(enum ps_rule rule, unsigned measure) {
  switch (rule) {
  case PS_PING_FLOOD: return 1;
  case PS_DUPLICATE_FLOOD: return 2;
  case PS_MEASUREMENT_SPIKE: return (uint8_t)(4u << measure);
  default: return FLAG_ADVISORY_BIT;
  }
}

/* The client's place, or the free one where it belongs. */
static struct flagged_client *client_place(const struct flags *flags,
                                           const struct ps_client *client) {
  const uint32_t mask = flags->nplaces - 1;
  uint32_t at = (uint32_t)hash_checksum(client->id, sizeof client->id) & mask;
  for (;; at = (at + 1) & mask) {
    struct flagged_client *place = &flags->clients[at];
    if (!place->kind ||
        (place->kind == client->kind && !memcmp(place->id, client->id, sizeof place->id)))
      return place;
  }
}

uint8_t flags_of(const struct flags *flags, const struct ps_client *client) {
  return flags->nclients ? client_place(flags, client)->raised : 0;
}

static int clients_grow(struct flags *flags, struct ps_error *err) {
  const struct flags old = *flags;
  const uint32_t want = old.nplaces ? 2 * old.nplaces : PLACES_MIN;
  struct flagged_client *clients = calloc(want, sizeof *clients);
  if (!clients) return error_memory(err, want * sizeof *clients);
  flags->clients = clients;
  flags->nplaces = want;
  for (uint32_t i = 0; i < old.nplaces; i++) {
    const struct flagged_client *from = &old.clients[i];
    struct ps_client client = {.kind = from->kind};
    if (!from->kind) continue;
    memcpy(client.id, from->id, sizeof client.id);
    *client_place(flags, &client) = *from;
  }
  free(old.clients);
  return PS_OK;
}

static int client_mark(struct flags *flags, const struct ps_flag *flag, struct ps_error *err) {
  if (2 * (flags->nclients + 1) > flags->nplaces) {
    const int r = clients_grow(flags, err);
    if (r) return r;
  }
  struct flagged_client *place = client_place(flags, &flag->client);
  if (!place->kind) {
    place->kind = flag->client.kind;
    memcpy(place->id, flag->client.id, sizeof place->id);
    flags->nclients++;
  }
  place->raised |= flag_bit((enum ps_rule)flag->rule, flag->measure);
  return PS_OK;
}

int flags_add(struct flags *flags, const struct ps_flag *flag, bool *kept, struct ps_error *err) {
  *kept = flags->n < PS_FLAGS_MAX;
  if (!*kept) {
    flags->more++;
    return PS_OK;
  }
  if (flags->n == flags->cap) {
    const size_t cap = flags->cap ? 2 * flags->cap : FLAGS_MIN;
    struct ps_flag *at = realloc(flags->at, cap * sizeof *at);
    if (!at) return error_memory(err, cap * sizeof *at);
    flags->at = at;
    flags->cap = cap;
  }
  const int r = client_mark(flags, flag, err);
  if (r) return r;
  flags->at[flags->n++] = *flag;
  return PS_OK;
}

/* ---- as bytes ---- */

static int flag_put(const struct ps_flag *flag, struct buffer *out, struct ps_error *err) {
  const uint8_t start[] = {flag->rule, flag->measure, flag->client.kind};
  const uint64_t numbers[] = {flag->time,
                              flag->pings.count,
                              flag->pings.error,
                              flag->duplicates.count,
                              flag->duplicates.error,
                              flag->measurements.count,
                              flag->measurements.error,
                              flag->limit,
                              flag->evidence,
                              flag->of};
  int r = buffer_append(out, start, sizeof start, err);
  if (!r) r = buffer_append(out, flag->client.id, sizeof flag->client.id, err);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !r; i++)
    r = bytes_put_number(out, numbers[i], err);
  return r ? r : bytes_put_text(out, flag->value, err);
}

static bool flag_take(struct ps_flag *flag, struct cursor *cursor) {
  const uint8_t *start = cursor_take(cursor, 3), *id = cursor_take(cursor, sizeof flag->client.id);
  if (!start || !id) return false;
  flag->rule = start[0];
  flag->measure = start[1];
  flag->client.kind = start[2];
  memcpy(flag->client.id, id, sizeof flag->client.id);
  uint64_t *const numbers[] = {&flag->time,
                               &flag->pings.count,
                               &flag->pings.error,
                               &flag->duplicates.count,
                               &flag->duplicates.error,
                               &flag->measurements.count,
                               &flag->measurements.error,
                               &flag->limit,
                               &flag->evidence,
                               &flag->of};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) *numbers[i] = cursor_number(cursor);
  cursor_text(cursor, flag->value, sizeof flag->value);
  if (flag->rule >= PS_RULES || flag->measure >= PS_MEASURES_MAX ||
      flag->client.kind < PS_CLIENT_UUID || flag->client.kind > PS_CLIENT_HASH)
    cursor->sound = false;
  return cursor->sound;
}

int flags_put(const struct flags *flags, unsigned chunk, struct buffer *out, struct ps_error *err) {
  const size_t first = (size_t)chunk * FLAGS_CHUNK;
  int r = PS_OK;
  for (size_t i = first; i < flags->n && i < first + FLAGS_CHUNK && !r; i++)
    r = flag_put(&flags->at[i], out, err);
  return r;
}

int flags_take(struct flags *flags, uint16_t day, size_t n, struct cursor *cursor,
               struct ps_error *err) {
  for (size_t i = 0; i < n; i++) {
    struct ps_flag flag = {.day = day};
    bool kept;
    if (!flag_take(&flag, cursor)) return PS_OK;
    const int r = flags_add(flags, &flag, &kept, err);
    if (r) return r;
  }
  if (!cursor_ended(cursor)) cursor->sound = false;
  return PS_OK;
}
