/* A projection: the wanted values of a ping as an object of their own.
 *
 * {"documentId":"...","payload/histograms/X":{...}}: keys are the paths or short names as asked
 * for, in that order; values are the bytes that stand in the line, null where there is none. Short
 * names are those of <pingsieve/selection.h>. The line is scanned once more, for these paths only.
 */
#ifndef SCAN_PROJECTION_H
#define SCAN_PROJECTION_H

#include "base/buffer.h"
#include "base/day.h"
#include "scan/ping.h"

struct projection; /* immutable: threads may share one */

/* select: NULL-terminated. paths: those of the run's fields as in ping_schema_options, which
 * documentId, clientId, docType and channel follow; a NULL or empty list means the default one.
 * PS_E_ARGUMENT names what is wrong with select ('*' has no place here). */
int projection_create(const char *const *select, const char *const *const paths[PS_FIELDS],
                      struct projection **projection, struct ps_error *err);
void projection_free(struct projection *projection); /* NULL is fine */

/* Appends the projected ping and '\n'. The line must have been accepted by the scanner; `skip` as
 * in ping_scan(); `day` is the ping's, has_day false when it has none. */
int projection_append(const struct projection *projection, scan_function *scan, const uint8_t *line,
                      size_t avail, size_t skip, bool has_day, day_t day,
                      struct scan_result *scratch, struct buffer *out, struct ps_error *err);

#endif
