/* Shares, lifts and numbers for people at the edges of their forms, and each sentence on what a
 * client looks like, word by word, of evidence made by hand. */
#include "base/buffer.h"
#include "base/day.h"
#include "report/profile_render.h"
#include "report/profile_words.h"
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static void shares_round_to_what_they_are(void **state) {
  (void)state;
  static const struct {
    uint64_t part, of;
    const char *text;
  } rows[] = {{0, 0, "-"},
              {5, 0, "-"},
              {0, 5, "0 %"},
              {5, 5, "100 %"},
              {1, 3, "33.33 %"},
              {1, 20001, "<0.01 %"},
              {1, 20000, "0.01 %"}, /* 0.005, rounded up */
              {99994, 100000, "99.99 %"},
              {99996, 100000, ">99.99 %"},
              {UINT64_MAX - 1, UINT64_MAX, ">99.99 %"},
              {3, 2, "150.00 %"}};
  char text[PROFILE_WORD];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_string_equal(profile_share(rows[i].part, rows[i].of, text), rows[i].text);
}

static void numbers_have_few_digits(void **state) {
  (void)state;
  static const struct {
    double number;
    const char *text;
  } rows[] = {{0, "0"},
              {-0.0, "0"},
              {-1, "-1"},
              {0.125, "0.125"},
              {-0.4, "-0.4"},
              {999.4, "999.4"},
              {999.5, "1,000"},
              {-999.5, "-1,000"},
              {508085, "508,085"},
              {999999999999999, "999,999,999,999,999"},
              {1e15, "1e+15"},
              {-2.4e21, "-2.4e+21"}};
  char text[PROFILE_WORD];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_string_equal(profile_number(rows[i].number, text), rows[i].text);
}

static void lifts_are_exact_or_bounds(void **state) {
  (void)state;
  static const struct {
    double lift;
    const char *exact, *bound;
  } rows[] = {{0, "", ""},
              {INFINITY, "only here", "only here"},
              {0.004, "<0.01 x", "<0.01 x"},
              {0.005, "0.01 x", ">=0.01 x"},
              {0.094, "0.09 x", ">=0.09 x"},
              {0.095, "0.1 x", ">=0.1 x"},
              {9.94, "9.9 x", ">=9.9 x"},
              {9.95, "10 x", ">=10 x"},
              {1234.5, "1,235 x", ">=1,235 x"},
              {1e15, "1000000000000000.0 x", ">=1000000000000000.0 x"}};
  char text[PROFILE_WORD];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct ps_profile_value value = {
        .fleet = {.count = 1000, .error = 5}}; /* half a percent: none */
    value.lift[PS_FIRST_COPIES] = rows[i].lift;
    assert_string_equal(profile_lift(&value, PS_FIRST_COPIES, true, text), rows[i].exact);
    value.fleet.error = 6;
    assert_string_equal(profile_lift(&value, PS_FIRST_COPIES, true, text), rows[i].bound);
  }
}

static void the_share_of_others_is_a_bound(void **state) {
  (void)state;
  static const struct {
    uint64_t count, error, pings;
    const char *text;
  } rows[] = {{5, 0, 0, ""},
              {0, 0, 1000, "none"},
              {5, 0, 1000, "0.50 %"},
              {5, 1, 1000, "<=0.60 %"},
              {0, 1, 1000000, "<0.01 %"}, /* says so already */
              {2, UINT64_MAX - 1, UINT64_MAX, "<=100 %"}};
  char text[PROFILE_WORD];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct ps_profile_client client = {.fleet_pings = rows[i].pings};
    struct ps_profile_value value = {.fleet = {.count = rows[i].count, .error = rows[i].error}};
    assert_string_equal(profile_others(&client, &value, true, text), rows[i].text);
  }
}

/* ---- sentences ---- */

static void expect_words(struct ps_profile_client client, int look, const char *expected) {
  struct buffer out = BUFFER_INIT;
  struct ps_error err;
  const int r = look < 0 ? profile_unclear_words(&client, &out, &err)
                         : profile_look_words(&client, (enum ps_look)look, &out, &err);
  assert_int_equal(r, PS_OK);
  if (out.len != strlen(expected) || memcmp(out.data, expected, out.len) != 0)
    fail_msg("\"%.*s\" is not \"%s\"", (int)out.len, (const char *)out.data, expected);
  buffer_release(&out);
}

static void copies_of_a_few_documents_have_their_sentence(void **state) {
  (void)state;
  static const struct {
    uint64_t count[4];
    size_t n;
    const char *end;
  } rows[] = {{{990, 5, 3, 2}, 4, "990 times; 1 document is 99.00 % of the pings."},
              {{989, 5, 4, 2}, 4, "989 times; 2 documents are 99.40 % of the pings."},
              {{900, 50, 40, 10}, 4, "900 times."}, /* three of four say nothing */
              {{500}, 1, "500 times."}};            /* the others are not listed */
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct ps_profile_document documents[4] = {{.id = "d"}};
    char expected[200];
    for (size_t k = 0; k < rows[i].n; k++) documents[k].count = rows[i].count[k];
    (void)snprintf(expected, sizeof expected,
                   "Copies of a few documents: 1,000 pings are copies of 4 documents, 250 each on "
                   "average; the most repeated came %s",
                   rows[i].end);
    expect_words(
        (struct ps_profile_client){
            .without_id = 7,
            .ndocuments = rows[i].n,
            .documents = documents,
            .evidence = {.pings = 1007, .documents = 4, .most_copies = rows[i].count[0]}},
        PS_LOOK_COPIES, expected);
  }
  struct ps_profile_client client = {.evidence = {.pings = 7, .documents = 3, .most_copies = 1}};
  expect_words(client, PS_LOOK_COPIES,
               "Copies of a few documents: 7 pings are copies of 3 documents, 2.3 each on average; "
               "the most repeated came 1 time.");
  client.evidence.pings = 30;
  expect_words(client, PS_LOOK_COPIES,
               "Copies of a few documents: 30 pings are copies of 3 documents, 10 each on average; "
               "the most repeated came 1 time.");
}

static void a_shared_profile_has_its_sentence(void **state) {
  (void)state;
  struct ps_profile_client client = {.without_id = 10,
                                     .evidence = {.pings = 110,
                                                  .documents = 80,
                                                  .once = 1,
                                                  .cities = 40,
                                                  .speeds = 12,
                                                  .lengths = 1,
                                                  .sessions = 1}};
  expect_words(client, PS_LOOK_SHARED,
               "A profile shared by many machines: its 80 first copies come with 40 cities, 12 CPU "
               "speeds, 1 session length and 1 session. 1 document was seen exactly once; 18.18 % "
               "of its pings are further copies.");
  client.evidence = (struct ps_profile_evidence){.pings = 10, .documents = 1, .speeds = 1};
  client.without_id = 10;
  expect_words(client, PS_LOOK_SHARED,
               "A profile shared by many machines: its 1 first copy comes with 1 CPU speed. 0 "
               "documents were seen exactly once; 0 % of its pings are further copies.");
}

static void a_chatty_client_has_its_sentence(void **state) {
  (void)state;
  struct ps_profile_client client = {
      .evidence = {.pings = 1, .documents = 1, .days = 1, .busiest_pings = 1}};
  expect_words(client, PS_LOOK_CHATTY, "One chatty client: 1 document in 1 ping on 1 day.");
  client.evidence = (struct ps_profile_evidence){.pings = 120,
                                                 .documents = 110,
                                                 .days = 2,
                                                 .busiest_pings = 90,
                                                 .busiest_day = 17226, /* since 1970-01-01 */
                                                 .cities = 1};
  static const char begin[] =
      "One chatty client: 110 documents in 120 pings on 2 days, the most on "
      "2017-03-01, 90 pings; with ";
  char expected[200];
  uint64_t *counts[] = {&client.evidence.cities, &client.evidence.speeds, &client.evidence.lengths,
                        &client.evidence.sessions};
  static const char *const names[] = {"1 city.", "1 CPU speed.", "1 session length.", "1 session."};
  for (size_t i = 0; i < 4; i++) {
    client.evidence.cities = 0;
    *counts[i] = 1;
    (void)snprintf(expected, sizeof expected, "%s%s", begin, names[i]);
    expect_words(client, PS_LOOK_CHATTY, expected);
    *counts[i] = 0;
  }
}

static void no_clear_look_has_its_sentence(void **state) {
  (void)state;
  struct ps_profile_client client = {.evidence = {.pings = 0}};
  expect_words(client, -1, "It has no pings here.");
  client.evidence.pings = client.without_id = 3;
  expect_words(client, -1,
               "It is not clear what it is. Against copies of a few documents: no ping has a "
               "documentId. Against a profile shared by many machines: no city, CPU speed or "
               "session is known. Against one chatty client: 0 documents a day at most.");
  client.without_id = 0;
  client.evidence =
      (struct ps_profile_evidence){.pings = 1, .documents = 1, .busiest_documents = 1};
  expect_words(client, -1,
               "It is not clear what it is. Against copies of a few documents: 1 ping is of one "
               "document. Against a profile shared by many machines: no city, CPU speed or session "
               "is known. Against one chatty client: 1 document a day at most.");
  client.evidence = (struct ps_profile_evidence){
      .pings = 50, .documents = 25, .most_copies = 9, .busiest_documents = 25, .days = 1};
  static const char begin[] =
      "It is not clear what it is. For copies of a few documents: 50 pings are copies of 25 "
      "documents, 2 each on average; the most repeated came 9 times. For a profile shared by many "
      "machines: ";
  /* One sign is enough: beyond what one machine has. */
  static const struct {
    struct ps_profile_evidence more;
    const char *words;
  } signs[] = {{{.cities = 4}, "4 cities"},
               {{.speeds = 4}, "4 CPU speeds"},
               {{.sessions = 100}, "100 sessions"}};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
    char expected[400];
    client.evidence.cities = signs[i].more.cities;
    client.evidence.speeds = signs[i].more.speeds;
    client.evidence.sessions = signs[i].more.sessions;
    (void)snprintf(expected, sizeof expected,
                   "%s%s. For one chatty client: 25 documents a day at most.", begin,
                   signs[i].words);
    expect_words(client, -1, expected);
  }
  client.evidence.sessions = 0;
  client.evidence.pings = client.evidence.documents = client.evidence.busiest_documents = 14401;
  expect_words(client, -1,
               "It is not clear what it is. Against copies of a few documents: 14,401 pings are of "
               "as many documents. For a profile shared by many machines: no city, CPU speed or "
               "session is known. For one chatty client: 14,401 documents a day at most.");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_round_to_what_they_are),
      cmocka_unit_test(numbers_have_few_digits),
      cmocka_unit_test(lifts_are_exact_or_bounds),
      cmocka_unit_test(the_share_of_others_is_a_bound),
      cmocka_unit_test(copies_of_a_few_documents_have_their_sentence),
      cmocka_unit_test(a_shared_profile_has_its_sentence),
      cmocka_unit_test(a_chatty_client_has_its_sentence),
      cmocka_unit_test(no_clear_look_has_its_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
