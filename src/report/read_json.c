/* Takes the days back out of a JSON report: its "accounts" (render_json.c writes them). The rest of
 * the report is not looked at, since it is derived from the days again. */
#include "accounts/distribution.h"
#include "accounts/registers.h"
#include "base/error.h"
#include "report/json_reader.h"
#include "report/source.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURES_MEMBERS (1 + PS_PING_CLASSES + 5) /* pings, classes, and what follows them */
#define BINS_MAX        DISTRIBUTION_BINS

struct reading {
  struct json_reader r;
  struct report *report;
  struct ps_accounts_info info;
  bool whole_ids;
};

/* ---- parts of a day ---- */

/* Measure m of the file is measure_of[m] of the report. */
static void read_counts(struct reading *reading, const json_t *object, const char *member,
                        uint64_t counts[PS_MEASURES_MAX]) {
  size_t n = reading->info.nmeasures;
  const json_t *array = json_want_array(&reading->r, object, member, n, n);
  for (size_t m = 0; array && m < n; m++)
    counts[reading->report->measure_of[m]] = json_element_count(&reading->r, array, m, member);
}

static void read_figures(struct reading *reading, const json_t *object, const char *member,
                         struct ps_day_figures *figures) {
  struct json_reader *r = &reading->r;
  const json_t *from = json_want_object(r, object, member, FIGURES_MEMBERS);
  if (!from) return;
  for (int c = 0; c < PS_PING_CLASSES; c++)
    figures->count[c] = json_want_count(r, from, ps_class_name((enum ps_class)c));
  figures->bytes_in = json_want_count(r, from, "bytes_in");
  figures->bytes_out = json_want_count(r, from, "bytes_out");
  figures->withheld = json_want_count(r, from, "withheld");
  read_counts(reading, from, "measurements", figures->measurements);
  read_counts(reading, from, "implausible", figures->implausible);
  uint64_t pings = ps_day_figures_pings(figures);
  if (json_want_count(r, from, "pings") != (pings > INT64_MAX ? INT64_MAX : pings))
    json_wrong(r, "pings", "is not the sum of the classes");
}

static void read_bounded(struct json_reader *r, const json_t *object, const char *member,
                         struct ps_bounded *figure) {
  const json_t *from = json_want_object(r, object, member, 2);
  figure->count = json_want_count(r, from, "count");
  figure->error = json_want_count(r, from, "error");
}

static void read_client(struct reading *reading, const json_t *object, struct identity *who) {
  struct json_reader *r = &reading->r;
  char key[2 * IDENTITY_KEY + 1], kind[16];
  json_want_text(r, object, "client", false, who->name, sizeof who->name);
  json_want_text(r, object, "key", false, key, sizeof key);
  json_want_text(r, object, "kind", false, kind, sizeof kind);
  if (r->status != PS_OK) return;
  if (!identity_parse_key(key, strlen(key), who))
    json_wrong(r, "key", "should be 32 hexadecimal digits");
  if (!identity_kind_parse(kind, &who->client.kind)) json_wrong(r, "kind", "is no kind of client");
  who->whole = reading->whole_ids;
  if (who->whole && !reading->report->options.show_ids) identity_shorten(who);
}

static void read_rows(struct reading *reading, const json_t *object,
                      struct report_source_day *day) {
  struct json_reader *r = &reading->r;
  const json_t *array = json_want_array(r, object, "rows", 0, SOURCE_ROWS_MAX);
  size_t n = json_array_size(array);
  if (!n) return;
  day->rows = calloc(n, sizeof *day->rows);
  if (!day->rows) {
    r->status = error_memory(r->err, n * sizeof *day->rows);
    return;
  }
  for (size_t i = 0; i < n && r->status == PS_OK; i++) {
    struct ps_day_row *row = &day->rows[day->nrows++];
    const json_t *from = json_element(r, array, i, "rows", 3);
    json_want_text(r, from, "type", false, row->type, sizeof row->type);
    json_want_text(r, from, "channel", false, row->channel, sizeof row->channel);
    read_figures(reading, from, "figures", &row->figures);
  }
  source_sort_rows(day);
}

/* ---- distributions ---- */

static bool distribution_is_sound(const struct ps_distribution *d) {
  uint64_t sum = d->zeros;
  for (size_t i = 0; i < d->nbins; i++)
    if (__builtin_add_overflow(sum, d->bins[i].count, &sum)) return false;
  if (sum != d->count || d->min > d->max || (d->zeros > 0 && d->min > 0)) return false;
  if (d->nbins == 0) return d->max == 0 && d->min == 0;
  return d->max > 0 && distribution_index(d->max) == d->bins[d->nbins - 1].index &&
         (d->zeros > 0 || (d->min > 0 && distribution_index(d->min) == d->bins[0].index));
}

/* Malloc'ed, *nbins of them; NULL without memory. */
static struct ps_bin *read_bins(struct reading *reading, const json_t *object, size_t *nbins) {
  struct json_reader *r = &reading->r;
  const json_t *array = json_want_array(r, object, "bins", 0, BINS_MAX);
  size_t n = json_array_size(array);
  struct ps_bin *bins = calloc(n + 1, sizeof *bins);
  if (!bins) {
    r->status = error_memory(r->err, (n + 1) * sizeof *bins);
    return NULL;
  }
  for (size_t i = 0; i < n && r->status == PS_OK; i++) {
    const json_t *pair = json_array_get(array, i);
    uint64_t index = json_element_count(r, pair, 0, "bins");
    uint64_t count = json_element_count(r, pair, 1, "bins");
    bool ordered = i == 0 || index > (uint64_t)bins[i - 1].index;
    if (json_array_size(pair) != 2 || index >= BINS_MAX || !count || !ordered)
      json_wrong(r, "bins", "should be ascending pairs of an index and a count");
    bins[i] = (struct ps_bin){.index = (int32_t)(index % BINS_MAX), .count = count};
  }
  *nbins = n;
  return bins;
}

static void read_measure(struct reading *reading, const json_t *array, size_t m,
                         struct report_source_day *day) {
  struct json_reader *r = &reading->r;
  struct ps_distribution read = {0};
  const unsigned to = reading->report->measure_of[m];
  const json_t *from = json_element(r, array, m, "measures", 6);
  const bool measured = json_want_bool(r, from, "measured");
  read.count = json_want_count(r, from, "pings");
  read.zeros = json_want_count(r, from, "zeros");
  read.min = json_want_count(r, from, "min");
  read.max = json_want_count(r, from, "max");
  if (r->status != PS_OK || to >= PS_MEASURES_MAX) return;
  struct ps_bin *bins = read_bins(reading, from, &read.nbins);
  if (!bins) return;
  read.bins = bins;
  if (r->status == PS_OK && !distribution_is_sound(&read))
    json_wrong(r, "bins", "do not add up to their distribution");
  day->measured[to] = measured;
  day->distribution[to] = read;
  day->bins[to] = bins;
}

/* ---- rankings and flags ---- */

static void read_ranking(struct reading *reading, const json_t *array, size_t rank,
                         struct source_ranking *ranking) {
  struct json_reader *r = &reading->r;
  const json_t *from = json_element(r, array, rank, "rankings", 3);
  ranking->total = json_want_count(r, from, "total");
  ranking->absent = json_want_count(r, from, "absent");
  const json_t *clients = json_want_array(r, from, "clients", 0, REPORT_LISTED);
  size_t n = json_array_size(clients);
  if (!n) return;
  ranking->entries = calloc(n, sizeof *ranking->entries);
  if (!ranking->entries) {
    r->status = error_memory(r->err, n * sizeof *ranking->entries);
    return;
  }
  for (size_t i = 0; i < n && r->status == PS_OK; i++) {
    struct source_entry *entry = &ranking->entries[ranking->n++];
    const json_t *client = json_element(r, clients, i, "clients", 5);
    read_client(reading, client, &entry->who);
    entry->figure.count = json_want_count(r, client, "count");
    entry->figure.error = json_want_count(r, client, "error");
  }
  source_sort_ranking(ranking);
}

static void read_rankings(struct reading *reading, const json_t *object,
                          struct report_source_day *day) {
  size_t n = PS_RANK_MEASURES + reading->info.nmeasures;
  const json_t *array = json_want_array(&reading->r, object, "rankings", n, n);
  for (size_t i = 0; array && i < n && reading->r.status == PS_OK; i++) {
    size_t to = i < PS_RANK_MEASURES
                    ? i
                    : PS_RANK_MEASURES + reading->report->measure_of[i - PS_RANK_MEASURES];
    read_ranking(reading, array, i, &day->ranking[to]);
  }
}

static void read_rule(struct reading *reading, const json_t *from, struct ps_flag *flag) {
  struct json_reader *r = &reading->r;
  char rule[32], measure[PS_MEASURE_NAME];
  json_want_text(r, from, "rule", false, rule, sizeof rule);
  json_want_text(r, from, "measure", true, measure, sizeof measure);
  for (flag->rule = 0; flag->rule < PS_RULES; flag->rule++)
    if (!strcmp(ps_rule_name((enum ps_rule)flag->rule), rule)) break;
  if (flag->rule == PS_RULES) json_wrong(r, "rule", "is no rule of this version");
  for (size_t m = 0; m < reading->report->nmeasures; m++)
    if (!strcmp(reading->report->measures[m].name, measure)) flag->measure = (uint8_t)m;
}

static void read_flag(struct reading *reading, const json_t *from, struct source_flag *flag) {
  struct json_reader *r = &reading->r;
  day_t day = 0;
  (void)json_want_day(r, from, "day", false, &day);
  flag->flag.day = day;
  read_rule(reading, from, &flag->flag);
  read_client(reading, from, &flag->who);
  flag->flag.time = json_want_count(r, from, "time");
  read_bounded(r, from, "pings", &flag->flag.pings);
  read_bounded(r, from, "duplicates", &flag->flag.duplicates);
  read_bounded(r, from, "measurements", &flag->flag.measurements);
  flag->flag.limit = json_want_count(r, from, "limit");
  flag->flag.evidence = json_want_count(r, from, "evidence");
  flag->flag.of = json_want_count(r, from, "of");
  json_want_text(r, from, "value", false, flag->flag.value, sizeof flag->flag.value);
  flag->flag.client = flag->who.client;
}

static void read_flags(struct reading *reading, const json_t *object,
                       struct report_source_day *day) {
  struct json_reader *r = &reading->r;
  const json_t *array = json_want_array(r, object, "flags", 0, PS_FLAGS_MAX);
  size_t n = json_array_size(array);
  day->more_flags = json_want_count(r, object, "more_flags");
  if (!n) return;
  day->flags = calloc(n, sizeof *day->flags);
  if (!day->flags) {
    r->status = error_memory(r->err, n * sizeof *day->flags);
    return;
  }
  for (size_t i = 0; i < n && r->status == PS_OK; i++) {
    struct source_flag *flag = &day->flags[day->nflags++];
    read_flag(reading, json_element(r, array, i, "flags", 14), flag);
    if (flag->flag.day != day->day) json_wrong(r, "flags", "has one of another day");
  }
}

/* ---- a file ---- */

static void read_day(struct reading *reading, const json_t *accounts, size_t i) {
  struct json_reader *r = &reading->r;
  (void)snprintf(r->where, sizeof r->where, "\"accounts\"");
  const json_t *object = json_element(r, accounts, i, "accounts", 10);
  struct report_source_day day = {0};
  if (!json_want_day(r, object, "day", false, &day.day)) return;
  char text[DAY_TEXT];
  day_format(day.day, text);
  (void)snprintf(r->where, sizeof r->where, "the accounts of %s", text);
  day.keys = json_want_count(r, object, "keys");
  read_rows(reading, object, &day);
  read_figures(reading, object, "without_client", &day.without_client);
  read_figures(reading, object, "canary", &day.canary);
  json_want_base64(r, object, "registers", day.registers, sizeof day.registers);
  if (r->status == PS_OK && !registers_sound(day.registers))
    json_wrong(r, "registers", "hold what no counting leaves there");
  size_t n = reading->info.nmeasures;
  const json_t *measures = json_want_array(r, object, "measures", n, n);
  for (size_t m = 0; measures && m < n && r->status == PS_OK; m++)
    read_measure(reading, measures, m, &day);
  read_rankings(reading, object, &day);
  read_flags(reading, object, &day);
  if (r->status == PS_OK) r->status = report_take_day(reading->report, &day, r->err);
  source_release(&day);
}

static void read_head(struct reading *reading, const json_t *root) {
  struct json_reader *r = &reading->r;
  struct ps_accounts_info *info = &reading->info;
  day_t first = 0, last = 0, watermark = 0;
  (void)snprintf(r->where, sizeof r->where, "its head");
  const char *format = json_string_value(json_object_get(root, "format"));
  if (!format || strcmp(format, REPORT_JSON_FORMAT) != 0) {
    r->status =
        error_set(r->err, PS_E_INPUT_DAMAGED,
                  "%s is no report of pingsieve: make one with 'pingsieve report --json'", r->path);
    return;
  }
  uint64_t version = json_want_count(r, root, "version");
  if (r->status == PS_OK && version != REPORT_JSON_VERSION) {
    r->status = error_set(r->err, PS_E_INPUT,
                          "%s is a report of version %llu, this pingsieve reads version %u: make "
                          "all reports with the same pingsieve",
                          r->path, (unsigned long long)version, REPORT_JSON_VERSION);
    return;
  }
  if (json_want_day(r, root, "watermark", true, &watermark)) info->watermark = watermark;
  uint64_t keep = json_want_count(r, root, "keep_days");
  if (keep > PS_KEEP_MAX) json_wrong(r, "keep_days", "is too large");
  info->keep_days = (uint32_t)(keep <= PS_KEEP_MAX ? keep : 0);
  reading->whole_ids = json_want_bool(r, root, "whole_ids");
  const json_t *range = json_want_object(r, root, "range", 4);
  info->any = json_want_day(r, range, "first", true, &first);
  if (info->any != json_want_day(r, range, "last", true, &last) || first > last)
    json_wrong(r, "range", "has a first day that does not go with the last one");
  info->first = first;
  info->last = last;
}

static void read_measures(struct reading *reading, const json_t *root) {
  struct json_reader *r = &reading->r;
  const json_t *array = json_want_array(r, root, "measures", 0, PS_MEASURES_MAX);
  size_t n = json_array_size(array);
  for (size_t m = 0; m < n; m++) {
    struct ps_account_measure *measure = &reading->info.measures[m];
    const json_t *from = json_element(r, array, m, "measures", 2);
    json_want_text(r, from, "name", false, measure->name, sizeof measure->name);
    json_want_text(r, from, "path", false, measure->path, sizeof measure->path);
    if (r->status == PS_OK && !*measure->name) json_wrong(r, "name", "is empty");
    for (size_t k = 0; k < m; k++)
      if (!strcmp(reading->info.measures[k].name, measure->name))
        json_wrong(r, "name", "is there twice");
  }
  reading->info.nmeasures = n;
}

int report_read_json(struct report *report, const char *path, struct ps_error *err) {
  struct reading reading = {.r = {.path = path, .err = err}, .report = report};
  struct json_reader *r = &reading.r;
  json_t *root = json_read_file(r, REPORT_JSON_MAX);
  if (!root) return r->status;
  read_head(&reading, root);
  read_measures(&reading, root);
  const json_t *accounts = json_want_array(r, root, "accounts", 0, DAY_MAX + 1u);
  if (r->status == PS_OK) r->status = report_begin_source(report, path, &reading.info, err);
  report->from_json = true;
  for (size_t i = 0; i < json_array_size(accounts) && r->status == PS_OK; i++)
    read_day(&reading, accounts, i);
  json_decref(root);
  return r->status;
}
