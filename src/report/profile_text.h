/* The sections of a profile's text about one client, in the order they stand on the page; each
 * begins with its heading, or prints nothing when it has nothing to say. */
#ifndef REPORT_PROFILE_TEXT_H
#define REPORT_PROFILE_TEXT_H

#include "report/profile_words.h"
#include "report/text_page.h"

void profile_text_days(struct text_page *page, const struct ps_profile_client *client);
void profile_text_documents(struct text_page *page, const struct ps_profile_client *client);
void profile_text_standouts(struct text_page *page, const struct ps_profile_client *client);
void profile_text_measures(struct text_page *page, const struct ps_profile_client *client);
void profile_text_fields(struct text_page *page, const struct ps_profile_client *client);

/* A cell of at most `columns` characters; a table drops no column for what is cut here. */
void profile_text_cut(struct text_page *page, struct text_table *table, const char *text,
                      size_t columns);
void profile_text_count(struct text_page *page, struct text_table *table, uint64_t count);
void profile_text_share(struct text_page *page, struct text_table *table, uint64_t part,
                        uint64_t of);
/* The last cells of a value's row: the others' share and the lift; nothing without others. */
void profile_text_fleet(struct text_page *page, struct text_table *table,
                        const struct ps_profile_client *client,
                        const struct ps_profile_value *value, enum ps_population population);
/* Figures of the three populations side by side or, where there is no room, one a line. */
#define PROFILE_TEXT_FIGURES (4u + 5u * PS_MEASURES_MAX)
struct profile_text_figure {
  char label[PS_MEASURE_NAME + 16];
  char cell[PS_POPULATIONS][PROFILE_WORD];
};
struct profile_text_figures {
  size_t n;
  struct profile_text_figure at[PROFILE_TEXT_FIGURES];
};
/* Adds a figure, whose cells the caller fills in; the next one adds counts. */
struct profile_text_figure *profile_text_figure(struct profile_text_figures *figures,
                                                const char *label);
void profile_text_add(struct profile_text_figures *figures, const char *label,
                      const uint64_t count[PS_POPULATIONS]);
void profile_text_figures(struct text_page *page, const struct profile_text_figures *figures);
/* Two tables: quantiles, and a histogram of few rows. */
void profile_text_numbers(struct text_page *page, const struct ps_profile_numbers *numbers);

#endif
