/* The options of a profile: their errors are told before anything is read. */
#include "base/arena.h"
#include "base/error.h"
#include "profile/profiler.h"
#include <pingsieve/sieve.h>

#include <string.h>

static int check_limits(const struct ps_profile_options *o, struct ps_error *err) {
  if (o->read.selection.one_per_client || o->read.selection.select)
    return error_set(err, PS_E_ARGUMENT,
                     "a profile is of all pings and all of them: neither one per client nor "
                     "selected parts are possible");
  if (o->top > PS_PROFILE_TOP_MAX)
    return error_set(err, PS_E_ARGUMENT, "the top %zu are asked for: at most %u are possible",
                     o->top, PS_PROFILE_TOP_MAX);
  if (o->values > PS_PROFILE_ALL)
    return error_set(err, PS_E_ARGUMENT,
                     "%zu values of a field are asked for: at most %u are possible", o->values,
                     PS_PROFILE_ALL);
  return PS_OK;
}

static int take_clients(struct ps_profiler *p, const struct ps_profile_options *o,
                        struct ps_error *err) {
  int r = clients_init(&p->clients, o->clients, o->nclients, err);
  p->whole = !o->nclients;
  p->nwho = p->whole ? 1 : o->nclients;
  if (!r) r = arena_create(&p->texts, err);
  if (r) return r;
  if (p->whole) p->who[0].name = "";
  for (size_t i = 0; i < o->nclients; i++) {
    char text[PS_CLIENT_TEXT_BYTES];
    const struct ps_profile_who *who = &o->clients[i];
    const char *name = who->name ? who->name : ps_client_format(&who->client, text);
    p->who[i].client = who->client;
    p->who[i].name = arena_text(p->texts, name, strlen(name), err);
    if (!p->who[i].name) return PS_E_MEMORY;
  }
  return PS_OK;
}

static int open_tables(struct ps_profiler *p, const struct ps_profile_options *o,
                       struct ps_error *err) {
  const struct collect_options options = {.clients = p->nwho,
                                          .fields = fields_count(harvest_fields(p->harvest)),
                                          .measures = (unsigned)p->reading.nmeasures,
                                          .values = p->values,
                                          .memory = o->memory ? o->memory : PS_PROFILE_MEMORY,
                                          .top = o->top ? o->top : PS_PROFILE_TOP,
                                          .directory = o->temp_dir ? o->temp_dir : "/tmp",
                                          .fleet = !p->whole};
  return collect_init(&p->collect, &options, err);
}

int profiler_take_options(struct ps_profiler *p, const struct ps_profile_options *o,
                          struct ps_error *err) {
  int r = check_limits(o, err);
  if (!r) r = reading_take(&o->read, &p->reading, err);
  if (!r) r = take_clients(p, o, err);
  if (r) return r;
  p->strict = o->strict;
  p->values = o->values ? o->values : PS_PROFILE_VALUES;
  p->threads = crew_threads(o->read.threads);
  const struct harvest_options harvest = {
      .profile = o, .clients = &p->clients, .reading = &p->reading, .workers = p->threads + 1};
  r = harvest_open(&harvest, &p->harvest, err);
  if (r) return r;
  for (unsigned i = 0; i < p->reading.nmeasures; i++)
    p->has_member[i] = harvest_has_member(p->harvest, i);
  return open_tables(p, o, err);
}
