/* The clients with the largest figures of a day: a chart and its table for each ranking. */
#include "base/error.h"
#include "base/format.h"
#include "report/chart_rows.h"
#include "report/html_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 20u /* in a chart; the table has all */
#define WORDS 128u

struct clients {
  const struct report *report;
  size_t rank;
  struct chart_rows rows;
  struct chart_row row[SHOWN];
  struct {
    char figure[WORDS], short_figure[WORDS], mark[WORDS], short_mark[WORDS], note[DAY_TEXT];
  } words[SHOWN];
};

static void mark_words(uint32_t rules, char mark[WORDS], char short_mark[WORDS]) {
  size_t used = 0;
  unsigned n = 0;
  mark[0] = '\0';
  for (unsigned rule = 0; rule < PS_RULES && used < WORDS; rule++) {
    if (!(rules >> rule & 1)) continue;
    used += (size_t)snprintf(mark + used, WORDS - used, "%s%s", n++ ? ", " : "",
                             ps_rule_name((enum ps_rule)rule));
  }
  (void)snprintf(short_mark, WORDS, "flagged by %u rules", n);
}

static void figure_words(const struct report_client *client, char figure[WORDS],
                         char short_figure[WORDS]) {
  char count[FORMAT_TEXT], error[FORMAT_TEXT] = "", share[PAGE_FIGURE];
  if (client->figure.error) (void)format_count(client->figure.error, error);
  (void)format_count(client->figure.count, count);
  (void)snprintf(short_figure, WORDS, "%s%s%s", count, error[0] ? " +" : "", error);
  (void)snprintf(figure, WORDS, "%s%s%s \xc2\xb7 %s", count, error[0] ? " +" : "", error,
                 page_share_format(client->share, 1, share));
}

static enum chart_ink rank_ink(size_t rank) {
  return rank == PS_RANK_PINGS        ? INK_PINGS
         : rank == PS_RANK_DUPLICATES ? INK_DUPLICATES
                                      : INK_MEASURE;
}

static void clients_init(struct clients *clients, const struct report *report, size_t rank) {
  const struct report_ranking *ranking = &report->ranking[rank];
  size_t n = ranking->n < SHOWN ? ranking->n : SHOWN;
  *clients = (struct clients){.report = report, .rank = rank};
  for (size_t i = 0; i < n; i++) {
    const struct report_client *client = &ranking->at[i];
    mark_words(client->rules, clients->words[i].mark, clients->words[i].short_mark);
    figure_words(client, clients->words[i].figure, clients->words[i].short_figure);
    day_format(client->day, clients->words[i].note);
    clients->row[i] =
        (struct chart_row){.name = client->name,
                           .note = report->ndays > 1 ? clients->words[i].note : NULL,
                           .short_note = report->ndays > 1 ? clients->words[i].note + 5 : NULL,
                           .value = (double)client->figure.count,
                           .upto = (double)client->figure.count + (double)client->figure.error,
                           .figure = clients->words[i].figure,
                           .short_figure = clients->words[i].short_figure,
                           .mark = client->rules ? clients->words[i].mark : NULL,
                           .short_mark = clients->words[i].short_mark,
                           .ink = rank_ink(rank)};
  }
  clients->rows = (struct chart_rows){.n = n, .at = clients->row, .fixed = true};
}

static void clients_title(struct page *page, const void *context) {
  const struct clients *clients = context;
  page_put(page, "Clients of a day with most ");
  page_text(page, html_rank_name(clients->report, clients->rank));
}

static void clients_describe(struct page *page, const void *context) {
  const struct clients *clients = context;
  const struct report_ranking *ranking = &clients->report->ranking[clients->rank];
  const struct report_client *most = &ranking->at[0];
  page_text(page, most->name);
  page_put(page, " on ");
  page_day(page, most->day);
  page_printf(page, " comes first: %s of that day", clients->words[0].figure);
  if (ranking->n > 1) {
    page_put(page, "; next is ");
    page_text(page, ranking->at[1].name);
    page_put(page, " on ");
    page_day(page, ranking->at[1].day);
    page_printf(page, ": %s", clients->words[1].figure);
  }
  page_put(page, ". No client-day that is not listed has more than ");
  page_count(page, ranking->absent);
  page_put(page, ".");
}

static void clients_draw(struct chart *chart, const void *context) {
  chart_draw_rows(chart, &((const struct clients *)context)->rows);
}

static void ranking_figure(struct page *page, struct clients *clients, size_t rank) {
  const struct report *report = clients->report;
  const struct report_ranking *ranking = &report->ranking[rank];
  page_put(page, rank < PS_RANK_MEASURES ? "<figure><figcaption><h3>Most "
                                         : "<figure><figcaption><h3>Most measurements: ");
  page_text(page, html_rank_name(report, rank));
  page_put(page, "</h3><p>");
  if (ranking->n > SHOWN) page_printf(page, "The first %u of %zu. ", SHOWN, ranking->n);
  page_put(page, "Figure, bound if any, and share of the day. No client-day that is not listed has "
                 "more than ");
  page_count(page, ranking->absent);
  page_put(page, ".</p></figcaption>\n");
  struct chart_spec spec = {.id = "clients",
                            .number = (unsigned)rank,
                            .height = chart_rows_height(&clients->rows, false),
                            .narrow_height = chart_rows_height(&clients->rows, true),
                            .words = {clients_title, clients_describe},
                            .draw = clients_draw};
  chart_figure(page, &spec, clients);
  html_ranking_table(page, report, rank);
  page_put(page, "</figure>\n");
}

void html_clients(struct page *page, const struct report *report) {
  bool any = false;
  struct clients *clients = malloc(sizeof *clients);
  if (!clients) {
    if (!page->status) page->status = error_memory(page->err, sizeof *clients);
    return;
  }
  for (size_t rank = 0; !page->status && rank < PS_RANK_MEASURES + report->nmeasures; rank++) {
    if (!report->ranking[rank].n) continue;
    if (!any) page_put(page, "<h2>Clients</h2>\n");
    any = true;
    clients_init(clients, report, rank);
    ranking_figure(page, clients, rank);
  }
  free(clients);
}
