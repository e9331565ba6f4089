#include "aurora.h"

#include <stdio.h>
#include <stdlib.h>

enum salt { SALT_CLIENT, SALT_DOCUMENT, SALT_OTHER, SALT_OTHER_CLIENT, SALT_PLAN };

static struct random random_of(uint64_t seed, enum salt salt, uint64_t n) {
  return (struct random){random_mix(random_mix(seed * 8 + salt) + n)};
}

static void *allocate(size_t n, size_t size) {
  void *p = calloc(n ? n : 1, size);
  if (p) return p;
  (void)fputs("auroragen: out of memory\n", stderr);
  exit(1);
}

/* ---- the documents ---- */

/* Copies of the first span that are no document seen once stand on a line; each table cuts it at
 * its values' limits, and a piece between two cuts is a document. */
struct cuts {
  uint32_t n, cap, *at;
};

static void cut(struct cuts *c, uint32_t at) {
  if (c->n == c->cap) {
    c->cap = c->cap * 2 + 1024;
    uint32_t *grown = realloc(c->at, c->cap * sizeof *grown);
    if (!grown) {
      (void)fputs("auroragen: out of memory\n", stderr);
      exit(1);
    }
    c->at = grown;
  }
  c->at[c->n++] = at;
}

static uint32_t repeated(const struct aurora_row *row) { return row->all - row->early; }

static void cut_table(struct cuts *c, const struct aurora_table *table) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < table->n; i++) cut(c, at += repeated(&table->rows[i]));
}

/* Add-on i is in the pings of the line's end or, if odd, of its beginning. */
static bool has_addon(const struct aurora_row *row, uint32_t i, uint32_t at, uint32_t whole) {
  return i % 2 ? at < repeated(row) : at >= whole - repeated(row);
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

#define PIECES 64u /* no document has more of the line than one of so many */

/* Of a fiftieth of the line the documents have two to four copies each. */
static struct cuts cut_line(const struct aurora_tables *tables, uint32_t whole) {
  struct cuts c = {0, 0, NULL};
  cut_table(&c, &tables->speed);
  cut_table(&c, &tables->length);
  for (uint32_t i = 0; i < AURORA_ADDONS; i++)
    cut(&c, i % 2 ? repeated(&tables->addons[i]) : whole - repeated(&tables->addons[i]));
  for (uint32_t i = 1; i <= PIECES; i++) cut(&c, (uint32_t)((uint64_t)whole * i / PIECES));
  uint32_t from = (uint32_t)(whole * UINT64_C(30) / 100), to = from + whole / 50;
  for (uint32_t at = from, i = 0; at < to; at += 2 + i++ % 3) cut(&c, at);
  qsort(c.at, c.n, sizeof *c.at, ascending);
  return c;
}

static uint16_t next_row(const struct aurora_table *table, uint16_t row, uint32_t *end,
                         uint32_t at) {
  while (at >= *end) *end += repeated(&table->rows[++row]);
  return row;
}

/* Documents that come again and again: those of the line. */
static uint32_t make_repeated(const struct aurora_tables *tables, struct aurora_document *to) {
  const uint32_t whole = tables->all - tables->early;
  struct cuts c = cut_line(tables, whole);
  uint32_t n = 0, at = 0;
  uint32_t speed_end = repeated(&tables->speed.rows[0]);
  uint32_t length_end = repeated(&tables->length.rows[0]);
  uint16_t speed = 0, length = 0;
  for (uint32_t i = 0; i < c.n; i++) {
    if (c.at[i] <= at || c.at[i] > whole) continue;
    if (to) {
      speed = next_row(&tables->speed, speed, &speed_end, at);
      length = next_row(&tables->length, length, &length_end, at);
      to[n] = (struct aurora_document){.early = c.at[i] - at, .speed = speed, .length = length};
      for (uint32_t k = 0; k < AURORA_ADDONS; k++)
        if (has_addon(&tables->addons[k], k, at, whole)) to[n].addons |= (uint8_t)(1u << k);
    }
    at = c.at[i];
    n++;
  }
  free(c.at);
  return n;
}

static void shuffle_rows(uint16_t *list, uint32_t n, struct random *r) {
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = random_below(r, i);
    uint16_t other = list[j];
    list[j] = list[i - 1];
    list[i - 1] = other;
  }
}

/* Each row of a table as often as it is asked for, mixed. */
static void expand(const struct aurora_table *table, uint32_t (*count)(const struct aurora_row *),
                   uint16_t *list, struct random *r) {
  uint32_t n = 0;
  for (uint16_t row = 0; row < table->n; row++)
    for (uint32_t i = count(&table->rows[row]); i > 0; i--) list[n++] = row;
  shuffle_rows(list, n, r);
}

static uint32_t count_early(const struct aurora_row *row) { return row->early; }
static uint32_t count_late(const struct aurora_row *row) { return row->once - row->early; }

/* Documents that are seen once, of one span. */
static void make_once(const struct aurora_tables *tables, struct aurora_document *to, uint32_t n,
                      bool late, struct random *r) {
  uint16_t *speeds = allocate(n, sizeof *speeds), *lengths = allocate(n, sizeof *lengths);
  expand(&tables->speed, late ? count_late : count_early, speeds, r);
  expand(&tables->length, late ? count_late : count_early, lengths, r);
  for (uint32_t i = 0; i < n; i++) {
    to[i] = (struct aurora_document){
        .early = !late, .late = late, .speed = speeds[i], .length = lengths[i]};
    for (uint32_t k = 0; k < AURORA_ADDONS; k++) {
      const struct aurora_row *row = &tables->addons[k];
      if ((i + k * (n / AURORA_ADDONS)) % n < (late ? count_late : count_early)(row))
        to[i].addons |= (uint8_t)(1u << k);
    }
  }
  if (late) to[0].no_default = true;
  free(speeds);
  free(lengths);
}

/* The second span's copies: six of ten are of documents that were repeated before, at least one of
 * each, the others of `fresh` new ones. */
static void repeat_late(const struct aurora_tables *tables, struct aurora_document *documents,
                        uint32_t nold, uint32_t fresh, uint32_t copies, struct random *r) {
  const uint32_t whole = tables->all - tables->early;
  uint64_t old = copies * UINT64_C(6) / 10, at = 0;
  if (old < nold) old = nold;
  for (uint32_t i = 0; i < nold; i++) {
    uint64_t before = (old - nold) * at / whole;
    at += documents[i].early;
    documents[i].late = (uint32_t)(1 + (old - nold) * at / whole - before);
  }
  for (uint32_t i = 0; i < fresh; i++) {
    uint64_t rest = copies - old;
    documents[nold + i] =
        (struct aurora_document){.late = (uint32_t)(rest * (i + 1) / fresh - rest * i / fresh),
                                 .speed = (uint16_t)random_below(r, 6),
                                 .length = (uint16_t)random_below(r, 10),
                                 .addons = 1};
  }
}

/* ---- the pings ---- */

static void shuffle_pings(struct aurora_ping *list, uint32_t n, struct random *r) {
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = random_below(r, i);
    struct aurora_ping other = list[j];
    list[j] = list[i - 1];
    list[i - 1] = other;
  }
}

/* Places of the second span's copies: as those of the first span's. */
static void expand_places(const struct aurora_table *table, uint32_t whole, uint16_t *list,
                          uint32_t n, struct random *r) {
  uint64_t at = 0;
  uint32_t filled = 0;
  for (uint16_t row = 0; row < table->n; row++) {
    at += repeated(&table->rows[row]);
    while (filled < n * at / whole) list[filled++] = row;
  }
  shuffle_rows(list, n, r);
}

/* One span's pings: documents [0, nrepeated) as often as they come, and n that come once. */
static void make_pings(const struct aurora *a, struct aurora_ping *to, uint32_t nrepeated,
                       uint32_t once_from, uint32_t n, bool late, struct random *r) {
  const struct aurora_tables *tables = &a->tables;
  uint32_t whole = tables->all - tables->early, at = 0;
  for (uint32_t d = 0; d < nrepeated; d++)
    for (uint32_t i = late ? a->documents[d].late : a->documents[d].early; i > 0; i--)
      to[at++].document = d;
  uint16_t *places = allocate(at > n ? at : n, sizeof *places);
  if (late) expand_places(&tables->city, whole, places, at, r);
  else expand(&tables->city, repeated, places, r);
  for (uint32_t i = 0; i < at; i++) to[i].city = places[i];
  expand(&tables->city, late ? count_late : count_early, places, r);
  for (uint32_t i = 0; i < n; i++) to[at++] = (struct aurora_ping){once_from + i, places[i]};
  free(places);
  shuffle_pings(to, at, r);
}

/* A span's days: a little more each day. */
static void make_days(uint32_t *start, uint32_t ndays, uint32_t from, uint32_t n) {
  uint64_t sum = 0, whole = 0;
  for (uint32_t i = 0; i < ndays; i++) whole += 1000 + 2 * i;
  for (uint32_t i = 0; i < ndays; i++) {
    start[i] = (uint32_t)(from + n * sum / whole);
    sum += 1000 + 2 * i;
  }
  start[ndays] = from + n;
}

#define FRESH 20000u /* documents that begin to be repeated in the second span */

void aurora_plan(struct aurora *a, uint64_t seed, uint32_t scale, bool follow_up, uint32_t others) {
  *a = (struct aurora){.seed = seed, .nothers = others};
  struct aurora_tables *t = &a->tables;
  aurora_tables_make(t, scale);
  struct random r = random_of(seed, SALT_PLAN, scale);
  const uint32_t old = make_repeated(t, NULL);
  const uint32_t fresh = follow_up ? FRESH / scale + 1 : 0, late = t->once - t->early;
  const uint32_t nrepeated = old + fresh;
  a->ndocuments = nrepeated + t->early + (follow_up ? late : 0);
  a->npings = t->all + (follow_up ? t->late : 0);
  a->ndays = follow_up ? AURORA_DAYS_ALL : AURORA_DAYS;
  a->documents = allocate(a->ndocuments, sizeof *a->documents);
  a->pings = allocate(a->npings, sizeof *a->pings);
  (void)make_repeated(t, a->documents);
  make_once(t, a->documents + nrepeated, t->early, false, &r);
  make_pings(a, a->pings, old, nrepeated, t->early, false, &r);
  make_days(a->start, AURORA_DAYS, 0, t->all);
  if (follow_up) {
    repeat_late(t, a->documents, old, fresh, t->late - late, &r);
    make_once(t, a->documents + nrepeated + t->early, late, true, &r);
    make_pings(a, a->pings + t->all, nrepeated, nrepeated + t->early, late, true, &r);
    make_days(a->start + AURORA_DAYS, AURORA_DAYS_ALL - AURORA_DAYS, t->all, t->late);
  }
  for (uint32_t i = 0; i <= a->ndays; i++)
    a->others_start[i] = (uint32_t)((uint64_t)others * i / a->ndays);
}

void aurora_release(struct aurora *a) {
  free(a->documents);
  free(a->pings);
}

/* ---- the values of a ping ---- */

struct aurora_measures aurora_measure(const struct aurora *a, uint32_t document) {
  struct random r = random_of(a->seed, SALT_DOCUMENT, (uint64_t)document << 1 | 1);
  struct aurora_measures m = {random_below(&r, 20), random_between(&r, 10, 600),
                              random_below(&r, 300), document % 97 == 5};
  if (document % 4 == 0) m.tls12 = 0;
  return m;
}

const char *const aurora_other_speeds[AURORA_OTHER_SPEEDS] = {
    "2400", "2394", "2494", "2594", "2693", "2793", "3192", "3392", "3504", "1596", "1995", "6000"};
const char *const aurora_other_systems[AURORA_OTHER_SYSTEMS][2] = {
    {"Windows_NT", "6.1"},      {"Windows_NT", "10.0"}, {"Windows_NT", "6.3"},
    {"Windows_NT", "5.1.2600"}, {"Darwin", "16.4.0"},   {"Linux", "4.8.0-36-generic"}};
const char *const aurora_other_addons[AURORA_OTHER_ADDONS] = {
    "Adblock Plus",       "uBlock Origin",       "Ghostery", "Add-on \\\"quoted\\\" name",
    "Alexa Traffic Rank", "Random Agent Spoofer"};

#define CLIENT_PINGS 20u /* of another client, about */

struct aurora_other aurora_other(const struct aurora *a, uint32_t n) {
  static const uint32_t one_in[AURORA_OTHER_ADDONS] = {3, 5, 9, 40, 700, 2000};
  struct random r = random_of(a->seed, SALT_OTHER, n);
  uint32_t client = n % 8 == 0 ? 0 : 1 + random_below(&r, a->nothers / CLIENT_PINGS + 1);
  struct random own = random_of(a->seed, SALT_OTHER_CLIENT, (uint64_t)client << 1 | 1);
  struct aurora_other o = {.client = client,
                           .length = random_between(&r, 1, AURORA_OTHER_LENGTHS),
                           .speed = (uint8_t)random_below(&own, AURORA_OTHER_SPEEDS),
                           .system = (uint8_t)random_below(&own, AURORA_OTHER_SYSTEMS),
                           .city = (uint16_t)random_below(&own, 100),
                           .is_default = random_percent(&own, 70)};
  for (uint32_t i = 0; i < AURORA_OTHER_ADDONS; i++)
    if (random_below(&own, one_in[i]) == 0) o.addons |= (uint8_t)(1u << i);
  return o;
}

void aurora_client_id(const struct aurora *a, struct text *t) {
  struct random r = random_of(a->seed, SALT_CLIENT, 0);
  uint64_t hi = random_next(&r), lo = random_next(&r);
  text_uuid(t, hi, lo);
}

void aurora_other_id(const struct aurora *a, uint32_t client, struct text *t) {
  struct random r = random_of(a->seed, SALT_OTHER_CLIENT, (uint64_t)client << 1);
  uint64_t hi = random_next(&r), lo = random_next(&r);
  text_uuid(t, hi, lo);
}

void aurora_document_id(const struct aurora *a, uint32_t document, struct text *t) {
  struct random r = random_of(a->seed, SALT_DOCUMENT, (uint64_t)document << 1);
  uint64_t hi = random_next(&r), lo = random_next(&r);
  text_uuid(t, hi, lo);
}

uint64_t aurora_time(const struct aurora *a, uint32_t day, uint32_t n) {
  const uint64_t second = 1000000000;
  uint64_t from = (AURORA_FIRST_DAY + day) * 86400 * second;
  return from + 86400 * second / (a->start[day + 1] - a->start[day] + 1) * (n - a->start[day]);
}

/* ---- ... as a line ---- */

static void put_meta(uint32_t day, uint64_t time, const char *city, const char *id,
                     struct text *t) {
  TEXT_LITERAL(t, "{\"meta\":{\"documentId\":\"");
  text_put(t, id, 36);
  TEXT_LITERAL(t, "\",\"submissionDate\":\"");
  text_date(t, AURORA_FIRST_DAY + day);
  TEXT_LITERAL(t, "\",\"Timestamp\":");
  text_number(t, time);
  TEXT_LITERAL(t, ",\"docType\":\"main\",\"appName\":\"Firefox\",\"appVersion\":\"51.0a2\","
                  "\"appUpdateChannel\":\"aurora\",\"appBuildId\":\"20161014004013\","
                  "\"geoCountry\":\"");
  text_put(t, city, 2);
  TEXT_LITERAL(t, "\",\"geoCity\":\"");
  text_string(t, city + 3);
  TEXT_LITERAL(t, "\"},\"type\":\"main\",\"id\":\"");
  text_put(t, id, 36);
  TEXT_LITERAL(t, "\",\"version\":4,\"clientId\":\"");
}

static void put_system(const char *speed, const char *name, const char *version,
                       const char *is_default, struct text *t) {
  TEXT_LITERAL(t, "\",\"environment\":{\"build\":{\"applicationName\":\"Firefox\","
                  "\"architecture\":\"x86\"},\"settings\":{\"isDefaultBrowser\":");
  text_string(t, is_default);
  TEXT_LITERAL(t, ",\"locale\":\"en-US\"},\"system\":{\"memoryMB\":4096,\"cpu\":{\"count\":2,"
                  "\"speedMHz\":");
  text_string(t, speed);
  TEXT_LITERAL(t, "},\"os\":{\"name\":\"");
  text_string(t, name);
  TEXT_LITERAL(t, "\",\"version\":\"");
  text_string(t, version);
  TEXT_LITERAL(t, "\"}},\"addons\":{\"theme\":{\"id\":\"default\"},\"activeAddons\":{"
                  "\"e10srollout@mozilla.org\":{\"name\":\"Multi-process staged rollout\","
                  "\"isSystem\":true}");
}

static void put_addon(const char *name, uint32_t i, struct text *t) {
  TEXT_LITERAL(t, ",\"addon");
  text_number(t, i);
  TEXT_LITERAL(t, "@example.org\":{\"version\":\"1.0\",\"name\":\"");
  text_string(t, name);
  if (i % 2) TEXT_LITERAL(t, "\"}");
  else TEXT_LITERAL(t, "\",\"isSystem\":false}");
}

static void put_payload(const char *length, const char *id, const struct aurora_measures *m,
                        struct text *t) {
  TEXT_LITERAL(
      t, "}}},\"payload\":{\"ver\":4,\"info\":{\"reason\":\"shutdown\",\"sessionId\":\"00000000-");
  text_put(t, id + 9, 27);
  TEXT_LITERAL(t, "\",\"sessionLength\":");
  text_string(t, length);
  TEXT_LITERAL(t, ",\"subsessionLength\":");
  text_string(t, length);
  TEXT_LITERAL(t, "},\"histograms\":{\"GC_MS\":{\"range\":[1,10000],\"bucket_count\":50,"
                  "\"histogram_type\":0,\"values\":{\"0\":0,\"1\":");
  text_number(t, m->pauses);
  TEXT_LITERAL(t, "},\"sum\":");
  text_number(t, m->pauses);
  TEXT_LITERAL(t, "},\"SSL_HANDSHAKE_VERSION\":{\"range\":[1,16],\"bucket_count\":17,"
                  "\"histogram_type\":1,\"values\":{\"1\":");
  text_number(t, m->tls10);
  TEXT_LITERAL(t, ",\"3\":");
  text_number(t, m->tls12);
  TEXT_LITERAL(t, ",\"4\":0},\"sum\":");
  if (m->odd) TEXT_LITERAL(t, "\"NaN\"");
  else text_number(t, m->tls10 + 3 * (uint64_t)m->tls12);
  TEXT_LITERAL(t, "}}}}\n");
}

void aurora_put(const struct aurora *a, uint32_t day, uint32_t n, struct text *t) {
  const struct aurora_ping *ping = &a->pings[n];
  const struct aurora_document *d = &a->documents[ping->document];
  const struct aurora_measures m = aurora_measure(a, ping->document);
  char data[40];
  struct text id = {data, 0, sizeof data};
  aurora_document_id(a, ping->document, &id);
  text_reserve(t, TEXT_PING_MAX);
  put_meta(day, aurora_time(a, day, n), a->tables.city.rows[ping->city].text, data, t);
  aurora_client_id(a, t);
  put_system(a->tables.speed.rows[d->speed].text, "Windows_NT", "5.1.2600",
             d->no_default ? "null" : "false", t);
  for (uint32_t i = 0; i < AURORA_ADDONS; i++)
    if (d->addons >> i & 1) put_addon(a->tables.addons[i].text, i, t);
  put_payload(a->tables.length.rows[d->length].text, data, &m, t);
}

void aurora_put_other(const struct aurora *a, uint32_t day, uint32_t n, struct text *t) {
  const struct aurora_other o = aurora_other(a, n);
  struct random r = random_of(a->seed, SALT_OTHER, (uint64_t)1 << 40 | n);
  const struct aurora_measures m = {random_below(&r, 10), random_below(&r, 300),
                                    random_below(&r, 200), false};
  char data[40], length[16];
  struct text id = {data, 0, sizeof data}, digits = {length, 0, sizeof length};
  uint64_t hi = random_next(&r), lo = random_next(&r);
  text_uuid(&id, hi, lo);
  text_number(&digits, o.length);
  length[digits.len] = '\0';
  uint64_t time = (AURORA_FIRST_DAY + day) * UINT64_C(86400000000000) + n;
  text_reserve(t, TEXT_PING_MAX);
  put_meta(day, time, a->tables.city.rows[o.city].text, data, t);
  aurora_other_id(a, o.client, t);
  put_system(aurora_other_speeds[o.speed], aurora_other_systems[o.system][0],
             aurora_other_systems[o.system][1], o.is_default ? "true" : "false", t);
  for (uint32_t i = 0; i < AURORA_OTHER_ADDONS; i++)
    if (o.addons >> i & 1) put_addon(aurora_other_addons[i], i, t);
  put_payload(length, data, &m, t);
}
