/* Tables of a page: each is opened with its columns, filled row by row, and closed. The script
 * makes them sortable, those of many rows filterable, and all of them copyable as CSV.
 */
#ifndef REPORT_HTML_CELLS_H
#define REPORT_HTML_CELLS_H

#include "report/html_page.h"

enum html_column_kind { COLUMN_TEXT, COLUMN_NUMBER };
struct html_column {
  const char *name; /* the program's own */
  enum html_column_kind kind;
};
#define HTML_COLUMNS(list) .ncolumns = sizeof(list) / sizeof *(list), .columns = (list)

/* `caption`: the program's own; `measure` (may be NULL) is appended to it, escaped. `open`: shown
 * without a click; else `summary`, "Table" if NULL, and the number of rows are what to click on. */
struct html_table {
  const char *caption, *measure, *summary;
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
void html_cell_rate(struct page *page, double value);   /* three digits or its integer part */
void html_cell_number(struct page *page, double value); /* all that matters of it */
void html_cell_rules(struct page *page, uint32_t rules);

#endif
