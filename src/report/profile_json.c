/* A profile as JSON: all there is, exactly; src/report/profile.schema.json documents it. A text
 * that is no UTF-8 has U+FFFD in it, and stands beside as NAME_base64 as it is. */
#include "base/instant.h"
#include "base/utf8.h"
#include "report/identity.h"
#include "report/json_writer.h"
#include "report/profile_render.h"
#include "report/profile_words.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FORMAT  "pingsieve-profile"
#define VERSION 1u

static const char *const populations[PS_POPULATIONS] = {[PS_ALL_COPIES] = "all_copies",
                                                        [PS_FIRST_COPIES] = "first_copies",
                                                        [PS_SEEN_ONCE] = "seen_once"};

/* ---- members ---- */

static void put_text(struct json_writer *w, const char *name, const char *text) {
  size_t len = strlen(text), n = 1;
  char exact[32];
  json_string_or_null(w, name, text);
  for (size_t at = 0; at < len && n; at += n) n = utf8_length((const uint8_t *)text + at, len - at);
  if (n) return;
  (void)snprintf(exact, sizeof exact, "%s_base64", name);
  json_base64(w, exact, (const uint8_t *)text, len);
}

static void put_counts(struct json_writer *w, const char *name,
                       const uint64_t count[PS_POPULATIONS]) {
  json_open(w, name, '{', true);
  for (int p = 0; p < PS_POPULATIONS; p++) json_count(w, populations[p], count[p]);
  json_close(w, '}');
}

/* null for a population without numbers */
static void put_reals(struct json_writer *w, const char *name,
                      const struct ps_profile_numbers *numbers, const double real[PS_POPULATIONS]) {
  json_open(w, name, '{', true);
  for (int p = 0; p < PS_POPULATIONS; p++)
    json_exact(w, populations[p], numbers->count[p] ? real[p] : NAN);
  json_close(w, '}');
}

static void put_instant(struct json_writer *w, const char *time, const char *ns, bool given,
                        uint64_t value) {
  char text[INSTANT_TEXT];
  if (given) {
    instant_format(value, text);
    json_string_or_null(w, time, text);
    json_count(w, ns, value);
  } else {
    json_string_or_null(w, time, NULL);
    json_string_or_null(w, ns, NULL);
  }
}

/* ---- numbers ---- */

static void put_bins(struct json_writer *w, const char *name, const struct ps_profile_bin *bins,
                     size_t n) {
  json_open(w, name, '[', n == 0);
  for (size_t i = 0; i < n; i++) {
    json_open(w, NULL, '{', true);
    json_exact(w, "from", bins[i].from);
    json_exact(w, "to", bins[i].to);
    put_counts(w, "count", bins[i].count);
    json_close(w, '}');
  }
  json_close(w, ']');
}

static void put_numbers(struct json_writer *w, const char *name,
                        const struct ps_profile_numbers *numbers) {
  json_open(w, name, '{', false);
  put_counts(w, "count", numbers->count);
  put_reals(w, "mean", numbers, numbers->mean);
  put_reals(w, "min", numbers, numbers->min);
  put_reals(w, "max", numbers, numbers->max);
  json_open(w, "quantile", '{', false);
  for (int p = 0; p < PS_POPULATIONS; p++) {
    json_open(w, populations[p], '[', true);
    for (size_t q = 0; q < PS_PROFILE_QUANTILES && numbers->count[p]; q++)
      json_exact(w, NULL, numbers->quantile[p][q]);
    json_close(w, ']');
  }
  json_close(w, '}');
  put_bins(w, "linear", numbers->linear, numbers->nlinear);
  put_bins(w, "log", numbers->log, numbers->nlog);
  put_counts(w, "not_positive", numbers->not_positive);
  json_close(w, '}');
}

/* ---- the parts of a client ---- */

static void put_days(struct json_writer *w, const struct ps_profile_client *client) {
  json_open(w, "days", '[', client->ndays == 0);
  for (size_t i = 0; i < client->ndays; i++) {
    const struct ps_profile_day *day = &client->days[i];
    json_open(w, NULL, '{', true);
    json_day(w, "day", day->has_day, day->day);
    put_counts(w, "pings", day->pings);
    json_count(w, "documents", day->documents);
    json_close(w, '}');
  }
  json_close(w, ']');
}

static void put_documents(struct json_writer *w, const struct ps_profile_client *client) {
  json_open(w, "documents", '[', client->ndocuments == 0);
  for (size_t i = 0; i < client->ndocuments; i++) {
    const struct ps_profile_document *document = &client->documents[i];
    json_open(w, NULL, '{', true);
    put_text(w, "id", document->id);
    json_count(w, "count", document->count);
    json_count(w, "days", document->days);
    json_day(w, "first_day", document->has_day, document->first_day);
    json_day(w, "last_day", document->has_day, document->last_day);
    put_instant(w, "first_time", "first_ns", document->has_time, document->first_ns);
    put_instant(w, "last_time", "last_ns", document->has_time, document->last_ns);
    json_close(w, '}');
  }
  json_close(w, ']');
}

static void put_measures(struct json_writer *w, const struct ps_profile_client *client) {
  json_open(w, "measures", '[', client->nmeasures == 0);
  for (size_t m = 0; m < client->nmeasures; m++) {
    const struct ps_profile_measure *measure = &client->measures[m];
    json_open(w, NULL, '{', false);
    put_text(w, "name", measure->name);
    put_text(w, "path", measure->path);
    put_counts(w, "sum", measure->sum);
    put_counts(w, "implausible", measure->implausible);
    if (measure->has_member) {
      json_open(w, "member", '{', false);
      put_counts(w, "sum", measure->member_sum);
      put_counts(w, "pings", measure->member_pings);
      put_counts(w, "odd", measure->member_odd);
      put_counts(w, "disagree", measure->disagree);
      json_close(w, '}');
    } else json_string_or_null(w, "member", NULL);
    put_numbers(w, "per_ping", &measure->per_ping);
    json_close(w, '}');
  }
  json_close(w, ']');
}

static void put_value(struct json_writer *w, const struct ps_profile_value *value) {
  bool only_here = false;
  json_open(w, NULL, '{', true);
  put_text(w, "text", value->text);
  put_counts(w, "count", value->count);
  json_open(w, "fleet", '{', true);
  json_count(w, "count", value->fleet.count);
  json_count(w, "error", value->fleet.error);
  json_close(w, '}');
  json_open(w, "lift", '{', true);
  for (int p = 0; p < PS_POPULATIONS; p++) {
    json_exact(w, populations[p], value->lift[p]);
    only_here |= isinf(value->lift[p]) != 0;
  }
  json_close(w, '}');
  json_bool(w, "only_here", only_here);
  json_close(w, '}');
}

static void put_fields(struct json_writer *w, const struct ps_profile_client *client) {
  json_open(w, "fields", '[', client->nfields == 0);
  for (size_t f = 0; f < client->nfields; f++) {
    const struct ps_profile_field *field = &client->fields[f];
    json_open(w, NULL, '{', false);
    put_text(w, "name", field->name);
    put_text(w, "text", field->text);
    json_bool(w, "walk", field->walk);
    put_counts(w, "pings", field->pings);
    put_counts(w, "clamped", field->clamped);
    put_counts(w, "distinct", field->distinct);
    json_bool(w, "capped", field->capped);
    put_counts(w, "other", field->other);
    json_open(w, "values", '[', field->n == 0);
    for (size_t i = 0; i < field->n; i++) put_value(w, &field->values[i]);
    json_close(w, ']');
    if (field->numeric) put_numbers(w, "numbers", &field->numbers);
    else json_string_or_null(w, "numbers", NULL);
    json_close(w, '}');
  }
  json_close(w, ']');
}

static void put_standouts(struct json_writer *w, const struct ps_profile_client *client) {
  struct profile_standout standouts[PROFILE_STANDOUTS];
  size_t n = profile_standouts(client, standouts);
  json_open(w, "standouts", '[', n == 0);
  for (size_t i = 0; i < n; i++) {
    json_open(w, NULL, '{', true);
    put_text(w, "field", standouts[i].field->name);
    put_text(w, "value", standouts[i].value->text);
    json_string_or_null(w, "population", populations[standouts[i].population]);
    json_close(w, '}');
  }
  json_close(w, ']');
}

/* ---- its looks ---- */

static void put_words(struct json_writer *w, struct buffer *words) {
  json_string_or_null(w, "words", words->data ? (const char *)words->data : "");
  buffer_clear(words);
}

static void put_looks(struct json_writer *w, const struct ps_profile_client *client) {
  struct buffer words = BUFFER_INIT;
  bool any = false;
  for (unsigned i = 0; i < PS_LOOKS; i++) any |= client->looks[i];
  json_open(w, "looks", '[', !any);
  for (unsigned i = 0; i < PS_LOOKS && w->status == PS_OK; i++) {
    if (!client->looks[i]) continue;
    w->status = profile_look_words(client, (enum ps_look)i, &words, w->err);
    json_open(w, NULL, '{', true);
    json_string_or_null(w, "look", ps_look_name((enum ps_look)i));
    put_words(w, &words);
    json_close(w, '}');
  }
  json_close(w, ']');
  buffer_release(&words);
}

static void put_evidence(struct json_writer *w, const struct ps_profile_evidence *evidence) {
  json_open(w, "evidence", '{', true);
  json_count(w, "pings", evidence->pings);
  json_count(w, "documents", evidence->documents);
  json_count(w, "once", evidence->once);
  json_count(w, "most_copies", evidence->most_copies);
  json_count(w, "cities", evidence->cities);
  json_count(w, "speeds", evidence->speeds);
  json_count(w, "lengths", evidence->lengths);
  json_count(w, "sessions", evidence->sessions);
  json_count(w, "sessions_of", evidence->sessions_of);
  json_count(w, "days", evidence->days);
  json_day(w, "busiest_day", evidence->days > 0, evidence->busiest_day);
  json_count(w, "busiest_pings", evidence->busiest_pings);
  json_count(w, "busiest_documents", evidence->busiest_documents);
  json_close(w, '}');
}

static void put_client(struct json_writer *w, const struct ps_profile_client *client,
                       bool show_ids) {
  char name[PROFILE_NAME], key[2 * IDENTITY_KEY + 1];
  struct identity who;
  identity_of_client(&who, &client->client, show_ids);
  identity_format_key(&who, key);
  json_open(w, NULL, '{', false);
  json_string_or_null(w, "client", profile_client_name(client, show_ids, name));
  json_string_or_null(w, "key", key);
  json_string_or_null(w, "kind", identity_kind_name(client->client.kind));
  put_counts(w, "pings", client->pings);
  json_count(w, "without_id", client->without_id);
  json_count(w, "fleet_pings", client->fleet_pings);
  put_looks(w, client);
  put_evidence(w, &client->evidence);
  put_standouts(w, client);
  put_days(w, client);
  put_documents(w, client);
  put_measures(w, client);
  put_fields(w, client);
  json_close(w, '}');
}

/* ---- the document ---- */

static void put_head(struct json_writer *w, const struct ps_profile *profile, bool show_ids) {
  char made[INSTANT_TEXT];
  instant_format((profile->made <= UINT32_MAX ? profile->made : UINT32_MAX) * 1000000000, made);
  json_string_or_null(w, "format", FORMAT);
  json_count(w, "version", VERSION);
  json_string_or_null(w, "made", made);
  json_bool(w, "whole", profile->whole);
  json_bool(w, "whole_ids", show_ids);
  json_count(w, "files", profile->files);
  json_count(w, "lines", profile->lines);
  json_count(w, "bytes", profile->bytes);
  json_count(w, "pings", profile->pings);
  json_count(w, "malformed", profile->malformed);
  json_count(w, "blank", profile->blank);
  json_count(w, "not_selected", profile->not_selected);
  json_count(w, "without_client", profile->without_client);
  json_count(w, "canary", profile->canary);
  json_day(w, "first_day", profile->any_day, profile->first_day);
  json_day(w, "last_day", profile->any_day, profile->last_day);
  json_count(w, "values", profile->values);
  json_bool(w, "values_ended", profile->values_ended);
  json_open(w, "quantiles", '[', true);
  for (size_t q = 0; q < PS_PROFILE_QUANTILES; q++) json_exact(w, NULL, ps_profile_quantiles[q]);
  json_close(w, ']');
  json_open(w, "examples", '[', profile->nexamples == 0);
  for (size_t i = 0; i < profile->nexamples; i++) {
    json_open(w, NULL, '{', true);
    put_text(w, "path", profile->examples[i].path);
    json_count(w, "line", profile->examples[i].line);
    json_count(w, "offset", profile->examples[i].offset);
    put_text(w, "reason", profile->examples[i].reason);
    json_close(w, '}');
  }
  json_close(w, ']');
}

int profile_render_json(const struct ps_profile *profile,
                        const struct profile_render_options *options, struct buffer *out,
                        struct ps_error *err) {
  struct json_writer w = {.out = out, .err = err};
  json_open(&w, NULL, '{', false);
  put_head(&w, profile, options->show_ids);
  json_open(&w, "clients", '[', profile->nclients == 0);
  for (size_t i = 0; i < profile->nclients; i++)
    put_client(&w, &profile->clients[i], options->show_ids);
  json_close(&w, ']');
  json_close(&w, '}');
  if (w.status == PS_OK) w.status = buffer_append(out, "\n", 1, err);
  return w.status;
}
