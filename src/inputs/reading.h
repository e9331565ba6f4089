/* Reading: what filter, backfill and profile take of the options of how pings are read, checked
 * once for all of them.
 */
#ifndef INPUTS_READING_H
#define INPUTS_READING_H

#include "record/framing.h"
#include "scan/ping.h"
#include <pingsieve/read.h>

struct reading {
  const struct ps_read_options *options; /* borrowed */
  const struct framing *framing;
  const struct scan_kernel *kernel;
  size_t max_line;
  size_t nmeasures;
  struct ps_account_measure measures[PS_MEASURES_MAX];
};

/* PS_E_ARGUMENT: a framing, kernel, measure or length that is none. Paths and conditions are
 * checked where schemas are made of them (reading_schema()). */
int reading_take(const struct ps_read_options *options, struct reading *reading,
                 struct ps_error *err);

/* The options of a schema that looks for these fields (bits 1u << enum ps_field) and, with sums,
 * for what the measures sum; `sums` is room for their paths. The rest is the caller's to fill in.
 */
struct ping_schema_options reading_schema(const struct reading *reading, unsigned fields,
                                          const char *sums[PS_MEASURES_MAX + 1]);

#endif
