/* The days of a report as they were read, and how days of several sources become one: what the
 * report is derived from, and what its JSON form carries so that reports can be joined.
 *
 * Rows are sorted by docType and channel, ranking entries by count (largest first) and key, flags
 * as they were raised. All texts are valid UTF-8. One with zero bytes is empty and valid.
 */
#ifndef REPORT_SOURCE_H
#define REPORT_SOURCE_H

#include "report/identity.h"
#include "report/report.h"

#define SOURCE_ROWS_MAX 65536u /* docType and channel combinations a day, after joining */

struct source_entry {
  struct identity who;
  struct ps_bounded figure;
};
struct source_ranking {
  uint64_t total, absent; /* as in struct ps_ranking */
  size_t n;
  struct source_entry *entries;
};
struct source_flag {
  struct ps_flag flag; /* its measure is the report's */
  struct identity who;
};

struct report_source_day {
  day_t day;
  uint64_t keys;
  size_t nrows;
  struct ps_day_row *rows;
  struct ps_day_figures without_client, canary;
  uint8_t registers[PS_REGISTERS];
  bool measured[PS_MEASURES_MAX];
  struct ps_distribution distribution[PS_MEASURES_MAX]; /* its bins are bins[] */
  struct ps_bin *bins[PS_MEASURES_MAX];
  struct source_ranking ranking[PS_RANKS_MAX];
  size_t nflags;
  struct source_flag *flags;
  uint64_t more_flags;
};

void source_release(struct report_source_day *day);

/* A store's day; measure i of it becomes measure_of[i]. */
int source_from_account(const struct ps_account_day *from, const unsigned *measure_of,
                        bool show_ids, struct report_source_day *day, struct ps_error *err);

/* Adds the same day of another source, which is empty afterwards. */
int source_merge(struct report_source_day *day, struct report_source_day *other,
                 struct ps_error *err);

/* Puts entries into their order. */
void source_sort_ranking(struct source_ranking *ranking);
void source_sort_rows(struct report_source_day *day);
/* Keeps of each ranking the clients that are among the n largest of any ranking, or flagged, and
 * raises `absent` to what the others may have: a client that is listed has all its figures. */
int source_cut(struct report_source_day *day, size_t n, struct ps_error *err);

const struct source_entry *source_find(const struct source_ranking *ranking,
                                       const struct identity *who); /* NULL: not there */

/* Whether the options' docType and channel choose the row. */
bool source_row_is_chosen(const struct report_options *options, const struct ps_day_row *row);

/* Adds a day to a report: merged with what is there of the day, dropped when out of the range.
 * Takes the day over in any case. */
int report_take_day(struct report *report, struct report_source_day *day, struct ps_error *err);

#endif
