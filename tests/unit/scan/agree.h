/* All kernels must say the same about a line as the portable scanner, whatever paths are asked for:
 * code and offset, spans, sums and flags.
 */
#ifndef TESTS_SCAN_AGREE_H
#define TESTS_SCAN_AGREE_H

#include "lines.h"
#include "scan/scan.h"
#include <stdbool.h>

/* The first set is what agree_result() is about: see agree.c. */
#define AGREE_SETS 9

struct agree; /* the path sets, compiled */

struct agree *agree_create(void);
void agree_free(struct agree *agree);

/* Scans the line with every kernel and set; *result is the portable scanner's for the first set.
 * Prints what differs and returns false if anything does. */
bool agree_on(struct agree *agree, const struct line *line, struct scan_result *result);

/* Spans and sums of the first set. */
enum agree_span {
  AGREE_META_ID,
  AGREE_DOCUMENT_ID,
  AGREE_ID,
  AGREE_DOCUMENT_ID_2,
  AGREE_ATTRIBUTE_ID,
  AGREE_CLIENT,
  AGREE_DATE,
  AGREE_TYPE,
  AGREE_TYPE_2,
  AGREE_VERSION,
  AGREE_INFO
};
enum agree_sum { AGREE_ALL_SUM, AGREE_SSL_SUM };
const char *agree_span_path(unsigned span); /* NULL: no more */

#endif
