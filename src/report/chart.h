/* Charts as inline SVG, drawn with presentation attributes: they are whole where neither style nor
 * script may run. A class beside each colour lets the style sheet change it for dark screens.
 *
 * chart_figure() draws a chart twice, for wide and for narrow screens; the narrow drawing is hidden
 * by an attribute until the style sheet chooses it. Coordinates are px of the viewBox. Every chart
 * has a title and a description in words.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "report/html_page.h"

enum chart_ink {
  INK_TEXT,
  INK_MUTED,
  INK_GRID,
  INK_AXIS,
  INK_PAPER, /* the ground: outlines of marks that overlap */
  INK_PINGS,
  INK_DISTINCT,
  INK_DUPLICATES,
  INK_MEASURE,
  INK_OTHER,
  INK_ONCE,
  INK_ALERT,
  CHART_INKS
};

/* From values to coordinates. A log scale has from > 0; values below it stand at its start. */
struct chart_scale {
  bool log;
  double from, to, start, end;
};

struct chart {
  struct page *page;
  bool narrow;
  double width, height;
  double left, right, top, bottom; /* of the plot */
};

struct chart_words { /* written escaped, by the caller's functions */
  void (*title)(struct page *page, const void *context);
  void (*describe)(struct page *page, const void *context);
};

struct chart_spec {
  const char *id;  /* unique on the page */
  unsigned number; /* appended to id */
  double height, narrow_height;
  struct chart_words words;
  void (*draw)(struct chart *chart, const void *context);
};
#define CHART_WIDTH  1040
#define CHART_NARROW 340
#define CHART_FONT   13  /* px, of axes and labels */
#define CHART_LETTER 7.0 /* an average letter of it */

void chart_figure(struct page *page, const struct chart_spec *spec, const void *context);

/* ` class="f-NAME" fill="#..."`, ` class="s-NAME" stroke="#..."` */
void chart_fill(struct chart *chart, enum chart_ink ink);
void chart_stroke(struct chart *chart, enum chart_ink ink);

/* ---- scales ---- */

/* Do they span so much that only a log scale shows the small ones? */
bool chart_spans_decades(double min, double max);
/* A scale that holds [min, max] and ends at round values; linear ones begin at 0. */
struct chart_scale chart_scale_of(double min, double max, bool log, double start, double end);
double chart_at(const struct chart_scale *scale, double value);
#define CHART_TICKS 40
/* Round values (1, 2, 5 and their tens), about `want` or fewer; ascending. */
size_t chart_ticks(const struct chart_scale *scale, unsigned want, double ticks[CHART_TICKS]);

/* ---- axes and words ---- */

enum chart_anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };
/* Opens a <text>; chart_text_end() closes it. */
void chart_text(struct chart *chart, double x, double y, enum chart_anchor anchor,
                enum chart_ink ink);
void chart_text_end(struct chart *chart);
void chart_label(struct chart *chart, double x, double y, enum chart_anchor anchor,
                 enum chart_ink ink, const char *text); /* the program's own text */

/* Lines across with their figures at the left; unit is appended to each ("" or " %"). */
void chart_axis_values(struct chart *chart, const struct chart_scale *y, const char *unit);
/* Lines down with their figures below. */
void chart_axis_across(struct chart *chart, const struct chart_scale *x, const char *unit);
void chart_line_across(struct chart *chart, double y, enum chart_ink ink, const char *dashes);
void chart_line_down(struct chart *chart, double x, double top, double bottom, enum chart_ink ink,
                     const char *dashes);
/* Of a path: `command` and a point, or one coordinate. */
void chart_move(struct chart *chart, char command, double x, double y);
void chart_along(struct chart *chart, char command, double to);
/* Opens a <rect ...; the caller goes on. */
void chart_rect(struct chart *chart, double x, double y, double width, double height);
/* Small squares with names, in one line at the top. */
struct chart_key {
  enum chart_ink ink;
  const char *name;
};
void chart_legend(struct chart *chart, size_t n, const struct chart_key *keys);

/* ---- days ---- */

/* Days, ascending, and their places on the axis: the day itself, or less where long gaps are
 * shortened. chart_calendar_places() sets them and tells whether any is. */
struct chart_calendar {
  size_t n;
  const day_t *day;
  day_t *place;
  bool shortened;
};
void chart_calendar_places(struct chart_calendar *calendar);
#define CHART_SHORTENED "<p>Long gaps without pings are shortened.</p>"

/* Values at places, ascending; a missing place is a gap. */
struct chart_series {
  size_t n;
  const day_t *place;
  const double *value;
};
#define CHART_DAYS_FEW 62u /* days that are drawn one by one, with a dot each */
struct chart_scale chart_scale_days(const struct chart *chart,
                                    const struct chart_calendar *calendar);
double chart_day_middle(const struct chart_scale *x, day_t place);
void chart_axis_days(struct chart *chart, const struct chart_scale *x,
                     const struct chart_calendar *calendar);
/* Bars from 0; without gaps between them when there are many. */
void chart_bars(struct chart *chart, const struct chart_series *series, const struct chart_scale *x,
                const struct chart_scale *y, enum chart_ink ink);
/* A line that breaks where days are missing, with a dot for each of few days. On a log scale what
 * is not above 0 is missing. */
void chart_line(struct chart *chart, const struct chart_series *series, const struct chart_scale *x,
                const struct chart_scale *y, enum chart_ink ink);
void chart_dot(struct chart *chart, double x, double y, double radius, enum chart_ink ink);
/* Invisible columns that tell a day's figures when pointed at; tell() writes them. */
void chart_hover_days(struct chart *chart, const struct chart_calendar *calendar,
                      const struct chart_scale *x,
                      void (*tell)(struct page *page, const void *context, size_t i),
                      const void *context);

#endif
