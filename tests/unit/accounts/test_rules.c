/* Each rule fires exactly at its threshold, once a client and day, also when the store was opened
 * anew in between, and never for the canary and pings without a clientId.
 */
#include "stage.h"

#include "accounts/share.h"
#include <stdlib.h>
#include <string.h>

#define CANARY "c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0"
#define LONGER "x\\u00e9\\n\\ud83d\\ude00 a client id that is longer than sixteen bytes"

/* The events told since the last call. */
static size_t events_of(struct stage *stage, struct account_event *last) {
  const struct account_event *events;
  const size_t n = accounts_take_events(stage->accounts, &events);
  if (n) *last = events[n - 1];
  return n;
}

static void rules_set(struct stage *stage, struct ps_rules rules) {
  stage->options.rules = rules;
  accounts_set_rules(stage->accounts, &rules);
}

static bool is_flagged(struct stage *stage, const char *client, day_t day) {
  struct stage_line line;
  stage_say(&line, &(struct said){.id = "d", .client = client});
  const struct ping ping = stage_scan(stage, &line);
  return accounts_is_flagged(stage->accounts, day, &ping);
}

static void count_many(struct stage *stage, const struct said *said, enum ps_class class,
                       unsigned times) {
  for (unsigned i = 0; i < times; i++) stage_count(stage, said, class, STAGE_DAY);
}

/* The flags of STAGE_DAY as they are read. */
struct read_flags {
  size_t n;
  uint64_t more;
  struct ps_flag first, last;
};

static int flags_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  struct read_flags *read = context;
  (void)err;
  if (day->day != STAGE_DAY) return PS_OK;
  read->n = day->nflags;
  read->more = day->more_flags;
  if (day->nflags) {
    read->first = day->flags[0];
    read->last = day->flags[day->nflags - 1];
  }
  return PS_OK;
}

static struct read_flags flags_read(struct stage *stage) {
  struct read_flags read = {.n = 0};
  assert_ok(ps_accounts_read(stage->seen, 0, DAY_MAX, 0, NULL, flags_visit, &read, err));
  return read;
}

static void a_flood_of_pings_is_flagged(void **state) {
  struct stage *stage = *state;
  const struct said said = {.id = "d", .client = LONGER};
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.ping_flood = 50});
  stage_begin(stage);
  count_many(stage, &said, PS_NO_ID, 49);
  assert_int_equal(events_of(stage, &event), 0);
  assert_false(is_flagged(stage, LONGER, STAGE_DAY));
  count_many(stage, &said, PS_NO_ID, 1);
  assert_true(is_flagged(stage, LONGER, STAGE_DAY));
  assert_false(is_flagged(stage, LONGER, STAGE_DAY + 1));
  assert_false(is_flagged(stage, "another", STAGE_DAY));
  assert_int_equal(events_of(stage, &event), 1);
  assert_string_equal(event.id, "x\xc3\xa9\n\xf0\x9f\x98\x80 a client id that is longer than "
                                "sixteen bytes");
  assert_int_equal(event.flag.rule, PS_PING_FLOOD);
  assert_int_equal(event.flag.day, STAGE_DAY);
  assert_int_equal(event.flag.limit, 50);
  assert_int_equal(event.flag.evidence, 50);
  assert_int_equal(event.flag.pings.count, 50);
  assert_int_equal(event.flag.pings.error, 0);
  assert_int_equal(event.flag.client.kind, PS_CLIENT_HASH);
  assert_true(event.flag.time > 0);
  count_many(stage, &said, PS_NO_ID, 100);
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
  stage_open(stage);
  stage_begin(stage);
  assert_true(is_flagged(stage, LONGER, STAGE_DAY)); /* before anything is counted */
  count_many(stage, &said, PS_NO_ID, 100);
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
  const struct read_flags read = flags_read(stage);
  assert_int_equal(read.n, 1);
  assert_int_equal(read.first.rule, PS_PING_FLOOD);
  assert_int_equal(read.first.pings.count, 50);
}

static void a_threshold_holds_across_commits(void **state) {
  struct stage *stage = *state;
  const struct said said = {.id = "d", .client = "c"};
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.ping_flood = 30});
  for (unsigned round = 1; round <= 30; round++) {
    stage_begin(stage);
    count_many(stage, &said, PS_NO_ID, 5);
    stage_abort(stage); /* leaves nothing */
    stage_begin(stage);
    count_many(stage, &said, PS_NO_ID, 1);
    assert_int_equal(events_of(stage, &event), round == 30);
    stage_commit(stage);
    if (round % 7 == 0) stage_open(stage);
  }
}

static void the_canary_and_lines_without_a_client_are_never_flagged(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.ping_flood = 5,
                                     .duplicate_flood = 5,
                                     .duplicate_flood_percent = 100,
                                     .measurement_spike_ping = 1,
                                     .shared_profile = 5,
                                     .shared_profile_cities = 1});
  stage_begin(stage);
  count_many(stage, &(struct said){.client = CANARY, .a = 9, .city = "x"}, PS_NO_ID, 99);
  count_many(stage, &(struct said){.a = 9, .city = "x"}, PS_NO_ID, 99);
  count_many(stage, &(struct said){.client = "", .a = 9, .city = "x"}, PS_NO_ID, 99);
  count_many(stage, &(struct said){.client = "c", .a = 9}, PS_MALFORMED, 99);
  assert_int_equal(events_of(stage, &event), 0);
  assert_false(is_flagged(stage, CANARY, STAGE_DAY));
  stage_commit(stage);
  assert_int_equal(flags_read(stage).n, 0);
}

static void a_flood_of_duplicates_is_flagged(void **state) {
  struct stage *stage = *state;
  const struct said said = {.id = "d", .client = "c"}, other = {.id = "d", .client = "e"};
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.duplicate_flood = 100, .duplicate_flood_percent = 10});
  stage_begin(stage);
  /* 11 documents: 10 % of 110 pings. */
  count_many(stage, &said, PS_UNIQUE, 11);
  count_many(stage, &said, PS_DUPLICATE, 98);
  assert_int_equal(events_of(stage, &event), 0);
  count_many(stage, &said, PS_DUPLICATE, 1);
  assert_int_equal(events_of(stage, &event), 1);
  assert_int_equal(event.flag.rule, PS_DUPLICATE_FLOOD);
  assert_int_equal(event.flag.evidence, 11);
  assert_int_equal(event.flag.limit, 100);
  assert_int_equal(event.flag.duplicates.count, 99);
  /* The tenth document is the hundredth ping. */
  count_many(stage, &other, PS_UNIQUE, 9);
  count_many(stage, &other, PS_DUPLICATE, 90);
  assert_int_equal(events_of(stage, &event), 0);
  count_many(stage, &other, PS_UNIQUE, 1);
  assert_int_equal(events_of(stage, &event), 1);
  assert_int_equal(event.flag.evidence, 10);
  stage_commit(stage);
}

static void a_spike_in_one_ping_is_flagged(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.measurement_spike_ping = 1000});
  stage_begin(stage);
  stage_count(stage, &(struct said){.client = "c", .a = 1000, .b = 1000}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  stage_count(stage, &(struct said){.client = "c", .b = 1001}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 1);
  assert_int_equal(event.flag.rule, PS_MEASUREMENT_SPIKE);
  assert_int_equal(event.flag.measure, 1);
  assert_int_equal(event.flag.evidence, 1001);
  assert_int_equal(event.flag.limit, 1000);
  assert_int_equal(event.flag.measurements.count, 2001);
  stage_count(stage, &(struct said){.client = "c", .b = 5000}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  stage_count(stage, &(struct said){.client = "c", .a = 5000}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 1); /* the other measure's */
  assert_int_equal(event.flag.measure, 0);
  stage_commit(stage);
}

/* Clients 0 to n - 1 with 10 measurements each, but the last `few` with 20. */
static void fleet_count(struct stage *stage, unsigned n, unsigned few) {
  for (unsigned i = 0; i < n; i++) {
    char client[sizeof "fleet-" + 10];
    (void)snprintf(client, sizeof client, "fleet-%u", i);
    const uint64_t a = i + few >= n ? 20 : 10;
    stage_count(stage, &(struct said){.client = client, .a = a}, PS_NO_ID, STAGE_DAY);
  }
}

static void a_spike_over_the_others_is_flagged(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.measurement_spike = 100});
  stage_begin(stage);
  stage_count(stage, &(struct said){.client = "c", .a = 5000}, PS_NO_ID, STAGE_DAY);
  fleet_count(stage, PS_SPIKE_CLIENTS - 2, 0);
  stage_count(stage, &(struct said){.client = "c", .a = 1}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0); /* 999 clients are not enough */
  fleet_count(stage, PS_SPIKE_CLIENTS - 1, 1);   /* now 20 each, one has 20 alone */
  stage_count(stage, &(struct said){.client = "d", .a = 2000}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0); /* c's 5,001 times 100 would be it */
  stage_commit(stage);
}

/* 2,000 others: the p99.9 is the third largest of them, 20. */
static void a_spike_is_measured_by_the_99_9th_percentile(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.measurement_spike = 100});
  stage_begin(stage);
  fleet_count(stage, 2000, 3);
  stage_count(stage, &(struct said){.client = "c", .a = 2000}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
  stage_open(stage);
  stage_begin(stage);
  stage_count(stage, &(struct said){.client = "c", .a = 1}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 1);
  assert_int_equal(event.flag.limit, 2000);
  assert_int_equal(event.flag.evidence, 0); /* no single ping */
  assert_int_equal(event.flag.measurements.count, 2001);
  stage_count(stage, &(struct said){.client = "c", .a = 1}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
}

/* A factor so large that its product has no room is never exceeded. */
static void a_factor_without_room_is_never_exceeded(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.measurement_spike = UINT64_C(1) << 63});
  stage_begin(stage);
  fleet_count(stage, 2000, 0);
  stage_count(stage, &(struct said){.client = "c", .a = 1000000}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
}

/* ---- shared-profile ---- */

static const struct ps_rules shared = {.shared_profile = 100,
                                       .shared_profile_percent = 50,
                                       .shared_profile_fleet_percent = 1,
                                       .shared_profile_cities = 10};

static void others_count(struct stage *stage, unsigned n, unsigned with) {
  for (unsigned i = 0; i < n; i++) {
    char client[sizeof "other-" + 10], value[16];
    (void)snprintf(client, sizeof client, "other-%u", i);
    (void)snprintf(value, sizeof value, "%u", i < with ? 215 : 1000 + i % 90);
    stage_count(stage, &(struct said){.client = client, .watched = value}, PS_NO_ID, STAGE_DAY);
  }
}

static void a_value_that_clients_share_is_flagged(void **state) {
  struct stage *stage = *state;
  const struct said said = {.client = "c", .watched = "215"};
  struct account_event event = {.id = NULL};
  rules_set(stage, shared);
  stage_begin(stage);
  others_count(stage, 20000, 50);
  for (unsigned i = 0; i < 99; i++) stage_count(stage, &said, PS_DUPLICATE, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
  stage_open(stage);
  stage_begin(stage);
  stage_count(stage, &said, PS_DUPLICATE, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 1);
  assert_int_equal(event.flag.rule, PS_SHARED_PROFILE);
  assert_string_equal(event.flag.value, "215");
  assert_int_equal(event.flag.limit, 100);
  assert_int_equal(event.flag.evidence, 51); /* watched from the fiftieth ping on */
  assert_int_equal(event.flag.of, 51);
  assert_false(is_flagged(stage, "c", STAGE_DAY)); /* advisory */
  for (unsigned i = 0; i < 99; i++) stage_count(stage, &said, PS_DUPLICATE, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
  const struct read_flags read = flags_read(stage);
  assert_int_equal(read.n, 1);
  assert_string_equal(read.first.value, "215");
  assert_int_equal(read.first.evidence, 51);
  assert_int_equal(read.first.time, event.flag.time);
}

/* A hundredth of the others' pings with the value is too many, one less is rare; and the others
 * must have sent as many pings as the client. */
static void a_shared_value_is_rare_among_others(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, shared);
  for (unsigned i = 0; i < 4; i++) {
    /* The first 49 of the client's pings, before it is watched, count as the others'. */
    const unsigned others = i < 2 ? 20000 - 49 : i < 3 ? 51 : 50, with = i < 2 ? 150 + i : 0;
    const day_t day = (day_t)(STAGE_DAY + i);
    const struct said said = {.client = "c", .watched = i < 2 ? "215" : "7"};
    stage_begin(stage);
    for (unsigned k = 0; k < others; k++) {
      char client[24], value[16];
      (void)snprintf(client, sizeof client, "other-%u", k);
      (void)snprintf(value, sizeof value, "%u", k < with ? 215 : 1000 + k % 90);
      stage_count(stage, &(struct said){.client = client, .watched = value}, PS_NO_ID, day);
    }
    for (unsigned k = 0; k < 49; k++) /* other values */
      stage_count(stage, &(struct said){.client = "c", .watched = i < 2 ? "215" : "1000"}, PS_NO_ID,
                  day);
    for (unsigned k = 0; k < 51; k++) stage_count(stage, &said, PS_NO_ID, day);
    assert_int_equal(events_of(stage, &event), i == 0 || i == 2);
    stage_abort(stage);
  }
}

static void a_value_that_many_have_is_not_flagged(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, shared);
  stage_begin(stage);
  others_count(stage, 20000, 300); /* 1.5 % */
  for (unsigned i = 0; i < 200; i++)
    stage_count(stage, &(struct said){.client = "c", .watched = "215"}, PS_NO_ID, STAGE_DAY);
  assert_int_equal(events_of(stage, &event), 0);
  /* A value of its own in less than half of its pings. */
  for (unsigned i = 0; i < 300; i++) {
    char value[16];
    (void)snprintf(value, sizeof value, "%u", i % 5 < 2 ? 77 : 1000 + i % 90);
    stage_count(stage, &(struct said){.client = "e", .watched = value}, PS_NO_ID, STAGE_DAY);
  }
  assert_int_equal(events_of(stage, &event), 0);
  stage_commit(stage);
}

static void cities_are_counted_to_their_limit(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  size_t told = 0;
  rules_set(stage, shared);
  stage_begin(stage);
  for (unsigned i = 0; i < 49 + 9 * 3 + 1; i++) {
    char city[16];
    (void)snprintf(city, sizeof city, "city-%u", i < 49 ? i : (i - 49) / 3);
    told += events_of(stage, &event);
    assert_int_equal(told, 0);
    stage_count(stage, &(struct said){.client = "c", .city = city}, PS_NO_ID, STAGE_DAY);
  }
  assert_int_equal(events_of(stage, &event), 1); /* the tenth since it is watched */
  assert_int_equal(event.flag.limit, 10);
  assert_int_equal(event.flag.evidence, 10);
  assert_int_equal(event.flag.of, 0);
  assert_string_equal(event.flag.value, "");
  stage_commit(stage);
}

/* ---- bounds ---- */

static void too_many_flags_are_counted(void **state) {
  struct stage *stage = *state;
  const unsigned n = PS_FLAGS_MAX + 10;
  struct account_event event = {.id = NULL};
  size_t told = 0;
  rules_set(stage, (struct ps_rules){.ping_flood = 2});
  for (unsigned i = 0; i < n; i++) {
    char client[sizeof "fleet-" + 10];
    (void)snprintf(client, sizeof client, "c-%u", i);
    if (i % 512 == 0) stage_begin(stage);
    count_many(stage, &(struct said){.client = client}, PS_NO_ID, 4);
    told += events_of(stage, &event);
    assert_int_equal(is_flagged(stage, client, STAGE_DAY), i < PS_FLAGS_MAX);
    if (i % 512 == 511) stage_commit(stage);
    if (i % 2048 == 2047) stage_open(stage);
  }
  stage_commit(stage);
  assert_int_equal(told, PS_FLAGS_MAX);
  const struct read_flags read = flags_read(stage);
  assert_int_equal(read.n, PS_FLAGS_MAX);
  assert_int_equal(read.more, 10);
}

static void flags_fill(struct stage *stage) {
  rules_set(stage, (struct ps_rules){.ping_flood = 2});
  for (unsigned i = 0; i < PS_FLAGS_MAX; i++) {
    char client[sizeof "fleet-" + 10];
    (void)snprintf(client, sizeof client, "c-%u", i);
    if (i % 512 == 0) stage_begin(stage);
    count_many(stage, &(struct said){.client = client}, PS_NO_ID, 2);
    if (i % 512 == 511) stage_commit(stage);
  }
}

/* A flag that finds no room leaves no trace with its client; each rule counts it once all the same.
 */
static void flags_without_room_are_counted(void **state) {
  struct stage *stage = *state;
  const struct said same = {.id = "d", .client = "same"}, over = {.client = "over", .a = 5000};
  flags_fill(stage);
  rules_set(stage, (struct ps_rules){.duplicate_flood = 10,
                                     .duplicate_flood_percent = 10,
                                     .measurement_spike = 100,
                                     .measurement_spike_ping = 100000,
                                     .shared_profile = 100,
                                     .shared_profile_cities = 10});
  stage_begin(stage);
  count_many(stage, &same, PS_UNIQUE, 1);
  count_many(stage, &same, PS_DUPLICATE, 30);
  count_many(stage, &(struct said){.client = "once", .a = 200000}, PS_NO_ID, 3);
  fleet_count(stage, 2000, 0);
  count_many(stage, &over, PS_NO_ID, 3);
  for (unsigned i = 0; i < 90; i++) {
    char city[16];
    (void)snprintf(city, sizeof city, "city-%u", i);
    stage_count(stage, &(struct said){.client = "cities", .city = city}, PS_NO_ID, STAGE_DAY);
  }
  stage_commit(stage);
  const struct read_flags read = flags_read(stage);
  assert_int_equal(read.n, PS_FLAGS_MAX);
  assert_int_equal(read.more, 4);
}

/* A flagged client stays so, however many come after it, and is not flagged again. */
static void many_flagged_clients_are_not_flagged_again(void **state) {
  struct stage *stage = *state;
  struct account_event event = {.id = NULL};
  rules_set(stage, (struct ps_rules){.ping_flood = 2});
  for (unsigned round = 0; round < 2; round++) {
    stage_begin(stage);
    for (unsigned i = 0; i < 300; i++) {
      char client[sizeof "fleet-" + 10];
      (void)snprintf(client, sizeof client, "c-%u", i);
      count_many(stage, &(struct said){.client = client}, PS_NO_ID, 3);
      assert_int_equal(events_of(stage, &event), !round);
    }
    for (unsigned i = 0; i < 301; i++) {
      char client[sizeof "fleet-" + 10];
      (void)snprintf(client, sizeof client, "c-%u", i);
      assert_int_equal(is_flagged(stage, client, STAGE_DAY), i < 300);
    }
    stage_commit(stage);
    stage_open(stage);
  }
  assert_int_equal(flags_read(stage).n, 300);
}

static void shares_round_down_and_up(void **state) {
  (void)state;
  for (uint64_t whole = 0; whole < 1000; whole++)
    for (uint32_t percent = 0; percent <= 100; percent++) {
      assert_int_equal(share_down(whole, percent), whole * percent / 100);
      assert_int_equal(share_up(whole, percent), (whole * percent + 99) / 100);
    }
  assert_int_equal(share_down(UINT64_MAX, 100), UINT64_MAX);
  assert_int_equal(share_up(UINT64_MAX, 100), UINT64_MAX);
}

static void the_defaults_are_these(void **state) {
  struct ps_rules rules;
  (void)state;
  ps_rules_default(&rules);
  assert_int_equal(rules.ping_flood, 1000);
  assert_int_equal(rules.duplicate_flood, 100);
  assert_int_equal(rules.duplicate_flood_percent, 10);
  assert_int_equal(rules.measurement_spike, 100);
  assert_int_equal(rules.measurement_spike_ping, 100000000);
  assert_int_equal(rules.shared_profile, 1000);
  assert_int_equal(rules.shared_profile_percent, 50);
  assert_int_equal(rules.shared_profile_fleet_percent, 1);
  assert_int_equal(rules.shared_profile_cities, 30);
  assert_string_equal(ps_rule_name(PS_SHARED_PROFILE), "shared-profile");
}

int main(void) {
#define STAGED(test) cmocka_unit_test_setup_teardown(test, stage_setup, stage_teardown)
  const struct CMUnitTest tests[] = {
      STAGED(a_flood_of_pings_is_flagged),
      STAGED(a_threshold_holds_across_commits),
      STAGED(the_canary_and_lines_without_a_client_are_never_flagged),
      STAGED(a_flood_of_duplicates_is_flagged),
      STAGED(a_spike_in_one_ping_is_flagged),
      STAGED(a_spike_over_the_others_is_flagged),
      STAGED(a_spike_is_measured_by_the_99_9th_percentile),
      STAGED(a_factor_without_room_is_never_exceeded),
      STAGED(a_value_that_clients_share_is_flagged),
      STAGED(a_shared_value_is_rare_among_others),
      STAGED(a_value_that_many_have_is_not_flagged),
      STAGED(cities_are_counted_to_their_limit),
      STAGED(too_many_flags_are_counted),
      STAGED(flags_without_room_are_counted),
      STAGED(many_flagged_clients_are_not_flagged_again),
      cmocka_unit_test(shares_round_down_and_up),
      cmocka_unit_test(the_defaults_are_these),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
