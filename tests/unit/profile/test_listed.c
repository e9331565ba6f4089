/* The values that a profile lists, and their order, for a few lines made by hand. */
#include "pings.h"

#include <stdlib.h>
#include <string.h>

/* The fleet's profile of one input; fields NULL: the usual ones. */
static const struct ps_profile *run(const char *const *inputs, const char *const *fields,
                                    struct ps_profiler **profiler) {
  const struct ps_profile_options options = {.size = sizeof(struct ps_profile_options),
                                             .inputs = {.inputs = inputs, .ninputs = 1},
                                             .fields = fields,
                                             .top = 10,
                                             .temp_dir = ".",
                                             .read.threads = 1};
  assert_ok(ps_profile_open(&options, -1, profiler, err));
  assert_ok(ps_profile_run(*profiler, err));
  return ps_profile_result(*profiler);
}

/* Values that came equally often: whole numbers by size, then texts; and when a field is one of
 * numbers: more than half of the pings have one. */
static void values_are_in_order(void **state) {
  (void)state;
  static const char *const inputs[] = {"in/values", NULL};
  static const char *const value[] = {"v", NULL};
  static const char *const given[] = {"\"b\"", "10", "\"a\"", "9", "100", "8"};
  static const char *const order[] = {"8", "9", "10", "100", "a", "b"};
  for (size_t n = 4; n <= 6; n++) { /* 2 numbers of 4 pings, 3 of 5, 4 of 6 */
    struct text text = {0};
    struct ps_profiler *profiler;
    for (size_t i = 0; i < n; i++)
      text_print(&text, "{\"id\":\"d%zu\",\"submissionDate\":\"20170101\",\"v\":%s}\n", i,
                 given[i]);
    archive_write(inputs[0], &text);
    text_release(&text);
    const struct ps_profile *profile = run(inputs, value, &profiler);
    const struct ps_profile_field *field = &profile->clients[0].fields[0];
    assert_int_equal(field->n, n);
    assert_int_equal(field->numeric, n > 4);
    for (size_t i = 0, k = 0; i < 6; i++) {
      if ((n < 6 && !strcmp(order[i], "8")) || (n < 5 && !strcmp(order[i], "100"))) continue;
      assert_string_equal(field->values[k++].text, order[i]);
    }
    ps_profile_close(profiler);
  }
}

/* Ids are cut between two characters, and what reads the same then stays two documents. */
static void long_ids_are_cut_between_characters(void **state) {
  (void)state;
  static const char *const inputs[] = {"in/ids", NULL};
  struct text text = {0};
  struct ps_profiler *profiler;
  for (unsigned i = 0; i < 6; i++) { /* x, then two bytes a character, then what differs */
    text_print(&text, "{\"submissionDate\":\"20170101\",\"id\":\"x");
    for (unsigned k = 0; k < 150; k++) text_print(&text, "\u00e9");
    text_print(&text, "%u\"}\n", i % 2);
  }
  archive_write(inputs[0], &text);
  text_release(&text);
  const struct ps_profile *profile = run(inputs, NULL, &profiler);
  assert_int_equal(profile->clients[0].ndocuments, 2);
  for (size_t i = 0; i < 2; i++) {
    const struct ps_profile_document *document = &profile->clients[0].documents[i];
    assert_int_equal(document->count, 3);
    assert_int_equal(strlen(document->id), 255); /* of 256 */
    assert_memory_equal(document->id + 253, "\xc3\xa9", 2);
  }
  ps_profile_close(profiler);
}

/* More values of the others than are told apart: what is not known of a value may be that it came
 * once, which its lift bears in mind. */
static void a_lift_bears_its_error_in_mind(void **state) {
  (void)state;
  enum { PINGS = 800, VALUES = 1024 }; /* three quarters of FLEET_SLOTS are 786,432 */
  static const char *const inputs[] = {"in/many", NULL}, *const fields[] = {"v/*/n", NULL};
  struct text text = {0};
  text_print(&text, "{\"clientId\":\"me\",\"v\":{\"k\":{\"n\":\"mine\"}}}\n");
  for (unsigned i = 0; i < PINGS; i++) {
    text_print(&text, "{\"clientId\":\"a\",\"v\":{");
    for (unsigned k = 0; k < VALUES; k++)
      text_print(&text, "%s\"%u\":{\"n\":\"%u\"}", k ? "," : "", k, i * VALUES + k);
    text_print(&text, "}}\n");
  }
  archive_write(inputs[0], &text);
  text_release(&text);
  struct ps_profile_who who = {.name = NULL};
  ps_client_of("me", 2, &who.client);
  const struct ps_profile_options options = {.size = sizeof(struct ps_profile_options),
                                             .inputs = {.inputs = inputs, .ninputs = 1},
                                             .fields = fields,
                                             .clients = &who,
                                             .nclients = 1,
                                             .top = 10,
                                             .temp_dir = ".",
                                             .read.threads = 1};
  struct ps_profiler *profiler;
  assert_ok(ps_profile_open(&options, -1, &profiler, err));
  assert_ok(ps_profile_run(profiler, err));
  const struct ps_profile_client *client = &ps_profile_result(profiler)->clients[0];
  assert_int_equal(client->fleet_pings, PINGS);
  const struct ps_profile_value *value = &client->fields[0].values[0];
  assert_string_equal(value->text, "mine");
  assert_int_equal(value->fleet.count, 0);
  assert_int_equal(value->fleet.error, 1);
  assert_true(value->lift[PS_ALL_COPIES] == PINGS);
  ps_profile_close(profiler);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(values_are_in_order, place_setup, place_teardown),
      cmocka_unit_test_setup_teardown(a_lift_bears_its_error_in_mind, place_setup, place_teardown),
      cmocka_unit_test_setup_teardown(long_ids_are_cut_between_characters, place_setup,
                                      place_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
