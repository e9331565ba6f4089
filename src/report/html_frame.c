#include "report/html_frame.h"

#include <time.h>

/* ---- the document ---- */

static void policy(struct page *page) {
  page_put(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src '");
  page_put(page, html_style_hash);
  page_put(page, "'; script-src '");
  page_put(page, html_script_hash);
  page_put(page, "'; base-uri 'none'; form-action 'none'\">\n");
}

void html_open(struct page *page, const struct html_title *title) {
  page_put(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  policy(page);
  page_put(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"generator\" content=\"pingsieve\">\n"
                 "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
  title->write(page, title->context, page_day);
  page_put(page, "</title>\n<style>");
  page_put(page, html_style);
  page_put(page, "</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"product\">");
  page_put(page, title->product);
  page_put(page, "</p>\n<h1>");
  title->write(page, title->context, html_day);
  page_put(page, "</h1>\n");
}

void html_header_close(struct page *page) { page_put(page, "</header>\n"); }

void html_close(struct page *page) {
  page_put(page, "</main>\n<script>");
  page_put(page, html_script);
  page_put(page, "</script>\n</body>\n</html>\n");
}

/* ---- words ---- */

void html_day(struct page *page, day_t day) {
  page_put(page, "<time>");
  page_day(page, day);
  page_put(page, "</time>");
}

void html_made(struct page *page, uint64_t seconds) {
  struct tm tm;
  time_t at = (time_t)seconds;
  char text[40];
  if (seconds <= UINT64_C(253402300799) && gmtime_r(&at, &tm) &&
      strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &tm))
    page_printf(page, "<div><dt>Made</dt><dd>%s</dd></div>", text);
}

/* ---- tiles and figures ---- */

void html_tile_open(struct page *page, const char *name, const char *of) {
  page_printf(page, "<div><dt>%s", name);
  if (of) page_text(page, of);
  page_put(page, "</dt><dd>");
}

void html_tile_close(struct page *page) { page_put(page, "</dd></div>\n"); }

void html_tile_count(struct page *page, const char *name, uint64_t n, uint64_t of) {
  char share[PAGE_FIGURE];
  html_tile_open(page, name, NULL);
  page_count(page, n);
  if (n && of)
    page_printf(page, " <small>%s</small>", page_share_format((double)n, (double)of, share));
  html_tile_close(page);
}

void html_figure_open(struct page *page, const char *heading, const char *of) {
  page_printf(page, "<figure><figcaption><h3>%s", heading);
  if (of) page_text(page, of);
  page_put(page, "</h3>");
}

void html_caption_close(struct page *page) { page_put(page, "</figcaption>\n"); }
void html_figure_close(struct page *page) { page_put(page, "</figure>\n"); }
