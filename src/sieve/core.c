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

/* The measures of the accounts. *n 0: none. */
static int measures_of(const struct ps_sieve_options *o,
                       struct ps_account_measure measures[PS_MEASURES_MAX], size_t *n,
                       struct ps_error *err) {
  static const char standard[] = PS_MEASURE_DEFAULT;
  *n = 0;
  if (o->no_accounts) return PS_OK;
  if (!o->measures) {
    const char *equals = strchr(standard, '=');
    memcpy(measures[0].name, standard, (size_t)(equals - standard));
    memcpy(measures[0].path, equals + 1, strlen(equals + 1));
    *n = 1;
    return PS_OK;
  }
  if (o->nmeasures > PS_MEASURES_MAX)
    return error_set(err, PS_E_ARGUMENT, "%zu measures are asked for, at most %u are possible",
                     o->nmeasures, PS_MEASURES_MAX);
  memcpy(measures, o->measures, o->nmeasures * sizeof *measures);
  *n = o->nmeasures;
  return PS_OK;
}

static int projection_open(struct core *core, const struct ps_sieve_options *o,
                           const char *const *const paths[PING_FIELDS], struct ps_error *err) {
  if (!o->selection.select) return PS_OK;
  return projection_create(o->selection.select, paths, &core->projection, err);
}

/* A wrong path, condition or kernel name must not leave a new store behind, whose settings would be
 * fixed. */
static int options_check(struct core *core, const struct ps_sieve_options *o,
                         struct ps_error *err) {
  struct ping_schema *schema = NULL;
  struct ps_account_measure measures[PS_MEASURES_MAX] = {0};
  const char *sums[PS_MEASURES_MAX + 1] = {NULL};
  size_t n;
  struct ping_schema_options options = {.paths = {[PING_ID] = o->id_paths,
                                                  [PING_CLIENT] = o->client_paths,
                                                  [PING_TYPE] = o->type_paths,
                                                  [PING_CHANNEL] = o->channel_paths,
                                                  [PING_DATE] = o->date_paths,
                                                  [PING_WATCHED] = o->watched_paths,
                                                  [PING_CITY] = o->city_paths},
                                        .scope = o->seen.scope,
                                        .sums = sums,
                                        .selection = &o->selection};
  if (o->max_line > PS_MAX_LINE_LIMIT)
    return error_set(err, PS_E_ARGUMENT, "the longest line may have at most %u bytes",
                     PS_MAX_LINE_LIMIT);
  int r = measures_of(o, measures, &n, err);
  for (size_t i = 0; !r && i < n; i++) sums[i] = measures[i].path;
  if (!r) r = scan_kernel_choose(o->simd, &core->kernel, err);
  if (!r) r = ping_schema_create(&options, &schema, err);
  ping_schema_free(schema);
  return r ? r : projection_open(core, o, options.paths, err);
}

static const char *const *paths_if(bool wanted, const char *const *paths) {
  static const char *const nowhere[] = {NULL};
  return wanted ? paths : nowhere;
}

/* Fields that nothing will ask for are not looked for: on small pings that is a tenth of the scan.
 */
static int schema_open(struct core *core, const struct ps_sieve_options *o,
                       const struct accounts_options *accounts, struct ps_error *err) {
  const char *sums[PS_MEASURES_MAX + 1] = {NULL};
  unsigned selected = ping_selection_fields(&o->selection);
  bool counted = !o->no_accounts, labelled = counted || o->labels;
  bool clients = counted || selected >> PING_CLIENT & 1;
  bool watched = counted && accounts->rules.shared_profile;
  bool cities = watched && accounts->rules.shared_profile_cities;
  struct ping_schema_options options = {
      .paths = {[PING_ID] = o->id_paths,
                [PING_CLIENT] = paths_if(clients, o->client_paths),
                [PING_TYPE] = paths_if(labelled || selected >> PING_TYPE & 1, o->type_paths),
                [PING_CHANNEL] =
                    paths_if(labelled || selected >> PING_CHANNEL & 1, o->channel_paths),
                [PING_DATE] = o->date_paths,
                [PING_WATCHED] = paths_if(watched, o->watched_paths),
                [PING_CITY] = paths_if(cities, o->city_paths)},
      .scope = ps_seen_scope(core->seen),
      .sums = sums,
      .selection = &o->selection};
  for (size_t i = 0; i < accounts->nmeasures; i++) sums[i] = accounts->measures[i].path;
  int r = ping_schema_create(&options, &core->schema, err);
  core->scanner = (struct slot_scanner){
      .schema = core->schema, .scan = core->kernel->scan, .secret = ps_seen_secret(core->seen)};
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
      .one_per_client = o->selection.one_per_client,
      .limits = {.pings = o->batch_pings ? o->batch_pings : PS_BATCH_PINGS,
                 .bytes = o->batch_bytes ? o->batch_bytes : PS_BATCH_BYTES,
                 .idle_ns = (uint64_t)(o->idle_ms ? o->idle_ms : IDLE_MS) * NS_PER_MS,
                 .age_ns = (uint64_t)(o->batch_ms ? o->batch_ms : BATCH_MS) * NS_PER_MS,
                 .share_ns = (uint64_t)SHARE_MS * NS_PER_MS}};
  return batch_open(&options, &core->batch, err);
}

static int counting_open(struct core *core, const struct ps_sieve_options *o,
                         const struct outlet_ops *outlet, struct ps_error *err) {
  struct accounts_options options = {.client_slots = o->client_slots};
  if (o->rules) options.rules = *o->rules;
  else ps_rules_default(&options.rules);
  int r = measures_of(o, options.measures, &options.nmeasures, err);
  if (!r) r = schema_open(core, o, &options, err);
  if (!r && !o->no_accounts) r = accounts_open(core->seen, &options, &core->accounts, err);
  return r ? r : open_batch(core, o, outlet, err);
}

int core_open(struct core *core, const struct ps_sieve_options *options,
              const struct outlet_ops *outlet, struct ps_error *err) {
  int r = options_check(core, options, err);
  if (!r) r = ps_seen_open(options->store, &options->seen, &core->seen, err);
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
