#include "base/error.h"
#include "base/format.h"
#include "report/render.h"
#include "report/text_sections.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH_MIN 40u
#define WIDTH_MAX 400u

/* ---- words ---- */

char *text_rate(double rate, char text[TEXT_RATE]) {
  if (!(rate > 0)) rate = 0;
  if (rate >= 9.95 || rate == floor(rate))
    return format_count(rate < 1e18 ? (uint64_t)llround(rate) : UINT64_C(1000000000000000000),
                        text);
  (void)snprintf(text, TEXT_RATE, rate >= 0.095 ? "%.1f" : "%.2g", rate);
  return text;
}

void text_say(struct text_page *page, struct buffer *words, const char *format, ...) {
  if (page->status != PS_OK) return;
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  int n = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (n < 0) page->status = error_memory(page->err, 0);
  else page->status = buffer_append(words, text, (size_t)n, page->err);
  free(n < 0 ? NULL : text);
}

void text_words(struct text_page *page, unsigned indent, unsigned hang, struct buffer *words) {
  if (page->status == PS_OK && words->len)
    text_paragraph(page, indent, hang, (const char *)words->data);
  buffer_clear(words);
}

/* ---- the top of the page ---- */

static void put_title(struct text_page *page, const struct report *report) {
  struct buffer words = BUFFER_INIT;
  char from[DAY_TEXT], to[DAY_TEXT], n[FORMAT_TEXT];
  text_say(page, &words, "pingsieve report:");
  for (size_t i = 0; i < report->nsources; i++)
    text_say(page, &words, " %s%s", report->sources[i], i + 1 < report->nsources ? "," : "");
  if (report->ndays) {
    day_format(report->days[0].day, from);
    day_format(report->days[report->ndays - 1].day, to);
    text_say(page, &words, ", %s", from);
    if (report->ndays > 1)
      text_say(page, &words, " to %s (%s days)", to, format_count(report->ndays, n));
  }
  day_format(report->watermark, to);
  if (report->watermark) text_say(page, &words, ", watermark %s", to);
  text_words(page, 0, 2, &words);
  buffer_release(&words);
}

static void put_filters(struct text_page *page, const struct report *report) {
  const struct report_options *options = &report->options;
  struct buffer words = BUFFER_INIT;
  if (options->type) text_say(page, &words, " docType %s", options->type);
  if (options->channel)
    text_say(page, &words, "%s channel %s", options->type ? " and" : "", options->channel);
  if (words.len) {
    struct buffer sentence = BUFFER_INIT;
    text_say(page, &sentence,
             "Only pings of%s are in the totals, days and docTypes; clients, distributions and "
             "flags are of all pings.",
             (const char *)words.data);
    if (!ps_day_figures_pings(&report->total))
      text_say(page, &sentence, " There were no such pings on these days.");
    text_words(page, 0, 0, &sentence);
    buffer_release(&sentence);
  }
  buffer_release(&words);
}

static void put_absence(struct text_page *page, const struct report *report) {
  struct buffer words = BUFFER_INIT;
  text_blank(page);
  if (page->status == PS_OK) page->status = report_say_absence(report, &words, page->err);
  text_words(page, 0, 0, &words);
  buffer_release(&words);
}

/* ---- totals ---- */

static const struct text_column total_columns[] = {
    {"", TEXT_LEFT, 0, TEXT_PLAIN},
    {"", TEXT_RIGHT, 0, TEXT_STRONG},
    {"", TEXT_RIGHT, 1, TEXT_PLAIN},
    {"", TEXT_LEFT, 2, TEXT_FAINT},
};

static void total(struct text_page *page, struct text_table *table, const char *what, uint64_t n,
                  uint64_t of, const char *remark) {
  char count[FORMAT_TEXT], share[FORMAT_TEXT] = "";
  text_cell(page, table, "%s", what);
  text_cell(page, table, "%s", format_count(n, count));
  text_cell(page, table, "%s", of ? format_share(n, of, share) : "");
  text_cell(page, table, "%s", remark);
}

static void put_totals(struct text_page *page, const struct report *report) {
  struct text_table table = {.columns = total_columns, .ncolumns = 4, .headless = true};
  const struct ps_day_figures *f = &report->total;
  uint64_t pings = ps_day_figures_pings(f);
  char remark[PS_MEASURE_NAME + TEXT_RATE + 32], name[PS_MEASURE_NAME + 16], rate[TEXT_RATE];
  char in[FORMAT_TEXT], out[FORMAT_TEXT];
  (void)snprintf(remark, sizeof remark, "%s in, %s out", format_bytes(f->bytes_in, in),
                 format_bytes(f->bytes_out, out));
  text_blank(page);
  total(page, &table, "pings", pings, 0, remark);
  total(page, &table, "documents", f->count[PS_UNIQUE], pings, "the first of their documentId");
  total(page, &table, "duplicates", f->count[PS_DUPLICATE], pings, "");
  total(page, &table, "malformed", f->count[PS_MALFORMED], pings, "");
  total(page, &table, "no id", f->count[PS_NO_ID], pings, "");
  total(page, &table, "late", f->count[PS_LATE], pings, "older than the retention");
  if (f->withheld)
    total(page, &table, "withheld", f->withheld, pings, "of flagged clients, not put out");
  total(page, &table, "clients", report->clients, 0, "estimated");
  for (size_t m = 0; m < report->nmeasures; m++) {
    double per_ping = pings ? (double)f->measurements[m] / (double)pings : 0;
    (void)snprintf(name, sizeof name, "%s", report->measures[m].name);
    (void)snprintf(remark, sizeof remark, "measurements, %s a ping", text_rate(per_ping, rate));
    total(page, &table, name, f->measurements[m], 0, remark);
  }
  text_table_print(page, &table);
}

int render_text(const struct report *report, const struct render_text_options *options,
                struct buffer *out, struct ps_error *err) {
  unsigned width = options->width;
  struct text_page page = {
      .out = out, .err = err, .colour = options->colour, .ascii = options->ascii};
  page.width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
  put_title(&page, report);
  if (report->ndays == 0) {
    put_absence(&page, report);
    return page.status;
  }
  put_filters(&page, report);
  put_totals(&page, report);
  text_outliers(&page, report);
  text_days(&page, report);
  text_labels(&page, report);
  text_rankings(&page, report);
  text_distributions(&page, report);
  text_flags(&page, report);
  text_notes(&page, report);
  return page.status;
}
