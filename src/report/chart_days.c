#include "report/chart.h"

#include <math.h>
#include <stdio.h>

#define BARS_APART 130.0 /* days shown at most with room between their bars */
#define BAR_WIDEST 56.0
#define TICK_ROOM  64.0 /* px of one label */

/* Few days far apart: what lies between them would leave next to no room for them. */
#define GAPS_LONG 62u /* days in all, at least */
#define GAPS_MOST 4u  /* times the days that are there */
#define GAP_SHORT 2u  /* places from one to the next, of a shortened gap */

void chart_calendar_places(struct chart_calendar *calendar) {
  size_t n = calendar->n;
  unsigned span = n ? (unsigned)(calendar->day[n - 1] - calendar->day[0]) + 1 : 0;
  calendar->shortened = span > GAPS_LONG && span / GAPS_MOST > n;
  for (size_t i = 0; i < n; i++) {
    unsigned step = i ? (unsigned)(calendar->day[i] - calendar->day[i - 1]) : 0;
    if (!calendar->shortened) calendar->place[i] = calendar->day[i];
    else if (!i) calendar->place[i] = 0;
    else
      calendar->place[i] = (day_t)(calendar->place[i - 1] + (step < GAP_SHORT ? step : GAP_SHORT));
  }
}

struct chart_scale chart_scale_days(const struct chart *chart,
                                    const struct chart_calendar *calendar) {
  return (struct chart_scale){.from = calendar->place[0],
                              .to = (double)calendar->place[calendar->n - 1] + 1,
                              .start = chart->left,
                              .end = chart->right};
}

double chart_day_middle(const struct chart_scale *x, day_t place) {
  return chart_at(x, (double)place + 0.5);
}

/* ---- the axis ---- */

/* Every how many days or, when `months`, calendar months there is a label. */
struct tick_step {
  unsigned every;
  bool months;
};

static struct tick_step tick_step(double day_width) {
  static const unsigned days[] = {1, 2, 4, 7, 14}, months[] = {1, 2, 3, 6, 12, 24, 60, 120, 240};
  for (size_t i = 0; i < sizeof days / sizeof *days; i++)
    if (days[i] * day_width >= TICK_ROOM) return (struct tick_step){days[i], false};
  for (size_t i = 0; i < sizeof months / sizeof *months; i++)
    if (months[i] * 30 * day_width >= TICK_ROOM) return (struct tick_step){months[i], true};
  return (struct tick_step){480, true};
}

static bool has_tick(struct tick_step step, day_t first, day_t day) {
  int year;
  unsigned month, of_month;
  if (!step.months) return (unsigned)(day - first) % step.every == 0;
  day_civil(day, &year, &month, &of_month);
  return of_month == 1 && ((unsigned)year * 12 + month - 1) % step.every == 0;
}

static void tick_label(struct chart *chart, double at, struct tick_step step, day_t day,
                       int *year_shown) {
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int year;
  unsigned month, of_month;
  char text[32];
  day_civil(day, &year, &month, &of_month);
  if (step.months && step.every % 12 == 0) {
    (void)snprintf(text, sizeof text, "%d", year);
    chart_label(chart, at, chart->bottom + 18, ANCHOR_MIDDLE, INK_MUTED, text);
    return;
  }
  if (step.months) (void)snprintf(text, sizeof text, "%s", months[month - 1]);
  else (void)snprintf(text, sizeof text, "%u %s", of_month, months[month - 1]);
  chart_label(chart, at, chart->bottom + 18, ANCHOR_MIDDLE, INK_MUTED, text);
  if (year == *year_shown) return;
  (void)snprintf(text, sizeof text, "%d", year);
  chart_label(chart, at, chart->bottom + 34, ANCHOR_MIDDLE, INK_MUTED, text);
  *year_shown = year;
}

static void axis_of_dates(struct chart *chart, const struct chart_scale *x, day_t first,
                          day_t last) {
  double day_width = (x->end - x->start) / (x->to - x->from);
  struct tick_step step = tick_step(day_width);
  int year_shown = -1;
  for (unsigned day = first; day <= last; day++) {
    if (!has_tick(step, first, (day_t)day)) continue;
    double at = step.months ? chart_at(x, day) : chart_day_middle(x, (day_t)day);
    if (at > chart->right - (step.months ? 12 : 0)) continue; /* no room for its name */
    chart_line_down(chart, at, chart->bottom, chart->bottom + 5, INK_AXIS, NULL);
    tick_label(chart, at, step, (day_t)day, &year_shown);
  }
}

void chart_axis_days(struct chart *chart, const struct chart_scale *x,
                     const struct chart_calendar *calendar) {
  if (!calendar->shortened) {
    axis_of_dates(chart, x, calendar->day[0], calendar->day[calendar->n - 1]);
    return;
  }
  double used = -1e9;
  int year_shown = -1;
  for (size_t i = 0; i < calendar->n; i++) {
    double at = chart_day_middle(x, calendar->place[i]);
    if (at - used < TICK_ROOM) continue;
    chart_line_down(chart, at, chart->bottom, chart->bottom + 5, INK_AXIS, NULL);
    tick_label(chart, at, (struct tick_step){1, false}, calendar->day[i], &year_shown);
    used = at;
  }
}

/* ---- bars ---- */

static void bars_apart(struct chart *chart, const struct chart_series *series,
                       const struct chart_scale *x, const struct chart_scale *y) {
  double day_width = (x->end - x->start) / (x->to - x->from);
  double half = fmin(day_width * 0.76, BAR_WIDEST) / 2;
  for (size_t i = 0; i < series->n; i++) {
    double middle = chart_day_middle(x, series->place[i]);
    if (!(series->value[i] > 0)) continue;
    chart_move(chart, 'M', middle - half, y->start);
    chart_along(chart, 'V', fmin(chart_at(y, series->value[i]), y->start - 1)); /* never unseen */
    chart_along(chart, 'H', middle + half);
    chart_along(chart, 'V', y->start);
    page_put(chart->page, "z");
  }
}

/* Bars that touch, as one outline for each run of days: no seams. */
static void bars_joined(struct chart *chart, const struct chart_series *series,
                        const struct chart_scale *x, const struct chart_scale *y) {
  for (size_t i = 0; i < series->n; i++) {
    bool begins = i == 0 || series->place[i] != series->place[i - 1] + 1;
    bool ends = i + 1 == series->n || series->place[i + 1] != series->place[i] + 1;
    double end = chart_at(x, (double)series->place[i] + 1);
    if (begins) {
      double start = chart_at(x, series->place[i]);
      chart_move(chart, 'M', start, y->start);
      if (ends) end = fmax(end, start + 1);
    }
    chart_along(chart, 'V', chart_at(y, series->value[i]));
    chart_along(chart, 'H', end);
    if (!ends) continue;
    chart_along(chart, 'V', y->start);
    page_put(chart->page, "z");
  }
}

void chart_bars(struct chart *chart, const struct chart_series *series, const struct chart_scale *x,
                const struct chart_scale *y, enum chart_ink ink) {
  page_put(chart->page, "<path");
  chart_fill(chart, ink);
  page_put(chart->page, " d=\"");
  if (x->to - x->from <= (chart->narrow ? BARS_APART / 3 : BARS_APART))
    bars_apart(chart, series, x, y);
  else bars_joined(chart, series, x, y);
  page_put(chart->page, "\"/>");
}

/* ---- lines ---- */

static bool is_there(const struct chart_series *series, const struct chart_scale *y, size_t i) {
  return series->value[i] > 0 || (!y->log && series->value[i] >= 0);
}

static bool joins(const struct chart_series *series, const struct chart_scale *y, size_t i) {
  return i > 0 && i < series->n && series->place[i] == series->place[i - 1] + 1 &&
         is_there(series, y, i) && is_there(series, y, i - 1);
}

void chart_line(struct chart *chart, const struct chart_series *series, const struct chart_scale *x,
                const struct chart_scale *y, enum chart_ink ink) {
  page_put(chart->page, "<path stroke-width=\"2\" stroke-linejoin=\"round\"");
  page_put(chart->page, " fill=\"none\"");
  chart_stroke(chart, ink);
  page_put(chart->page, " d=\"");
  for (size_t i = 0; i < series->n; i++)
    if (is_there(series, y, i))
      chart_move(chart, joins(series, y, i) ? 'L' : 'M', chart_day_middle(x, series->place[i]),
                 chart_at(y, series->value[i]));
  page_put(chart->page, "\"/>");
  double span = x->to - x->from;
  for (size_t i = 0; i < series->n; i++) {
    bool alone = !joins(series, y, i) && !joins(series, y, i + 1);
    if (is_there(series, y, i) && (alone || span <= CHART_DAYS_FEW))
      chart_dot(chart, chart_day_middle(x, series->place[i]), chart_at(y, series->value[i]),
                chart->narrow ? 2.5 : 3.5, ink);
  }
}

void chart_hover_days(struct chart *chart, const struct chart_calendar *calendar,
                      const struct chart_scale *x,
                      void (*tell)(struct page *page, const void *context, size_t i),
                      const void *context) {
  if (chart->narrow || calendar->n > 1000) return; /* no pointer there; no room for it */
  page_put(chart->page, "<g class=\"hover\" fill=\"none\" pointer-events=\"all\">");
  for (size_t i = 0; i < calendar->n; i++) {
    double start = chart_at(x, calendar->place[i]), end = chart_at(x, calendar->place[i] + 1.0);
    page_put(chart->page, "<rect x=\"");
    page_px(chart->page, start);
    page_printf(chart->page, "\" y=\"%.0f\" height=\"%.0f\" width=\"", chart->top,
                chart->bottom - chart->top);
    page_px(chart->page, end - start);
    page_put(chart->page, "\"><title>");
    tell(chart->page, context, i);
    page_put(chart->page, "</title></rect>");
  }
  page_put(chart->page, "</g>");
}
