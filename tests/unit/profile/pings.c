#include "pings.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- making ---- */

void pings_append(struct ping_list *list, const struct test_ping *ping) {
  if (list->n == list->cap) {
    list->cap = list->cap ? 2 * list->cap : 256;
    list->at = realloc(list->at, list->cap * sizeof *list->at);
    assert_non_null(list->at);
  }
  list->at[list->n++] = *ping;
}

void pings_free(struct ping_list *list) {
  free(list->at);
  *list = (struct ping_list){0};
}

/* Below n; a 64-bit linear congruential generator (Knuth, MMIX). */
static int draw(uint64_t *random, int n) {
  *random = *random * 6364136223846793005u + 1442695040888963407u;
  return (int)((*random >> 33) % (uint64_t)n);
}

static bool is_new(const struct test_ping *ping, int addon) {
  for (unsigned i = 0; i < ping->naddons; i++)
    if (ping->addon[i] == addon) return false;
  return true;
}

void pings_make(struct ping_list *list, uint64_t seed, size_t n) {
  uint64_t random = seed;
  for (size_t i = 0; i < n; i++) {
    struct test_ping ping = {.client = draw(&random, 6) - 1,
                             .id = draw(&random, 20) ? draw(&random, (int)n / 3) : -1,
                             .day = draw(&random, 30) ? draw(&random, 5) : -1,
                             .time = draw(&random, 10) ? draw(&random, 86400) : -1,
                             .os = draw(&random, 4) - 1,
                             .speed = draw(&random, 8) ? 1000 + 100 * draw(&random, 30) : -1,
                             .length = draw(&random, 500),
                             .sum = (uint64_t)draw(&random, 300),
                             .member = draw(&random, 3) - 1};
    if (!draw(&random, 12)) ping.client = TEST_CANARY;
    if (!draw(&random, 15)) ping.member = TEST_ODD;
    for (int wanted = draw(&random, PING_ADDONS + 1); wanted--;) {
      const int addon = draw(&random, 12);
      if (is_new(&ping, addon)) ping.addon[ping.naddons++] = addon;
    }
    if (ping.day < 0) ping.time = -1;
    pings_append(list, &ping);
  }
}

/* ---- writing ---- */

static const char canary[] = "c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0";

static void print_client(char text[40], int client) {
  if (client == TEST_CANARY) memcpy(text, canary, sizeof canary);
  else (void)snprintf(text, 40, "00000000-0000-4000-8000-%012d", client);
}

struct ps_client pings_client(int client) {
  char text[40];
  struct ps_client made;
  print_client(text, client);
  ps_client_of(text, strlen(text), &made);
  return made;
}

/* Every second document has an id that is no UUID. */
static void print_id(char text[40], int id) {
  if (id % 2) (void)snprintf(text, 40, "document %d", id);
  else (void)snprintf(text, 40, "%08d-0000-4000-8000-000000000000", id);
}

static void write_meta(const struct test_ping *ping, struct text *text) {
  char name[40];
  text_print(text, "{\"meta\":{\"docType\":\"main\"");
  if (ping->id >= 0) {
    print_id(name, ping->id);
    text_print(text, ",\"documentId\":\"%s\"", name);
  }
  if (ping->client >= 0) {
    print_client(name, ping->client);
    text_print(text, ",\"clientId\":\"%s\"", name);
  }
  if (ping->day >= 0) text_print(text, ",\"submissionDate\":\"201701%02d\"", ping->day + 1);
  if (ping->time >= 0)
    text_print(text, ",\"Timestamp\":%" PRIu64,
               ((uint64_t)(TEST_DAY + (unsigned)ping->day) * 86400 + (uint64_t)ping->time) *
                   1000000000u);
  text_add(text, "}", 1);
}

static void write_ping(const struct test_ping *ping, struct text *text) {
  write_meta(ping, text);
  text_print(text, ",\"payload\":{\"info\":{\"sessionLength\":%d},\"histograms\":{\"SSL\":{",
             ping->length);
  if (ping->member == TEST_ODD) text_print(text, "\"sum\":\"%" PRIu64 "\",", ping->sum);
  else if (ping->member >= 0)
    text_print(text, "\"sum\":%" PRIu64 ",", ping->sum + (unsigned)ping->member);
  text_print(text, "\"values\":{\"0\":%" PRIu64 ",\"1\":%" PRIu64 "}}}}", ping->sum / 3,
             ping->sum - ping->sum / 3);
  text_print(text, ",\"environment\":{\"system\":{\"cpu\":{");
  if (ping->speed >= 0) text_print(text, "\"speedMHz\":%d", ping->speed);
  text_print(text, "}");
  if (ping->os >= 0) text_print(text, ",\"os\":{\"name\":\"OS-%d\"}", ping->os);
  text_print(text, "},\"addons\":{\"activeAddons\":{\"x\":{\"name\":\"mine\",\"isSystem\":true}");
  for (unsigned i = 0; i < ping->naddons; i++)
    text_print(text, ",\"a%u\":{\"name\":\"add-on %d\"}", i, ping->addon[i]);
  text_print(text, "}}}}\n");
}

void pings_write(struct ping_list *list, size_t from, size_t to, struct text *text) {
  for (size_t i = from; i < to; i++) write_ping(&list->at[i], text);
}

/* ---- counting ---- */

struct count {
  const struct ping_list *list;
  int client;
};

static bool is_of(const struct count *c, const struct test_ping *ping) {
  return c->client < 0 || ping->client == c->client;
}

/* Is ping i of the client in the population? */
static bool is_in(const struct count *c, size_t i, unsigned population) {
  const struct test_ping *at = c->list->at;
  if (!is_of(c, &at[i])) return false;
  if (population == PS_ALL_COPIES) return true;
  if (at[i].id < 0) return false;
  for (size_t j = 0; j < c->list->n; j++) {
    const bool same = j != i && is_of(c, &at[j]) && at[j].id == at[i].id;
    if (same && (j < i || population == PS_SEEN_ONCE)) return false;
  }
  return true;
}

typedef bool holds(const struct test_ping *ping, int value);

static uint64_t count_if(const struct count *c, unsigned population, holds *f, int value) {
  uint64_t n = 0;
  for (size_t i = 0; i < c->list->n; i++) n += is_in(c, i, population) && f(&c->list->at[i], value);
  return n;
}

static bool any(const struct test_ping *ping, int value) { return (void)ping, (void)value, true; }
static bool of_day(const struct test_ping *ping, int day) { return ping->day == day; }
static bool without_id(const struct test_ping *ping, int value) {
  return (void)value, ping->id < 0;
}
static bool has_os(const struct test_ping *ping, int os) { return ping->os == os; }
static bool has_speed(const struct test_ping *ping, int speed) { return ping->speed == speed; }
static bool any_os(const struct test_ping *ping, int value) { return (void)value, ping->os >= 0; }
static bool any_speed(const struct test_ping *ping, int value) {
  return (void)value, ping->speed >= 0;
}
static bool any_addon(const struct test_ping *ping, int value) {
  return (void)value, ping->naddons > 0;
}
static bool has_addon(const struct test_ping *ping, int addon) { return !is_new(ping, addon); }
static bool is_odd(const struct test_ping *ping, int value) {
  return (void)value, ping->member == TEST_ODD;
}
static bool has_member(const struct test_ping *ping, int value) {
  return (void)value, ping->member >= 0 && ping->member != TEST_ODD;
}
static bool disagrees(const struct test_ping *ping, int value) {
  return has_member(ping, value) && ping->member > 0;
}

static uint64_t documents_of_day(const struct count *c, int day) {
  const struct test_ping *at = c->list->at;
  uint64_t n = 0;
  for (size_t i = 0; i < c->list->n; i++) {
    bool first = is_of(c, &at[i]) && at[i].id >= 0 && at[i].day == day;
    for (size_t j = 0; j < i && first; j++)
      first = !(is_of(c, &at[j]) && at[j].day == day && at[j].id == at[i].id);
    n += first;
  }
  return n;
}

static void expect_days(const struct count *c, const struct ps_profile_client *found) {
  size_t n = 0;
  for (int k = 0; k < 32; k++) {
    const int day = k < 31 ? k : -1; /* the one without a day is the last */
    if (!count_if(c, PS_ALL_COPIES, of_day, day)) continue;
    assert_true(n < found->ndays);
    const struct ps_profile_day *row = &found->days[n++];
    assert_int_equal(row->has_day, day >= 0);
    if (day >= 0) assert_int_equal(row->day, TEST_DAY + (unsigned)day);
    for (unsigned p = 0; p < PS_POPULATIONS; p++)
      assert_int_equal(row->pings[p], count_if(c, p, of_day, day));
    assert_int_equal(row->documents, documents_of_day(c, day));
  }
  assert_int_equal(found->ndays, n);
}

/* The number of pings of a document; its first and last time in seconds since the first day. */
static uint64_t document_of(const struct count *c, const char *id, int64_t *first, int64_t *last,
                            uint64_t *days) {
  uint64_t n = 0, seen = 0;
  *first = INT64_MAX;
  *last = -1;
  for (size_t i = 0; i < c->list->n; i++) {
    const struct test_ping *ping = &c->list->at[i];
    char text[40];
    if (ping->id < 0 || !is_of(c, ping)) continue;
    print_id(text, ping->id);
    if (strcmp(text, id) != 0) continue;
    n++;
    if (ping->day >= 0) seen |= 1ull << ping->day;
    if (ping->time < 0) continue;
    const int64_t time = (int64_t)ping->day * 86400 + ping->time;
    if (time < *first) *first = time;
    if (time > *last) *last = time;
  }
  *days = (uint64_t)__builtin_popcountll(seen);
  return n;
}

static void expect_documents(const struct count *c, const struct ps_profile_client *found) {
  const int64_t start = (int64_t)TEST_DAY * 86400;
  assert_true(found->ndocuments > 0);
  for (size_t i = 0; i < found->ndocuments; i++) {
    const struct ps_profile_document *document = &found->documents[i];
    int64_t first, last;
    uint64_t days;
    assert_int_equal(document->count, document_of(c, document->id, &first, &last, &days));
    assert_true(document->count > 1);
    assert_int_equal(document->days, days);
    assert_int_equal(document->has_time, last >= 0);
    if (last < 0) continue;
    assert_int_equal(document->first_ns / 1000000000u, start + first);
    assert_int_equal(document->last_ns / 1000000000u, start + last);
    if (i) assert_true(document[-1].count >= document->count);
  }
}

static void expect_measure(const struct count *c, const struct ps_profile_measure *found) {
  assert_true(found->has_member);
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    uint64_t sum = 0, members = 0, n = 0, least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < c->list->n; i++) {
      const struct test_ping *ping = &c->list->at[i];
      if (!is_in(c, i, p)) continue;
      n++;
      sum += ping->sum;
      if (ping->sum < least) least = ping->sum;
      if (ping->sum > most) most = ping->sum;
      if (has_member(ping, 0)) members += ping->sum + (unsigned)ping->member;
    }
    assert_int_equal(found->sum[p], sum);
    assert_int_equal(found->implausible[p], 0);
    assert_int_equal(found->member_sum[p], members);
    assert_int_equal(found->member_pings[p], count_if(c, p, has_member, 0));
    assert_int_equal(found->member_odd[p], count_if(c, p, is_odd, 0));
    assert_int_equal(found->disagree[p], count_if(c, p, disagrees, 0));
    assert_int_equal(found->per_ping.count[p], n);
    assert_true(!n || (found->per_ping.min[p] == (double)least));
    assert_true(!n || (found->per_ping.max[p] == (double)most));
    assert_true(!n || (found->per_ping.mean[p] - (double)sum / (double)n < 1e-9 &&
                       (double)sum / (double)n - found->per_ping.mean[p] < 1e-9));
  }
}

static uint64_t of_fleet(const struct count *c, holds *f, int value) {
  uint64_t n = 0;
  for (size_t i = 0; i < c->list->n; i++) {
    const struct test_ping *ping = &c->list->at[i];
    const bool other = ping->client >= 0 && ping->client != TEST_CANARY && !is_of(c, ping);
    n += other && f(ping, value);
  }
  return n;
}

/* A field whose values end in a number that f() tells. */
static void expect_field(const struct count *c, const struct ps_profile_field *found,
                         holds *has_any, holds *f) {
  uint64_t distinct[PS_POPULATIONS] = {0};
  for (size_t i = 0; i < found->n; i++) {
    const struct ps_profile_value *value = &found->values[i];
    const int number = (int)strtol(value->text + strcspn(value->text, "0123456789"), NULL, 10);
    for (unsigned p = 0; p < PS_POPULATIONS; p++) {
      assert_int_equal(value->count[p], count_if(c, p, f, number));
      distinct[p] += value->count[p] > 0;
    }
    if (c->client >= 0) {
      assert_int_equal(value->fleet.count, of_fleet(c, f, number));
      assert_int_equal(value->fleet.error, 0);
    }
    if (i) assert_true(value[-1].count[PS_ALL_COPIES] >= value->count[PS_ALL_COPIES]);
  }
  assert_false(found->capped);
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    assert_int_equal(found->pings[p], count_if(c, p, has_any, 0));
    assert_int_equal(found->distinct[p], distinct[p]);
    assert_int_equal(found->other[p], 0);
  }
}

void pings_expect(const struct ping_list *list, int client, const struct ps_profile *profile,
                  const struct ps_profile_client *found) {
  const struct count count = {list, client}, all = {list, -1};
  const struct count nobody = {list, TEST_CANARY + 1};
  assert_int_equal(profile->pings, list->n);
  assert_int_equal(profile->canary, count_if(&(struct count){list, TEST_CANARY}, 0, any, 0));
  for (unsigned p = 0; p < PS_POPULATIONS; p++)
    assert_int_equal(found->pings[p], count_if(&count, p, any, 0));
  assert_int_equal(found->without_id, count_if(&count, PS_ALL_COPIES, without_id, 0));
  assert_int_equal(found->fleet_pings, client < 0 ? 0 : of_fleet(&count, any, 0));
  assert_true(profile->without_client + profile->canary + of_fleet(&nobody, any, 0) ==
              count_if(&all, PS_ALL_COPIES, any, 0));
  expect_days(&count, found);
  expect_documents(&count, found);
  assert_int_equal(found->nmeasures, 1);
  expect_measure(&count, &found->measures[0]);
  assert_int_equal(found->nfields, 3);
  expect_field(&count, &found->fields[0], any_os, has_os);
  expect_field(&count, &found->fields[1], any_speed, has_speed);
  expect_field(&count, &found->fields[2], any_addon, has_addon);
  assert_false(found->fields[0].numeric);
  assert_true(found->fields[1].numeric);
  assert_true(found->fields[2].walk && !found->fields[2].numeric);
}

/* ---- all of it as text ---- */

static void dump_counts(struct text *text, const char *what, const uint64_t count[PS_POPULATIONS]) {
  text_print(text, " %s=%" PRIu64 "/%" PRIu64 "/%" PRIu64, what, count[0], count[1], count[2]);
}

static void dump_numbers(const struct ps_profile_numbers *numbers, struct text *text) {
  dump_counts(text, "numbers", numbers->count);
  dump_counts(text, "not positive", numbers->not_positive);
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    text_print(text, " %.17g %.17g %.17g:", numbers->mean[p], numbers->min[p], numbers->max[p]);
    for (unsigned q = 0; q < PS_PROFILE_QUANTILES; q++)
      text_print(text, " %.17g", numbers->quantile[p][q]);
  }
  for (size_t i = 0; i < numbers->nlinear; i++) dump_counts(text, "bin", numbers->linear[i].count);
  for (size_t i = 0; i < numbers->nlog; i++) dump_counts(text, "log", numbers->log[i].count);
  text_print(text, "\n");
}

static void dump_field(const struct ps_profile_field *field, struct text *text) {
  text_print(text, "field %s capped=%d", field->name, field->capped);
  dump_counts(text, "pings", field->pings);
  dump_counts(text, "clamped", field->clamped);
  dump_counts(text, "distinct", field->distinct);
  dump_counts(text, "other", field->other);
  if (field->numeric) dump_numbers(&field->numbers, text);
  for (size_t i = 0; i < field->n; i++) {
    const struct ps_profile_value *value = &field->values[i];
    text_print(text, "\n  \"%s\" fleet %" PRIu64 "+%" PRIu64 " lift %.17g", value->text,
               value->fleet.count, value->fleet.error, value->lift[0]);
    dump_counts(text, "count", value->count);
  }
  text_print(text, "\n");
}

static void dump_client(const struct ps_profile_client *client, struct text *text) {
  const struct ps_profile_evidence *e = &client->evidence;
  text_print(text, "client %s", client->name);
  dump_counts(text, "pings", client->pings);
  text_print(text, " fleet %" PRIu64 "\n", client->fleet_pings);
  for (size_t i = 0; i < client->ndays; i++) {
    text_print(text, "day %u documents %" PRIu64, client->days[i].day, client->days[i].documents);
    dump_counts(text, "pings", client->days[i].pings);
    text_print(text, "\n");
  }
  for (size_t i = 0; i < client->ndocuments; i++) {
    const struct ps_profile_document *document = &client->documents[i];
    text_print(text, "document %s: %" PRIu64 " %u %u %" PRIu64 " %" PRIu64 "\n", document->id,
               document->count, document->first_day, document->last_day, document->first_ns,
               document->last_ns);
  }
  for (size_t i = 0; i < client->nmeasures; i++) {
    text_print(text, "measure %s", client->measures[i].name);
    dump_counts(text, "sum", client->measures[i].sum);
    dump_numbers(&client->measures[i].per_ping, text);
  }
  for (size_t i = 0; i < client->nfields; i++) dump_field(&client->fields[i], text);
  text_print(text, "looks %d %d %d: %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
             client->looks[0], client->looks[1], client->looks[2], e->cities, e->speeds, e->days,
             e->busiest_pings);
}

void profile_dump(const struct ps_profile *profile, struct text *text) {
  text->len = 0;
  text_print(text, "%" PRIu64 " files, %" PRIu64 " lines, %" PRIu64 " bytes, %" PRIu64 " pings\n",
             profile->files, profile->lines, profile->bytes, profile->pings);
  for (size_t i = 0; i < profile->nexamples; i++)
    text_print(text, "%s:%" PRIu64 ":%" PRIu64 " %s\n", profile->examples[i].path,
               profile->examples[i].line, profile->examples[i].offset, profile->examples[i].reason);
  for (size_t i = 0; i < profile->nclients; i++) dump_client(&profile->clients[i], text);
}
