#include "sieve/one_per_client.h"

#include "base/error.h"
#include "base/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define KEYS        (2u * ONE_PER_CLIENT_PINGS) /* a documentId and a client each */
#define TABLE_SLOTS (2u * KEYS)                 /* a power of two */

struct one_per_client {
  struct ps_key ids[ONE_PER_CLIENT_PINGS], clients[ONE_PER_CLIENT_PINGS];
  uint8_t id_known[ONE_PER_CLIENT_PINGS], client_known[ONE_PER_CLIENT_PINGS];
  /* The marks of the segment, in order, and the place of each key there: index + 1; 0: free. */
  size_t nmarks;
  struct ps_key marks[KEYS];
  uint16_t days[KEYS];
  uint8_t verdicts[KEYS];
  uint16_t table[TABLE_SLOTS];
};

static_assert(KEYS < UINT16_MAX, "an index of a mark has 16 bits");

int one_per_client_create(struct one_per_client **one, struct ps_error *err) {
  *one = calloc(1, sizeof **one);
  return *one ? PS_OK : error_memory(err, sizeof **one);
}

void one_per_client_free(struct one_per_client *one) { free(one); }

struct ps_key one_per_client_key(const struct ps_client *client,
                                 const uint8_t secret[PS_SECRET_BYTES]) {
  uint8_t text[8 + sizeof client->id] = {0xff, 'c', 'l', 'i', 'e', 'n', 't', client->kind};
  memcpy(text + 8, client->id, sizeof client->id);
  return hash_key(text, sizeof text, secret);
}

static bool has_id(uint8_t class) { return class == PS_UNIQUE; }
static bool is_judged(uint8_t class) {
  return class == PS_UNIQUE || class == PS_NO_ID || class == PS_LATE;
}

/* ---- the marks of the segment ---- */

static uint16_t *mark_find(struct one_per_client *o, struct ps_key key) {
  size_t slot = key.lo % TABLE_SLOTS;
  for (; o->table[slot]; slot = (slot + 1) % TABLE_SLOTS) {
    const struct ps_key *mark = &o->marks[o->table[slot] - 1];
    if (mark->hi == key.hi && mark->lo == key.lo) break;
  }
  return &o->table[slot];
}

static bool is_marked(struct one_per_client *o, struct ps_key key) { return *mark_find(o, key); }

static void mark_add(struct one_per_client *o, struct ps_key key, day_t day) {
  uint16_t *place = mark_find(o, key);
  o->marks[o->nmarks] = key;
  o->days[o->nmarks++] = day;
  *place = (uint16_t)o->nmarks;
}

/* ---- judging ---- */

static int look_up(struct one_per_client *o, struct ps_seen *seen, const struct ping *pings,
                   const uint8_t *classes, size_t n, struct ps_error *err) {
  const uint8_t *secret = ps_seen_secret(seen);
  size_t nids = 0, nclients = 0;
  for (size_t i = 0; i < n; i++) {
    if (!is_judged(classes[i])) continue;
    o->clients[nclients++] = one_per_client_key(&pings[i].client_id, secret);
    if (has_id(classes[i])) o->ids[nids++] = pings[i].key;
  }
  int r = nids ? ps_seen_contains(seen, o->ids, nids, o->id_known, err) : PS_OK;
  return !r && nclients ? ps_seen_contains(seen, o->clients, nclients, o->client_known, err) : r;
}

static void choose(struct one_per_client *o, const day_t *days, uint8_t *classes, size_t n) {
  size_t id = 0, client = 0;
  o->nmarks = 0;
  memset(o->table, 0, sizeof o->table);
  for (size_t i = 0; i < n; i++) {
    if (!is_judged(classes[i])) continue;
    const struct ps_key *id_key = has_id(classes[i]) ? &o->ids[id] : NULL;
    struct ps_key client_key = o->clients[client];
    bool client_known = o->client_known[client++] || is_marked(o, client_key);
    if (id_key && (o->id_known[id++] || is_marked(o, *id_key))) classes[i] = PS_DUPLICATE;
    else if (client_known) classes[i] = PS_NOT_SELECTED;
    else {
      if (id_key) mark_add(o, *id_key, days[i]);
      mark_add(o, client_key, days[i]);
    }
  }
}

int one_per_client_judge(struct one_per_client *o, struct ps_seen *seen, const struct ping *pings,
                         const day_t *days, uint8_t *classes, size_t n, struct tally *tally,
                         struct ps_error *err) {
  int r = look_up(o, seen, pings, classes, n, err);
  if (r) return r;
  choose(o, days, classes, n);
  for (size_t i = 0; i < o->nmarks; i++) tally_mark(tally, o->days[i]);
  return o->nmarks ? ps_seen_mark(seen, o->days, o->marks, o->nmarks, o->verdicts, err) : PS_OK;
}
