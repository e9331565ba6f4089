#include "profile/result.h"

#include "base/error.h"
#include "profile/clients.h"
#include "profile/look.h"
#include "profile/numbers.h"

#include <stdlib.h>
#include <string.h>

struct result {
  struct ps_profile profile;
  struct pieces pieces;
};

void result_free(struct result *result) {
  if (!result) return;
  pieces_release(&result->pieces);
  free(result);
}

struct ps_profile *result_profile(struct result *result) {
  return &result->profile;
}

/* ---- days and documents ---- */

static int fill_days(struct result *result, const struct collect_client *from,
                     struct ps_profile_client *made, struct ps_error *err) {
  struct ps_profile_day *days = pieces_add(&result->pieces, from->ndays, sizeof *days, err);
  if (!days) return PS_E_MEMORY;
  for (size_t i = 0; i < from->ndays; i++) {
    const struct collect_day *day = &from->days[i];
    days[i].has_day = day->day != COLLECT_NO_DAY;
    days[i].day = days[i].has_day ? (uint16_t)day->day : 0;
    days[i].documents = day->documents;
    memcpy(days[i].pings, day->pings, sizeof days[i].pings);
  }
  made->ndays = from->ndays;
  made->days = days;
  return PS_OK;
}

static int fill_documents(struct result *result, const struct repeated *from,
                          struct ps_profile_client *made, struct ps_error *err) {
  struct ps_profile_document *documents =
      pieces_add(&result->pieces, from->n, sizeof *documents, err);
  if (!documents) return PS_E_MEMORY;
  for (size_t i = 0; i < from->n; i++) {
    const struct repeated_document *document = &from->at[i];
    documents[i] = (struct ps_profile_document){.id = (const char *)document->id,
                                                .count = document->count,
                                                .days = document->days,
                                                .has_day = document->has_day,
                                                .first_day = document->first_day,
                                                .last_day = document->last_day,
                                                .has_time = document->has_time,
                                                .first_ns = document->first_ns,
                                                .last_ns = document->last_ns};
  }
  made->ndocuments = from->n;
  made->documents = documents;
  return PS_OK;
}

/* ---- measures ---- */

static int fill_measures(struct result *result, const struct result_source *source, size_t client,
                         struct numbers *numbers, struct ps_profile_client *made,
                         struct ps_error *err) {
  const struct collect *c = source->collect;
  const unsigned n = c->options.measures;
  struct ps_profile_measure *measures = pieces_add(&result->pieces, n, sizeof *measures, err);
  if (!measures) return PS_E_MEMORY;
  for (unsigned i = 0; i < n; i++) {
    const struct collect_measure *from = &c->clients[client].measure[i];
    struct ps_profile_measure *to = &measures[i];
    to->name = source->measures[i].name;
    to->path = source->measures[i].path;
    to->has_member = source->has_member[i];
    memcpy(to->sum, from->sum, sizeof to->sum);
    memcpy(to->implausible, from->implausible, sizeof to->implausible);
    memcpy(to->member_sum, from->member_sum, sizeof to->member_sum);
    memcpy(to->member_pings, from->member_pings, sizeof to->member_pings);
    memcpy(to->member_odd, from->member_odd, sizeof to->member_odd);
    memcpy(to->disagree, from->disagree, sizeof to->disagree);
    numbers_begin(&numbers[collect_group(client, i)], &to->per_ping);
  }
  made->nmeasures = n;
  made->measures = measures;
  return PS_OK;
}

static int first_time(void *context, uint32_t group, uint64_t value,
                      const uint64_t count[PS_POPULATIONS], struct ps_error *err) {
  struct numbers *numbers = context;
  (void)err;
  numbers_first(&numbers[group], (double)value, count);
  return PS_OK;
}

static int second_time(void *context, uint32_t group, uint64_t value,
                       const uint64_t count[PS_POPULATIONS], struct ps_error *err) {
  struct numbers *numbers = context;
  (void)err;
  numbers_second(&numbers[group], (double)value, count);
  return PS_OK;
}

/* Of all clients at once: frequencies come in the order of clients and measures. */
static int count_measures(const struct collect *c, struct numbers *numbers, struct ps_error *err) {
  int r = frequencies_each(c->frequencies, first_time, numbers, err);
  for (size_t i = 0; i < c->options.clients && !r; i++)
    for (unsigned m = 0; m < c->options.measures; m++) numbers_turn(&numbers[collect_group(i, m)]);
  return r ? r : frequencies_each(c->frequencies, second_time, numbers, err);
}

/* ---- fields and evidence ---- */

static int fill_fields(struct result *result, const struct result_source *source, size_t client,
                       struct ps_profile_client *made, struct ps_error *err) {
  const struct collect *c = source->collect;
  const unsigned n = fields_visible(source->fields);
  const struct result_fleet fleet = {.fleet = source->whole ? NULL : c->fleet,
                                     .pings = made->fleet_pings,
                                     .is_in = clients_are_others(c->options.clients) &&
                                              made->client.kind != PS_CLIENT_CANARY};
  struct ps_profile_field *fields = pieces_add(&result->pieces, n, sizeof *fields, err);
  int r = fields ? PS_OK : PS_E_MEMORY;
  for (unsigned i = 0; i < n && !r; i++)
    r = result_field(&result->pieces, source, client, i, &fleet, &fields[i], err);
  made->nfields = n;
  made->fields = fields;
  return r;
}

static void find_days(const struct ps_profile_client *client, struct ps_profile_evidence *made) {
  for (size_t i = 0; i < client->ndays; i++) {
    const struct ps_profile_day *day = &client->days[i];
    if (!day->has_day) continue;
    made->days++;
    if (day->pings[PS_FIRST_COPIES] > made->busiest_documents)
      made->busiest_documents = day->pings[PS_FIRST_COPIES];
    if (day->pings[PS_ALL_COPIES] <= made->busiest_pings) continue;
    made->busiest_pings = day->pings[PS_ALL_COPIES];
    made->busiest_day = day->day;
  }
}

/* How many different values the first copies have of a field, and how many have any. */
static uint64_t find_values(const struct result_source *source, size_t client,
                            enum field_evidence evidence, uint64_t *of) {
  const struct collect *c = source->collect;
  const unsigned field = fields_evidence(source->fields, evidence);
  *of = 0;
  if (field == FIELDS_MAX) return 0;
  *of = c->clients[client].field[field].pings[PS_FIRST_COPIES];
  return result_distinct(values_table(c->values, client, field), PS_FIRST_COPIES);
}

static int judge(const struct result_source *source, size_t client, struct ps_profile_client *made,
                 struct ps_error *err) {
  const struct collect *c = source->collect;
  const unsigned speed = fields_evidence(source->fields, FIELD_SPEED);
  struct ps_profile_evidence *e = &made->evidence;
  struct look_data data = {.with_id = made->pings[PS_ALL_COPIES] - made->without_id};
  uint64_t lengths_of;
  *e = (struct ps_profile_evidence){.pings = made->pings[PS_ALL_COPIES],
                                    .documents = made->pings[PS_FIRST_COPIES],
                                    .once = made->pings[PS_SEEN_ONCE],
                                    .most_copies = c->clients[client].most_copies};
  e->cities = find_values(source, client, FIELD_CITY, &data.cities_of);
  e->speeds = find_values(source, client, FIELD_SPEED, &data.speeds_of);
  e->lengths = find_values(source, client, FIELD_LENGTH, &lengths_of);
  e->sessions = find_values(source, client, FIELD_SESSION, &e->sessions_of);
  find_days(made, e);
  if (source->whole) return PS_OK;
  int r = speed == FIELDS_MAX ? PS_OK
                              : result_cluster(values_table(c->values, client, speed),
                                               LOOK_SPEED_NEAR, &data.one_speed, err);
  if (!r) look_judge(e, &data, made->looks);
  return r;
}

/* ---- all of it ---- */

static uint64_t others_pings(const struct result_source *source,
                             const struct ps_profile_client *client) {
  const struct trace_head *total = source->total;
  if (source->whole) return 0;
  const uint64_t all = total->pings - total->without_client - total->canary;
  return client->client.kind == PS_CLIENT_CANARY ? all : all - client->pings[PS_ALL_COPIES];
}

static int fill_client(struct result *result, const struct result_source *source, size_t client,
                       struct numbers *numbers, struct ps_profile_client *made,
                       struct ps_error *err) {
  const struct collect_client *from = &source->collect->clients[client];
  made->client = source->who[client].client;
  made->name = source->who[client].name;
  memcpy(made->pings, from->pings, sizeof made->pings);
  made->without_id = from->without_id;
  made->fleet_pings = others_pings(source, made);
  int r = fill_days(result, from, made, err);
  if (!r) r = fill_documents(result, &from->repeated, made, err);
  if (!r) r = fill_measures(result, source, client, numbers, made, err);
  if (!r) r = fill_fields(result, source, client, made, err);
  return r ? r : judge(source, client, made, err);
}

static int fill(struct result *result, const struct result_source *source, struct numbers *numbers,
                struct ps_error *err) {
  const struct trace_head *total = source->total;
  const size_t n = source->collect->options.clients;
  struct ps_profile_client *clients = pieces_add(&result->pieces, n, sizeof *clients, err);
  int r = clients ? PS_OK : PS_E_MEMORY;
  for (size_t i = 0; i < n && !r; i++)
    r = fill_client(result, source, i, numbers, &clients[i], err);
  if (!r) r = count_measures(source->collect, numbers, err);
  result->profile = (struct ps_profile){.nclients = n,
                                        .clients = clients,
                                        .whole = source->whole,
                                        .lines = total->lines,
                                        .pings = total->pings,
                                        .malformed = total->malformed,
                                        .blank = total->blank,
                                        .not_selected = total->not_selected,
                                        .without_client = total->without_client,
                                        .canary = total->canary,
                                        .any_day = total->any_day,
                                        .first_day = total->first_day,
                                        .last_day = total->last_day,
                                        .values_ended = values_ended(source->collect->values)};
  return r;
}

int result_create(const struct result_source *source, struct result **result,
                  struct ps_error *err) {
  const size_t groups = source->collect->options.clients * PING_SUMS;
  struct numbers *numbers = calloc(groups, sizeof *numbers);
  struct result *made = calloc(1, sizeof *made);
  int r = numbers && made ? fill(made, source, numbers, err)
                          : error_memory(err, groups * sizeof *numbers);
  free(numbers);
  if (r) result_free(made);
  else *result = made;
  return r;
}
