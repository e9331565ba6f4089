#include "sieve/counted.h"

#include "base/buffer.h"
#include "base/error.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS    1024u /* processes at a time that have a list; one more goes without */
#define VERSION    1u
#define HEAD_BYTES 8u
#define PING_BYTES 18u
#define FROM       "carried/"
#define TO         "carried0" /* '0' follows '/' */

static const uint8_t magic[4] = {'P', 'S', 'C', 'L'};
static_assert(sizeof(struct ps_key) == 16 && PING_BYTES == 16 + 2, "a ping in a list");

static void name_of(uint32_t number, char name[PS_VALUE_NAME]) {
  (void)snprintf(name, PS_VALUE_NAME, FROM "%05" PRIu32, number);
}

void counted_release(struct counted *c) {
  free(c->pings);
  *c = (struct counted){.n = 0};
}

/* ---- lists of earlier runs ---- */

struct found {
  struct counted *counted;
  uint32_t numbers[NUMBERS];
  size_t n;
};

static int add(struct counted *c, const struct counted_ping *ping, struct ps_error *err) {
  if (c->n == c->cap) {
    const size_t cap = c->cap ? 2 * c->cap : 256;
    struct counted_ping *pings = realloc(c->pings, cap * sizeof *pings);
    if (!pings) return error_memory(err, cap * sizeof *pings);
    c->pings = pings;
    c->cap = cap;
  }
  c->pings[c->n++] = *ping;
  return PS_OK;
}

static int note_list(void *context, const char *name, const void *value, size_t len,
                     struct ps_error *err) {
  struct found *found = context;
  (void)value, (void)len, (void)err;
  const unsigned long number = strtoul(name + strlen(FROM), NULL, 10);
  if (number < NUMBERS && found->n < NUMBERS) found->numbers[found->n++] = (uint32_t)number;
  return PS_OK;
}

static int read_list(void *context, const char *name, const void *value, size_t len,
                     struct ps_error *err) {
  struct counted *c = context;
  const uint8_t *at = value;
  uint32_t version = 0;
  int r = PS_OK;
  (void)name;
  if (len < HEAD_BYTES || (len - HEAD_BYTES) % PING_BYTES || memcmp(at, magic, sizeof magic) != 0)
    return error_set(err, PS_E_STORE_DAMAGED, "the list %s in the store is damaged", name);
  memcpy(&version, at + sizeof magic, sizeof version);
  if (version != VERSION) return PS_OK; /* of a newer program: it stays as it is */
  for (size_t i = HEAD_BYTES; i < len && !r; i += PING_BYTES) {
    struct counted_ping ping = {.came = false};
    memcpy(&ping.key, at + i, sizeof ping.key);
    memcpy(&ping.day, at + i + sizeof ping.key, sizeof ping.day);
    r = add(c, &ping, err);
  }
  return r;
}

/* One that a process is still behind stays its own. */
static int take_over(struct counted *c, struct ps_seen *seen, uint32_t number,
                     struct ps_error *err) {
  char name[PS_VALUE_NAME], after[PS_VALUE_NAME];
  const bool own = number == c->number;
  if (!own && !ps_seen_claim(seen, number)) return PS_OK;
  name_of(number, name);
  name_of(number + 1, after);
  int r = ps_seen_each_value(seen, name, after, read_list, c, err);
  if (!r) r = ps_seen_delete_value(seen, name, err);
  if (!own) ps_seen_disclaim(seen, number);
  return r;
}

static int by_key(const void *a, const void *b) {
  const struct ps_key *one = &((const struct counted_ping *)a)->key;
  const struct ps_key *two = &((const struct counted_ping *)b)->key;
  if (one->hi != two->hi) return one->hi < two->hi ? -1 : 1;
  return one->lo < two->lo ? -1 : one->lo > two->lo;
}

int counted_open(struct counted *c, struct ps_seen *seen, struct ps_error *err) {
  struct found found = {.counted = c};
  if (c->opened) return PS_OK;
  c->opened = true;
  while (c->number < NUMBERS && !ps_seen_claim(seen, c->number)) c->number++;
  int r = ps_seen_each_value(seen, FROM, TO, note_list, &found, err);
  for (size_t i = 0; i < found.n && !r; i++) r = take_over(c, seen, found.numbers[i], err);
  c->waiting = c->n;
  if (c->n) qsort(c->pings, c->n, sizeof *c->pings, by_key);
  return r;
}

bool counted_take(struct counted *c, const struct ps_key *key) {
  if (!c->waiting) return false;
  const struct counted_ping wanted = {.key = *key};
  struct counted_ping *ping = bsearch(&wanted, c->pings, c->n, sizeof *c->pings, by_key);
  if (!ping || ping->came) return false;
  ping->came = true;
  c->waiting--;
  return true;
}

/* ---- the list of this run ---- */

static int put(struct buffer *list, const struct ps_key *key, day_t day, struct ps_error *err) {
  int r = buffer_append(list, key, sizeof *key, err);
  return r ? r : buffer_append(list, &day, sizeof day, err);
}

static int compose(const struct counted *c, const struct carried *carried, uint32_t bound,
                   struct buffer *list, struct ps_error *err) {
  const uint32_t version = VERSION;
  int r = buffer_append(list, magic, sizeof magic, err);
  if (!r) r = buffer_append(list, &version, sizeof version, err);
  for (size_t i = 0; i < carried->n && !r; i++)
    if (carried->pings[i].is_id) r = put(list, &carried->pings[i].key, carried->pings[i].day, err);
  for (size_t i = 0; i < c->n && !r && c->waiting; i++)
    if (!c->pings[i].came && c->pings[i].day >= bound)
      r = put(list, &c->pings[i].key, c->pings[i].day, err);
  return r;
}

int counted_store(struct counted *c, const struct carried *carried, uint32_t bound,
                  struct ps_seen *seen, struct ps_error *err) {
  char name[PS_VALUE_NAME];
  const bool wanted = carried->n || c->waiting;
  if (c->number == NUMBERS || (!wanted && !c->stored)) return PS_OK;
  name_of(c->number, name);
  c->stored = wanted;
  if (!wanted) return ps_seen_delete_value(seen, name, err);
  struct buffer list = BUFFER_INIT;
  int r = compose(c, carried, bound, &list, err);
  if (!r) r = ps_seen_put_value(seen, name, list.data, list.len, err);
  buffer_release(&list);
  return r;
}
