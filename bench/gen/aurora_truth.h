/* The content of a plan (aurora.h), counted, as JSON: of each of the three populations (all copies,
 * first copies, documents seen exactly once), in this order.
 *
 * {"client": its id, "scale": N, "pings": [a, f, o],
 *  "days": [["2017-01-02", a, f, o, distinct documents], ...],
 *  "documents": [[id, copies, days, first day, last day, first ns, last ns], ...] most repeated
 * first "fields": {"CPU MHz": {"3504": [a, f, o], ...}, "session length", "city", "add-ons",
 *             "default browser", "OS"}, values as they are in the pings
 *  "measures": {"histograms": {"17": [a, f, o], ...}, "ssl": ...}: pings by their measurements
 *  "member": {"sum": [a, f, o], "pings": ..., "odd": ..., "disagree": ...} of ssl's `sum`
 *  "others": {"pings": n, "chatty": {"client": id, "pings": n},
 *             "fields": {"CPU MHz": {"2400": n, ...}, ...}}}
 */
#ifndef GEN_AURORA_TRUTH_H
#define GEN_AURORA_TRUTH_H

#include "aurora.h"
#include <stdio.h>

#define AURORA_TOLD 200u /* most repeated documents that are told */

void aurora_tell(const struct aurora *a, uint32_t scale, FILE *out);

#endif
