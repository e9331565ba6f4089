/* A profile's words, text and CSV; its JSON is checked against the schema by check_profile.py. */
#include "profile_sample.h"
#include "report/profile_render.h"
#include "report/profile_words.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "text_checks.h"

static void render(enum profile_sample which, const struct profile_render_options *options,
                   struct buffer *out) {
  struct ps_profile *profile = profile_sample_create(which);
  struct ps_error err = {0};
  assert_non_null(profile);
  if (profile_render_text(profile, options, out, &err) != PS_OK) fail_msg("%s", err.text);
  profile_sample_free(profile);
}

/* ---- text ---- */

static void every_line_fits(void **state) {
  (void)state;
  static const unsigned widths[] = {40, 41, 60, 80, 99, 120, 200, 400};
  for (enum profile_sample which = 0; which < PROFILE_SAMPLES; which++)
    for (size_t i = 0; i < 2 * sizeof widths / sizeof widths[0]; i++) {
      struct buffer out = BUFFER_INIT;
      struct profile_render_options options = {.show_ids = i % 2,
                                               .text = {.width = widths[i / 2], .ascii = i % 2}};
      render(which, &options, &out);
      check_lines(&out, widths[i / 2], i % 2);
      buffer_release(&out);
    }
}

static void says_what_it_is(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  struct profile_render_options options = {.text = {.width = 80}};
  render(PROFILE_SAMPLE_COPIES, &options, &out);
  check_has(&out, "Copies of a few documents: 232,287 pings are copies of 10 documents, 23,229\n");
  check_has(&out, "  pings                          232,287            10          0\n");
  check_has(&out, "  histograms             118,021,474,114     5,519,636          0\n");
  check_has(&out, "  2017-03-12  232,287         10            10          0  >99.99 %  ");
  check_has(&out, "  00005ccd-0a1b-4c2d-8e3f-000000019919  40,123     1  00:01:01Z  23:59:59Z\n");
  check_has(&out, "  CN Shenzhen  171,200  73.70 %  70.00 %     -    none  only here\n");
  check_has(&out, "  pings that differ             40,123             1          0\n");
  check_has(&out, "  3 malformed lines were left out, the first ones:\n"
                  "    archive/2017-03-12/main-00.ndjson.gz:4711: no object (byte 45,683,211)\n");
  buffer_clear(&out);
  render(PROFILE_SAMPLE_SHARED, &options, &out);
  check_has(&out, "A profile shared by many machines: its 612,909 first copies come with 418\n");
  check_has(&out, "  addons         Random Agent Spoofer  99.99 %  99.98 %  99.97 %     2,145 x\n");
  check_has(&out, "  215  2,756,799  60.31 %  14.72 %  <0.01 %  \u22640.15 %  \u2265396 x\n");
  check_has(&out, "  418 different values (first copies 418, seen once 401)\n");
  check_has_not(&out, "pings that differ");
  buffer_release(&out);
}

static void narrow_pages_keep_the_three_populations(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  struct profile_render_options options = {.text = {.width = 40}};
  render(PROFILE_SAMPLE_SHARED, &options, &out);
  check_has(&out, "  pings: all copies 4,571,188, first\n    copies 612,909, seen once 312,266\n");
  check_has(&out, "\n  2017-01-01  99,374  13,325  6,789\n");
  check_has(&out, "\n  2400  19.95 %  50.61 %  57.65 %\n");
  buffer_release(&out);
}

static void several_clients_have_a_summary(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  struct profile_render_options options = {.text = {.width = 80}, .show_ids = true};
  render(PROFILE_SAMPLE_SEVERAL, &options, &out);
  check_has(&out, "        812  not clear\n");
  check_has(&out, "\nClient c5a2b1d4-6f00-4e3c-9a77-0badc0ffee42\n");
  check_has(&out, "It is not clear what it is. Against copies of a few documents: 812 pings are");
  check_has(&out, "It has no pings here.\n");
  buffer_clear(&out);
  options.show_ids = false;
  render(PROFILE_SAMPLE_SEVERAL, &options, &out);
  check_has(&out, "        812        640        479  not clear\n");
  check_has_not(&out, "build-bot");
  buffer_release(&out);
}

/* Looks do not exclude each other. */
static void a_client_may_look_like_several_things(void **state) {
  (void)state;
  static const char *const cells[] = {
      "  not clear\n",
      "  copies of a few documents\n",
      "  a shared profile\n",
      "  copies of a few documents, a shared profile\n",
      "  one chatty client\n",
      "  copies of a few documents, one chatty client\n",
      "  a shared profile, one chatty client\n",
      "  copies of a few documents, a shared profile, one chatty client\n"};
  static const char *const begins[PS_LOOKS] = {
      "\nCopies of a few documents: ", "\nA profile shared by many machines: ",
      "\nOne chatty client: "};
  struct ps_profile *profile = profile_sample_create(PROFILE_SAMPLE_SEVERAL);
  assert_non_null(profile);
  struct ps_profile_client *clients = calloc(profile->nclients, sizeof *clients);
  assert_non_null(clients);
  memcpy(clients, profile->clients, profile->nclients * sizeof *clients);
  struct ps_profile changed = *profile;
  changed.clients = clients;
  for (size_t i = 0; i < changed.nclients; i++)
    for (unsigned look = 0; look < PS_LOOKS; look++) clients[i].looks[look] = false;
  for (unsigned mask = 0; mask < 1u << PS_LOOKS; mask++) {
    const struct profile_render_options options = {.text = {.width = 160}};
    struct buffer out = BUFFER_INIT;
    struct ps_error err;
    for (unsigned look = 0; look < PS_LOOKS; look++) clients[0].looks[look] = mask >> look & 1;
    assert_int_equal(profile_render_text(&changed, &options, &out, &err), PS_OK);
    check_has(&out, cells[mask]);
    for (unsigned look = 0; look < PS_LOOKS; look++)
      if (mask >> look & 1) check_has(&out, begins[look] + 1);
      else check_has_not(&out, begins[look] + 1);
    buffer_release(&out);
  }
  free(clients);
  profile_sample_free(profile);
}

/* Beyond 40 and 400 columns pages are as at these. */
static void widths_have_bounds(void **state) {
  (void)state;
  static const unsigned widths[][2] = {{1, 40}, {39, 40}, {401, 400}, {100000, 400}};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    struct buffer out[2] = {BUFFER_INIT, BUFFER_INIT};
    for (unsigned k = 0; k < 2; k++)
      render(PROFILE_SAMPLE_SEVERAL,
             &(struct profile_render_options){.text = {.width = widths[i][k]}}, &out[k]);
    assert_int_equal(out[0].len, out[1].len);
    assert_memory_equal(out[0].data, out[1].data, out[0].len);
    for (unsigned k = 0; k < 2; k++) buffer_release(&out[k]);
  }
}

static void the_fleet_has_neither_looks_nor_lifts(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  render(PROFILE_SAMPLE_WHOLE, &(struct profile_render_options){.text = {.width = 80}}, &out);
  check_has(&out, "\nall clients\n");
  check_has(&out, "\nMonths  ");
  check_has(&out, "\n  no day       44            40         38");
  check_has(&out, "65,536 different values (first copies 65,101, seen once 64,002)\n");
  check_has(&out, "800,123 more values that are not told apart (other)");
  check_has(&out, "1,048,576 values were told apart");
  check_has_not(&out, "lift");
  check_has_not(&out, "It is not clear");
  buffer_release(&out);
}

/* ---- words ---- */

static void shares_and_lifts_do_not_round_to_what_they_are_not(void **state) {
  (void)state;
  char text[PROFILE_WORD];
  assert_string_equal(profile_share(0, 7, text), "0 %");
  assert_string_equal(profile_share(7, 7, text), "100 %");
  assert_string_equal(profile_share(1, 4571188, text), "<0.01 %");
  assert_string_equal(profile_share(4571187, 4571188, text), ">99.99 %");
  assert_string_equal(profile_share(3, 0, text), "-");
  struct ps_profile_client client = {.fleet_pings = 10000};
  struct ps_profile_value value = {.fleet = {3, 0}, .lift = {2500.4, INFINITY, 0.0001}};
  assert_string_equal(profile_others(&client, &value, false, text), "0.03 %");
  assert_string_equal(profile_lift(&value, PS_ALL_COPIES, false, text), "2,500 x");
  assert_string_equal(profile_lift(&value, PS_FIRST_COPIES, false, text), "only here");
  assert_string_equal(profile_lift(&value, PS_SEEN_ONCE, false, text), "<0.01 x");
  value.fleet = (struct ps_bounded){0, 1};
  assert_string_equal(profile_others(&client, &value, true, text), "<=0.01 %");
  assert_string_equal(profile_lift(&value, PS_ALL_COPIES, true, text), ">=2,500 x");
  value.fleet = (struct ps_bounded){0, 0};
  assert_string_equal(profile_others(&client, &value, true, text), "none");
  client.fleet_pings = 0;
  assert_string_equal(profile_others(&client, &value, true, text), "");
  assert_string_equal(profile_number(-0.125, text), "-0.125");
  assert_string_equal(profile_number(-1234567, text), "-1,234,567");
  assert_string_equal(profile_number(1e300, text), "1e+300");
  assert_string_equal(profile_number(999.7, text), "1,000");
}

static void what_stands_out_is_sorted(void **state) {
  (void)state;
  struct profile_standout out[PROFILE_STANDOUTS];
  struct ps_profile *profile = profile_sample_create(PROFILE_SAMPLE_SHARED);
  assert_non_null(profile);
  assert_int_equal(profile_standouts(&profile->clients[0], out), PROFILE_STANDOUTS);
  for (size_t i = 1; i < PROFILE_STANDOUTS; i++) assert_true(out[i - 1].score >= out[i].score);
  assert_string_equal(out[0].value->text, "3504");
  assert_int_equal(out[0].population, PS_ALL_COPIES);
  profile_sample_free(profile);
}

static void names_are_shortened_and_clean(void **state) {
  (void)state;
  char name[PROFILE_NAME];
  struct ps_profile_client client = {.client = {.kind = PS_CLIENT_TEXT, .id = "caf\xc3\xa9-0123"}};
  client.name = "caf\xc3\xa9-0123\xff";
  assert_string_equal(profile_client_name(&client, false, name), "caf\u00e9-012\u2026");
  assert_string_equal(profile_client_name(&client, true, name), "caf\u00e9-0123\ufffd");
  client.client.kind = PS_CLIENT_NONE;
  assert_string_equal(profile_client_name(&client, true, name), "all clients");
}

static void there_is_no_such_table(void **state) {
  (void)state;
  struct buffer out = BUFFER_INIT;
  struct ps_profile *profile = profile_sample_create(PROFILE_SAMPLE_EMPTY);
  assert_non_null(profile);
  assert_int_equal(profile_render_csv(profile, &(struct profile_render_options){0},
                                      profile_csv_tables(), &out, NULL),
                   PS_E_ARGUMENT);
  buffer_release(&out);
  profile_sample_free(profile);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_line_fits),
      cmocka_unit_test(says_what_it_is),
      cmocka_unit_test(narrow_pages_keep_the_three_populations),
      cmocka_unit_test(several_clients_have_a_summary),
      cmocka_unit_test(a_client_may_look_like_several_things),
      cmocka_unit_test(widths_have_bounds),
      cmocka_unit_test(the_fleet_has_neither_looks_nor_lifts),
      cmocka_unit_test(shares_and_lifts_do_not_round_to_what_they_are_not),
      cmocka_unit_test(what_stands_out_is_sorted),
      cmocka_unit_test(names_are_shortened_and_clean),
      cmocka_unit_test(there_is_no_such_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
