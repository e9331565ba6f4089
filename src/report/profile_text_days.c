/* The sections of a profile's text about days and documents. */
#include "base/format.h"
#include "base/instant.h"
#include "report/period.h"
#include "report/profile_text.h"
#include "report/text_sections.h"
#include <stdio.h>
#include <string.h>

/* ---- days ---- */

static day_t day_at(const void *days, size_t i) {
  const struct ps_profile_day *at = days;
  return at[i].day;
}

struct span { /* of days, or the pings without one */
  size_t end; /* the first day behind it */
  char label[PERIOD_TEXT];
  uint64_t pings[PS_POPULATIONS], documents;
};

static struct span next_span(const struct ps_profile_client *client, size_t from,
                             enum period unit) {
  struct span span = {.end = from, .label = "no day"};
  char label[PERIOD_TEXT];
  const struct ps_profile_day *days = client->days;
  day_t first = days[from].has_day ? period_of(days[from].day, unit, span.label) : 0;
  do {
    for (int p = 0; p < PS_POPULATIONS; p++) span.pings[p] += days[span.end].pings[p];
    span.documents += days[span.end].documents;
    span.end++;
  } while (days[from].has_day && span.end < client->ndays && days[span.end].has_day &&
           period_of(days[span.end].day, unit, label) == first);
  return span;
}

/* A sum of days' distinct documents counts some twice: only single days tell it. Pings without a
 * documentId are no first copies, but no copies either. */
static void span_row(struct text_page *page, struct text_table *table, const struct span *span,
                     bool single, uint64_t most) {
  uint64_t pings = span->pings[PS_ALL_COPIES], first = span->pings[PS_FIRST_COPIES];
  text_cell(page, table, "%s", span->label);
  profile_text_count(page, table, pings);
  if (single) profile_text_count(page, table, span->documents);
  else text_cell(page, table, "%s", "");
  profile_text_count(page, table, first);
  profile_text_count(page, table, span->pings[PS_SEEN_ONCE]);
  profile_text_share(page, table, pings > first ? pings - first : 0, pings);
  text_bar(page, table, most ? (double)pings / (double)most : 0,
           pings ? (double)first / (double)pings : 0);
}

void profile_text_days(struct text_page *page, const struct ps_profile_client *client) {
  size_t n = client->ndays;
  if (!n) return;
  if (!client->days[n - 1].has_day) n--;
  enum period unit = period_for(client->days, n, day_at);
  bool brief = page->width < 60;
  char remark[64];
  const struct text_column columns[] = {
      {period_title(unit), TEXT_LEFT, 0, TEXT_PLAIN},
      {"pings", TEXT_RIGHT, 0, TEXT_PLAIN},
      {"documents", TEXT_RIGHT, 3, TEXT_PLAIN},
      {brief ? "first" : "first copies", TEXT_RIGHT, 0, TEXT_PLAIN},
      {brief ? "once" : "seen once", TEXT_RIGHT, 0, TEXT_PLAIN},
      {client->without_id ? "not first" : "copied", TEXT_RIGHT, 2, TEXT_PLAIN},
      {"", TEXT_BAR, 1, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  uint64_t most = 0;
  for (size_t i = 0; i < client->ndays;) {
    struct span span = next_span(client, i, unit);
    if (span.pings[PS_ALL_COPIES] > most) most = span.pings[PS_ALL_COPIES];
    i = span.end;
  }
  for (size_t i = 0; i < client->ndays;) {
    struct span span = next_span(client, i, unit);
    span_row(page, &table, &span, unit == PERIOD_DAY, most);
    i = span.end;
  }
  (void)snprintf(remark, sizeof remark, "pings: %s first copies, %s %s",
                 page->ascii ? "#" : "\u2588", page->ascii ? "." : "\u2591",
                 client->without_id ? "others" : "further copies");
  text_heading(page, period_names(unit), remark);
  text_table_print(page, &table);
}

/* ---- documents ---- */

#define WIDE    100u /* columns from which whole times have room */
#define ID_TEXT 36u  /* of a UUID */

static bool on_one_day(const struct ps_profile_client *client) {
  for (size_t i = 0; i < client->ndocuments; i++) {
    const struct ps_profile_document *document = &client->documents[i];
    if (!document->has_day || !document->has_time ||
        document->first_day != client->documents[0].first_day ||
        document->last_day != document->first_day)
      return false;
  }
  return client->ndocuments > 0;
}

/* The whole instant, or the day or the time of day of it; a day when there is no time. */
static void when_cell(struct text_page *page, struct text_table *table,
                      const struct ps_profile_document *document, bool last, bool time_only) {
  char instant[INSTANT_TEXT], day[DAY_TEXT] = "";
  if (document->has_day) day_format(last ? document->last_day : document->first_day, day);
  if (!document->has_time || (page->width < WIDE && !time_only)) {
    text_cell(page, table, "%s", day);
    return;
  }
  instant_format(last ? document->last_ns : document->first_ns, instant);
  text_cell(page, table, "%s", page->width < WIDE ? instant + DAY_TEXT : instant);
}

void profile_text_documents(struct text_page *page, const struct ps_profile_client *client) {
  static const struct text_column columns[] = {
      {"documentId", TEXT_LEFT, 0, TEXT_PLAIN}, {"pings", TEXT_RIGHT, 0, TEXT_STRONG},
      {"days", TEXT_RIGHT, 3, TEXT_PLAIN},      {"of all", TEXT_RIGHT, 4, TEXT_PLAIN},
      {"first", TEXT_LEFT, 1, TEXT_PLAIN},      {"last", TEXT_LEFT, 2, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  bool time_only = on_one_day(client);
  char remark[64] = "", day[DAY_TEXT];
  if (!client->ndocuments) return;
  for (size_t i = 0; i < client->ndocuments; i++) {
    const struct ps_profile_document *document = &client->documents[i];
    profile_text_cut(page, &table, document->id,
                     page->width < WIDE ? ID_TEXT : page->width - WIDE + ID_TEXT);
    profile_text_count(page, &table, document->count);
    profile_text_count(page, &table, document->days);
    profile_text_share(page, &table, document->count, client->pings[PS_ALL_COPIES]);
    when_cell(page, &table, document, false, time_only);
    when_cell(page, &table, document, true, time_only);
  }
  if (time_only && page->width < WIDE) {
    day_format(client->documents[0].first_day, day);
    (void)snprintf(remark, sizeof remark, "all on %s", day);
  }
  text_heading(page, "Most repeated documents", remark);
  text_table_print(page, &table);
}
