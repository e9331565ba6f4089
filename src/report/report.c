#include "report/report.h"

#include "base/error.h"
#include "report/derive.h"
#include "report/source.h"
#include <pingsieve/seen.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void report_init(struct report *report, const struct report_options *options) {
  *report = (struct report){.options = *options};
  if (!report->options.top) report->options.top = REPORT_TOP;
  if (report->options.top > REPORT_TOP_MAX) report->options.top = REPORT_TOP_MAX;
  time_t now = time(NULL);
  report->made = now > 0 ? (uint64_t)now : 0;
}

void report_release(struct report *report) {
  for (size_t i = 0; i < report->nsources; i++) free(report->sources[i]);
  for (size_t i = 0; i < report->nsource; i++) source_release(&report->source[i]);
  free(report->source);
  derive_release(report);
  *report = (struct report){0};
}

size_t report_kept(const struct report *report) {
  return report->options.top > REPORT_KEPT ? report->options.top : REPORT_KEPT;
}

/* ---- sources ---- */

static int map_measure(struct report *report, const struct ps_account_measure *measure,
                       const char *source, unsigned *index, struct ps_error *err) {
  for (size_t m = 0; m < report->nmeasures; m++) {
    if (strcmp(report->measures[m].name, measure->name) != 0) continue;
    *index = (unsigned)m;
    if (!strcmp(report->measures[m].path, measure->path)) return PS_OK;
    return error_set(err, PS_E_ARGUMENT,
                     "measure '%s' is %s in %s and %s before: reports of different measures cannot "
                     "be joined under one name",
                     measure->name, measure->path, source, report->measures[m].path);
  }
  if (report->nmeasures == PS_MEASURES_MAX)
    return error_set(err, PS_E_ARGUMENT,
                     "%s has a measure '%s', and %u others are in the report already, which is all "
                     "it holds: join fewer sources",
                     source, measure->name, PS_MEASURES_MAX);
  *index = (unsigned)report->nmeasures;
  report->measures[report->nmeasures++] = *measure;
  return PS_OK;
}

static int map_measures(struct report *report, const char *source,
                        const struct ps_accounts_info *info, struct ps_error *err) {
  for (size_t m = 0; m < PS_MEASURES_MAX; m++) report->measure_of[m] = PS_MEASURES_MAX;
  for (size_t m = 0; m < info->nmeasures && m < PS_MEASURES_MAX; m++) {
    if (!*info->measures[m].name) continue;
    struct ps_account_measure measure;
    identity_clean(info->measures[m].name, measure.name, sizeof measure.name);
    identity_clean(info->measures[m].path, measure.path, sizeof measure.path);
    int r = map_measure(report, &measure, source, &report->measure_of[m], err);
    if (r != PS_OK) return r;
    for (size_t other = 0; other < m; other++)
      if (report->measure_of[other] == report->measure_of[m])
        return error_set(err, PS_E_ARGUMENT, "%s has two measures '%s'", source, measure.name);
  }
  return PS_OK;
}

/* The shortest of the retentions; 0 is for ever. */
static uint32_t shorter_retention(uint32_t a, uint32_t b) {
  if (!a || !b) return a ? a : b;
  return a < b ? a : b;
}

int report_begin_source(struct report *report, const char *name,
                        const struct ps_accounts_info *info, struct ps_error *err) {
  const struct report_options *options = &report->options;
  if (options->from_given && options->to_given && options->from > options->to)
    return error_set(err, PS_E_ARGUMENT, "the first day of the report is after its last one");
  if (report->nsources == REPORT_SOURCES)
    return error_set(err, PS_E_ARGUMENT, "%s is one source too many: a report has at most %u", name,
                     REPORT_SOURCES);
  int r = map_measures(report, name, info, err);
  if (r != PS_OK) return r;
  char *copy = strdup(name);
  if (!copy) return error_memory(err, strlen(name) + 1);
  report->keep_days =
      report->nsources ? shorter_retention(report->keep_days, info->keep_days) : info->keep_days;
  report->sources[report->nsources++] = copy;
  if (info->watermark > report->watermark) report->watermark = info->watermark;
  if (!info->any) return PS_OK;
  if (!report->any || info->first < report->first) report->first = info->first;
  if (!report->any || info->last > report->last) report->last = info->last;
  report->any = true;
  return PS_OK;
}

int report_add_day(struct report *report, const struct ps_account_day *day, struct ps_error *err) {
  struct report_source_day source;
  int r = source_from_account(day, report->measure_of, report->options.show_ids, &source, err);
  return r == PS_OK ? report_take_day(report, &source, err) : r;
}

/* ---- a store ---- */

struct reading {
  struct report *report;
  const char *dir;
  struct ps_accounts_info info;
  bool begun;
};

static int begin(struct reading *reading, struct ps_error *err) {
  if (reading->begun) return PS_OK;
  reading->begun = true;
  return report_begin_source(reading->report, reading->dir, &reading->info, err);
}

static int visit_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  struct reading *reading = context;
  int r = begin(reading, err);
  return r == PS_OK ? report_add_day(reading->report, day, err) : r;
}

/* Whether there are documentIds that nobody counted. */
static int look_for_unaccounted(struct report *report, struct ps_seen *seen, struct ps_error *err) {
  struct ps_seen_info info = {0};
  int r = ps_seen_info(seen, &info, err);
  if (r == PS_OK) report->unaccounted |= info.keys > 0;
  ps_seen_info_release(&info);
  return r;
}

int report_read_store(struct report *report, const char *dir, struct ps_error *err) {
  const struct report_options *options = &report->options;
  struct reading reading = {.report = report, .dir = dir};
  day_t from = options->from_given ? options->from : 0;
  day_t to = options->to_given ? options->to : DAY_MAX;
  if (from > to)
    return error_set(err, PS_E_ARGUMENT, "the first day of the report is after its last one");
  struct ps_seen *seen = NULL;
  int r = ps_seen_open(
      dir, &(struct ps_seen_options){.size = sizeof(struct ps_seen_options), .read_only = true},
      &seen, err);
  if (r == PS_OK)
    r = ps_accounts_read(seen, from, to, report_kept(report), &reading.info, visit_day, &reading,
                         err);
  if (r == PS_OK) r = begin(&reading, err);
  if (r == PS_OK && !reading.info.any) r = look_for_unaccounted(report, seen, err);
  ps_seen_close(seen);
  return r;
}

int report_finish(struct report *report, struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < report->nsource && r == PS_OK; i++)
    r = source_cut(&report->source[i], report_kept(report), err);
  if (r == PS_OK) r = derive_days(report, err);
  if (r == PS_OK) r = derive_labels(report, err);
  if (r == PS_OK) r = derive_distributions(report, err);
  if (r == PS_OK) r = derive_flags(report, err);
  for (size_t rank = 0; rank < PS_RANK_MEASURES + report->nmeasures && r == PS_OK; rank++)
    r = derive_ranking(report, rank, err);
  return r;
}

/* ---- nothing to report ---- */

static int say_days_asked_for(const struct report_options *options, struct buffer *out,
                              struct ps_error *err) {
  char from[DAY_TEXT], to[DAY_TEXT];
  day_format(options->from, from);
  day_format(options->to, to);
  if (!options->to_given) return buffer_printf(out, err, "since %s", from);
  if (!options->from_given) return buffer_printf(out, err, "until %s", to);
  if (options->from == options->to) return buffer_printf(out, err, "on %s", from);
  return buffer_printf(out, err, "from %s to %s", from, to);
}

int report_say_absence(const struct report *report, struct buffer *out, struct ps_error *err) {
  char first[DAY_TEXT], last[DAY_TEXT];
  if (!report->any && report->unaccounted)
    return buffer_printf(out, err,
                         "The store holds documentIds, but no pings were counted: they were "
                         "filtered with --no-accounts, or by a pingsieve that did not count yet.");
  if (!report->any) return buffer_printf(out, err, "No pings were counted yet.");
  day_format(report->first, first);
  day_format(report->last, last);
  int r = buffer_printf(out, err, "No pings were counted ");
  if (r == PS_OK) r = say_days_asked_for(&report->options, out, err);
  if (r == PS_OK)
    r = buffer_printf(out, err, "; the %s has %s to %s.", report->from_json ? "report" : "store",
                      first, last);
  return r;
}
