/* The statements of a report, derived from the days it collected (source.h): the steps of
 * report_finish(), in this order. */
#ifndef REPORT_DERIVE_H
#define REPORT_DERIVE_H

#include "report/report.h"

int derive_days(struct report *report, struct ps_error *err); /* with totals and outliers */
int derive_labels(struct report *report, struct ps_error *err);
int derive_distributions(struct report *report, struct ps_error *err);
int derive_flags(struct report *report, struct ps_error *err);
int derive_ranking(struct report *report, size_t rank, struct ps_error *err);
void derive_release(struct report *report);

#endif
