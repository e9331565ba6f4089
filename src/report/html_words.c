/* The page's parts in words: its head, the totals, the things that stand out, the notes. */
#include "report/html_parts.h"

#include "base/error.h"
#include <stdlib.h>
#include <string.h>

/* ---- head ---- */

static void range(struct page *page, const struct report *report, html_write_day *write_day) {
  const struct report_options *options = &report->options;
  day_t from = report->first, to = report->last;
  if (report->ndays) {
    from = report->days[0].day;
    to = report->days[report->ndays - 1].day;
  } else if (!report->any) {
    page_put(page, "no days yet");
    return;
  } else {
    if (options->from_given) from = options->from;
    if (options->to_given) to = options->to;
  }
  write_day(page, from);
  if (from == to) return;
  page_put(page, " to ");
  write_day(page, to);
}

static void facts(struct page *page, const struct report *report) {
  page_put(page, "<dl class=\"facts\">");
  page_put(page, report->from_json ? "<div><dt>Reports</dt>" : "<div><dt>Store</dt>");
  for (size_t i = 0; i < report->nsources; i++) {
    page_put(page, "<dd>");
    page_text(page, report->sources[i]);
    page_put(page, "</dd>");
  }
  page_put(page, "</div>");
  if (report->any) {
    page_put(page, "<div><dt>Watermark</dt><dd>");
    html_day(page, report->watermark);
    page_put(page, "</dd></div>");
  }
  if (report->keep_days) {
    page_put(page, "<div><dt>Retention</dt><dd>");
    page_nouns(page, report->keep_days, "day");
    page_put(page, "</dd></div>");
  }
  html_made(page, report->made);
  page_put(page, "</dl>\n");
}

static void filters(struct page *page, const struct report *report) {
  const struct report_options *options = &report->options;
  if (!options->type && !options->channel) return;
  page_put(page, "<p class=\"filters\">Only pings");
  if (options->type) {
    page_put(page, " of docType <b>");
    page_text(page, options->type);
    page_put(page, "</b>");
  }
  if (options->channel) {
    page_put(page, options->type ? " and channel <b>" : " of channel <b>");
    page_text(page, options->channel);
    page_put(page, "</b>");
  }
  page_put(page, ". Clients, distributions and flags are of all pings.</p>\n");
}

static void write_title(struct page *page, const void *context, html_write_day *write_day) {
  page_put(page, "Pings, ");
  range(page, context, write_day);
}

void html_head(struct page *page, const struct report *report) {
  html_open(page, &(struct html_title){"pingsieve report", write_title, report});
  facts(page, report);
  filters(page, report);
  html_header_close(page);
}

/* ---- totals ---- */

static int by_key(const void *left, const void *right) {
  const struct report_flag *const *a = left, *const *b = right;
  return strcmp((*a)->key, (*b)->key);
}

/* Different clients among the flags. */
static size_t flagged_clients(struct page *page, const struct report *report) {
  size_t n = report->nflags, different = 0;
  const struct report_flag **flags = calloc(n + 1, sizeof(struct report_flag *));
  if (!flags) {
    if (!page->status)
      page->status = error_memory(page->err, (n + 1) * sizeof(struct report_flag *));
    return 0;
  }
  for (size_t i = 0; i < n; i++) flags[i] = &report->flags[i];
  qsort(flags, n, sizeof(struct report_flag *), by_key);
  for (size_t i = 0; i < n; i++)
    different += i == 0 || strcmp(flags[i]->key, flags[i - 1]->key) != 0;
  free(flags);
  return different;
}

void html_tiles(struct page *page, const struct report *report) {
  const struct ps_day_figures *total = &report->total;
  uint64_t pings = ps_day_figures_pings(total);
  char rate[PAGE_FIGURE];
  page_put(page, "<dl class=\"tiles\">\n");
  html_tile_count(page, "Pings", pings, 0);
  html_tile_count(page, "Distinct documents", total->count[PS_UNIQUE], 0);
  html_tile_count(page, "Duplicates", total->count[PS_DUPLICATE], pings);
  html_tile_open(page, "Clients", NULL);
  page_count(page, report->clients);
  page_put(page, " <small>estimated, \xc2\xb1 1.6 %</small>");
  html_tile_close(page);
  html_tile_count(page, "Flagged clients", flagged_clients(page, report), 0);
  for (size_t i = 0; i < report->nmeasures; i++) {
    html_tile_open(page, "Measurements: ", report->measures[i].name);
    page_count(page, total->measurements[i]);
    if (pings)
      page_printf(page, " <small>%s a ping</small>",
                  page_rate_format((double)total->measurements[i] / (double)pings, rate));
    html_tile_close(page);
  }
  html_tile_count(page, "Malformed", total->count[PS_MALFORMED], pings);
  html_tile_count(page, "Without an id", total->count[PS_NO_ID], pings);
  html_tile_count(page, "Late", total->count[PS_LATE], pings);
  if (total->withheld) html_tile_count(page, "Withheld (flagged)", total->withheld, pings);
  page_put(page, "</dl>\n");
}

/* ---- things that stand out ---- */

#define SENTENCES 8u /* of one kind; the rest is counted */

static void more_open(struct page *page, size_t n, const char *noun) {
  if (n <= SENTENCES) return;
  page_put(page, "<li>And ");
  page_nouns(page, n - SENTENCES, noun);
  page_put(page, " more: see the tables.</li>\n");
}

static size_t outlying_days(struct page *page, const struct report *report) {
  size_t said = 0;
  char text[PAGE_FIGURE];
  for (size_t m = 0; m < report->nmeasures; m++)
    for (size_t i = 0; i < report->ndays; i++) {
      const struct report_measure_day *day = &report->days[i].measure[m];
      if (!day->stands_out || said++ >= SENTENCES) continue;
      page_put(page, "<li><b>");
      html_day(page, report->days[i].day);
      page_printf(page, "</b>: %s measurements a ping (", page_rate_format(day->per_ping, text));
      page_text(page, report->measures[m].name);
      if (day->ratio >= 1) page_printf(page, "), %s times", page_rate_format(day->ratio, text));
      else if (day->ratio > 0)
        page_printf(page, "), 1/%s of", page_rate_format(1 / day->ratio, text));
      else page_put(page, "), nothing of");
      page_printf(page, " the median of the other days (%s).</li>\n",
                  page_rate_format(day->others_median, text));
    }
  more_open(page, said, "day");
  return said;
}

const struct report_client *html_find_client(const struct report *report,
                                             const struct report_flag *flag) {
  for (size_t rank = 0; rank < PS_RANKS_MAX; rank++)
    for (size_t i = 0; i < report->ranking[rank].n; i++) {
      const struct report_client *client = &report->ranking[rank].at[i];
      if (client->day == flag->flag.day && strcmp(client->key, flag->key) == 0) return client;
    }
  return NULL;
}

void html_evidence(struct page *page, const struct ps_flag *flag) {
  switch ((enum ps_rule)flag->rule) {
  case PS_PING_FLOOD:
    page_nouns(page, flag->pings.count, "ping");
    page_put(page, "; the limit is ");
    page_count(page, flag->limit);
    break;
  case PS_DUPLICATE_FLOOD:
    page_nouns(page, flag->pings.count, "ping");
    page_put(page, ", at most ");
    page_count(page, flag->evidence);
    page_put(page, " of them distinct");
    break;
  case PS_MEASUREMENT_SPIKE:
    if (flag->evidence) {
      page_put(page, "one ping of ");
      page_nouns(page, flag->evidence, "measurement");
      page_put(page, "; the limit is ");
    } else {
      page_nouns(page, flag->measurements.count, "measurement");
      page_put(page, " by then; the limit, from the other clients, was ");
    }
    page_count(page, flag->limit);
    break;
  case PS_SHARED_PROFILE:
    if (flag->value[0]) {
      page_count(page, flag->evidence);
      page_put(page, " of ");
      page_nouns(page, flag->of, "ping");
      page_put(page, " have the same rare value, <code>");
      page_text(page, flag->value);
      page_put(page, "</code>");
    } else {
      page_count(page, flag->evidence);
      page_put(page, " cities in a day; the limit is ");
      page_count(page, flag->limit);
    }
    break;
  case PS_RULES: break;
  }
}

/* The first flag of its client and day: the others are told with it. */
static bool tells(const struct report *report, size_t i) {
  for (size_t k = i; k-- > 0;) {
    const struct report_flag *other = &report->flags[k];
    if (other->flag.day != report->flags[i].flag.day) return true; /* they are by day */
    if (strcmp(other->key, report->flags[i].key) == 0) return false;
  }
  return true;
}

static void rules_of(struct page *page, const struct report *report, size_t i) {
  const char *between = " ";
  for (size_t k = i; k < report->nflags; k++) {
    const struct report_flag *flag = &report->flags[k];
    if (flag->flag.day != report->flags[i].flag.day) return;
    if (strcmp(flag->key, report->flags[i].key) != 0 || flag->flag.rule >= PS_RULES) continue;
    page_printf(page, "%s<b class=\"flag\">%s</b> (", between,
                ps_rule_name((enum ps_rule)flag->flag.rule));
    html_evidence(page, &flag->flag);
    page_put(page, ")");
    between = ", ";
  }
}

static size_t flagged(struct page *page, const struct report *report) {
  size_t said = 0;
  for (size_t i = 0; i < report->nflags; i++) {
    const struct report_flag *flag = &report->flags[i];
    if (!tells(report, i) || said++ >= SENTENCES) continue;
    const struct report_client *client = html_find_client(report, flag);
    page_put(page, "<li>Client <b><code>");
    page_text(page, flag->name);
    page_put(page, "</code></b> on ");
    html_day(page, flag->flag.day);
    page_put(page, ":");
    rules_of(page, report, i);
    if (client) {
      page_put(page, "; all that day: ");
      page_bounded(page, client->pings);
      page_put(page, " pings, ");
      page_bounded(page, client->duplicates);
      page_put(page, " duplicates, ");
      page_bounded(page, client->documents);
      page_put(page, " distinct documents, ");
      page_bounded(page, client->measurements);
      page_put(page, " measurements");
    }
    page_put(page, ".</li>\n");
  }
  more_open(page, said, "flagged client-day");
  return said;
}

static size_t incomplete_days(struct page *page, const struct report *report) {
  size_t n = 0;
  for (size_t i = 0; i < report->ndays; i++) {
    if (!report->days[i].incomplete) continue;
    if (n == 0)
      page_put(page, "<li>Incomplete: the seen-set holds more documents than were counted on ");
    if (n < SENTENCES) {
      page_put(page, n ? ", " : "");
      html_day(page, report->days[i].day);
    }
    n++;
  }
  if (n > SENTENCES) {
    page_put(page, " and ");
    page_nouns(page, n - SENTENCES, "more day");
  }
  if (n) page_put(page, ".</li>\n");
  return n;
}

void html_stand_out(struct page *page, const struct report *report) {
  page_put(page, "<section class=\"stand-out\">\n<h2>What stands out</h2>\n<ul>\n");
  size_t n = outlying_days(page, report);
  n += flagged(page, report);
  n += incomplete_days(page, report);
  if (!n)
    page_put(page, "<li>Nothing: no client was flagged, and no day differs from the median of the "
                   "others tenfold.</li>\n");
  page_put(page, "</ul>\n</section>\n");
}

/* ---- notes ---- */

static void apart(struct page *page, const char *what, const struct ps_day_figures *figures) {
  uint64_t pings = ps_day_figures_pings(figures);
  if (!pings) return;
  page_put(page, "<li>");
  page_nouns(page, pings, "ping");
  page_put(page, what);
  page_count(page, figures->count[PS_DUPLICATE]);
  page_put(page, " of them duplicates: in the totals, but never ranked or flagged.</li>\n");
}

void html_notes(struct page *page, const struct report *report) {
  page_put(page, "<footer>\n<h2>Notes</h2>\n<ul>\n"
                 "<li>Counts by day, docType and channel are exact; they are written together with "
                 "the documentIds. Malformed lines and late pings count on the newest day of the "
                 "store when they came.</li>\n"
                 "<li>Figures of clients are lower bounds: <b>+274</b> behind one says that the "
                 "true figure is at most 274 more. Without it, it is exact.</li>\n"
                 "<li>Numbers of clients are estimates with a standard error of 1.6 %. Medians and "
                 "percentiles of measurements are within 1 %.</li>\n");
  apart(page, " had no clientId, ", &report->without_client);
  apart(page, " came from clients with upload turned off, who share one clientId, ",
        &report->canary);
  for (size_t i = 0; i < report->nmeasures; i++) {
    page_put(page, "<li>Measurements <b>");
    page_text(page, report->measures[i].name);
    page_put(page, "</b>: the sum of <code>");
    page_text(page, report->measures[i].path);
    page_put(page, "</code>");
    if (report->total.implausible[i]) {
      page_put(page, "; ");
      page_nouns(page, report->total.implausible[i], "implausible count");
      page_put(page, " left out");
    }
    page_put(page, ".</li>\n");
  }
  if (report->more_flags) {
    page_put(page, "<li>");
    page_nouns(page, report->more_flags, "further flag");
    page_put(page, " not listed.</li>\n");
  }
  page_put(page, "</ul>\n</footer>\n");
}
