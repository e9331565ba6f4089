#include "report/html_page.h"

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "report/escape.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void page_put(struct page *page, const char *markup) {
  if (!page->status) page->status = buffer_append(page->out, markup, strlen(markup), page->err);
}

void page_printf(struct page *page, const char *format, ...) {
  if (page->status) return;
  char text[1024];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof text)
    page->status = error_set(page->err, PS_E_INTERNAL, "a text of the page is too long");
  else page->status = buffer_append(page->out, text, (size_t)n, page->err);
}

void page_text(struct page *page, const char *text) {
  if (!page->status) page->status = escape_html(page->out, text, strlen(text), page->err);
}

/* Columns of the character at p in its visible form; *len: its bytes. East Asian scripts and most
 * pictographs lie above U+1100 and are about twice as wide. */
static size_t character_columns(const uint8_t *p, size_t avail, size_t *len) {
  char form[UTF8_VISIBLE];
  *len = utf8_visible(p, avail, form);
  if (form[0] == '\\' && *p != '\\') return strlen(form);
  return p[0] >= 0xe1 && !(p[0] == 0xe2 && p[1] < 0xba) ? 2 : 1;
}

size_t page_columns(const char *text) {
  size_t columns = 0, left = strlen(text), len;
  for (const uint8_t *p = (const uint8_t *)text; left; p += len, left -= len)
    columns += character_columns(p, left, &len);
  return columns;
}

void page_text_cut(struct page *page, const char *text, size_t columns) {
  size_t used = 0, keep = 0, len;
  if (page_columns(text) <= columns) {
    page_text(page, text);
    return;
  }
  for (size_t left = strlen(text); left; left -= len, keep += len) {
    used += character_columns((const uint8_t *)text + keep, left, &len);
    if (used + 1 > columns) break;
  }
  if (!page->status) page->status = escape_html(page->out, text, keep, page->err);
  page_put(page, "\xe2\x80\xa6");
}

void page_count(struct page *page, uint64_t n) {
  char text[FORMAT_TEXT];
  page_put(page, format_count(n, text));
}

void page_nouns(struct page *page, uint64_t n, const char *noun) {
  page_count(page, n);
  page_printf(page, n == 1 ? " %s" : " %ss", noun);
}

void page_day(struct page *page, day_t day) {
  char text[DAY_TEXT];
  day_format(day, text);
  page_put(page, text);
}

void page_px(struct page *page, double px) {
  long tenths = isfinite(px) ? lround(fmax(-1e6, fmin(1e6, px)) * 10) : 0;
  const char *sign = tenths < 0 ? "-" : "";
  if (tenths < 0) tenths = -tenths;
  if (tenths % 10) page_printf(page, "%s%ld.%ld", sign, tenths / 10, tenths % 10);
  else page_printf(page, "%s%ld", sign, tenths / 10);
}

void page_bounded(struct page *page, struct ps_bounded figure) {
  if (!figure.count && figure.error) {
    page_put(page, "at most ");
    page_count(page, figure.error);
    return;
  }
  page_count(page, figure.count);
  if (!figure.error) return;
  page_put(page, " +");
  page_count(page, figure.error);
}

/* value >= 0 with so many decimals, zeros at the end left out. */
static char *decimal(double value, unsigned decimals, char out[PAGE_FIGURE]) {
  uint64_t scale = 1;
  for (unsigned i = 0; i < decimals; i++) scale *= 10;
  uint64_t units = (uint64_t)llround(value * (double)scale), rest = units % scale;
  char whole[FORMAT_TEXT];
  (void)format_count(units / scale, whole);
  while (decimals && rest % 10 == 0) {
    rest /= 10;
    decimals--;
  }
  if (decimals)
    (void)snprintf(out, PAGE_FIGURE, "%s.%0*llu", whole, (int)decimals, (unsigned long long)rest);
  else (void)snprintf(out, PAGE_FIGURE, "%s", whole);
  return out;
}

/* Three digits and a power of ten, for what is too large or too small to be written out. */
static char *scientific(double value, char out[PAGE_FIGURE]) {
  int power = (int)floor(log10(value));
  double digits = power < -300 ? value * 1e300 / pow(10, power + 300) : value / pow(10, power);
  if (digits >= 9.995) {
    digits /= 10;
    power++;
  }
  (void)decimal(digits, 2, out);
  size_t len = strlen(out);
  (void)snprintf(out + len, PAGE_FIGURE - len, "e%d", power);
  return out;
}

/* The size of a value is written by `format`, its sign before it. */
static char *signed_format(double value, char *(*format)(double size, char *out),
                           char out[PAGE_FIGURE]) {
  if (!isfinite(value)) value = value > 0 ? 1.7e308 : value < 0 ? -1.7e308 : 0;
  if (value >= 0) return format(value, out);
  char size[PAGE_FIGURE];
  (void)format(-value, size);
  (void)snprintf(out, PAGE_FIGURE, "%s%.60s", strcmp(size, "0") == 0 ? "" : "-", size);
  return out;
}

#define WRITTEN_OUT 1e15 /* from there on as powers of ten */

static char *rate_size(double value, char *out) {
  if (value >= WRITTEN_OUT * 1000) return scientific(value, out);
  return decimal(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.1 ? 2 : 6, out);
}

char *page_rate_format(double value, char out[PAGE_FIGURE]) {
  return signed_format(value, rate_size, out);
}

static char *number_size(double value, char *out) {
  if (value >= WRITTEN_OUT || (value > 0 && value < 1e-6)) return scientific(value, out);
  /* Of what a double holds: 15 digits. */
  return decimal(value, value >= 1e12 ? 0 : value >= 1e9 ? 3 : 6, out);
}

char *page_number_format(double value, char out[PAGE_FIGURE]) {
  return signed_format(value, number_size, out);
}

/* Plain digits: no commas, which format_count() sets. */
static char *raw_size(double value, char *out) {
  if (value >= WRITTEN_OUT * 1000) return scientific(value, out);
  if (value >= 1e9) (void)snprintf(out, PAGE_FIGURE, "%llu", (unsigned long long)value);
  else {
    uint64_t millionths = (uint64_t)(value * 1e6 + 0.5);
    (void)snprintf(out, PAGE_FIGURE, "%llu.%06llu", (unsigned long long)(millionths / 1000000),
                   (unsigned long long)(millionths % 1000000));
  }
  return out;
}

char *page_raw_format(double value, char out[PAGE_FIGURE]) {
  return signed_format(value, raw_size, out);
}

static char *short_size(double value, char *out) {
  static const char *const units[] = {"", "k", "M", "bn", "tn", "e15", "e18"};
  unsigned u = 0;
  if (value >= 999.5e18 || (value > 0 && value < 1e-9)) return scientific(value, out);
  for (; value >= 999.5 && u < 6; u++) value /= 1000;
  (void)decimal(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.995 ? 2 : 9, out);
  size_t len = strlen(out);
  (void)snprintf(out + len, PAGE_FIGURE - len, "%s", units[u]);
  return out;
}

char *page_short_format(double value, char out[PAGE_FIGURE]) {
  return signed_format(value, short_size, out);
}

char *page_share_format(double part, double of, char out[PAGE_FIGURE]) {
  double percent = of > 0 ? 100 * part / of : -1;
  if (!(percent >= 0)) (void)snprintf(out, PAGE_FIGURE, "-");
  else if (percent > 0 && percent < 0.005) (void)snprintf(out, PAGE_FIGURE, "under 0.01 %%");
  else {
    unsigned hundredths = (unsigned)lround(fmin(percent, 1e6) * 100);
    if (part < of && hundredths == 10000) hundredths = 9999; /* not quite all */
    (void)snprintf(out, PAGE_FIGURE, "%u.%02u %%", hundredths / 100, hundredths % 100);
  }
  return out;
}
