#include "sieve/core.h"

#include "base/cpus.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MS   10u
#define BATCH_MS  1000u
#define SHARE_MS  100u
#define NS_PER_MS 1000000u

unsigned core_threads(unsigned asked) {
  if (asked) return asked < PS_THREADS_MAX ? asked : PS_THREADS_MAX;
  const unsigned n = cpus_count();
  return n <= 1 ? 1 : n <= 4 ? 2 : 4;
}

/* All fields: a wrong path, condition or kernel name must not leave a new store behind, whose
 * settings would be fixed. */
int core_check(struct core *core, const struct ps_sieve_options *o, struct ps_error *err) {
  struct ping_schema *schema = NULL;
  const char *sums[PS_MEASURES_MAX + 1];
  int r = reading_take(&o->read, &core->reading, err);
  if (r) return r;
  if (o->no_accounts) core->reading.nmeasures = 0;
  struct ping_schema_options options = reading_schema(&core->reading, ~0u, sums);
  options.scope = o->seen.scope;
  r = ping_schema_create(&options, &schema, err);
  ping_schema_free(schema);
  if (r || !o->read.selection.select) return r;
  return projection_create(o->read.selection.select, options.paths, &core->projection, err);
}

/* Fields that nothing will ask for are not looked for: on small pings that is a tenth of the scan.
 */
static unsigned fields_of(const struct ps_sieve_options *o, const struct ps_rules *rules) {
  const bool counted = !o->no_accounts, watched = counted && rules->shared_profile;
  unsigned fields = ping_selection_fields(&o->read.selection);
  fields |= 1u << PS_FIELD_ID | 1u << PS_FIELD_DATE;
  if (counted) fields |= 1u << PS_FIELD_CLIENT;
  if (counted || o->labels) fields |= 1u << PS_FIELD_TYPE | 1u << PS_FIELD_CHANNEL;
  if (watched) fields |= 1u << PS_FIELD_WATCHED;
  if (watched && rules->shared_profile_cities) fields |= 1u << PS_FIELD_CITY;
  return fields;
}

static int schema_open(struct core *core, const struct ps_sieve_options *o,
                       const struct ps_rules *rules, struct ps_error *err) {
  const char *sums[PS_MEASURES_MAX + 1];
  struct ping_schema_options options = reading_schema(&core->reading, fields_of(o, rules), sums);
  options.scope = ps_seen_scope(core->seen);
  int r = ping_schema_create(&options, &core->schema, err);
  core->scanner = (struct slot_scanner){.schema = core->schema,
                                        .scan = core->reading.kernel->scan,
                                        .secret = ps_seen_secret(core->seen)};
  return r;
}

static int open_batch(struct core *core, const struct ps_sieve_options *o,
                      const struct outlet_ops *outlet, struct ps_error *err) {
  const struct batch_options options = {
      .seen = core->seen,
      .accounts = core->accounts,
      .outputs = &core->outputs,
      .figures = &core->figures,
      .outlet = outlet,
      .flagged = o->flagged,
      .one_per_client = o->read.selection.one_per_client,
      .limits = {.pings = o->batch_pings ? o->batch_pings : PS_BATCH_PINGS,
                 .bytes = o->batch_bytes ? o->batch_bytes : PS_BATCH_BYTES,
                 .idle_ns = (uint64_t)(o->idle_ms ? o->idle_ms : IDLE_MS) * NS_PER_MS,
                 .age_ns = (uint64_t)(o->batch_ms ? o->batch_ms : BATCH_MS) * NS_PER_MS,
                 .share_ns = (uint64_t)SHARE_MS * NS_PER_MS}};
  return batch_open(&options, &core->batch, err);
}

static int counting_open(struct core *core, const struct ps_sieve_options *o,
                         const struct outlet_ops *outlet, struct ps_error *err) {
  const struct reading *reading = &core->reading;
  struct accounts_options options = {.client_slots = o->client_slots,
                                     .nmeasures = reading->nmeasures};
  memcpy(options.measures, reading->measures, sizeof options.measures);
  if (o->rules) options.rules = *o->rules;
  else ps_rules_default(&options.rules);
  int r = schema_open(core, o, &options.rules, err);
  if (!r && !o->no_accounts) r = accounts_open(core->seen, &options, &core->accounts, err);
  return r ? r : open_batch(core, o, outlet, err);
}

int core_open(struct core *core, const struct ps_sieve_options *options,
              const struct outlet_ops *outlet, struct ps_error *err) {
  struct ps_seen_options seen = options->seen;
  seen.size = sizeof seen;
  int r = ps_seen_open(options->store, &seen, &core->seen, err);
  if (!r) r = counting_open(core, options, outlet, err);
  if (!r && outlet->leave) core->scanner.projection = core->projection;
  if (!r) r = figures_init(&core->figures, options->labels, err);
  core->has_figures = !r;
  if (r) return r;
  core->has_outputs = true;
  return outputs_init(&core->outputs, options, err);
}

int core_close(struct core *core, struct ps_error *err) {
  int r = core->has_outputs ? outputs_release(&core->outputs, err) : PS_OK;
  if (core->has_figures) figures_release(&core->figures);
  batch_close(core->batch);
  accounts_close(core->accounts);
  ping_schema_free(core->schema);
  projection_free(core->projection);
  ps_seen_close(core->seen);
  *core = (struct core){0};
  return r;
}
