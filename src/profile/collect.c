#include "profile/collect.h"

#include "base/arith.h"
#include "base/error.h"
#include "profile/payload.h"

#include <stdlib.h>
#include <string.h>

#define DAYS_FIRST 16u

struct collect_scratch {
  struct payload payload;
  struct payload_field field;
};

int collect_init(struct collect *c, const struct collect_options *options, struct ps_error *err) {
  const size_t clients = options->clients;
  *c = (struct collect){.options = *options};
  c->clients = calloc(clients, sizeof *c->clients);
  c->scratch = calloc(1, sizeof *c->scratch);
  if (!c->clients || !c->scratch) return error_memory(err, clients * sizeof *c->clients);
  int r = values_create(clients, options->fields, options->values, PS_PROFILE_ALL, &c->values, err);
  /* A measurement takes far less than a document, and there are fewer different ones. */
  const size_t share = options->memory / 4;
  if (!r) r = documents_open(options->directory, options->memory - share, &c->documents, err);
  if (!r) r = frequencies_open(options->directory, share, &c->frequencies, err);
  if (!r && options->fleet) r = fleet_create(&c->fleet, err);
  return r;
}

void collect_reduce(struct collect *c) {
  documents_close(c->documents);
  frequencies_close(c->frequencies);
  fleet_free(c->fleet);
  free(c->scratch);
  c->documents = NULL;
  c->frequencies = NULL;
  c->fleet = NULL;
  c->scratch = NULL;
}

void collect_release(struct collect *c) {
  collect_reduce(c);
  for (size_t i = 0; c->clients && i < c->options.clients; i++) {
    free(c->clients[i].days);
    repeated_release(&c->clients[i].repeated);
  }
  free(c->clients);
  values_free(c->values);
  *c = (struct collect){.clients = NULL};
}

/* ---- days ---- */

static int insert_day(struct collect_client *client, size_t at, uint32_t day,
                      struct ps_error *err) {
  if (client->ndays == client->days_cap) {
    const size_t cap = client->days_cap ? 2 * client->days_cap : DAYS_FIRST;
    struct collect_day *days = realloc(client->days, cap * sizeof *days);
    if (!days) return error_memory(err, cap * sizeof *days);
    client->days = days;
    client->days_cap = cap;
  }
  struct collect_day *place = &client->days[at];
  memmove(place + 1, place, (client->ndays - at) * sizeof *place);
  *place = (struct collect_day){.day = day};
  client->ndays++;
  return PS_OK;
}

/* The row of a day, made if need be. */
static int find_day(struct collect_client *client, bool has_day, day_t given,
                    struct collect_day **row, struct ps_error *err) {
  const uint32_t day = has_day ? given : COLLECT_NO_DAY;
  size_t low = 0, high = client->ndays;
  int r = PS_OK;
  if (client->last_day < high && client->days[client->last_day].day == day) low = client->last_day;
  else
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (client->days[middle].day < day) low = middle + 1;
      else high = middle;
    }
  if (low == client->ndays || client->days[low].day != day) r = insert_day(client, low, day, err);
  if (r) return r;
  client->last_day = low;
  *row = &client->days[low];
  return PS_OK;
}

/* ---- counting a payload ---- */

static void count_field(struct collect *c, size_t client, unsigned field,
                        const struct payload_field *found, const uint64_t count[PS_POPULATIONS]) {
  struct collect_field *to = &c->clients[client].field[field];
  for (enum ps_population p = PS_ALL_COPIES; p < PS_POPULATIONS; p++) {
    if (!count[p]) continue;
    for (size_t i = 0; i < found->ncodes; i++)
      values_count(c->values, client, field, found->code[i], p, count[p]);
    if (found->other)
      values_count(c->values, client, field, VALUES_OTHER, p, found->other * count[p]);
    to->clamped[p] += found->clamped * count[p];
    to->pings[p] += found->ncodes || found->other ? count[p] : 0;
  }
}

static int count_measure(struct collect *c, size_t client, unsigned measure,
                         const struct trace_measure *found, const uint64_t count[PS_POPULATIONS],
                         struct ps_error *err) {
  struct collect_measure *to = &c->clients[client].measure[measure];
  for (enum ps_population p = PS_ALL_COPIES; p < PS_POPULATIONS; p++) {
    if (!count[p]) continue;
    count_raise(&to->sum[p], found->sum);
    count_raise(&to->implausible[p], found->implausible);
    to->member_odd[p] += found->state == MEMBER_ODD;
    if (found->state != MEMBER_PLAUSIBLE) continue;
    count_raise(&to->member_sum[p], found->member);
    to->member_pings[p]++;
    to->disagree[p] += found->member != found->sum;
  }
  return frequencies_add(c->frequencies, collect_group(client, measure), found->sum, count, err);
}

/* count: 0 or 1 for each population. */
static int count_payload(struct collect *c, size_t client, const uint8_t *payload, size_t len,
                         const uint64_t count[PS_POPULATIONS], struct ps_error *err) {
  struct cursor cursor = cursor_of(payload, len);
  struct trace_measure measure;
  int r = PS_OK;
  for (enum ps_population p = PS_ALL_COPIES; p < PS_POPULATIONS; p++)
    c->clients[client].pings[p] += count[p];
  for (unsigned i = 0; i < c->options.fields; i++) {
    payload_take_field(&cursor, &c->scratch->field);
    count_field(c, client, i, &c->scratch->field, count);
  }
  for (unsigned i = 0; i < c->options.measures && !r; i++) {
    payload_take_measure(&cursor, &measure);
    r = count_measure(c, client, i, &measure, count, err);
  }
  if (!r && !cursor_ended(&cursor))
    r = error_set(err, PS_E_INTERNAL, "the payload of a document is damaged");
  return r;
}

/* ---- pings ---- */

int collect_fleet(struct collect *c, struct cursor *cursor, struct ps_error *err) {
  size_t n;
  const uint8_t *hash = trace_take_fleet(cursor, &n);
  int r = PS_OK;
  for (; n && !r; n--, hash += FLEET_HASH) r = fleet_add(c->fleet, hash, err);
  return r;
}

/* Codes the values of a ping's next field. */
static int code_field(struct collect *c, size_t client, unsigned field, struct cursor *cursor,
                      struct ps_error *err) {
  struct payload *payload = &c->scratch->payload;
  struct payload_field *made = &c->scratch->field;
  const size_t n = trace_take_field(cursor, &made->other);
  int r = PS_OK;
  made->ncodes = 0;
  made->clamped = 0;
  for (size_t i = 0; i < n && !r; i++) {
    struct field_value value;
    uint32_t code = VALUES_OTHER;
    trace_take_value(cursor, &value);
    made->clamped += value.clamped;
    if (payload->codes + made->ncodes < PAYLOAD_CODES)
      r = values_code(c->values, client, field, value.text, value.len, value.number, &code, err);
    if (code == VALUES_OTHER) made->other++;
    else made->code[made->ncodes++] = code;
  }
  if (!r) payload_put_field(payload, made);
  return r;
}

static int add_document(struct collect *c, const struct trace_ping *ping, struct ps_error *err) {
  const struct document_ping document = {.client = ping->client,
                                         .key = ping->key,
                                         .id = ping->id,
                                         .id_len = ping->id_len,
                                         .has_day = ping->has_day,
                                         .day = ping->day,
                                         .has_time = ping->has_time,
                                         .time_ns = ping->time_ns,
                                         .payload = c->scratch->payload.data,
                                         .payload_len = c->scratch->payload.len};
  return documents_add(c->documents, &document, err);
}

int collect_ping(struct collect *c, struct cursor *cursor, struct ps_error *err) {
  static const uint64_t all[PS_POPULATIONS] = {[PS_ALL_COPIES] = 1};
  struct trace_ping ping = {.nmeasures = c->options.measures};
  struct payload *payload = &c->scratch->payload;
  struct collect_day *day;
  int r = PS_OK;
  trace_take_ping(cursor, &ping);
  struct collect_client *client = &c->clients[ping.client];
  payload_clear(payload);
  for (unsigned i = 0; i < c->options.fields && !r; i++)
    r = code_field(c, ping.client, i, cursor, err);
  if (r) return r;
  for (unsigned i = 0; i < c->options.measures; i++) payload_put_measure(payload, &ping.measure[i]);
  r = count_payload(c, ping.client, payload->data, payload->len, all, err);
  if (!r) r = find_day(client, ping.has_day, ping.day, &day, err);
  if (r) return r;
  day->pings[PS_ALL_COPIES]++;
  client->without_id += !ping.keyed;
  return ping.keyed ? add_document(c, &ping, err) : PS_OK;
}

/* ---- the end ---- */

struct finishing {
  struct collect *collect;
  const _Atomic bool *stop;
};

static int count_document(void *context, const struct document *document, struct ps_error *err) {
  const struct finishing *f = context;
  struct collect *c = f->collect;
  struct collect_client *client = &c->clients[document->client];
  const bool once = document->count == 1;
  const uint64_t count[PS_POPULATIONS] = {[PS_FIRST_COPIES] = 1, [PS_SEEN_ONCE] = once};
  struct collect_day *day;
  if (*f->stop) return error_set(err, PS_E_STOPPED, "stopped: there is no profile");
  int r = count_payload(c, document->client, document->payload, document->payload_len, count, err);
  for (size_t i = 0; i < document->ndays && !r; i++) {
    r = find_day(client, document->days[i].has_day, document->days[i].day, &day, err);
    if (r) break;
    day->documents++;
    if (i != document->first_day) continue;
    day->pings[PS_FIRST_COPIES]++;
    day->pings[PS_SEEN_ONCE] += once;
  }
  if (r) return r;
  if (document->count > client->most_copies) client->most_copies = document->count;
  return repeated_add(&client->repeated, c->options.top, document, err);
}

int collect_finish(struct collect *c, const _Atomic bool *stop, struct ps_error *err) {
  struct finishing finishing = {c, stop};
  int r = documents_finish(c->documents, err);
  if (!r) r = documents_each(c->documents, count_document, &finishing, err);
  if (!r) r = frequencies_finish(c->frequencies, err);
  for (size_t i = 0; i < c->options.clients && !r; i++) repeated_sort(&c->clients[i].repeated);
  return r;
}
