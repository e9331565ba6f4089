#include "accounts/damage.h"
#include "accounts/head.h"
#include "accounts/load.h"
#include "accounts/name.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

/* ---- a day as the caller sees it ---- */

/* A struct ps_account_day, and the memory that it points to. */
struct shown {
  struct ps_account_day day;
  struct ps_day_row *rows;
  struct ps_bin *bins[PS_MEASURES_MAX];
  struct ps_client_figure *entries[PS_RANKS_MAX];
};

static void shown_release(struct shown *shown) {
  free(shown->rows);
  for (unsigned m = 0; m < PS_MEASURES_MAX; m++) free(shown->bins[m]);
  for (unsigned r = 0; r < PS_RANKS_MAX; r++) free(shown->entries[r]);
}

static int by_client(const void *a, const void *b) {
  const struct ps_client *x = a, *y = b;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  return memcmp(x->id, y->id, sizeof x->id);
}

/* Largest first: the order of struct ps_ranking. */
static int by_figure(const void *a, const void *b) {
  const struct ps_client_figure *x = a, *y = b;
  if (x->figure.count != y->figure.count) return x->figure.count > y->figure.count ? -1 : 1;
  return by_client(&x->client, &y->client);
}

/* All clients that some ranking lists, and the flagged ones; sorted, each once. */
static int listed_clients(const struct ps_account_day *day, struct ps_client **clients, size_t *n,
                          struct ps_error *err) {
  size_t all = day->nflags, kept = 0;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++) all += day->ranking[r].n;
  struct ps_client *list = calloc(all + 1, sizeof *list);
  if (!list) return error_memory(err, (all + 1) * sizeof *list);
  all = 0;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++)
    for (size_t i = 0; i < day->ranking[r].n; i++) list[all++] = day->ranking[r].entries[i].client;
  for (size_t i = 0; i < day->nflags; i++) list[all++] = day->flags[i].client;
  qsort(list, all, sizeof *list, by_client);
  for (size_t i = 0; i < all; i++)
    if (!kept || by_client(&list[kept - 1], &list[i]) != 0) list[kept++] = list[i];
  *clients = list;
  *n = kept;
  return PS_OK;
}

/* Adds the listed clients that the ranking has not got, as far as it knows them: they come after
 * the ones it has. */
static int add_listed(const struct account *account, unsigned r, const struct ps_client *clients,
                      size_t n, struct shown *shown, struct ps_error *err) {
  struct ps_ranking *ranking = &shown->day.ranking[r];
  const size_t first = ranking->n, all = first + n;
  struct ps_client_figure *entries = realloc(shown->entries[r], (all + 1) * sizeof *entries);
  struct ps_client *has = malloc((first + 1) * sizeof *has);
  if (entries) ranking->entries = shown->entries[r] = entries;
  if (!entries || !has) {
    free(has);
    return error_memory(err, (all + 1) * sizeof *entries);
  }
  for (size_t i = 0; i < first; i++) has[i] = entries[i].client;
  qsort(has, first, sizeof *has, by_client);
  for (size_t i = 0; i < n; i++) {
    if (bsearch(&clients[i], has, first, sizeof *has, by_client)) continue;
    const struct ps_bounded figure = ranking_get(&account->ranking[r], &clients[i]);
    if (figure.count || figure.error < ranking->absent) /* 0 may be known, too */
      entries[ranking->n++] = (struct ps_client_figure){.client = clients[i], .figure = figure};
  }
  qsort(entries + first, ranking->n - first, sizeof *entries, by_figure);
  free(has);
  return PS_OK;
}

/* A client that is listed in one ranking is looked up in the others. */
static int complete_rankings(const struct account *account, struct shown *shown,
                             struct ps_error *err) {
  struct ps_client *clients = NULL;
  size_t n = 0;
  int r = listed_clients(&shown->day, &clients, &n, err);
  for (unsigned rank = 0; rank < PS_RANKS_MAX && !r; rank++)
    r = add_listed(account, rank, clients, n, shown, err);
  free(clients);
  return r;
}

static int show(const struct account *account, size_t top, struct shown *shown,
                struct ps_error *err) {
  struct ps_account_day *day = &shown->day;
  int r = rows_copy(&account->rows, &shown->rows, err);
  day->day = account->day;
  day->nrows = account->rows.n;
  day->rows = shown->rows;
  account_total(account, &day->total);
  day->without_client = account->without_client;
  day->canary = account->canary;
  memcpy(day->registers, account->registers, sizeof day->registers);
  memcpy(day->measured, account->measured, sizeof day->measured);
  for (unsigned m = 0; m < PS_MEASURES_MAX && !r; m++)
    r = distribution_copy(&account->distribution[m], &day->distribution[m], &shown->bins[m], err);
  for (unsigned rank = 0; rank < PS_RANKS_MAX && !r; rank++) {
    struct ps_ranking *ranking = &day->ranking[rank];
    r = ranking_top(&account->ranking[rank], top, &shown->entries[rank], &ranking->n,
                    &ranking->absent, err);
    ranking->total = account->ranking[rank].total;
    ranking->entries = shown->entries[rank];
  }
  day->nflags = account->flags.n;
  day->flags = account->flags.at;
  day->more_flags = account->flags.more;
  return r || !top ? r : complete_rankings(account, shown, err);
}

/* ---- days one after another ---- */

struct reading {
  struct ps_seen *seen;
  struct ps_seen_info info;
  struct buffer record;
  uint16_t day; /* whose record was found */
  bool found;
};

enum { STOP = 1 }; /* no status: ends a visit early */

static int take_record(void *context, const char *name, const void *value, size_t len,
                       struct ps_error *err) {
  struct reading *reading = context;
  buffer_clear(&reading->record);
  const int r = buffer_append(&reading->record, value, len, err);
  if (r) return r;
  reading->found = name_is_record(name, &reading->day);
  return STOP;
}

/* The record of the first day from `from` on that has one. */
static int next_day(struct reading *reading, uint32_t from, struct ps_error *err) {
  char name[PS_VALUE_NAME];
  reading->found = false;
  const int r =
      ps_seen_each_value(reading->seen, name_day(from, name), NAME_END, take_record, reading, err);
  if (r == STOP && !reading->found)
    return damage_store(reading->seen, err, "a day without a record");
  return r == STOP ? PS_OK : r;
}

static uint64_t keys_of(const struct ps_seen_info *info, uint16_t day) {
  for (size_t i = 0; i < info->ndays; i++)
    if (info->days[i].day == day) return info->days[i].keys;
  return 0;
}

/* A reader has the memory a day needs for itself. */
static uint32_t unshared(void *context, struct account *account, unsigned rank, uint32_t want) {
  (void)context;
  const uint32_t has = account->ranking[rank].nslots;
  if (want > PS_CLIENT_SLOTS_MAX) want = PS_CLIENT_SLOTS_MAX;
  return want > has ? want : has;
}

static int visit_day(struct reading *reading, size_t top, ps_account_visit *visit, void *context,
                     struct ps_error *err) {
  const struct room room = {unshared, NULL};
  struct account *account;
  int r = account_load(reading->seen, reading->day, &reading->record, &room, &account, err);
  if (r) return r;
  struct shown shown = {.rows = NULL};
  if (!(r = show(account, top, &shown, err))) {
    const uint64_t keys = keys_of(&reading->info, reading->day); /* 0 once they are forgotten */
    shown.day.keys = keys > account->clients_marked ? keys - account->clients_marked : 0;
    r = visit(context, &shown.day, err);
  }
  shown_release(&shown);
  account_free(account);
  return r;
}

/* ---- the days that are there ---- */

/* The last day is looked for by halves: names cannot be read backwards. */
static int days_bounds(struct reading *reading, struct ps_accounts_info *info,
                       struct ps_error *err) {
  int r = next_day(reading, 0, err);
  info->any = reading->found;
  if (r || !info->any) return r;
  info->first = info->last = reading->day;
  for (uint32_t end = (uint32_t)DAY_MAX + 1; !r && info->last + 1u < end;) {
    const uint32_t middle = (info->last + 1u + end) / 2;
    if ((r = next_day(reading, middle, err))) break;
    if (reading->found) info->last = reading->day;
    else end = middle;
  }
  return r;
}

static int info_read(struct reading *reading, struct ps_accounts_info *info, struct ps_error *err) {
  struct head head = {.nopen = 0};
  int r = head_read(reading->seen, &head, err);
  if (!r && info) {
    *info = (struct ps_accounts_info){.watermark = reading->info.watermark,
                                      .keep_days = reading->info.keep_days,
                                      .nmeasures = head.measures.n};
    memcpy(info->measures, head.measures.at, head.measures.n * sizeof *info->measures);
    r = days_bounds(reading, info, err);
  }
  head_release(&head);
  return r;
}

int ps_accounts_read(struct ps_seen *seen, uint16_t from, uint16_t to, size_t top,
                     struct ps_accounts_info *info, ps_account_visit *visit, void *context,
                     struct ps_error *err) {
  struct reading reading = {.seen = seen};
  int r = ps_seen_view_begin(seen, err);
  if (r) return r;
  r = ps_seen_info(seen, &reading.info, err);
  if (!r) r = info_read(&reading, info, err);
  for (uint32_t day = from; !r && day <= to; day = reading.day + 1u) {
    r = next_day(&reading, day, err);
    if (r || !reading.found || reading.day > to) break;
    r = visit_day(&reading, top, visit, context, err);
  }
  ps_seen_view_end(seen);
  buffer_release(&reading.record);
  ps_seen_info_release(&reading.info);
  return r;
}

int ps_accounts_forget(struct ps_seen *seen, uint32_t from, uint32_t to, struct ps_error *err) {
  char first[PS_VALUE_NAME], end[PS_VALUE_NAME];
  struct head head = {.nopen = 0};
  int r = head_read(seen, &head, err);
  if (to > (uint32_t)DAY_MAX + 1) to = (uint32_t)DAY_MAX + 1;
  if (!r && head.sequence && from < to) {
    r = ps_seen_delete_values(seen, name_day(from, first), name_day(to, end), err);
    head_close_days(&head, from, to);
    head.sequence++; /* tells other processes */
    if (!r) r = head_write(seen, &head, err);
  }
  head_release(&head);
  return r;
}
