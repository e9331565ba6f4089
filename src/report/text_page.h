/* A page for a terminal: headings, paragraphs that wrap, and tables that fit its width.
 *
 * All texts are given raw and escaped when they are printed, so that nothing from outside can steer
 * the terminal. No line has trailing blanks. The first error sticks in `status`.
 */
#ifndef REPORT_TEXT_PAGE_H
#define REPORT_TEXT_PAGE_H

#include "base/buffer.h"
#include <stdbool.h>

struct text_page {
  struct buffer *out;
  struct ps_error *err;
  int status;
  unsigned width;
  bool colour, ascii;
};

enum text_style { TEXT_PLAIN, TEXT_STRONG, TEXT_FAINT, TEXT_FULL, TEXT_PART, TEXT_ALARM };

/* The remark stands behind it or, where there is no room, below. */
void text_heading(struct text_page *page, const char *heading, const char *remark);
/* Words wrapped at the page's width; lines after the first begin at `hang`. */
void text_paragraph(struct text_page *page, unsigned indent, unsigned hang, const char *text);
void text_blank(struct text_page *page);

/* ---- tables ---- */

#define TEXT_COLUMNS_MAX 14u
#define TEXT_BAR_MIN     8u
#define TEXT_BAR_MAX     60u

enum text_align {
  TEXT_LEFT,  /* cut with an ellipsis when the table is too wide even so */
  TEXT_RIGHT, /* never cut */
  TEXT_BAR    /* takes the room that is left */
};

struct text_column {
  const char *title;
  enum text_align align;
  unsigned rank; /* columns of the highest rank go first when there is no room; 0 stays */
  enum text_style style;
};

struct text_cell {
  char *text;        /* NULL: nothing there */
  double full, part; /* of a bar: its length, and how much of it is the first kind, in [0, 1] */
};

/* One with its columns set and the rest zero is an empty table. Cells are added row by row. */
struct text_table {
  const struct text_column *columns;
  size_t ncolumns;
  struct text_cell *cells;
  size_t n, cap;
  bool headless;
};

void text_cell(struct text_page *page, struct text_table *table, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void text_bar(struct text_page *page, struct text_table *table, double full, double part);
/* Prints and frees. */
void text_table_print(struct text_page *page, struct text_table *table);

#endif
