/* The parts of the page, from top to bottom; html.c puts them together. */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

#include "report/html_cells.h"
#include "report/html_frame.h"
#include "report/report.h"

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
