#include "inputs/reading.h"

#include "accounts/measures.h"
#include "base/error.h"

#include <string.h>

static int take_measures(const struct ps_read_options *o, struct reading *reading,
                         struct ps_error *err) {
  static const char standard[] = PS_MEASURE_DEFAULT;
  if (!o->measures) {
    const char *equals = strchr(standard, '=');
    memcpy(reading->measures[0].name, standard, (size_t)(equals - standard));
    memcpy(reading->measures[0].path, equals + 1, strlen(equals + 1));
    reading->nmeasures = 1;
    return PS_OK;
  }
  int r = measures_check(o->measures, o->nmeasures, err);
  if (r) return r;
  memcpy(reading->measures, o->measures, o->nmeasures * sizeof *o->measures);
  reading->nmeasures = o->nmeasures;
  return PS_OK;
}

int reading_take(const struct ps_read_options *options, struct reading *reading,
                 struct ps_error *err) {
  *reading = (struct reading){.options = options,
                              .max_line = options->max_line ? options->max_line : PS_MAX_LINE};
  if (options->max_line > PS_MAX_LINE_LIMIT)
    return error_set(err, PS_E_ARGUMENT, "the longest line may have at most %u bytes",
                     PS_MAX_LINE_LIMIT);
  int r = framing_choose(options->framing, &reading->framing, err);
  if (!r) r = scan_kernel_choose(options->simd, &reading->kernel, err);
  return r ? r : take_measures(options, reading, err);
}

struct ping_schema_options reading_schema(const struct reading *reading, unsigned fields,
                                          const char *sums[PS_MEASURES_MAX + 1]) {
  static const char *const nowhere[] = {NULL};
  struct ping_schema_options schema = {.selection = &reading->options->selection};
  for (unsigned field = 0; field < PS_FIELDS; field++)
    schema.paths[field] = fields >> field & 1 ? reading->options->paths[field] : nowhere;
  if (!sums) return schema;
  for (size_t i = 0; i < reading->nmeasures; i++) sums[i] = reading->measures[i].path;
  sums[reading->nmeasures] = NULL;
  schema.sums = sums;
  return schema;
}
