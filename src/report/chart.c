#include "report/chart.h"

#include <math.h>
#include <string.h>

/* Chosen to be told apart by people who see fewer colours (blue, amber, violet, and vermilion for
 * what stands out), and legible on white. */
static const struct {
  const char *name, *colour;
} inks[CHART_INKS] = {
    [INK_TEXT] = {"text", "#1f2328"},         [INK_MUTED] = {"muted", "#59636e"},
    [INK_GRID] = {"grid", "#e4e7eb"},         [INK_AXIS] = {"axis", "#8c959f"},
    [INK_PAPER] = {"paper", "#ffffff"},       [INK_PINGS] = {"pings", "#7ba7dc"},
    [INK_DISTINCT] = {"distinct", "#24588f"}, [INK_DUPLICATES] = {"duplicates", "#c27c0e"},
    [INK_MEASURE] = {"measure", "#6a5aa8"},   [INK_OTHER] = {"other", "#8c959f"},
    [INK_ONCE] = {"once", "#c05a12"},         [INK_ALERT] = {"alert", "#c8371d"},
};

void chart_fill(struct chart *chart, enum chart_ink ink) {
  page_printf(chart->page, " class=\"f-%s\" fill=\"%s\"", inks[ink].name, inks[ink].colour);
}

void chart_stroke(struct chart *chart, enum chart_ink ink) {
  page_printf(chart->page, " class=\"s-%s\" stroke=\"%s\"", inks[ink].name, inks[ink].colour);
}

static void draw(struct page *page, const struct chart_spec *spec, const void *context,
                 bool narrow) {
  const char *layout = narrow ? "narrow" : "wide";
  struct chart chart = {.page = page,
                        .narrow = narrow,
                        .width = narrow ? CHART_NARROW : CHART_WIDTH,
                        .height = narrow ? spec->narrow_height : spec->height};
  chart.left = narrow ? 48 : 60;
  chart.right = chart.width - (narrow ? 6 : 12);
  chart.top = 34;
  chart.bottom = chart.height - 40;
  page_printf(page,
              "<svg class=\"%s\"%s role=\"img\" aria-labelledby=\"%s-%u-%s-t %s-%u-%s-d\" "
              "width=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"system-ui, sans-serif\" "
              "font-size=\"%d\">",
              layout, narrow ? " display=\"none\"" : "", spec->id, spec->number, layout, spec->id,
              spec->number, layout, chart.width, chart.width, chart.height, CHART_FONT);
  page_printf(page, "<title id=\"%s-%u-%s-t\">", spec->id, spec->number, layout);
  spec->words.title(page, context);
  page_printf(page, "</title><desc id=\"%s-%u-%s-d\">", spec->id, spec->number, layout);
  spec->words.describe(page, context);
  page_put(page, "</desc>");
  spec->draw(&chart, context);
  page_put(page, "</svg>\n");
}

void chart_figure(struct page *page, const struct chart_spec *spec, const void *context) {
  draw(page, spec, context, false);
  draw(page, spec, context, true);
}

/* ---- words ---- */

void chart_text(struct chart *chart, double x, double y, enum chart_anchor anchor,
                enum chart_ink ink) {
  static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  page_put(chart->page, "<text x=\"");
  page_px(chart->page, x);
  page_put(chart->page, "\" y=\"");
  page_px(chart->page, y);
  page_printf(chart->page, "\"%s", anchors[anchor]);
  chart_fill(chart, ink);
  page_put(chart->page, ">");
}

void chart_text_end(struct chart *chart) { page_put(chart->page, "</text>"); }

void chart_label(struct chart *chart, double x, double y, enum chart_anchor anchor,
                 enum chart_ink ink, const char *text) {
  chart_text(chart, x, y, anchor, ink);
  page_text(chart->page, text);
  chart_text_end(chart);
}

void chart_legend(struct chart *chart, size_t n, const struct chart_key *keys) {
  double x = chart->narrow ? 0 : chart->left;
  for (size_t i = 0; i < n; i++) {
    page_put(chart->page, "<rect y=\"3\" width=\"11\" height=\"11\" rx=\"2\" x=\"");
    page_px(chart->page, x);
    page_put(chart->page, "\"");
    chart_fill(chart, keys[i].ink);
    page_put(chart->page, "/>");
    chart_label(chart, x + 17, 13, ANCHOR_START, INK_TEXT, keys[i].name);
    x += 17 + CHART_LETTER * (double)strlen(keys[i].name) + 20;
  }
}

/* ---- lines and dots ---- */

void chart_move(struct chart *chart, char command, double x, double y) {
  page_printf(chart->page, "%c", command);
  page_px(chart->page, x);
  page_put(chart->page, " ");
  page_px(chart->page, y);
}

void chart_along(struct chart *chart, char command, double to) {
  page_printf(chart->page, "%c", command);
  page_px(chart->page, to);
}

void chart_rect(struct chart *chart, double x, double y, double width, double height) {
  page_put(chart->page, "<rect x=\"");
  page_px(chart->page, x);
  page_put(chart->page, "\" y=\"");
  page_px(chart->page, y);
  page_put(chart->page, "\" width=\"");
  page_px(chart->page, width);
  page_put(chart->page, "\" height=\"");
  page_px(chart->page, height);
  page_put(chart->page, "\"");
}

static void line(struct chart *chart, const double at[4], enum chart_ink ink, const char *dashes) {
  static const char *const names[] = {"x1", "y1", "x2", "y2"};
  page_put(chart->page, "<line");
  for (unsigned i = 0; i < 4; i++) {
    page_printf(chart->page, " %s=\"", names[i]);
    page_px(chart->page, at[i]);
    page_put(chart->page, "\"");
  }
  chart_stroke(chart, ink);
  if (dashes) page_printf(chart->page, " stroke-dasharray=\"%s\"", dashes);
  page_put(chart->page, "/>");
}

void chart_line_across(struct chart *chart, double y, enum chart_ink ink, const char *dashes) {
  line(chart, (double[]){chart->left, y, chart->right, y}, ink, dashes);
}

void chart_line_down(struct chart *chart, double x, double top, double bottom, enum chart_ink ink,
                     const char *dashes) {
  line(chart, (double[]){x, top, x, bottom}, ink, dashes);
}

void chart_dot(struct chart *chart, double x, double y, double radius, enum chart_ink ink) {
  page_put(chart->page, "<circle cx=\"");
  page_px(chart->page, x);
  page_put(chart->page, "\" cy=\"");
  page_px(chart->page, y);
  page_put(chart->page, "\" r=\"");
  page_px(chart->page, radius);
  page_put(chart->page, "\"");
  chart_fill(chart, ink);
  page_put(chart->page, "/>");
}

/* ---- axes ---- */

void chart_axis_values(struct chart *chart, const struct chart_scale *y, const char *unit) {
  double ticks[CHART_TICKS];
  size_t n = chart_ticks(y, chart->narrow ? 4 : 5, ticks);
  char text[PAGE_FIGURE];
  for (size_t i = 0; i < n; i++) {
    double at = chart_at(y, ticks[i]);
    if (at < chart->bottom - 1) chart_line_across(chart, at, INK_GRID, NULL);
    chart_text(chart, chart->left - 8, at + 4, ANCHOR_END, INK_MUTED);
    page_printf(chart->page, "%s%s", page_short_format(ticks[i], text), unit);
    chart_text_end(chart);
  }
  chart_line_across(chart, chart->bottom, INK_AXIS, NULL);
}

void chart_axis_across(struct chart *chart, const struct chart_scale *x, const char *unit) {
  double ticks[CHART_TICKS];
  unsigned want = chart->narrow ? 4 : 7;
  size_t n = chart_ticks(x, want, ticks);
  char text[PAGE_FIGURE];
  if (n < 2) { /* a log scale of less than a decade */
    struct chart_scale linear = {.from = x->from, .to = x->to};
    n = chart_ticks(&linear, want, ticks);
  }
  for (size_t i = 0; i < n; i++) {
    double at = chart_at(x, ticks[i]);
    chart_line_down(chart, at, chart->top, chart->bottom, INK_GRID, NULL);
    chart_text(chart, at, chart->bottom + 18,
               at < 16                  ? ANCHOR_START
               : at > chart->width - 16 ? ANCHOR_END
                                        : ANCHOR_MIDDLE,
               INK_MUTED);
    page_printf(chart->page, "%s%s", page_short_format(ticks[i], text), unit);
    chart_text_end(chart);
  }
}
