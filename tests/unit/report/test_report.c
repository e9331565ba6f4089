#include "../scale.h"
#include "report/render.h"
#include "report/report.h"
#include "report/source.h"
#include "sample.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#define SPIKE 17237u /* 2017-03-12 */

static void ok(int status, const struct ps_error *err) {
  if (status != PS_OK) fail_msg("%s", err->text);
}

/* The longest sample takes most of the time. */
static bool is_left_out(enum sample which) { return which == SAMPLE_YEAR && scale_is_small(); }

static void make(enum sample which, const struct report_options *options, struct report *report) {
  struct ps_error err = {0};
  ok(sample_report(which, options, report, &err), &err);
}

/* ---- derived figures ---- */

static void the_day_of_the_post_stands_out(void **state) {
  (void)state;
  struct report report;
  make(SAMPLE_POST, NULL, &report);
  assert_int_equal(report.ndays, 16);
  for (size_t i = 0; i < report.ndays; i++)
    assert_true(report.days[i].measure[0].stands_out == (report.days[i].day == SPIKE));
  const struct report_measure_day *day = &report.days[11].measure[0];
  assert_true(day->others_median > 90 && day->others_median < 130);
  assert_true(day->ratio > 1000);
  assert_true(fabs(day->max - 508085) < 1);
  report_release(&report);
}

static void its_clients_are_ranked_with_what_is_known_of_them(void **state) {
  (void)state;
  struct report report;
  make(SAMPLE_POST, &(struct report_options){.top = 5}, &report);
  const struct report_ranking *ranking = &report.ranking[PS_RANK_MEASURES];
  assert_int_equal(ranking->n, 5);
  const struct report_client *first = &ranking->at[0];
  assert_true(first->figure.count == UINT64_C(118021474114));
  assert_int_equal(first->figure.error, 0);
  assert_int_equal(first->day, SPIKE);
  assert_int_equal(first->pings.count, 232287);
  assert_int_equal(first->duplicates.count, 232277);
  assert_true(first->share > 0.99 && first->share < 1);
  assert_int_equal(first->rules,
                   1u << PS_PING_FLOOD | 1u << PS_DUPLICATE_FLOOD | 1u << PS_MEASUREMENT_SPIKE);
  assert_int_equal(ranking->at[1].figure.count, 1619126);
  assert_true(ranking->absent <= 1619126);
  assert_string_equal(first->key, report.ranking[PS_RANK_PINGS].at[0].key);
  assert_string_equal(report.flags[0].key, first->key);
  report_release(&report);
}

static void names_are_shortened_unless_asked_for(void **state) {
  (void)state;
  struct report shortened, whole;
  make(SAMPLE_DAY, &(struct report_options){.top = 60}, &shortened);
  make(SAMPLE_DAY, &(struct report_options){.top = 60, .show_ids = true}, &whole);
  for (size_t i = 0; i < 60; i++) {
    const struct report_client *a = &shortened.ranking[0].at[i], *b = &whole.ranking[0].at[i];
    assert_string_equal(a->key, b->key);
    assert_memory_equal(a->name, b->name, 8);
    if (b->client.kind == PS_CLIENT_HASH) {
      assert_int_equal(strlen(a->name), 9);
      assert_string_equal(a->name, b->name); /* there is no more of it than a hash */
    } else if (b->client.kind == PS_CLIENT_UUID) {
      assert_int_equal(strlen(b->name), 36);
      assert_string_equal(a->name + 8, "\xe2\x80\xa6");
    }
  }
  report_release(&shortened);
  report_release(&whole);
}

static void filters_choose_rows(void **state) {
  (void)state;
  struct report all, some;
  make(SAMPLE_POST, NULL, &all);
  make(SAMPLE_POST, &(struct report_options){.type = "main", .channel = "beta"}, &some);
  assert_int_equal(some.both.n, 1);
  uint64_t pings = 0;
  for (size_t i = 0; i < all.both.n; i++)
    if (!strcmp(all.both.at[i].type, "main") && !strcmp(all.both.at[i].channel, "beta"))
      pings = ps_day_figures_pings(&all.both.at[i].figures);
  assert_true(pings > 0);
  assert_true(ps_day_figures_pings(&some.total) == pings);
  assert_false(some.days[3].incomplete);
  assert_true(all.days[3].incomplete);
  assert_int_equal(some.ranking[0].n, all.ranking[0].n); /* not filtered */
  report_release(&all);
  report_release(&some);
}

static void a_range_leaves_days_out_and_says_which_there_are(void **state) {
  (void)state;
  struct report report;
  make(SAMPLE_POST,
       &(struct report_options){.from_given = true, .from = 17230, .to_given = true, .to = 17232},
       &report);
  assert_int_equal(report.ndays, 3);
  assert_int_equal(report.days[0].day, 17230);
  assert_int_equal(report.first, 17226);
  assert_int_equal(report.last, 17241);
  report_release(&report);
  struct ps_error err = {0};
  struct report_options upside_down = {.from_given = true, .from = 2, .to_given = true, .to = 1};
  assert_int_equal(sample_report(SAMPLE_DAY, &upside_down, &report, &err), PS_E_ARGUMENT);
  report_release(&report);
}

static void bars_hold_every_ping_once(void **state) {
  (void)state;
  for (enum sample which = SAMPLE_EMPTY; which < SAMPLES; which++) {
    if (is_left_out(which)) continue;
    struct report report;
    make(which, NULL, &report);
    for (size_t m = 0; m < report.nmeasures; m++) {
      uint64_t sum = 0;
      assert_true(report.nbars[m] <= 41);
      for (size_t i = 0; i < report.nbars[m]; i++) {
        sum += report.bars[m][i].count;
        assert_true(report.bars[m][i].from <= report.bars[m][i].to);
        if (i > 1) assert_true(report.bars[m][i].from == report.bars[m][i - 1].to);
      }
      assert_true(sum == report.distribution[m].count);
    }
    report_release(&report);
  }
}

static void texts_from_outside_are_valid_utf8(void **state) {
  (void)state;
  struct report report;
  make(SAMPLE_HOSTILE, &(struct report_options){.show_ids = true}, &report);
  for (size_t i = 0; i < report.both.n; i++) assert_null(strchr(report.both.at[i].type, '\xff'));
  for (size_t i = 0; i < report.ranking[0].n; i++)
    assert_null(strstr(report.ranking[0].at[i].name, "\xc3("));
  report_release(&report);
}

/* ---- JSON and joining ---- */

struct file {
  char path[32];
};

static void write_json(const struct report *report, struct file *file, struct buffer *text) {
  struct ps_error err = {0};
  ok(render_json(report, text, &err), &err);
  memcpy(file->path, "/tmp/report-XXXXXX", sizeof "/tmp/report-XXXXXX");
  int fd = mkstemp(file->path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text->data, text->len), text->len);
  assert_int_equal(close(fd), 0);
}

/* Everything after "watermark": what is before tells when and from what it was made. */
static const char *body(const struct buffer *text) {
  return strstr((const char *)text->data, "\"watermark\"");
}

static void json_reads_back_as_it_was(void **state) {
  (void)state;
  for (enum sample which = SAMPLE_EMPTY; which < SAMPLES; which++)
    for (int whole = 0; whole < 2; whole++) {
      struct report_options options = {.show_ids = whole, .top = which == SAMPLE_DAY ? 110 : 0};
      options.to_given = which == SAMPLE_YEAR; /* a month of it tells as much */
      options.to = 16830;
      struct report report, again;
      struct buffer first = BUFFER_INIT, second = BUFFER_INIT;
      struct file file;
      struct ps_error err = {0};
      if (is_left_out(which) && whole) continue;
      make(which, &options, &report);
      write_json(&report, &file, &first);
      report_init(&again, &options);
      ok(report_read_json(&again, file.path, &err), &err);
      ok(report_finish(&again, &err), &err);
      ok(render_json(&again, &second, &err), &err);
      assert_string_equal(body(&first), body(&second));
      assert_int_equal(unlink(file.path), 0);
      buffer_release(&first);
      buffer_release(&second);
      report_release(&report);
      report_release(&again);
    }
}

static void joined_json_is_the_report_of_both(void **state) {
  (void)state;
  struct ps_error err = {0};
  struct report shard[2], both, joined;
  struct buffer text[2] = {BUFFER_INIT, BUFFER_INIT}, want = BUFFER_INIT, got = BUFFER_INIT;
  struct file file[2];
  report_init(&both, &(struct report_options){0});
  report_init(&joined, &(struct report_options){0});
  for (unsigned i = 0; i < 2; i++) {
    report_init(&shard[i], &(struct report_options){0});
    ok(sample_add(&shard[i], SAMPLE_POST, i, &err), &err);
    ok(report_finish(&shard[i], &err), &err);
    write_json(&shard[i], &file[i], &text[i]);
    ok(sample_add(&both, SAMPLE_POST, i, &err), &err);
    ok(report_read_json(&joined, file[i].path, &err), &err);
  }
  ok(report_finish(&both, &err), &err);
  ok(report_finish(&joined, &err), &err);
  assert_true(ps_day_figures_pings(&joined.total) ==
              ps_day_figures_pings(&shard[0].total) + ps_day_figures_pings(&shard[1].total));
  assert_int_equal(joined.ndays, 16);
  assert_true(joined.distribution[0].count == 2 * shard[0].distribution[0].count);
  assert_int_equal(joined.nflags, 8);
  /* The files hold fewer entries than the stores: totals agree, rankings at their heads. */
  for (size_t i = 0; i < joined.ranking[0].n; i++) {
    assert_string_equal(joined.ranking[0].at[i].key, both.ranking[0].at[i].key);
    assert_true(joined.ranking[0].at[i].figure.count == both.ranking[0].at[i].figure.count);
    assert_true(joined.ranking[0].at[i].figure.error >= both.ranking[0].at[i].figure.error);
  }
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal(unlink(file[i].path), 0);
    buffer_release(&text[i]);
    report_release(&shard[i]);
  }
  buffer_release(&want);
  buffer_release(&got);
  report_release(&both);
  report_release(&joined);
}

static void a_client_in_one_source_may_have_what_the_other_did_not_list(void **state) {
  (void)state;
  struct ps_error err = {0};
  struct report report;
  struct ps_accounts_info info = {.any = true, .first = 9, .last = 9};
  struct ps_client_figure a[2] = {{{{1}, PS_CLIENT_UUID}, {50, 1}},
                                  {{{2}, PS_CLIENT_UUID}, {40, 1}}};
  struct ps_client_figure b[1] = {{{{1}, PS_CLIENT_UUID}, {7, 2}}};
  report_init(&report, &(struct report_options){0});
  for (int i = 0; i < 2; i++) {
    struct ps_account_day *day = calloc(1, sizeof *day);
    assert_non_null(day);
    day->day = 9;
    day->keys = 1;
    day->ranking[0] = i ? (struct ps_ranking){7, 5, 1, b} : (struct ps_ranking){100, 3, 2, a};
    ok(report_begin_source(&report, "x", &info, &err), &err);
    ok(report_add_day(&report, day, &err), &err);
    free(day);
  }
  ok(report_finish(&report, &err), &err);
  const struct report_ranking *ranking = &report.ranking[0];
  assert_int_equal(ranking->n, 2);
  assert_int_equal(ranking->at[0].figure.count, 57);
  assert_int_equal(ranking->at[0].figure.error, 3);
  assert_int_equal(ranking->at[1].figure.count, 40);
  assert_int_equal(ranking->at[1].figure.error, 1 + 5);
  assert_int_equal(ranking->absent, 8);
  report_release(&report);
}

static void a_measure_of_one_name_and_two_paths_is_refused(void **state) {
  (void)state;
  struct ps_error err = {0};
  struct report report;
  struct ps_accounts_info info = {.nmeasures = 1, .measures = {{"m", "a/b"}}};
  report_init(&report, &(struct report_options){0});
  ok(report_begin_source(&report, "one", &info, &err), &err);
  info.measures[0] = (struct ps_account_measure){"m", "c/d"};
  assert_int_equal(report_begin_source(&report, "two", &info, &err), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, "a/b"));
  assert_non_null(strstr(err.text, "c/d"));
  report_release(&report);
}

/* The report has the measures of `given` in the other order. */
static void check_turned_round(const struct report *given, const struct report *turned) {
  unsigned spikes = 0;
  assert_int_equal(turned->nmeasures, 2);
  for (unsigned m = 0; m < 2; m++) {
    const unsigned to = 1 - m;
    assert_string_equal(given->measures[m].name, turned->measures[to].name);
    assert_true(given->total.measurements[m] == turned->total.measurements[to]);
    assert_true(given->total.implausible[m] == turned->total.implausible[to]);
    assert_true(given->distribution[m].count == turned->distribution[to].count);
    assert_true(given->distribution[m].max == turned->distribution[to].max);
    assert_true(given->days[0].measure[m].per_ping == turned->days[0].measure[to].per_ping);
    const struct report_ranking *a = &given->ranking[PS_RANK_MEASURES + m],
                                *b = &turned->ranking[PS_RANK_MEASURES + to];
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
      assert_string_equal(a->at[i].key, b->at[i].key);
      assert_true(a->at[i].figure.count == b->at[i].figure.count);
      assert_true(a->at[i].measurements.count == b->at[i].measurements.count);
    }
  }
  assert_true(given->total.measurements[0] != given->total.measurements[1]);
  assert_int_equal(given->nflags, turned->nflags);
  for (size_t i = 0; i < given->nflags; i++) {
    if (given->flags[i].flag.rule != PS_MEASUREMENT_SPIKE) continue;
    assert_int_equal(turned->flags[i].flag.measure, 1 - given->flags[i].flag.measure);
    spikes++;
  }
  assert_true(spikes > 0);
}

/* The order in the source does not matter; and whole ids of a file are shown only when asked for.
 */
static void measures_are_found_by_their_names(void **state) {
  (void)state;
  const struct ps_accounts_info info = {
      .nmeasures = 2,
      .measures = {{"=x", "\033[7m/*"}, {"</title><script>", "a/\"onmouseover=\"x/*"}}};
  struct ps_error err = {0};
  struct report given, of_store, of_file;
  struct buffer text = BUFFER_INIT;
  struct file file;
  make(SAMPLE_HOSTILE, &(struct report_options){.show_ids = true}, &given);
  write_json(&given, &file, &text);
  report_init(&of_store, &(struct report_options){0});
  ok(report_begin_source(&of_store, "first", &info, &err), &err);
  ok(sample_add(&of_store, SAMPLE_HOSTILE, 0, &err), &err);
  ok(report_finish(&of_store, &err), &err);
  check_turned_round(&given, &of_store);
  report_init(&of_file, &(struct report_options){0});
  ok(report_begin_source(&of_file, "first", &info, &err), &err);
  ok(report_read_json(&of_file, file.path, &err), &err);
  ok(report_finish(&of_file, &err), &err);
  check_turned_round(&given, &of_file);
  for (size_t i = 0; i < of_file.ranking[0].n; i++)
    assert_string_equal(of_file.ranking[0].at[i].name, of_store.ranking[0].at[i].name);
  assert_int_equal(unlink(file.path), 0);
  buffer_release(&text);
  report_release(&given);
  report_release(&of_store);
  report_release(&of_file);
}

/* ---- damaged JSON ---- */

static int read_text(const char *text, struct ps_error *err) {
  struct report report;
  char path[] = "/tmp/report-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  assert_int_equal(close(fd), 0);
  report_init(&report, &(struct report_options){0});
  int r = report_read_json(&report, path, err);
  assert_int_equal(unlink(path), 0);
  report_release(&report);
  return r;
}

static void what_is_no_report_is_refused_with_its_place(void **state) {
  (void)state;
  struct ps_error err = {0};
  assert_int_equal(read_text("{\n  \"a\": tru }", &err), PS_E_INPUT_DAMAGED);
  assert_non_null(strstr(err.text, "line 2, byte"));
  assert_int_equal(read_text("", &err), PS_E_INPUT_DAMAGED);
  assert_int_equal(read_text("[]", &err), PS_E_INPUT_DAMAGED);
  assert_non_null(strstr(err.text, "no report of pingsieve"));
  assert_int_equal(read_text("{\"format\":\"pingsieve-report\",\"version\":2}", &err), PS_E_INPUT);
  assert_non_null(strstr(err.text, "version 2"));
  assert_int_equal(read_text("{\"format\":\"pingsieve-report\",\"version\":0}", &err), PS_E_INPUT);
  struct report report;
  report_init(&report, &(struct report_options){0});
  assert_int_equal(report_read_json(&report, "/nowhere/at/all", &err), PS_E_INPUT);
  report_release(&report);
}

/* Replaces each number, text and bracket of a sound report in turn: nothing may crash, and what is
 * taken must be sound. */
static void no_damage_is_dangerous(void **state) {
  (void)state;
  struct report report;
  struct buffer text = BUFFER_INIT;
  struct file file;
  make(SAMPLE_DAY, &(struct report_options){.top = 1}, &report);
  write_json(&report, &file, &text);
  assert_int_equal(unlink(file.path), 0);
  report_release(&report);
  char *accounts = strstr((char *)text.data, "\"accounts\"");
  assert_non_null(accounts);
  static const char into[] = "\"[{}]0-9,xA";
  const size_t damages = 40 + scale_count(160);
  size_t refused = 0, tried = 0, len = strlen(accounts);
  uint64_t random = 1;
  for (size_t n = 0; n < damages; n++) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    size_t at = (size_t)(random >> 33) % len;
    char was = accounts[at];
    accounts[at] = into[n % (sizeof into - 1)];
    struct ps_error err = {0};
    refused += read_text((const char *)text.data, &err) != PS_OK;
    tried++;
    accounts[at] = was;
  }
  assert_true(refused > tried / 4);
  buffer_release(&text);
}

/* ---- CSV ---- */

static void every_table_has_as_many_cells_in_every_row(void **state) {
  (void)state;
  for (enum sample which = SAMPLE_EMPTY; which < SAMPLES; which++) {
    if (is_left_out(which)) continue;
    struct report report;
    make(which, &(struct report_options){.show_ids = true}, &report);
    for (size_t table = 0; table < render_csv_tables(); table++) {
      struct buffer out = BUFFER_INIT;
      struct ps_error err = {0};
      ok(render_csv(&report, table, &out, &err), &err);
      size_t commas = 0, first = 0, row = 0;
      bool quoted = false;
      for (size_t i = 0; i < out.len; i++) {
        char c = (char)out.data[i];
        assert_false((unsigned char)c < 0x20 && c != '\r' && c != '\n');
        quoted ^= c == '"';
        commas += c == ',' && !quoted;
        if (c != '\n' || quoted) continue;
        assert_true(i > 0 && out.data[i - 1] == '\r');
        if (row++ == 0) first = commas;
        assert_int_equal(commas, first);
        commas = 0;
      }
      assert_true(row > 0);
      assert_null(strstr((char *)out.data, ",=") ? (char *)out.data : NULL);
      buffer_release(&out);
    }
    report_release(&report);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_day_of_the_post_stands_out),
      cmocka_unit_test(its_clients_are_ranked_with_what_is_known_of_them),
      cmocka_unit_test(names_are_shortened_unless_asked_for),
      cmocka_unit_test(filters_choose_rows),
      cmocka_unit_test(a_range_leaves_days_out_and_says_which_there_are),
      cmocka_unit_test(bars_hold_every_ping_once),
      cmocka_unit_test(texts_from_outside_are_valid_utf8),
      cmocka_unit_test(json_reads_back_as_it_was),
      cmocka_unit_test(joined_json_is_the_report_of_both),
      cmocka_unit_test(a_client_in_one_source_may_have_what_the_other_did_not_list),
      cmocka_unit_test(a_measure_of_one_name_and_two_paths_is_refused),
      cmocka_unit_test(measures_are_found_by_their_names),
      cmocka_unit_test(what_is_no_report_is_refused_with_its_place),
      cmocka_unit_test(no_damage_is_dangerous),
      cmocka_unit_test(every_table_has_as_many_cells_in_every_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
