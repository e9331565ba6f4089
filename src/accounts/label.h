/* Labels: the texts of a ping's docType and channel as they are counted and shown. */
#ifndef ACCOUNTS_LABEL_H
#define ACCOUNTS_LABEL_H

#include "scan/scan.h"
#include <pingsieve/accounts.h>

/* The text of a string, number or literal at `span`, unescaped, cut at a character before `size`
 * (at most 256) bytes and at a NUL. The rest of `out` is NULs, so that texts compare by memcmp().
 * "" for anything else. */
#define LABEL_SPAN_MAX 256u
void label_of_span(const uint8_t *line, const struct scan_span *span, char *out, size_t size);

/* The label at `span`: only strings are labels. */
void label_text(const uint8_t *line, const struct scan_span *span, char out[PS_LABEL_BYTES]);

#endif
