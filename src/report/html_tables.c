#include "report/html_parts.h"

#include <time.h>

/* ---- the classes of pings, by day and by label ---- */

static void fates(struct page *page, const struct ps_day_figures *figures) {
  uint64_t pings = ps_day_figures_pings(figures);
  html_cell_count(page, pings);
  html_cell_count(page, figures->count[PS_UNIQUE]);
  html_cell_count(page, figures->count[PS_DUPLICATE]);
  html_cell_share(page, (double)figures->count[PS_DUPLICATE], (double)pings);
  html_cell_count(page, figures->count[PS_MALFORMED]);
  html_cell_count(page, figures->count[PS_NO_ID]);
  html_cell_count(page, figures->count[PS_LATE]);
}
#define FATES                                                                                      \
  {"Pings", COLUMN_NUMBER}, {"Distinct documents", COLUMN_NUMBER}, {"Duplicates", COLUMN_NUMBER},  \
      {"Duplicate share", COLUMN_NUMBER}, {"Malformed", COLUMN_NUMBER}, {"No id", COLUMN_NUMBER},  \
  {                                                                                                \
    "Late", COLUMN_NUMBER                                                                          \
  }

void html_days_table(struct page *page, const struct report *report) {
  static const struct html_column columns[] = {
      {"Day", COLUMN_TEXT}, FATES, {"Clients (about)", COLUMN_NUMBER}, {"Note", COLUMN_TEXT}};
  struct html_table table = {
      .caption = "Pings by day", HTML_COLUMNS(columns), .nrows = report->ndays};
  html_table_open(page, &table);
  for (size_t i = 0; i < report->ndays; i++) {
    const struct report_day *day = &report->days[i];
    html_row_open(page);
    html_cell_day(page, day->day, true);
    fates(page, &day->figures);
    html_cell_count(page, day->clients);
    html_cell_text(page, day->incomplete ? "incomplete" : "");
    html_row_close(page);
  }
  html_table_close(page, &table);
}

void html_shares_table(struct page *page, const struct report *report) {
  static const struct html_column columns[] = {{"Day", COLUMN_TEXT},
                                               {"Duplicates", COLUMN_NUMBER},
                                               {"Pings", COLUMN_NUMBER},
                                               {"Duplicate share", COLUMN_NUMBER}};
  struct html_table table = {
      .caption = "Duplicate share by day", HTML_COLUMNS(columns), .nrows = report->ndays};
  html_table_open(page, &table);
  for (size_t i = 0; i < report->ndays; i++) {
    const struct ps_day_figures *figures = &report->days[i].figures;
    uint64_t pings = ps_day_figures_pings(figures);
    html_row_open(page);
    html_cell_day(page, report->days[i].day, true);
    html_cell_count(page, figures->count[PS_DUPLICATE]);
    html_cell_count(page, pings);
    html_cell_share(page, (double)figures->count[PS_DUPLICATE], (double)pings);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

void html_labels_table(struct page *page, const struct report *report) {
  static const struct html_column columns[] = {
      {"docType", COLUMN_TEXT}, {"Channel", COLUMN_TEXT}, FATES, {"Share of pings", COLUMN_NUMBER}};
  struct html_table table = {.caption = "Pings by docType and channel",
                             .open = true,
                             HTML_COLUMNS(columns),
                             .nrows = report->both.n};
  double all = (double)ps_day_figures_pings(&report->total);
  html_table_open(page, &table);
  for (size_t i = 0; i < report->both.n; i++) {
    const struct report_label *label = &report->both.at[i];
    html_row_open(page);
    html_cell_head(page, label->type[0] ? label->type : "\xe2\x80\x93");
    html_cell_text(page, label->channel[0] ? label->channel : "\xe2\x80\x93");
    fates(page, &label->figures);
    html_cell_share(page, (double)ps_day_figures_pings(&label->figures), all);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

/* ---- measurements ---- */

void html_measure_table(struct page *page, const struct report *report, size_t measure) {
  static const struct html_column columns[] = {
      {"Day", COLUMN_TEXT},
      {"Measurements", COLUMN_NUMBER},
      {"A ping", COLUMN_NUMBER},
      {"Median of other days", COLUMN_NUMBER},
      {"Times that median", COLUMN_NUMBER},
      {"Median ping", COLUMN_NUMBER},
      {"99th percentile", COLUMN_NUMBER},
      {"Largest ping", COLUMN_NUMBER},
      {"Implausible counts", COLUMN_NUMBER},
      {"Note", COLUMN_TEXT},
  };
  struct html_table table = {.caption = "Measurements by day: ",
                             .measure = report->measures[measure].name,
                             HTML_COLUMNS(columns)};
  for (size_t i = 0; i < report->ndays; i++)
    table.nrows += report->days[i].measure[measure].measured;
  html_table_open(page, &table);
  for (size_t i = 0; i < report->ndays; i++) {
    const struct report_day *day = &report->days[i];
    const struct report_measure_day *taken = &day->measure[measure];
    if (!taken->measured) continue;
    html_row_open(page);
    html_cell_day(page, day->day, true);
    html_cell_count(page, day->figures.measurements[measure]);
    html_cell_rate(page, taken->per_ping);
    html_cell_rate(page, taken->others_median);
    html_cell_rate(page, taken->ratio);
    html_cell_rate(page, taken->p50);
    html_cell_rate(page, taken->p99);
    html_cell_rate(page, taken->max);
    html_cell_count(page, day->figures.implausible[measure]);
    html_cell_text(page, taken->stands_out ? "stands out" : "");
    html_row_close(page);
  }
  html_table_close(page, &table);
}

void html_bars_table(struct page *page, const struct report *report, size_t measure) {
  static const struct html_column columns[] = {{"From", COLUMN_NUMBER},
                                               {"To", COLUMN_NUMBER},
                                               {"Pings", COLUMN_NUMBER},
                                               {"Share", COLUMN_NUMBER}};
  struct html_table table = {.caption = "Pings by their measurements: ",
                             .measure = report->measures[measure].name,
                             HTML_COLUMNS(columns),
                             .nrows = report->nbars[measure]};
  double all = (double)report->distribution[measure].count;
  html_table_open(page, &table);
  for (size_t i = 0; i < report->nbars[measure]; i++) {
    const struct report_bar *bar = &report->bars[measure][i];
    html_row_open(page);
    html_cell_rate(page, bar->from);
    html_cell_rate(page, bar->to);
    html_cell_count(page, bar->count);
    html_cell_share(page, (double)bar->count, all);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

/* ---- clients and flags ---- */

const char *html_rank_name(const struct report *report, size_t rank) {
  if (rank == PS_RANK_PINGS) return "pings";
  if (rank == PS_RANK_DUPLICATES) return "duplicates";
  return report->measures[rank - PS_RANK_MEASURES].name;
}

/* The client's other figures in the day's rankings: all but the one it is ranked by. */
static void other_figures(struct page *page, const struct report_client *client, size_t rank) {
  if (rank != PS_RANK_PINGS) html_cell_bounded(page, client->pings);
  if (rank != PS_RANK_DUPLICATES) html_cell_bounded(page, client->duplicates);
  html_cell_bounded(page, client->documents);
  if (rank < PS_RANK_MEASURES) html_cell_bounded(page, client->measurements);
}

void html_ranking_table(struct page *page, const struct report *report, size_t rank) {
  static const char *const names[] = {"Pings", "Duplicates", "Measurements"};
  size_t own = rank < PS_RANK_MEASURES ? rank : PS_RANK_MEASURES;
  const struct html_column columns[] = {{"Client", COLUMN_TEXT},
                                        {"Day", COLUMN_TEXT},
                                        {names[own], COLUMN_NUMBER},
                                        {"Bound", COLUMN_NUMBER},
                                        {"Share of the day", COLUMN_NUMBER},
                                        {names[own == 0], COLUMN_NUMBER},
                                        {own == 2 ? names[1] : "Distinct documents", COLUMN_NUMBER},
                                        {own == 2 ? "Distinct documents" : names[2], COLUMN_NUMBER},
                                        {"Flags", COLUMN_TEXT}};
  const struct report_ranking *ranking = &report->ranking[rank];
  struct html_table table = {.caption = "Clients of a day by ",
                             .measure = html_rank_name(report, rank),
                             HTML_COLUMNS(columns),
                             .nrows = ranking->n};
  html_table_open(page, &table);
  for (size_t i = 0; i < ranking->n; i++) {
    const struct report_client *client = &ranking->at[i];
    html_row_open(page);
    html_cell_head(page, client->name);
    html_cell_day(page, client->day, false);
    html_cell_count(page, client->figure.count);
    html_cell_error(page, client->figure.error);
    html_cell_share(page, client->share, 1);
    other_figures(page, client, rank);
    html_cell_rules(page, client->rules);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

static void cell_time(struct page *page, uint64_t seconds) {
  struct tm tm;
  time_t at = (time_t)seconds;
  char text[40];
  if (seconds > UINT64_C(253402300799) || !gmtime_r(&at, &tm) ||
      !strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm))
    text[0] = '\0';
  page_printf(page, "<td>%s</td>", text);
}

void html_flags_table(struct page *page, const struct report *report) {
  static const struct html_column columns[] = {{"Client", COLUMN_TEXT},
                                               {"Day", COLUMN_TEXT},
                                               {"Rule", COLUMN_TEXT},
                                               {"Why", COLUMN_TEXT},
                                               {"Raised at (UTC)", COLUMN_TEXT},
                                               {"Pings then", COLUMN_NUMBER},
                                               {"Duplicates then", COLUMN_NUMBER},
                                               {"Measurements then", COLUMN_NUMBER}};
  struct html_table table = {.caption = "Flags, as they were raised",
                             .open = true,
                             HTML_COLUMNS(columns),
                             .nrows = report->nflags};
  html_table_open(page, &table);
  for (size_t i = 0; i < report->nflags; i++) {
    const struct report_flag *raised = &report->flags[i];
    html_row_open(page);
    html_cell_head(page, raised->name);
    html_cell_day(page, raised->flag.day, false);
    html_cell_rules(page, raised->flag.rule < PS_RULES ? 1U << raised->flag.rule : 0);
    page_put(page, "<td class=\"long\">");
    html_evidence(page, &raised->flag);
    page_put(page, "</td>");
    cell_time(page, raised->flag.time);
    html_cell_bounded(page, raised->flag.pings);
    html_cell_bounded(page, raised->flag.duplicates);
    html_cell_bounded(page, raised->flag.measurements);
    html_row_close(page);
  }
  html_table_close(page, &table);
}
