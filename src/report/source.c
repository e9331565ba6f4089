#include "report/source.h"

#include "accounts/distribution.h"
#include "accounts/registers.h"
#include "base/arith.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

void source_release(struct report_source_day *day) {
  free(day->rows);
  for (size_t m = 0; m < PS_MEASURES_MAX; m++) free(day->bins[m]);
  for (size_t r = 0; r < PS_RANKS_MAX; r++) free(day->ranking[r].entries);
  free(day->flags);
  *day = (struct report_source_day){0};
}

/* ---- order ---- */

static int by_label(const void *a, const void *b) {
  const struct ps_day_row *x = a, *y = b;
  int order = strcmp(x->type, y->type);
  return order ? order : strcmp(x->channel, y->channel);
}

static int by_key(const void *a, const void *b) {
  const struct source_entry *x = a, *y = b;
  return identity_compare(&x->who, &y->who);
}

static int by_count(const void *a, const void *b) {
  const struct source_entry *x = a, *y = b;
  if (x->figure.count != y->figure.count) return x->figure.count > y->figure.count ? -1 : 1;
  return by_key(a, b);
}

void source_sort_rows(struct report_source_day *day) {
  if (day->nrows) qsort(day->rows, day->nrows, sizeof *day->rows, by_label);
}

void source_sort_ranking(struct source_ranking *ranking) {
  if (ranking->n) qsort(ranking->entries, ranking->n, sizeof *ranking->entries, by_count);
}

static int by_whom(const void *a, const void *b) { return identity_compare(a, b); }

static void cut_ranking(struct source_ranking *ranking, size_t n, const struct identity *listed,
                        size_t nlisted) {
  size_t kept = 0;
  for (size_t i = 0; i < ranking->n; i++) {
    const struct source_entry *entry = &ranking->entries[i];
    if (i < n || bsearch(&entry->who, listed, nlisted, sizeof *listed, by_whom)) {
      ranking->entries[kept++] = *entry;
      continue;
    }
    uint64_t most = count_add(entry->figure.count, entry->figure.error);
    if (most > ranking->absent) ranking->absent = most;
  }
  ranking->n = kept;
}

int source_cut(struct report_source_day *day, size_t n, struct ps_error *err) {
  size_t nlisted = 0, most = PS_RANKS_MAX * n + day->nflags;
  struct identity *listed = calloc(most + 1, sizeof *listed);
  if (!listed) return error_memory(err, (most + 1) * sizeof *listed);
  for (size_t r = 0; r < PS_RANKS_MAX; r++)
    for (size_t i = 0; i < n && i < day->ranking[r].n; i++)
      listed[nlisted++] = day->ranking[r].entries[i].who;
  for (size_t i = 0; i < day->nflags; i++) listed[nlisted++] = day->flags[i].who;
  qsort(listed, nlisted, sizeof *listed, by_whom);
  for (size_t r = 0; r < PS_RANKS_MAX; r++) cut_ranking(&day->ranking[r], n, listed, nlisted);
  free(listed);
  return PS_OK;
}

const struct source_entry *source_find(const struct source_ranking *ranking,
                                       const struct identity *who) {
  for (size_t i = 0; i < ranking->n; i++)
    if (identity_compare(&ranking->entries[i].who, who) == 0) return &ranking->entries[i];
  return NULL;
}

/* ---- from a store ---- */

static void copy_figures(const struct ps_day_figures *from, const unsigned *measure_of,
                         struct ps_day_figures *to) {
  *to = *from;
  memset(to->measurements, 0, sizeof to->measurements);
  memset(to->implausible, 0, sizeof to->implausible);
  for (size_t m = 0; m < PS_MEASURES_MAX; m++) {
    if (measure_of[m] >= PS_MEASURES_MAX) continue;
    to->measurements[measure_of[m]] = from->measurements[m];
    to->implausible[measure_of[m]] = from->implausible[m];
  }
}

static int copy_rows(const struct ps_account_day *from, const unsigned *measure_of,
                     struct report_source_day *day, struct ps_error *err) {
  if (!from->nrows) return PS_OK;
  day->rows = calloc(from->nrows, sizeof *day->rows);
  if (!day->rows) return error_memory(err, from->nrows * sizeof *day->rows);
  day->nrows = from->nrows;
  for (size_t i = 0; i < from->nrows; i++) {
    const struct ps_day_row *row = &from->rows[i];
    identity_clean(row->type, day->rows[i].type, PS_LABEL_BYTES);
    identity_clean(row->channel, day->rows[i].channel, PS_LABEL_BYTES);
    copy_figures(&row->figures, measure_of, &day->rows[i].figures);
  }
  source_sort_rows(day);
  return PS_OK;
}

static int copy_ranking(const struct ps_ranking *from, bool show_ids, struct source_ranking *to,
                        struct ps_error *err) {
  to->total = from->total;
  to->absent = from->absent;
  if (!from->n) return PS_OK;
  to->entries = calloc(from->n, sizeof *to->entries);
  if (!to->entries) return error_memory(err, from->n * sizeof *to->entries);
  to->n = from->n;
  for (size_t i = 0; i < from->n; i++) {
    identity_of_client(&to->entries[i].who, &from->entries[i].client, show_ids);
    to->entries[i].figure = from->entries[i].figure;
  }
  source_sort_ranking(to);
  return PS_OK;
}

static int copy_measure(const struct ps_account_day *from, size_t m, unsigned to, bool show_ids,
                        struct report_source_day *day, struct ps_error *err) {
  const struct ps_distribution *distribution = &from->distribution[m];
  day->measured[to] = from->measured[m];
  day->distribution[to] = *distribution;
  day->distribution[to].bins = NULL;
  if (distribution->nbins) {
    day->bins[to] = malloc(distribution->nbins * sizeof(struct ps_bin));
    if (!day->bins[to]) return error_memory(err, distribution->nbins * sizeof(struct ps_bin));
    memcpy(day->bins[to], distribution->bins, distribution->nbins * sizeof(struct ps_bin));
    day->distribution[to].bins = day->bins[to];
  }
  return copy_ranking(&from->ranking[PS_RANK_MEASURES + m], show_ids,
                      &day->ranking[PS_RANK_MEASURES + to], err);
}

static int copy_flags(const struct ps_account_day *from, const unsigned *measure_of, bool show_ids,
                      struct report_source_day *day, struct ps_error *err) {
  day->more_flags = from->more_flags;
  if (!from->nflags) return PS_OK;
  day->flags = calloc(from->nflags, sizeof *day->flags);
  if (!day->flags) return error_memory(err, from->nflags * sizeof *day->flags);
  day->nflags = from->nflags;
  for (size_t i = 0; i < from->nflags; i++) {
    struct source_flag *flag = &day->flags[i];
    flag->flag = from->flags[i];
    identity_clean(from->flags[i].value, flag->flag.value, PS_FLAG_VALUE);
    identity_of_client(&flag->who, &from->flags[i].client, show_ids);
    unsigned measure = flag->flag.measure;
    bool known = measure < PS_MEASURES_MAX && measure_of[measure] < PS_MEASURES_MAX;
    flag->flag.measure = known ? (uint8_t)measure_of[measure] : 0;
  }
  return PS_OK;
}

int source_from_account(const struct ps_account_day *from, const unsigned *measure_of,
                        bool show_ids, struct report_source_day *day, struct ps_error *err) {
  *day = (struct report_source_day){.day = from->day, .keys = from->keys};
  copy_figures(&from->without_client, measure_of, &day->without_client);
  copy_figures(&from->canary, measure_of, &day->canary);
  memcpy(day->registers, from->registers, sizeof day->registers);
  int r = copy_rows(from, measure_of, day, err);
  for (size_t rank = 0; rank < PS_RANK_MEASURES && r == PS_OK; rank++)
    r = copy_ranking(&from->ranking[rank], show_ids, &day->ranking[rank], err);
  for (size_t m = 0; m < PS_MEASURES_MAX && r == PS_OK; m++)
    if (measure_of[m] < PS_MEASURES_MAX)
      r = copy_measure(from, m, measure_of[m], show_ids, day, err);
  if (r == PS_OK) r = copy_flags(from, measure_of, show_ids, day, err);
  if (r != PS_OK) source_release(day);
  return r;
}

/* ---- joining ---- */

static int merge_rows(struct report_source_day *day, const struct report_source_day *other,
                      struct ps_error *err) {
  if (!other->nrows) return PS_OK;
  size_t n = day->nrows + other->nrows;
  struct ps_day_row *rows = realloc(day->rows, n * sizeof *rows);
  if (!rows) return error_memory(err, n * sizeof *rows);
  memcpy(rows + day->nrows, other->rows, other->nrows * sizeof *rows);
  day->rows = rows;
  day->nrows = n;
  source_sort_rows(day);
  size_t kept = 1;
  for (size_t i = 1; i < n; i++)
    if (by_label(&rows[kept - 1], &rows[i]) == 0)
      ps_day_figures_add(&rows[kept - 1].figures, &rows[i].figures);
    else rows[kept++] = rows[i];
  day->nrows = kept;
  if (kept > SOURCE_ROWS_MAX)
    return error_set(err, PS_E_ARGUMENT,
                     "the reports have %zu docTypes and channels of one day, at most %u can be "
                     "joined",
                     kept, SOURCE_ROWS_MAX);
  return PS_OK;
}

/* A client that only one of them lists may have as much as the other's bound for absent ones more.
 */
static int merge_ranking(struct source_ranking *a, struct source_ranking *b, struct ps_error *err) {
  if (a->n) qsort(a->entries, a->n, sizeof *a->entries, by_key);
  if (b->n) qsort(b->entries, b->n, sizeof *b->entries, by_key);
  struct source_entry *merged = calloc(a->n + b->n + 1, sizeof *merged);
  if (!merged) return error_memory(err, (a->n + b->n + 1) * sizeof *merged);
  size_t n = 0;
  for (size_t i = 0, k = 0; i < a->n || k < b->n; n++) {
    int order = i == a->n ? 1 : k == b->n ? -1 : by_key(&a->entries[i], &b->entries[k]);
    struct source_entry *to = &merged[n];
    *to = order <= 0 ? a->entries[i] : b->entries[k];
    uint64_t error = order < 0 ? b->absent : a->absent;
    if (order == 0) {
      error = b->entries[k].figure.error;
      to->figure.count = count_add(to->figure.count, b->entries[k].figure.count);
      if (!to->who.whole) to->who = b->entries[k].who;
    }
    to->figure.error = count_add(to->figure.error, error);
    i += order <= 0;
    k += order >= 0;
  }
  struct source_ranking sum = {count_add(a->total, b->total), count_add(a->absent, b->absent), n,
                               merged};
  source_sort_ranking(&sum);
  free(a->entries);
  *a = sum;
  return PS_OK;
}

static int merge_distribution(struct report_source_day *day, const struct report_source_day *other,
                              size_t m, struct ps_error *err) {
  struct distribution sum = {0};
  struct ps_distribution copy;
  struct ps_bin *bins = NULL;
  int r = distribution_merge(&sum, &day->distribution[m], err);
  if (r == PS_OK) r = distribution_merge(&sum, &other->distribution[m], err);
  if (r == PS_OK) r = distribution_copy(&sum, &copy, &bins, err);
  if (r == PS_OK) {
    free(day->bins[m]);
    day->bins[m] = bins;
    day->distribution[m] = copy;
    day->measured[m] |= other->measured[m];
  }
  distribution_release(&sum);
  return r;
}

/* In the order they were raised; flags beyond a day's bound are only counted. */
static int merge_flags(struct report_source_day *day, const struct report_source_day *other,
                       struct ps_error *err) {
  size_t n = day->nflags + other->nflags, at = 0;
  day->more_flags = count_add(day->more_flags, other->more_flags);
  if (!other->nflags) return PS_OK;
  struct source_flag *merged = calloc(n, sizeof *merged);
  if (!merged) return error_memory(err, n * sizeof *merged);
  for (size_t i = 0, k = 0; i < day->nflags || k < other->nflags;) {
    bool first = k == other->nflags ||
                 (i < day->nflags && day->flags[i].flag.time <= other->flags[k].flag.time);
    merged[at++] = first ? day->flags[i++] : other->flags[k++];
  }
  free(day->flags);
  day->flags = merged;
  day->nflags = n < PS_FLAGS_MAX ? n : PS_FLAGS_MAX;
  day->more_flags = count_add(day->more_flags, n - day->nflags);
  return PS_OK;
}

int source_merge(struct report_source_day *day, struct report_source_day *other,
                 struct ps_error *err) {
  day->keys = count_add(day->keys, other->keys);
  ps_day_figures_add(&day->without_client, &other->without_client);
  ps_day_figures_add(&day->canary, &other->canary);
  registers_merge(day->registers, other->registers);
  int r = merge_rows(day, other, err);
  for (size_t m = 0; m < PS_MEASURES_MAX && r == PS_OK; m++)
    r = merge_distribution(day, other, m, err);
  for (size_t rank = 0; rank < PS_RANKS_MAX && r == PS_OK; rank++)
    r = merge_ranking(&day->ranking[rank], &other->ranking[rank], err);
  if (r == PS_OK) r = merge_flags(day, other, err);
  if (r == PS_OK) r = source_cut(day, REPORT_TOP_MAX, err);
  source_release(other);
  return r;
}

/* ---- into a report ---- */

bool source_row_is_chosen(const struct report_options *options, const struct ps_day_row *row) {
  return (!options->type || !strcmp(options->type, row->type)) &&
         (!options->channel || !strcmp(options->channel, row->channel));
}

/* Where the day is or would be. */
static size_t place_of(const struct report *report, day_t day) {
  size_t low = 0, high = report->nsource;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (report->source[middle].day < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

static int make_room(struct report *report, struct ps_error *err) {
  if (report->nsource < report->source_cap) return PS_OK;
  size_t cap = report->source_cap ? 2 * report->source_cap : 16; /* at most one for each day_t */
  struct report_source_day *days = realloc(report->source, cap * sizeof *days);
  if (!days) return error_memory(err, cap * sizeof *days);
  report->source = days;
  report->source_cap = cap;
  return PS_OK;
}

int report_take_day(struct report *report, struct report_source_day *day, struct ps_error *err) {
  const struct report_options *options = &report->options;
  if ((options->from_given && day->day < options->from) ||
      (options->to_given && day->day > options->to)) {
    source_release(day);
    return PS_OK;
  }
  size_t at = place_of(report, day->day);
  if (at < report->nsource && report->source[at].day == day->day)
    return source_merge(&report->source[at], day, err);
  int r = make_room(report, err);
  if (r != PS_OK) {
    source_release(day);
    return r;
  }
  memmove(report->source + at + 1, report->source + at,
          (report->nsource - at) * sizeof *report->source);
  report->source[at] = *day;
  report->nsource++;
  *day = (struct report_source_day){0};
  return PS_OK;
}
