/* The JSON form: first what the report says, then ("accounts") the days it was made from, which
 * report_read_json() takes back. src/report/report.schema.json documents it. */
#include "report/json_writer.h"
#include "report/render.h"
#include "report/source.h"
#include <time.h>

static const char *const rank_names[] = {"pings", "duplicates", "measurements"};

static const char *name_of_rank(size_t rank) {
  return rank_names[rank < PS_RANK_MEASURES ? rank : PS_RANK_MEASURES];
}

static void put_time(struct json_writer *w, const char *name, uint64_t seconds) {
  time_t time = (time_t)(seconds <= UINT32_MAX ? seconds : UINT32_MAX);
  struct tm utc;
  char text[32] = "";
  if (gmtime_r(&time, &utc)) (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  json_string_or_null(w, name, text);
}

/* ---- pieces of both parts ---- */

static void put_figures(struct json_writer *w, const char *name, const struct report *report,
                        const struct ps_day_figures *figures) {
  json_open(w, name, '{', true);
  json_count(w, "pings", ps_day_figures_pings(figures));
  for (int c = 0; c < PS_PING_CLASSES; c++)
    json_count(w, ps_class_name((enum ps_class)c), figures->count[c]);
  json_count(w, "bytes_in", figures->bytes_in);
  json_count(w, "bytes_out", figures->bytes_out);
  json_count(w, "withheld", figures->withheld);
  json_open(w, "measurements", '[', true);
  for (size_t m = 0; m < report->nmeasures; m++) json_count(w, NULL, figures->measurements[m]);
  json_close(w, ']');
  json_open(w, "implausible", '[', true);
  for (size_t m = 0; m < report->nmeasures; m++) json_count(w, NULL, figures->implausible[m]);
  json_close(w, ']');
  json_close(w, '}');
}

static void put_bounded(struct json_writer *w, const char *name, const struct ps_bounded *figure) {
  json_open(w, name, '{', true);
  json_count(w, "count", figure->count);
  json_count(w, "error", figure->error);
  json_close(w, '}');
}

/* Members of an object about a client. */
static void put_client(struct json_writer *w, const char *name, const char *key, unsigned kind) {
  json_string_or_null(w, "client", name);
  json_string_or_null(w, "key", key);
  json_string_or_null(w, "kind", identity_kind_name(kind));
}

static void put_flag(struct json_writer *w, const struct report *report, const struct ps_flag *flag,
                     const char *name, const char *key) {
  bool measured = flag->rule == PS_MEASUREMENT_SPIKE && flag->measure < report->nmeasures;
  json_open(w, NULL, '{', true);
  json_day(w, "day", true, flag->day);
  json_string_or_null(w, "rule", ps_rule_name((enum ps_rule)flag->rule));
  json_string_or_null(w, "measure", measured ? report->measures[flag->measure].name : NULL);
  put_client(w, name, key, flag->client.kind);
  json_count(w, "time", flag->time);
  put_bounded(w, "pings", &flag->pings);
  put_bounded(w, "duplicates", &flag->duplicates);
  put_bounded(w, "measurements", &flag->measurements);
  json_count(w, "limit", flag->limit);
  json_count(w, "evidence", flag->evidence);
  json_count(w, "of", flag->of);
  json_string_or_null(w, "value", flag->value);
  json_close(w, '}');
}

/* ---- the report ---- */

static void put_head(struct json_writer *w, const struct report *report) {
  const struct report_options *options = &report->options;
  json_string_or_null(w, "format", REPORT_JSON_FORMAT);
  json_count(w, "version", REPORT_JSON_VERSION);
  put_time(w, "made", report->made);
  json_open(w, "sources", '[', true);
  for (size_t i = 0; i < report->nsources; i++) json_string_or_null(w, NULL, report->sources[i]);
  json_close(w, ']');
  json_day(w, "watermark", report->watermark > 0, report->watermark);
  json_count(w, "keep_days", report->keep_days);
  json_open(w, "range", '{', true);
  json_day(w, "from", options->from_given, options->from);
  json_day(w, "to", options->to_given, options->to);
  json_day(w, "first", report->any, report->first);
  json_day(w, "last", report->any, report->last);
  json_close(w, '}');
  json_open(w, "filters", '{', true);
  json_string_or_null(w, "doc_type", options->type);
  json_string_or_null(w, "channel", options->channel);
  json_close(w, '}');
  json_count(w, "top", options->top);
  json_bool(w, "whole_ids", options->show_ids);
  json_open(w, "measures", '[', report->nmeasures == 0);
  for (size_t m = 0; m < report->nmeasures; m++) {
    json_open(w, NULL, '{', true);
    json_string_or_null(w, "name", report->measures[m].name);
    json_string_or_null(w, "path", report->measures[m].path);
    json_close(w, '}');
  }
  json_close(w, ']');
}

static void put_totals(struct json_writer *w, const struct report *report) {
  json_open(w, "totals", '{', false);
  put_figures(w, "figures", report, &report->total);
  json_count(w, "clients", report->clients);
  put_figures(w, "without_client", report, &report->without_client);
  put_figures(w, "canary", report, &report->canary);
  json_close(w, '}');
}

static void put_day(struct json_writer *w, const struct report *report,
                    const struct report_day *day) {
  json_open(w, NULL, '{', true);
  json_day(w, "day", true, day->day);
  put_figures(w, "figures", report, &day->figures);
  json_count(w, "keys", day->keys);
  json_bool(w, "incomplete", day->incomplete);
  json_count(w, "clients", day->clients);
  json_count(w, "flags", day->nflags);
  json_open(w, "measures", '[', true);
  for (size_t m = 0; m < report->nmeasures; m++) {
    const struct report_measure_day *measure = &day->measure[m];
    json_open(w, NULL, '{', true);
    json_bool(w, "measured", measure->measured);
    json_decimal(w, "per_ping", measure->per_ping);
    json_decimal(w, "others_median", measure->others_median);
    json_decimal(w, "ratio", measure->ratio);
    json_bool(w, "stands_out", measure->stands_out);
    json_decimal(w, "p50", measure->p50);
    json_decimal(w, "p99", measure->p99);
    json_decimal(w, "max", measure->max);
    json_close(w, '}');
  }
  json_close(w, ']');
  json_close(w, '}');
}

static void put_outliers(struct json_writer *w, const struct report *report) {
  json_open(w, "outliers", '[', false);
  for (size_t i = 0; i < report->ndays; i++)
    for (size_t m = 0; m < report->nmeasures; m++) {
      const struct report_measure_day *measure = &report->days[i].measure[m];
      if (!measure->stands_out) continue;
      json_open(w, NULL, '{', true);
      json_day(w, "day", true, report->days[i].day);
      json_string_or_null(w, "measure", report->measures[m].name);
      json_decimal(w, "per_ping", measure->per_ping);
      json_decimal(w, "others_median", measure->others_median);
      json_decimal(w, "ratio", measure->ratio);
      json_close(w, '}');
    }
  json_close(w, ']');
}

static void put_labels(struct json_writer *w, const char *name, const struct report *report,
                       const struct report_labels *labels, bool type, bool channel) {
  json_open(w, name, '[', false);
  for (size_t i = 0; i < labels->n; i++) {
    json_open(w, NULL, '{', true);
    if (type) json_string_or_null(w, "type", labels->at[i].type);
    if (channel) json_string_or_null(w, "channel", labels->at[i].channel);
    put_figures(w, "figures", report, &labels->at[i].figures);
    json_close(w, '}');
  }
  json_close(w, ']');
}

static void put_rules(struct json_writer *w, uint32_t rules) {
  json_open(w, "rules", '[', true);
  for (unsigned r = 0; r < PS_RULES; r++)
    if (rules & UINT32_C(1) << r) json_string_or_null(w, NULL, ps_rule_name((enum ps_rule)r));
  json_close(w, ']');
}

static void put_ranking(struct json_writer *w, const struct report *report, size_t rank) {
  const struct report_ranking *ranking = &report->ranking[rank];
  json_open(w, NULL, '{', false);
  json_string_or_null(w, "by", name_of_rank(rank));
  json_string_or_null(w, "measure",
                      rank < PS_RANK_MEASURES ? NULL
                                              : report->measures[rank - PS_RANK_MEASURES].name);
  json_count(w, "absent", ranking->absent);
  json_open(w, "clients", '[', false);
  for (size_t i = 0; i < ranking->n; i++) {
    const struct report_client *client = &ranking->at[i];
    json_open(w, NULL, '{', true);
    json_day(w, "day", true, client->day);
    put_client(w, client->name, client->key, client->client.kind);
    json_count(w, "count", client->figure.count);
    json_count(w, "error", client->figure.error);
    json_decimal(w, "share", client->share);
    put_bounded(w, "pings", &client->pings);
    put_bounded(w, "duplicates", &client->duplicates);
    put_bounded(w, "documents", &client->documents);
    put_bounded(w, "measurements", &client->measurements);
    put_rules(w, client->rules);
    json_close(w, '}');
  }
  json_close(w, ']');
  json_close(w, '}');
}

static void put_distribution(struct json_writer *w, const struct report *report, size_t m) {
  static const struct {
    const char *name;
    double q;
  } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
  const struct ps_distribution *distribution = &report->distribution[m];
  json_open(w, NULL, '{', false);
  json_string_or_null(w, "measure", report->measures[m].name);
  json_count(w, "pings", distribution->count);
  json_count(w, "zeros", distribution->zeros);
  json_count(w, "min", distribution->min);
  json_count(w, "max", distribution->max);
  for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
    json_decimal(w, quantiles[i].name,
                 distribution->count ? ps_distribution_quantile(distribution, quantiles[i].q) : 0);
  json_open(w, "bars", '[', false);
  for (size_t i = 0; i < report->nbars[m]; i++) {
    json_open(w, NULL, '{', true);
    json_decimal(w, "from", report->bars[m][i].from);
    json_decimal(w, "to", report->bars[m][i].to);
    json_count(w, "pings", report->bars[m][i].count);
    json_close(w, '}');
  }
  json_close(w, ']');
  json_close(w, '}');
}

static void put_findings(struct json_writer *w, const struct report *report) {
  put_totals(w, report);
  json_open(w, "days", '[', false);
  for (size_t i = 0; i < report->ndays; i++) put_day(w, report, &report->days[i]);
  json_close(w, ']');
  put_outliers(w, report);
  put_labels(w, "types", report, &report->types, true, false);
  put_labels(w, "channels", report, &report->channels, false, true);
  put_labels(w, "labels", report, &report->both, true, true);
  json_open(w, "rankings", '[', false);
  for (size_t r = 0; r < PS_RANK_MEASURES + report->nmeasures; r++) put_ranking(w, report, r);
  json_close(w, ']');
  json_open(w, "flags", '[', false);
  for (size_t i = 0; i < report->nflags; i++)
    put_flag(w, report, &report->flags[i].flag, report->flags[i].name, report->flags[i].key);
  json_close(w, ']');
  json_count(w, "more_flags", report->more_flags);
  json_open(w, "distributions", '[', false);
  for (size_t m = 0; m < report->nmeasures; m++) put_distribution(w, report, m);
  json_close(w, ']');
}

/* ---- the days it was made from ---- */

static void put_source_measure(struct json_writer *w, const struct report_source_day *day,
                               size_t m) {
  const struct ps_distribution *distribution = &day->distribution[m];
  json_open(w, NULL, '{', true);
  json_bool(w, "measured", day->measured[m]);
  json_count(w, "pings", distribution->count);
  json_count(w, "zeros", distribution->zeros);
  json_count(w, "min", distribution->min);
  json_count(w, "max", distribution->max);
  json_open(w, "bins", '[', true);
  for (size_t i = 0; i < distribution->nbins; i++) {
    json_open(w, NULL, '[', true);
    json_count(w, NULL, (uint64_t)distribution->bins[i].index); /* never below 0 */
    json_count(w, NULL, distribution->bins[i].count);
    json_close(w, ']');
  }
  json_close(w, ']');
  json_close(w, '}');
}

static void put_source_ranking(struct json_writer *w, const struct source_ranking *ranking) {
  json_open(w, NULL, '{', false);
  json_count(w, "total", ranking->total);
  json_count(w, "absent", ranking->absent);
  json_open(w, "clients", '[', false);
  for (size_t i = 0; i < ranking->n; i++) {
    const struct source_entry *entry = &ranking->entries[i];
    char key[2 * IDENTITY_KEY + 1];
    identity_format_key(&entry->who, key);
    json_open(w, NULL, '{', true);
    put_client(w, entry->who.name, key, entry->who.client.kind);
    json_count(w, "count", entry->figure.count);
    json_count(w, "error", entry->figure.error);
    json_close(w, '}');
  }
  json_close(w, ']');
  json_close(w, '}');
}

static void put_source(struct json_writer *w, const struct report *report,
                       const struct report_source_day *day) {
  json_open(w, NULL, '{', false);
  json_day(w, "day", true, day->day);
  json_count(w, "keys", day->keys);
  json_open(w, "rows", '[', false);
  for (size_t i = 0; i < day->nrows; i++) {
    json_open(w, NULL, '{', true);
    json_string_or_null(w, "type", day->rows[i].type);
    json_string_or_null(w, "channel", day->rows[i].channel);
    put_figures(w, "figures", report, &day->rows[i].figures);
    json_close(w, '}');
  }
  json_close(w, ']');
  put_figures(w, "without_client", report, &day->without_client);
  put_figures(w, "canary", report, &day->canary);
  json_base64(w, "registers", day->registers, sizeof day->registers);
  json_open(w, "measures", '[', false);
  for (size_t m = 0; m < report->nmeasures; m++) put_source_measure(w, day, m);
  json_close(w, ']');
  json_open(w, "rankings", '[', false);
  for (size_t r = 0; r < PS_RANK_MEASURES + report->nmeasures; r++)
    put_source_ranking(w, &day->ranking[r]);
  json_close(w, ']');
  json_open(w, "flags", '[', false);
  for (size_t i = 0; i < day->nflags; i++) {
    char key[2 * IDENTITY_KEY + 1];
    identity_format_key(&day->flags[i].who, key);
    struct ps_flag flag = day->flags[i].flag;
    flag.client = day->flags[i].who.client;
    put_flag(w, report, &flag, day->flags[i].who.name, key);
  }
  json_close(w, ']');
  json_count(w, "more_flags", day->more_flags);
  json_close(w, '}');
}

int render_json(const struct report *report, struct buffer *out, struct ps_error *err) {
  struct json_writer w = {.out = out, .err = err};
  json_open(&w, NULL, '{', false);
  put_head(&w, report);
  put_findings(&w, report);
  json_open(&w, "accounts", '[', false);
  for (size_t i = 0; i < report->nsource; i++) put_source(&w, report, &report->source[i]);
  json_close(&w, ']');
  json_close(&w, '}');
  if (w.status == PS_OK) w.status = buffer_append(out, "\n", 1, err);
  return w.status;
}
