#include "base/error.h"
#include "report/csv_writer.h"
#include "report/render.h"
#include "report/source.h"
#include <string.h>

/* One table being written. */
struct table {
  struct csv_writer csv;
  const struct report *report;
};

/* A column of a measure: "per_ping NAME". */
static void measure_head(struct table *t, const char *head, size_t m) {
  char cell[PS_MEASURE_NAME + 32];
  size_t len = strlen(head);
  memcpy(cell, head, len);
  cell[len++] = ' ';
  memcpy(cell + len, t->report->measures[m].name, sizeof t->report->measures[m].name);
  csv_text(&t->csv, cell);
}

static void bounded(struct table *t, const struct ps_bounded *figure) {
  csv_count(&t->csv, figure->count);
  csv_count(&t->csv, figure->error);
}

/* ---- figures ---- */

static void figures_head(struct table *t) {
  csv_heads(&t->csv,
            "pings documents duplicates duplicate_share malformed no_id late withheld bytes_in "
            "bytes_out");
  for (size_t m = 0; m < t->report->nmeasures; m++) {
    measure_head(t, "measurements", m);
    measure_head(t, "implausible", m);
  }
}

static void figures(struct table *t, const struct ps_day_figures *f) {
  uint64_t pings = ps_day_figures_pings(f);
  csv_count(&t->csv, pings);
  csv_count(&t->csv, f->count[PS_UNIQUE]);
  csv_count(&t->csv, f->count[PS_DUPLICATE]);
  csv_real(&t->csv, pings ? (double)f->count[PS_DUPLICATE] / (double)pings : 0);
  csv_count(&t->csv, f->count[PS_MALFORMED]);
  csv_count(&t->csv, f->count[PS_NO_ID]);
  csv_count(&t->csv, f->count[PS_LATE]);
  csv_count(&t->csv, f->withheld);
  csv_count(&t->csv, f->bytes_in);
  csv_count(&t->csv, f->bytes_out);
  for (size_t m = 0; m < t->report->nmeasures; m++) {
    csv_count(&t->csv, f->measurements[m]);
    csv_count(&t->csv, f->implausible[m]);
  }
}

/* ---- tables ---- */

static void put_days(struct table *t) {
  const struct report *report = t->report;
  static const char *const columns[] = {"per_ping", "others_median", "ratio", "p50", "p99", "max"};
  csv_heads(&t->csv, "day");
  figures_head(t);
  csv_heads(&t->csv, "documents_in_store incomplete clients flags");
  for (size_t m = 0; m < report->nmeasures; m++)
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) measure_head(t, columns[i], m);
  csv_end_row(&t->csv);
  for (size_t i = 0; i < report->ndays; i++) {
    const struct report_day *row = &report->days[i];
    csv_day(&t->csv, row->day);
    figures(t, &row->figures);
    csv_count(&t->csv, row->keys);
    csv_text(&t->csv, row->incomplete ? "yes" : "no");
    csv_count(&t->csv, row->clients);
    csv_count(&t->csv, row->nflags);
    for (size_t m = 0; m < report->nmeasures; m++) {
      const struct report_measure_day *measure = &row->measure[m];
      csv_real(&t->csv, measure->per_ping);
      csv_real(&t->csv, measure->others_median);
      csv_real(&t->csv, measure->ratio);
      csv_real(&t->csv, measure->p50);
      csv_real(&t->csv, measure->p99);
      csv_real(&t->csv, measure->max);
    }
    csv_end_row(&t->csv);
  }
}

static void put_labels(struct table *t) {
  const struct report *report = t->report;
  csv_heads(&t->csv, "day doc_type channel");
  figures_head(t);
  csv_end_row(&t->csv);
  for (size_t i = 0; i < report->nsource; i++)
    for (size_t k = 0; k < report->source[i].nrows; k++) {
      const struct ps_day_row *row = &report->source[i].rows[k];
      if (!source_row_is_chosen(&report->options, row)) continue;
      csv_day(&t->csv, report->source[i].day);
      csv_text(&t->csv, row->type);
      csv_text(&t->csv, row->channel);
      figures(t, &row->figures);
      csv_end_row(&t->csv);
    }
}

static void rules(struct table *t, uint32_t set) {
  csv_separate(&t->csv);
  const char *gap = "";
  for (unsigned r = 0; r < PS_RULES; r++) {
    if (!(set & UINT32_C(1) << r) || t->csv.status != PS_OK) continue;
    t->csv.status =
        buffer_printf(t->csv.out, t->csv.err, "%s%s", gap, ps_rule_name((enum ps_rule)r));
    gap = " ";
  }
}

static void put_clients(struct table *t) {
  static const char *const by[] = {"pings", "duplicates", "measurements"};
  csv_heads(&t->csv,
            "by measure rank day client key kind count error share pings pings_error duplicates "
            "duplicates_error documents documents_error measurements measurements_error rules");
  csv_end_row(&t->csv);
  for (size_t r = 0; r < PS_RANK_MEASURES + t->report->nmeasures; r++)
    for (size_t i = 0; i < t->report->ranking[r].n; i++) {
      const struct report_client *client = &t->report->ranking[r].at[i];
      bool measured = r >= PS_RANK_MEASURES;
      csv_text(&t->csv, by[measured ? PS_RANK_MEASURES : r]);
      csv_text(&t->csv, measured ? t->report->measures[r - PS_RANK_MEASURES].name : "");
      csv_count(&t->csv, i + 1);
      csv_day(&t->csv, client->day);
      csv_text(&t->csv, client->name);
      csv_text(&t->csv, client->key);
      csv_text(&t->csv, identity_kind_name(client->client.kind));
      bounded(t, &client->figure);
      csv_real(&t->csv, client->share);
      bounded(t, &client->pings);
      bounded(t, &client->duplicates);
      bounded(t, &client->documents);
      bounded(t, &client->measurements);
      rules(t, client->rules);
      csv_end_row(&t->csv);
    }
}

static void put_flags(struct table *t) {
  const struct report *report = t->report;
  csv_heads(&t->csv,
            "day time rule measure client key kind pings pings_error duplicates duplicates_error "
            "measurements measurements_error limit evidence of value");
  csv_end_row(&t->csv);
  for (size_t i = 0; i < report->nflags; i++) {
    const struct report_flag *row = &report->flags[i];
    const struct ps_flag *flag = &row->flag;
    bool measured = flag->rule == PS_MEASUREMENT_SPIKE && flag->measure < report->nmeasures;
    csv_day(&t->csv, flag->day);
    csv_count(&t->csv, flag->time);
    csv_text(&t->csv, ps_rule_name((enum ps_rule)flag->rule));
    csv_text(&t->csv, measured ? report->measures[flag->measure].name : "");
    csv_text(&t->csv, row->name);
    csv_text(&t->csv, row->key);
    csv_text(&t->csv, identity_kind_name(flag->client.kind));
    bounded(t, &flag->pings);
    bounded(t, &flag->duplicates);
    bounded(t, &flag->measurements);
    csv_count(&t->csv, flag->limit);
    csv_count(&t->csv, flag->evidence);
    csv_count(&t->csv, flag->of);
    csv_text(&t->csv, flag->value);
    csv_end_row(&t->csv);
  }
}

static void put_distribution(struct table *t) {
  csv_heads(&t->csv, "measure from to pings");
  csv_end_row(&t->csv);
  for (size_t m = 0; m < t->report->nmeasures; m++)
    for (size_t i = 0; i < t->report->nbars[m]; i++) {
      const struct report_bar *bar = &t->report->bars[m][i];
      csv_text(&t->csv, t->report->measures[m].name);
      csv_real(&t->csv, bar->from);
      csv_real(&t->csv, bar->to);
      csv_count(&t->csv, bar->count);
      csv_end_row(&t->csv);
    }
}

static void put_totals(struct table *t) {
  const struct report *report = t->report;
  csv_heads(&t->csv, "first_day last_day days doc_type channel");
  figures_head(t);
  csv_heads(&t->csv, "clients pings_without_client pings_of_canary flags");
  csv_end_row(&t->csv);
  if (!report->ndays) return;
  csv_day(&t->csv, report->days[0].day);
  csv_day(&t->csv, report->days[report->ndays - 1].day);
  csv_count(&t->csv, report->ndays);
  csv_text(&t->csv, report->options.type ? report->options.type : "");
  csv_text(&t->csv, report->options.channel ? report->options.channel : "");
  figures(t, &report->total);
  csv_count(&t->csv, report->clients);
  csv_count(&t->csv, ps_day_figures_pings(&report->without_client));
  csv_count(&t->csv, ps_day_figures_pings(&report->canary));
  csv_count(&t->csv, report->nflags + report->more_flags);
  csv_end_row(&t->csv);
}

static const struct {
  const char *name;
  void (*put)(struct table *t);
} tables[] = {
    {"days", put_days},
    {"labels", put_labels},
    {"clients", put_clients},
    {"flags", put_flags},
    {"distribution", put_distribution},
    {"totals", put_totals},
};

size_t render_csv_tables(void) { return sizeof tables / sizeof tables[0]; }

const char *render_csv_name(size_t table) { return tables[table].name; }

int render_csv(const struct report *report, size_t table, struct buffer *out,
               struct ps_error *err) {
  if (table >= render_csv_tables()) return error_set(err, PS_E_ARGUMENT, "there is no such table");
  struct table t = {.csv = {.out = out, .err = err}, .report = report};
  tables[table].put(&t);
  return t.csv.status;
}
