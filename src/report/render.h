/* Renderers: each writes a finished report through a writer; none sees the store.
 *
 * Texts from outside (client ids, docTypes, channels, values, paths) are escaped here, each format
 * by its own escaper (escape.h).
 */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include "base/buffer.h"
#include "report/report.h"

struct render_text_options {
  unsigned width; /* columns, 40 to 400 */
  bool colour;
  bool ascii; /* bars and lines without characters beyond ASCII */
};
int render_text(const struct report *report, const struct render_text_options *options,
                struct buffer *out, struct ps_error *err);
int render_json(const struct report *report, struct buffer *out, struct ps_error *err);
int render_html(const struct report *report, struct buffer *out, struct ps_error *err);

/* CSV (RFC 4180) with a header line, one file a table. */
size_t render_csv_tables(void);
const char *render_csv_name(size_t table); /* "days", "labels", "clients", "flags", ... */
int render_csv(const struct report *report, size_t table, struct buffer *out, struct ps_error *err);

#endif
