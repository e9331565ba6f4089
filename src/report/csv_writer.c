#include "report/csv_writer.h"

#include "base/format.h"
#include "report/escape.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put(struct csv_writer *w, const char *text, size_t len) {
  if (w->status == PS_OK) w->status = buffer_append(w->out, text, len, w->err);
}

void csv_separate(struct csv_writer *w) {
  if (w->comma) put(w, ",", 1);
  w->comma = true;
}

void csv_end_row(struct csv_writer *w) {
  put(w, "\r\n", 2);
  w->comma = false;
}

void csv_empty(struct csv_writer *w) { csv_separate(w); }

void csv_heads(struct csv_writer *w, const char *names) {
  while (*names) {
    size_t len = strcspn(names, " ");
    csv_separate(w);
    put(w, names, len);
    names += len;
    names += *names == ' ';
  }
}

void csv_text(struct csv_writer *w, const char *cell) {
  csv_separate(w);
  if (w->status == PS_OK) w->status = escape_csv(w->out, cell, strlen(cell), w->err);
}

void csv_count(struct csv_writer *w, uint64_t number) {
  csv_separate(w);
  if (w->status == PS_OK) w->status = buffer_printf(w->out, w->err, "%" PRIu64, number);
}

void csv_real(struct csv_writer *w, double number) {
  csv_separate(w);
  if (w->status == PS_OK)
    w->status = buffer_printf(w->out, w->err, "%.10g", isfinite(number) ? number : 0);
}

void csv_exact(struct csv_writer *w, double number) {
  char text[FORMAT_TEXT];
  csv_separate(w);
  (void)format_exact(number, text);
  put(w, text, strlen(text));
}

void csv_day(struct csv_writer *w, day_t day) {
  char cell[DAY_TEXT];
  day_format(day, cell);
  csv_text(w, cell);
}
