/* Writes CSV (RFC 4180), cell by cell. The first error sticks in `status`; the calls after it do
 * nothing.
 */
#ifndef REPORT_CSV_WRITER_H
#define REPORT_CSV_WRITER_H

#include "base/buffer.h"
#include "base/day.h"
#include <stdbool.h>

struct csv_writer {
  struct buffer *out;
  struct ps_error *err;
  int status;
  bool comma; /* something stands before the next cell */
};

void csv_heads(struct csv_writer *w, const char *names); /* column names, separated by blanks */
void csv_text(struct csv_writer *w, const char *cell);   /* escaped */
void csv_count(struct csv_writer *w, uint64_t number);
void csv_real(struct csv_writer *w, double number);  /* 10 digits; 0 if it is not finite */
void csv_exact(struct csv_writer *w, double number); /* reads back as it is; "inf", "nan" */
void csv_day(struct csv_writer *w, day_t day);
void csv_empty(struct csv_writer *w);
/* A cell of several pieces: the comma before it; the pieces are appended to `out`. */
void csv_separate(struct csv_writer *w);
void csv_end_row(struct csv_writer *w);

#endif
