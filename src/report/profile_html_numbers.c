/* Numbers: their histograms by population, quantiles, and the measurements per ping. */
#include "report/chart_profile.h"
#include "report/profile_html.h"

#include <stdio.h>

double profile_html_median(const struct ps_profile_numbers *numbers, unsigned population) {
  for (size_t q = 0; q < PS_PROFILE_QUANTILES; q++)
    if (ps_profile_quantiles[q] >= 0.5) return numbers->quantile[population][q];
  return 0;
}

/* ---- histograms ---- */

bool profile_html_drawable(const struct ps_profile_numbers *numbers) {
  return numbers->nlinear > 1;
}

static void histogram_title(struct page *page, const void *context) {
  const struct profile_html_numbers *of = context;
  page_put(page, "How often which numbers came: ");
  page_text(page, of->name);
}

static void histogram_describe(struct page *page, const void *context) {
  const struct profile_html_numbers *of = context;
  char text[PAGE_FIGURE];
  page_put(page, "Medians: ");
  for (unsigned p = 0; p < PS_POPULATIONS; p++)
    page_printf(page, "%s%s %s", p ? ", " : "", ps_population_name((enum ps_population)p),
                of->numbers->count[p]
                    ? page_number_format(profile_html_median(of->numbers, p), text)
                    : "none");
  page_put(page, ".");
}

static struct chart_panels panels_of(const struct ps_profile_numbers *numbers) {
  struct chart_panels panels = {
      .n = 1,
      .at = {{.name = "Linear bins", .n = numbers->nlinear, .bins = numbers->linear}},
      .of = numbers->count};
  if (numbers->nlog > 1)
    panels.at[panels.n++] = (struct chart_panel){
        .name = "Logarithmic bins", .log = true, .n = numbers->nlog, .bins = numbers->log};
  return panels;
}

static void histogram_draw(struct chart *chart, const void *context) {
  struct chart_panels panels = panels_of(((const struct profile_html_numbers *)context)->numbers);
  chart_draw_panels(chart, &panels);
}

void profile_html_histogram(struct profile_html *html, const struct profile_html_numbers *of) {
  struct chart_panels panels = panels_of(of->numbers);
  struct chart_spec spec = {.id = "histogram",
                            .number = html->charts++,
                            .height = chart_panels_height(&panels, false),
                            .narrow_height = chart_panels_height(&panels, true),
                            .words = {histogram_title, histogram_describe},
                            .draw = histogram_draw};
  chart_figure(&html->page, &spec, of);
}

/* ---- tables ---- */

static void bin_rows(struct page *page, const char *kind, size_t n,
                     const struct ps_profile_bin *bins) {
  for (size_t i = 0; i < n; i++) {
    html_row_open(page);
    html_cell_head(page, kind);
    html_cell_number(page, bins[i].from);
    html_cell_number(page, bins[i].to);
    for (unsigned p = 0; p < PS_POPULATIONS; p++) html_cell_count(page, bins[i].count[p]);
    html_row_close(page);
  }
}

void profile_html_bins_table(struct page *page, const struct profile_html_numbers *of) {
  static const struct html_column columns[] = {
      {"Bins", COLUMN_TEXT},         {"From", COLUMN_NUMBER},         {"To", COLUMN_NUMBER},
      {"All copies", COLUMN_NUMBER}, {"First copies", COLUMN_NUMBER}, {"Seen once", COLUMN_NUMBER}};
  const struct ps_profile_numbers *numbers = of->numbers;
  struct html_table table = {.caption = "Bins of ",
                             .measure = of->name,
                             .summary = "Histogram",
                             HTML_COLUMNS(columns),
                             .nrows = numbers->nlinear + numbers->nlog};
  html_table_open(page, &table);
  bin_rows(page, "linear", numbers->nlinear, numbers->linear);
  bin_rows(page, "logarithmic", numbers->nlog, numbers->log);
  html_table_close(page, &table);
}

static void counts_row(struct page *page, const char *name, const uint64_t count[PS_POPULATIONS]) {
  html_row_open(page);
  html_cell_head(page, name);
  for (unsigned p = 0; p < PS_POPULATIONS; p++) html_cell_count(page, count[p]);
  html_row_close(page);
}

/* Of no numbers there is none. */
static void numbers_row(struct page *page, const char *name,
                        const struct ps_profile_numbers *numbers,
                        const double number[PS_POPULATIONS]) {
  html_row_open(page);
  html_cell_head(page, name);
  for (unsigned p = 0; p < PS_POPULATIONS; p++)
    if (numbers->count[p]) html_cell_number(page, number[p]);
    else page_put(page, "<td class=\"n\" data-v=\"\">\xe2\x80\x93</td>");
  html_row_close(page);
}

#define NUMBERS_ROWS (4 + PS_PROFILE_QUANTILES)

static void numbers_rows(struct page *page, const struct ps_profile_numbers *numbers) {
  counts_row(page, "Pings with a number", numbers->count);
  numbers_row(page, "Mean", numbers, numbers->mean);
  numbers_row(page, "Least", numbers, numbers->min);
  for (size_t q = 0; q < PS_PROFILE_QUANTILES; q++) {
    double quantile[PS_POPULATIONS];
    char name[PAGE_FIGURE + 32], percent[PAGE_FIGURE];
    for (unsigned p = 0; p < PS_POPULATIONS; p++) quantile[p] = numbers->quantile[p][q];
    (void)snprintf(name, sizeof name, "%s %% have at most",
                   page_number_format(100 * ps_profile_quantiles[q], percent));
    numbers_row(page, name, numbers, quantile);
  }
  numbers_row(page, "Greatest", numbers, numbers->max);
}

static const struct html_column figure_columns[PS_POPULATIONS + 1] = {
    {"Figure", COLUMN_TEXT},
    {"All copies", COLUMN_NUMBER},
    {"First copies", COLUMN_NUMBER},
    {"Seen once", COLUMN_NUMBER}};

void profile_html_numbers_table(struct page *page, const struct profile_html_numbers *of) {
  struct html_table table = {.caption = "Quantiles of ",
                             .measure = of->name,
                             .summary = "Quantiles",
                             HTML_COLUMNS(figure_columns),
                             .nrows = NUMBERS_ROWS};
  html_table_open(page, &table);
  numbers_rows(page, of->numbers);
  html_table_close(page, &table);
}

/* ---- measurements per ping ---- */

static bool any(const uint64_t count[PS_POPULATIONS]) {
  return count[PS_ALL_COPIES] || count[PS_FIRST_COPIES] || count[PS_SEEN_ONCE];
}

static void measure_words(struct page *page, const struct ps_profile_measure *measure) {
  page_put(page, "<p>The sum of <code>");
  page_text(page, measure->path);
  page_put(page, "</code> of each ping: ");
  page_nouns(page, measure->sum[PS_ALL_COPIES], "measurement");
  page_put(page, " in all copies");
  if (measure->implausible[PS_ALL_COPIES]) {
    page_put(page, "; ");
    page_nouns(page, measure->implausible[PS_ALL_COPIES], "implausible count");
    page_put(page, " left out");
  }
  page_put(page, ".</p>");
  if (!measure->has_member || !any(measure->disagree)) return;
  page_put(page, "<p><b class=\"flag\">sum disagrees</b> In ");
  page_nouns(page, measure->disagree[PS_ALL_COPIES], "ping");
  page_put(page, " the histogram's <code>sum</code> is not the sum of its values: in all copies it "
                 "comes to ");
  page_count(page, measure->member_sum[PS_ALL_COPIES]);
  page_put(page, ", they to ");
  page_count(page, measure->sum[PS_ALL_COPIES]);
  page_put(page, ".</p>");
}

static void measure_table(struct page *page, const struct ps_profile_measure *measure) {
  struct {
    const char *name;
    const uint64_t *count;
    bool shown;
  } sums[] = {{"Measurements", measure->sum, true},
              {"Implausible counts left out", measure->implausible, any(measure->implausible)},
              {"Sum of the member sum", measure->member_sum, measure->has_member},
              {"Pings with that member", measure->member_pings, measure->has_member},
              {"Pings where it is no plausible count", measure->member_odd, measure->has_member},
              {"Pings where it is not the sum", measure->disagree, measure->has_member}};
  const size_t n = sizeof sums / sizeof *sums;
  struct html_table table = {.caption = "Measurements per ping: ",
                             .measure = measure->name,
                             .summary = "Sums and quantiles",
                             HTML_COLUMNS(figure_columns),
                             .nrows = NUMBERS_ROWS};
  for (size_t i = 0; i < n; i++) table.nrows += sums[i].shown;
  html_table_open(page, &table);
  for (size_t i = 0; i < n; i++)
    if (sums[i].shown) counts_row(page, sums[i].name, sums[i].count);
  numbers_rows(page, &measure->per_ping);
  html_table_close(page, &table);
}

void profile_html_measures(struct profile_html *html, const struct ps_profile_client *client) {
  struct page *page = &html->page;
  for (size_t i = 0; i < client->nmeasures; i++) {
    const struct ps_profile_measure *measure = &client->measures[i];
    const struct profile_html_numbers of = {measure->name, &measure->per_ping};
    bool drawn = profile_html_drawable(of.numbers);
    if (drawn) html_figure_open(page, "Measurements per ping: ", measure->name);
    else {
      page_put(page, "<section>\n<h3>Measurements per ping: ");
      page_text(page, measure->name);
      page_put(page, "</h3>");
    }
    measure_words(page, measure);
    if (drawn) {
      html_caption_close(page);
      profile_html_histogram(html, &of);
    }
    measure_table(page, measure);
    if (drawn) {
      profile_html_bins_table(page, &of);
      html_figure_close(page);
    } else page_put(page, "</section>\n");
  }
}
