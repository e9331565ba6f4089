#include "scan/ping.h"
#include "base/error.h"
#include "scan/client.h"
#include "scan/key.h"
#include "scan/selection.h"
#include "scan/subject.h"
#include "scan/token.h"
#include "scan/uri.h"

#include <assert.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static_assert(PING_SUMS <= SCAN_SUMS, "a slot for every sum");

/* The slots of a field's paths follow one another in order of precedence, so that the first present
 * path is the lowest bit of the field's. */
struct ping_schema {
  struct scan_paths *paths;
  uint64_t slots[PS_FIELDS]; /* as bits */
  uint64_t uris;             /* slots that hold a URI to take apart */
  unsigned scope_slot, nscope, nsums;
  struct selection *selection; /* NULL: every ping */
};

/* ---- the schema ---- */

static int one_too_many(const char *path, const char *what, unsigned limit, struct ps_error *err) {
  return error_set(err, PS_E_ARGUMENT, "\"%s\" is one path too many for the %s: %u are possible",
                   path, what, limit);
}

static int add_defaults(struct specs *specs, const char *const *paths, struct ps_error *err) {
  uint8_t slot;
  int r = PS_OK;
  for (unsigned i = 0, n; paths[i] && !r; i += n) {
    n = names_forms(paths + i);
    r = specs_capture(specs, paths + i, n, &slot, err);
  }
  return r;
}

static int add_given(struct specs *specs, const char *const *paths, unsigned limit,
                     const char *what, struct ps_error *err) {
  uint8_t slot;
  int r = PS_OK;
  for (unsigned i = 0; paths[i] && !r; i++) {
    if (i == limit) return one_too_many(paths[i], what, limit, err);
    r = specs_capture(specs, paths + i, 1, &slot, err);
  }
  return r;
}

static int add_sums(struct specs *specs, const char *const *paths, unsigned *n,
                    struct ps_error *err) {
  for (*n = 0; paths[*n]; (*n)++) {
    if (*n == PING_SUMS) return one_too_many(paths[*n], "sums", PING_SUMS, err);
    specs->list[specs->n++] =
        (struct scan_spec){.path = paths[*n], .slot = (uint8_t)*n, .kind = SCAN_SUM};
  }
  return PS_OK;
}

static uint64_t slots_between(unsigned from, unsigned to) {
  return from == to ? 0 : (~0ull >> (64 - (to - from))) << from;
}

static int schema_field(struct ping_schema *schema, const struct ping_schema_options *options,
                        enum ps_field field, struct specs *specs, struct ps_error *err) {
  const char *const *given = options ? options->paths[field] : NULL;
  const unsigned from = specs->nspans, first = specs->n;
  int r = given ? add_given(specs, given, PING_PATHS, field_row(field)->name, err)
                : add_defaults(specs, ping_default_paths(field), err);
  if (r) return r;
  schema->slots[field] = slots_between(from, specs->nspans);
  if (field_row(field)->part == URI_PARTS) return PS_OK;
  for (unsigned i = first; i < specs->n; i++)
    if (uri_is_path(specs->list[i].path)) schema->uris |= 1ull << specs->list[i].slot;
  return PS_OK;
}

int ping_schema_create(const struct ping_schema_options *options, struct ping_schema **schema,
                       struct ps_error *err) {
  struct specs specs = {.n = 0};
  *schema = NULL;
  struct ping_schema *made = calloc(1, sizeof *made);
  if (!made) return error_memory(err, sizeof *made);
  int r = PS_OK;
  for (enum ps_field f = 0; !r && f < PS_FIELDS; f++)
    if (field_row(f)->kind != FIELD_TIME) r = schema_field(made, options, f, &specs, err);
  made->scope_slot = specs.nspans;
  if (!r && options && options->scope)
    r = add_given(&specs, options->scope, PING_SCOPE, "scope", err);
  made->nscope = specs.nspans - made->scope_slot;
  if (!r && options && options->sums) r = add_sums(&specs, options->sums, &made->nsums, err);
  if (!r && options)
    r = selection_create(options->selection, options->paths, &specs, &made->selection, err);
  if (!r && options && options->more)
    r = options->more(options->more_context, options->paths, &specs, err);
  if (!r) r = scan_paths_compile(specs.list, specs.n, &made->paths, err);
  if (r) ping_schema_free(made);
  else *schema = made;
  return r;
}

void ping_schema_free(struct ping_schema *schema) {
  if (!schema) return;
  scan_paths_free(schema->paths);
  selection_free(schema->selection);
  free(schema);
}

/* ---- one ping ---- */

static const struct scan_span no_span = {.type = SCAN_NONE};

/* The span of a field's first present path; *slot is its slot. NULL: none is present. */
static const struct scan_span *first_present(const struct ping_schema *schema,
                                             const struct scan_result *result, enum ps_field field,
                                             unsigned *slot) {
  uint64_t present = result->present & schema->slots[field];
  if (!present) return NULL;
  *slot = (unsigned)__builtin_ctzll(present);
  return &result->span[*slot];
}

/* A field that counts only as a string. */
static struct scan_span field_string(const struct ping_schema *schema,
                                     const struct scan_result *result, const uint8_t *line,
                                     enum ps_field field) {
  unsigned slot;
  const struct scan_span *span = first_present(schema, result, field, &slot);
  if (!span) return no_span;
  if (unlikely(schema->uris >> slot & 1)) {
    return uri_part(line, span, field_row(field)->part);
  }
  return span->type == SCAN_STRING ? *span : no_span;
}

/* A date as text or as the number 20170312; any other number is nanoseconds. */
static bool span_day(const uint8_t *line, const struct scan_span *span, day_t *day) {
  uint8_t text[64];
  const uint8_t *p = line + span->offset;
  size_t len = span->len;
  if (span->type == SCAN_STRING && span->escaped) {
    if (len > sizeof text) return false;
    len = scan_unescape(line, span, text);
    p = text;
  }
  if (span->type == SCAN_STRING) return day_parse(p, len, day);
  if (span->type != SCAN_INTEGER_OR_REAL) return false;
  return len == 8 ? day_parse(p, len, day) : day_parse_nanoseconds(p, len, day);
}

/* False: an object or array stands in the scope, whose content a span does not tell. */
static bool ping_key(const struct ping_schema *schema, const struct scan_result *result,
                     const uint8_t *line, const struct scan_span *id,
                     const uint8_t secret[PS_SECRET_BYTES], struct ps_key *key) {
  if (likely(!schema->nscope)) {
    *key = key_of_id(line, id, secret);
    return true;
  }
  struct scan_span scope[PING_SCOPE];
  for (unsigned i = 0; i < schema->nscope; i++) {
    unsigned slot = schema->scope_slot + i;
    scope[i] = result->present >> slot & 1 ? result->span[slot] : no_span;
    if (scope[i].type == SCAN_OBJECT || scope[i].type == SCAN_ARRAY) return false;
  }
  *key = key_of_scope(line, id, scope, schema->nscope, secret);
  return true;
}

/* ---- values for the accounts ---- */

#define ABSENT 0x9E3779B97F4A7C15u /* any constant that is not small */

static uint64_t span_hash(const uint8_t *line, const struct scan_span *span, uint64_t seed) {
  if (span->type == SCAN_NONE) return seed ^ ABSENT;
  return XXH3_64bits_withSeed(line + span->offset, span->len, seed + span->type);
}

/* The value of a field that counts if it is a string, number, true or false. */
static struct scan_span field_scalar(const struct ping_schema *schema,
                                     const struct scan_result *result, enum ps_field field) {
  unsigned slot;
  const struct scan_span *span = first_present(schema, result, field, &slot);
  return span && span->type < SCAN_NULL ? *span : no_span;
}

static uint64_t scalar_hash(const uint8_t *line, const struct scan_span *span) {
  if (span->type == SCAN_NONE) return 0;
  uint64_t hash = span_hash(line, span, 0);
  return hash ? hash : 1;
}

static void ping_accounted(const struct ping_schema *schema, const struct scan_result *result,
                           const uint8_t *line, struct ping *ping) {
  if (schema->slots[PS_FIELD_CLIENT]) client_parse(line, &ping->client, &ping->client_id);
  if (schema->slots[PS_FIELD_TYPE] | schema->slots[PS_FIELD_CHANNEL])
    ping->label = span_hash(line, &ping->channel, span_hash(line, &ping->type, 0));
  if (schema->slots[PS_FIELD_WATCHED]) {
    ping->watched = field_scalar(schema, result, PS_FIELD_WATCHED);
    ping->watched_hash = scalar_hash(line, &ping->watched);
  }
  if (schema->slots[PS_FIELD_CITY]) {
    struct scan_span city = field_scalar(schema, result, PS_FIELD_CITY);
    ping->city_hash = scalar_hash(line, &city);
  }
  for (unsigned i = 0; i < schema->nsums; i++) {
    ping->sum[i] = result->sum[i];
    ping->implausible[i] = result->implausible[i];
  }
}

static void ping_day(const struct ping_schema *schema, const struct scan_result *result,
                     const struct ping_line *line, struct ping *ping) {
  unsigned slot;
  const struct scan_span *date;
  if (line->has_given_day) return; /* ping_scan() has set it */
  date = first_present(schema, result, PS_FIELD_DATE, &slot);
  ping->has_day = date && span_day(line->at, date, &ping->day);
}

static void ping_fields(const struct ping_schema *schema, const struct scan_result *result,
                        const struct ping_line *given, const uint8_t secret[PS_SECRET_BYTES],
                        struct ping *ping) {
  const uint8_t *line = given->at;
  struct scan_span id = field_string(schema, result, line, PS_FIELD_ID);
  ping->client = field_string(schema, result, line, PS_FIELD_CLIENT);
  ping->type = field_string(schema, result, line, PS_FIELD_TYPE);
  ping->channel = field_string(schema, result, line, PS_FIELD_CHANNEL);
  ping_day(schema, result, given, ping);
  ping->state = PING_WITHOUT_ID;
  if (id.type == SCAN_STRING && id.len && ping_key(schema, result, line, &id, secret, &ping->key))
    ping->state = PING_KEYED;
  ping_accounted(schema, result, line, ping);
  if (unlikely(schema->selection != NULL))
    ping->not_selected = !selection_holds(schema->selection, result, line, ping);
}

/* Spans and offsets count from the line's beginning, what was skipped included. */
static void shift_spans(struct scan_result *result, size_t skip) {
  for (uint64_t left = result->present; left; left &= left - 1)
    result->span[__builtin_ctzll(left)].offset += (uint32_t)skip;
}

void ping_scan(const struct ping_schema *schema, scan_function *scan,
               const uint8_t secret[PS_SECRET_BYTES], const struct ping_line *line,
               struct scan_result *result, struct ping *ping) {
  const size_t skip = line->skip;
  enum scan_code code = scan(schema->paths, line->at + skip, line->avail - skip, result);
  if (unlikely(skip != 0)) {
    result->len += (uint32_t)skip;
    result->error_offset += (uint32_t)skip;
    shift_spans(result, skip);
  }
  *ping = (struct ping){.len = result->len,
                        .error_offset = result->error_offset,
                        .code = (uint8_t)code,
                        .state = code == SCAN_BLANK ? PING_BLANK : PING_MALFORMED,
                        .has_day = line->has_given_day,
                        .day = line->given_day};
  if (likely(code == SCAN_OK || code == SCAN_INTERNAL)) /* the portable scanner has accepted it */
    ping_fields(schema, result, line, secret, ping);
}

struct scan_span ping_id(const struct ping_schema *schema, const struct scan_result *result,
                         const uint8_t *line) {
  return field_string(schema, result, line, PS_FIELD_ID);
}
