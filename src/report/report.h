/* The report's model: its figures and findings, made from one store or from the JSON reports of
 * several, before it is rendered.
 *
 * report_read_store() and report_read_json() collect days, report_finish() derives what is shown;
 * the renderers (render.h) only read it. Everything in it is a plain number or a text from outside
 * that no renderer may print unescaped. Rankings are of client-days: one client on one day.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/buffer.h"
#include "base/day.h"
#include <pingsieve/accounts.h>

#define REPORT_TOP 10u /* --top */
#define REPORT_TOP_MAX                                                                             \
  1000u /* entries of a ranking that are kept and written to JSON: the larger                      \
           of --top and REPORT_KEPT */
#define REPORT_KEPT 100u
#define REPORT_LISTED                                                                              \
  (PS_RANKS_MAX * REPORT_TOP_MAX + PS_FLAGS_MAX) /* entries of a ranking in all: those that are    \
                                                    kept of any, and flagged clients */
#define REPORT_SOURCES 64u
#define REPORT_OUTLIER 10.0 /* times the median of the other days, or less than its inverse */

struct report_options {
  bool from_given, to_given;
  day_t from, to;             /* both included */
  size_t top;                 /* 0: REPORT_TOP */
  const char *type, *channel; /* borrowed; NULL: all. They choose rows; clients, distributions and
                                 flags are of all pings, and renderers say so */
  bool show_ids;              /* else client ids are shortened to 8 characters and an ellipsis */
};

#define REPORT_BARS 40u /* of a distribution at most, the one of zeros aside */
struct report_bar { /* one bar of a distribution of measurements per ping: values in [from, to] */
  double from, to;
  uint64_t count;
};

struct report_measure_day {
  bool measured;
  double per_ping;      /* measurements / pings; 0 without pings */
  double others_median; /* of per_ping over the other days that were measured; of an even number
                           of days the value between the middle ones that is nearest to per_ping */
  double
      ratio; /* per_ping / others_median; 0 when there are not two other days or the median is 0 */
  bool stands_out;      /* ratio >= REPORT_OUTLIER or, with pings, <= 1 / REPORT_OUTLIER */
  double p50, p99, max; /* measurements per ping */
};

struct report_day {
  day_t day;
  struct ps_day_figures figures; /* of the chosen rows */
  uint64_t keys;    /* documentIds in the seen-set; only for days that are still in it */
  bool incomplete;  /* the seen-set holds more documentIds of the day than are accounted for: some
                       were marked without accounts (only told without type and channel filter) */
  uint64_t clients; /* estimate */
  struct report_measure_day measure[PS_MEASURES_MAX];
  size_t nflags; /* of the day */
};

struct report_label { /* the sum over days by docType, by channel, or by both */
  char type[PS_LABEL_BYTES], channel[PS_LABEL_BYTES];
  struct ps_day_figures figures;
};
struct report_labels {
  size_t n;
  struct report_label *at; /* by pings, largest first */
};

struct report_client {
  day_t day;
  struct ps_client client; /* of a client read from JSON only the kind is known: use name and key */
  char name[96];           /* shown: shortened or whole, never escaped; valid UTF-8 */
  char key[33];            /* hex of the id's hash: the same client has the same in every report */
  struct ps_bounded figure;
  double share; /* of the day's total, of all rows, in [0, 1]; of the lower bound */
  /* The same client's figures in the day's other rankings; where it is not in one, count 0 and
   * error = that ranking's bound for absent clients. */
  struct ps_bounded pings, duplicates,
      measurements;            /* of the ranking's measure, else of the first */
  struct ps_bounded documents; /* distinct ones: pings that are no duplicates */
  uint32_t rules;              /* bit r: flagged that day by enum ps_rule r */
};
struct report_ranking {
  size_t n; /* at most options.top */
  struct report_client *at;
  uint64_t absent; /* no client-day that is not listed has more than this, or than the last one */
};

struct report_flag {
  struct ps_flag flag;
  char name[96], key[33]; /* as in struct report_client */
};

struct report {
  struct report_options options;
  size_t nsources;
  char *sources[REPORT_SOURCES]; /* the store's directory, or the JSON files */
  bool from_json;
  uint64_t made; /* seconds since 1970 */
  day_t watermark;
  uint32_t keep_days;
  bool any;          /* there are accounts at all ... */
  day_t first, last; /* ... of these days, whatever the range asked for */
  size_t nmeasures;
  struct ps_account_measure measures[PS_MEASURES_MAX];

  size_t ndays;
  struct report_day *days; /* ascending; days without accounts are not there */
  struct ps_day_figures total;
  struct ps_day_figures without_client, canary; /* of all rows */
  uint64_t clients; /* estimate of distinct clients over all days shown */
  struct report_labels types, channels, both;
  struct report_ranking ranking[PS_RANKS_MAX]; /* enum PS_RANK_...; 2 + measure */
  size_t nflags;
  struct report_flag *flags; /* by day, then as they were raised; at most REPORT_FLAGS */
  uint64_t more_flags;       /* that are not in `flags` */
  struct ps_distribution distribution[PS_MEASURES_MAX]; /* over all days shown */
  struct ps_bin *bins[PS_MEASURES_MAX];                 /* distribution[] points to them */
  size_t nbars[PS_MEASURES_MAX];
  struct report_bar
      *bars[PS_MEASURES_MAX];       /* of about equal width on a log scale, zeros first if any */
  struct report_source_day *source; /* the merged days as they were read; for the JSON renderer */
  size_t nsource, source_cap;       /* nsource == ndays once finished */
  unsigned measure_of[PS_MEASURES_MAX]; /* the open source's measure i is measures[measure_of[i]] */
  bool unaccounted; /* a store holds documentIds, but none of them was counted */
};
#define REPORT_FLAGS 4096u

struct report_source_day; /* report/source.h */

void report_init(struct report *report, const struct report_options *options);
void report_release(struct report *report);

/* Adds a store's days, read while filters may write to it. PS_E_ARGUMENT for a range that is upside
 * down. */
int report_read_store(struct report *report, const char *dir, struct ps_error *err);

/* The steps of report_read_store(): a source begins with its name and its sums, then its days come
 * in any order; those outside the range are left out. A measure that another source has with
 * another path, or too many of them, is PS_E_ARGUMENT. */
int report_begin_source(struct report *report, const char *name,
                        const struct ps_accounts_info *info, struct ps_error *err);
int report_add_day(struct report *report, const struct ps_account_day *day, struct ps_error *err);
/* Adds the days of a JSON report; days of several sources merge: counts and bounds add up. An
 * error names the file, line and byte offset; any file is bounded by REPORT_JSON_MAX. */
#define REPORT_JSON_MAX     (256u << 20)
#define REPORT_JSON_FORMAT  "pingsieve-report"
#define REPORT_JSON_VERSION 1u
int report_read_json(struct report *report, const char *path, struct ps_error *err);
/* Once, after all sources. Adding to a finished report is not possible. */
int report_finish(struct report *report, struct ps_error *err);

/* For a finished report without days: a sentence that says what is not there, and what is. Texts
 * from outside are not escaped. */
int report_say_absence(const struct report *report, struct buffer *out, struct ps_error *err);

/* How many entries of a ranking are kept for the report's options. */
size_t report_kept(const struct report *report);

#endif
