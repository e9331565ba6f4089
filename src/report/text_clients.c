/* The sections of the text report about clients, distributions and flags, and its notes. */
#include "base/format.h"
#include "report/text_sections.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- rankings ---- */

#define WIDE 120u /* columns from which rules are spelled out in tables */

static void bounded_cells(struct text_page *page, struct text_table *table,
                          const struct ps_bounded *figure) {
  char count[FORMAT_TEXT], error[FORMAT_TEXT];
  text_cell(page, table, "%s", format_count(figure->count, count));
  if (figure->error) text_cell(page, table, "+%s", format_count(figure->error, error));
  else text_cell(page, table, "%s", "");
}

/* A figure beside the ranking's own: a client that is too small for a table has at most its bound.
 */
static void other_cell(struct text_page *page, struct text_table *table, bool wanted,
                       const struct ps_bounded *figure) {
  char count[FORMAT_TEXT], error[FORMAT_TEXT];
  (void)format_count(figure->count, count);
  (void)format_count(figure->error, error);
  if (!wanted) text_cell(page, table, "%s", "");
  else if (!figure->error) text_cell(page, table, "%s", count);
  else if (!figure->count) text_cell(page, table, "%s%s", page->ascii ? "<=" : "\u2264", error);
  else text_cell(page, table, "%s+%s", count, error);
}

static void rules_cell(struct text_page *page, struct text_table *table, uint32_t rules) {
  static const char *const brief[PS_RULES] = {"pings", "duplicates", "spike", "profile"};
  char text[128] = "";
  size_t at = 0;
  for (unsigned r = 0; r < PS_RULES && at < sizeof text; r++) {
    if (!(rules & UINT32_C(1) << r)) continue;
    const char *name = page->width >= WIDE ? ps_rule_name((enum ps_rule)r) : brief[r];
    int n = snprintf(text + at, sizeof text - at, "%s%s", at ? " " : "", name);
    at += n > 0 ? (size_t)n : 0;
  }
  text_cell(page, table, "%s", text);
}

static void client_row(struct text_page *page, struct text_table *table, size_t rank,
                       const struct report_client *client, bool measured) {
  char day[DAY_TEXT];
  day_format(client->day, day);
  text_cell(page, table, "%s", client->name);
  text_cell(page, table, "%s", day);
  bounded_cells(page, table, &client->figure);
  if (client->share > 0 && client->share < 0.00005) text_cell(page, table, "<0.01 %%");
  else text_cell(page, table, "%.2f %%", 100 * client->share);
  other_cell(page, table, rank != PS_RANK_PINGS, &client->pings);
  other_cell(page, table, rank != PS_RANK_DUPLICATES, &client->duplicates);
  other_cell(page, table, true, &client->documents);
  other_cell(page, table, measured && rank < PS_RANK_MEASURES, &client->measurements);
  rules_cell(page, table, client->rules);
}

static void ranking_section(struct text_page *page, const struct report *report, size_t rank) {
  const struct report_ranking *ranking = &report->ranking[rank];
  char heading[PS_MEASURE_NAME + 64], remark[FORMAT_TEXT + 48], a[FORMAT_TEXT];
  const char *what = rank == PS_RANK_PINGS        ? "pings"
                     : rank == PS_RANK_DUPLICATES ? "duplicates"
                                                  : "measurements";
  const struct text_column columns[] = {
      {"client", TEXT_LEFT, 0, TEXT_PLAIN},        {"day", TEXT_RIGHT, 1, TEXT_PLAIN},
      {what, TEXT_RIGHT, 0, TEXT_STRONG},          {"", TEXT_RIGHT, 0, TEXT_FAINT},
      {"of the day", TEXT_RIGHT, 3, TEXT_PLAIN},   {"pings", TEXT_RIGHT, 4, TEXT_PLAIN},
      {"duplicates", TEXT_RIGHT, 6, TEXT_PLAIN},   {"documents", TEXT_RIGHT, 5, TEXT_PLAIN},
      {"measurements", TEXT_RIGHT, 7, TEXT_PLAIN}, {"flagged for", TEXT_LEFT, 2, TEXT_ALARM}};
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  if (!ranking->n) return;
  for (size_t i = 0; i < ranking->n; i++)
    client_row(page, &table, rank, &ranking->at[i], report->nmeasures > 0);
  (void)snprintf(heading, sizeof heading, "Clients by %s", what);
  if (rank >= PS_RANK_MEASURES)
    (void)snprintf(heading, sizeof heading, "Clients by measurements: %s",
                   report->measures[rank - PS_RANK_MEASURES].name);
  (void)snprintf(remark, sizeof remark, "on one day; no other has more than %s",
                 format_count(ranking->absent, a));
  text_heading(page, heading, remark);
  text_table_print(page, &table);
}

void text_rankings(struct text_page *page, const struct report *report) {
  for (size_t r = 0; r < PS_RANK_MEASURES + report->nmeasures; r++)
    ranking_section(page, report, r);
}

/* ---- distributions ---- */

#define ROWS_OF_BARS 16u

static void quantiles_line(struct text_page *page, const struct ps_distribution *distribution) {
  struct buffer words = BUFFER_INIT;
  char median[TEXT_RATE], high[TEXT_RATE], highest[TEXT_RATE], max[FORMAT_TEXT];
  text_say(page, &words,
           "half of the pings have at most %s, 99 %% at most %s, 99.9 %% at most %s, "
           "the largest has %s",
           text_rate(round(ps_distribution_quantile(distribution, 0.5)), median),
           text_rate(round(ps_distribution_quantile(distribution, 0.99)), high),
           text_rate(round(ps_distribution_quantile(distribution, 0.999)), highest),
           format_count(distribution->max, max));
  text_words(page, 2, 2, &words);
  buffer_release(&words);
}

/* Bars put together until there are few enough, each up to a whole number. */
struct bar {
  double to;
  uint64_t count;
};

static size_t put_together(const struct report *report, size_t m, struct bar rows[]) {
  const struct report_bar *bars = report->bars[m];
  size_t n = report->nbars[m], zeros = report->distribution[m].zeros > 0 ? 1 : 0, at = 0;
  size_t each = (n - zeros + ROWS_OF_BARS - 1) / ROWS_OF_BARS;
  double said = 0;
  if (zeros) rows[at++] = (struct bar){0, bars[0].count};
  struct bar row = {0, 0};
  for (size_t i = zeros; i < n; i++) {
    row.count += bars[i].count;
    row.to = floor(bars[i].to);
    if (i + 1 < n && ((i - zeros + 1) % each != 0 || row.to <= said)) continue;
    said = row.to;
    rows[at++] = row;
    row.count = 0;
  }
  return at;
}

/* Of a gap only the end is shown. */
static bool in_gap(const struct bar *rows, size_t n, size_t i) {
  return i > 0 && i + 1 < n && !rows[i].count && !rows[i + 1].count;
}

static void bar_rows(struct text_page *page, struct text_table *table, const struct report *report,
                     size_t m) {
  struct bar rows[REPORT_BARS + 1];
  size_t n = put_together(report, m, rows);
  uint64_t all = report->distribution[m].count, most = 0;
  for (size_t i = 0; i < n; i++)
    if (rows[i].count > most) most = rows[i].count;
  for (size_t i = 0; i < n; i++) {
    char a[FORMAT_TEXT];
    bool gap = in_gap(rows, n, i);
    if (gap && in_gap(rows, n, i - 1)) continue;
    text_cell(page, table, "%s", gap ? "..." : format_count((uint64_t)rows[i].to, a));
    text_cell(page, table, "%s", gap ? "" : format_count(rows[i].count, a));
    text_cell(page, table, "%s", gap ? "" : format_share(rows[i].count, all, a));
    text_bar(page, table, log1p((double)rows[i].count) / log1p((double)most), 1);
  }
}

void text_distributions(struct text_page *page, const struct report *report) {
  static const struct text_column columns[] = {{"up to", TEXT_RIGHT, 0, TEXT_PLAIN},
                                               {"pings", TEXT_RIGHT, 0, TEXT_PLAIN},
                                               {"share", TEXT_RIGHT, 1, TEXT_PLAIN},
                                               {"", TEXT_BAR, 2, TEXT_PLAIN}};
  for (size_t m = 0; m < report->nmeasures; m++) {
    if (!report->distribution[m].max) continue; /* no ping had any */
    char heading[PS_MEASURE_NAME + 32];
    struct text_table table = {.columns = columns, .ncolumns = 4};
    (void)snprintf(heading, sizeof heading, "Measurements a ping: %s", report->measures[m].name);
    text_heading(page, heading, "bars on a log scale");
    bar_rows(page, &table, report, m);
    text_table_print(page, &table);
    quantiles_line(page, &report->distribution[m]);
  }
}

/* ---- flags ---- */

#define FLAGS_MIN 20u /* listed in any case, or --top of them */

static void say_evidence(struct text_page *page, struct buffer *words, const struct ps_flag *flag) {
  char a[FORMAT_TEXT], b[FORMAT_TEXT], limit[FORMAT_TEXT];
  (void)format_count(flag->limit, limit);
  (void)format_count(flag->evidence, a);
  switch ((enum ps_rule)flag->rule) {
  case PS_PING_FLOOD:
    text_say(page, words, "%s pings; the limit is %s", format_count(flag->pings.count, b), limit);
    break;
  case PS_DUPLICATE_FLOOD:
    text_say(page, words, "%s pings, at most %s of them distinct",
             format_count(flag->pings.count, b), a);
    break;
  case PS_MEASUREMENT_SPIKE:
    if (flag->evidence)
      text_say(page, words, "%s measurements in one ping; the limit is %s", a, limit);
    else
      text_say(page, words, "%s measurements by then; the limit, from the other clients, was %s",
               format_count(flag->measurements.count, b), limit);
    break;
  case PS_SHARED_PROFILE:
    if (*flag->value)
      text_say(page, words, "%s of %s pings have the same rare value, %s (advisory)", a,
               format_count(flag->of, b), flag->value);
    else text_say(page, words, "%s cities in a day; the limit is %s (advisory)", a, limit);
    break;
  case PS_RULES: break;
  }
}

void text_flags(struct text_page *page, const struct report *report) {
  size_t most = report->options.top > FLAGS_MIN ? report->options.top : FLAGS_MIN;
  size_t n = report->nflags < most ? report->nflags : most;
  struct buffer words = BUFFER_INIT;
  if (!n) return;
  char a[FORMAT_TEXT];
  text_heading(page, "Flags", "as they were raised");
  for (size_t i = 0; i < n; i++) {
    const struct ps_flag *flag = &report->flags[i].flag;
    char day[DAY_TEXT];
    day_format(flag->day, day);
    text_say(page, &words, "%s %s %s: ", day, report->flags[i].name,
             ps_rule_name((enum ps_rule)flag->rule));
    say_evidence(page, &words, flag);
    text_words(page, 2, 13, &words);
  }
  uint64_t more = report->nflags - n + report->more_flags;
  if (more) {
    text_say(page, &words, "and %s more", format_count(more, a));
    if (report->nflags > n) text_say(page, &words, ": --table flags --format csv lists them");
    text_words(page, 2, 2, &words);
  }
  buffer_release(&words);
}

/* ---- notes ---- */

static void note_days(struct text_page *page, const struct report *report, struct buffer *words) {
  size_t n = 0;
  bool outlier = false;
  for (size_t i = 0; i < report->ndays; i++) {
    n += report->days[i].incomplete;
    for (size_t m = 0; m < report->nmeasures; m++) outlier |= report->days[i].measure[m].stands_out;
  }
  if (outlier) {
    text_say(page, words,
             "! ten times the median of the other days in measurements a ping, or a "
             "tenth");
    text_words(page, 2, 4, words);
  }
  if (!n) return;
  text_say(
      page, words,
      "* incomplete: the seen-set holds more documentIds of the day than were counted (they came "
      "with --no-accounts)");
  text_words(page, 2, 4, words);
}

static void note_apart(struct text_page *page, struct buffer *words,
                       const struct ps_day_figures *figures, const char *what) {
  char a[FORMAT_TEXT], b[FORMAT_TEXT];
  uint64_t pings = ps_day_figures_pings(figures);
  if (!pings) return;
  text_say(page, words,
           "%s pings %s, %s of them duplicates: in the totals, never ranked or flagged",
           format_count(pings, a), what, format_count(figures->count[PS_DUPLICATE], b));
  text_words(page, 2, 4, words);
}

static bool has_bounds(const struct report *report) {
  for (size_t r = 0; r < PS_RANKS_MAX; r++)
    for (size_t i = 0; i < report->ranking[r].n; i++)
      if (report->ranking[r].at[i].figure.error) return true;
  return false;
}

void text_notes(struct text_page *page, const struct report *report) {
  struct buffer words = BUFFER_INIT;
  char a[FORMAT_TEXT];
  text_heading(page, "Notes", "");
  note_days(page, report, &words);
  if (has_bounds(report)) {
    text_say(page, &words,
             "a client's figure is a lower bound: with +274 behind it the true one is "
             "at most 274 more, with nothing it is exact");
    text_words(page, 2, 4, &words);
  }
  note_apart(page, &words, &report->without_client, "had no clientId");
  note_apart(page, &words, &report->canary,
             "came from clients with upload turned off, who share one clientId");
  for (size_t m = 0; m < report->nmeasures; m++) {
    text_say(page, &words, "%s: the sum of %s", report->measures[m].name, report->measures[m].path);
    if (report->total.implausible[m])
      text_say(page, &words, "; %s implausible counts left out",
               format_count(report->total.implausible[m], a));
    text_words(page, 2, 4, &words);
  }
  text_say(page, &words,
           "days, docTypes and channels are exact; numbers of clients are within 1.6 "
           "%% (standard error), measurements a ping within 1 %%");
  text_words(page, 2, 4, &words);
  buffer_release(&words);
}
