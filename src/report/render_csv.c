#include "base/error.h"
#include "report/escape.h"
#include "report/render.h"
#include "report/source.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* One table being written: cells, then the end of the row. The first error sticks. */
struct table {
  const struct report *report;
  struct buffer *out;
  struct ps_error *err;
  int status;
  bool comma;
};

static void separate(struct table *t) {
  if (t->comma && t->status == PS_OK) t->status = buffer_append(t->out, ",", 1, t->err);
  t->comma = true;
}

static void end_row(struct table *t) {
  if (t->status == PS_OK) t->status = buffer_append(t->out, "\r\n", 2, t->err);
  t->comma = false;
}

static void text(struct table *t, const char *cell) {
  separate(t);
  if (t->status == PS_OK) t->status = escape_csv(t->out, cell, strlen(cell), t->err);
}

/* A column of a measure: "per_ping NAME". */
static void measure_head(struct table *t, const char *head, size_t m) {
  char cell[PS_MEASURE_NAME + 32];
  size_t len = strlen(head);
  memcpy(cell, head, len);
  cell[len++] = ' ';
  memcpy(cell + len, t->report->measures[m].name, sizeof t->report->measures[m].name);
  text(t, cell);
}

static void count(struct table *t, uint64_t number) {
  separate(t);
  if (t->status == PS_OK) t->status = buffer_printf(t->out, t->err, "%" PRIu64, number);
}

static void real(struct table *t, double number) {
  separate(t);
  if (t->status == PS_OK)
    t->status = buffer_printf(t->out, t->err, "%.10g", isfinite(number) ? number : 0);
}

static void day(struct table *t, day_t which) {
  char cell[DAY_TEXT];
  day_format(which, cell);
  text(t, cell);
}

static void bounded(struct table *t, const struct ps_bounded *figure) {
  count(t, figure->count);
  count(t, figure->error);
}

/* Column names, separated by spaces. */
static void heads(struct table *t, const char *names) {
  while (*names) {
    size_t len = strcspn(names, " ");
    separate(t);
    if (t->status == PS_OK) t->status = buffer_append(t->out, names, len, t->err);
    names += len;
    names += *names == ' ';
  }
}

/* ---- figures ---- */

static void figures_head(struct table *t) {
  heads(t, "pings documents duplicates duplicate_share malformed no_id late withheld bytes_in "
           "bytes_out");
  for (size_t m = 0; m < t->report->nmeasures; m++) {
    measure_head(t, "measurements", m);
    measure_head(t, "implausible", m);
  }
}

static void figures(struct table *t, const struct ps_day_figures *f) {
  uint64_t pings = ps_day_figures_pings(f);
  count(t, pings);
  count(t, f->count[PS_UNIQUE]);
  count(t, f->count[PS_DUPLICATE]);
  real(t, pings ? (double)f->count[PS_DUPLICATE] / (double)pings : 0);
  count(t, f->count[PS_MALFORMED]);
  count(t, f->count[PS_NO_ID]);
  count(t, f->count[PS_LATE]);
  count(t, f->withheld);
  count(t, f->bytes_in);
  count(t, f->bytes_out);
  for (size_t m = 0; m < t->report->nmeasures; m++) {
    count(t, f->measurements[m]);
    count(t, f->implausible[m]);
  }
}

/* ---- tables ---- */

static void put_days(struct table *t) {
  const struct report *report = t->report;
  static const char *const columns[] = {"per_ping", "others_median", "ratio", "p50", "p99", "max"};
  heads(t, "day");
  figures_head(t);
  heads(t, "documents_in_store incomplete clients flags");
  for (size_t m = 0; m < report->nmeasures; m++)
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) measure_head(t, columns[i], m);
  end_row(t);
  for (size_t i = 0; i < report->ndays; i++) {
    const struct report_day *row = &report->days[i];
    day(t, row->day);
    figures(t, &row->figures);
    count(t, row->keys);
    text(t, row->incomplete ? "yes" : "no");
    count(t, row->clients);
    count(t, row->nflags);
    for (size_t m = 0; m < report->nmeasures; m++) {
      const struct report_measure_day *measure = &row->measure[m];
      real(t, measure->per_ping);
      real(t, measure->others_median);
      real(t, measure->ratio);
      real(t, measure->p50);
      real(t, measure->p99);
      real(t, measure->max);
    }
    end_row(t);
  }
}

static void put_labels(struct table *t) {
  const struct report *report = t->report;
  heads(t, "day doc_type channel");
  figures_head(t);
  end_row(t);
  for (size_t i = 0; i < report->nsource; i++)
    for (size_t k = 0; k < report->source[i].nrows; k++) {
      const struct ps_day_row *row = &report->source[i].rows[k];
      if (!source_row_is_chosen(&report->options, row)) continue;
      day(t, report->source[i].day);
      text(t, row->type);
      text(t, row->channel);
      figures(t, &row->figures);
      end_row(t);
    }
}

static void rules(struct table *t, uint32_t set) {
  separate(t);
  const char *gap = "";
  for (unsigned r = 0; r < PS_RULES; r++) {
    if (!(set & UINT32_C(1) << r) || t->status != PS_OK) continue;
    t->status = buffer_printf(t->out, t->err, "%s%s", gap, ps_rule_name((enum ps_rule)r));
    gap = " ";
  }
}

static void put_clients(struct table *t) {
  static const char *const by[] = {"pings", "duplicates", "measurements"};
  heads(t, "by measure rank day client key kind count error share pings pings_error duplicates "
           "duplicates_error documents documents_error measurements measurements_error rules");
  end_row(t);
  for (size_t r = 0; r < PS_RANK_MEASURES + t->report->nmeasures; r++)
    for (size_t i = 0; i < t->report->ranking[r].n; i++) {
      const struct report_client *client = &t->report->ranking[r].at[i];
      bool measured = r >= PS_RANK_MEASURES;
      text(t, by[measured ? PS_RANK_MEASURES : r]);
      text(t, measured ? t->report->measures[r - PS_RANK_MEASURES].name : "");
      count(t, i + 1);
      day(t, client->day);
      text(t, client->name);
      text(t, client->key);
      text(t, identity_kind_name(client->client.kind));
      bounded(t, &client->figure);
      real(t, client->share);
      bounded(t, &client->pings);
      bounded(t, &client->duplicates);
      bounded(t, &client->documents);
      bounded(t, &client->measurements);
      rules(t, client->rules);
      end_row(t);
    }
}

static void put_flags(struct table *t) {
  const struct report *report = t->report;
  heads(t, "day time rule measure client key kind pings pings_error duplicates duplicates_error "
           "measurements measurements_error limit evidence of value");
  end_row(t);
  for (size_t i = 0; i < report->nflags; i++) {
    const struct report_flag *row = &report->flags[i];
    const struct ps_flag *flag = &row->flag;
    bool measured = flag->rule == PS_MEASUREMENT_SPIKE && flag->measure < report->nmeasures;
    day(t, flag->day);
    count(t, flag->time);
    text(t, ps_rule_name((enum ps_rule)flag->rule));
    text(t, measured ? report->measures[flag->measure].name : "");
    text(t, row->name);
    text(t, row->key);
    text(t, identity_kind_name(flag->client.kind));
    bounded(t, &flag->pings);
    bounded(t, &flag->duplicates);
    bounded(t, &flag->measurements);
    count(t, flag->limit);
    count(t, flag->evidence);
    count(t, flag->of);
    text(t, flag->value);
    end_row(t);
  }
}

static void put_distribution(struct table *t) {
  heads(t, "measure from to pings");
  end_row(t);
  for (size_t m = 0; m < t->report->nmeasures; m++)
    for (size_t i = 0; i < t->report->nbars[m]; i++) {
      const struct report_bar *bar = &t->report->bars[m][i];
      text(t, t->report->measures[m].name);
      real(t, bar->from);
      real(t, bar->to);
      count(t, bar->count);
      end_row(t);
    }
}

static void put_totals(struct table *t) {
  const struct report *report = t->report;
  heads(t, "first_day last_day days doc_type channel");
  figures_head(t);
  heads(t, "clients pings_without_client pings_of_canary flags");
  end_row(t);
  if (!report->ndays) return;
  day(t, report->days[0].day);
  day(t, report->days[report->ndays - 1].day);
  count(t, report->ndays);
  text(t, report->options.type ? report->options.type : "");
  text(t, report->options.channel ? report->options.channel : "");
  figures(t, &report->total);
  count(t, report->clients);
  count(t, ps_day_figures_pings(&report->without_client));
  count(t, ps_day_figures_pings(&report->canary));
  count(t, report->nflags + report->more_flags);
  end_row(t);
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
  struct table t = {.report = report, .out = out, .err = err};
  tables[table].put(&t);
  return t.status;
}
