/* What the URI of a submission tells: the documentId and the docType in its path.
 *
 * /submit/telemetry/<documentId>/<docType>/... or
 * /submit/<namespace>/<docType>/<docVersion>/<documentId>, with or without a query behind
 * (mozilla/gcp-ingestion, ParseUri.java); others, such as /stub/..., tell neither.
 */
#ifndef SCAN_URI_H
#define SCAN_URI_H

#include "scan/scan.h"

/* The parts of the URI at `uri` as spans into the line; type SCAN_NONE for one that is not there or
 * empty. Slashes may be escaped ("\/submit\/..."). */
void uri_parts(const uint8_t *line, const struct scan_span *uri, struct scan_span *id,
               struct scan_span *type);

#endif
