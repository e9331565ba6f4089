#include "profile/harvest.h"

#include "base/error.h"
#include "base/instant.h"
#include "profile/trace.h"
#include "record/record.h"
#include "scan/subject.h"
#include "scan/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TRACES_KEEP (1u << 20)  /* of a block's memory for traces, from chunk to chunk */
#define TIME_TEXT   64u         /* bytes of a time at most */
#define VALUES_END  "/values/*" /* of the path of one histogram's measure */
#define NO_SLOT     UINT8_MAX

/* A schema and where in its scan's result things stand. */
struct view {
  struct ping_schema *schema;
  struct fields *fields;
  unsigned ntimes;
  uint8_t time[PING_PATHS];
  uint8_t member[PING_SUMS]; /* NO_SLOT: none */
};

struct hand { /* the memory of one worker */
  struct scan_result result;
  struct field_values values;
  struct buffer fleet;
  bool full; /* most pings of its last block were the clients' */
};

struct harvest {
  const struct clients *clients;
  bool whole;
  scan_function *scan;
  struct view lean, full;
  unsigned nmeasures;
  char *member[PING_SUMS]; /* paths; NULL: none */
  uint8_t secret[PS_SECRET_BYTES];
  unsigned workers;
  struct hand *hands;
};

/* ---- schemas ---- */

struct capturing {
  struct harvest *harvest;
  struct view *view;
  const char *const *times; /* NULL: the lean one */
};

static int capture(void *context, const char *const *const paths[PS_FIELDS], struct specs *specs,
                   struct ps_error *err) {
  const struct capturing *c = context;
  struct view *view = c->view;
  int r = fields_capture(view->fields, paths, specs, err);
  const bool given = c->times != ping_default_paths(PS_FIELD_TIME);
  for (unsigned i = 0, n; !r && c->times && c->times[i]; i += n) {
    if (view->ntimes == PING_PATHS)
      return error_set(err, PS_E_ARGUMENT,
                       "\"%s\" is one path too many for the time of a ping: %u are possible",
                       c->times[i], PING_PATHS);
    n = given ? 1 : names_forms(c->times + i);
    r = specs_share(specs, c->times + i, n, &view->time[view->ntimes++], err);
  }
  for (unsigned i = 0; i < PING_SUMS; i++) {
    const char *member = c->times ? c->harvest->member[i] : NULL;
    view->member[i] = NO_SLOT;
    if (!r && member) r = specs_share(specs, &member, 1, &view->member[i], err);
  }
  return r;
}

static int view_open(struct harvest *h, struct view *view, bool full,
                     const struct harvest_options *options, struct ps_error *err) {
  const struct ps_profile_options *o = options->profile;
  const char *sums[PS_MEASURES_MAX + 1];
  const char *const *times = o->read.paths[PS_FIELD_TIME];
  unsigned looked =
      ping_selection_fields(&o->read.selection) | 1u << PS_FIELD_CLIENT | 1u << PS_FIELD_DATE;
  struct capturing capturing = {h, view, NULL};
  if (full) capturing.times = times ? times : ping_default_paths(PS_FIELD_TIME);
  if (full) looked |= 1u << PS_FIELD_ID;
  struct ping_schema_options schema = reading_schema(options->reading, looked, full ? sums : NULL);
  schema.more = capture;
  schema.more_context = &capturing;
  int r = fields_create(o->fields, !h->whole, &view->fields, err);
  return r ? r : ping_schema_create(&schema, &view->schema, err);
}

/* "payload/histograms/NAME/sum" for ".../values/<star>" with no other '*'. */
static int find_member(const char *path, char **member, struct ps_error *err) {
  const size_t len = strlen(path), end = sizeof VALUES_END - 1;
  *member = NULL;
  if (len <= end || strcmp(path + len - end, VALUES_END) != 0 ||
      strchr(path, '*') != path + len - 1)
    return PS_OK;
  if (asprintf(member, "%.*s/sum", (int)(len - end), path) >= 0) return PS_OK;
  *member = NULL;
  return error_memory(err, len);
}

static int draw_secret(uint8_t secret[PS_SECRET_BYTES], struct ps_error *err) {
  /* Never short or interrupted for 256 bytes and fewer: getrandom(2). */
  if (getrandom(secret, PS_SECRET_BYTES, 0) == PS_SECRET_BYTES) return PS_OK;
  return error_set_os(err, PS_E_INTERNAL, errno, "the system gives no random bytes");
}

int harvest_open(const struct harvest_options *options, struct harvest **harvest,
                 struct ps_error *err) {
  struct harvest *h = calloc(1, sizeof *h);
  if (!h) return error_memory(err, sizeof *h);
  h->clients = options->clients;
  h->whole = !options->clients->n;
  h->scan = options->reading->kernel->scan;
  h->nmeasures = (unsigned)options->reading->nmeasures;
  h->workers = options->workers;
  h->hands = calloc(options->workers, sizeof *h->hands);
  int r = h->hands ? draw_secret(h->secret, err)
                   : error_memory(err, options->workers * sizeof *h->hands);
  for (unsigned i = 0; !r && i < h->nmeasures; i++)
    r = find_member(options->reading->measures[i].path, &h->member[i], err);
  if (!r) r = view_open(h, &h->full, true, options, err);
  if (!r && !h->whole) r = view_open(h, &h->lean, false, options, err);
  if (r) harvest_close(h);
  else *harvest = h;
  return r;
}

static void view_close(struct view *view) {
  ping_schema_free(view->schema);
  fields_free(view->fields);
}

void harvest_close(struct harvest *h) {
  if (!h) return;
  for (unsigned i = 0; h->hands && i < h->workers; i++) buffer_release(&h->hands[i].fleet);
  for (unsigned i = 0; i < PING_SUMS; i++) free(h->member[i]);
  free(h->hands);
  view_close(&h->lean);
  view_close(&h->full);
  free(h);
}

const struct fields *harvest_fields(const struct harvest *h) { return h->full.fields; }
bool harvest_has_member(const struct harvest *h, unsigned measure) { return h->member[measure]; }

/* ---- one ping ---- */

struct found {
  const struct view *view;
  const struct scan_result *result;
  const uint8_t *line;
  const struct ping *ping;
};

/* The text of a string, cut to `most` bytes between two characters, into out with room for 8 bytes
 * more. U+0000 becomes U+FFFD. */
static size_t take_text(const uint8_t *line, const struct scan_span *span, size_t most,
                        uint8_t *out) {
  const uint8_t *p = line + span->offset, *end = p + span->len;
  size_t len = 0, written;
  while (p < end && len <= most) {
    p = token_decode(p, end, out + len, &written);
    if (written == 1 && !out[len]) {
      memcpy(out + len, "\xEF\xBF\xBD", 3);
      written = 3;
    }
    len += written;
  }
  if (len <= most) return len;
  for (len = most; len && (out[len] & 0xC0) == 0x80;) len--;
  return len;
}

static bool find_time(const struct found *f, uint64_t *ns) {
  uint8_t text[TIME_TEXT + 8];
  for (unsigned i = 0; i < f->view->ntimes; i++) {
    const unsigned slot = f->view->time[i];
    if (!(f->result->present >> slot & 1)) continue;
    const struct scan_span *span = &f->result->span[slot];
    if (span->type == SCAN_INTEGER_OR_REAL)
      return instant_parse_nanoseconds(f->line + span->offset, span->len, ns);
    if (span->type != SCAN_STRING) return false;
    return instant_parse(text, take_text(f->line, span, TIME_TEXT, text), ns);
  }
  return false;
}

/* A `sum` may be larger than a count, but is an integer from 0 on. */
static bool parse_sum(const uint8_t *p, size_t len, uint64_t *sum) {
  *sum = 0;
  for (size_t i = 0; i < len; i++) {
    if (!token_is_digit(p[i]) || __builtin_mul_overflow(*sum, 10, sum) ||
        __builtin_add_overflow(*sum, p[i] - '0', sum))
      return false;
  }
  return len && *sum <= INT64_MAX;
}

static void find_measure(const struct found *f, unsigned i, struct trace_measure *measure) {
  const unsigned slot = f->view->member[i];
  *measure = (struct trace_measure){
      .sum = f->ping->sum[i], .implausible = f->ping->implausible[i], .state = MEMBER_ABSENT};
  if (slot == NO_SLOT || !(f->result->present >> slot & 1)) return;
  const struct scan_span *span = &f->result->span[slot];
  bool plausible = span->type == SCAN_INTEGER_OR_REAL &&
                   parse_sum(f->line + span->offset, span->len, &measure->member);
  measure->state = plausible ? MEMBER_PLAUSIBLE : MEMBER_ODD;
}

static int put_ping(const struct harvest *h, const struct found *f, uint32_t client,
                    struct buffer *out, struct ps_error *err) {
  const struct ping *ping = f->ping;
  uint8_t id[PS_PROFILE_TEXT + 8];
  struct trace_ping trace = {.client = client,
                             .keyed = ping->state == PING_KEYED,
                             .has_day = ping->has_day,
                             .day = ping->day,
                             .nmeasures = h->nmeasures};
  if (trace.keyed) {
    const struct scan_span span = ping_id(f->view->schema, f->result, f->line);
    trace.key = ping->key;
    trace.id = id;
    trace.id_len = take_text(f->line, &span, PS_PROFILE_TEXT, id);
  }
  trace.has_time = find_time(f, &trace.time_ns);
  for (unsigned i = 0; i < h->nmeasures; i++) find_measure(f, i, &trace.measure[i]);
  return trace_put_ping(out, &trace, err);
}

/* A ping of a profiled client: what it is, all its fields, and then what it gives the fleet. */
static int keep(const struct harvest *h, struct hand *hand, const struct found *f, uint32_t client,
                bool fleet, struct buffer *out, struct ps_error *err) {
  const struct fields *fields = f->view->fields;
  const unsigned n = fields_count(fields), visible = fields_visible(fields);
  buffer_clear(&hand->fleet);
  int r = put_ping(h, f, client, out, err);
  for (unsigned i = 0; i < n && !r; i++) {
    field_find(fields, i, f->result, f->line, f->ping, &hand->values);
    r = trace_put_field(out, &hand->values, err);
    if (!r && fleet && i < visible) r = trace_put_fleet(&hand->fleet, i, &hand->values, err);
  }
  return r ? r : buffer_append(out, hand->fleet.data, hand->fleet.len, err);
}

/* A ping of anybody else. */
static int skip(struct hand *hand, const struct found *f, struct buffer *out,
                struct ps_error *err) {
  const struct fields *fields = f->view->fields;
  const unsigned visible = fields_visible(fields);
  int r = PS_OK;
  for (unsigned i = 0; i < visible && !r; i++) {
    field_find(fields, i, f->result, f->line, f->ping, &hand->values);
    r = trace_put_fleet(out, i, &hand->values, err);
  }
  return r;
}

static void count_ping(struct trace_head *head, const struct ping *ping) {
  head->pings++;
  head->without_client += ping->client_id.kind == PS_CLIENT_NONE;
  head->canary += ping->client_id.kind == PS_CLIENT_CANARY;
  if (!ping->has_day) return;
  if (!head->any_day || ping->day < head->first_day) head->first_day = ping->day;
  if (!head->any_day || ping->day > head->last_day) head->last_day = ping->day;
  head->any_day = true;
}

static int take_ping(const struct harvest *h, struct hand *hand, const struct view *view,
                     const struct ping_line *line, struct scan_result *result, struct ping *ping,
                     struct trace_head *head, struct buffer *out, struct ps_error *err) {
  const uint32_t client = h->whole ? 0 : clients_find(h->clients, &ping->client_id);
  const bool fleet = !h->whole && ping->client_id.kind > PS_CLIENT_CANARY;
  count_ping(head, ping);
  struct found found = {.view = view, .result = result, .line = line->at, .ping = ping};
  if (client == CLIENTS_NONE) return fleet ? skip(hand, &found, out, err) : PS_OK;
  head->client_pings++;
  if (view == &h->lean) {
    found.view = &h->full;
    ping_scan(h->full.schema, h->scan, h->secret, line, result, ping);
  }
  return keep(h, hand, &found, client, fleet && clients_are_others(h->clients->n), out, err);
}

/* ---- one block ---- */

static int put_malformed(struct trace_head *head, uint64_t offset, uint64_t code,
                         struct buffer *out, struct ps_error *err) {
  const struct trace_malformed malformed = {.line = head->lines, .offset = offset, .code = code};
  return head->malformed++ < PS_PROFILE_EXAMPLES ? trace_put_malformed(out, &malformed, err)
                                                 : PS_OK;
}

static int take_lines(const struct harvest *h, struct hand *hand, const struct slot *slot,
                      struct trace_head *head, struct buffer *out, struct ps_error *err) {
  const struct chunk *chunk = &slot->chunk;
  const struct view *view = h->whole || hand->full ? &h->full : &h->lean;
  struct record record = {0};
  struct ping ping;
  size_t at = 0;
  int r = PS_OK;
  while (!r && record_next(chunk, &at, &record)) {
    record_scan(&record, view->schema, h->scan, h->secret, &hand->result, &ping);
    head->lines++;
    if (ping.state == PING_BLANK) head->blank++;
    else if (ping.state == PING_MALFORMED)
      r = put_malformed(head, at + ping.error_offset, ping.code, out, err);
    else if (ping.not_selected) head->not_selected++;
    else r = take_ping(h, hand, view, &record.text, &hand->result, &ping, head, out, err);
  }
  hand->full = head->client_pings > head->pings / 2;
  return r;
}

/* A piece of a line that is longer than any may be: the line counts where it begins. */
static int take_overlong(const struct chunk *chunk, struct trace_head *head, struct buffer *out,
                         struct ps_error *err) {
  if (!chunk->line_begins) return PS_OK;
  head->lines = 1;
  return put_malformed(head, 0, SCAN_CODES, out, err);
}

void harvest_block(void *context, unsigned worker, struct block *block) {
  struct harvest *h = context;
  struct slot *slot = &block->slot;
  struct buffer *out = &block->packed;
  struct ps_error *err = &slot->scan_error;
  struct trace_head head = {0};
  if (out->cap > TRACES_KEEP) buffer_release(out);
  int r = trace_begin(out, err);
  if (!r && slot->chunk.kind == CHUNK_OVERLONG) r = take_overlong(&slot->chunk, &head, out, err);
  else if (!r) r = take_lines(h, &h->hands[worker], slot, &head, out, err);
  if (!r) trace_end(out, &head);
  slot->scan_status = r;
  slot->lines = head.lines;
  slot->end = slot->chunk.len;
}
