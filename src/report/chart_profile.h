/* The charts of a profile, which set populations beside each other: histograms as steps, and values
 * as groups of bars. A population has the same ink in all of them.
 */
#ifndef REPORT_CHART_PROFILE_H
#define REPORT_CHART_PROFILE_H

#include "report/chart.h"
#include <pingsieve/profile.h>

extern const struct chart_key chart_populations[PS_POPULATIONS];

/* ---- histograms ---- */

struct chart_panel {
  const char *name; /* "equal widths" */
  bool log;         /* of the values */
  size_t n;
  const struct ps_profile_bin *bins;
};
struct chart_panels {
  size_t n; /* side by side on wide screens, else one below the other; at least one */
  struct chart_panel at[2];
  const uint64_t *of;  /* shares are taken of it, by population */
  const char *counted; /* "ping" */
};
double chart_panels_height(const struct chart_panels *panels, bool narrow);
void chart_draw_panels(struct chart *chart, const struct chart_panels *panels);

/* ---- groups of bars ---- */

#define CHART_GROUP_BARS (PS_POPULATIONS + 1u)
#define CHART_GROUP_WORD 48

struct chart_group { /* a value with its share of each population, and of the others' pings */
  const char *name;  /* from outside */
  const char *note;  /* below it, from outside; may be NULL */
  double percent[CHART_GROUP_BARS];
  char figure[CHART_GROUP_BARS][CHART_GROUP_WORD], lift[CHART_GROUP_WORD];
  char short_lift[CHART_GROUP_WORD]; /* where there is little room */
};
struct chart_groups {
  size_t n;
  const struct chart_group *at;
  bool others; /* there are others, and lifts */
};
double chart_groups_height(const struct chart_groups *groups, bool narrow);
void chart_draw_groups(struct chart *chart, const struct chart_groups *groups);

#endif
