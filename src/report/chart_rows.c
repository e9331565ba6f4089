#include "report/chart_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIXED_LETTER 7.9
#define AXIS_ROOM    30.0
#define TOP_ROOM     6.0

static bool rows_are_log(const struct chart_rows *rows, double *min, double *max) {
  *min = INFINITY;
  *max = 0;
  for (size_t i = 0; i < rows->n; i++) {
    if (rows->at[i].value > 0) *min = fmin(*min, rows->at[i].value);
    *max = fmax(*max, fmax(rows->at[i].value, rows->at[i].upto));
  }
  return isfinite(*min) && chart_spans_decades(*min, *max);
}

/* Beside each other on wide screens, name over bar on narrow ones; its mark stands below. */
static double row_height(const struct chart_row *row, bool narrow) {
  return (narrow ? 42 : 30) + (row->mark ? 18 : 0);
}

static double axis_room(const struct chart_rows *rows, bool narrow) {
  double min, max;
  return narrow && rows_are_log(rows, &min, &max) ? AXIS_ROOM + 14 : AXIS_ROOM;
}

double chart_rows_height(const struct chart_rows *rows, bool narrow) {
  double height = TOP_ROOM + axis_room(rows, narrow);
  for (size_t i = 0; i < rows->n; i++) height += row_height(&rows->at[i], narrow);
  return height;
}

#define NAME_COLUMNS   38u
#define NARROW_COLUMNS 9u /* at least; else the other words are shortened */

static double words_width(const char *words) {
  return words ? CHART_LETTER * (double)strlen(words) + 10 : 0;
}

/* A row's words, in the forms there is room for. */
struct words {
  const char *note, *figure, *mark;
  size_t name; /* columns of it */
};

static struct words fitting_words(const struct chart *chart, const struct chart_rows *rows,
                                  const struct chart_row *row) {
  struct words words = {row->note, row->figure, row->mark, NAME_COLUMNS};
  if (!chart->narrow) return words;
  double letter = rows->fixed ? FIXED_LETTER : CHART_LETTER, name = NARROW_COLUMNS * letter;
  if (name + words_width(words.note) + words_width(words.figure) > chart->width)
    words.note = row->short_note;
  if (name + words_width(words.note) + words_width(words.figure) > chart->width &&
      row->short_figure)
    words.figure = row->short_figure;
  if (words_width(words.mark) > chart->width && row->short_mark) words.mark = row->short_mark;
  double room = chart->width - words_width(words.note) - words_width(words.figure);
  words.name = (size_t)(fmax(room, 5 * letter) / letter);
  return words;
}

static double names_width(const struct chart *chart, const struct chart_rows *rows) {
  double widest = 60;
  for (size_t i = 0; i < rows->n; i++) {
    struct words words = fitting_words(chart, rows, &rows->at[i]);
    size_t columns = page_columns(rows->at[i].name);
    double width = (double)(columns < words.name ? columns : words.name) *
                   (rows->fixed ? FIXED_LETTER : CHART_LETTER);
    widest = fmax(widest, width + words_width(words.note));
  }
  return widest + 16;
}

static void draw_name(struct chart *chart, bool fixed, const char *name, const struct words *words,
                      double y) {
  page_put(chart->page, "<text x=\"0\" y=\"");
  page_px(chart->page, y);
  page_put(chart->page, "\"");
  chart_fill(chart, INK_TEXT);
  page_put(chart->page, "><tspan");
  if (fixed) page_put(chart->page, " font-family=\"ui-monospace, monospace\"");
  page_put(chart->page, ">");
  page_text_cut(chart->page, name, words->name);
  page_put(chart->page, "</tspan>");
  if (words->note) {
    page_put(chart->page, "<tspan dx=\"8\"");
    chart_fill(chart, INK_MUTED);
    page_printf(chart->page, ">%s</tspan>", words->note);
  }
  chart_text_end(chart);
}

static void draw_whisker(struct chart *chart, double from, double to, double middle) {
  page_put(chart->page, "<path fill=\"none\" stroke-width=\"1.5\"");
  chart_stroke(chart, INK_TEXT);
  page_put(chart->page, " d=\"M");
  page_px(chart->page, from);
  page_put(chart->page, " ");
  page_px(chart->page, middle);
  page_put(chart->page, "H");
  page_px(chart->page, to);
  page_put(chart->page, "M");
  page_px(chart->page, to);
  page_put(chart->page, " ");
  page_px(chart->page, middle - 4);
  page_put(chart->page, "v8\"/>");
}

/* The bar and its whisker; returns where words may begin behind it. */
static double draw_bar(struct chart *chart, const struct chart_row *row,
                       const struct chart_scale *x, double top, double height) {
  double end = chart_at(x, row->value), upto = chart_at(x, row->upto);
  if (row->value > 0) {
    end = fmax(end, x->start + 1.5);
    chart_rect(chart, x->start, top, end - x->start, height);
    page_put(chart->page, " rx=\"1.5\"");
    chart_fill(chart, row->ink);
    page_put(chart->page, "/>");
  }
  if (row->upto > row->value && upto > end) {
    draw_whisker(chart, end, upto, top + height / 2);
    return upto;
  }
  return end;
}

static void draw_mark(struct chart *chart, const char *mark, double x, double y) {
  if (!mark) return;
  chart_dot(chart, x + 4, y - 4.5, 4, INK_ALERT);
  chart_label(chart, x + 13, y, ANCHOR_START, INK_TEXT, mark);
}

static void draw_row(struct chart *chart, const struct chart_rows *rows,
                     const struct chart_row *row, const struct chart_scale *x, double y) {
  struct words words = fitting_words(chart, rows, row);
  if (chart->narrow) {
    draw_name(chart, rows->fixed, row->name, &words, y + 15);
    chart_label(chart, chart->width, y + 15, ANCHOR_END, INK_TEXT, words.figure);
    (void)draw_bar(chart, row, x, y + 22, 10);
    draw_mark(chart, words.mark, 0, y + 49);
    return;
  }
  draw_name(chart, rows->fixed, row->name, &words, y + 19);
  double end = draw_bar(chart, row, x, y + 5, 20) + 8;
  chart_label(chart, end, y + 19, ANCHOR_START, INK_TEXT, words.figure);
  draw_mark(chart, words.mark, x->start + 6, y + 41);
}

static struct chart_scale rows_scale(const struct chart *chart, const struct chart_rows *rows) {
  double min, max, widest = 0;
  bool log = rows_are_log(rows, &min, &max);
  for (size_t i = 0; i < rows->n; i++) widest = fmax(widest, words_width(rows->at[i].figure));
  double start = chart->narrow ? 0 : names_width(chart, rows);
  double end = fmax(chart->width - (chart->narrow ? 1 : widest + 10), start + 160);
  return chart_scale_of(min, max, log, start, end);
}

void chart_draw_rows(struct chart *chart, const struct chart_rows *rows) {
  struct chart_scale x = rows_scale(chart, rows);
  double y = chart->top = TOP_ROOM;
  chart->bottom = chart->height - axis_room(rows, chart->narrow);
  chart_axis_across(chart, &x, "");
  if (x.log)
    chart_label(chart, chart->width, chart->bottom + (chart->narrow ? 34 : 18), ANCHOR_END,
                INK_MUTED, "log scale");
  chart_line_down(chart, x.start, chart->top, chart->bottom, INK_AXIS, NULL);
  for (size_t i = 0; i < rows->n; i++) {
    draw_row(chart, rows, &rows->at[i], &x, y);
    y += row_height(&rows->at[i], chart->narrow);
  }
}

/* ---- distributions ---- */

static void draw_column(struct chart *chart, const struct chart_column *column, double left,
                        double width, const struct chart_scale *y) {
  char from[PAGE_FIGURE], to[PAGE_FIGURE];
  double top = fmin(chart_at(y, (double)column->count), y->start - 1.5);
  chart_rect(chart, left + 0.5, top, fmax(width - 1, 1), y->start - top);
  chart_fill(chart, INK_MEASURE);
  page_printf(chart->page, "><title>%s", page_rate_format(column->from, from));
  if (strcmp(from, page_rate_format(column->to, to)) != 0) page_printf(chart->page, " to %s", to);
  page_put(chart->page, ": ");
  page_nouns(chart->page, column->count, "ping");
  page_put(chart->page, "</title></rect>");
}

/* Where a value stands among columns of equal widths; -1: before or behind all of them. */
static double place(const struct chart_columns *columns, double value) {
  for (size_t i = 0; i < columns->n; i++) {
    const struct chart_column *column = &columns->at[i];
    if (value > column->to) continue;
    if (i == 0 && value < column->from) return -1;
    if (column->to <= column->from) return (double)i + 0.5;
    if (value <= column->from) return (double)i;
    return (double)i + log(value / column->from) / log(column->to / column->from);
  }
  return -1;
}

/* Zeros, which have no place on a log scale, stand apart. */
#define ZEROS_APART 0.8

static bool has_zeros(const struct chart_columns *columns) { return columns->at[0].to <= 0; }

static double columns_width(const struct chart *chart, const struct chart_columns *columns) {
  double n = (double)columns->n + (has_zeros(columns) ? ZEROS_APART : 0);
  return fmin((chart->right - chart->left) / n, 48);
}

static double place_x(const struct chart *chart, const struct chart_columns *columns, double at) {
  if (has_zeros(columns) && at >= 1) at += ZEROS_APART;
  return chart->left + at * columns_width(chart, columns);
}

/* A value below the axis, unless it would touch the one before, which ends at *used. */
static void draw_value(struct chart *chart, double x, double value, double *used) {
  char text[PAGE_FIGURE];
  double half = CHART_LETTER * (double)strlen(page_short_format(value, text)) / 2;
  if (x - half < *used + 6) return;
  bool at_end = x + half > chart->width;
  chart_label(chart, at_end ? chart->width : x, chart->bottom + 18,
              at_end ? ANCHOR_END : ANCHOR_MIDDLE, INK_MUTED, text);
  *used = x + half;
}

static void draw_values(struct chart *chart, const struct chart_columns *columns) {
  static const double steps[] = {1, 2, 5};
  double used = -1e9, last = columns->at[columns->n - 1].to;
  size_t first = has_zeros(columns) && columns->n > 1 ? 1 : 0;
  double decades = log10(fmax(last / fmax(columns->at[first].from, 1), 10));
  bool between = (chart->right - chart->left) / decades > 130; /* 2 and 5 as well */
  if (has_zeros(columns)) draw_value(chart, place_x(chart, columns, 0.5), 0, &used);
  for (unsigned power = 0; power < 20 && pow(10, power) <= last; power++)
    for (unsigned i = 0; i < (between ? 3U : 1U); i++) {
      double value = steps[i] * pow(10, power), at = place(columns, value);
      if (at < 0) continue;
      double x = place_x(chart, columns, at);
      chart_line_down(chart, x, chart->bottom, chart->bottom + 5, INK_AXIS, NULL);
      draw_value(chart, x, value, &used);
    }
  chart_label(chart, chart->right, chart->bottom + 36, ANCHOR_END, INK_MUTED, columns->across);
}

/* A quantile over the columns, its words left of the line when that is right of `turn`. */
static void draw_quantile(struct chart *chart, const struct chart_columns *columns,
                          const char *name, double value, double y, double turn) {
  char figure[PAGE_FIGURE], text[2 * PAGE_FIGURE];
  double at = value > 0 ? place(columns, value) : -1;
  if (at < 0) return;
  double x = place_x(chart, columns, at);
  bool left_of = x > turn;
  (void)snprintf(text, sizeof text, "%s %s", name, page_rate_format(value, figure));
  chart_line_down(chart, x, y - 10, chart->bottom, INK_TEXT, "3 3");
  chart_label(chart, left_of ? x - 6 : x + 6, y, left_of ? ANCHOR_END : ANCHOR_START, INK_TEXT,
              text);
}

void chart_draw_columns(struct chart *chart, const struct chart_columns *columns) {
  double min = INFINITY, max = 0;
  if (!columns->n) return;
  for (size_t i = 0; i < columns->n; i++) {
    if (!columns->at[i].count) continue;
    min = fmin(min, (double)columns->at[i].count);
    max = fmax(max, (double)columns->at[i].count);
  }
  chart->top = 50;
  chart->bottom = chart->height - 46;
  struct chart_scale y = chart_scale_of(min, max, isfinite(min) && chart_spans_decades(min, max),
                                        chart->bottom, chart->top);
  chart_axis_values(chart, &y, "");
  if (y.log) chart_label(chart, 0, 31, ANCHOR_START, INK_MUTED, "log scale");
  double width = columns_width(chart, columns);
  for (size_t i = 0; i < columns->n; i++)
    if (columns->at[i].count)
      draw_column(chart, &columns->at[i], place_x(chart, columns, (double)i), width, &y);
  draw_values(chart, columns);
  double span = chart->right - chart->left;
  draw_quantile(chart, columns, "99th percentile", columns->p99, 13, chart->left + 0.55 * span);
  draw_quantile(chart, columns, "median", columns->median, 31, chart->left + 0.45 * span);
}
