/* A profile as CSV tables. All have the client's name and key first. Each population has a row of
 * its own (column "population"); in the table of days it has a column. */
#include "base/error.h"
#include "base/instant.h"
#include "report/csv_writer.h"
#include "report/identity.h"
#include "report/profile_render.h"
#include "report/profile_words.h"
#include <stdlib.h>
#include <string.h>

/* One table being written. */
struct table {
  struct csv_writer csv;
  const struct ps_profile_client *client;
  char name[PROFILE_NAME]; /* of the client */
  char key[2 * IDENTITY_KEY + 1];
};

/* ---- cells ---- */

/* A shortened name may be that of several clients: the key tells them apart. */
static void client_cells(struct table *t) {
  csv_text(&t->csv, t->name);
  csv_text(&t->csv, t->key);
}

/* A number is one to any reader, though it begins with a minus. */
static void value_cell(struct table *t, const char *text) {
  char *end;
  size_t len = strlen(text);
  if (!len || strspn(text, "-.0123456789") != len || (strtod(text, &end), *end)) {
    csv_text(&t->csv, text);
    return;
  }
  csv_separate(&t->csv);
  if (t->csv.status == PS_OK) t->csv.status = buffer_append(t->csv.out, text, len, t->csv.err);
}

/* The cells that rows of a population begin with. */
static void begin_row(struct table *t, const char *of, const char *text, unsigned population) {
  client_cells(t);
  csv_text(&t->csv, of);
  value_cell(t, text);
  csv_text(&t->csv, ps_population_name((enum ps_population)population));
}

static void day_or_empty(struct table *t, bool given, day_t day) {
  if (given) csv_day(&t->csv, day);
  else csv_empty(&t->csv);
}

static void numbers_head(struct table *t) {
  csv_heads(&t->csv, "numbers mean min p1 p5 p25 p50 p75 p90 p95 p99 p99_9 max");
}

static void numbers_cells(struct table *t, const struct ps_profile_numbers *numbers, unsigned p) {
  csv_count(&t->csv, numbers->count[p]);
  if (!numbers->count[p]) {
    for (size_t i = 0; i < PS_PROFILE_QUANTILES + 3; i++) csv_empty(&t->csv);
    return;
  }
  csv_exact(&t->csv, numbers->mean[p]);
  csv_exact(&t->csv, numbers->min[p]);
  for (size_t q = 0; q < PS_PROFILE_QUANTILES; q++) csv_exact(&t->csv, numbers->quantile[p][q]);
  csv_exact(&t->csv, numbers->max[p]);
}

static void share_cell(struct table *t, uint64_t part, uint64_t of) {
  if (of) csv_exact(&t->csv, (double)part / (double)of);
  else csv_empty(&t->csv);
}

/* ---- tables: heads, and the rows of a client ---- */

static void clients_head(struct table *t) {
  csv_heads(&t->csv, "client key kind pings first_copies seen_once without_id fleet_pings "
                     "most_copies cities speeds lengths sessions sessions_of days busiest_day "
                     "busiest_pings busiest_documents");
}

static void put_client(struct table *t) {
  const struct ps_profile_client *client = t->client;
  const struct ps_profile_evidence *e = &client->evidence;
  const uint64_t figures[] = {client->pings[PS_ALL_COPIES],
                              client->pings[PS_FIRST_COPIES],
                              client->pings[PS_SEEN_ONCE],
                              client->without_id,
                              client->fleet_pings,
                              e->most_copies,
                              e->cities,
                              e->speeds,
                              e->lengths,
                              e->sessions,
                              e->sessions_of,
                              e->days};
  client_cells(t);
  csv_text(&t->csv, identity_kind_name(client->client.kind));
  for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) csv_count(&t->csv, figures[i]);
  day_or_empty(t, e->days > 0, e->busiest_day);
  csv_count(&t->csv, e->busiest_pings);
  csv_count(&t->csv, e->busiest_documents);
  csv_end_row(&t->csv);
}

static void looks_head(struct table *t) { csv_heads(&t->csv, "client key look words"); }

static void put_looks(struct table *t) {
  struct buffer words = BUFFER_INIT;
  for (unsigned i = 0; i < PS_LOOKS && t->csv.status == PS_OK; i++) {
    if (!t->client->looks[i]) continue;
    t->csv.status = profile_look_words(t->client, (enum ps_look)i, &words, t->csv.err);
    client_cells(t);
    csv_text(&t->csv, ps_look_name((enum ps_look)i));
    csv_text(&t->csv, words.data ? (const char *)words.data : "");
    csv_end_row(&t->csv);
    buffer_clear(&words);
  }
  buffer_release(&words);
}

static void days_head(struct table *t) {
  csv_heads(&t->csv, "client key day pings documents first_copies seen_once");
}

static void put_days(struct table *t) {
  for (size_t i = 0; i < t->client->ndays; i++) {
    const struct ps_profile_day *day = &t->client->days[i];
    client_cells(t);
    day_or_empty(t, day->has_day, day->day);
    csv_count(&t->csv, day->pings[PS_ALL_COPIES]);
    csv_count(&t->csv, day->documents);
    csv_count(&t->csv, day->pings[PS_FIRST_COPIES]);
    csv_count(&t->csv, day->pings[PS_SEEN_ONCE]);
    csv_end_row(&t->csv);
  }
}

static void documents_head(struct table *t) {
  csv_heads(&t->csv, "client key document_id pings days first_day last_day first_time last_time");
}

static void instant_cell(struct table *t, bool given, uint64_t ns) {
  char text[INSTANT_TEXT] = "";
  if (given) instant_format(ns, text);
  csv_text(&t->csv, text);
}

static void put_documents(struct table *t) {
  for (size_t i = 0; i < t->client->ndocuments; i++) {
    const struct ps_profile_document *document = &t->client->documents[i];
    client_cells(t);
    csv_text(&t->csv, document->id);
    csv_count(&t->csv, document->count);
    csv_count(&t->csv, document->days);
    day_or_empty(t, document->has_day, document->first_day);
    day_or_empty(t, document->has_day, document->last_day);
    instant_cell(t, document->has_time, document->first_ns);
    instant_cell(t, document->has_time, document->last_ns);
    csv_end_row(&t->csv);
  }
}

static void measures_head(struct table *t) {
  csv_heads(&t->csv, "client key measure path population sum implausible");
  numbers_head(t);
  csv_heads(&t->csv, "member_sum member_pings member_odd disagree");
}

static void put_measures(struct table *t) {
  for (size_t m = 0; m < t->client->nmeasures; m++)
    for (unsigned p = 0; p < PS_POPULATIONS; p++) {
      const struct ps_profile_measure *measure = &t->client->measures[m];
      const uint64_t member[] = {measure->member_sum[p], measure->member_pings[p],
                                 measure->member_odd[p], measure->disagree[p]};
      begin_row(t, measure->name, measure->path, p);
      csv_count(&t->csv, measure->sum[p]);
      csv_count(&t->csv, measure->implausible[p]);
      numbers_cells(t, &measure->per_ping, p);
      for (size_t i = 0; i < sizeof member / sizeof member[0]; i++)
        if (measure->has_member) csv_count(&t->csv, member[i]);
        else csv_empty(&t->csv);
      csv_end_row(&t->csv);
    }
}

static void fields_head(struct table *t) {
  csv_heads(&t->csv, "client key field text population pings clamped distinct capped other");
  numbers_head(t);
}

static void put_fields(struct table *t) {
  for (size_t f = 0; f < t->client->nfields; f++)
    for (unsigned p = 0; p < PS_POPULATIONS; p++) {
      const struct ps_profile_field *field = &t->client->fields[f];
      begin_row(t, field->name, field->text, p);
      csv_count(&t->csv, field->pings[p]);
      csv_count(&t->csv, field->clamped[p]);
      csv_count(&t->csv, field->distinct[p]);
      csv_text(&t->csv, field->capped ? "yes" : "no");
      csv_count(&t->csv, field->other[p]);
      numbers_cells(t, &field->numbers, p);
      csv_end_row(&t->csv);
    }
}

static void values_head(struct table *t) {
  csv_heads(&t->csv, "client key field value population count share fleet fleet_error fleet_share "
                     "lift");
}

static void put_field_values(struct table *t, const struct ps_profile_field *field) {
  for (size_t i = 0; i < field->n; i++)
    for (unsigned p = 0; p < PS_POPULATIONS; p++) {
      const struct ps_profile_value *value = &field->values[i];
      begin_row(t, field->name, value->text, p);
      csv_count(&t->csv, value->count[p]);
      share_cell(t, value->count[p], t->client->pings[p]);
      csv_count(&t->csv, value->fleet.count);
      csv_count(&t->csv, value->fleet.error);
      share_cell(t, value->fleet.count, t->client->fleet_pings);
      if (t->client->fleet_pings) csv_exact(&t->csv, value->lift[p]);
      else csv_empty(&t->csv);
      csv_end_row(&t->csv);
    }
}

static void put_values(struct table *t) {
  for (size_t f = 0; f < t->client->nfields; f++) put_field_values(t, &t->client->fields[f]);
}

static void bins_head(struct table *t) {
  csv_heads(&t->csv, "client key of name population scale from to count");
}

static void put_bins(struct table *t, const char *of, const char *name, const char *scale,
                     const struct ps_profile_bin *bins, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (unsigned p = 0; p < PS_POPULATIONS; p++) {
      begin_row(t, of, name, p);
      csv_text(&t->csv, scale);
      csv_exact(&t->csv, bins[i].from);
      csv_exact(&t->csv, bins[i].to);
      csv_count(&t->csv, bins[i].count[p]);
      csv_end_row(&t->csv);
    }
}

static void put_all_bins(struct table *t) {
  for (size_t m = 0; m < t->client->nmeasures; m++) {
    const struct ps_profile_measure *measure = &t->client->measures[m];
    const struct ps_profile_numbers *numbers = &measure->per_ping;
    put_bins(t, "measure", measure->name, "linear", numbers->linear, numbers->nlinear);
    put_bins(t, "measure", measure->name, "log", numbers->log, numbers->nlog);
  }
  for (size_t f = 0; f < t->client->nfields; f++) {
    const struct ps_profile_field *field = &t->client->fields[f];
    const struct ps_profile_numbers *numbers = &field->numbers;
    if (!field->numeric) continue;
    put_bins(t, "field", field->name, "linear", numbers->linear, numbers->nlinear);
    put_bins(t, "field", field->name, "log", numbers->log, numbers->nlog);
  }
}

static const struct {
  const char *name;
  void (*head)(struct table *t);
  void (*put)(struct table *t);
} tables[] = {
    {"clients", clients_head, put_client},
    {"looks", looks_head, put_looks},
    {"days", days_head, put_days},
    {"documents", documents_head, put_documents},
    {"measures", measures_head, put_measures},
    {"fields", fields_head, put_fields},
    {"values", values_head, put_values},
    {"bins", bins_head, put_all_bins},
};

size_t profile_csv_tables(void) { return sizeof tables / sizeof tables[0]; }

const char *profile_csv_name(size_t table) { return tables[table].name; }

int profile_render_csv(const struct ps_profile *profile,
                       const struct profile_render_options *options, size_t table,
                       struct buffer *out, struct ps_error *err) {
  if (table >= profile_csv_tables()) return error_set(err, PS_E_ARGUMENT, "there is no such table");
  struct table t = {.csv = {.out = out, .err = err}};
  struct identity who;
  tables[table].head(&t);
  csv_end_row(&t.csv);
  for (size_t i = 0; i < profile->nclients; i++) {
    t.client = &profile->clients[i];
    (void)profile_client_name(t.client, options->show_ids, t.name);
    identity_of_client(&who, &t.client->client, false);
    identity_format_key(&who, t.key);
    tables[table].put(&t);
  }
  return t.csv.status;
}
