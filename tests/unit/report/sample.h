/* Reports to render, the same at every call: what a store would have given, made by hand. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "report/report.h"

enum sample {
  SAMPLE_EMPTY,   /* a store nothing was counted in */
  SAMPLE_DAY,     /* one quiet day, 2017-03-01 */
  SAMPLE_POST,    /* 2017-03-01 to 2017-03-16, the 12th with one client's 118,021,474,114
                     measurements */
  SAMPLE_YEAR,    /* 400 days from 2016-01-01, one of them not there, inexact rankings */
  SAMPLE_HOSTILE, /* texts that want to be markup, formulas or terminal escapes in every field */
  SAMPLES
};
#define SAMPLE_MADE UINT64_C(1489708800) /* 2017-03-17 */

/* Adds the sample as one source, "./seen". `shard` varies its clients, not its days. */
int sample_add(struct report *report, enum sample which, unsigned shard, struct ps_error *err);

/* A finished report of it; options NULL: the defaults. */
int sample_report(enum sample which, const struct report_options *options, struct report *report,
                  struct ps_error *err);

#endif
