/* Figures that are derived from the days: medians, bars, labels, rankings; and how days are joined,
 * each against values worked out by hand.
 */
#include "accounts/distribution.h"
#include "report/period.h"
#include "report/render.h"
#include "report/report.h"
#include "report/source.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#define FIRST 17226u /* 2017-03-01 */

static void ok(int status, const struct ps_error *err) {
  if (status != PS_OK) fail_msg("%s", err->text);
}

static void begin(struct report *report, const struct report_options *options) {
  const struct ps_accounts_info info = {.any = true,
                                        .first = FIRST,
                                        .last = FIRST + 9,
                                        .nmeasures = 2,
                                        .measures = {{"counts", "a/b"}, {"more", "c/d"}}};
  struct ps_error err;
  report_init(report, options);
  ok(report_begin_source(report, "here", &info, &err), &err);
}

static void add(struct report *report, const struct ps_account_day *day) {
  struct ps_error err;
  ok(report_add_day(report, day, &err), &err);
}

static void finish(struct report *report) {
  struct ps_error err;
  ok(report_finish(report, &err), &err);
}

static struct ps_account_day *day_new(unsigned day) {
  struct ps_account_day *made = calloc(1, sizeof *made);
  assert_non_null(made);
  made->day = (day_t)(FIRST + day);
  made->measured[0] = true;
  return made;
}

/* ---- days ---- */

struct rate {
  int per_ping; /* below 0: not measured */
  double median;
  bool out;
};

static void expect_medians(const struct rate *rates, unsigned n) {
  struct report report;
  begin(&report, &(struct report_options){0});
  for (unsigned i = 0; i < n; i++) {
    struct ps_day_row row = {.type = "main"};
    struct ps_account_day *day = day_new(i);
    row.figures.count[PS_UNIQUE] = 10;
    row.figures.measurements[0] = 10 * (uint64_t)(rates[i].per_ping < 0 ? 3 : rates[i].per_ping);
    day->measured[0] = rates[i].per_ping >= 0;
    day->nrows = 1;
    day->rows = &row;
    add(&report, day);
    free(day);
  }
  finish(&report);
  for (unsigned i = 0; i < n; i++) {
    const struct report_measure_day *found = &report.days[i].measure[0];
    assert_true(found->others_median == rates[i].median);
    assert_int_equal(found->stands_out, rates[i].out);
    assert_true(found->ratio == (rates[i].median > 0 ? rates[i].per_ping / rates[i].median : 0));
  }
  report_release(&report);
}
#define EXPECT_MEDIANS(...)                                                                        \
  expect_medians((const struct rate[]){__VA_ARGS__},                                               \
                 sizeof((const struct rate[]){__VA_ARGS__}) / sizeof(struct rate))

static void a_day_is_compared_with_the_median_of_the_others(void **state) {
  (void)state;
  EXPECT_MEDIANS({5, 0, false});
  EXPECT_MEDIANS({5, 0, false}, {500, 0, false}); /* no two others */
  EXPECT_MEDIANS({1, 2, false}, {2, 2, false}, {30, 2, true});
  EXPECT_MEDIANS({1, 30, true}, {-1, 0, false}, {30, 30, false}, {40, 30, false});
  EXPECT_MEDIANS({1, 3, false}, {2, 3, false}, {3, 2, false}, {40, 2, true});
  EXPECT_MEDIANS({40, 3, true}, {4, 3, false}, {3, 3, false}, {2, 3, false}, {1, 3, false});
  EXPECT_MEDIANS({0, 0, false}, {0, 0, false}, {0, 0, false}, {5, 0, false}); /* ratio to nothing */
}

static void a_day_without_pings_has_a_rate_of_zero(void **state) {
  (void)state;
  struct report report;
  struct ps_account_day *day = day_new(0);
  begin(&report, &(struct report_options){0});
  add(&report, day);
  finish(&report);
  assert_true(report.days[0].measure[0].per_ping == 0);
  report_release(&report);
  free(day);
}

/* ---- periods ---- */

static void expect_period(day_t day, enum period unit, day_t first, const char *name) {
  char label[PERIOD_TEXT];
  assert_int_equal(period_of(day, unit, label), first);
  assert_string_equal(label, name);
}

static void a_day_is_in_one_week_month_and_year(void **state) {
  (void)state;
  expect_period(3, PERIOD_WEEK, 0, "1970-01-01"); /* a Sunday; the Monday was in 1969 */
  expect_period(4, PERIOD_WEEK, 4, "1970-01-05");
  expect_period(10, PERIOD_WEEK, 4, "1970-01-05");
  expect_period(11, PERIOD_WEEK, 11, "1970-01-12");
  expect_period(FIRST, PERIOD_DAY, FIRST, "2017-03-01");
  expect_period(FIRST, PERIOD_MONTH, FIRST, "2017-03");
  expect_period(FIRST - 1, PERIOD_MONTH, FIRST - 28, "2017-02");
  expect_period(FIRST, PERIOD_YEAR, 2017, "2017");
}

static day_t nth_day(const void *days, size_t i) { return ((const day_t *)days)[i]; }

static void a_table_has_rows_for_a_screen(void **state) {
  (void)state;
  static day_t days[70];
  for (size_t i = 0; i < 70; i++) days[i] = (day_t)(11 + 3 * i);
  assert_int_equal(period_for(days, 60, nth_day), PERIOD_DAY);
  assert_int_equal(period_for(days, 61, nth_day), PERIOD_WEEK);
  assert_int_equal(period_for(days, 70, nth_day), PERIOD_WEEK); /* of 30 weeks */
  days[69] = 11 + 30 * 7;                                       /* the 31st week */
  assert_int_equal(period_for(days, 70, nth_day), PERIOD_MONTH);
  for (size_t i = 0; i < 70; i++) days[i] = (day_t)(30 * i);
  assert_int_equal(period_for(days, 61, nth_day), PERIOD_MONTH); /* of 60 months */
  assert_int_equal(period_for(days, 70, nth_day), PERIOD_YEAR);
}

/* ---- bars ---- */

static void expect_bars(const uint64_t *values, size_t n, double from, double to) {
  struct distribution sum = {0};
  struct ps_bin *bins = NULL;
  struct ps_account_day *day = day_new(0);
  struct report report;
  struct ps_error err;
  for (size_t i = 0; i < n; i++) ok(distribution_add(&sum, values[i], 1, &err), &err);
  ok(distribution_copy(&sum, &day->distribution[0], &bins, &err), &err);
  distribution_release(&sum);
  begin(&report, &(struct report_options){0});
  add(&report, day);
  finish(&report);
  const size_t zeros = !values[0], nbars = report.nbars[0];
  assert_in_range(nbars, 1, REPORT_BARS + zeros);
  const struct report_bar *bars = report.bars[0];
  if (zeros) assert_true(bars[0].from == 0 && bars[0].to == 0 && bars[0].count == 1);
  if (nbars > zeros) assert_true(bars[zeros].from == from && bars[nbars - 1].to == to);
  for (size_t i = zeros; i < nbars; i++) {
    uint64_t inside = 0;
    for (size_t v = zeros; v < n; v++) {
      const double value = (double)values[v];
      inside += (i == zeros ? value >= bars[i].from : value > bars[i].from) && value <= bars[i].to;
    }
    assert_int_equal(bars[i].count, inside);
  }
  report_release(&report);
  free(bins);
  free(day);
}

static void bars_reach_from_the_smallest_value_to_the_largest(void **state) {
  (void)state;
  expect_bars((const uint64_t[]){0}, 1, 0, 0);
  expect_bars((const uint64_t[]){1000}, 1, 1000, 1000);
  expect_bars((const uint64_t[]){3, 5, 1000}, 3, 3, 1000);
  expect_bars((const uint64_t[]){0, 3, 999}, 3, 1, 999); /* the smallest of all is zero */
  expect_bars((const uint64_t[]){1, 2, 70, 1000003, UINT64_C(118021474114)}, 5, 1, 118021474114.0);
}

/* ---- labels ---- */

static void expect_label(const struct report_labels *labels, size_t i, const char *type,
                         const char *channel, uint64_t pings) {
  assert_true(i < labels->n);
  assert_string_equal(labels->at[i].type, type);
  assert_string_equal(labels->at[i].channel, channel);
  assert_int_equal(ps_day_figures_pings(&labels->at[i].figures), pings);
}

static void labels_are_summed_and_sorted(void **state) {
  (void)state;
  struct ps_day_row rows[] = {{.type = "crash", .channel = "beta"},
                              {.type = "main", .channel = "beta"},
                              {.type = "main", .channel = "release"}};
  static const uint64_t pings[2][3] = {{3, 4, 10}, {2, 6, 20}};
  struct report report;
  begin(&report, &(struct report_options){0});
  for (unsigned i = 0; i < 2; i++) {
    struct ps_account_day *day = day_new(i);
    for (unsigned k = 0; k < 3; k++) rows[k].figures.count[PS_UNIQUE] = pings[i][k];
    day->nrows = 3;
    day->rows = rows;
    add(&report, day);
    free(day);
  }
  finish(&report);
  assert_int_equal(report.types.n, 2);
  expect_label(&report.types, 0, "main", "", 40);
  expect_label(&report.types, 1, "crash", "", 5);
  assert_int_equal(report.channels.n, 2);
  expect_label(&report.channels, 0, "", "release", 30);
  expect_label(&report.channels, 1, "", "beta", 15);
  assert_int_equal(report.both.n, 3);
  expect_label(&report.both, 0, "main", "release", 30);
  expect_label(&report.both, 1, "main", "beta", 10);
  expect_label(&report.both, 2, "crash", "beta", 5);
  report_release(&report);
}

/* ---- rankings ---- */

static struct ps_client client_of(unsigned n) {
  return (struct ps_client){.kind = PS_CLIENT_UUID, .id = {(uint8_t)n, 1}};
}

#define RANKING(absent, list) ((struct ps_ranking){77, absent, sizeof(list) / sizeof *(list), list})

/* Of the two client-days with as many pings, the earlier one is listed. */
static void make_rankings(struct report *report, unsigned early, unsigned late) {
  struct ps_account_day *day = day_new(0);
  struct ps_day_row row = {.type = "main"};
  const struct ps_client a = client_of(1), b = client_of(early), c = client_of(3),
                         d = client_of(late);
  struct ps_client_figure pings[] = {{a, {50, 1}}, {b, {30, 0}}, {c, {10, 2}}},
                          copies[] = {{a, {20, 2}}, {b, {0, 1}}},
                          first[] = {{b, {500, 0}}, {a, {300, 5}}},
                          second[] = {{a, {20, 0}}, {c, {6, 1}}}, next[] = {{d, {30, 4}}};
  struct ps_flag flags[] = {{.day = FIRST, .rule = PS_PING_FLOOD, .client = a},
                            {.day = FIRST, .rule = PS_RULES, .client = a}};
  row.figures.count[PS_UNIQUE] = 60;
  row.figures.count[PS_DUPLICATE] = 40;
  row.figures.measurements[0] = 1000;
  row.figures.measurements[1] = 12;
  day->nrows = 1;
  day->rows = &row;
  day->nflags = 2;
  day->flags = flags;
  day->ranking[PS_RANK_PINGS] = RANKING(3, pings);
  day->ranking[PS_RANK_DUPLICATES] = RANKING(4, copies);
  day->ranking[PS_RANK_MEASURES] = RANKING(7, first);
  day->ranking[PS_RANK_MEASURES + 1] = RANKING(2, second);
  begin(report, &(struct report_options){.top = 2});
  add(report, day);
  day->day++;
  day->nflags = 0;
  memset(day->ranking, 0, sizeof day->ranking);
  day->ranking[PS_RANK_PINGS] = RANKING(6, next);
  day->ranking[PS_RANK_DUPLICATES].absent = 9;
  add(report, day);
  finish(report);
  free(day);
}

static void expect_bounded(const struct ps_bounded *figure, uint64_t count, uint64_t error) {
  assert_int_equal(figure->count, count);
  assert_int_equal(figure->error, error);
}

static void clients_have_all_their_figures(void **state) {
  (void)state;
  struct report report;
  for (unsigned turn = 0; turn < 2; turn++) {
    make_rankings(&report, turn ? 4 : 2, turn ? 2 : 4);
    assert_int_equal(report.ranking[PS_RANK_PINGS].n, 2);
    assert_int_equal(report.ranking[PS_RANK_PINGS].at[1].day, FIRST);
    assert_int_equal(report.ranking[PS_RANK_PINGS].absent, 34); /* the later one's */
    report_release(&report);
  }
  make_rankings(&report, 2, 4);
  const struct report_client *a = &report.ranking[PS_RANK_PINGS].at[0], *b = a + 1;
  expect_bounded(&a->figure, 50, 1);
  expect_bounded(&a->duplicates, 20, 2);
  expect_bounded(&a->documents, 28, 3); /* 50 less 22, to 51 less 20 */
  expect_bounded(&a->measurements, 300, 5);
  assert_true(a->share == 0.5);
  assert_int_equal(a->rules, 1u << PS_PING_FLOOD); /* and of no rule that is not known */
  expect_bounded(&b->duplicates, 0, 1);
  assert_int_equal(b->rules, 0);
  assert_int_equal(report.ranking[PS_RANK_DUPLICATES].n, 1); /* nothing is not ranked */
  assert_true(report.ranking[PS_RANK_DUPLICATES].at[0].share == 0.5);
  assert_int_equal(report.ranking[PS_RANK_DUPLICATES].absent, 9);
  const struct report_client *second = report.ranking[PS_RANK_MEASURES + 1].at;
  assert_true(second[0].share == 1); /* not more, though the day's total is less */
  assert_true(second[1].share == 0.5);
  expect_bounded(&second[1].measurements, 6, 1);
  expect_bounded(&second[1].duplicates, 0, 4); /* not listed there */
  assert_int_equal(report.source[0].ranking[PS_RANK_PINGS].total, 77);
  report_release(&report);
}

static void the_top_has_a_bound(void **state) {
  (void)state;
  struct report report;
  report_init(&report, &(struct report_options){.top = REPORT_TOP_MAX + 1});
  assert_int_equal(report.options.top, REPORT_TOP_MAX);
  report_release(&report);
}

/* ---- names ---- */

static void expect_name(const char *id, bool show, const char *name) {
  struct ps_client client = {.kind = PS_CLIENT_TEXT};
  struct identity who;
  memcpy(client.id, id, strlen(id));
  identity_of_client(&who, &client, show);
  assert_string_equal(who.name, name);
  assert_int_equal(who.whole, show);
}

static void names_are_shortened_to_eight_characters(void **state) {
  (void)state;
  char out[8] = "xxxxxxx";
  expect_name("1234567", false, "1234567");
  expect_name("12345678", false, "12345678");
  expect_name("123456789", false, "12345678\xe2\x80\xa6");
  expect_name("1234567\xc3\xa9", false, "1234567\xc3\xa9");
  expect_name("1234567\xc3\xa9x", false, "1234567\xc3\xa9\xe2\x80\xa6");
  expect_name("123456789", true, "123456789");
  identity_clean("abcd", out, 4);
  assert_string_equal(out, "abc");
  assert_int_equal(out[4], 'x'); /* nothing is written behind the end */
  identity_clean("ab\xc3\xa9", out, 4);
  assert_string_equal(out, "ab");
}

/* ---- parts of days ---- */

static struct identity who_of(unsigned n) {
  struct identity who;
  const struct ps_client client = client_of(n);
  identity_of_client(&who, &client, true);
  return who;
}

static void put_ranking(struct source_ranking *ranking, const unsigned (*figures)[3], size_t n) {
  ranking->entries = calloc(n, sizeof *ranking->entries);
  assert_non_null(ranking->entries);
  ranking->n = n;
  for (size_t i = 0; i < n; i++)
    ranking->entries[i] =
        (struct source_entry){who_of(figures[i][0]), {figures[i][1], figures[i][2]}};
}

static void put_flags(struct report_source_day *day, const unsigned (*flags)[2], size_t n) {
  day->flags = calloc(n, sizeof *day->flags);
  assert_non_null(day->flags);
  day->nflags = n;
  for (size_t i = 0; i < n; i++) {
    day->flags[i].who = who_of(flags[i][0]);
    day->flags[i].flag.time = flags[i][1];
  }
}

static bool has(const struct source_ranking *ranking, unsigned n) {
  const struct identity who = who_of(n);
  return source_find(ranking, &who) != NULL;
}

static void a_cut_keeps_who_is_listed_anywhere(void **state) {
  (void)state;
  static const unsigned pings[][3] = {{1, 60, 0}, {2, 50, 7}, {3, 40, 0},
                                      {4, 30, 1}, {5, 20, 0}, {6, 10, 0}},
                        copies[][3] = {{6, 9, 0}, {1, 8, 3}, {2, 1, 0}};
  static const unsigned flags[][2] = {{5, 1}};
  struct report_source_day day = {.day = FIRST};
  struct ps_error err;
  put_ranking(&day.ranking[PS_RANK_PINGS], pings, 6);
  put_ranking(&day.ranking[PS_RANK_DUPLICATES], copies, 3);
  put_flags(&day, flags, 1);
  ok(source_cut(&day, 1, &err), &err);
  const struct source_ranking *ranking = &day.ranking[PS_RANK_PINGS];
  assert_int_equal(ranking->n, 3);
  assert_true(has(ranking, 1) && has(ranking, 5) && has(ranking, 6));
  assert_int_equal(ranking->absent, 57); /* 50, and 7 of error */
  ranking = &day.ranking[PS_RANK_DUPLICATES];
  assert_int_equal(ranking->n, 2);
  assert_true(has(ranking, 1) && has(ranking, 6));
  assert_int_equal(ranking->absent, 1);
  source_release(&day);
}

static void put_rows(struct report_source_day *day, const char *const *types, size_t n) {
  day->rows = calloc(n, sizeof *day->rows);
  assert_non_null(day->rows);
  day->nrows = n;
  for (size_t i = 0; i < n; i++) {
    (void)snprintf(day->rows[i].type, sizeof day->rows[i].type, "%s", types[i]);
    day->rows[i].figures.count[PS_UNIQUE] = i + 1;
  }
}

static void joined_days_are_in_order(void **state) {
  (void)state;
  static const unsigned ours[][3] = {{1, 60, 0}, {2, 50, 0}}, theirs[][3] = {{3, 70, 0}, {2, 5, 0}};
  static const unsigned first[][2] = {{1, 10}, {2, 50}}, second[][2] = {{3, 20}, {4, 50}, {5, 60}};
  static const char *const types[] = {"core", "main"}, *const others[] = {"core", "event", "main"};
  struct report_source_day day = {.day = FIRST}, other = {.day = FIRST};
  struct ps_error err;
  put_ranking(&day.ranking[0], ours, 2);
  put_ranking(&other.ranking[0], theirs, 2);
  put_flags(&day, first, 2);
  put_flags(&other, second, 3);
  put_rows(&day, types, 2);
  put_rows(&other, others, 3);
  day.ranking[0].entries[1].who.whole = false;
  (void)snprintf(day.ranking[0].entries[1].who.name, 9, "shortest");
  ok(source_merge(&day, &other, &err), &err);
  assert_int_equal(day.ranking[0].n, 3);
  static const uint64_t counts[] = {70, 60, 55};
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(day.ranking[0].entries[i].figure.count, counts[i]);
  const struct identity whole = who_of(2);
  assert_string_equal(day.ranking[0].entries[2].who.name,
                      whole.name); /* one of them has it whole */
  static const uint64_t times[] = {10, 20, 50, 50, 60};
  assert_int_equal(day.nflags, 5);
  for (size_t i = 0; i < 5; i++) assert_int_equal(day.flags[i].flag.time, times[i]);
  assert_int_equal(day.nrows, 3);
  assert_string_equal(day.rows[1].type, "event");
  assert_int_equal(day.rows[0].figures.count[PS_UNIQUE], 2);
  assert_int_equal(day.rows[2].figures.count[PS_UNIQUE], 5);
  source_release(&day);
}

/* A source whose only measure is the report's second one has nothing of the first. */
static void other_measures_are_not_counted(void **state) {
  (void)state;
  const struct ps_accounts_info info = {.nmeasures = 1, .measures = {{"more", "c/d"}}};
  struct ps_account_day *day = day_new(0);
  struct ps_day_row row = {.type = "m\xff", .channel = "c\xff"};
  struct ps_flag flag = {.day = FIRST, .rule = PS_MEASUREMENT_SPIKE, .value = "v\xff"};
  struct report report;
  struct ps_error err;
  row.figures.count[PS_UNIQUE] = 1;
  row.figures.measurements[0] = 8;
  row.figures.implausible[0] = 9;
  day->nrows = 1;
  day->rows = &row;
  day->nflags = 1;
  day->flags = &flag;
  begin(&report, &(struct report_options){0});
  ok(report_begin_source(&report, "there", &info, &err), &err);
  add(&report, day);
  finish(&report);
  assert_int_equal(report.total.measurements[0] + report.total.implausible[0], 0);
  assert_int_equal(report.total.measurements[1], 8);
  assert_int_equal(report.total.implausible[1], 9);
  assert_string_equal(report.both.at[0].type, "m\xef\xbf\xbd");
  assert_string_equal(report.both.at[0].channel, "c\xef\xbf\xbd");
  assert_string_equal(report.flags[0].flag.value, "v\xef\xbf\xbd");
  assert_int_equal(report.flags[0].flag.measure, 1);
  report_release(&report);
  free(day);
}

/* ---- JSON ---- */

/* No figure is zero, and the pings pass what JSON can tell. */
static void make_full(struct report *report) {
  struct ps_account_day *day = day_new(0);
  struct ps_day_row row = {.type = "main", .channel = "beta"};
  const struct ps_flag flag = {.day = FIRST,
                               .rule = PS_MEASUREMENT_SPIKE,
                               .measure = 1,
                               .client = client_of(1),
                               .time = 5,
                               .pings = {6, 7},
                               .duplicates = {8, 9},
                               .measurements = {10, 11},
                               .limit = 12,
                               .evidence = 13,
                               .of = 14,
                               .value = "v"};
  for (int c = 0; c < PS_PING_CLASSES; c++) row.figures.count[c] = 20 + (unsigned)c;
  row.figures.count[PS_UNIQUE] = INT64_MAX;
  row.figures.bytes_in = 30;
  row.figures.bytes_out = 31;
  row.figures.withheld = 32;
  for (size_t m = 0; m < 2; m++) row.figures.measurements[m] = row.figures.implausible[m] = 33 + m;
  day->nrows = 1;
  day->rows = &row;
  day->keys = 40;
  day->without_client = day->canary = row.figures;
  day->nflags = 1;
  day->flags = &flag;
  day->more_flags = 41;
  begin(report, &(struct report_options){0});
  add(report, day);
  finish(report);
  free(day);
}

static void every_figure_reads_back_from_json(void **state) {
  (void)state;
  struct report report, again;
  struct buffer first = BUFFER_INIT, second = BUFFER_INIT;
  char path[] = "/tmp/report-XXXXXX";
  struct ps_error err;
  make_full(&report);
  ok(render_json(&report, &first, &err), &err);
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, first.data, first.len), first.len);
  assert_int_equal(close(fd), 0);
  report_init(&again, &(struct report_options){0});
  ok(report_read_json(&again, path, &err), &err);
  finish(&again);
  ok(render_json(&again, &second, &err), &err);
  assert_string_equal(strstr((const char *)first.data, "\"watermark\""),
                      strstr((const char *)second.data, "\"watermark\""));
  assert_int_equal(again.flags[0].flag.pings.error, 7);
  assert_int_equal(again.flags[0].flag.measure, 1);
  assert_int_equal(again.total.withheld, 32);
  assert_int_equal(again.more_flags, 41);
  report_release(&again);
  buffer_clear(&second);
  report_init(&again, &(struct report_options){.to_given = true, .to = 1});
  ok(report_read_json(&again, path, &err), &err);
  finish(&again);
  ok(report_say_absence(&again, &second, &err), &err);
  assert_non_null(strstr((const char *)second.data, "; the report has 2017-03-01"));
  assert_int_equal(unlink(path), 0);
  report_release(&report);
  report_release(&again);
  buffer_release(&first);
  buffer_release(&second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_day_is_compared_with_the_median_of_the_others),
      cmocka_unit_test(a_day_without_pings_has_a_rate_of_zero),
      cmocka_unit_test(a_day_is_in_one_week_month_and_year),
      cmocka_unit_test(a_table_has_rows_for_a_screen),
      cmocka_unit_test(bars_reach_from_the_smallest_value_to_the_largest),
      cmocka_unit_test(labels_are_summed_and_sorted),
      cmocka_unit_test(clients_have_all_their_figures),
      cmocka_unit_test(the_top_has_a_bound),
      cmocka_unit_test(names_are_shortened_to_eight_characters),
      cmocka_unit_test(a_cut_keeps_who_is_listed_anywhere),
      cmocka_unit_test(joined_days_are_in_order),
      cmocka_unit_test(other_measures_are_not_counted),
      cmocka_unit_test(every_figure_reads_back_from_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
