#include "report/html_cells.h"

void html_table_open(struct page *page, const struct html_table *table) {
  if (table->open) page_put(page, "<div class=\"table\">");
  else {
    page_printf(page, "<details><summary>%s: ", table->summary ? table->summary : "Table");
    page_nouns(page, table->nrows, "row");
    page_put(page, "</summary>");
  }
  page_put(page, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
  page_put(page, table->caption);
  if (table->measure) page_text(page, table->measure);
  page_put(page, "\"><table><caption>");
  page_put(page, table->caption);
  if (table->measure) page_text(page, table->measure);
  page_put(page, "</caption><thead><tr>");
  for (size_t i = 0; i < table->ncolumns; i++)
    page_printf(page, "<th scope=\"col\"%s>%s</th>",
                table->columns[i].kind == COLUMN_NUMBER ? " class=\"n\"" : "",
                table->columns[i].name);
  page_put(page, "</tr></thead><tbody>\n");
}

void html_table_close(struct page *page, const struct html_table *table) {
  page_put(page, "</tbody></table></div>");
  page_put(page, table->open ? "</div>\n" : "</details>\n");
}

void html_row_open(struct page *page) { page_put(page, "<tr>"); }
void html_row_close(struct page *page) { page_put(page, "</tr>\n"); }

#define LONG 40u /* characters that are broken into lines from there on */

static const char *length_class(const char *text) {
  return page_columns(text) > LONG ? " class=\"long\"" : "";
}

void html_cell_head(struct page *page, const char *text) {
  page_printf(page, "<th scope=\"row\"%s>", length_class(text));
  page_text(page, text);
  page_put(page, "</th>");
}

void html_cell_day(struct page *page, day_t day, bool head) {
  page_put(page, head ? "<th scope=\"row\">" : "<td>");
  page_day(page, day);
  page_put(page, head ? "</th>" : "</td>");
}

void html_cell_text(struct page *page, const char *text) {
  page_printf(page, "<td%s>", length_class(text));
  page_text(page, text);
  page_put(page, "</td>");
}

void html_cell_count(struct page *page, uint64_t n) {
  page_put(page, "<td class=\"n\">");
  page_count(page, n);
  page_put(page, "</td>");
}

void html_cell_bounded(struct page *page, struct ps_bounded figure) {
  page_printf(page, "<td class=\"n\" data-v=\"%llu\">", (unsigned long long)figure.count);
  page_bounded(page, figure);
  page_put(page, "</td>");
}

void html_cell_error(struct page *page, uint64_t error) {
  page_printf(page, "<td class=\"n\" data-v=\"%llu\">%s", (unsigned long long)error,
              error ? "+" : "exact");
  if (error) page_count(page, error);
  page_put(page, "</td>");
}

/* A value for sorting and copying: six decimals where they matter, whatever the locale. */
static void raw_value(struct page *page, double value) {
  char text[PAGE_FIGURE];
  page_printf(page, "<td class=\"n\" data-v=\"%s\">", page_raw_format(value, text));
}

void html_cell_share(struct page *page, double part, double of) {
  char text[PAGE_FIGURE];
  raw_value(page, of > 0 ? part / of : 0);
  page_printf(page, "%s</td>", page_share_format(part, of, text));
}

void html_cell_rate(struct page *page, double value) {
  char text[PAGE_FIGURE];
  raw_value(page, value);
  page_printf(page, "%s</td>", page_rate_format(value, text));
}

void html_cell_number(struct page *page, double value) {
  char text[PAGE_FIGURE];
  raw_value(page, value);
  page_printf(page, "%s</td>", page_number_format(value, text));
}

void html_cell_rules(struct page *page, uint32_t rules) {
  const char *between = "";
  page_put(page, "<td class=\"flags\">");
  for (unsigned rule = 0; rule < PS_RULES; rule++) {
    if (!(rules >> rule & 1)) continue;
    page_printf(page, "%s<b class=\"flag\">%s</b>", between, ps_rule_name((enum ps_rule)rule));
    between = " ";
  }
  page_put(page, "</td>");
}
