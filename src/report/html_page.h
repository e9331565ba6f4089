/* The page while it is written: a buffer whose first error sticks, so that writers need not look
 * at every single step.
 *
 * page_put() and page_printf() take the program's own texts only; texts from outside go through
 * page_text(). Coordinates and figures are written the same whatever the locale.
 */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "base/buffer.h"
#include "base/day.h"
#include <pingsieve/accounts.h>
#include <stdbool.h>

struct page {
  struct buffer *out;
  struct ps_error *err;
  int status; /* PS_OK, or the first error; nothing is written after it */
};

void page_put(struct page *page, const char *markup);
void page_printf(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_text(struct page *page, const char *text); /* escaped */
/* The same, at most `columns` characters (wide ones count as two), the last one an ellipsis. */
void page_text_cut(struct page *page, const char *text, size_t columns);
size_t page_columns(const char *text); /* that page_text() would take */

void page_count(struct page *page, uint64_t n);                   /* 1,282,154 */
void page_nouns(struct page *page, uint64_t n, const char *noun); /* "1 ping", "2,000 pings" */
void page_day(struct page *page, day_t day);                      /* 2017-03-12 */
void page_px(struct page *page, double px);                       /* a coordinate, to a tenth */
void page_bounded(struct page *page, struct ps_bounded figure);   /* 1,619,126 or
   1,619,126 +274, or at most 274 */

/* Figures as text, in any locale; anything but a number is 0. */
#define PAGE_FIGURE 64
/* Three digits, or all of an integer part that is longer: 192,500  140  1.28  0.05 */
char *page_rate_format(double value, char out[PAGE_FIGURE]);
/* Six decimals where they matter: 3,504  2,394.55 */
char *page_number_format(double value, char out[PAGE_FIGURE]);
/* For sorting and copying: 192500.000000 */
char *page_raw_format(double value, char out[PAGE_FIGURE]);
/* Of the ticks of an axis: 200  10k  1.2M  118bn */
char *page_short_format(double value, char out[PAGE_FIGURE]);
/* 99.96 %; "under 0.01 %" when it is not nothing; "-" when `of` is 0. */
char *page_share_format(double part, double of, char out[PAGE_FIGURE]);

#endif
