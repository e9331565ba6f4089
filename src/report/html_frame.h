/* The frame of all pages: the document around them, with its policy, style sheet and script, and
 * the parts that they are put together of. Tables are in html_cells.h, charts in chart.h.
 *
 * Texts are the program's own where nothing else is said.
 */
#ifndef REPORT_HTML_FRAME_H
#define REPORT_HTML_FRAME_H

#include "report/html_page.h"

/* Written by html_embed_generate.c while building: the style sheet, the script, and their hashes
 * as a Content-Security-Policy names them (sha256-...). */
extern const char html_style[], html_style_hash[], html_script[], html_script_hash[];

typedef void html_write_day(struct page *page, day_t day);

/* The title is written twice: for the window, and as the heading, where days may have markup. Facts
 * follow it, until html_header_close(). */
struct html_title {
  const char *product; /* "pingsieve report" */
  void (*write)(struct page *page, const void *context, html_write_day *write_day);
  const void *context;
};
void html_open(struct page *page, const struct html_title *title);
void html_header_close(struct page *page);
void html_close(struct page *page);

void html_day(struct page *page, day_t day);         /* never broken into lines */
void html_made(struct page *page, uint64_t seconds); /* a fact; nothing beyond the year 9999 */

/* Tiles stand in a <dl class="tiles">; `of` (may be NULL) is from outside. */
void html_tile_open(struct page *page, const char *name, const char *of);
void html_tile_close(struct page *page);
void html_tile_count(struct page *page, const char *name, uint64_t n, uint64_t of); /* and share */

/* A figure with its heading, to which `of` (may be NULL) is appended, escaped; text written before
 * html_caption_close() stands below the heading. */
void html_figure_open(struct page *page, const char *heading, const char *of);
void html_caption_close(struct page *page);
void html_figure_close(struct page *page);

#endif
