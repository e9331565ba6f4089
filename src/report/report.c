#include "report/report.h"

void report_init(struct report *report, const struct report_options *options) {
  *report = (struct report){.options = *options};
}
