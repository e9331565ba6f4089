/* The conditions and sample ids of a ps_selection, compiled into a schema and asked of each ping.
 */
#ifndef SCAN_SELECTION_H
#define SCAN_SELECTION_H

#include "scan/subject.h"

struct selection; /* immutable: threads may share one */

/* *selection is NULL if there is nothing to ask. The paths to capture are added to the specs, which
 * borrow from the selection; paths as for subject_compile(). PS_E_ARGUMENT names the condition. */
int selection_create(const struct ps_selection *from, const char *const *const paths[PS_FIELDS],
                     struct specs *specs, struct selection **selection, struct ps_error *err);
void selection_free(struct selection *selection); /* NULL is fine */

/* Do all conditions hold, and is the client in the sample? ping: its day is known already. */
bool selection_holds(const struct selection *selection, const struct scan_result *result,
                     const uint8_t *line, const struct ping *ping);

/* The day as submissionDate has it: "20170312", without a NUL. */
#define SELECTION_DAY 8
void selection_day(day_t day, uint8_t text[SELECTION_DAY]);

#endif
