/* Messages of a profile's run on standard error, beside its page: problems with inputs, warnings
 * where something seems to be set up wrong, and the figures. */
#ifndef CLI_PROFILE_SUMMARY_H
#define CLI_PROFILE_SUMMARY_H

#include "cli/arguments.h"
#include <pingsieve/profile.h>

struct profile_outcome {
  const struct arguments *arguments;
  struct ps_profiler *profiler;     /* the run is over */
  const struct ps_profile *profile; /* NULL: there is none */
  struct ps_profile_figures figures;
};

/* The first SUMMARY_PROBLEMS of them. */
int profile_summary_problems(const struct profile_outcome *outcome, struct ps_error *err);

/* Why a strict run has no page, beside the problems. */
void profile_summary_strict(const struct profile_outcome *outcome);

/* For a run that went to the end: malformed lines, inputs without pings, clients without any. */
void profile_summary_warnings(const struct profile_outcome *outcome);

/* A block goes to a terminal, a line of key=value elsewhere. */
void profile_summary_print(const struct profile_outcome *outcome);

#endif
