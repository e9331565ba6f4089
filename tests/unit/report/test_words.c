/* Sentences of reports, in text and on the page, about days, flags and counts made by hand: each
 * true sentence is there with its figures, and no other.
 */
#include "report/render.h"
#include "report/report.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "text_checks.h"

#define FIRST 17226u /* 2017-03-01 */

static void check_sentence(const struct ps_error *err, const char *words) {
  if (!strstr(err->text, words)) fail_msg("no '%s' in '%s'", words, err->text);
}

/* A day of one docType and channel. */
struct made_day {
  uint16_t day;
  uint64_t pings, duplicates, measurements, implausible, withheld, keys;
  uint64_t without_client, canary;
  size_t nflags;
  const struct ps_flag *flags;
  uint64_t more_flags;
};

static void ok(int status, const struct ps_error *err) {
  if (status != PS_OK) fail_msg("%s", err->text);
}

static void add_day(struct report *report, const struct made_day *made) {
  struct ps_day_row row = {.type = "main", .channel = "beta"};
  struct ps_account_day *day = calloc(1, sizeof *day);
  struct ps_error err;
  assert_non_null(day);
  row.figures.count[PS_UNIQUE] = made->pings - made->duplicates;
  row.figures.count[PS_DUPLICATE] = made->duplicates;
  row.figures.measurements[0] = made->measurements;
  row.figures.implausible[0] = made->implausible;
  row.figures.withheld = made->withheld;
  day->day = made->day;
  day->keys = made->keys;
  day->nrows = 1;
  day->rows = &row;
  day->without_client.count[PS_UNIQUE] = made->without_client;
  day->canary.count[PS_DUPLICATE] = made->canary;
  day->measured[0] = true;
  day->nflags = made->nflags;
  day->flags = made->flags;
  day->more_flags = made->more_flags;
  ok(report_add_day(report, day, &err), &err);
  free(day);
}

static void begin(struct report *report, const struct report_options *options, uint16_t first,
                  uint16_t last) {
  struct ps_accounts_info info = {.any = true,
                                  .first = first,
                                  .last = last,
                                  .watermark = last,
                                  .keep_days = 1,
                                  .nmeasures = 1,
                                  .measures = {{"counts", "a/b"}}};
  struct ps_error err;
  report_init(report, options);
  ok(report_begin_source(report, "here", &info, &err), &err);
}

/* A finished report of n days that follow each other, `pings` each with ten measurements a ping but
 * for the ones given. */
static void make(struct report *report, const struct report_options *options, size_t n,
                 const struct made_day *given, size_t ngiven) {
  struct ps_error err;
  begin(report, options, FIRST, (uint16_t)(FIRST + n - 1));
  for (size_t i = 0; i < n; i++) {
    struct made_day day = {.day = (uint16_t)(FIRST + i), .pings = 100, .measurements = 1000};
    for (size_t k = 0; k < ngiven; k++)
      if (given[k].day == day.day) day = given[k];
    add_day(report, &day);
  }
  ok(report_finish(report, &err), &err);
}

struct forms {
  struct buffer text, page;
};

/* Both forms, and nothing of the report is left. The text is wide, so that sentences are whole. */
static void render(struct report *report, struct forms *forms) {
  struct ps_error err;
  *forms = (struct forms){BUFFER_INIT, BUFFER_INIT};
  ok(render_text(report, &(struct render_text_options){.width = 300}, &forms->text, &err), &err);
  ok(render_html(report, &forms->page, &err), &err);
  report_release(report);
}

static void release(struct forms *forms) {
  buffer_release(&forms->text);
  buffer_release(&forms->page);
}

/* ---- days that stand out ---- */

static void days_stand_out_by_ten_or_a_tenth(void **state) {
  (void)state;
  static const struct made_day given[] = {
      {.day = FIRST, .pings = 100, .measurements = 10000},     /* 10 times: out */
      {.day = FIRST + 1, .pings = 100, .measurements = 9990},  /* 9.99 times: not */
      {.day = FIRST + 2, .pings = 100, .measurements = 100},   /* a tenth: out */
      {.day = FIRST + 3, .pings = 100, .measurements = 101},   /* a little more: not */
      {.day = FIRST + 4, .pings = 100, .measurements = 0},     /* nothing: out */
      {.day = FIRST + 5, .pings = 0, .measurements = 0},       /* no pings: not */
      {.day = FIRST + 6, .pings = 100, .measurements = 4000}}; /* 4 times */
  struct report report;
  struct forms forms;
  make(&report, &(struct report_options){.top = 3}, 16, given, 7);
  static const bool out[] = {true, false, true, false, true, false, false};
  for (size_t i = 0; i < 7; i++) assert_int_equal(report.days[i].measure[0].stands_out, out[i]);
  assert_true(report.days[6].measure[0].ratio == 4);
  render(&report, &forms);
  check_has(&forms.text, "2017-03-01: 100 measurements a ping (counts), 10 times the median of "
                         "the other days (10)");
  check_has(&forms.text, "2017-03-03: 1 measurements a ping (counts), 1/10 of the median");
  check_has(&forms.text, "2017-03-05: 0 measurements a ping (counts), nothing of the median");
  check_has(&forms.text, "! ten times the median");
  check_has(&forms.page, "</b>: 100 measurements a ping (counts), 10 times the median of the "
                         "other days (10).</li>");
  check_has(&forms.page, "(counts), 1/10 of the median of the other days (10).</li>");
  check_has(&forms.page, "(counts), nothing of the median of the other days (10).</li>");
  check_has_not(&forms.text, "2017-03-02: ");
  check_has_not(&forms.page, "more: see the tables");
  release(&forms);
}

static void many_days_that_stand_out_are_counted(void **state) {
  (void)state;
  struct made_day given[13];
  struct report report;
  struct forms forms;
  for (unsigned i = 0; i < 13; i++)
    given[i] = (struct made_day){
        .day = (uint16_t)(FIRST + i), .pings = 1, .measurements = i == 12 ? 1000 : 2000};
  for (size_t n = 12; n <= 13; n++) {
    make(&report, &(struct report_options){0}, 30, given, n);
    render(&report, &forms);
    if (n == 12) check_has_not(&forms.text, "and 1 more");
    else check_has(&forms.text, "and 1 more: --format csv has them all");
    check_has(&forms.page, n == 12 ? "<li>And 4 days more: see the tables.</li>"
                                   : "<li>And 5 days more: see the tables.</li>");
    release(&forms);
  }
  make(&report, &(struct report_options){0}, 30, given, 9);
  render(&report, &forms);
  check_has(&forms.page, "<li>And 1 day more: see the tables.</li>");
  release(&forms);
  make(&report, &(struct report_options){0}, 30, given, 8);
  render(&report, &forms);
  check_has_not(&forms.page, "more: see the tables");
  release(&forms);
  make(&report, &(struct report_options){0}, 30, NULL, 0);
  render(&report, &forms);
  check_has(&forms.page, "<li>Nothing: no client was flagged, and no day differs");
  check_has_not(&forms.text, "Days that stand out");
  release(&forms);
}

static void incomplete_days_are_named(void **state) {
  (void)state;
  struct made_day given[10];
  struct report report;
  struct forms forms;
  for (unsigned i = 0; i < 10; i++) /* the last one has just what was counted */
    given[i] = (struct made_day){
        .day = (uint16_t)(FIRST + i), .pings = 100, .measurements = 1000, .keys = 100 + (i < 9)};
  make(&report, &(struct report_options){0}, 12, given, 10);
  assert_true(report.days[8].incomplete && !report.days[9].incomplete);
  render(&report, &forms);
  check_has(&forms.page, "<li>Incomplete: the seen-set holds more documents than were counted on ");
  check_has(&forms.page, " and 1 more day.</li>");
  check_has(&forms.text, "* incomplete: the seen-set holds more documentIds");
  release(&forms);
  make(&report, &(struct report_options){0}, 12, given, 8);
  render(&report, &forms);
  check_has_not(&forms.page, " more day");
  release(&forms);
  make(&report, &(struct report_options){.channel = "beta"}, 12, given, 10);
  assert_false(report.days[0].incomplete); /* a part is not compared with the whole */
  render(&report, &forms);
  check_has_not(&forms.page, "Incomplete:");
  release(&forms);
}

/* ---- filters, and nothing to tell ---- */

static void filters_are_said(void **state) {
  (void)state;
  static const struct {
    const char *type, *channel, *text, *page;
  } rows[] = {
      {"main", NULL, "Only pings of docType main are in", "Only pings of docType <b>main</b>. Cl"},
      {NULL, "beta", "Only pings of channel beta are in", "Only pings of channel <b>beta</b>. Cl"},
      {"<b>", "&", "Only pings of docType <b> and channel & are in",
       "Only pings of docType <b>&lt;b&gt;</b> and channel <b>&amp;</b>. Clients"}};
  for (size_t i = 0; i < 3; i++) {
    struct report report;
    struct forms forms;
    make(&report, &(struct report_options){.type = rows[i].type, .channel = rows[i].channel}, 3,
         NULL, 0);
    assert_int_equal(ps_day_figures_pings(&report.total), i < 2 ? 300 : 0);
    render(&report, &forms);
    check_has(&forms.text, rows[i].text);
    check_has(&forms.page, rows[i].page);
    if (i == 2) check_has(&forms.text, " There were no such pings on these days.");
    else check_has_not(&forms.text, "no such pings");
    release(&forms);
  }
}

static void absence_names_the_days_there_are(void **state) {
  (void)state;
  static const struct {
    bool from, to;
    uint16_t from_day, to_day;
    const char *text, *title;
  } rows[] = {{true, true, 10, 12,
               "No pings were counted from 1970-01-11 to 1970-01-13; the store has "
               "2017-03-01 to 2017-03-31.",
               "1970-01-13"},
              {true, true, 10, 10, "No pings were counted on 1970-01-11; ", "1970-01-11"},
              {true, false, 20000, 0, "No pings were counted since 2024-10-04; ", "2024-10-04"},
              {false, true, 0, 9, "No pings were counted until 1970-01-10; ", "1970-01-10"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct report report;
    struct forms forms;
    struct ps_error err;
    const struct report_options options = {.from_given = rows[i].from,
                                           .to_given = rows[i].to,
                                           .from = rows[i].from_day,
                                           .to = rows[i].to_day};
    begin(&report, &options, FIRST, FIRST + 30);
    add_day(&report, &(struct made_day){.day = FIRST, .pings = 5});
    ok(report_finish(&report, &err), &err);
    assert_int_equal(report.ndays, 0);
    render(&report, &forms);
    check_has(&forms.text, rows[i].text);
    check_has(&forms.page, rows[i].title);
    check_has(&forms.page, "No pings were counted in this range. The store has counted pings of "
                           "2017-03-01 to 2017-03-31.</p>");
    release(&forms);
  }
}

static void stores_without_accounts_say_why(void **state) {
  (void)state;
  struct report report;
  struct forms forms;
  struct ps_error err;
  const struct ps_accounts_info info = {.keep_days = 0};
  for (int unaccounted = 0; unaccounted < 2; unaccounted++) {
    report_init(&report, &(struct report_options){0});
    ok(report_begin_source(&report, "here", &info, &err), &err);
    ok(report_finish(&report, &err), &err);
    report.unaccounted = unaccounted;
    render(&report, &forms);
    check_has(&forms.page, "no days yet");
    check_has_not(&forms.page, "Retention");
    check_has_not(&forms.page, "Watermark");
    check_has(&forms.page, unaccounted ? "The store holds documentIds, but none of them was counted"
                                       : "Nothing has been counted yet.");
    check_has(&forms.text, unaccounted ? "The store holds documentIds, but no pings were counted"
                                       : "No pings were counted yet.");
    release(&forms);
  }
}

/* ---- flags ---- */

static struct ps_flag flag_of(enum ps_rule rule, unsigned client) {
  struct ps_flag flag = {.day = FIRST,
                         .rule = (uint8_t)rule,
                         .client = {.kind = PS_CLIENT_UUID, .id = {1, (uint8_t)client}},
                         .time = 1488326400,
                         .pings = {1234, 5},
                         .duplicates = {1000, 5},
                         .measurements = {77777, 0},
                         .limit = 1000,
                         .evidence = 55,
                         .of = 99};
  flag.client.id[2] = (uint8_t)(client >> 8);
  return flag;
}

static void each_rule_tells_its_evidence(void **state) {
  (void)state;
  struct ps_flag flags[6];
  for (unsigned i = 0; i < 6; i++) flags[i] = flag_of(i < 4 ? (enum ps_rule)i : PS_RULES, i);
  flags[4].rule = PS_MEASUREMENT_SPIKE;
  flags[4].evidence = 0;
  flags[5].rule = PS_SHARED_PROFILE;
  memcpy(flags[3].value, "<88350>", sizeof "<88350>");
  const struct made_day given = {.day = FIRST, .pings = 9, .nflags = 6, .flags = flags};
  struct report report;
  struct forms forms;
  make(&report, &(struct report_options){0}, 1, &given, 1);
  assert_int_equal(report.nflags, 6);
  render(&report, &forms);
  static const struct {
    const char *text, *page;
  } rows[] = {
      {"ping-flood: 1,234 pings; the limit is 1,000",
       "<b class=\"flag\">ping-flood</b> (1,234 pings; the limit is 1,000)"},
      {"duplicate-flood: 1,234 pings, at most 55 of them distinct",
       "<b class=\"flag\">duplicate-flood</b> (1,234 pings, at most 55 of them distinct)"},
      {"measurement-spike: 55 measurements in one ping; the limit is 1,000",
       "(one ping of 55 measurements; the limit is 1,000)"},
      {"shared-profile: 55 of 99 pings have the same rare value, <88350> (advisory)",
       "(55 of 99 pings have the same rare value, <code>&lt;88350&gt;</code>)"},
      {"measurement-spike: 77,777 measurements by then; the limit, from the other clients, was "
       "1,000",
       "(77,777 measurements by then; the limit, from the other clients, was 1,000)"},
      {"shared-profile: 55 cities in a day; the limit is 1,000 (advisory)",
       "(55 cities in a day; the limit is 1,000)"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    check_has(&forms.text, rows[i].text);
    check_has(&forms.page, rows[i].page);
  }
  check_has_not(&forms.text, "and 0 more");
  release(&forms);
}

static void rules_of_one_client_stand_together(void **state) {
  (void)state;
  struct ps_flag flags[4] = {flag_of(PS_PING_FLOOD, 1), flag_of(PS_PING_FLOOD, 2),
                             flag_of(PS_DUPLICATE_FLOOD, 1), flag_of(PS_PING_FLOOD, 1)};
  flags[3].day = FIRST + 1;
  const struct made_day given[] = {{.day = FIRST, .pings = 9, .nflags = 3, .flags = flags},
                                   {.day = FIRST + 1, .pings = 9, .nflags = 1, .flags = flags + 3}};
  struct report report;
  struct forms forms;
  make(&report, &(struct report_options){0}, 2, given, 2);
  render(&report, &forms);
  check_has(&forms.page, "ping-flood</b> (1,234 pings; the limit is 1,000), <b class=\"flag\">"
                         "duplicate-flood</b> (1,234 pings, at most 55 of them distinct).</li>");
  check_has(&forms.page, "Flagged clients</dt><dd>2</dd>"); /* of four flags */
  release(&forms);
}

static void flags_beyond_those_listed_are_counted(void **state) {
  (void)state;
  static struct ps_flag flags[REPORT_FLAGS + 3];
  struct report report;
  struct forms forms;
  for (unsigned i = 0; i < REPORT_FLAGS + 3; i++) flags[i] = flag_of(PS_PING_FLOOD, i);
  /* Two days, so that none of them has more than it may. */
  for (unsigned i = 3000; i < REPORT_FLAGS + 3; i++) flags[i].day = FIRST + 1;
  const struct made_day given[] = {
      {.day = FIRST, .pings = 9, .nflags = 3000, .flags = flags, .more_flags = 5},
      {.day = FIRST + 1, .pings = 9, .nflags = REPORT_FLAGS + 3 - 3000, .flags = flags + 3000}};
  make(&report, &(struct report_options){0}, 2, given, 2);
  assert_int_equal(report.nflags, REPORT_FLAGS);
  assert_int_equal(report.more_flags, 5 + 3);
  render(&report, &forms);
  check_has(&forms.text, "and 4,084 more: --table flags --format csv lists them"); /* but for 20 */
  check_has(&forms.page, "<li>8 further flags not listed.</li>");
  check_has(&forms.page, "<li>And 4,088 flagged client-days more: see the tables.</li>");
  release(&forms);
  const struct made_day few = {
      .day = FIRST, .pings = 9, .nflags = 1, .flags = flags, .more_flags = 1};
  make(&report, &(struct report_options){0}, 1, &few, 1);
  render(&report, &forms);
  check_has(&forms.text, "\n  and 1 more\n");
  check_has(&forms.page, "<li>1 further flag not listed.</li>");
  release(&forms);
}

/* ---- totals and notes ---- */

static void what_is_apart_is_noted(void **state) {
  (void)state;
  const struct made_day given = {.day = FIRST,
                                 .pings = 100,
                                 .duplicates = 20,
                                 .measurements = 1000,
                                 .implausible = 3,
                                 .withheld = 7,
                                 .without_client = 1,
                                 .canary = 12};
  struct report report;
  struct forms forms;
  make(&report, &(struct report_options){0}, 1, &given, 1);
  render(&report, &forms);
  check_has(&forms.page, "<li>1 ping had no clientId, 0 of them duplicates: in the totals");
  check_has(&forms.page, "<li>12 pings came from clients with upload turned off, who share one "
                         "clientId, 12 of them duplicates");
  check_has(&forms.page, "</code>; 3 implausible counts left out.</li>");
  check_has(&forms.page, "Withheld (flagged)");
  check_has(&forms.page, "<dd>1 day</dd>"); /* the retention */
  check_has(&forms.text, "1 pings had no clientId, 0 of them duplicates");
  check_has(&forms.text, "12 pings came from clients with upload turned off, who share one "
                         "clientId, 12 of them duplicates");
  check_has(&forms.text, "counts: the sum of a/b; 3 implausible counts left out");
  check_has(&forms.text, "of flagged clients, not put out");
  release(&forms);
  make(&report, &(struct report_options){0}, 1, NULL, 0);
  render(&report, &forms);
  check_has_not(&forms.page, "had no clientId");
  check_has_not(&forms.page, "Withheld (flagged)");
  check_has_not(&forms.page, "implausible");
  check_has_not(&forms.text, "withheld");
  check_has_not(&forms.text, "implausible");
  check_has_not(&forms.text, "upload turned off");
  release(&forms);
}

/* ---- long times ---- */

static void years_are_rows_and_ticks(void **state) {
  (void)state;
  struct report report;
  struct forms forms;
  struct ps_error err;
  begin(&report, &(struct report_options){0}, 0, DAY_MAX);
  /* The middle of each of 60 months, and one day more, are months; of 61 months years. */
  for (unsigned i = 0; i < 60; i++)
    add_day(&report, &(struct made_day){.day = (uint16_t)(15 + i * 30.4375), .pings = 10});
  add_day(&report, &(struct made_day){.day = 16, .pings = 10});
  ok(report_finish(&report, &err), &err);
  render(&report, &forms);
  check_has(&forms.text, "\nMonths  pings");
  release(&forms);
  begin(&report, &(struct report_options){0}, 0, DAY_MAX);
  for (unsigned i = 0; i < 61; i++)
    add_day(&report, &(struct made_day){.day = (uint16_t)(15 + i * 30.4375), .pings = 10 + i});
  ok(report_finish(&report, &err), &err);
  render(&report, &forms);
  check_has(&forms.text, "\nYears  pings");
  check_has(&forms.text, "\n  1970 "); /* the sum of its twelve, 10 to 21 */
  check_has(&forms.text, " 186 ");
  release(&forms);
  /* All that days can be: gaps are shortened, so that there is something to see. */
  begin(&report, &(struct report_options){0}, 0, DAY_MAX);
  for (unsigned i = 0; i < 5; i++)
    add_day(&report, &(struct made_day){.day = (uint16_t)(i * (DAY_MAX / 4)), .pings = 10});
  ok(report_finish(&report, &err), &err);
  render(&report, &forms);
  check_has(&forms.page, "Long gaps without pings are shortened.");
  release(&forms);
}

/* ---- reports that cannot be joined ---- */

static void too_much_is_refused(void **state) {
  (void)state;
  struct ps_accounts_info info = {.nmeasures = 4,
                                  .measures = {{"a", "p"}, {"b", "p"}, {"c", "p"}, {"d", "p"}}};
  struct report report;
  struct ps_error err;
  report_init(&report, &(struct report_options){0});
  for (unsigned i = 0; i < REPORT_SOURCES; i++)
    ok(report_begin_source(&report, "x", &info, &err), &err);
  assert_int_equal(report_begin_source(&report, "last", &info, &err), PS_E_ARGUMENT);
  check_sentence(&err, "last is one source too many: a report has at most 64");
  report_release(&report);
  report_init(&report, &(struct report_options){0});
  ok(report_begin_source(&report, "x", &info, &err), &err);
  info = (struct ps_accounts_info){.nmeasures = 1, .measures = {{"e", "p"}}};
  assert_int_equal(report_begin_source(&report, "y", &info, &err), PS_E_ARGUMENT);
  check_sentence(&err, "y has a measure 'e', and 4 others are in the report already");
  report_release(&report);
  report_init(&report, &(struct report_options){0});
  info = (struct ps_accounts_info){.nmeasures = 2, .measures = {{"e", "p"}, {"e", "p"}}};
  assert_int_equal(report_begin_source(&report, "z", &info, &err), PS_E_ARGUMENT);
  check_sentence(&err, "z has two measures 'e'");
  report_release(&report);
}

static void retentions_join_to_the_shortest(void **state) {
  (void)state;
  static const uint32_t rows[][3] = {{0, 0, 0}, {0, 7, 7}, {9, 0, 9}, {9, 7, 7}, {7, 9, 7}};
  for (size_t i = 0; i < 5; i++) {
    struct ps_accounts_info info = {.keep_days = rows[i][0], .watermark = 5};
    struct report report;
    struct ps_error err;
    report_init(&report, &(struct report_options){0});
    ok(report_begin_source(&report, "x", &info, &err), &err);
    info.keep_days = rows[i][1];
    info.watermark = 4;
    ok(report_begin_source(&report, "y", &info, &err), &err);
    assert_int_equal(report.keep_days, rows[i][2]);
    assert_int_equal(report.watermark, 5);
    report_release(&report);
  }
}

/* Nothing of a day that two sources have is lost or counted twice. */
static void one_day_of_two_sources(void **state) {
  (void)state;
  enum { FLAGS = PS_FLAGS_MAX / 2 + 1 }; /* of each: two more than a day may have */
  struct report report;
  struct ps_error err;
  struct ps_account_day *day = calloc(1, sizeof *day);
  struct ps_flag *flags = calloc(FLAGS, sizeof *flags);
  assert_true(day && flags);
  uint64_t clients[2];
  for (int i = 0; i < FLAGS; i++) flags[i].day = 5;
  for (int both = 0; both < 2; both++) {
    begin(&report, &(struct report_options){0}, 5, 5);
    for (int i = 0; i <= both; i++) {
      *day = (struct ps_account_day){
          .day = 5, .keys = 10, .nflags = FLAGS, .flags = flags, .more_flags = 7};
      memset(day->registers, i ? 3 : 1, sizeof day->registers);
      day->canary.count[PS_UNIQUE] = 3;
      day->without_client.count[PS_DUPLICATE] = 5;
      day->measured[0] = i;
      ok(report_add_day(&report, day, &err), &err);
    }
    ok(report_finish(&report, &err), &err);
    const uint64_t times = (uint64_t)both + 1;
    assert_int_equal(report.ndays, 1);
    assert_int_equal(report.days[0].keys, 10 * times);
    assert_int_equal(report.canary.count[PS_UNIQUE], 3 * times);
    assert_int_equal(report.without_client.count[PS_DUPLICATE], 5 * times);
    assert_int_equal(report.nflags + report.more_flags, (FLAGS + 7) * times);
    assert_int_equal(report.days[0].measure[0].measured, both);
    clients[both] = report.clients;
    report_release(&report);
  }
  assert_true(clients[0] > 1000 && clients[1] > clients[0]);
  free(flags);
  free(day);
}

/* The last day and the first one, whichever source has them; and clients, each once. */
static void days_and_clients_join(void **state) {
  (void)state;
  static const uint16_t rows[][4] = {
      {9, 12, 7, 11}, {7, 11, 9, 12}, {7, 12, 9, 11}, {9, 11, 7, 12}};
  for (size_t i = 0; i < 4; i++) {
    struct ps_accounts_info info = {.any = true, .first = rows[i][0], .last = rows[i][1]};
    struct report report;
    struct ps_error err;
    report_init(&report, &(struct report_options){0});
    ok(report_begin_source(&report, "x", &info, &err), &err);
    info.first = rows[i][2];
    info.last = rows[i][3];
    ok(report_begin_source(&report, "y", &info, &err), &err);
    assert_int_equal(report.first, 7);
    assert_int_equal(report.last, 12);
    report_release(&report);
  }
  struct report report;
  struct ps_error err;
  struct ps_account_day *day = calloc(1, sizeof *day);
  assert_non_null(day);
  begin(&report, &(struct report_options){0}, 5, 6);
  memset(day->registers, 1, sizeof day->registers); /* of some thousand clients */
  day->day = 5;
  ok(report_add_day(&report, day, &err), &err);
  memset(day->registers, 3, sizeof day->registers); /* of more */
  day->day = 6;
  ok(report_add_day(&report, day, &err), &err);
  free(day);
  ok(report_finish(&report, &err), &err);
  assert_true(report.days[0].clients > 1000 && report.days[1].clients > report.days[0].clients);
  assert_int_equal(report.clients, report.days[1].clients);
  report_release(&report);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(days_and_clients_join),
      cmocka_unit_test(one_day_of_two_sources),
      cmocka_unit_test(days_stand_out_by_ten_or_a_tenth),
      cmocka_unit_test(many_days_that_stand_out_are_counted),
      cmocka_unit_test(incomplete_days_are_named),
      cmocka_unit_test(filters_are_said),
      cmocka_unit_test(absence_names_the_days_there_are),
      cmocka_unit_test(stores_without_accounts_say_why),
      cmocka_unit_test(each_rule_tells_its_evidence),
      cmocka_unit_test(rules_of_one_client_stand_together),
      cmocka_unit_test(flags_beyond_those_listed_are_counted),
      cmocka_unit_test(what_is_apart_is_noted),
      cmocka_unit_test(years_are_rows_and_ticks),
      cmocka_unit_test(too_much_is_refused),
      cmocka_unit_test(retentions_join_to_the_shortest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
