/* Charts of days: pings against distinct documents, the share of duplicates, measurements. */
#include "base/error.h"
#include "base/format.h"
#include "report/chart_rows.h"
#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The values that the charts of days share, side by side. */
struct days {
  const struct report *report;
  size_t measure;
  size_t n;
  day_t first, last;
  day_t *day;
  struct chart_calendar calendar;          /* of day */
  double *pings, *distinct, *share, *rate; /* rate: of the days that were measured */
  size_t nrate;
  day_t *rate_place;
  double median; /* of rate */
};

static const struct report_day *day_of(const struct days *days, size_t i) {
  return &days->report->days[i];
}

static uint64_t pings_of(const struct days *days, size_t i) {
  return ps_day_figures_pings(&day_of(days, i)->figures);
}

static void figure_open(struct page *page, const char *heading, const char *measure,
                        bool shortened) {
  html_figure_open(page, heading, measure);
  if (shortened) page_put(page, CHART_SHORTENED);
  html_caption_close(page);
}

static size_t peak(const double *values, size_t n) {
  size_t at = 0;
  for (size_t i = 1; i < n; i++)
    if (values[i] > values[at]) at = i;
  return at;
}

static void range_words(struct page *page, const struct days *days) {
  page_day(page, days->first);
  if (days->last == days->first) return;
  page_put(page, " to ");
  page_day(page, days->last);
}

/* A label over the point (x, y), kept inside the chart. */
static void point_label(struct chart *chart, double x, double y, enum chart_ink ink,
                        const char *text) {
  double half = CHART_LETTER * (double)strlen(text) / 2;
  enum chart_anchor anchor = x - half < chart->left    ? ANCHOR_START
                             : x + half > chart->right ? ANCHOR_END
                                                       : ANCHOR_MIDDLE;
  double at = anchor == ANCHOR_MIDDLE ? x
              : anchor == ANCHOR_END  ? fmin(x + 8, chart->right)
                                      : fmax(x - 8, chart->left);
  chart_label(chart, at, y - 9, anchor, ink, text);
}

/* ---- pings against distinct documents ---- */

static void counts_title(struct page *page, const void *context) {
  page_put(page, "Pings and distinct documents by day, ");
  range_words(page, context);
}

static void counts_describe(struct page *page, const void *context) {
  const struct days *days = context;
  const struct ps_day_figures *total = &days->report->total;
  char share[PAGE_FIGURE];
  uint64_t pings = ps_day_figures_pings(total);
  page_nouns(page, pings, "ping");
  page_put(page, " of ");
  page_nouns(page, total->count[PS_UNIQUE], "distinct document");
  page_printf(page, "; %s of the pings were duplicates.",
              page_share_format((double)total->count[PS_DUPLICATE], (double)pings, share));
  if (days->n < 2) return;
  size_t most = peak(days->pings, days->n);
  page_put(page, " Most pings came on ");
  page_day(page, days->day[most]);
  page_put(page, ": ");
  page_count(page, pings_of(days, most));
  page_put(page, ".");
}

static void counts_tell(struct page *page, const void *context, size_t i) {
  const struct days *days = context;
  char share[PAGE_FIGURE];
  page_day(page, days->day[i]);
  page_put(page, ": ");
  page_nouns(page, pings_of(days, i), "ping");
  page_put(page, ", ");
  page_nouns(page, day_of(days, i)->figures.count[PS_UNIQUE], "distinct document");
  page_printf(page, ", %s duplicates", page_share_format(days->share[i], 100, share));
}

static void counts_draw(struct chart *chart, const void *context) {
  static const struct chart_key keys[] = {{INK_PINGS, "Pings"},
                                          {INK_DISTINCT, "Distinct documents"}};
  const struct days *days = context;
  double min = INFINITY, max = 0;
  for (size_t i = 0; i < days->n; i++) {
    if (days->pings[i] > 0) min = fmin(min, days->pings[i]);
    if (days->distinct[i] > 0) min = fmin(min, days->distinct[i]);
    max = fmax(max, days->pings[i]);
  }
  bool log = isfinite(min) && chart_spans_decades(min, max);
  struct chart_scale x = chart_scale_days(chart, &days->calendar);
  struct chart_scale y = chart_scale_of(min, max, log, chart->bottom, chart->top);
  struct chart_series pings = {days->n, days->calendar.place, days->pings},
                      distinct = {days->n, days->calendar.place, days->distinct};
  chart_legend(chart, 2, keys);
  if (log) chart_label(chart, chart->right, 13, ANCHOR_END, INK_MUTED, "log scale");
  chart_axis_values(chart, &y, "");
  (log ? chart_line : chart_bars)(chart, &pings, &x, &y, INK_PINGS);
  (log ? chart_line : chart_bars)(chart, &distinct, &x, &y, INK_DISTINCT);
  chart_axis_days(chart, &x, &days->calendar);
  chart_hover_days(chart, &days->calendar, &x, counts_tell, days);
}

/* ---- share of duplicates ---- */

static void share_title(struct page *page, const void *context) {
  page_put(page, "Share of duplicates by day, ");
  range_words(page, context);
}

static double share_overall(const struct days *days) {
  const struct ps_day_figures *total = &days->report->total;
  double pings = (double)ps_day_figures_pings(total);
  return pings > 0 ? 100 * (double)total->count[PS_DUPLICATE] / pings : 0;
}

static void share_describe(struct page *page, const void *context) {
  const struct days *days = context;
  size_t most = peak(days->share, days->n);
  char text[PAGE_FIGURE];
  page_printf(page, "Of all pings %s were duplicates; the largest share was ",
              page_share_format(share_overall(days), 100, text));
  page_printf(page, "%s, on ", page_share_format(days->share[most], 100, text));
  page_day(page, days->day[most]);
  page_put(page, ".");
}

static void share_tell(struct page *page, const void *context, size_t i) {
  const struct days *days = context;
  char share[PAGE_FIGURE];
  page_day(page, days->day[i]);
  page_printf(page, ": %s of ", page_share_format(days->share[i], 100, share));
  page_nouns(page, pings_of(days, i), "ping");
}

static void share_draw(struct chart *chart, const void *context) {
  const struct days *days = context;
  char figure[PAGE_FIGURE], text[2 * PAGE_FIGURE];
  size_t most = peak(days->share, days->n);
  struct chart_scale x = chart_scale_days(chart, &days->calendar);
  struct chart_scale y =
      chart_scale_of(0, days->share[most] * 1.08, false, chart->bottom, chart->top);
  struct chart_series share = {days->n, days->calendar.place, days->share};
  double overall = share_overall(days);
  chart_axis_values(chart, &y, " %");
  chart_bars(chart, &share, &x, &y, INK_DUPLICATES);
  chart_axis_days(chart, &x, &days->calendar);
  chart_line_across(chart, chart_at(&y, overall), INK_TEXT, "3 3");
  (void)snprintf(text, sizeof text, "overall %s", page_share_format(overall, 100, figure));
  chart_label(chart, chart->right, 13, ANCHOR_END, INK_TEXT, text);
  if (days->share[most] > 0)
    point_label(chart, chart_day_middle(&x, days->calendar.place[most]),
                chart_at(&y, days->share[most]) + 3, INK_TEXT,
                page_share_format(days->share[most], 100, figure));
  chart_hover_days(chart, &days->calendar, &x, share_tell, days);
}

/* ---- measurements per ping ---- */

static const struct report_measure_day *taken_on(const struct days *days, size_t i) {
  return &day_of(days, i)->measure[days->measure];
}

static void measure_title(struct page *page, const void *context) {
  const struct days *days = context;
  page_put(page, "Measurements per ping by day: ");
  page_text(page, days->report->measures[days->measure].name);
}

static void measure_describe(struct page *page, const void *context) {
  const struct days *days = context;
  char text[PAGE_FIGURE];
  page_printf(page, "The median of %zu days is %s measurements a ping", days->nrate,
              page_rate_format(days->median, text));
  size_t outlying = 0;
  for (size_t i = 0; i < days->n; i++) {
    if (!taken_on(days, i)->stands_out || outlying++ >= 5) continue;
    page_put(page, outlying == 1 ? "; what stands out: " : ", ");
    page_day(page, days->day[i]);
    page_printf(page, " with %s", page_rate_format(taken_on(days, i)->per_ping, text));
  }
  if (outlying > 5) page_printf(page, " and %zu days more", outlying - 5);
  page_put(page, outlying ? "." : "; no day stands out.");
}

static void measure_tell(struct page *page, const void *context, size_t i) {
  const struct days *days = context;
  char text[PAGE_FIGURE];
  page_day(page, days->day[i]);
  if (taken_on(days, i)->measured)
    page_printf(page, ": %s measurements a ping",
                page_rate_format(taken_on(days, i)->per_ping, text));
  else page_put(page, ": not measured");
}

/* A dot on each day that stands out, and its figure where there is room for it: above it, or
 * beside it when it lies low. */
static void mark_outliers(struct chart *chart, const struct days *days, const struct chart_scale *x,
                          const struct chart_scale *y) {
  char figure[PAGE_FIGURE];
  double labelled = -1e9;
  for (size_t i = 0; i < days->n; i++) {
    const struct report_measure_day *taken = taken_on(days, i);
    if (!taken->measured || !taken->stands_out) continue;
    double at = chart_day_middle(x, days->calendar.place[i]), top = chart_at(y, taken->per_ping);
    chart_dot(chart, at, top, 6, INK_PAPER);
    chart_dot(chart, at, top, 4.5, INK_ALERT);
    if (at - labelled < 80) continue;
    labelled = at;
    (void)page_rate_format(taken->per_ping, figure);
    bool left_of = at > chart->right - 80;
    if (taken->per_ping > days->median) point_label(chart, at, top - 1, INK_ALERT, figure);
    else
      chart_label(chart, left_of ? at - 9 : at + 9, top + 4, left_of ? ANCHOR_END : ANCHOR_START,
                  INK_ALERT, figure);
  }
}

static void measure_draw(struct chart *chart, const void *context) {
  const struct days *days = context;
  char figure[PAGE_FIGURE], text[2 * PAGE_FIGURE];
  double min = INFINITY, max = 0;
  for (size_t i = 0; i < days->nrate; i++) {
    if (days->rate[i] > 0) min = fmin(min, days->rate[i]);
    max = fmax(max, days->rate[i]);
  }
  bool log = isfinite(min) && chart_spans_decades(min, max);
  struct chart_scale x = chart_scale_days(chart, &days->calendar);
  struct chart_scale y =
      chart_scale_of(min, log ? max * 1.5 : max * 1.08, log, chart->bottom, chart->top);
  struct chart_series rate = {days->nrate, days->rate_place, days->rate};
  chart_axis_values(chart, &y, "");
  chart_axis_days(chart, &x, &days->calendar);
  chart_line_across(chart, chart_at(&y, days->median), INK_TEXT, "3 3");
  (void)snprintf(text, sizeof text, "median day %s%s", page_rate_format(days->median, figure),
                 log ? " \xc2\xb7 log scale" : "");
  chart_label(chart, chart->right, 13, ANCHOR_END, INK_TEXT, text);
  chart_line(chart, &rate, &x, &y, INK_MEASURE);
  mark_outliers(chart, days, &x, &y);
  chart_hover_days(chart, &days->calendar, &x, measure_tell, days);
}

/* ---- how measurements are distributed ---- */

static void distribution_title(struct page *page, const void *context) {
  const struct days *days = context;
  page_put(page, "How many pings had how many measurements: ");
  page_text(page, days->report->measures[days->measure].name);
}

static void distribution_describe(struct page *page, const void *context) {
  const struct days *days = context;
  const struct ps_distribution *distribution = &days->report->distribution[days->measure];
  char text[PAGE_FIGURE];
  page_nouns(page, distribution->count, "ping");
  page_put(page, ", ");
  page_count(page, distribution->zeros);
  page_printf(page, " of them without any; half of them have at most %s measurements, ",
              page_rate_format(ps_distribution_quantile(distribution, 0.5), text));
  page_printf(page, "99 %% at most %s; the largest has ",
              page_rate_format(ps_distribution_quantile(distribution, 0.99), text));
  page_count(page, distribution->max);
  page_put(page, ".");
}

static void distribution_draw(struct chart *chart, const void *context) {
  const struct days *days = context;
  const struct ps_distribution *distribution = &days->report->distribution[days->measure];
  size_t n = days->report->nbars[days->measure];
  struct chart_column *columns = calloc(n ? n : 1, sizeof *columns);
  if (!columns) {
    chart->page->status = error_memory(chart->page->err, n * sizeof *columns);
    return;
  }
  for (size_t i = 0; i < n; i++) {
    const struct report_bar *bar = &days->report->bars[days->measure][i];
    columns[i] = (struct chart_column){bar->from, bar->to, bar->count};
  }
  struct chart_columns list = {.n = n,
                               .at = columns,
                               .across = "measurements in a ping",
                               .median = ps_distribution_quantile(distribution, 0.5),
                               .p99 = ps_distribution_quantile(distribution, 0.99)};
  chart_draw_columns(chart, &list);
  free(columns);
}

/* ---- a report of one day: lying bars, for a lonely dot says nothing ---- */

#define FATES 6u
struct lying {
  size_t n;
  struct chart_row rows[FATES];
  char figure[FATES][2 * PAGE_FIGURE + 4];
};

static void fates_of(struct lying *lying, const struct days *days) {
  static const struct {
    const char *name;
    enum ps_class class;
    enum chart_ink ink;
  } kinds[FATES] = {
      {"Pings", PS_PING_CLASSES, INK_PINGS},        {"Distinct documents", PS_UNIQUE, INK_DISTINCT},
      {"Duplicates", PS_DUPLICATE, INK_DUPLICATES}, {"Malformed", PS_MALFORMED, INK_OTHER},
      {"Without an id", PS_NO_ID, INK_OTHER},       {"Late", PS_LATE, INK_OTHER}};
  const struct ps_day_figures *total = &days->report->total;
  uint64_t pings = ps_day_figures_pings(total);
  lying->n = FATES;
  for (size_t i = 0; i < FATES; i++) {
    bool all = kinds[i].class == PS_PING_CLASSES;
    uint64_t n = all ? pings : total->count[kinds[i].class];
    char count[FORMAT_TEXT], share[PAGE_FIGURE];
    (void)snprintf(lying->figure[i], sizeof lying->figure[i], "%s%s%s", format_count(n, count),
                   all ? "" : " \xc2\xb7 ",
                   all ? "" : page_share_format((double)n, (double)pings, share));
    lying->rows[i] = (struct chart_row){
        .name = kinds[i].name, .value = (double)n, .figure = lying->figure[i], .ink = kinds[i].ink};
  }
}

static void per_ping_of(struct lying *lying, const struct days *days) {
  const struct report_measure_day *taken = taken_on(days, 0);
  const struct {
    const char *name;
    double value;
  } kinds[] = {{"Median ping", taken->p50},
               {"Mean", taken->per_ping},
               {"99th percentile", taken->p99},
               {"Largest ping", taken->max}};
  lying->n = sizeof kinds / sizeof *kinds;
  for (size_t i = 0; i < lying->n; i++) {
    (void)page_rate_format(kinds[i].value, lying->figure[i]);
    lying->rows[i] = (struct chart_row){.name = kinds[i].name,
                                        .value = kinds[i].value,
                                        .figure = lying->figure[i],
                                        .ink = INK_MEASURE};
  }
}

static void fates_draw(struct chart *chart, const void *context) {
  struct lying lying;
  fates_of(&lying, context);
  chart_draw_rows(chart, &(struct chart_rows){.n = lying.n, .at = lying.rows});
}

static void per_ping_draw(struct chart *chart, const void *context) {
  struct lying lying;
  per_ping_of(&lying, context);
  chart_draw_rows(chart, &(struct chart_rows){.n = lying.n, .at = lying.rows});
}

static void lying_figure(struct page *page, struct chart_spec *spec, const struct days *days,
                         void (*fill)(struct lying *lying, const struct days *days)) {
  struct lying lying;
  fill(&lying, days);
  struct chart_rows rows = {.n = lying.n, .at = lying.rows};
  spec->height = chart_rows_height(&rows, false);
  spec->narrow_height = chart_rows_height(&rows, true);
  chart_figure(page, spec, days);
}

/* ---- together ---- */

static int by_value(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void take_measure(struct days *days, size_t measure) {
  days->measure = measure;
  days->nrate = 0;
  for (size_t i = 0; i < days->n; i++)
    if (taken_on(days, i)->measured) days->rate[days->nrate++] = taken_on(days, i)->per_ping;
  qsort(days->rate, days->nrate, sizeof *days->rate, by_value);
  size_t half = days->nrate / 2;
  days->median = !days->nrate      ? 0
                 : days->nrate % 2 ? days->rate[half]
                                   : (days->rate[half - 1] + days->rate[half]) / 2;
  days->nrate = 0;
  for (size_t i = 0; i < days->n; i++) {
    if (!taken_on(days, i)->measured) continue;
    days->rate_place[days->nrate] = days->calendar.place[i];
    days->rate[days->nrate++] = taken_on(days, i)->per_ping;
  }
}

static void days_release(struct days *days) {
  free(days->day);
  free(days->pings);
}

/* false: nothing to show, or an error of the page. */
static bool days_init(struct days *days, struct page *page, const struct report *report) {
  size_t n = report->ndays;
  if (page->status || !n) return false;
  *days = (struct days){
      .report = report, .n = n, .first = report->days[0].day, .last = report->days[n - 1].day};
  days->pings = calloc(n, 4 * sizeof *days->pings);
  days->day = calloc(n, 3 * sizeof *days->day);
  if (!days->pings || !days->day) {
    days_release(days);
    page->status = error_memory(page->err, n * 4 * sizeof *days->pings);
    return false;
  }
  days->distinct = days->pings + n;
  days->share = days->distinct + n;
  days->rate = days->share + n;
  days->calendar = (struct chart_calendar){.n = n, .day = days->day, .place = days->day + n};
  days->rate_place = days->day + 2 * n;
  for (size_t i = 0; i < n; i++) {
    const struct ps_day_figures *figures = &report->days[i].figures;
    double pings = (double)ps_day_figures_pings(figures);
    days->day[i] = report->days[i].day;
    days->pings[i] = pings;
    days->distinct[i] = (double)figures->count[PS_UNIQUE];
    days->share[i] = pings > 0 ? 100 * (double)figures->count[PS_DUPLICATE] / pings : 0;
  }
  chart_calendar_places(&days->calendar);
  return true;
}

void html_days(struct page *page, const struct report *report) {
  struct days days;
  if (!days_init(&days, page, report)) return;
  struct chart_spec counts = {.id = "counts",
                              .height = 280,
                              .narrow_height = 240,
                              .words = {counts_title, counts_describe},
                              .draw = counts_draw};
  struct chart_spec share = {.id = "share",
                             .height = 220,
                             .narrow_height = 200,
                             .words = {share_title, share_describe},
                             .draw = share_draw};
  if (days.first == days.last) {
    figure_open(page, "What became of the pings", NULL, false);
    counts.draw = fates_draw;
    lying_figure(page, &counts, &days, fates_of);
    html_days_table(page, report);
    html_figure_close(page);
  } else {
    figure_open(page, "Pings and distinct documents", NULL, days.calendar.shortened);
    chart_figure(page, &counts, &days);
    html_days_table(page, report);
    html_figure_close(page);
    figure_open(page, "Share of duplicates", NULL, days.calendar.shortened);
    chart_figure(page, &share, &days);
    html_shares_table(page, report);
    html_figure_close(page);
  }
  days_release(&days);
}

static void measure_figures(struct page *page, struct days *days, unsigned measure) {
  const struct report *report = days->report;
  const char *name = report->measures[measure].name;
  struct chart_spec rate = {.id = "measure",
                            .number = measure,
                            .height = 240,
                            .narrow_height = 220,
                            .words = {measure_title, measure_describe},
                            .draw = measure_draw};
  struct chart_spec bars = {.id = "distribution",
                            .number = measure,
                            .height = 260,
                            .narrow_height = 240,
                            .words = {distribution_title, distribution_describe},
                            .draw = distribution_draw};
  take_measure(days, measure);
  if (!days->nrate) return;
  figure_open(page, "Measurements per ping: ", name, days->calendar.shortened);
  if (days->first == days->last) {
    rate.draw = per_ping_draw;
    lying_figure(page, &rate, days, per_ping_of);
  } else chart_figure(page, &rate, days);
  html_measure_table(page, report, measure);
  html_figure_close(page);
  if (!report->nbars[measure]) return;
  figure_open(page, "How many pings had how many measurements: ", name, false);
  chart_figure(page, &bars, days);
  html_bars_table(page, report, measure);
  html_figure_close(page);
}

void html_measures(struct page *page, const struct report *report) {
  struct days days;
  if (!report->nmeasures || !days_init(&days, page, report)) return;
  page_put(page, "<h2>Measurements</h2>\n");
  for (unsigned i = 0; i < report->nmeasures; i++) measure_figures(page, &days, i);
  days_release(&days);
}
