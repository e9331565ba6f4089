/* The parts of a profile's page, from top to bottom; profile_html.c puts them together. The
 * things they share with a report's page are in html_frame.h and html_cells.h.
 *
 * A page is bounded: clients beyond PROFILE_HTML_CLIENTS are in the overview alone, and tables end
 * after `rows` rows. The page says so in either place.
 */
#ifndef REPORT_PROFILE_HTML_H
#define REPORT_PROFILE_HTML_H

#include "report/html_cells.h"
#include "report/html_frame.h"
#include "report/profile_render.h"

#define PROFILE_HTML_CLIENTS  20u
#define PROFILE_HTML_ROWS     1000u /* of a table, when there is one client */
#define PROFILE_HTML_ROWS_MIN 100u  /* when there are many */

struct profile_html {
  struct page page;
  const struct ps_profile *profile;
  const struct profile_render_options *options;
  size_t shown;    /* clients that are told in full */
  size_t rows;     /* of a table at most */
  unsigned charts; /* drawn so far: no two have the same id */
};

extern const char *const profile_html_populations[PS_POPULATIONS]; /* "All copies", ... */

/* ---- profile_html.c ---- */
/* The rows, of n, that a table has. profile_html_left_out() in front of it says how many are left
 * out. */
size_t profile_html_rows(const struct profile_html *html, size_t n);
void profile_html_left_out(struct profile_html *html, size_t n, const char *noun);
/* ---- profile_html_client.c: what is said of a client in words and tiles ---- */
void profile_html_client(struct profile_html *html, size_t number);
void profile_html_overview(struct profile_html *html);
/* "A profile shared ...", each in an element of a list. */
void profile_html_looks(struct profile_html *html, const struct ps_profile_client *client);

/* ---- profile_html_days.c ---- */
void profile_html_days(struct profile_html *html, const struct ps_profile_client *client);
void profile_html_documents(struct profile_html *html, const struct ps_profile_client *client);

/* ---- profile_html_numbers.c ---- */
struct profile_html_numbers {
  const char *name; /* from outside */
  const struct ps_profile_numbers *numbers;
};
double profile_html_median(const struct ps_profile_numbers *numbers, unsigned population);
/* Have they a histogram of more than one bar? */
bool profile_html_drawable(const struct ps_profile_numbers *numbers);
void profile_html_histogram(struct profile_html *html, const struct profile_html_numbers *of);
void profile_html_bins_table(struct page *page, const struct profile_html_numbers *of);
void profile_html_numbers_table(struct page *page, const struct profile_html_numbers *of);
void profile_html_measures(struct profile_html *html, const struct ps_profile_client *client);

/* ---- profile_html_values.c ---- */
void profile_html_standouts(struct profile_html *html, const struct ps_profile_client *client);
void profile_html_fields(struct profile_html *html, const struct ps_profile_client *client);

#endif
