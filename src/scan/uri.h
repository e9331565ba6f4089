/* The URI of a submission: its path holds the documentId, the docType and more.
 *
 * /submit/telemetry/<documentId>/<docType>/<appName>/<appVersion>/<channel>/<appBuildId> or
 * /submit/<namespace>/<docType>/<docVersion>/<documentId>, with or without a query behind
 * (mozilla/gcp-ingestion, ParseUri.java); others, such as /stub/..., tell nothing.
 */
#ifndef SCAN_URI_H
#define SCAN_URI_H

#include "scan/scan.h"
#include <stdbool.h>

/* Whether a path, in a list of paths, stands for a part of the URI there. */
bool uri_is_path(const char *path);

enum uri_part {
  URI_ID,
  URI_TYPE,
  URI_NAMESPACE,
  URI_VERSION,
  URI_APP_NAME,
  URI_APP_VERSION,
  URI_CHANNEL,
  URI_BUILD,
  URI_PARTS /* none of them */
};

/* A part of the URI at `uri` as a span into the line; type SCAN_NONE if it is not there or empty.
 * Slashes may be escaped ("\/submit\/..."). */
struct scan_span uri_part(const uint8_t *line, const struct scan_span *uri, enum uri_part part);

#endif
