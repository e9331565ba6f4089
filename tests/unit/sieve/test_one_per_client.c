/* One ping a client: a model that knows nothing of segments, batches and hashes says of every ping
 * what becomes of it. */
#include "support.h"

#include "base/hash.h"
#include "sieve/one_per_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAYS    9
#define IDS     600
#define CLIENTS 150
#define KEEP    3
#define NEVER   (-1)

/* ---- the model ---- */

struct model {
  int id_day[IDS], client_day[CLIENTS]; /* of its mark; NEVER: none */
  int watermark;
};

struct ask {
  int id, client, day; /* NEVER: none */
};

static void model_init(struct model *m) {
  for (size_t i = 0; i < IDS; i++) m->id_day[i] = NEVER;
  for (size_t i = 0; i < CLIENTS; i++) m->client_day[i] = NEVER;
  m->watermark = 0;
}

static bool holds(const struct model *m, int day) {
  return day != NEVER && day >= m->watermark - KEEP;
}

static enum ps_class model_judge(struct model *m, const struct ask *ask) {
  bool keyed = ask->id != NEVER;
  if (ask->client == NEVER) return PS_NOT_SELECTED;
  if (keyed && ask->day > m->watermark) m->watermark = ask->day;
  bool late = ask->day < m->watermark - KEEP;
  if (keyed && !late && holds(m, m->id_day[ask->id])) return PS_DUPLICATE;
  if (holds(m, m->client_day[ask->client])) return PS_NOT_SELECTED;
  int day = late ? m->watermark : ask->day;
  m->client_day[ask->client] = day;
  if (late) return keyed ? PS_LATE : PS_NO_ID;
  if (keyed) m->id_day[ask->id] = day;
  return keyed ? PS_UNIQUE : PS_NO_ID;
}

/* ---- streams ---- */

static uint64_t next(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return *seed >> 33;
}

/* Days go forward in the long run, so that something expires. */
static struct ask ask_any(uint64_t *seed, unsigned i, unsigned n) {
  int newest = (int)(i * DAYS / n);
  int day = newest - (int)(next(seed) % (KEEP + 3));
  return (struct ask){.id = next(seed) % 8 ? (int)(next(seed) % IDS) : NEVER,
                      .client = next(seed) % 10 ? (int)(next(seed) % CLIENTS) : NEVER,
                      .day = day < 0 ? 0 : day};
}

static void append(struct buffer *b, const struct ask *ask) {
  size_t before = b->len;
  assert_int_equal(buffer_printf(b, NULL, "{\"date\":\"201701%02d\"", ask->day + 1), PS_OK);
  if (ask->id != NEVER)
    assert_int_equal(buffer_printf(b, NULL, ",\"documentId\":\"d%d\"", ask->id), PS_OK);
  if (ask->client != NEVER)
    assert_int_equal(buffer_printf(b, NULL, ",\"clientId\":\"c%d\"", ask->client), PS_OK);
  assert_int_equal(buffer_append(b, "}\n", 2, NULL), PS_OK);
  assert_true(b->len > before);
}

static struct ps_sieve_options one_options(struct world *w) {
  static const char *const date[] = {"date", NULL};
  struct ps_sieve_options o = world_options(w);
  o.read.selection.one_per_client = true;
  o.read.paths[PS_FIELD_DATE] = date;
  o.seen.keep_given = true;
  o.seen.keep_days = KEEP;
  return o;
}

static int check_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  unsigned *held = context;
  (void)err;
  if (day->keys) assert_int_equal(day->keys, day->total.count[PS_UNIQUE]);
  *held += day->keys > 0;
  return PS_OK;
}

/* The accounts know which keys are documentIds. */
static void check_accounts(const char *store) {
  const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  struct ps_seen *seen;
  unsigned held = 0;
  assert_int_equal(ps_seen_open(store, &options, &seen, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(seen, 0, UINT16_MAX, 0, NULL, check_day, &held, NULL), PS_OK);
  assert_true(held > 1);
  ps_seen_close(seen);
}

static void random_streams_follow_the_model(void **state) {
  struct world *w = *state;
  static const uint32_t batches[] = {1, 7, 100, 100000};
  uint64_t seed = 20170312;
  for (unsigned round = 0; round < 8; round++) {
    struct ps_sieve_options o = one_options(w);
    struct model model;
    char store[128];
    (void)snprintf(store, sizeof store, "%s-%u", w->store, round);
    o.store = store;
    o.batch_pings = batches[round % 4];
    o.no_accounts = round & 1;
    model_init(&model);
    for (unsigned part = 0; part < 2; part++) { /* the second run finds the marks in the store */
      const unsigned n = o.batch_pings == 1 ? 150 : 1500;
      struct buffer input = BUFFER_INIT, expected = BUFFER_INIT;
      uint64_t count[PS_CLASSES] = {0};
      for (unsigned i = 0; i < n; i++) {
        struct ask ask = ask_any(&seed, part * n + i, 2 * n);
        enum ps_class class = model_judge(&model, &ask);
        count[class]++;
        append(&input, &ask);
        if (class == PS_UNIQUE || class == PS_NO_ID || class == PS_LATE) append(&expected, &ask);
      }
      struct outcome r = run_sieve(o, input.data, input.len);
      if (r.status) fail_msg("round %u: %s", round, r.error.text);
      assert_int_equal(r.out.len, expected.len);
      assert_memory_equal(r.out.data, expected.data, expected.len);
      for (size_t c = 0; c < PS_CLASSES; c++) assert_int_equal(r.figures.count[c], count[c]);
      assert_int_equal(r.figures.bytes_out, expected.len);
      outcome_release(&r);
      buffer_release(&input);
      buffer_release(&expected);
    }
    if (!o.no_accounts) check_accounts(store);
  }
}

static void expect(struct ps_sieve_options o, const char *input, const char *output) {
  struct outcome r = run_sieve(o, input, strlen(input));
  if (r.status) fail_msg("%s", r.error.text);
  assert_string_equal(r.out.data ? (const char *)r.out.data : "", output);
  outcome_release(&r);
}

#define P(id, client) "{\"id\":\"" id "\",\"clientId\":\"" client "\"}\n"

static void chosen_pings_alone_are_marked(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w), all = o;
  o.read.selection.one_per_client = true;
  /* a documentId that came by a known client is not marked: another client may bring it */
  expect(o, P("a", "1") P("b", "1") P("b", "2") "\n", P("a", "1") P("b", "2") "\n");
  /* the client of a duplicate is not marked */
  expect(o, P("a", "3") P("c", "3"), P("c", "3"));
  /* one client whatever the form of its id; a text is no UUID */
  expect(o,
         P("d", "0A1B2C3D-0000-4000-8000-000000000001")
             P("e", "{0a1b2c3d-0000-4000-8000-000000000001}"),
         P("d", "0A1B2C3D-0000-4000-8000-000000000001"));
  /* documentIds of a filter without the option are the same ones */
  expect(all, P("a", "9") P("f", "1"), P("f", "1"));
}

static void pings_of_known_clients_move_the_watermark(void **state) {
  struct ps_sieve_options o = one_options(*state);
  /* Known clients do, so that they are new again one day; a ping without a client does not. */
  expect(o,
         "{\"id\":\"a\",\"clientId\":\"1\",\"date\":\"20170101\"}\n"
         "{\"id\":\"b\",\"date\":\"20170601\"}\n"
         "{\"id\":\"c\",\"clientId\":\"1\",\"date\":\"20170104\"}\n"
         "{\"id\":\"d\",\"clientId\":\"1\",\"date\":\"20170105\"}\n",
         "{\"id\":\"a\",\"clientId\":\"1\",\"date\":\"20170101\"}\n"
         "{\"id\":\"d\",\"clientId\":\"1\",\"date\":\"20170105\"}\n");
}

/* A store without keys whose watermark is 2017-01-10. */
static void begin_on_the_tenth(struct ps_sieve_options o) {
  struct ps_seen *seen;
  expect(o, "{\"id\":\"a\",\"clientId\":\"9\",\"date\":\"20170110\"}\n",
         "{\"id\":\"a\",\"clientId\":\"9\",\"date\":\"20170110\"}\n");
  assert_int_equal(ps_seen_open(o.store, &o.seen, &seen, NULL), PS_OK);
  assert_int_equal(ps_seen_begin(seen, NULL), PS_OK);
  assert_int_equal(ps_seen_forget(seen, 0, DAY_MAX + 1, NULL, NULL), PS_OK);
  assert_int_equal(ps_seen_commit(seen, NULL), PS_OK);
  ps_seen_close(seen);
}

/* Clients of late pings and of those without an id are marked, on the day of their arrival, before
 * another ping moves the retention past that day. */
static void marks_come_before_the_retention_moves(void **state) {
  static const char *const first[] = {"{\"id\":\"b\",\"clientId\":\"1\",\"date\":\"20170101\"}\n",
                                      "{\"clientId\":\"1\"}\n"};
  for (size_t i = 0; i < 2; i++) {
    struct ps_sieve_options o = one_options(*state);
    char input[256], store[128];
    (void)snprintf(store, sizeof store, "%s-%zu", o.store, i);
    o.store = store;
    begin_on_the_tenth(o);
    (void)snprintf(input, sizeof input, "%s%s%s", first[i],
                   "{\"id\":\"c\",\"clientId\":\"2\",\"date\":\"20170120\"}\n",
                   "{\"id\":\"d\",\"clientId\":\"1\",\"date\":\"20170120\"}\n");
    expect(o, input, input);
  }
}

static void keys_of_clients_and_documents_differ(void **state) {
  (void)state;
  uint8_t secret[PS_SECRET_BYTES];
  for (size_t i = 0; i < sizeof secret; i++) secret[i] = (uint8_t)(i * 37 + 11);
  struct ps_client text = {.id = "abc", .kind = PS_CLIENT_TEXT}, uuid = text;
  uuid.kind = PS_CLIENT_UUID;
  struct ps_key a = one_per_client_key(&text, secret), b = one_per_client_key(&uuid, secret);
  struct ps_key id = hash_key("abc", 3, secret), padded = hash_key(text.id, 16, secret);
  assert_true(a.lo != b.lo && a.lo != id.lo && a.lo != padded.lo);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(random_streams_follow_the_model, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(chosen_pings_alone_are_marked, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(pings_of_known_clients_move_the_watermark, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(marks_come_before_the_retention_moves, world_setup,
                                      world_teardown),
      cmocka_unit_test(keys_of_clients_and_documents_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
