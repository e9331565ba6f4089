/* Selections through the whole pipeline: what is left out leaves no trace but in the figures, and
 * what is projected is only what goes to the output. */
#include "../scale.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_output(const struct outcome *o, const char *expected) {
  if (o->status) fail_msg("status %d: %s", o->status, o->error.text);
  assert_string_equal(o->out.data ? (const char *)o->out.data : "", expected);
}

static void expect(struct ps_sieve_options o, const char *input, const char *output) {
  struct outcome r = run_sieve(o, input, strlen(input));
  assert_output(&r, output);
  outcome_release(&r);
}

static void assert_file(const char *path, const char *expected) {
  struct buffer b = BUFFER_INIT;
  read_file(path, &b);
  assert_string_equal(b.data ? (const char *)b.data : "", expected);
  buffer_release(&b);
}

static int add_pings(void *context, const struct ps_account_day *day, struct ps_error *err) {
  (void)err;
  *(uint64_t *)context += ps_day_figures_pings(&day->total);
  return PS_OK;
}

static uint64_t pings_accounted(const char *store) {
  const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  struct ps_seen *seen;
  uint64_t pings = 0;
  assert_int_equal(ps_seen_open(store, &options, &seen, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(seen, 0, UINT16_MAX, 0, NULL, add_pings, &pings, NULL), PS_OK);
  ps_seen_close(seen);
  return pings;
}

#define MAIN_A  "{\"id\":\"a\",\"type\":\"main\"}\n"
#define CRASH_B "{\"id\":\"b\",\"type\":\"crash\"}\n"
#define CRASH_A "{\"id\":\"a\",\"type\":\"crash\"}\n"
#define CRASH   "{\"type\":\"crash\"}\n"
#define MAIN    "{\"type\":\"main\"}\n"

static const char *const main_only[] = {"type=main", NULL};

static void pings_left_out_leave_no_trace(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  o.read.selection.where = main_only;
  o.labels = true;
  const char *input = CRASH_B MAIN_A CRASH_A CRASH MAIN "\n" MAIN_A "{\n";
  struct outcome r = run_sieve(o, input, strlen(input));
  assert_output(&r, MAIN_A MAIN "\n");
  assert_int_equal(r.figures.count[PS_NOT_SELECTED], 3);
  assert_int_equal(r.figures.bytes[PS_NOT_SELECTED], strlen(CRASH_B CRASH_A CRASH));
  assert_int_equal(r.figures.count[PS_UNIQUE], 1);
  assert_int_equal(r.figures.count[PS_DUPLICATE], 1);
  assert_int_equal(r.figures.count[PS_NO_ID], 1);
  assert_int_equal(r.figures.count[PS_MALFORMED], 1);
  assert_int_equal(r.figures.bytes_out, r.out.len);
  assert_int_equal(pings_accounted(w->store), 4);
  outcome_release(&r);
  o.read.selection.where = NULL;
  expect(o, CRASH_B CRASH_A, CRASH_B); /* was not marked */
}

static void pings_left_out_move_no_watermark(void **state) {
  struct ps_sieve_options o = world_options(*state);
  static const char *const where[] = {"keep=1", NULL}, *const date[] = {"day", NULL};
  o.read.selection.where = where;
  o.read.paths[PS_FIELD_DATE] = date;
  expect(o,
         "{\"id\":\"a\",\"day\":20170101,\"keep\":1}\n{\"id\":\"b\",\"day\":20170601}\n"
         "{\"id\":\"a\",\"day\":20170101,\"keep\":1}\n",
         "{\"id\":\"a\",\"day\":20170101,\"keep\":1}\n");
}

static void a_wrong_selection_makes_no_store(void **state) {
  static const char *const wrong[] = {"nothing", NULL}, *const star[] = {"a/*", NULL};
  struct world *w = *state;
  for (unsigned i = 0; i < 3; i++) {
    struct ps_sieve_options o = world_options(w);
    if (i == 0) o.read.selection.where = wrong;
    if (i == 1) o.read.selection.select = star;
    if (i == 2) o.read.selection.sample_ids = "0-100";
    struct outcome r = run_sieve(o, MAIN_A, strlen(MAIN_A));
    assert_int_equal(r.status, PS_E_ARGUMENT);
    assert_int_equal(access(w->store, F_OK), -1);
    outcome_release(&r);
  }
}

/* With a field of its own path, and with nothing else that asks for clients. */
static void one_per_client_heeds_conditions(void **state) {
  static const char *const client[] = {"who", NULL};
  struct ps_sieve_options o = world_options(*state);
  o.read.selection.where = main_only;
  o.read.selection.one_per_client = true;
  o.no_accounts = true;
  o.read.paths[PS_FIELD_CLIENT] = client;
  expect(o,
         "{\"id\":\"a\",\"type\":\"crash\",\"who\":\"1\"}\n{\"id\":\"b\",\"type\":\"main\",\"who\":"
         "\"1\"}\n{\"id\":\"c\",\"type\":\"main\",\"who\":\"1\"}\n",
         "{\"id\":\"b\",\"type\":\"main\",\"who\":\"1\"}\n");
}

static const char *const id_and_x[] = {"x", "id", NULL};

static void only_the_output_is_projected(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  char duplicates[128];
  (void)snprintf(duplicates, sizeof duplicates, "%s/duplicates", w->dir);
  o.duplicates_path = duplicates;
  o.read.selection.select = id_and_x;
  o.read.selection.where = (const char *const[]){"x!=9", NULL};
  o.labels = true;
  const char *input = "{\"id\":\"a\",\"x\":{\"y\":[1]},\"z\":1}\r\n"
                      "\n"
                      "{\"no\":\"id\"}\n"
                      "{\"id\":\"a\",\"x\":2}\n"
                      "{\"id\":\"b\"\n"
                      "{\"id\":\"c\",\"x\":9}\n"
                      "{\"id\":\"d\"}";
  struct outcome r = run_sieve(o, input, strlen(input));
  assert_output(&r, "{\"x\":{\"y\":[1]},\"id\":\"a\"}\n{\"x\":null,\"id\":null}\n"
                    "{\"x\":null,\"id\":\"d\"}\n");
  assert_file(duplicates, "{\"id\":\"a\",\"x\":2}\n");
  assert_file(w->invalid, "{\"id\":\"b\"\n");
  assert_int_equal(r.figures.bytes_in, strlen(input));
  assert_int_equal(r.figures.bytes_out, r.out.len);
  assert_int_equal(r.figures.count[PS_BLANK], 1);
  uint64_t labelled = 0;
  for (size_t i = 0; i < r.figures.nlabels; i++) labelled += r.figures.labels[i].bytes_out;
  assert_int_equal(labelled, r.out.len);
  outcome_release(&r);
}

static void withheld_pings_stay_whole(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct ps_rules rules;
  char kept[128];
  (void)snprintf(kept, sizeof kept, "%s/kept", w->dir);
  ps_rules_default(&rules);
  rules.ping_flood = 2;
  o.rules = &rules;
  o.flagged = PS_FLAGGED_FILE;
  o.flagged_path = kept;
  o.read.selection.select = id_and_x;
  struct buffer input = BUFFER_INIT;
  for (unsigned i = 0; i < 6; i++)
    assert_int_equal(
        buffer_printf(&input, NULL,
                      "{\"id\":\"%u\",\"clientId\":\"0a1b2c3d-0000-4000-8000-000000000001\"}\n", i),
        PS_OK);
  struct outcome r = run_sieve(o, input.data, input.len);
  struct buffer file = BUFFER_INIT;
  read_file(kept, &file);
  assert_int_equal(r.status, PS_OK);
  assert_true(r.figures.withheld > 0 && r.figures.withheld < 6);
  assert_int_equal(file.len, r.figures.withheld_bytes);
  assert_memory_equal(file.data, input.data + input.len - file.len, file.len);
  assert_int_equal(r.out.len, r.figures.bytes_out);
  outcome_release(&r);
  buffer_release(&file);
  buffer_release(&input);
}

/* More lines than a slot has records for, of which many become longer than they were. */
static void many_short_lines_are_projected(void **state) {
  struct world *w = *state;
  struct buffer input = BUFFER_INIT, expected = BUFFER_INIT;
  const unsigned lines = 32000 + (unsigned)scale_count(28000); /* more than a chunk */
  for (unsigned i = 0; i < lines; i++) {
    assert_int_equal(buffer_printf(&input, NULL, "{\"id\":\"%u\"}\n\n[]\n", i), PS_OK);
    assert_int_equal(
        buffer_printf(&expected, NULL, "{\"x\":null,\"id\":\"%u\"}\n{\"x\":null,\"id\":null}\n", i),
        PS_OK);
  }
  for (unsigned threads = 1; threads <= 3; threads += 2) {
    char store[128];
    struct ps_sieve_options o = world_options(w);
    (void)snprintf(store, sizeof store, "%s-%u", w->store, threads);
    o.store = store;
    o.read.threads = threads;
    o.read.selection.select = id_and_x;
    struct outcome r = run_sieve(o, input.data, input.len);
    assert_int_equal(r.status, PS_OK);
    assert_int_equal(r.out.len, expected.len);
    assert_memory_equal(r.out.data, expected.data, expected.len);
    outcome_release(&r);
  }
  buffer_release(&input);
  buffer_release(&expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(pings_left_out_leave_no_trace, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(pings_left_out_move_no_watermark, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(a_wrong_selection_makes_no_store, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(one_per_client_heeds_conditions, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(only_the_output_is_projected, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(withheld_pings_stay_whole, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(many_short_lines_are_projected, world_setup, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
