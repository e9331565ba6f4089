#include "report/profile_html.h"

#include "report/profile_words.h"

/* ---- its looks ---- */

static void say(struct profile_html *html, const struct ps_profile_client *client,
                const enum ps_look *look) {
  struct buffer words = BUFFER_INIT;
  struct page *page = &html->page;
  if (page->status) return;
  page->status = look ? profile_look_words(client, *look, &words, page->err)
                      : profile_unclear_words(client, &words, page->err);
  page_put(page, "<li>");
  if (look) page_printf(page, "<b class=\"flag\">%s</b> ", ps_look_name(*look));
  if (words.data) page_text(page, (const char *)words.data);
  page_put(page, "</li>\n");
  buffer_release(&words);
}

void profile_html_looks(struct profile_html *html, const struct ps_profile_client *client) {
  bool clear = false;
  page_put(&html->page, "<ul>\n");
  for (unsigned i = 0; i < PS_LOOKS; i++) {
    enum ps_look look = (enum ps_look)i;
    if (client->looks[look]) say(html, client, &look);
    clear |= client->looks[look];
  }
  if (!clear) say(html, client, NULL);
  page_put(&html->page, "</ul>\n");
}

/* ---- tiles ---- */

static void days_tile(struct page *page, const struct ps_profile_client *client) {
  uint64_t days = 0;
  const struct ps_profile_day *first = NULL, *last = NULL;
  for (size_t i = 0; i < client->ndays; i++) {
    if (!client->days[i].has_day) continue;
    if (!first) first = &client->days[i];
    last = &client->days[i];
    days++;
  }
  html_tile_open(page, "Days with pings", NULL);
  page_count(page, days);
  if (first) {
    page_put(page, " <small>");
    html_day(page, first->day);
    if (last != first) {
      page_put(page, " to ");
      html_day(page, last->day);
    }
    page_put(page, "</small>");
  }
  if (client->ndays && !client->days[client->ndays - 1].has_day) {
    page_put(page, " <small>");
    page_nouns(page, client->days[client->ndays - 1].pings[PS_ALL_COPIES], "ping");
    page_put(page, " without a day</small>");
  }
  html_tile_close(page);
}

static void population_tile(struct page *page, const struct ps_profile_client *client,
                            enum ps_population population, enum ps_population of,
                            const char *words) {
  char share[PAGE_FIGURE];
  html_tile_open(page, profile_html_populations[population], NULL);
  page_count(page, client->pings[population]);
  if (client->pings[of])
    page_printf(
        page, " <small>%s %s</small>",
        page_share_format((double)client->pings[population], (double)client->pings[of], share),
        words);
  html_tile_close(page);
}

/* The documents that came more than once are listed, most often first. */
static uint64_t most_copies(const struct ps_profile_client *client) {
  return client->ndocuments ? client->documents[0].count : 1;
}

static void tiles(struct page *page, const struct ps_profile_client *client) {
  char rate[PAGE_FIGURE];
  uint64_t all = client->pings[PS_ALL_COPIES], documents = client->pings[PS_FIRST_COPIES];
  page_put(page, "<dl class=\"tiles\">\n");
  html_tile_open(page, "All copies", NULL);
  page_count(page, all);
  page_put(page, client->client.kind == PS_CLIENT_NONE ? " <small>all pings</small>"
                                                       : " <small>pings of this client</small>");
  html_tile_close(page);
  population_tile(page, client, PS_FIRST_COPIES, PS_ALL_COPIES, "of all copies");
  population_tile(page, client, PS_SEEN_ONCE, PS_FIRST_COPIES, "of first copies");
  html_tile_open(page, "Distinct documents", NULL);
  page_count(page, documents);
  if (documents) {
    page_printf(page, " <small>%s copies each, at most ",
                page_rate_format((double)(all - client->without_id) / (double)documents, rate));
    page_count(page, most_copies(client));
    page_put(page, "</small>");
  }
  html_tile_close(page);
  if (client->without_id) html_tile_count(page, "Without a documentId", client->without_id, all);
  days_tile(page, client);
  for (size_t i = 0; i < client->nmeasures; i++) {
    const struct ps_profile_measure *measure = &client->measures[i];
    html_tile_open(page, "Measurements: ", measure->name);
    page_count(page, measure->sum[PS_ALL_COPIES]);
    page_printf(page, " <small>%s a ping</small>",
                page_rate_format(measure->per_ping.mean[PS_ALL_COPIES], rate));
    html_tile_close(page);
  }
  page_put(page, "</dl>\n");
}

/* ---- the populations side by side ---- */

static const struct ps_profile_value *most_frequent(const struct ps_profile_field *field,
                                                    unsigned population) {
  const struct ps_profile_value *most = NULL;
  for (size_t i = 0; i < field->n; i++) {
    const struct ps_profile_value *value = &field->values[i];
    if (value->count[population] > (most ? most->count[population] : 0)) most = value;
  }
  return most;
}

/* The most frequent value of each population; one that is not that of all copies is set off. */
static void field_row(struct page *page, const struct ps_profile_client *client,
                      const struct ps_profile_field *field) {
  char share[PAGE_FIGURE];
  const struct ps_profile_value *of_all = most_frequent(field, PS_ALL_COPIES);
  if (!of_all) return;
  html_row_open(page);
  html_cell_head(page, field->name);
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    const struct ps_profile_value *most = most_frequent(field, p);
    page_put(page, most == of_all || !most ? "<td class=\"most\">" : "<td class=\"most differs\">");
    if (most) {
      page_put(page, "<b>");
      page_text(page, *most->text ? most->text : "(empty)");
      page_printf(page, "</b> <small>%s of ",
                  page_share_format((double)most->count[p], (double)client->pings[p], share));
      page_printf(page, "pings \xc2\xb7 %s", field->capped ? "at least " : "");
      page_nouns(page, field->distinct[p], "value");
      page_put(page, "</small>");
    } else page_put(page, "\xe2\x80\x93");
    page_put(page, "</td>");
  }
  html_row_close(page);
}

/* Counts, or the numbers of so many pings. */
static void figures_row(struct page *page, const char *name, const char *of,
                        const uint64_t count[PS_POPULATIONS], const double *number) {
  char text[PAGE_FIGURE];
  html_row_open(page);
  page_put(page, "<th scope=\"row\">");
  page_put(page, name);
  if (of) page_text(page, of);
  page_put(page, "</th>");
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    page_put(page, "<td class=\"most\"><b>");
    if (!number) page_count(page, count[p]);
    else page_put(page, count[p] ? page_rate_format(number[p], text) : "\xe2\x80\x93");
    page_put(page, "</b></td>");
  }
  html_row_close(page);
}

static void side_by_side(struct profile_html *html, const struct ps_profile_client *client) {
  static const struct html_column columns[] = {{"Figure", COLUMN_TEXT},
                                               {"All copies", COLUMN_TEXT},
                                               {"First copies", COLUMN_TEXT},
                                               {"Seen once", COLUMN_TEXT}};
  struct html_table table = {.caption = "The three populations side by side",
                             .open = true,
                             HTML_COLUMNS(columns),
                             .nrows = 1};
  struct page *page = &html->page;
  page_put(page, "<section class=\"side-by-side\">\n<h3>The three populations side by side</h3>\n"
                 "<p>The most frequent value of each; where it is another one than among all "
                 "copies, it is set off.</p>\n");
  html_table_open(page, &table);
  figures_row(page, "Pings", NULL, client->pings, NULL);
  for (size_t i = 0; i < client->nmeasures; i++) {
    const struct ps_profile_measure *measure = &client->measures[i];
    double median[PS_POPULATIONS];
    for (unsigned p = 0; p < PS_POPULATIONS; p++)
      median[p] = profile_html_median(&measure->per_ping, p);
    figures_row(page, "Mean ping: ", measure->name, measure->per_ping.count,
                measure->per_ping.mean);
    figures_row(page, "Median ping: ", measure->name, measure->per_ping.count, median);
  }
  for (size_t i = 0; i < client->nfields; i++) field_row(page, client, &client->fields[i]);
  html_table_close(page, &table);
  page_put(page, "</section>\n");
}

/* ---- one client ---- */

void profile_html_client(struct profile_html *html, size_t number) {
  struct page *page = &html->page;
  const struct ps_profile_client *client = &html->profile->clients[number];
  bool several = html->profile->nclients > 1;
  char name[PROFILE_NAME];
  page_printf(page, "<article id=\"client-%zu\">\n", number + 1);
  if (several) {
    page_put(page, "<h2 class=\"client\">");
    page_text(page, profile_client_name(client, html->options->show_ids, name));
    page_put(page, "</h2>\n");
  }
  if (client->pings[PS_ALL_COPIES]) {
    tiles(page, client);
    if (!html->profile->whole) {
      page_put(page, "<section class=\"stand-out\">\n<h2>What it looks like</h2>\n");
      profile_html_looks(html, client);
      page_put(page, "</section>\n");
    }
    side_by_side(html, client);
    profile_html_standouts(html, client);
    profile_html_days(html, client);
    profile_html_documents(html, client);
    profile_html_measures(html, client);
    profile_html_fields(html, client);
  } else page_put(page, "<p class=\"nothing\">No ping of it is among those that were read.</p>\n");
  page_put(page, "</article>\n");
}

/* ---- several clients ---- */

static void overview_row(struct profile_html *html, size_t number) {
  struct page *page = &html->page;
  const struct ps_profile_client *client = &html->profile->clients[number];
  struct profile_standout standouts[PROFILE_STANDOUTS];
  size_t n = profile_standouts(client, standouts);
  char name[PROFILE_NAME];
  html_row_open(page);
  page_put(page, "<th scope=\"row\">");
  if (number < html->shown) page_printf(page, "<a href=\"#client-%zu\">", number + 1);
  page_text(page, profile_client_name(client, html->options->show_ids, name));
  if (number < html->shown) page_put(page, "</a>");
  page_put(page, "</th>");
  for (unsigned p = 0; p < PS_POPULATIONS; p++) html_cell_count(page, client->pings[p]);
  html_cell_count(page, client->evidence.days);
  page_put(page, "<td class=\"flags\">");
  for (unsigned look = 0; look < PS_LOOKS; look++)
    if (client->looks[look])
      page_printf(page, "<b class=\"flag\">%s</b> ", ps_look_name((enum ps_look)look));
  page_put(page, "</td>");
  page_put(page, "<td class=\"long\">");
  if (n) {
    page_text(page, standouts[0].field->name);
    page_put(page, ": ");
    page_text(page, standouts[0].value->text);
  }
  page_put(page, "</td>");
  html_row_close(page);
}

void profile_html_overview(struct profile_html *html) {
  static const struct html_column columns[] = {{"Client", COLUMN_TEXT},
                                               {"All copies", COLUMN_NUMBER},
                                               {"First copies", COLUMN_NUMBER},
                                               {"Seen once", COLUMN_NUMBER},
                                               {"Days with pings", COLUMN_NUMBER},
                                               {"Looks like", COLUMN_TEXT},
                                               {"Stands out most", COLUMN_TEXT}};
  struct page *page = &html->page;
  struct html_table table = {
      .caption = "Clients", .open = true, HTML_COLUMNS(columns), .nrows = html->profile->nclients};
  page_put(page, "<section class=\"stand-out\">\n<h2>Clients</h2>\n");
  if (html->shown < html->profile->nclients)
    page_printf(page,
                "<p>The first %zu of them are told in full below; all are in the JSON and CSV of "
                "this profile.</p>\n",
                html->shown);
  html_table_open(page, &table);
  for (size_t i = 0; i < html->profile->nclients; i++) overview_row(html, i);
  html_table_close(page, &table);
  page_put(page, "</section>\n");
}
