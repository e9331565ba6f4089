/* Values: what stands out of them against the others, and the tables of each field. */
#include "report/chart_profile.h"
#include "report/profile_html.h"
#include "report/profile_words.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool has_others(const struct ps_profile_client *client) { return client->fleet_pings > 0; }

static double others_percent(const struct ps_profile_client *client,
                             const struct ps_profile_value *value) {
  double most = (double)value->fleet.count + (double)value->fleet.error;
  return has_others(client) ? fmin(100 * most / (double)client->fleet_pings, 100) : 0;
}

/* ---- charts ---- */

#define DRAWN 10u
static_assert(PROFILE_STANDOUTS <= DRAWN, "what stands out is drawn");

struct drawing {
  const char *title, *name; /* the name is from outside; may be NULL */
  struct chart_groups groups;
  struct chart_group group[DRAWN];
};

#define LIFT_LONG 1e4 /* from there on lifts have a short form */

static void short_lift(struct chart_group *group, double lift) {
  static const char at_least[] = "\u2265";
  char text[PAGE_FIGURE];
  bool bound = strncmp(group->lift, at_least, strlen(at_least)) == 0;
  if (!(lift >= LIFT_LONG) || isinf(lift))
    memcpy(group->short_lift, group->lift, sizeof group->lift);
  else
    (void)snprintf(group->short_lift, sizeof group->short_lift, "%s%.40s x", bound ? at_least : "",
                   page_short_format(lift, text));
}

static void drawing_add(struct drawing *drawing, const struct ps_profile_client *client,
                        const struct ps_profile_value *value, enum ps_population lift_of) {
  struct chart_group *group = &drawing->group[drawing->groups.n++];
  group->name = value->text;
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    uint64_t of = client->pings[p];
    group->percent[p] = of ? 100 * (double)value->count[p] / (double)of : 0;
    (void)profile_share(value->count[p], of, group->figure[p]);
  }
  group->percent[PS_POPULATIONS] = others_percent(client, value);
  (void)profile_others(client, value, false, group->figure[PS_POPULATIONS]);
  (void)profile_lift(value, lift_of, false, group->lift);
  short_lift(group, value->lift[lift_of]);
  drawing->groups.at = drawing->group;
  drawing->groups.others = has_others(client);
}

static void drawing_title(struct page *page, const void *context) {
  const struct drawing *drawing = context;
  page_put(page, drawing->title);
  if (drawing->name) page_text(page, drawing->name);
}

static void drawing_describe(struct page *page, const void *context) {
  const struct drawing *drawing = context;
  const struct chart_group *first = &drawing->group[0];
  page_text(page, *first->name ? first->name : "(empty)");
  page_put(page, " comes first: ");
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    page_put(page, p ? ", " : "");
    page_text(page, first->figure[p]);
    page_printf(page, " of %s", ps_population_name((enum ps_population)p));
  }
  if (drawing->groups.others) {
    page_put(page, "; of the others' pings: ");
    page_text(page, first->figure[PS_POPULATIONS]);
  }
  page_put(page, ".");
}

static void drawing_draw(struct chart *chart, const void *context) {
  chart_draw_groups(chart, &((const struct drawing *)context)->groups);
}

static void draw(struct profile_html *html, const struct drawing *drawing) {
  struct chart_spec spec = {.id = "values",
                            .number = html->charts++,
                            .height = chart_groups_height(&drawing->groups, false),
                            .narrow_height = chart_groups_height(&drawing->groups, true),
                            .words = {drawing_title, drawing_describe},
                            .draw = drawing_draw};
  chart_figure(&html->page, &spec, drawing);
}

/* ---- rows of tables ---- */

/* Without others there is nothing to compare with: the last four columns are left out. */
#define COLUMNS_OF_OTHERS 4u
#define COUNT_COLUMNS                                                                              \
  {"All copies", COLUMN_NUMBER}, {"Share of all copies", COLUMN_NUMBER},                           \
      {"First copies", COLUMN_NUMBER}, {"Share of first copies", COLUMN_NUMBER},                   \
      {"Seen once", COLUMN_NUMBER}, {"Share of seen once", COLUMN_NUMBER},                         \
      {"Others' share", COLUMN_NUMBER}, {"Lift, all copies", COLUMN_NUMBER},                       \
      {"Lift, first copies", COLUMN_NUMBER}, {                                                     \
    "Lift, seen once", COLUMN_NUMBER                                                               \
  }

static void cell_worded(struct page *page, double value, const char *words) {
  char raw[PAGE_FIGURE];
  page_printf(page, "<td class=\"n\" data-v=\"%s\">", page_raw_format(value, raw));
  page_text(page, words);
  page_put(page, "</td>");
}

static void cells_of_counts(struct page *page, const struct ps_profile_client *client,
                            const uint64_t count[PS_POPULATIONS]) {
  for (unsigned p = 0; p < PS_POPULATIONS; p++) {
    html_cell_count(page, count[p]);
    html_cell_share(page, (double)count[p], (double)client->pings[p]);
  }
}

static void cells_of_others(struct page *page, const struct ps_profile_client *client,
                            const struct ps_profile_value *value) {
  char words[PROFILE_WORD];
  if (!has_others(client)) return;
  cell_worded(page, others_percent(client, value) / 100,
              profile_others(client, value, false, words));
  for (unsigned p = 0; p < PS_POPULATIONS; p++)
    cell_worded(page, value->lift[p], profile_lift(value, (enum ps_population)p, false, words));
}

static void cell_value(struct page *page, const struct ps_profile_value *value) {
  if (*value->text) html_cell_head(page, value->text);
  else page_put(page, "<th scope=\"row\"><i>empty</i></th>");
}

/* ---- values that stand out ---- */

static void standouts_table(struct page *page, const struct ps_profile_client *client, size_t n,
                            const struct profile_standout *standouts) {
  static const struct html_column columns[] = {
      {"Value", COLUMN_TEXT}, {"Field", COLUMN_TEXT}, COUNT_COLUMNS};
  struct html_table table = {
      .caption = "What stands out against the others", HTML_COLUMNS(columns), .nrows = n};
  html_table_open(page, &table);
  for (size_t i = 0; i < n; i++) {
    html_row_open(page);
    cell_value(page, standouts[i].value);
    html_cell_text(page, standouts[i].field->name);
    cells_of_counts(page, client, standouts[i].value->count);
    cells_of_others(page, client, standouts[i].value);
    html_row_close(page);
  }
  html_table_close(page, &table);
}

void profile_html_standouts(struct profile_html *html, const struct ps_profile_client *client) {
  struct page *page = &html->page;
  struct profile_standout standouts[PROFILE_STANDOUTS];
  size_t n = profile_standouts(client, standouts);
  struct drawing drawing = {.title = "What stands out against the others"};
  if (!has_others(client)) return;
  if (!n) {
    page_put(page, "<section>\n<h3>What stands out against the others</h3>\n"
                   "<p>No value that is common here is much rarer there.</p>\n</section>\n");
    return;
  }
  for (size_t i = 0; i < n; i++) {
    drawing_add(&drawing, client, standouts[i].value, standouts[i].population);
    drawing.group[i].note = standouts[i].field->name;
  }
  html_figure_open(page, drawing.title, NULL);
  page_put(page, "<p>Values that are common here and rare among the ");
  page_nouns(page, client->fleet_pings, "ping");
  page_put(page, " of all other clients. Lift: how many times as common, in the population where "
                 "that is most.</p>");
  html_caption_close(page);
  draw(html, &drawing);
  standouts_table(page, client, n, standouts);
  html_figure_close(page);
}

/* ---- fields ---- */

static double greatest_share(const struct ps_profile_client *client,
                             const struct ps_profile_value *value) {
  double greatest = 0;
  for (unsigned p = 0; p < PS_POPULATIONS; p++)
    if (client->pings[p])
      greatest = fmax(greatest, (double)value->count[p] / (double)client->pings[p]);
  return greatest;
}

/* The values that are most common in any population, in the table's order. */
static void field_drawing(struct drawing *drawing, const struct ps_profile_client *client,
                          const struct ps_profile_field *field) {
  size_t chosen[DRAWN], n = 0;
  for (size_t i = 0; i < field->n; i++) {
    size_t least = 0;
    if (n < DRAWN) {
      chosen[n++] = i;
      continue;
    }
    for (size_t k = 1; k < n; k++)
      if (greatest_share(client, &field->values[chosen[k]]) <
          greatest_share(client, &field->values[chosen[least]]))
        least = k;
    if (greatest_share(client, &field->values[i]) <=
        greatest_share(client, &field->values[chosen[least]]))
      continue;
    memmove(chosen + least, chosen + least + 1, (n - least - 1) * sizeof *chosen);
    chosen[n - 1] = i;
  }
  for (size_t k = 0; k < n; k++)
    drawing_add(drawing, client, &field->values[chosen[k]], PS_ALL_COPIES);
}

static void field_words(struct page *page, const struct ps_profile_client *client,
                        const struct ps_profile_field *field, size_t drawn) {
  char share[PAGE_FIGURE];
  page_put(page, "<p>");
  if (strcmp(field->name, field->text) != 0) {
    page_put(page, "<code>");
    page_text(page, field->text);
    page_put(page, "</code>: ");
  }
  page_printf(page, "%s of all copies have a value; ",
              page_share_format((double)field->pings[PS_ALL_COPIES],
                                (double)client->pings[PS_ALL_COPIES], share));
  page_nouns(page, field->distinct[PS_ALL_COPIES], "different one");
  if (field->capped) page_put(page, " at least");
  if (drawn < field->distinct[PS_ALL_COPIES])
    page_printf(page, ", the %zu most common ones drawn", drawn);
  page_put(page, field->walk ? ". A ping may have several.</p>" : ".</p>");
  if (field->clamped[PS_ALL_COPIES]) {
    page_put(page, "<p><b class=\"flag\">clamped</b> ");
    page_nouns(page, field->clamped[PS_ALL_COPIES], "value");
    page_put(page, " of all copies lay beyond the bound and count as the bound.</p>");
  }
  if (field->capped) {
    page_put(page, "<p><b class=\"flag\">capped</b> Too many different values: ");
    page_nouns(page, field->other[PS_ALL_COPIES], "ping");
    page_put(page, " of all copies have values that were not told apart, and count as other "
                   "values.</p>");
  }
}

static void values_table(struct profile_html *html, const struct ps_profile_client *client,
                         const struct ps_profile_field *field) {
  static const struct html_column columns[] = {{"Value", COLUMN_TEXT}, COUNT_COLUMNS};
  struct page *page = &html->page;
  size_t n = profile_html_rows(html, field->n);
  struct html_table table = {.caption = "Values of ",
                             .measure = field->name,
                             .summary = "Values",
                             HTML_COLUMNS(columns),
                             .nrows = n + field->capped};
  if (!has_others(client)) table.ncolumns -= COLUMNS_OF_OTHERS;
  profile_html_left_out(html, field->n, "value");
  html_table_open(page, &table);
  for (size_t i = 0; i < n; i++) {
    html_row_open(page);
    cell_value(page, &field->values[i]);
    cells_of_counts(page, client, field->values[i].count);
    cells_of_others(page, client, &field->values[i]);
    html_row_close(page);
  }
  if (field->capped) {
    html_row_open(page);
    page_put(page, "<th scope=\"row\"><i>other values</i></th>");
    cells_of_counts(page, client, field->other);
    if (has_others(client)) page_put(page, "<td></td><td></td><td></td><td></td>");
    html_row_close(page);
  }
  html_table_close(page, &table);
}

static void field_figure(struct profile_html *html, const struct ps_profile_client *client,
                         const struct ps_profile_field *field) {
  struct page *page = &html->page;
  struct drawing drawing = {.title = "The most common values of ", .name = field->name};
  const struct profile_html_numbers of = {field->name, &field->numbers};
  field_drawing(&drawing, client, field);
  html_figure_open(page, "", field->name);
  field_words(page, client, field, drawing.groups.n);
  html_caption_close(page);
  if (field->numeric && profile_html_drawable(&field->numbers)) profile_html_histogram(html, &of);
  draw(html, &drawing);
  values_table(html, client, field);
  if (field->numeric && field->numbers.count[PS_ALL_COPIES]) {
    profile_html_numbers_table(page, &of);
    profile_html_bins_table(page, &of);
  }
  html_figure_close(page);
}

void profile_html_fields(struct profile_html *html, const struct ps_profile_client *client) {
  struct page *page = &html->page;
  const char *between = "<section>\n<p>No ping has a value of ";
  for (size_t i = 0; i < client->nfields; i++)
    if (client->fields[i].n) field_figure(html, client, &client->fields[i]);
  for (size_t i = 0; i < client->nfields; i++) {
    if (client->fields[i].n) continue;
    page_put(page, between);
    page_text(page, client->fields[i].name);
    between = ", ";
  }
  if (strcmp(between, ", ") == 0) page_put(page, ".</p>\n</section>\n");
}
