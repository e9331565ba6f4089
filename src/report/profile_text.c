/* The text of a profile: its top, what a client is at a glance, and the notes. */
#include "report/profile_text.h"

#include "base/format.h"
#include "report/profile_render.h"
#include "report/text_sections.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WIDTH_MIN 40u
#define WIDTH_MAX 400u

/* ---- the top of the page ---- */

static void say_range(struct text_page *page, struct buffer *words, uint16_t first, uint16_t last) {
  char from[DAY_TEXT], to[DAY_TEXT], n[FORMAT_TEXT];
  day_format(first, from);
  day_format(last, to);
  text_say(page, words, "%s", from);
  if (first != last)
    text_say(page, words, " to %s (%s days)", to, format_count(last - first + UINT64_C(1), n));
}

static void put_title(struct text_page *page, const struct ps_profile *profile) {
  struct buffer words = BUFFER_INIT;
  char n[FORMAT_TEXT];
  text_say(page, &words, "pingsieve profile: ");
  if (profile->any_day) {
    say_range(page, &words, profile->first_day, profile->last_day);
    text_say(page, &words, ", ");
  }
  text_say(page, &words, "%s %s", format_count(profile->pings, n),
           profile->pings == 1 ? "ping" : "pings");
  text_say(page, &words, " in %s %s", format_count(profile->files, n),
           profile->files == 1 ? "file" : "files");
  text_words(page, 0, 2, &words);
  buffer_release(&words);
}

static void looks_cell(struct text_page *page, struct text_table *table,
                       const struct ps_profile_client *client) {
  static const char *const brief[PS_LOOKS] = {[PS_LOOK_COPIES] = "copies of a few documents",
                                              [PS_LOOK_SHARED] = "a shared profile",
                                              [PS_LOOK_CHATTY] = "one chatty client"};
  const char *said[PS_LOOKS];
  size_t n = 0;
  for (unsigned i = 0; i < PS_LOOKS; i++)
    if (client->looks[i]) said[n++] = brief[i];
  if (n == 0) text_cell(page, table, "%s", client->pings[0] ? "not clear" : "no pings");
  else if (n == 1) text_cell(page, table, "%s", said[0]);
  else if (n == 2) text_cell(page, table, "%s, %s", said[0], said[1]);
  else text_cell(page, table, "%s, %s, %s", said[0], said[1], said[2]);
}

static void put_clients(struct text_page *page, const struct ps_profile *profile, bool show_ids) {
  static const struct text_column columns[] = {{"client", TEXT_LEFT, 0, TEXT_STRONG},
                                               {"pings", TEXT_RIGHT, 0, TEXT_PLAIN},
                                               {"documents", TEXT_RIGHT, 2, TEXT_PLAIN},
                                               {"seen once", TEXT_RIGHT, 3, TEXT_PLAIN},
                                               {"looks like", TEXT_LEFT, 1, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  char name[PROFILE_NAME];
  for (size_t i = 0; i < profile->nclients; i++) {
    const struct ps_profile_client *client = &profile->clients[i];
    profile_text_cut(page, &table, profile_client_name(client, show_ids, name),
                     page->width < 80 ? page->width / 3 : 40);
    for (int p = 0; p < PS_POPULATIONS; p++) profile_text_count(page, &table, client->pings[p]);
    looks_cell(page, &table, client);
  }
  text_heading(page, "Clients", "");
  text_table_print(page, &table);
}

/* ---- name and looks ---- */

static void put_rule(struct text_page *page) {
  struct buffer line = BUFFER_INIT;
  text_blank(page);
  for (unsigned i = 0; i < page->width; i++)
    text_say(page, &line, "%s", page->ascii ? "-" : "\u2500");
  text_words(page, 0, 0, &line);
  buffer_release(&line);
}

static void put_name(struct text_page *page, const struct ps_profile_client *client,
                     bool show_ids) {
  struct buffer heading = BUFFER_INIT, remark = BUFFER_INIT;
  char name[PROFILE_NAME], n[FORMAT_TEXT];
  size_t days = client->ndays;
  if (days && !client->days[days - 1].has_day) days--;
  text_say(page, &heading, "%s%s", client->client.kind == PS_CLIENT_NONE ? "" : "Client ",
           profile_client_name(client, show_ids, name));
  if (days) {
    say_range(page, &remark, client->days[0].day, client->days[days - 1].day);
    text_say(page, &remark, ", ");
  }
  text_say(page, &remark, "%s %s", format_count(client->pings[PS_ALL_COPIES], n),
           client->pings[PS_ALL_COPIES] == 1 ? "ping" : "pings");
  text_say(page, &remark, " of %s %s", format_count(client->pings[PS_FIRST_COPIES], n),
           client->pings[PS_FIRST_COPIES] == 1 ? "document" : "documents");
  if (page->status == PS_OK)
    text_heading(page, (const char *)heading.data, (const char *)remark.data);
  buffer_release(&heading);
  buffer_release(&remark);
}

static void put_looks(struct text_page *page, const struct ps_profile_client *client) {
  struct buffer words = BUFFER_INIT;
  bool any = false;
  for (unsigned i = 0; i < PS_LOOKS && page->status == PS_OK; i++) {
    if (!client->looks[i]) continue;
    any = true;
    page->status = profile_look_words(client, (enum ps_look)i, &words, page->err);
    text_words(page, 2, 4, &words);
  }
  if (!any && page->status == PS_OK)
    page->status = profile_unclear_words(client, &words, page->err);
  text_words(page, 2, 4, &words);
  buffer_release(&words);
}

/* ---- the three populations ---- */

static void add_numbers(struct profile_text_figures *figures, const char *label,
                        const struct ps_profile_numbers *numbers,
                        const double number[PS_POPULATIONS]) {
  struct profile_text_figure *figure = profile_text_figure(figures, label);
  for (int p = 0; p < PS_POPULATIONS; p++)
    if (numbers->count[p]) (void)profile_number(number[p], figure->cell[p]);
    else (void)snprintf(figure->cell[p], PROFILE_WORD, "-");
}

static void add_measure(struct profile_text_figures *figures,
                        const struct ps_profile_measure *measure) {
  static const struct {
    const char *label;
    double q;
  } quantiles[] = {{"  median", 0.5}, {"  99 %", 0.99}};
  const struct ps_profile_numbers *numbers = &measure->per_ping;
  profile_text_add(figures, measure->name, measure->sum);
  add_numbers(figures, "  a ping", numbers, numbers->mean);
  for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
    double number[PS_POPULATIONS] = {0};
    for (size_t q = 0; q < PS_PROFILE_QUANTILES; q++)
      for (int p = 0; p < PS_POPULATIONS; p++)
        if (ps_profile_quantiles[q] == quantiles[i].q) number[p] = numbers->quantile[p][q];
    add_numbers(figures, quantiles[i].label, numbers, number);
  }
  add_numbers(figures, "  most", numbers, numbers->max);
}

static void put_populations(struct text_page *page, const struct ps_profile_client *client) {
  struct profile_text_figures figures = {.n = 0};
  struct buffer words = BUFFER_INIT;
  char n[FORMAT_TEXT];
  profile_text_add(&figures, "pings", client->pings);
  struct profile_text_figure *share = profile_text_figure(&figures, "of all copies");
  for (int p = 0; p < PS_POPULATIONS; p++)
    (void)profile_share(client->pings[p], client->pings[PS_ALL_COPIES], share->cell[p]);
  for (size_t m = 0; m < client->nmeasures && m < PS_MEASURES_MAX; m++)
    add_measure(&figures, &client->measures[m]);
  text_heading(page, "Copies and documents", client->nmeasures ? "and their measurements" : "");
  profile_text_figures(page, &figures);
  if (client->without_id) {
    text_say(page, &words, "%s %s no documentId: in all copies only",
             format_count(client->without_id, n),
             client->without_id == 1 ? "ping has" : "pings have");
    text_words(page, 2, 4, &words);
  }
  buffer_release(&words);
}

/* ---- notes ---- */

static void note(struct text_page *page, uint64_t n, const char *one, const char *many) {
  struct buffer words = BUFFER_INIT;
  char count[FORMAT_TEXT];
  if (n) text_say(page, &words, "%s %s", format_count(n, count), n == 1 ? one : many);
  text_words(page, 2, 4, &words);
  buffer_release(&words);
}

static void note_malformed(struct text_page *page, const struct ps_profile *profile) {
  struct buffer words = BUFFER_INIT;
  char offset[FORMAT_TEXT];
  note(page, profile->malformed,
       "malformed line was left out:", "malformed lines were left out, the first ones:");
  for (size_t i = 0; i < profile->nexamples; i++) {
    const struct ps_profile_place *place = &profile->examples[i];
    text_say(page, &words, "%s:%" PRIu64 ": %s (byte %s)", place->path, place->line, place->reason,
             format_count(place->offset, offset));
    text_words(page, 4, 6, &words);
  }
  buffer_release(&words);
}

static bool has_fleet(const struct ps_profile *profile) {
  for (size_t i = 0; i < profile->nclients; i++)
    if (profile->clients[i].pings[PS_ALL_COPIES] && profile->clients[i].fleet_pings) return true;
  return false;
}

static void put_notes(struct text_page *page, const struct ps_profile *profile) {
  text_heading(page, "Notes", "");
  text_paragraph(page, 2, 4,
                 "all copies are all pings, first copies the first ping of each documentId, seen "
                 "once the pings whose documentId came exactly once; copies of few documents can "
                 "outweigh all others, so a profile over all copies alone misleads");
  if (has_fleet(profile))
    text_paragraph(page, 2, 4,
                   "others: the pings of all other clients in the same files; lift: the share of "
                   "all copies by the others' share, under What stands out that of the population "
                   "with the greatest");
  note_malformed(page, profile);
  note(page, profile->not_selected, "ping was not selected", "pings were not selected");
  note(page, profile->without_client, "ping has no clientId: it is no client's",
       "pings have no clientId: they are no client's");
  note(page, profile->canary, "ping is of a client with upload turned off: it is no client's",
       "pings are of clients with upload turned off, who share one clientId: they are no client's");
  if (profile->values_ended)
    note(page, PS_PROFILE_ALL, "value",
         "values were told apart, of all fields and clients together; the rest is in other: ask "
         "for fewer fields or clients, or for clamped ones");
}

/* ---- the page ---- */

static void put_client(struct text_page *page, const struct ps_profile *profile,
                       const struct ps_profile_client *client, bool show_ids) {
  if (profile->nclients > 1) put_rule(page);
  put_name(page, client, show_ids);
  if (!profile->whole || !client->pings[PS_ALL_COPIES]) put_looks(page, client);
  if (!client->pings[PS_ALL_COPIES]) return;
  profile_text_standouts(page, client);
  put_populations(page, client);
  profile_text_days(page, client);
  profile_text_documents(page, client);
  profile_text_measures(page, client);
  profile_text_fields(page, client);
}

int profile_render_text(const struct ps_profile *profile,
                        const struct profile_render_options *options, struct buffer *out,
                        struct ps_error *err) {
  unsigned width = options->text.width;
  struct text_page page = {
      .out = out, .err = err, .colour = options->text.colour, .ascii = options->text.ascii};
  page.width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
  put_title(&page, profile);
  if (profile->nclients > 1) put_clients(&page, profile, options->show_ids);
  for (size_t i = 0; i < profile->nclients; i++)
    put_client(&page, profile, &profile->clients[i], options->show_ids);
  if (profile->nclients > 1) put_rule(&page);
  put_notes(&page, profile);
  return page.status;
}
