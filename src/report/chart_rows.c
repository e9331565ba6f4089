#include "report/chart_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIXED_LETTER 7.9
#define AXIS_ROOM    30.0
#define TOP_ROOM     6.0

/* Beside each other on wide screens; name over bar on narrow ones, and what marks it below. */
static double row_height(const struct chart_row *row, bool narrow) {
  return narrow ? row->mark ? 58 : 42 : 30;
}

double chart_rows_height(const struct chart_rows *rows, bool narrow) {
  double height = TOP_ROOM + AXIS_ROOM;
  for (size_t i = 0; i < rows->n; i++) height += row_height(&rows->at[i], narrow);
  return height;
}

#define NAME_COLUMNS   38u
#define NARROW_COLUMNS 15u
#define NARROW_NAMES   26u /* without a note */

static size_t name_limit(const struct chart *chart, const struct chart_row *row) {
  return !chart->narrow ? NAME_COLUMNS : row->note ? NARROW_COLUMNS : NARROW_NAMES;
}

static double name_width(const struct chart *chart, const struct chart_rows *rows,
                         const struct chart_row *row) {
  size_t columns = page_columns(row->name), limit = name_limit(chart, row);
  return (double)(columns < limit ? columns : limit) * (rows->fixed ? FIXED_LETTER : CHART_LETTER);
}

static double names_width(const struct chart *chart, const struct chart_rows *rows) {
  double widest = 60;
  for (size_t i = 0; i < rows->n; i++) {
    const struct chart_row *row = &rows->at[i];
    double note = row->note ? CHART_LETTER * (double)strlen(row->note) + 10 : 0;
    widest = fmax(widest, name_width(chart, rows, row) + note);
  }
  return widest + 16;
}

static size_t figure_letters(const struct chart_row *row) {
  return strlen(row->figure) + (row->mark ? strlen(row->mark) + 4 : 0);
}

static void draw_name(struct chart *chart, const struct chart_rows *rows,
                      const struct chart_row *row, double y) {
  page_put(chart->page, "<text x=\"0\" y=\"");
  page_px(chart->page, y);
  page_put(chart->page, "\"");
  chart_fill(chart, INK_TEXT);
  page_put(chart->page, "><tspan");
  if (rows->fixed) page_put(chart->page, " font-family=\"ui-monospace, monospace\"");
  page_put(chart->page, ">");
  page_text_cut(chart->page, row->name, name_limit(chart, row));
  page_put(chart->page, "</tspan>");
  if (row->note) {
    page_put(chart->page, "<tspan dx=\"8\"");
    chart_fill(chart, INK_MUTED);
    page_printf(chart->page, ">%s</tspan>", row->note);
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
    page_put(chart->page, "<rect rx=\"1.5\" x=\"");
    page_px(chart->page, x->start);
    page_put(chart->page, "\" y=\"");
    page_px(chart->page, top);
    page_put(chart->page, "\" width=\"");
    end = fmax(end, x->start + 1.5);
    page_px(chart->page, end - x->start);
    page_put(chart->page, "\" height=\"");
    page_px(chart->page, height);
    page_put(chart->page, "\"");
    chart_fill(chart, row->ink);
    page_put(chart->page, "/>");
  }
  if (row->upto > row->value && upto > end) {
    draw_whisker(chart, end, upto, top + height / 2);
    return upto;
  }
  return end;
}

static void draw_mark(struct chart *chart, const struct chart_row *row, double x, double y) {
  chart_dot(chart, x + 4, y - 4.5, 4, INK_ALERT);
  chart_label(chart, x + 13, y, ANCHOR_START, INK_TEXT, row->mark);
}

static void draw_row(struct chart *chart, const struct chart_rows *rows,
                     const struct chart_row *row, const struct chart_scale *x, double y) {
  if (chart->narrow) {
    draw_name(chart, rows, row, y + 15);
    chart_label(chart, chart->width, y + 15, ANCHOR_END, INK_TEXT, row->figure);
    (void)draw_bar(chart, row, x, y + 22, 10);
    if (row->mark) draw_mark(chart, row, 0, y + 48);
    return;
  }
  draw_name(chart, rows, row, y + 19);
  double end = draw_bar(chart, row, x, y + 5, 20) + 8;
  chart_label(chart, end, y + 19, ANCHOR_START, INK_TEXT, row->figure);
  if (row->mark)
    draw_mark(chart, row, end + CHART_LETTER * (double)strlen(row->figure) + 12, y + 19);
}

static struct chart_scale rows_scale(const struct chart *chart, const struct chart_rows *rows) {
  double min = INFINITY, max = 0;
  size_t letters = 0;
  for (size_t i = 0; i < rows->n; i++) {
    const struct chart_row *row = &rows->at[i];
    if (row->value > 0) min = fmin(min, row->value);
    max = fmax(max, fmax(row->value, row->upto));
    size_t own = figure_letters(row);
    letters = own > letters ? own : letters;
  }
  double start = chart->narrow ? 0 : names_width(chart, rows);
  double room = chart->narrow ? 1 : CHART_LETTER * (double)letters + 20;
  double end = fmax(chart->width - room, start + 160);
  return chart_scale_of(min, max, isfinite(min) && chart_spans_decades(min, max), start, end);
}

void chart_draw_rows(struct chart *chart, const struct chart_rows *rows) {
  struct chart_scale x = rows_scale(chart, rows);
  double y = chart->top = TOP_ROOM;
  chart->bottom = chart->height - AXIS_ROOM;
  chart_axis_across(chart, &x, "");
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
  double top = fmin(chart_at(y, column->count), y->start - 1.5);
  page_put(chart->page, "<rect x=\"");
  page_px(chart->page, left + 0.5);
  page_put(chart->page, "\" y=\"");
  page_px(chart->page, top);
  page_put(chart->page, "\" width=\"");
  page_px(chart->page, fmax(width - 1, 1));
  page_put(chart->page, "\" height=\"");
  page_px(chart->page, y->start - top);
  page_put(chart->page, "\"");
  chart_fill(chart, INK_MEASURE);
  page_printf(chart->page, "><title>%s", page_rate_format(column->from, from));
  if (strcmp(from, page_rate_format(column->to, to)) != 0) page_printf(chart->page, " to %s", to);
  page_put(chart->page, ": ");
  page_nouns(chart->page, (uint64_t)column->count, "ping");
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

static void draw_values(struct chart *chart, const struct chart_columns *columns, double width) {
  char text[PAGE_FIGURE];
  double used = -1e9;
  double y = chart->bottom + 18;
  if (columns->at[0].to <= 0) {
    chart_label(chart, chart->left + width / 2, y, ANCHOR_MIDDLE, INK_MUTED, "0");
    used = chart->left + width / 2;
  }
  for (double value = 1; value <= columns->at[columns->n - 1].to; value *= 10) {
    double at = place(columns, value);
    if (at < 0) continue;
    double x = chart->left + at * width;
    chart_line_down(chart, x, chart->bottom, chart->bottom + 5, INK_AXIS, NULL);
    if (x < used + (chart->narrow ? 34 : 26)) continue;
    chart_label(chart, x, y, x > chart->width - 14 ? ANCHOR_END : ANCHOR_MIDDLE, INK_MUTED,
                page_short_format(value, text));
    used = x;
  }
  chart_label(chart, chart->right, y + 18, ANCHOR_END, INK_MUTED, columns->across);
}

static void draw_quantile(struct chart *chart, const struct chart_columns *columns, double width,
                          const char *name, double value, double y) {
  char figure[PAGE_FIGURE], text[2 * PAGE_FIGURE];
  double at = value > 0 ? place(columns, value) : -1;
  if (at < 0) return;
  double x = chart->left + at * width;
  bool left_of = x > chart->width - 120;
  (void)snprintf(text, sizeof text, "%s %s", name, page_rate_format(value, figure));
  chart_line_down(chart, x, y - 10, chart->bottom, INK_TEXT, "3 3");
  chart_label(chart, left_of ? x - 6 : x + 6, y, left_of ? ANCHOR_END : ANCHOR_START, INK_TEXT,
              text);
}

void chart_draw_columns(struct chart *chart, const struct chart_columns *columns) {
  double min = INFINITY, max = 0;
  for (size_t i = 0; i < columns->n; i++) {
    if (columns->at[i].count > 0) min = fmin(min, columns->at[i].count);
    max = fmax(max, columns->at[i].count);
  }
  chart->top = 50;
  chart->bottom = chart->height - 46;
  struct chart_scale y = chart_scale_of(min, max, isfinite(min) && chart_spans_decades(min, max),
                                        chart->bottom, chart->top);
  chart_axis_values(chart, &y, "");
  double width = fmin((chart->right - chart->left) / (double)columns->n, 48);
  for (size_t i = 0; i < columns->n; i++)
    if (columns->at[i].count > 0)
      draw_column(chart, &columns->at[i], chart->left + width * (double)i, width, &y);
  draw_values(chart, columns, width);
  draw_quantile(chart, columns, width, "median", columns->median, 13);
  draw_quantile(chart, columns, width, "99th percentile", columns->p99, 31);
}
