/* The core of a run: the parts that a sieve and a backfill have in common, from the store to the
 * batch, opened from the same options.
 *
 * core_check() looks at the options and makes the projection; core_open() opens the store, compiles
 * the schema, and opens accounts, figures, outputs and batch. Pings that go out leave by the
 * owner's outlet.
 */
#ifndef SIEVE_CORE_H
#define SIEVE_CORE_H

#include "inputs/reading.h"
#include "sieve/batch.h"

struct core {
  struct ps_seen *seen;
  struct ping_schema *schema;
  struct projection *projection; /* NULL: whole pings */
  struct reading reading;
  struct slot_scanner scanner;
  struct accounts *accounts; /* NULL: none */
  struct figures figures;
  struct outputs outputs;
  struct batch *batch; /* its input is the owner's to set */
  bool has_figures, has_outputs;
};

/* The number of threads: what was asked for, or what measures best here. */
unsigned core_threads(unsigned asked);

/* *core is filled in place (it must not move), all of it zero before; after an error of either, and
 * in the end, core_close(). core_check() comes first, before the inputs are opened, which may wait,
 * and before anything is written. The context of the outlet outlives core. */
int core_check(struct core *core, const struct ps_sieve_options *options, struct ps_error *err);
int core_open(struct core *core, const struct ps_sieve_options *options,
              const struct outlet_ops *outlet, struct ps_error *err);
int core_close(struct core *core, struct ps_error *err); /* closes the sinks; the first error */

#endif
