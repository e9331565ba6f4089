/* The parts of the page, from top to bottom; html.c puts them together. */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

#include "report/html_page.h"
#include "report/report.h"

/* Written by html_embed_generate.c while building: the style sheet, the script, and their hashes
 * as a Content-Security-Policy names them (sha256-...). */
extern const char html_style[], html_style_hash[], html_script[], html_script_hash[];

/* ---- html_words.c: what is said in words ---- */
void html_head(struct page *page, const struct report *report);
void html_tiles(struct page *page, const struct report *report);
void html_stand_out(struct page *page, const struct report *report);
void html_notes(struct page *page, const struct report *report);

/* ---- html_days.c, html_clients.c: charts, each with its table ---- */
void html_days(struct page *page, const struct report *report);
void html_measures(struct page *page, const struct report *report);
void html_clients(struct page *page, const struct report *report);

/* ---- html_tables.c ---- */
enum html_column_kind { COLUMN_TEXT, COLUMN_NUMBER };
struct html_column {
  const char *name; /* the program's own */
  enum html_column_kind kind;
};
/* `caption`: the program's own; `measure` (may be NULL) is appended to it, escaped. `open`: shown
 * without a click; else `summary` is what to click on. */
struct html_table {
  const char *caption, *measure;
  bool open;
  size_t ncolumns;
  const struct html_column *columns;
  size_t nrows;
};
void html_table_open(struct page *page, const struct html_table *table);
void html_table_close(struct page *page, const struct html_table *table);
void html_row_open(struct page *page);
void html_row_close(struct page *page);
void html_cell_head(struct page *page, const char *text); /* names its row; from outside */
void html_cell_day(struct page *page, day_t day, bool head);
void html_cell_text(struct page *page, const char *text); /* from outside */
void html_cell_count(struct page *page, uint64_t n);
void html_cell_bounded(struct page *page, struct ps_bounded figure);
void html_cell_error(struct page *page, uint64_t error); /* exact or +274 */
void html_cell_share(struct page *page, double part, double of);
void html_cell_rate(struct page *page, double value);
void html_cell_rules(struct page *page, uint32_t rules);

void html_labels_table(struct page *page, const struct report *report);
void html_flags_table(struct page *page, const struct report *report);
void html_days_table(struct page *page, const struct report *report);
void html_shares_table(struct page *page, const struct report *report);
void html_measure_table(struct page *page, const struct report *report, size_t measure);
void html_bars_table(struct page *page, const struct report *report, size_t measure);
void html_ranking_table(struct page *page, const struct report *report, size_t rank);

/* Of a flag: why it was raised, in words. */
void html_evidence(struct page *page, const struct ps_flag *flag);
/* The final figures of a flag's client and day, when a ranking has them. */
const struct report_client *html_find_client(const struct report *report,
                                             const struct report_flag *flag);
/* "histograms", or "pings", "duplicates"; from outside. */
const char *html_rank_name(const struct report *report, size_t rank);

#endif
