/* Figures of the three populations in the text of a profile. */
#include "report/profile_text.h"

#include "base/format.h"
#include "report/text_sections.h"
#include <stdio.h>
#include <string.h>

struct profile_text_figure *profile_text_figure(struct profile_text_figures *figures,
                                                const char *label) {
  struct profile_text_figure *figure = &figures->at[figures->n++];
  (void)snprintf(figure->label, sizeof figure->label, "%.*s", (int)PS_MEASURE_NAME, label);
  return figure;
}

void profile_text_add(struct profile_text_figures *figures, const char *label,
                      const uint64_t count[PS_POPULATIONS]) {
  struct profile_text_figure *figure = profile_text_figure(figures, label);
  for (int p = 0; p < PS_POPULATIONS; p++) (void)format_count(count[p], figure->cell[p]);
}

void profile_text_figures(struct text_page *page, const struct profile_text_figures *figures) {
  static const struct text_column columns[] = {{"", TEXT_LEFT, 0, TEXT_PLAIN},
                                               {"all copies", TEXT_RIGHT, 0, TEXT_PLAIN},
                                               {"first copies", TEXT_RIGHT, 0, TEXT_STRONG},
                                               {"seen once", TEXT_RIGHT, 0, TEXT_PLAIN}};
  struct text_table table = {.columns = columns, .ncolumns = 4};
  struct buffer words = BUFFER_INIT;
  size_t widest[PS_POPULATIONS] = {10, 12, 9}, wide = 2 + 12;
  for (int p = 0; p < PS_POPULATIONS; p++) {
    for (size_t i = 0; i < figures->n; i++)
      if (strlen(figures->at[i].cell[p]) > widest[p]) widest[p] = strlen(figures->at[i].cell[p]);
    wide += 2 + widest[p];
  }
  for (size_t i = 0; i < figures->n; i++) {
    const struct profile_text_figure *figure = &figures->at[i];
    if (wide > page->width) {
      text_say(page, &words, "%s:", figure->label + strspn(figure->label, " "));
      for (int p = 0; p < PS_POPULATIONS; p++)
        text_say(page, &words, " %s %s%s", ps_population_name((enum ps_population)p),
                 figure->cell[p], p + 1 < PS_POPULATIONS ? "," : "");
      text_words(page, 2, 4, &words);
      continue;
    }
    text_cell(page, &table, "%s", figure->label);
    for (int p = 0; p < PS_POPULATIONS; p++) text_cell(page, &table, "%s", figure->cell[p]);
  }
  if (table.n) text_table_print(page, &table);
  buffer_release(&words);
}
