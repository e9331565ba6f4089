/* Labels: figures by (docType, channel), a bounded table; pings that do not fit are counted under
 * "other".
 *
 * Counts go to the open batch first and join the committed ones when it is committed, so that an
 * aborted batch leaves none.
 */
#ifndef SIEVE_LABELS_H
#define SIEVE_LABELS_H

#include "scan/ping.h"
#include <pingsieve/sieve.h>

struct labels;

int labels_create(struct labels **labels, struct ps_error *err);
void labels_free(struct labels *labels); /* NULL is fine */

/* Counts the ping whose line stands at `line`; bytes_out 0 when it does not leave. */
void labels_count(struct labels *labels, const uint8_t *line, const struct ping *ping,
                  enum ps_class class, uint64_t bytes_in, uint64_t bytes_out);
void labels_commit(struct labels *labels);
void labels_abort(struct labels *labels);

/* A malloc'ed copy of all figures, the open batch's included; *n of them. */
int labels_copy(const struct labels *labels, struct ps_label_figures **copy, size_t *n,
                struct ps_error *err);

#endif
