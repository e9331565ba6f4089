/* Figures of a run in the Prometheus text exposition format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), as node_exporter's textfile
 * collector reads it. Labels are docType and channel only: a client never appears. */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include "base/buffer.h"
#include <pingsieve/sieve.h>
#include <stdbool.h>

#define METRICS_INTERVAL_MS 10000

/* running: whether the run goes on. Appends to `text`. */
int metrics_format(struct buffer *text, const struct ps_sieve_figures *figures, bool running,
                   struct ps_error *err);

/* Formats and replaces the file at path. */
int metrics_write(const char *path, const struct ps_sieve_figures *figures, bool running,
                  struct ps_error *err);

#endif
