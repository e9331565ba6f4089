/* Pings and documents by day, and the documents that came most often. */
#include "base/error.h"
#include "base/instant.h"
#include "report/chart_rows.h"
#include "report/profile_html.h"
#include "report/profile_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- days ---- */

enum series { SERIES_PINGS, SERIES_DOCUMENTS, SERIES_ONCE, SERIES };
static const struct chart_key keys[SERIES] = {
    {INK_PINGS, "All copies"}, {INK_DISTINCT, "Documents"}, {INK_ONCE, "Seen once"}};

struct days {
  const struct ps_profile_client *client;
  size_t n; /* that have a day; the others are not drawn */
  struct chart_calendar calendar;
  day_t *day;
  double *value[SERIES]; /* one allocation, the first one's */
};

static void days_release(struct days *days) {
  free(days->day);
  free(days->value[0]);
}

/* false: nothing to draw, or an error of the page. */
static bool days_init(struct days *days, struct page *page,
                      const struct ps_profile_client *client) {
  *days = (struct days){.client = client, .n = client->ndays};
  while (days->n && !client->days[days->n - 1].has_day) days->n--;
  size_t n = days->n;
  if (page->status || !n) return false;
  double *values = calloc(n, SERIES * sizeof *values);
  days->value[0] = values;
  days->day = calloc(n, 2 * sizeof *days->day);
  if (!values || !days->day) {
    days_release(days);
    page->status = error_memory(page->err, n * SERIES * sizeof *values);
    return false;
  }
  for (size_t s = 1; s < SERIES; s++) days->value[s] = values + s * n;
  for (size_t i = 0; i < n; i++) {
    const struct ps_profile_day *day = &client->days[i];
    days->day[i] = day->day;
    days->value[SERIES_PINGS][i] = (double)day->pings[PS_ALL_COPIES];
    days->value[SERIES_DOCUMENTS][i] = (double)day->documents;
    days->value[SERIES_ONCE][i] = (double)day->pings[PS_SEEN_ONCE];
  }
  days->calendar = (struct chart_calendar){.n = n, .day = days->day, .place = days->day + n};
  chart_calendar_places(&days->calendar);
  return true;
}

static void days_title(struct page *page, const void *context) {
  const struct days *days = context;
  page_put(page, "Pings and documents by day, ");
  page_day(page, days->day[0]);
  if (days->n == 1) return;
  page_put(page, " to ");
  page_day(page, days->day[days->n - 1]);
}

static void days_describe(struct page *page, const void *context) {
  const struct days *days = context;
  size_t most = 0;
  for (size_t i = 1; i < days->n; i++)
    if (days->value[SERIES_PINGS][i] > days->value[SERIES_PINGS][most]) most = i;
  page_put(page, "Most pings came on ");
  page_day(page, days->day[most]);
  page_put(page, ": ");
  page_nouns(page, days->client->days[most].pings[PS_ALL_COPIES], "ping");
  page_put(page, " of ");
  page_nouns(page, days->client->days[most].documents, "document");
  page_put(page, ", ");
  page_count(page, days->client->days[most].pings[PS_SEEN_ONCE]);
  page_put(page, " of them seen exactly once.");
}

static void days_tell(struct page *page, const void *context, size_t i) {
  const struct days *days = context;
  const struct ps_profile_day *day = &days->client->days[i];
  page_day(page, day->day);
  page_put(page, ": ");
  page_nouns(page, day->pings[PS_ALL_COPIES], "ping");
  page_put(page, ", ");
  page_nouns(page, day->documents, "distinct document");
  page_put(page, ", ");
  page_count(page, day->pings[PS_SEEN_ONCE]);
  page_put(page, " seen once");
}

static void days_draw(struct chart *chart, const void *context) {
  const struct days *days = context;
  double min = INFINITY, max = 0;
  for (size_t s = 0; s < SERIES; s++)
    for (size_t i = 0; i < days->n; i++) {
      double value = days->value[s][i];
      if (value > 0) min = fmin(min, value);
      max = fmax(max, value);
    }
  struct chart_scale x = chart_scale_days(chart, &days->calendar);
  struct chart_scale y = chart_scale_of(min, max, true, chart->bottom, chart->top);
  chart_legend(chart, SERIES, keys);
  if (!chart->narrow) chart_label(chart, chart->right, 13, ANCHOR_END, INK_MUTED, "log scale");
  chart_axis_values(chart, &y, "");
  for (size_t s = 0; s < SERIES; s++) {
    struct chart_series series = {days->n, days->calendar.place, days->value[s]};
    chart_line(chart, &series, &x, &y, keys[s].ink);
  }
  chart_axis_days(chart, &x, &days->calendar);
  chart_hover_days(chart, &days->calendar, &x, days_tell, days);
}

/* One day: a lonely dot says nothing. */
struct lying {
  struct chart_row rows[SERIES];
  char figure[SERIES][PAGE_FIGURE];
};

static struct chart_rows lying_of(struct lying *lying, const struct days *days) {
  for (size_t s = 0; s < SERIES; s++)
    lying->rows[s] =
        (struct chart_row){.name = keys[s].name,
                           .value = days->value[s][0],
                           .figure = page_number_format(days->value[s][0], lying->figure[s]),
                           .ink = keys[s].ink};
  return (struct chart_rows){.n = SERIES, .at = lying->rows};
}

static void lying_draw(struct chart *chart, const void *context) {
  struct lying lying;
  struct chart_rows rows = lying_of(&lying, context);
  chart_draw_rows(chart, &rows);
}

static void days_table(struct profile_html *html, const struct ps_profile_client *client) {
  static const struct html_column columns[] = {{"Day", COLUMN_TEXT},
                                               {"All copies", COLUMN_NUMBER},
                                               {"Distinct documents", COLUMN_NUMBER},
                                               {"First copies", COLUMN_NUMBER},
                                               {"Seen once", COLUMN_NUMBER}};
  struct page *page = &html->page;
  struct html_table table = {.caption = "Pings and documents by day",
                             HTML_COLUMNS(columns),
                             .nrows = profile_html_rows(html, client->ndays)};
  profile_html_left_out(html, client->ndays, "day");
  html_table_open(page, &table);
  for (size_t i = 0; i < table.nrows; i++) {
    const struct ps_profile_day *day = &client->days[i];
    html_row_open(page);
    if (day->has_day) html_cell_day(page, day->day, true);
    else html_cell_head(page, "without a day");
    html_cell_count(page, day->pings[PS_ALL_COPIES]);
    html_cell_count(page, day->documents);
    html_cell_count(page, day->pings[PS_FIRST_COPIES]);
    html_cell_count(page, day->pings[PS_SEEN_ONCE]);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

void profile_html_days(struct profile_html *html, const struct ps_profile_client *client) {
  struct days days;
  struct page *page = &html->page;
  if (!days_init(&days, page, client)) return;
  struct chart_spec spec = {.id = "days",
                            .number = html->charts++,
                            .height = 300,
                            .narrow_height = 260,
                            .words = {days_title, days_describe},
                            .draw = days_draw};
  html_figure_open(page, "Pings and documents by day", NULL);
  page_put(page, "<p>Documents are the distinct ones of each day.</p>");
  if (days.calendar.shortened) page_put(page, CHART_SHORTENED);
  html_caption_close(page);
  if (days.n == 1) {
    struct lying lying;
    struct chart_rows rows = lying_of(&lying, &days);
    spec.height = chart_rows_height(&rows, false);
    spec.narrow_height = chart_rows_height(&rows, true);
    spec.draw = lying_draw;
  }
  chart_figure(page, &spec, &days);
  days_table(html, client);
  html_figure_close(page);
  days_release(&days);
}

/* ---- documents ---- */

#define DRAWN 10u

struct documents {
  const struct ps_profile_client *client;
  struct chart_rows rows;
  struct chart_row row[DRAWN];
  char figure[DRAWN][2 * PAGE_FIGURE], short_figure[DRAWN][PAGE_FIGURE];
};

static void documents_init(struct documents *documents, const struct ps_profile_client *client) {
  size_t n = client->ndocuments < DRAWN ? client->ndocuments : DRAWN;
  *documents = (struct documents){.client = client};
  for (size_t i = 0; i < n; i++) {
    const struct ps_profile_document *document = &client->documents[i];
    char share[PROFILE_WORD];
    (void)page_number_format((double)document->count, documents->short_figure[i]);
    (void)snprintf(documents->figure[i], sizeof documents->figure[i], "%s \xc2\xb7 %s",
                   documents->short_figure[i],
                   profile_share(document->count, client->pings[PS_ALL_COPIES], share));
    documents->row[i] = (struct chart_row){.name = *document->id ? document->id : "(empty)",
                                           .value = (double)document->count,
                                           .figure = documents->figure[i],
                                           .short_figure = documents->short_figure[i],
                                           .ink = INK_PINGS};
  }
  documents->rows = (struct chart_rows){.n = n, .at = documents->row, .fixed = true};
}

static void documents_title(struct page *page, const void *context) {
  (void)context;
  page_put(page, "The documentIds that came most often");
}

static void documents_describe(struct page *page, const void *context) {
  const struct documents *documents = context;
  page_text(page, documents->client->documents[0].id);
  page_put(page, " comes first: ");
  page_text(page, documents->figure[0]);
  page_put(page, " of all copies.");
}

static void documents_draw(struct chart *chart, const void *context) {
  chart_draw_rows(chart, &((const struct documents *)context)->rows);
}

static void cell_time(struct page *page, const struct ps_profile_document *document, bool first) {
  char text[INSTANT_TEXT] = "";
  if (document->has_time) {
    instant_format(first ? document->first_ns : document->last_ns, text);
    page_printf(page, "<td>%s</td>", text);
  } else if (document->has_day)
    html_cell_day(page, first ? document->first_day : document->last_day, false);
  else page_put(page, "<td></td>");
}

static void documents_table(struct profile_html *html, const struct ps_profile_client *client) {
  static const struct html_column columns[] = {{"documentId", COLUMN_TEXT},
                                               {"Copies", COLUMN_NUMBER},
                                               {"Share of all copies", COLUMN_NUMBER},
                                               {"Days", COLUMN_NUMBER},
                                               {"First (UTC)", COLUMN_TEXT},
                                               {"Last (UTC)", COLUMN_TEXT}};
  struct page *page = &html->page;
  struct html_table table = {.caption = "The documentIds that came most often",
                             HTML_COLUMNS(columns),
                             .nrows = profile_html_rows(html, client->ndocuments)};
  profile_html_left_out(html, client->ndocuments, "document");
  html_table_open(page, &table);
  for (size_t i = 0; i < table.nrows; i++) {
    const struct ps_profile_document *document = &client->documents[i];
    html_row_open(page);
    html_cell_head(page, document->id);
    html_cell_count(page, document->count);
    html_cell_share(page, (double)document->count, (double)client->pings[PS_ALL_COPIES]);
    html_cell_count(page, document->days);
    cell_time(page, document, true);
    cell_time(page, document, false);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

void profile_html_documents(struct profile_html *html, const struct ps_profile_client *client) {
  struct documents documents;
  struct page *page = &html->page;
  if (!client->ndocuments) return;
  documents_init(&documents, client);
  struct chart_spec spec = {.id = "documents",
                            .number = html->charts++,
                            .height = chart_rows_height(&documents.rows, false),
                            .narrow_height = chart_rows_height(&documents.rows, true),
                            .words = {documents_title, documents_describe},
                            .draw = documents_draw};
  html_figure_open(page, "Documents that came most often", NULL);
  page_put(page, "<p>Copies of one documentId, and their share of all copies.</p>");
  html_caption_close(page);
  chart_figure(page, &spec, &documents);
  documents_table(html, client);
  html_figure_close(page);
}
