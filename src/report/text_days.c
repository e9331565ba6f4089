/* The sections of the text report about days and labels. */
#include "base/format.h"
#include "report/period.h"
#include "report/text_sections.h"
#include <stdio.h>
#include <string.h>

/* ---- days, or weeks, months or years of them ---- */

static day_t day_at(const void *days, size_t i) {
  const struct report_day *at = days;
  return at[i].day;
}

struct span {
  size_t end; /* the first day behind it */
  struct ps_day_figures figures;
  char label[PERIOD_TEXT];
  bool stands_out, incomplete;
};

static struct span next_period(const struct report *report, size_t from, enum period unit) {
  struct span period = {.end = from};
  char label[PERIOD_TEXT];
  day_t first = period_of(report->days[from].day, unit, period.label);
  while (period.end < report->ndays &&
         period_of(report->days[period.end].day, unit, label) == first) {
    const struct report_day *day = &report->days[period.end++];
    ps_day_figures_add(&period.figures, &day->figures);
    period.incomplete |= day->incomplete;
    for (size_t m = 0; m < report->nmeasures; m++) period.stands_out |= day->measure[m].stands_out;
  }
  return period;
}

static const char *count_or_blank(uint64_t n, char text[FORMAT_TEXT]) {
  return n ? format_count(n, text) : "";
}

static double part_of(uint64_t part, uint64_t of) { return of ? (double)part / (double)of : 0; }

static void period_row(struct text_page *page, struct text_table *table,
                       const struct report *report, const struct span *period, uint64_t most) {
  const struct ps_day_figures *f = &period->figures;
  uint64_t pings = ps_day_figures_pings(f);
  char a[FORMAT_TEXT], rate[TEXT_RATE];
  text_cell(page, table, "%s%s%s", period->label, period->stands_out ? " !" : "",
            period->incomplete ? " *" : "");
  text_cell(page, table, "%s", format_count(pings, a));
  text_cell(page, table, "%s", format_count(f->count[PS_UNIQUE], a));
  text_cell(page, table, "%s", format_share(f->count[PS_DUPLICATE], pings, a));
  text_cell(page, table, "%s", count_or_blank(f->count[PS_MALFORMED], a));
  text_cell(page, table, "%s", count_or_blank(f->count[PS_NO_ID], a));
  text_cell(page, table, "%s", count_or_blank(f->count[PS_LATE], a));
  for (size_t m = 0; m < report->nmeasures; m++)
    text_cell(page, table, "%s", text_rate(part_of(f->measurements[m], pings), rate));
  text_bar(page, table, part_of(pings, most), part_of(pings - f->count[PS_DUPLICATE], pings));
}

void text_days(struct text_page *page, const struct report *report) {
  enum period unit = period_for(report->days, report->ndays, day_at);
  char heads[PS_MEASURES_MAX][PS_MEASURE_NAME + 8];
  struct text_column columns[TEXT_COLUMNS_MAX] = {{period_title(unit), TEXT_LEFT, 0, TEXT_PLAIN},
                                                  {"pings", TEXT_RIGHT, 0, TEXT_PLAIN},
                                                  {"documents", TEXT_RIGHT, 3, TEXT_PLAIN},
                                                  {"duplicate", TEXT_RIGHT, 1, TEXT_PLAIN},
                                                  {"malformed", TEXT_RIGHT, 5, TEXT_PLAIN},
                                                  {"no id", TEXT_RIGHT, 6, TEXT_PLAIN},
                                                  {"late", TEXT_RIGHT, 7, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = 7};
  for (size_t m = 0; m < report->nmeasures; m++) {
    (void)snprintf(heads[m], sizeof heads[m], "%s/ping", report->measures[m].name);
    columns[table.ncolumns++] = (struct text_column){heads[m], TEXT_RIGHT, 4, TEXT_PLAIN};
  }
  columns[table.ncolumns++] = (struct text_column){"", TEXT_BAR, 2, TEXT_PLAIN};
  uint64_t most = 0;
  for (size_t i = 0; i < report->ndays;) {
    struct span period = next_period(report, i, unit);
    uint64_t pings = ps_day_figures_pings(&period.figures);
    if (pings > most) most = pings;
    i = period.end;
  }
  for (size_t i = 0; i < report->ndays;) {
    struct span period = next_period(report, i, unit);
    period_row(page, &table, report, &period, most);
    i = period.end;
  }
  text_heading(page, period_names(unit),
               page->ascii ? "pings: # but for . duplicates"
                           : "pings: \xe2\x96\x88 but for \xe2\x96\x91 duplicates");
  text_table_print(page, &table);
}

/* ---- days that stand out ---- */

#define OUTLIERS 12u /* sentences */

void text_outliers(struct text_page *page, const struct report *report) {
  struct buffer words = BUFFER_INIT;
  size_t said = 0;
  for (size_t i = 0; i < report->ndays; i++)
    for (size_t m = 0; m < report->nmeasures; m++) {
      const struct report_measure_day *measure = &report->days[i].measure[m];
      if (!measure->stands_out || said++ >= OUTLIERS) continue;
      char day[DAY_TEXT], rate[TEXT_RATE];
      day_format(report->days[i].day, day);
      if (said == 1) text_heading(page, "Days that stand out", "");
      text_say(page, &words, "%s: %s measurements a ping (%s), ", day,
               text_rate(measure->per_ping, rate), report->measures[m].name);
      if (measure->ratio >= 1) text_say(page, &words, "%s times", text_rate(measure->ratio, rate));
      else if (measure->ratio > 0)
        text_say(page, &words, "1/%s of", text_rate(1 / measure->ratio, rate));
      else text_say(page, &words, "nothing of");
      text_say(page, &words, " the median of the other days (%s)",
               text_rate(measure->others_median, rate));
      text_words(page, 2, 4, &words);
    }
  if (said > OUTLIERS) {
    text_say(page, &words, "and %zu more: --format csv has them all", said - OUTLIERS);
    text_words(page, 2, 4, &words);
  }
  buffer_release(&words);
}

/* ---- docTypes and channels ---- */

static const char *label_or_dash(const char *label) { return *label ? label : "-"; }

void text_labels(struct text_page *page, const struct report *report) {
  static const struct text_column columns[] = {
      {"docType", TEXT_LEFT, 0, TEXT_PLAIN},    {"channel", TEXT_LEFT, 0, TEXT_PLAIN},
      {"pings", TEXT_RIGHT, 0, TEXT_PLAIN},     {"share", TEXT_RIGHT, 4, TEXT_PLAIN},
      {"documents", TEXT_RIGHT, 5, TEXT_PLAIN}, {"duplicate", TEXT_RIGHT, 2, TEXT_PLAIN},
      {"malformed", TEXT_RIGHT, 6, TEXT_PLAIN}, {"no id", TEXT_RIGHT, 7, TEXT_PLAIN},
      {"late", TEXT_RIGHT, 8, TEXT_PLAIN},      {"", TEXT_BAR, 3, TEXT_PLAIN}};
  const struct report_labels *labels = &report->both;
  struct text_table table = {.columns = columns, .ncolumns = sizeof columns / sizeof columns[0]};
  uint64_t all = ps_day_figures_pings(&report->total);
  uint64_t most = labels->n ? ps_day_figures_pings(&labels->at[0].figures) : 0;
  size_t n = labels->n < report->options.top ? labels->n : report->options.top;
  char a[FORMAT_TEXT];
  if (!n) return;
  for (size_t i = 0; i < n; i++) {
    const struct report_label *label = &labels->at[i];
    const struct ps_day_figures *f = &label->figures;
    uint64_t pings = ps_day_figures_pings(f);
    text_cell(page, &table, "%s", label_or_dash(label->type));
    text_cell(page, &table, "%s", label_or_dash(label->channel));
    text_cell(page, &table, "%s", format_count(pings, a));
    text_cell(page, &table, "%s", format_share(pings, all, a));
    text_cell(page, &table, "%s", format_count(f->count[PS_UNIQUE], a));
    text_cell(page, &table, "%s", format_share(f->count[PS_DUPLICATE], pings, a));
    text_cell(page, &table, "%s", count_or_blank(f->count[PS_MALFORMED], a));
    text_cell(page, &table, "%s", count_or_blank(f->count[PS_NO_ID], a));
    text_cell(page, &table, "%s", count_or_blank(f->count[PS_LATE], a));
    text_bar(page, &table, part_of(pings, most), part_of(pings - f->count[PS_DUPLICATE], pings));
  }
  char remark[FORMAT_TEXT + 32] = "";
  if (labels->n > n)
    (void)snprintf(remark, sizeof remark, "the first %zu of %s", n, format_count(labels->n, a));
  text_heading(page, "DocTypes and channels", remark);
  text_table_print(page, &table);
}
