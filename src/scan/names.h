/* Names of things, and their places in a ping: the fields' default paths, and the short names of
 * conditions and projections.
 *
 * The paths are those of the shapes in which pings reach a server (mozilla/python_moztelemetry:
 * meta/...; mozilla/gcp-ingestion: attributeMap/..., metadata/..., normalized_...;
 * mozilla-services/mozilla-pipeline-schemas: application/..., environment/..., client_info/...).
 */
#ifndef SCAN_NAMES_H
#define SCAN_NAMES_H

#include "scan/ping.h"
#include "scan/uri.h"

#define NAMES_PATHS 8 /* paths of a name at most */

struct name {
  const char *const *paths; /* its default ones; NULL: the ping's submission day */
  enum ping_field field;    /* it follows this field's paths, which a run may replace; */
                            /* PING_FIELDS: none */
  enum uri_part part;       /* the meaning of URI_PATH among the paths */
  bool is_id;               /* a UUID there is compared in lower case and without braces */
};

/* False: `text` is no short name. */
bool name_find(const char *text, struct name *name);

#endif
