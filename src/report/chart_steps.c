#include "report/chart_profile.h"

#include <math.h>

const struct chart_key chart_populations[PS_POPULATIONS] = {
    [PS_ALL_COPIES] = {INK_PINGS, "All copies"},
    [PS_FIRST_COPIES] = {INK_DISTINCT, "First copies"},
    [PS_SEEN_ONCE] = {INK_ONCE, "Seen once"},
};

#define LEGEND       24.0
#define HEADING      24.0 /* above a plot */
#define PLOT         190.0
#define PLOT_NARROW  150.0
#define FOOT         32.0
#define LEFT         60.0
#define LEAST        1e-5 /* per cent that is still shown in its place */
#define NEVER_UNSEEN 1.5

double chart_panels_height(const struct chart_panels *panels, bool narrow) {
  double one = HEADING + FOOT + (narrow ? PLOT_NARROW : PLOT);
  return LEGEND + one * (double)(narrow ? panels->n : 1);
}

static double percent(const struct chart_panels *panels, const struct ps_profile_bin *bin,
                      unsigned population) {
  uint64_t of = panels->of[population];
  return of ? 100 * (double)bin->count[population] / (double)of : 0;
}

/* One scale for all panels. */
static struct chart_scale shares_scale(const struct chart_panels *panels) {
  double min = INFINITY, max = 0;
  for (size_t k = 0; k < panels->n; k++)
    for (size_t i = 0; i < panels->at[k].n; i++)
      for (unsigned p = 0; p < PS_POPULATIONS; p++) {
        double share = percent(panels, &panels->at[k].bins[i], p);
        if (share > 0) min = fmin(min, share);
        max = fmax(max, share);
      }
  bool log = isfinite(min) && chart_spans_decades(min, max);
  return chart_scale_of(log ? fmax(min, LEAST * 1.6) : min, log ? max / 1.2 : max, log, 0, 1);
}

/* The outline of a population's steps; `closed`: of areas that stand on the axis. */
static void draw_steps(struct chart *chart, const struct chart_panels *panels,
                       const struct chart_panel *panel, unsigned population,
                       const struct chart_scale scales[2], bool closed) {
  const struct chart_scale *x = &scales[0], *y = &scales[1];
  bool on = false;
  for (size_t i = 0; i < panel->n; i++) {
    const struct ps_profile_bin *bin = &panel->bins[i];
    double share = percent(panels, bin, population);
    if (share > 0) {
      if (!on) chart_move(chart, 'M', chart_at(x, bin->from), y->start);
      chart_along(chart, 'V', fmin(chart_at(y, share), y->start - NEVER_UNSEEN));
      chart_along(chart, 'H', chart_at(x, bin->to));
    }
    bool ends = on && !(share > 0);
    on = share > 0;
    if (!ends && !(on && i + 1 == panel->n)) continue;
    chart_along(chart, 'V', y->start);
    if (closed) page_put(chart->page, "z");
  }
}

static void draw_population(struct chart *chart, const struct chart_panels *panels,
                            const struct chart_panel *panel, unsigned population,
                            const struct chart_scale scales[2]) {
  bool area = population == PS_ALL_COPIES;
  if (!panels->of[population]) return;
  page_put(chart->page, area ? "<path" : "<path fill=\"none\" stroke-width=\"2\"");
  /* Where two run the same way, both are seen. */
  if (population == PS_SEEN_ONCE) page_put(chart->page, " stroke-dasharray=\"5 4\"");
  (area ? chart_fill : chart_stroke)(chart, chart_populations[population].ink);
  page_put(chart->page, " d=\"");
  draw_steps(chart, panels, panel, population, scales, area);
  page_put(chart->page, "\"/>");
}

static void tell_bin(struct page *page, const struct chart_panels *panels,
                     const struct ps_profile_bin *bin) {
  char text[PAGE_FIGURE];
  page_printf(page, "%s to ", page_number_format(bin->from, text));
  page_put(page, page_number_format(bin->to, text));
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    page_printf(page, "%s ", p ? "," : ":");
    page_count(page, bin->count[p]);
    page_printf(page, " of %s (%s)", ps_population_name((enum ps_population)p),
                page_share_format(percent(panels, bin, p), 100, text));
  }
}

static void hover(struct chart *chart, const struct chart_panels *panels,
                  const struct chart_panel *panel, const struct chart_scale *x) {
  if (chart->narrow) return; /* no pointer there */
  page_put(chart->page, "<g class=\"hover\" fill=\"none\" pointer-events=\"all\">");
  for (size_t i = 0; i < panel->n; i++) {
    const struct ps_profile_bin *bin = &panel->bins[i];
    double start = chart_at(x, bin->from), end = chart_at(x, bin->to);
    if (!bin->count[PS_ALL_COPIES]) continue;
    chart_rect(chart, start, chart->top, end - start, chart->bottom - chart->top);
    page_put(chart->page, "><title>");
    tell_bin(chart->page, panels, bin);
    page_put(chart->page, "</title></rect>");
  }
  page_put(chart->page, "</g>");
}

/* chart's plot is the panel's. */
static void draw_panel(struct chart *chart, const struct chart_panels *panels, size_t number,
                       struct chart_scale y) {
  const struct chart_panel *panel = &panels->at[number];
  struct chart_scale x = {.log = panel->log,
                          .from = panel->bins[0].from,
                          .to = panel->bins[panel->n - 1].to,
                          .start = chart->left,
                          .end = chart->right};
  y.start = chart->bottom;
  y.end = chart->top;
  struct chart_scale scales[2] = {x, y};
  chart_label(chart, chart->left, chart->top - 8, ANCHOR_START, INK_MUTED, panel->name);
  if (number == 0 || !chart->narrow)
    chart_label(chart, chart->right, chart->top - 8, ANCHOR_END, INK_MUTED,
                y.log ? "% of the numbers, log scale" : "% of the numbers");
  chart_axis_across(chart, &x, "");
  chart_axis_values(chart, &y, "");
  for (unsigned p = 0; p < PS_POPULATIONS; p++) draw_population(chart, panels, panel, p, scales);
  hover(chart, panels, panel, &x);
}

void chart_draw_panels(struct chart *chart, const struct chart_panels *panels) {
  struct chart_scale y = shares_scale(panels);
  double width = chart->right - chart->left + LEFT, top = LEGEND + HEADING;
  double right = chart->right;
  chart_legend(chart, PS_POPULATIONS, chart_populations);
  if (chart->narrow) {
    chart->left = LEFT - 10;
    for (size_t k = 0; k < panels->n; k++) {
      chart->top = top + (double)k * (HEADING + PLOT_NARROW + FOOT);
      chart->bottom = chart->top + PLOT_NARROW;
      draw_panel(chart, panels, k, y);
    }
    return;
  }
  for (size_t k = 0; k < panels->n; k++) {
    chart->left = LEFT + (double)k * width / (double)panels->n;
    chart->right = k + 1 == panels->n ? right : width / (double)panels->n - 12;
    chart->top = top;
    chart->bottom = top + PLOT;
    draw_panel(chart, panels, k, y);
  }
}
