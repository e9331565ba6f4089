#include "cli/account_options.h"

#include "base/error.h"
#include <stdio.h>
#include <string.h>

#define UNNAMED "measurements"

void account_options_rules(const struct arguments *a, struct ps_rules *rules) {
  *rules = (struct ps_rules){
      .ping_flood = a->rules.ping_flood.value,
      .duplicate_flood = a->rules.duplicate_flood.value,
      .duplicate_flood_percent = (uint32_t)a->rules.duplicate_flood_percent.value,
      .measurement_spike = a->rules.measurement_spike.value,
      .measurement_spike_ping = a->rules.measurement_spike_ping.value,
      .shared_profile = a->rules.shared_profile.value,
      .shared_profile_percent = (uint32_t)a->rules.shared_profile_percent.value,
      .shared_profile_fleet_percent = (uint32_t)a->rules.shared_profile_fleet_percent.value,
      .shared_profile_cities = (uint32_t)a->rules.shared_profile_cities.value};
}

enum ps_flagged account_options_flagged(const struct arguments *a) {
  if (!a->flagged || !strcmp(a->flagged, "pass")) return PS_FLAGGED_PASS;
  return strcmp(a->flagged, "drop") != 0 ? PS_FLAGGED_FILE : PS_FLAGGED_DROP;
}

/* How many bytes of text are its name; 0: it is a path alone. */
static size_t name_length(const char *text) {
  size_t len = strcspn(text, "=/");
  return text[len] == '=' ? len : 0;
}

static int parse(const char *text, struct ps_account_measure *measure, struct ps_error *err) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  size_t len = name_length(text);
  if (*text == '=' || len >= PS_MEASURE_NAME || (len && strspn(text, letters) != len))
    return error_set(err, PS_E_ARGUMENT,
                     "--measure %s: the name before '=' is 1 to %u of a-z, 0-9, '_' and '-'", text,
                     PS_MEASURE_NAME - 1);
  const char *path = len ? text + len + 1 : text;
  if (!*path)
    return error_set(err, PS_E_ARGUMENT, "--measure %s: there is no path after the name", text);
  if (strlen(path) >= PS_MEASURE_PATH)
    return error_set(err, PS_E_ARGUMENT, "--measure: the path may have at most %u bytes",
                     PS_MEASURE_PATH - 1);
  if (len) (void)snprintf(measure->name, sizeof measure->name, "%.*s", (int)len, text);
  else (void)snprintf(measure->name, sizeof measure->name, UNNAMED);
  (void)snprintf(measure->path, sizeof measure->path, "%s", path);
  return PS_OK;
}

int account_options_measures(const struct arguments *a,
                             struct ps_account_measure measures[PS_MEASURES_MAX], size_t *n,
                             struct ps_error *err) {
  *n = a->measure.n;
  for (size_t i = 0; i < *n; i++) {
    const char *text = a->measure.item[i];
    int r = parse(text, &measures[i], err);
    if (r != PS_OK) return r;
    if (*n > 1 && !name_length(text))
      return error_set(err, PS_E_ARGUMENT,
                       "several --measure need names: --measure NAME=%s, for example", text);
    for (size_t j = 0; j < i; j++)
      if (!strcmp(measures[i].name, measures[j].name))
        return error_set(err, PS_E_ARGUMENT, "--measure: two are called %s", measures[i].name);
  }
  return PS_OK;
}

int account_options_check(const struct arguments *a, struct ps_error *err) {
  const char *option = a->flags                     ? "--flags"
                       : account_options_flagged(a) ? "--flagged"
                       : a->measure.n               ? "--measure"
                                                    : NULL;
  if (a->no_accounts && option)
    return error_set(err, PS_E_ARGUMENT, "%s needs accounts, --no-accounts turns them off", option);
  return PS_OK;
}
