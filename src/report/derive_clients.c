#include "report/derive.h"

#include "base/error.h"
#include "report/source.h"
#include <stdlib.h>
#include <string.h>

/* ---- flags ---- */

int derive_flags(struct report *report, struct ps_error *err) {
  size_t all = 0;
  for (size_t i = 0; i < report->nsource; i++) all += report->source[i].nflags;
  size_t cap = all < REPORT_FLAGS ? all : REPORT_FLAGS;
  report->flags = calloc(cap + 1, sizeof *report->flags);
  if (!report->flags) return error_memory(err, (cap + 1) * sizeof *report->flags);
  for (size_t i = 0; i < report->nsource; i++) {
    report->more_flags += report->source[i].more_flags;
    for (size_t k = 0; k < report->source[i].nflags; k++) {
      const struct source_flag *from = &report->source[i].flags[k];
      if (report->nflags == cap) {
        report->more_flags++;
        continue;
      }
      struct report_flag *flag = &report->flags[report->nflags++];
      flag->flag = from->flag;
      flag->flag.client = from->who.client;
      memcpy(flag->name, from->who.name, sizeof from->who.name);
      identity_format_key(&from->who, flag->key);
    }
  }
  return PS_OK;
}

/* ---- rankings ---- */

/* A client-day before it is known to be shown. */
struct candidate {
  const struct source_entry *entry;
  const struct report_source_day *day;
};

static int by_count(const void *a, const void *b) {
  const struct candidate *x = a, *y = b;
  const struct ps_bounded *f = &x->entry->figure, *g = &y->entry->figure;
  if (f->count != g->count) return f->count > g->count ? -1 : 1;
  if (x->day->day != y->day->day) return x->day->day < y->day->day ? -1 : 1;
  return identity_compare(&x->entry->who, &y->entry->who);
}

static uint64_t day_total(const struct report_source_day *day, size_t rank) {
  uint64_t total = 0;
  for (size_t i = 0; i < day->nrows; i++) {
    const struct ps_day_figures *figures = &day->rows[i].figures;
    if (rank == PS_RANK_PINGS) total += ps_day_figures_pings(figures);
    else if (rank == PS_RANK_DUPLICATES) total += figures->count[PS_DUPLICATE];
    else total += figures->measurements[rank - PS_RANK_MEASURES];
  }
  return total;
}

static struct ps_bounded figure_of(const struct report_source_day *day, size_t rank,
                                   const struct identity *who) {
  const struct source_entry *entry = source_find(&day->ranking[rank], who);
  return entry ? entry->figure : (struct ps_bounded){0, day->ranking[rank].absent};
}

/* Pings that are no duplicates, as far as both figures tell. */
static struct ps_bounded documents_of(const struct ps_bounded *pings,
                                      const struct ps_bounded *duplicates) {
  uint64_t all = pings->count + pings->error, copies = duplicates->count + duplicates->error;
  if (all < pings->count) all = UINT64_MAX;
  if (copies < duplicates->count) copies = UINT64_MAX;
  uint64_t least = pings->count > copies ? pings->count - copies : 0;
  uint64_t most = all > duplicates->count ? all - duplicates->count : 0;
  return (struct ps_bounded){least, most > least ? most - least : 0};
}

static uint32_t rules_of(const struct report_source_day *day, const struct identity *who) {
  uint32_t rules = 0;
  for (size_t i = 0; i < day->nflags; i++)
    if (day->flags[i].flag.rule < PS_RULES && identity_compare(&day->flags[i].who, who) == 0)
      rules |= UINT32_C(1) << day->flags[i].flag.rule;
  return rules;
}

static void fill_client(const struct report *report, const struct candidate *from, size_t rank,
                        struct report_client *client) {
  const struct identity *who = &from->entry->who;
  uint64_t total = day_total(from->day, rank);
  client->day = from->day->day;
  client->client = who->client;
  memcpy(client->name, who->name, sizeof who->name);
  identity_format_key(who, client->key);
  client->figure = from->entry->figure;
  client->share = total ? (double)client->figure.count / (double)total : 0;
  if (client->share > 1) client->share = 1;
  client->pings = figure_of(from->day, PS_RANK_PINGS, who);
  client->duplicates = figure_of(from->day, PS_RANK_DUPLICATES, who);
  client->documents = documents_of(&client->pings, &client->duplicates);
  if (report->nmeasures)
    client->measurements =
        figure_of(from->day, rank < PS_RANK_MEASURES ? PS_RANK_MEASURES : rank, who);
  client->rules = rules_of(from->day, who);
}

/* No client-day beyond the first n has more than this. */
static uint64_t bound_of_others(const struct report *report, size_t rank,
                                const struct candidate *candidates, size_t all, size_t n) {
  uint64_t most = 0;
  for (size_t i = 0; i < report->nsource; i++)
    if (report->source[i].ranking[rank].absent > most)
      most = report->source[i].ranking[rank].absent;
  for (size_t i = n; i < all; i++) {
    const struct ps_bounded *figure = &candidates[i].entry->figure;
    uint64_t bound = figure->count + figure->error;
    if (bound < figure->count) bound = UINT64_MAX;
    if (bound > most) most = bound;
  }
  return most;
}

int derive_ranking(struct report *report, size_t rank, struct ps_error *err) {
  struct report_ranking *ranking = &report->ranking[rank];
  size_t all = 0, at = 0;
  for (size_t i = 0; i < report->nsource; i++) all += report->source[i].ranking[rank].n;
  struct candidate *candidates = calloc(all + 1, sizeof *candidates);
  if (!candidates) return error_memory(err, (all + 1) * sizeof *candidates);
  for (size_t i = 0; i < report->nsource; i++)
    for (size_t k = 0; k < report->source[i].ranking[rank].n; k++) {
      const struct source_entry *entry = &report->source[i].ranking[rank].entries[k];
      if (entry->figure.count) candidates[at++] = (struct candidate){entry, &report->source[i]};
    }
  all = at;
  qsort(candidates, all, sizeof *candidates, by_count);
  size_t n = all < report->options.top ? all : report->options.top;
  ranking->at = calloc(n + 1, sizeof *ranking->at);
  if (!ranking->at) {
    free(candidates);
    return error_memory(err, (n + 1) * sizeof *ranking->at);
  }
  for (size_t i = 0; i < n; i++) fill_client(report, &candidates[i], rank, &ranking->at[i]);
  ranking->n = n;
  ranking->absent = bound_of_others(report, rank, candidates, all, n);
  free(candidates);
  return PS_OK;
}
