#include "report/profile_html.h"

/* ---- shared by the parts ---- */

const char *const profile_html_populations[PS_POPULATIONS] = {[PS_ALL_COPIES] = "All copies",
                                                              [PS_FIRST_COPIES] = "First copies",
                                                              [PS_SEEN_ONCE] = "Seen once"};

size_t profile_html_rows(const struct profile_html *html, size_t n) {
  return n < html->rows ? n : html->rows;
}

void profile_html_left_out(struct profile_html *html, size_t n, const char *noun) {
  struct page *page = &html->page;
  if (n <= html->rows) return;
  page_printf(page, "<p class=\"left-out\">The table has the first ");
  page_count(page, html->rows);
  page_put(page, " of ");
  page_nouns(page, n, noun);
  page_put(page, "; all are in the JSON and CSV of this profile.</p>\n");
}

/* ---- head ---- */

static void write_title(struct page *page, const void *context, html_write_day *write_day) {
  const struct profile_html *html = context;
  const struct ps_profile *profile = html->profile;
  char name[PROFILE_NAME];
  page_put(page, "Profile of ");
  if (profile->nclients == 1)
    page_text(page, profile_client_name(&profile->clients[0], html->options->show_ids, name));
  else page_nouns(page, profile->nclients, "client");
  if (!profile->any_day) return;
  page_put(page, ", ");
  write_day(page, profile->first_day);
  if (profile->first_day == profile->last_day) return;
  page_put(page, " to ");
  write_day(page, profile->last_day);
}

static void fact(struct page *page, const char *name, uint64_t n, const char *noun) {
  page_printf(page, "<div><dt>%s</dt><dd>", name);
  page_nouns(page, n, noun);
  page_put(page, "</dd></div>");
}

static void head(struct profile_html *html) {
  struct page *page = &html->page;
  html_open(page, &(struct html_title){"pingsieve profile", write_title, html});
  page_put(page, "<dl class=\"facts\">");
  fact(page, "Read", html->profile->files, "file");
  fact(page, "with", html->profile->lines, "line");
  fact(page, "Selected", html->profile->pings, "ping");
  html_made(page, html->profile->made);
  page_put(page, "</dl>\n");
  html_header_close(page);
}

/* ---- notes ---- */

static void note_count(struct page *page, uint64_t n, const char *noun, const char *what) {
  if (!n) return;
  page_put(page, "<li>");
  page_nouns(page, n, noun);
  page_put(page, what);
  page_put(page, "</li>\n");
}

static void note_fleet(struct page *page, const struct ps_profile *profile) {
  if (profile->whole) return;
  page_put(page, "<li><b>Others</b>: the pings of all other clients in the same files");
  if (profile->nclients > 1) page_put(page, ", the other clients of this page included");
  page_put(page, ". Their shares are upper bounds where a &le; stands; <b>lift</b>, the share here "
                 "by the share there, is then at least what is told. In the charts of fields it is "
                 "that of all copies, under what stands out that of the population with the "
                 "greatest. \"Only here\": none of theirs has the value.</li>\n");
}

static void note_values(struct page *page, const struct ps_profile *profile) {
  page_put(page, "<li>Of a field, ");
  page_nouns(page, profile->values, "value");
  page_put(page, " of each client are told apart at most; any further ones count as <b>other "
                 "values</b>, and the field is marked.");
  if (profile->values_ended)
    page_put(page, " The values of all fields together were too many as well: later ones count as "
                   "other values even below that.");
  page_put(page, "</li>\n");
}

static void malformed_table(struct page *page, const struct ps_profile *profile) {
  static const struct html_column columns[] = {{"File", COLUMN_TEXT},
                                               {"Line", COLUMN_NUMBER},
                                               {"Byte offset", COLUMN_NUMBER},
                                               {"Reason", COLUMN_TEXT}};
  struct html_table table = {.caption = "Places of malformed lines",
                             .summary = "Malformed lines, the first ones",
                             HTML_COLUMNS(columns),
                             .nrows = profile->nexamples};
  if (!profile->nexamples) return;
  html_table_open(page, &table);
  for (size_t i = 0; i < profile->nexamples; i++) {
    const struct ps_profile_place *place = &profile->examples[i];
    html_row_open(page);
    html_cell_head(page, place->path);
    html_cell_count(page, place->line);
    html_cell_count(page, place->offset);
    html_cell_text(page, place->reason);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

static void notes(struct profile_html *html) {
  struct page *page = &html->page;
  const struct ps_profile *profile = html->profile;
  page_put(page,
           "<footer>\n<h2>Notes</h2>\n<ul>\n"
           "<li><b>All copies</b>: every ping. <b>First copies</b>: of each documentId the "
           "ping that comes first, in the order of days and paths. <b>Seen once</b>: documents "
           "whose documentId came exactly once. Copies say what the servers got, first copies "
           "and documents seen once what is behind it.</li>\n"
           "<li>Counts, distinct counts, sums and quantiles are exact. Shares are of the "
           "pings of the population.</li>\n");
  note_fleet(page, profile);
  note_values(page, profile);
  note_count(page, profile->malformed, "malformed line", " left out.");
  note_count(page, profile->not_selected, "ping", " not selected.");
  note_count(page, profile->blank, "empty line", ".");
  note_count(page, profile->without_client, "ping",
             " without a clientId: nobody's, and not among the others.");
  note_count(page, profile->canary, "ping",
             " of clients with upload turned off, who share one clientId: not among the others.");
  page_put(page, "</ul>\n");
  malformed_table(page, profile);
  page_put(page, "</footer>\n");
}

/* ---- together ---- */

int profile_render_html(const struct ps_profile *profile,
                        const struct profile_render_options *options, struct buffer *out,
                        struct ps_error *err) {
  struct profile_html html = {
      .page = {.out = out, .err = err}, .profile = profile, .options = options};
  size_t n = profile->nclients;
  html.shown = n < PROFILE_HTML_CLIENTS ? n : PROFILE_HTML_CLIENTS;
  html.rows = PROFILE_HTML_ROWS / (html.shown ? html.shown : 1);
  if (html.rows < PROFILE_HTML_ROWS_MIN) html.rows = PROFILE_HTML_ROWS_MIN;
  head(&html);
  if (n > 1) profile_html_overview(&html);
  for (size_t i = 0; !html.page.status && i < html.shown; i++) profile_html_client(&html, i);
  notes(&html);
  html_close(&html.page);
  return html.page.status;
}
