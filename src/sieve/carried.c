#include "sieve/carried.h"

#include "base/error.h"
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 256u

void carried_release(struct carried *c) {
  free(c->pings);
  free(c->keys);
  free(c->days);
  free(c->verdicts);
  *c = (struct carried){.n = 0};
}

int carried_add(struct carried *c, const struct carried_ping *ping, struct ps_error *err) {
  if (c->n == c->cap) {
    const size_t cap = c->cap ? 2 * c->cap : ROOM_MIN;
    struct carried_ping *pings = realloc(c->pings, cap * sizeof *pings);
    if (!pings) return error_memory(err, cap * sizeof *pings);
    c->pings = pings;
    c->cap = cap;
  }
  c->pings[c->n++] = *ping;
  return PS_OK;
}

static int scratch(struct carried *c, struct ps_error *err) {
  if (c->n <= c->room) return PS_OK;
  const size_t room = c->cap;
  struct ps_key *keys = realloc(c->keys, room * sizeof *keys);
  if (keys) c->keys = keys;
  uint16_t *days = realloc(c->days, room * sizeof *days);
  if (days) c->days = days;
  uint8_t *verdicts = realloc(c->verdicts, room);
  if (verdicts) c->verdicts = verdicts;
  if (!keys || !days || !verdicts) return error_memory(err, room * sizeof *keys);
  c->room = room;
  return PS_OK;
}

/* Pings of days that are forgotten have nothing left to be marked. */
static void drop_days(struct carried *c, uint32_t bound) {
  size_t kept = 0;
  for (size_t i = 0; i < c->n; i++)
    if (c->pings[i].day >= bound) c->pings[kept++] = c->pings[i];
  c->n = kept;
}

int carried_mark(struct carried *c, struct ps_seen *seen, uint32_t bound, struct ps_error *err) {
  drop_days(c, bound);
  c->before = c->n;
  if (!c->n) return PS_OK;
  int r = scratch(c, err);
  if (r) return r;
  for (size_t i = 0; i < c->n; i++) {
    c->keys[i] = c->pings[i].key;
    c->days[i] = c->pings[i].day;
  }
  r = ps_seen_mark(seen, c->days, c->keys, c->n, c->verdicts, err);
  for (size_t i = 0; i < c->n && !r; i++) c->pings[i].elsewhere = c->verdicts[i];
  return r;
}

int carried_cut(struct carried *c, struct ps_seen *seen, uint64_t taken, uint64_t *twice,
                struct ps_error *err) {
  size_t cut = 0, held = 0;
  *twice = 0;
  while (cut < c->n && c->pings[cut].end <= taken) *twice += c->pings[cut++].elsewhere;
  c->n -= cut;
  memmove(c->pings, c->pings + cut, c->n * sizeof *c->pings);
  c->before = c->n;
  if (!c->n) return PS_OK;
  int r = scratch(c, err);
  for (size_t i = 0; i < c->n && !r; i++)
    if (!c->pings[i].elsewhere) c->keys[held++] = c->pings[i].key;
  return r ? r : ps_seen_hold_back(seen, c->keys, held, err);
}

void carried_abort(struct carried *c) { c->n = c->before; }
