#include "report/text_page.h"

#include "base/error.h"
#include "report/escape.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 2u
#define GAP    2u

/* ---- lines ---- */

/* A line being printed. Blanks are held back until something follows them. */
struct line {
  struct text_page *page;
  size_t blanks;
};

static void put(struct text_page *page, const char *text, size_t len) {
  if (page->status == PS_OK) page->status = buffer_append(page->out, text, len, page->err);
}

static void put_blanks(struct line *line) {
  for (; line->blanks > 0; line->blanks--) put(line->page, " ", 1);
}

static void put_style(struct text_page *page, enum text_style style) {
  static const char *const codes[] = {
      [TEXT_PLAIN] = "\033[0m", [TEXT_STRONG] = "\033[1m", [TEXT_FAINT] = "\033[2m",
      [TEXT_FULL] = "\033[36m", [TEXT_PART] = "\033[33m",  [TEXT_ALARM] = "\033[31m"};
  if (page->colour) put(page, codes[style], strlen(codes[style]));
}

static size_t put_text(struct line *line, const char *text, size_t len, size_t columns,
                       enum text_style style) {
  struct text_page *page = line->page;
  size_t used = 0;
  if (!len || !columns) return 0;
  put_blanks(line);
  if (style != TEXT_PLAIN) put_style(page, style);
  if (page->status == PS_OK)
    page->status = escape_terminal(page->out, text, len, columns, page->ascii, &used, page->err);
  if (style != TEXT_PLAIN) put_style(page, TEXT_PLAIN);
  return used;
}

static void end_line(struct line *line) {
  line->blanks = 0;
  put(line->page, "\n", 1);
}

void text_blank(struct text_page *page) { put(page, "\n", 1); }

void text_heading(struct text_page *page, const char *heading, const char *remark) {
  struct line line = {page, 0};
  text_blank(page);
  size_t at = put_text(&line, heading, strlen(heading), page->width, TEXT_STRONG);
  size_t columns = escape_terminal_columns(remark, strlen(remark));
  bool fits = at + 2 + columns <= page->width;
  if (fits) {
    line.blanks = 2;
    put_text(&line, remark, strlen(remark), columns, TEXT_FAINT);
  }
  end_line(&line);
  if (!fits) text_paragraph(page, INDENT, INDENT, remark);
}

void text_paragraph(struct text_page *page, unsigned indent, unsigned hang, const char *text) {
  struct line line = {page, indent};
  size_t at = indent;
  bool fresh = true;
  while (*text) {
    size_t len = strcspn(text, " "), columns = escape_terminal_columns(text, len);
    if (!fresh && at + 1 + columns > page->width) {
      end_line(&line);
      line.blanks = at = hang;
      fresh = true;
    }
    line.blanks += !fresh;
    at += !fresh + put_text(&line, text, len, page->width > at ? page->width - at : 1, TEXT_PLAIN);
    fresh = false;
    text += len;
    text += strspn(text, " ");
  }
  end_line(&line);
}

/* ---- tables: filling ---- */

static struct text_cell *new_cell(struct text_page *page, struct text_table *table) {
  if (page->status != PS_OK) return NULL;
  if (table->n == table->cap) {
    size_t cap = table->cap ? 2 * table->cap : 64;
    struct text_cell *cells = realloc(table->cells, cap * sizeof *cells);
    if (!cells) {
      page->status = error_memory(page->err, cap * sizeof *cells);
      return NULL;
    }
    table->cells = cells;
    table->cap = cap;
  }
  struct text_cell *cell = &table->cells[table->n++];
  *cell = (struct text_cell){.text = NULL};
  return cell;
}

void text_cell(struct text_page *page, struct text_table *table, const char *format, ...) {
  struct text_cell *cell = new_cell(page, table);
  if (!cell) return;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&cell->text, format, arguments) < 0) {
    cell->text = NULL;
    page->status = error_memory(page->err, 0);
  }
  va_end(arguments);
}

void text_bar(struct text_page *page, struct text_table *table, double full, double part) {
  struct text_cell *cell = new_cell(page, table);
  if (!cell) return;
  cell->full = full > 0 ? (full < 1 ? full : 1) : 0;
  cell->part = part > 0 ? (part < 1 ? part : 1) : 0;
}

/* ---- tables: layout ---- */

struct layout {
  bool shown[TEXT_COLUMNS_MAX];
  size_t width[TEXT_COLUMNS_MAX];
};

static size_t total_width(const struct text_table *table, const struct layout *layout) {
  size_t width = INDENT, gap = 0;
  for (size_t c = 0; c < table->ncolumns; c++) {
    if (!layout->shown[c]) continue;
    width += gap + layout->width[c];
    gap = GAP;
  }
  return width;
}

/* A column is as wide as its widest cell; one without any cell is not shown. */
static void measure(const struct text_table *table, struct layout *layout) {
  for (size_t c = 0; c < table->ncolumns; c++) {
    const struct text_column *column = &table->columns[c];
    size_t widest = 0;
    for (size_t i = c; i < table->n; i += table->ncolumns) {
      const char *text = table->cells[i].text;
      size_t columns = text ? escape_terminal_columns(text, strlen(text)) : 0;
      if (columns > widest) widest = columns;
    }
    bool bar = column->align == TEXT_BAR;
    layout->shown[c] = bar || widest > 0;
    size_t title = bar || table->headless ? 0 : strlen(column->title);
    layout->width[c] = bar ? TEXT_BAR_MIN : widest > title ? widest : title;
  }
}

static bool drop_a_column(const struct text_table *table, struct layout *layout) {
  size_t drop = table->ncolumns;
  for (size_t c = 0; c < table->ncolumns; c++)
    if (layout->shown[c] && table->columns[c].rank > 0 &&
        (drop == table->ncolumns || table->columns[c].rank >= table->columns[drop].rank))
      drop = c;
  if (drop == table->ncolumns) return false;
  layout->shown[drop] = false;
  return true;
}

/* Takes what is too much from the widest column that may be cut. */
static void cut_columns(const struct text_page *page, const struct text_table *table,
                        struct layout *layout) {
  while (total_width(table, layout) > page->width) {
    size_t widest = table->ncolumns;
    for (size_t c = 0; c < table->ncolumns; c++)
      if (layout->shown[c] && table->columns[c].align == TEXT_LEFT && layout->width[c] > 4 &&
          (widest == table->ncolumns || layout->width[c] > layout->width[widest]))
        widest = c;
    if (widest == table->ncolumns) return;
    layout->width[widest]--;
  }
}

static void lay_out(const struct text_page *page, const struct text_table *table,
                    struct layout *layout) {
  measure(table, layout);
  while (total_width(table, layout) > page->width && drop_a_column(table, layout)) {}
  cut_columns(page, table, layout);
  size_t used = total_width(table, layout);
  for (size_t c = 0; c < table->ncolumns && used < page->width; c++)
    if (layout->shown[c] && table->columns[c].align == TEXT_BAR) {
      layout->width[c] += page->width - used;
      if (layout->width[c] > TEXT_BAR_MAX) layout->width[c] = TEXT_BAR_MAX;
    }
}

/* ---- tables: printing ---- */

static void put_repeated(struct line *line, const char *mark, size_t times, enum text_style style) {
  if (!times) return;
  put_blanks(line);
  put_style(line->page, style);
  for (size_t i = 0; i < times; i++) put(line->page, mark, strlen(mark));
  put_style(line->page, TEXT_PLAIN);
}

/* A value above zero has a bar that can be seen. */
static void put_bar(struct line *line, const struct text_cell *cell, size_t width) {
  size_t full = (size_t)(cell->full * (double)width + 0.5);
  if (!full && cell->full > 0) full = 1;
  size_t part = (size_t)(cell->full * cell->part * (double)width + 0.5);
  if (part > full) part = full;
  bool ascii = line->page->ascii;
  put_repeated(line, ascii ? "#" : "\xe2\x96\x88", part, TEXT_FULL);
  put_repeated(line, ascii ? "." : "\xe2\x96\x91", full - part, TEXT_PART);
  line->blanks += width - full;
}

static void put_cell(struct line *line, const char *text, enum text_align align, size_t width,
                     enum text_style style) {
  size_t len = strlen(text), columns = escape_terminal_columns(text, len);
  size_t pad = columns < width ? width - columns : 0;
  if (align == TEXT_RIGHT) line->blanks += pad;
  size_t used = put_text(line, text, len, width, style);
  if (align != TEXT_RIGHT) line->blanks += width - used;
}

static void put_row(struct text_page *page, const struct text_table *table,
                    const struct layout *layout, const struct text_cell *cells) {
  struct line line = {page, INDENT};
  for (size_t c = 0; c < table->ncolumns; c++) {
    const struct text_column *column = &table->columns[c];
    if (!layout->shown[c]) continue;
    if (!cells) put_cell(&line, column->title, column->align, layout->width[c], TEXT_FAINT);
    else if (column->align == TEXT_BAR) put_bar(&line, &cells[c], layout->width[c]);
    else
      put_cell(&line, cells[c].text ? cells[c].text : "", column->align, layout->width[c],
               column->style);
    line.blanks += GAP;
  }
  end_line(&line);
}

void text_table_print(struct text_page *page, struct text_table *table) {
  struct layout layout;
  lay_out(page, table, &layout);
  if (!table->headless) put_row(page, table, &layout, NULL);
  for (size_t i = 0; i + table->ncolumns <= table->n; i += table->ncolumns)
    put_row(page, table, &layout, &table->cells[i]);
  for (size_t i = 0; i < table->n; i++) free(table->cells[i].text);
  free(table->cells);
  table->cells = NULL;
  table->n = table->cap = 0;
}
