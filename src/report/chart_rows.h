/* Rows: bars that lie, one a named thing, with its figure in words behind it; and bars that stand
 * side by side for a distribution. */
#ifndef REPORT_CHART_ROWS_H
#define REPORT_CHART_ROWS_H

#include "report/chart.h"

/* The short forms stand where there is little room; NULL: none. Only the name is from outside. */
struct chart_row {
  const char *name;
  const char *note, *short_note; /* behind the name; may be NULL */
  double value, upto;            /* a whisker from value to upto when that is more */
  const char *figure, *short_figure;
  const char *mark, *short_mark; /* why it is marked; NULL when it is not */
  enum chart_ink ink;
};
struct chart_rows {
  size_t n;
  const struct chart_row *at;
  bool fixed; /* names in a face of fixed width */
};

/* The height a drawing of them takes. */
double chart_rows_height(const struct chart_rows *rows, bool narrow);
void chart_draw_rows(struct chart *chart, const struct chart_rows *rows);

/* ---- distributions ---- */

struct chart_column { /* values in [from, to], counted */
  double from, to;
  uint64_t count;
};
struct chart_columns {
  size_t n;
  const struct chart_column *at; /* ascending, side by side at equal widths */
  const char *across;            /* the label of the values */
  double median, p99;            /* marked; 0: not */
};
void chart_draw_columns(struct chart *chart, const struct chart_columns *columns);

#endif
