/* Figures of whole profiles of a few pings, worked out by hand. */
#include "pings.h"
#include "profile/result.h"
#include "profile/values.h"

#include <stdlib.h>

static const char *const inputs[] = {"x", NULL};

struct run {
  struct ps_profile_options options;
  struct ps_profile_who who;
  struct ps_profiler *profiler;
};

static void run_init(struct run *run, const char *const *fields) {
  *run = (struct run){.options = {.size = sizeof(struct ps_profile_options),
                                  .inputs = {.inputs = inputs, .ninputs = 1},
                                  .fields = fields,
                                  .top = 100,
                                  .temp_dir = ".",
                                  .read.threads = 1}};
}

static void run_of(struct run *run, const char *client) {
  ps_client_of(client, strlen(client), &run->who.client);
  run->options.clients = &run->who;
  run->options.nclients = 1;
}

static const struct ps_profile *run_end(struct run *run) {
  assert_ok(ps_profile_open(&run->options, -1, &run->profiler, err));
  assert_ok(ps_profile_run(run->profiler, err));
  return ps_profile_result(run->profiler);
}

static void run_release(struct run *run) { ps_profile_close(run->profiler); }

static void expect_counts(const uint64_t counts[PS_POPULATIONS], uint64_t all, uint64_t first,
                          uint64_t once) {
  assert_int_equal(counts[PS_ALL_COPIES], all);
  assert_int_equal(counts[PS_FIRST_COPIES], first);
  assert_int_equal(counts[PS_SEEN_ONCE], once);
}

/* ---- measures ---- */

#define PING(id, histogram) "{\"id\":\"" id "\",\"h\":{\"N\":{" histogram "}}}\n"

static void measures_are_summed(void **state) {
  (void)state;
  static const struct ps_account_measure measures[] = {{"n", "h/N/values/*"},
                                                       {"all", "h/*/values/*"}};
  struct run run;
  place_text(
      "x",
      PING("a", "\"values\":{\"0\":5},\"sum\":5") PING("b", "\"values\":{\"0\":5},\"sum\":9")
          PING("b", "\"values\":{\"0\":5},\"sum\":9") PING("c", "\"values\":{\"0\":5},\"sum\":3")
              PING("d", "\"values\":{\"0\":-1,\"1\":2}") PING("d", "\"values\":{\"0\":-1,\"1\":2}")
                  PING("e", "\"values\":{\"0\":\"x\"},\"sum\":1.5")
                      PING("f", "\"sum\":99999999999999999999")
                          PING("g", "\"sum\":18446744073709551617"));
  run_init(&run, NULL);
  run.options.read.measures = measures;
  run.options.read.nmeasures = 2;
  const struct ps_profile_measure *found = run_end(&run)->clients[0].measures;
  expect_counts(found->sum, 24, 17, 10);
  expect_counts(found->implausible, 3, 2, 1);
  expect_counts(found->member_pings, 4, 3, 2);
  expect_counts(found->member_sum, 26, 17, 8);
  expect_counts(found->member_odd, 3, 3, 3); /* 1.5, and two that pass 64 bits */
  expect_counts(found->disagree, 3, 2, 1);   /* more as well as less */
  assert_true(found[0].has_member);
  assert_false(found[1].has_member); /* of many there is no one sum */
  expect_counts(found[1].member_odd, 0, 0, 0);
  run_release(&run);
}

/* ---- fields ---- */

static void values_beyond_a_maximum_are_counted_apart(void **state) {
  (void)state;
  static const char *const fields[] = {"v:max=5", "w/*:max=5", NULL};
  struct run run;
  place_text("x", "{\"id\":\"a\",\"v\":7,\"w\":[9,2]}\n{\"id\":\"a\",\"v\":7,\"w\":[9,2]}\n"
                  "{\"id\":\"b\",\"v\":6,\"w\":[1,2]}\n{\"id\":\"c\",\"v\":5,\"w\":[5,8,7]}\n");
  run_init(&run, fields);
  const struct ps_profile_field *found = run_end(&run)->clients[0].fields;
  expect_counts(found[0].clamped, 3, 2, 1);
  expect_counts(found[1].clamped, 3, 2, 1);
  expect_counts(found[0].distinct, 1, 1, 1);
  expect_counts(found[1].distinct, 3, 3, 3);
  assert_true(found[0].numeric);
  assert_false(found[1].numeric); /* a ping has many of them */
  run_release(&run);
}

static void values_are_in_order(void **state) {
  (void)state;
  static const char *const fields[] = {"v", NULL};
  static const char *const texts[] = {"9", "10", "-5", "1e+30", "2.5", "x"};
  struct run run;
  place_text("x", "{\"v\":\"x\"}\n{\"v\":-5}\n{\"v\":10}\n{\"v\":2.5}\n{\"v\":9}\n{\"v\":1e30}\n");
  run_init(&run, fields);
  const struct ps_profile_field *found = run_end(&run)->clients[0].fields;
  assert_int_equal(found->n, 6);
  for (size_t i = 0; i < 6; i++) assert_string_equal(found->values[i].text, texts[i]);
  run_release(&run);
}

/* No value is among the top of a population that has it not at all. */
static void a_population_without_a_value_has_it_not_at_the_top(void **state) {
  (void)state;
  static const char *const fields[] = {"v", NULL};
  struct run run;
  place_text("x", "{\"id\":\"1\",\"v\":\"b\"}\n{\"id\":\"1\",\"v\":\"b\"}\n"
                  "{\"id\":\"2\",\"v\":\"b\"}\n{\"id\":\"2\",\"v\":\"b\"}\n"
                  "{\"id\":\"3\",\"v\":\"a\"}\n{\"id\":\"3\",\"v\":\"a\"}\n");
  run_init(&run, fields);
  run.options.top = 1;
  const struct ps_profile_field *found = run_end(&run)->clients[0].fields;
  assert_int_equal(found->n, 1);
  assert_string_equal(found->values[0].text, "b");
  run_release(&run);
}

/* More values than a payload has room for: those beyond it are counted. */
static void values_beyond_the_room_of_a_ping_are_counted(void **state) {
  (void)state;
  static const char names[] = "abcdefghijklmnopqrstuvwx";
  const char *fields[sizeof names] = {NULL};
  char paths[sizeof names][4];
  struct run run;
  struct text text = {0};
  for (size_t f = 0; names[f]; f++) {
    (void)snprintf(paths[f], sizeof paths[f], "%c/*", names[f]);
    fields[f] = paths[f];
    text_print(&text, "%s\"%c\":[0", f ? "," : "{\"id\":\"1\",", names[f]);
    for (unsigned i = 1; i < 1024; i++) text_print(&text, ",%u", i);
    text_print(&text, "]");
  }
  text_print(&text, "}\n");
  archive_write("x", &text);
  text_release(&text);
  run_init(&run, fields);
  const struct ps_profile_field *found = run_end(&run)->clients[0].fields;
  for (size_t f = 0; names[f]; f++)
    for (unsigned p = 0; p < PS_POPULATIONS; p++)
      assert_int_equal(found[f].distinct[p] + found[f].other[p], 1024);
  assert_int_equal(found[0].other[PS_ALL_COPIES], 0);
  assert_true(found[23].other[PS_ALL_COPIES] > 0);
  run_release(&run);
}

/* The most first copies whose numbers are near one another; texts are none. */
static void near_numbers_are_a_cluster(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool number;
    uint64_t first;
  } given[] = {{"1000", true, 2}, {"1051", true, 4}, {"x", false, 100}, {"1050", true, 3}};
  static const struct {
    double near;
    uint64_t most;
  } rows[] = {{0, 4}, {0.5, 4}, {1, 7}, {49, 7}, {50, 7}, {51, 9}, {1e9, 9}};
  struct values *values;
  assert_ok(values_create(1, 1, 10, 10, &values, err));
  for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
    uint32_t code;
    assert_ok(values_code(values, 0, 0, (const uint8_t *)given[i].text, strlen(given[i].text),
                          given[i].number, &code, err));
    values_count(values, 0, 0, code, PS_FIRST_COPIES, given[i].first);
    values_count(values, 0, 0, code, PS_ALL_COPIES, 50);
  }
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    uint64_t most;
    assert_ok(result_cluster(values_table(values, 0, 0), rows[i].near, &most, err));
    assert_int_equal(most, rows[i].most);
  }
  values_free(values);
}

/* ---- days ---- */

static void days_of_evidence_are_counted(void **state) {
  (void)state;
#define DAY(day) "{\"meta\":{\"submissionDate\":\"201701" day "\",\"clientId\":\"me\"}}\n"
  struct run run;
  place_text("x", DAY("05") DAY("05") DAY("04") DAY("04") DAY("06") DAY("xx") DAY("xx") DAY("xx"));
  run_init(&run, NULL);
  run_of(&run, "me");
  const struct ps_profile_client *found = run_end(&run)->clients;
  assert_int_equal(found->evidence.days, 3); /* pings without a day have none */
  assert_int_equal(found->evidence.busiest_pings, 2);
  assert_int_equal(found->evidence.busiest_day, TEST_DAY + 3); /* the first of two */
  assert_int_equal(found->ndays, 4);
  assert_false(found->days[3].has_day);
  assert_int_equal(found->days[3].day, 0);
  run_release(&run);
}

/* The first day of all may come late in an input. */
static void the_first_day_may_come_late(void **state) {
  (void)state;
  static const char *const both[] = {"1", "2", NULL};
  struct run run;
  place_text("1", DAY("05") DAY("03"));
  place_text("2", DAY("04"));
  run_init(&run, NULL);
  run.options.inputs.inputs = both;
  run.options.inputs.ninputs = 2;
  const struct ps_profile *profile = run_end(&run);
  assert_int_equal(profile->first_day, TEST_DAY + 2);
  assert_int_equal(profile->last_day, TEST_DAY + 4);
  run_release(&run);
}

/* ---- looks ---- */

/* Ninety-five pings of five documents and many without an id are too few; a hundred are not, but
 * for a profile of everybody. */
static void copies_need_a_hundred_pings(void **state) {
  (void)state;
  for (unsigned turn = 0; turn < 3; turn++) {
    struct run run;
    struct text text = {0};
    for (unsigned i = 0; i < (turn ? 100 : 95); i++)
      text_print(&text, "{\"clientId\":\"me\",\"id\":\"%u\"}\n", i % 5);
    for (unsigned i = 0; i < 50; i++) text_print(&text, "{\"clientId\":\"me\"}\n");
    archive_write("x", &text);
    text_release(&text);
    run_init(&run, NULL);
    if (turn < 2) run_of(&run, "me");
    assert_int_equal(run_end(&run)->clients[0].looks[PS_LOOK_COPIES], turn == 1);
    run_release(&run);
  }
}

/* ---- selection ---- */

/* Conditions look where the options say that the fields are, also while others' pings are passed
 * over. */
static void conditions_look_at_own_paths(void **state) {
  (void)state;
  static const char *const kind[] = {"kind", NULL}, *const key[] = {"key", NULL};
  static const char *const by_type[] = {"docType=main", NULL}, *const by_id[] = {"documentId=1",
                                                                                 NULL};
  place_text("x", "{\"clientId\":\"it\",\"kind\":\"main\",\"key\":\"1\"}\n"
                  "{\"clientId\":\"it\",\"kind\":\"main\",\"key\":\"1\"}\n"
                  "{\"clientId\":\"it\",\"type\":\"main\",\"id\":\"1\"}\n"
                  "{\"clientId\":\"me\",\"kind\":\"main\",\"key\":\"1\"}\n");
  for (int id = 0; id < 2; id++) {
    struct run run;
    run_init(&run, NULL);
    run_of(&run, "me");
    run.options.read.paths[PS_FIELD_TYPE] = kind;
    run.options.read.paths[PS_FIELD_ID] = key;
    run.options.read.selection.where = id ? by_id : by_type;
    const struct ps_profile *profile = run_end(&run);
    assert_int_equal(profile->pings, 3);
    assert_int_equal(profile->not_selected, 1);
    assert_int_equal(profile->clients[0].pings[PS_ALL_COPIES], 1);
    assert_int_equal(profile->clients[0].fleet_pings, 2);
    run_release(&run);
  }
}

/* ---- places ---- */

static void lines_far_behind_have_their_numbers(void **state) {
  (void)state;
  struct run run;
  struct text text = {0};
  for (unsigned i = 0; i < 70000; i++)
    text_print(&text, "{\"id\":\"%u\",\"filler\":\"some\"}\n", i);
  const size_t offset = text.len;
  text_print(&text, "{]\n");
  archive_write("x", &text);
  text_release(&text);
  run_init(&run, NULL);
  const struct ps_profile *profile = run_end(&run);
  assert_int_equal(profile->nexamples, 1);
  assert_int_equal(profile->examples[0].line, 70001);
  assert_int_equal(profile->examples[0].offset, offset + 1);
  run_release(&run);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(measures_are_summed),
      TEST(values_beyond_a_maximum_are_counted_apart),
      TEST(values_are_in_order),
      TEST(a_population_without_a_value_has_it_not_at_the_top),
      TEST(values_beyond_the_room_of_a_ping_are_counted),
      TEST(near_numbers_are_a_cluster),
      TEST(the_first_day_may_come_late),
      TEST(days_of_evidence_are_counted),
      TEST(copies_need_a_hundred_pings),
      TEST(conditions_look_at_own_paths),
      TEST(lines_far_behind_have_their_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
