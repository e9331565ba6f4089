/* The watch of a day by itself: counters with their errors, bounds, the rule at its edges, and what
 * is read back of it.
 */
#include "clients.h"

#include "../assertions.h"
#include "accounts/watch.h"
#include <string.h>

static struct watch *watch_new(void) {
  struct watch *watch;
  assert_ok(watch_create(&watch, err));
  return watch;
}

static const struct fleet_value *fleet_of(const struct watch *watch, uint64_t hash) {
  for (unsigned i = 0; i < WATCH_PLACES; i++)
    if (watch->fleet[i].count && watch->fleet[i].hash == hash) return &watch->fleet[i];
  return NULL;
}

/* Values share places of the table on purpose. */
static uint64_t hash_numbered(unsigned i) { return 7 + (i % 5) + (uint64_t)(i / 5) * WATCH_PLACES; }

/* A value without room takes one from every counter, itself included. */
static void a_value_without_room_takes_one_from_every_counter(void **state) {
  struct watch *watch = watch_new();
  (void)state;
  for (unsigned i = 0; i < WATCH_FLEET; i++)
    for (unsigned k = 0; k < 1 + i % 3; k++) watch_fleet(watch, hash_numbered(i));
  const uint64_t pings = watch->pings;
  assert_int_equal(watch->nfleet, WATCH_FLEET);
  assert_int_equal(watch->error, 0);
  watch_fleet(watch, hash_numbered(WATCH_FLEET));
  assert_int_equal(watch->pings, pings + 1);
  assert_int_equal(watch->error, 1);
  assert_null(fleet_of(watch, hash_numbered(WATCH_FLEET)));
  unsigned left = 0;
  for (unsigned i = 0; i < WATCH_FLEET; i++) {
    const struct fleet_value *value = fleet_of(watch, hash_numbered(i));
    if (i % 3 == 0) assert_null(value);
    else assert_int_equal(value->count, i % 3);
    left += i % 3 != 0;
  }
  assert_int_equal(watch->nfleet, left);
  watch_fleet(watch, hash_numbered(WATCH_FLEET)); /* now it has */
  assert_int_equal(fleet_of(watch, hash_numbered(WATCH_FLEET))->count, 1);
  assert_int_equal(watch->nfleet, left + 1);
  watch_free(watch);
}

static const char line[] = "value of a field";

static void count(struct watched_client *watched, uint64_t value, uint64_t city) {
  const struct ping ping = {
      .watched_hash = value,
      .city_hash = city,
      .watched = {.offset = 0, .len = (uint32_t)(5 + value % 3), .type = SCAN_STRING}};
  watched_count(watched, (const uint8_t *)line, &ping);
}

static struct watched_client *client_of(struct watch *watch, uint32_t number) {
  const struct ps_client client = client_numbered(number);
  struct watched_client *watched;
  assert_ok(watch_client(watch, &client, &watched, err));
  return watched;
}

static void values_of_a_client_are_counted(void **state) {
  struct watch *watch = watch_new();
  struct watched_client *c = client_of(watch, 1);
  (void)state;
  count(c, 0, 0); /* has neither */
  assert_int_equal(c->pings, 0);
  for (unsigned i = 1; i <= WATCH_VALUES; i++) count(c, i, 0);
  count(c, 3, 0);
  count(c, 5, 0);
  count(c, 5, 0);
  assert_int_equal(c->nvalues, WATCH_VALUES);
  assert_int_equal(c->pings, WATCH_VALUES + 3);
  count(c, 99, 0);
  assert_int_equal(c->error, 1);
  assert_int_equal(c->nvalues, 2);
  assert_int_equal(c->values[0].hash, 3);
  assert_int_equal(c->values[0].count, 1);
  assert_int_equal(c->values[1].hash, 5);
  assert_int_equal(c->values[1].count, 2);
  assert_string_equal(c->values[1].text, "value o");
  count(c, 99, 0);
  assert_int_equal(c->nvalues, 3);
  assert_int_equal(c->error, 1);
  watch_free(watch);
}

static void cities_of_a_client_are_bounded(void **state) {
  struct watch *watch = watch_new();
  struct watched_client *c = client_of(watch, 1);
  (void)state;
  for (unsigned i = 1; i <= 3 * WATCH_CITIES; i++) {
    count(c, 0, (i + 2) / 3); /* each three times */
    assert_int_equal(c->ncities, (i + 2) / 3);
  }
  count(c, 0, WATCH_CITIES + 1);
  assert_int_equal(c->ncities, WATCH_CITIES);
  assert_int_equal(c->pings, 3 * WATCH_CITIES + 1);
  watch_free(watch);
}

static void clients_are_bounded(void **state) {
  struct watch *watch = watch_new();
  (void)state;
  for (unsigned i = 0; i < WATCH_CLIENTS; i++) client_of(watch, i)->pings = i;
  assert_null(client_of(watch, WATCH_CLIENTS));
  for (unsigned i = 0; i < WATCH_CLIENTS; i++) assert_int_equal(client_of(watch, i)->pings, i);
  assert_int_equal(watch->nclients, WATCH_CLIENTS);
  struct ps_client other = client_numbered(WATCH_CLIENTS - 1);
  other.kind = PS_CLIENT_HASH;
  struct watched_client *watched;
  assert_ok(watch_client(watch, &other, &watched, err));
  assert_null(watched); /* another kind is another client */
  watch_free(watch);
}

static const struct ps_rules rules = {.shared_profile = 100,
                                      .shared_profile_percent = 50,
                                      .shared_profile_fleet_percent = 1,
                                      .shared_profile_cities = 10};

static bool is_found(const struct watch *watch, const struct watched_client *watched,
                     uint64_t pings) {
  struct watch_finding finding;
  return watch_judge(watch, watched, pings, &rules, &finding);
}

/* 50 watched pings, 25 of them with the value; 10,000 others, of which 99 have it. */
static void the_rule_holds_at_its_edges(void **state) {
  struct watch *watch = watch_new();
  struct watched_client *c = client_of(watch, 1);
  (void)state;
  watch->pings = 10050;
  c->pings = 50;
  c->nvalues = 1;
  c->values[0] = (struct watched_value){.hash = 7, .count = 25, .text = "x"};
  watch->fleet[7] = (struct fleet_value){.hash = 7, .count = 99 + 25};
  assert_true(is_found(watch, c, 100));
  assert_false(is_found(watch, c, 99));
  watch->error = 1; /* it may be a hundred */
  assert_false(is_found(watch, c, 100));
  watch->error = 0;
  watch->fleet[7].count++;
  assert_false(is_found(watch, c, 100));
  watch->fleet[7].count--;
  c->values[0].count = 24; /* less than half */
  assert_false(is_found(watch, c, 100));
  c->values[0].count = 25;
  assert_true(is_found(watch, c, 10000));
  assert_false(is_found(watch, c, 10001)); /* more than all others sent */
  c->pings = 49;
  c->values[0].count = 40;
  assert_false(is_found(watch, c, 100)); /* is not watched for long enough */
  c->ncities = 9;
  assert_false(is_found(watch, c, 1));
  c->ncities = 10;
  assert_true(is_found(watch, c, 1));
  watch_free(watch);
}

static void filled(struct watch *watch) {
  for (unsigned i = 0; i < 1000; i++) watch_fleet(watch, hash_numbered(i % 300));
  for (unsigned i = 0; i < 10; i++) {
    struct watched_client *c = client_of(watch, i);
    for (unsigned k = 0; k < 5 * i; k++) count(c, 1 + k % (2 * i + 1), 1 + k % (i + 1));
    c->told = i % 2;
  }
}

/* The watch that is read back is the same, and no beginning of its bytes is whole. */
static void what_was_watched_comes_back_from_bytes(void **state) {
  struct watch *watch = watch_new(), *again = watch_new();
  struct buffer bytes = BUFFER_INIT;
  (void)state;
  filled(watch);
  assert_ok(watch_put(watch, &bytes, err));
  struct cursor cursor = cursor_of(bytes.data, bytes.len);
  assert_ok(watch_take(again, &cursor, err));
  assert_true(cursor.sound);
  assert_int_equal(again->pings, watch->pings);
  assert_int_equal(again->error, watch->error);
  assert_int_equal(again->nfleet, watch->nfleet);
  assert_int_equal(again->nclients, watch->nclients);
  for (unsigned i = 0; i < 10; i++) {
    const struct watched_client *a = client_of(watch, i), *b = client_of(again, i);
    assert_int_equal(a->pings, b->pings);
    assert_int_equal(a->error, b->error);
    assert_int_equal(a->told, b->told);
    assert_int_equal(a->nvalues, b->nvalues);
    assert_int_equal(a->ncities, b->ncities);
    for (unsigned k = 0; k < a->nvalues; k++) {
      assert_int_equal(a->values[k].hash, b->values[k].hash);
      assert_int_equal(a->values[k].count, b->values[k].count);
      assert_string_equal(a->values[k].text, b->values[k].text);
    }
    assert_memory_equal(a->cities, b->cities, a->ncities * sizeof *a->cities);
  }
  for (unsigned i = 0; i < WATCH_PLACES; i++)
    if (watch->fleet[i].count)
      assert_int_equal(fleet_of(again, watch->fleet[i].hash)->count, watch->fleet[i].count);
  for (size_t len = 0; len < bytes.len; len++) {
    struct watch *part = watch_new();
    cursor = cursor_of(bytes.data, len);
    assert_ok(watch_take(part, &cursor, err));
    assert_false(cursor.sound);
    watch_free(part);
  }
  watch_free(watch);
  watch_free(again);
  buffer_release(&bytes);
}

/* Figures that no counting comes to are not believed. */
static void impossible_bytes_are_refused(void **state) {
  (void)state;
  for (unsigned wrong = 0; wrong < 4; wrong++) {
    struct watch *watch = watch_new(), *again = watch_new();
    struct buffer bytes = BUFFER_INIT;
    filled(watch);
    struct watched_client *c = client_of(watch, 3);
    assert_true(c->nvalues > 1);
    if (wrong == 1) c->values[c->nvalues - 1].count = 0;
    for (unsigned i = 0; wrong == 2 && i < WATCH_PLACES; i++)
      if (watch->fleet[i].count) watch->fleet[i].hash = 0;
    assert_ok(watch_put(watch, &bytes, err));
    if (wrong == 3) assert_ok(buffer_append(&bytes, "", 1, err)); /* and more behind */
    struct cursor cursor = cursor_of(bytes.data, bytes.len);
    assert_ok(watch_take(again, &cursor, err));
    assert_int_equal(cursor.sound, !wrong);
    buffer_release(&bytes);
    watch_free(watch);
    watch_free(again);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_value_without_room_takes_one_from_every_counter),
      cmocka_unit_test(values_of_a_client_are_counted),
      cmocka_unit_test(cities_of_a_client_are_bounded),
      cmocka_unit_test(clients_are_bounded),
      cmocka_unit_test(the_rule_holds_at_its_edges),
      cmocka_unit_test(what_was_watched_comes_back_from_bytes),
      cmocka_unit_test(impossible_bytes_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
