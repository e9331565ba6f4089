/* The sections of a profile's text about measurements and fields. */
#include "base/format.h"
#include "report/escape.h"
#include "report/profile_text.h"
#include "report/text_sections.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- cells ---- */

void profile_text_cut(struct text_page *page, struct text_table *table, const char *text,
                      size_t columns) {
  struct buffer cut = BUFFER_INIT;
  if (page->status == PS_OK)
    page->status = escape_terminal(&cut, text, strlen(text), columns, page->ascii, NULL, page->err);
  text_cell(page, table, "%s", cut.data ? (const char *)cut.data : "");
  buffer_release(&cut);
}

void profile_text_count(struct text_page *page, struct text_table *table, uint64_t count) {
  char text[FORMAT_TEXT];
  text_cell(page, table, "%s", format_count(count, text));
}

void profile_text_share(struct text_page *page, struct text_table *table, uint64_t part,
                        uint64_t of) {
  char text[PROFILE_WORD];
  text_cell(page, table, "%s", profile_share(part, of, text));
}

void profile_text_fleet(struct text_page *page, struct text_table *table,
                        const struct ps_profile_client *client,
                        const struct ps_profile_value *value, enum ps_population population) {
  char text[PROFILE_WORD];
  text_cell(page, table, "%s", profile_others(client, value, page->ascii, text));
  text_cell(page, table, "%s", profile_lift(value, population, page->ascii, text));
}

/* ---- numbers ---- */

static void put_quantiles(struct text_page *page, const struct ps_profile_numbers *numbers) {
  static const struct {
    const char *title;
    unsigned rank;
  } heads[PS_PROFILE_QUANTILES] = {{"1 %", 6},  {"5 %", 8},  {"25 %", 4}, {"50 %", 0},  {"75 %", 5},
                                   {"90 %", 7}, {"95 %", 9}, {"99 %", 1}, {"99.9 %", 3}};
  struct text_column columns[TEXT_COLUMNS_MAX] = {{"quantiles", TEXT_LEFT, 0, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = 1};
  char text[PROFILE_WORD];
  columns[table.ncolumns++] = (struct text_column){"least", TEXT_RIGHT, 10, TEXT_PLAIN};
  for (size_t q = 0; q < PS_PROFILE_QUANTILES; q++)
    columns[table.ncolumns++] =
        (struct text_column){heads[q].title, TEXT_RIGHT, heads[q].rank, TEXT_PLAIN};
  columns[table.ncolumns++] = (struct text_column){"most", TEXT_RIGHT, 2, TEXT_PLAIN};
  columns[table.ncolumns++] = (struct text_column){"mean", TEXT_RIGHT, 11, TEXT_PLAIN};
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    if (!numbers->count[p]) continue;
    text_cell(page, &table, "%s", ps_population_name((enum ps_population)p));
    text_cell(page, &table, "%s", profile_number(numbers->min[p], text));
    for (size_t q = 0; q < PS_PROFILE_QUANTILES; q++)
      text_cell(page, &table, "%s", profile_number(numbers->quantile[p][q], text));
    text_cell(page, &table, "%s", profile_number(numbers->max[p], text));
    text_cell(page, &table, "%s", profile_number(numbers->mean[p], text));
  }
  text_table_print(page, &table);
}

#define ROWS_OF_BARS 16u
#define DECADES      100.0 /* least and greatest bin further apart are shown by logarithms */

/* Bins put together until there are few enough; at[0] may be what is 0 or less. */
static size_t put_together(const struct ps_profile_numbers *numbers,
                           struct ps_profile_bin rows[ROWS_OF_BARS + 1]) {
  size_t at = 0;
  bool log = numbers->nlog > 1 && numbers->log[0].from > 0 &&
             numbers->log[numbers->nlog - 1].to / numbers->log[0].from >= DECADES;
  const struct ps_profile_bin *bins = log ? numbers->log : numbers->linear;
  size_t n = log ? numbers->nlog : numbers->nlinear;
  size_t each = (n + ROWS_OF_BARS - 1) / ROWS_OF_BARS;
  if (log && numbers->not_positive[PS_ALL_COPIES]) {
    rows[at].from = rows[at].to = 0;
    memcpy(rows[at++].count, numbers->not_positive, sizeof rows->count);
  }
  for (size_t i = 0; i < n; i++) {
    if (i % each == 0) rows[at++] = (struct ps_profile_bin){.from = bins[i].from};
    struct ps_profile_bin *row = &rows[at - 1];
    row->to = bins[i].to;
    for (int p = 0; p < PS_POPULATIONS; p++) row->count[p] += bins[i].count[p];
  }
  return at;
}

static char *edge(double number, char text[PROFILE_WORD]) {
  if (fabs(number) >= 999.5) return profile_number(number, text);
  (void)snprintf(text, PROFILE_WORD, "%.3g", number);
  return text;
}

/* Two and more empty rows on end are one. */
static bool in_gap(const struct ps_profile_bin *rows, size_t n, size_t i) {
  return !rows[i].count[0] &&
         ((i > 0 && !rows[i - 1].count[0]) || (i + 1 < n && !rows[i + 1].count[0]));
}

static void bin_row(struct text_page *page, struct text_table *table,
                    const struct ps_profile_bin *bin, uint64_t most) {
  char text[PROFILE_WORD];
  text_cell(page, table, "%s", edge(bin->from, text));
  text_cell(page, table, "%s", bin->to > bin->from ? edge(bin->to, text) : "");
  for (int p = 0; p < PS_POPULATIONS; p++) profile_text_count(page, table, bin->count[p]);
  text_bar(page, table, log1p((double)bin->count[0]) / log1p((double)most), 1);
}

static void put_histogram(struct text_page *page, const struct ps_profile_numbers *numbers) {
  bool brief = page->width < 60;
  const struct text_column columns[] = {
      {"from", TEXT_RIGHT, 0, TEXT_PLAIN},
      {"to", TEXT_RIGHT, 2, TEXT_PLAIN},
      {brief ? "all" : "all copies", TEXT_RIGHT, 0, TEXT_PLAIN},
      {brief ? "first" : "first copies", TEXT_RIGHT, 0, TEXT_PLAIN},
      {brief ? "once" : "seen once", TEXT_RIGHT, 0, TEXT_PLAIN},
      {"log scale", TEXT_BAR, 1, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  struct ps_profile_bin rows[ROWS_OF_BARS + 1];
  size_t n = put_together(numbers, rows);
  uint64_t most = 0;
  if (n < 2) return; /* all are equal */
  for (size_t i = 0; i < n; i++)
    if (rows[i].count[0] > most) most = rows[i].count[0];
  text_blank(page);
  for (size_t i = 0; i < n; i++) {
    bool gap = in_gap(rows, n, i);
    if (gap && i > 0 && in_gap(rows, n, i - 1)) continue;
    if (!gap) {
      bin_row(page, &table, &rows[i], most);
      continue;
    }
    text_cell(page, &table, "...");
    for (int c = 0; c < 4; c++) text_cell(page, &table, "%s", "");
    text_bar(page, &table, 0, 0);
  }
  text_table_print(page, &table);
}

void profile_text_numbers(struct text_page *page, const struct ps_profile_numbers *numbers) {
  put_quantiles(page, numbers);
  put_histogram(page, numbers);
}

/* ---- measurements ---- */

/* "7 values beyond ... (first copies 5, seen once 4)"; in short when it is the same in all. */
static void say_counts(struct text_page *page, const uint64_t count[PS_POPULATIONS],
                       const char *one, const char *many) {
  struct buffer words = BUFFER_INIT;
  char text[FORMAT_TEXT];
  text_say(page, &words, "%s %s", format_count(count[PS_ALL_COPIES], text),
           count[PS_ALL_COPIES] == 1 ? one : many);
  if (count[PS_FIRST_COPIES] != count[PS_ALL_COPIES] ||
      count[PS_SEEN_ONCE] != count[PS_ALL_COPIES]) {
    text_say(page, &words, " (first copies %s, ", format_count(count[PS_FIRST_COPIES], text));
    text_say(page, &words, "seen once %s)", format_count(count[PS_SEEN_ONCE], text));
  }
  text_words(page, 2, 4, &words);
  buffer_release(&words);
}

static void put_member(struct text_page *page, const struct ps_profile_measure *measure) {
  struct profile_text_figures figures = {.n = 0};
  if (measure->implausible[PS_ALL_COPIES])
    profile_text_add(&figures, "implausible counts", measure->implausible);
  if (measure->has_member && measure->disagree[PS_ALL_COPIES]) {
    profile_text_add(&figures, "sum of the values", measure->sum);
    profile_text_add(&figures, "their sum members", measure->member_sum);
    profile_text_add(&figures, "pings that differ", measure->disagree);
  }
  if (measure->has_member && measure->member_odd[PS_ALL_COPIES])
    profile_text_add(&figures, "pings with odd sums", measure->member_odd);
  if (!figures.n) return;
  text_blank(page);
  profile_text_figures(page, &figures);
}

void profile_text_measures(struct text_page *page, const struct ps_profile_client *client) {
  for (size_t m = 0; m < client->nmeasures; m++) {
    const struct ps_profile_measure *measure = &client->measures[m];
    char heading[PS_MEASURE_NAME + 32];
    (void)snprintf(heading, sizeof heading, "Measurements per ping: %.*s", (int)PS_MEASURE_NAME,
                   measure->name);
    text_heading(page, heading, measure->path);
    if (measure->per_ping.max[PS_ALL_COPIES] > 0) profile_text_numbers(page, &measure->per_ping);
    else text_paragraph(page, 2, 4, "no ping has any");
    put_member(page, measure);
  }
}

/* ---- fields ---- */

#define WIDE 100u /* columns from which there is room for all counts */

/* Without others there is more room. */
static size_t value_columns(const struct text_page *page, const struct ps_profile_client *client) {
  size_t columns = page->width / 4 + (client->fleet_pings ? 0 : 18);
  return columns > 60 ? 60 : columns;
}

static void value_row(struct text_page *page, struct text_table *table,
                      const struct ps_profile_client *client,
                      const struct ps_profile_value *value) {
  profile_text_cut(page, table, *value->text ? value->text : "\"\"", value_columns(page, client));
  for (int p = 0; p < PS_POPULATIONS; p++) {
    if (p == PS_ALL_COPIES || page->width >= WIDE) profile_text_count(page, table, value->count[p]);
    else text_cell(page, table, "%s", "");
    profile_text_share(page, table, value->count[p], client->pings[p]);
  }
  profile_text_fleet(page, table, client, value, PS_ALL_COPIES);
}

static void put_values(struct text_page *page, const struct ps_profile_client *client,
                       const struct ps_profile_field *field) {
  static const struct text_column columns[] = {
      {"", TEXT_LEFT, 0, TEXT_PLAIN},        {"copies", TEXT_RIGHT, 3, TEXT_PLAIN},
      {"all", TEXT_RIGHT, 0, TEXT_PLAIN},    {"first copies", TEXT_RIGHT, 4, TEXT_PLAIN},
      {"first", TEXT_RIGHT, 0, TEXT_STRONG}, {"seen once", TEXT_RIGHT, 5, TEXT_PLAIN},
      {"once", TEXT_RIGHT, 0, TEXT_PLAIN},   {"others", TEXT_RIGHT, 2, TEXT_FAINT},
      {"lift", TEXT_RIGHT, 1, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  for (size_t i = 0; i < field->n; i++) value_row(page, &table, client, &field->values[i]);
  text_table_print(page, &table);
}

static void put_marks(struct text_page *page, const struct ps_profile_client *client,
                      const struct ps_profile_field *field) {
  uint64_t none[PS_POPULATIONS];
  bool any = false;
  for (int p = 0; p < PS_POPULATIONS; p++) {
    none[p] = client->pings[p] > field->pings[p] ? client->pings[p] - field->pings[p] : 0;
    any |= none[p] > 0;
  }
  say_counts(page, field->distinct, "value", "different values");
  if (any) say_counts(page, none, "ping has none", "pings have none");
  if (field->capped)
    say_counts(page, field->other, "more value that is not told apart (other)",
               "more values that are not told apart (other)");
  if (field->clamped[PS_ALL_COPIES])
    say_counts(page, field->clamped, "value beyond the limit counts as the limit",
               "values beyond the limit count as the limit");
}

static void put_field(struct text_page *page, const struct ps_profile_client *client,
                      const struct ps_profile_field *field) {
  text_heading(page, field->name, strcmp(field->name, field->text) ? field->text : "");
  if (field->n) put_values(page, client, field);
  put_marks(page, client, field);
  if (!field->numeric || !field->numbers.count[PS_ALL_COPIES]) return;
  text_blank(page);
  profile_text_numbers(page, &field->numbers);
}

void profile_text_fields(struct text_page *page, const struct ps_profile_client *client) {
  struct buffer words = BUFFER_INIT;
  for (size_t f = 0; f < client->nfields; f++) {
    const struct ps_profile_field *field = &client->fields[f];
    if (field->pings[PS_ALL_COPIES]) put_field(page, client, field);
    else text_say(page, &words, "%s%s", words.len ? ", " : "in no ping: ", field->name);
  }
  if (words.len) text_heading(page, "Fields without a value", "");
  text_words(page, 2, 4, &words);
  buffer_release(&words);
}

/* ---- values that stand out ---- */

void profile_text_standouts(struct text_page *page, const struct ps_profile_client *client) {
  static const struct text_column columns[] = {
      {"field", TEXT_LEFT, 2, TEXT_PLAIN},      {"value", TEXT_LEFT, 0, TEXT_STRONG},
      {"all", TEXT_RIGHT, 0, TEXT_PLAIN},       {"first", TEXT_RIGHT, 0, TEXT_PLAIN},
      {"once", TEXT_RIGHT, 0, TEXT_PLAIN},      {"others", TEXT_RIGHT, 3, TEXT_FAINT},
      {"lift up to", TEXT_RIGHT, 1, TEXT_ALARM}};
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  struct profile_standout standouts[PROFILE_STANDOUTS];
  size_t n = profile_standouts(client, standouts);
  char remark[FORMAT_TEXT + 64], others[FORMAT_TEXT];
  if (!n) return;
  for (size_t i = 0; i < n; i++) {
    const struct ps_profile_value *value = standouts[i].value;
    profile_text_cut(page, &table, standouts[i].field->name, page->width / 5);
    profile_text_cut(page, &table, *value->text ? value->text : "\"\"",
                     value_columns(page, client));
    for (int p = 0; p < PS_POPULATIONS; p++)
      profile_text_share(page, &table, value->count[p], client->pings[p]);
    profile_text_fleet(page, &table, client, value, standouts[i].population);
  }
  (void)snprintf(remark, sizeof remark, "share of its pings, against %s pings of others",
                 format_count(client->fleet_pings, others));
  text_heading(page, "What stands out", remark);
  text_table_print(page, &table);
}
