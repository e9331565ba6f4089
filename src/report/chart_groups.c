#include "report/chart_profile.h"

#include <math.h>

#define HEAD        26.0 /* names of the columns of figures */
#define FOOT        30.0
#define FOOT_NARROW 4.0 /* without an axis */
#define ROW         40.0
#define ROW_NARROW  82.0
#define NOTE_ROOM   17.0  /* on narrow screens */
#define NAMES       270.0 /* at most */
#define COLUMN      106.0
#define LIFT        92.0
#define LIFT_NARROW 76.0
#define THICK       6.0

static size_t bars_of(const struct chart_groups *groups) {
  return groups->others ? CHART_GROUP_BARS : PS_POPULATIONS;
}

static double row_height(const struct chart_group *group, bool narrow) {
  return narrow ? ROW_NARROW + (group->note ? NOTE_ROOM : 0) : ROW;
}

double chart_groups_height(const struct chart_groups *groups, bool narrow) {
  double height = HEAD + (narrow ? FOOT_NARROW : FOOT);
  for (size_t i = 0; i < groups->n; i++) height += row_height(&groups->at[i], narrow);
  return height;
}

static enum chart_ink bar_ink(size_t bar) {
  return bar < PS_POPULATIONS ? chart_populations[bar].ink : INK_OTHER;
}

/* Where the figures of a bar end, and of the lift behind the last one. */
static double column_end(const struct chart *chart, const struct chart_groups *groups, size_t bar) {
  size_t bars = bars_of(groups);
  double lift = !groups->others ? 0 : chart->narrow ? LIFT_NARROW : LIFT;
  double column = chart->narrow ? (chart->width - lift) / (double)bars : COLUMN;
  if (bar >= bars) return chart->width;
  return chart->width - lift - column * (double)(bars - 1 - bar);
}

static void draw_head(struct chart *chart, const struct chart_groups *groups) {
  static const char *const names[][2] = {{"All copies", "All"},
                                         {"First copies", "First"},
                                         {"Seen once", "Once"},
                                         {"Others", "Others"}};
  for (size_t i = 0; i < bars_of(groups); i++) {
    const char *name = names[i][chart->narrow];
    double end = column_end(chart, groups, i);
    chart_rect(chart, end - 11, 3, 11, 11);
    page_put(chart->page, " rx=\"2\"");
    chart_fill(chart, bar_ink(i));
    page_put(chart->page, "/>");
    chart_label(chart, end - 16, 13, ANCHOR_END, INK_TEXT, name);
  }
  if (groups->others)
    chart_label(chart, column_end(chart, groups, bars_of(groups)), 13, ANCHOR_END, INK_TEXT,
                "Lift");
}

static void draw_text(struct chart *chart, const char *text, double y, enum chart_ink ink) {
  double room = chart->narrow ? chart->width : chart->left - 16;
  chart_text(chart, 0, y, ANCHOR_START, ink);
  page_text_cut(chart->page, *text ? text : "(empty)", (size_t)(room / CHART_LETTER));
  chart_text_end(chart);
}

static double names_width(const struct chart_groups *groups) {
  size_t columns = 8;
  for (size_t i = 0; i < groups->n; i++) {
    const char *const texts[] = {groups->at[i].name, groups->at[i].note};
    for (size_t k = 0; k < 2; k++) {
      size_t own = texts[k] ? page_columns(texts[k]) : 0;
      if (own > columns) columns = own;
    }
  }
  return fmin((double)columns * CHART_LETTER, NAMES);
}

static void draw_figures(struct chart *chart, const struct chart_groups *groups,
                         const struct chart_group *group, double y) {
  size_t bars = bars_of(groups);
  for (size_t i = 0; i < bars; i++)
    chart_label(chart, column_end(chart, groups, i), y, ANCHOR_END, INK_TEXT, group->figure[i]);
  if (groups->others)
    chart_label(chart, column_end(chart, groups, bars), y, ANCHOR_END, INK_TEXT,
                chart->narrow ? group->short_lift : group->lift);
}

static void draw_bars(struct chart *chart, const struct chart_groups *groups,
                      const struct chart_group *group, const struct chart_scale *x, double y) {
  for (size_t i = 0; i < bars_of(groups); i++) {
    if (!(group->percent[i] > 0)) continue;
    chart_rect(chart, x->start, y + (double)i * (THICK + 1),
               fmax(chart_at(x, group->percent[i]) - x->start, 1.5), THICK);
    chart_fill(chart, bar_ink(i));
    page_put(chart->page, "/>");
  }
}

static void draw_group(struct chart *chart, const struct chart_groups *groups,
                       const struct chart_group *group, const struct chart_scale *x, double y) {
  double bars = (THICK + 1) * (double)bars_of(groups);
  if (chart->narrow) {
    draw_text(chart, group->name, y + 15, INK_TEXT);
    if (group->note) draw_text(chart, group->note, y += NOTE_ROOM + 15, INK_MUTED);
    else y += 15;
    draw_bars(chart, groups, group, x, y + 7);
    draw_figures(chart, groups, group, y + bars + 21);
    return;
  }
  draw_text(chart, group->name, y + (group->note ? 16 : 23), INK_TEXT);
  if (group->note) draw_text(chart, group->note, y + 32, INK_MUTED);
  draw_bars(chart, groups, group, x, y + (ROW - bars) / 2);
  draw_figures(chart, groups, group, y + 23);
}

void chart_draw_groups(struct chart *chart, const struct chart_groups *groups) {
  double max = 0, y = HEAD;
  for (size_t i = 0; i < groups->n; i++)
    for (size_t k = 0; k < bars_of(groups); k++) max = fmax(max, groups->at[i].percent[k]);
  chart->left = chart->narrow ? 0 : names_width(groups) + 16;
  chart->right = chart->narrow ? chart->width - 1 : column_end(chart, groups, 0) - COLUMN;
  chart->top = HEAD;
  chart->bottom = chart->height - (chart->narrow ? FOOT_NARROW : FOOT);
  struct chart_scale x = chart_scale_of(0, max, false, chart->left, chart->right);
  x.to = fmin(x.to, 100);
  draw_head(chart, groups);
  if (!chart->narrow) {
    chart_axis_across(chart, &x, " %");
    chart_line_down(chart, x.start, chart->top, chart->bottom, INK_AXIS, NULL);
  }
  for (size_t i = 0; i < groups->n; i++) {
    draw_group(chart, groups, &groups->at[i], &x, y);
    y += row_height(&groups->at[i], chart->narrow);
  }
}
