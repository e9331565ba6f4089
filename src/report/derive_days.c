#include "report/derive.h"

#include "accounts/distribution.h"
#include "accounts/registers.h"
#include "base/error.h"
#include "report/source.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- days ---- */

static void derive_day(const struct report *report, const struct report_source_day *source,
                       struct report_day *day) {
  const struct report_options *options = &report->options;
  day->day = source->day;
  for (size_t i = 0; i < source->nrows; i++)
    if (source_row_is_chosen(options, &source->rows[i]))
      ps_day_figures_add(&day->figures, &source->rows[i].figures);
  day->keys = source->keys;
  day->incomplete =
      !options->type && !options->channel && source->keys > day->figures.count[PS_UNIQUE];
  day->clients = (uint64_t)llround(ps_registers_estimate(source->registers));
  day->nflags = source->nflags;
  uint64_t pings = ps_day_figures_pings(&day->figures);
  for (size_t m = 0; m < report->nmeasures; m++) {
    struct report_measure_day *measure = &day->measure[m];
    const struct ps_distribution *distribution = &source->distribution[m];
    measure->measured = source->measured[m];
    measure->per_ping = pings ? (double)day->figures.measurements[m] / (double)pings : 0;
    if (!distribution->count) continue;
    measure->p50 = ps_distribution_quantile(distribution, 0.5);
    measure->p99 = ps_distribution_quantile(distribution, 0.99);
    measure->max = (double)distribution->max;
  }
}

struct rate {
  double per_ping;
  size_t day;
};

static int by_rate(const void *a, const void *b) {
  const struct rate *x = a, *y = b;
  if (x->per_ping != y->per_ping) return x->per_ping < y->per_ping ? -1 : 1;
  return x->day < y->day ? -1 : x->day > y->day;
}

/* The median of n sorted rates without the one at `except`. Where two are in the middle, each value
 * between them is a median: the one nearest to the excepted rate is taken, lest one odd day of
 * three makes the other two stand out. */
static double median_of_others(const struct rate *rates, size_t n, size_t except) {
  size_t low = (n - 2) / 2, high = (n - 1) / 2; /* among the n - 1 others */
  low += low >= except;
  high += high >= except;
  double rate = rates[except].per_ping;
  return fmin(fmax(rate, rates[low].per_ping), rates[high].per_ping);
}

static void compare_days(struct report *report, size_t m, struct rate *rates) {
  size_t n = 0;
  for (size_t i = 0; i < report->ndays; i++)
    if (report->days[i].measure[m].measured)
      rates[n++] = (struct rate){report->days[i].measure[m].per_ping, i};
  if (n < 3) return;
  qsort(rates, n, sizeof *rates, by_rate);
  for (size_t i = 0; i < n; i++) {
    struct report_day *day = &report->days[rates[i].day];
    struct report_measure_day *measure = &day->measure[m];
    measure->others_median = median_of_others(rates, n, i);
    if (!(measure->others_median > 0)) continue;
    measure->ratio = measure->per_ping / measure->others_median;
    measure->stands_out =
        measure->ratio >= REPORT_OUTLIER ||
        (ps_day_figures_pings(&day->figures) > 0 && measure->ratio <= 1 / REPORT_OUTLIER);
  }
}

int derive_days(struct report *report, struct ps_error *err) {
  uint8_t registers[PS_REGISTERS] = {0};
  size_t n = report->nsource;
  report->days = calloc(n + 1, sizeof *report->days);
  struct rate *rates = calloc(n + 1, sizeof *rates);
  if (!report->days || !rates) {
    free(rates);
    return error_memory(err, (n + 1) * sizeof *report->days);
  }
  report->ndays = n;
  for (size_t i = 0; i < n; i++) {
    const struct report_source_day *source = &report->source[i];
    derive_day(report, source, &report->days[i]);
    ps_day_figures_add(&report->total, &report->days[i].figures);
    ps_day_figures_add(&report->without_client, &source->without_client);
    ps_day_figures_add(&report->canary, &source->canary);
    registers_merge(registers, source->registers);
  }
  report->clients = (uint64_t)llround(ps_registers_estimate(registers));
  for (size_t m = 0; m < report->nmeasures; m++) compare_days(report, m, rates);
  free(rates);
  return PS_OK;
}

/* ---- labels ---- */

struct row_of_day {
  const struct ps_day_row *row;
};

static int by_type(const void *a, const void *b) {
  const struct row_of_day *x = a, *y = b;
  return strcmp(x->row->type, y->row->type);
}

static int by_channel(const void *a, const void *b) {
  const struct row_of_day *x = a, *y = b;
  return strcmp(x->row->channel, y->row->channel);
}

static int by_both(const void *a, const void *b) {
  int order = by_type(a, b);
  return order ? order : by_channel(a, b);
}

static int by_pings(const void *a, const void *b) {
  const struct report_label *x = a, *y = b;
  uint64_t m = ps_day_figures_pings(&x->figures), n = ps_day_figures_pings(&y->figures);
  if (m != n) return m > n ? -1 : 1;
  int order = strcmp(x->type, y->type);
  return order ? order : strcmp(x->channel, y->channel);
}

/* Adds up the rows that `compare` calls equal. */
static int sum_labels(struct row_of_day *rows, size_t n, int (*compare)(const void *, const void *),
                      struct report_labels *labels, struct ps_error *err) {
  if (!n) return PS_OK;
  qsort(rows, n, sizeof *rows, compare);
  size_t different = 1;
  for (size_t i = 1; i < n; i++) different += compare(&rows[i - 1], &rows[i]) != 0;
  labels->at = calloc(different, sizeof *labels->at);
  if (!labels->at) return error_memory(err, different * sizeof *labels->at);
  for (size_t i = 0; i < n; i++) {
    if (i == 0 || compare(&rows[i - 1], &rows[i]) != 0) {
      struct report_label *label = &labels->at[labels->n++];
      if (compare != by_channel) memcpy(label->type, rows[i].row->type, sizeof label->type);
      if (compare != by_type) memcpy(label->channel, rows[i].row->channel, sizeof label->channel);
    }
    ps_day_figures_add(&labels->at[labels->n - 1].figures, &rows[i].row->figures);
  }
  qsort(labels->at, labels->n, sizeof *labels->at, by_pings);
  return PS_OK;
}

int derive_labels(struct report *report, struct ps_error *err) {
  size_t n = 0, all = 0;
  for (size_t i = 0; i < report->nsource; i++) all += report->source[i].nrows;
  struct row_of_day *rows = malloc((all + 1) * sizeof *rows);
  if (!rows) return error_memory(err, (all + 1) * sizeof *rows);
  for (size_t i = 0; i < report->nsource; i++)
    for (size_t k = 0; k < report->source[i].nrows; k++)
      if (source_row_is_chosen(&report->options, &report->source[i].rows[k]))
        rows[n++].row = &report->source[i].rows[k];
  int r = sum_labels(rows, n, by_type, &report->types, err);
  if (r == PS_OK) r = sum_labels(rows, n, by_channel, &report->channels, err);
  if (r == PS_OK) r = sum_labels(rows, n, by_both, &report->both, err);
  free(rows);
  return r;
}

/* ---- distributions ---- */

static int make_bars(const struct ps_distribution *from, struct report_bar **bars, size_t *nbars,
                     struct ps_error *err) {
  if (!from->count) return PS_OK;
  int32_t first = from->nbins ? from->bins[0].index : 0;
  uint32_t span = from->nbins ? (uint32_t)(from->bins[from->nbins - 1].index - first) + 1 : 0;
  uint32_t wide = (span + REPORT_BARS - 1) / REPORT_BARS; /* bins a bar; none is ever split */
  if (!wide) wide = 1;
  size_t n = (span + wide - 1) / wide, zeros = from->zeros ? 1 : 0;
  struct report_bar *bar = calloc(zeros + n + 1, sizeof *bar);
  if (!bar) return error_memory(err, (zeros + n + 1) * sizeof *bar);
  *bars = bar;
  *nbars = zeros + n;
  if (zeros) bar++->count = from->zeros;
  for (size_t i = 0; i < from->nbins; i++)
    bar[(uint32_t)(from->bins[i].index - first) / wide].count += from->bins[i].count;
  for (size_t i = 0; i < n; i++) {
    int32_t low = first + (int32_t)(i * wide), high = low + (int32_t)wide - 1;
    bar[i].from = i ? ps_distribution_bound(low - 1) : fmax((double)from->min, 1);
    bar[i].to = i + 1 < n ? ps_distribution_bound(high) : (double)from->max;
  }
  return PS_OK;
}

int derive_distributions(struct report *report, struct ps_error *err) {
  for (size_t m = 0; m < report->nmeasures; m++) {
    struct distribution sum = {0};
    struct ps_bin *bins = NULL;
    int r = PS_OK;
    for (size_t i = 0; i < report->nsource && r == PS_OK; i++)
      r = distribution_merge(&sum, &report->source[i].distribution[m], err);
    if (r == PS_OK) r = distribution_copy(&sum, &report->distribution[m], &bins, err);
    distribution_release(&sum);
    if (r == PS_OK) {
      report->bins[m] = bins;
      r = make_bars(&report->distribution[m], &report->bars[m], &report->nbars[m], err);
    }
    if (r != PS_OK) return r;
  }
  return PS_OK;
}

void derive_release(struct report *report) {
  free(report->days);
  free(report->types.at);
  free(report->channels.at);
  free(report->both.at);
  for (size_t r = 0; r < PS_RANKS_MAX; r++) free(report->ranking[r].at);
  free(report->flags);
  for (size_t m = 0; m < PS_MEASURES_MAX; m++) {
    free(report->bins[m]);
    free(report->bars[m]);
  }
}
