#include "aurora_truth.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ALL, FIRST, ONCE, POPULATIONS };
#define MEASURED 4096u /* no document has as many measurements */

struct seen { /* of a document */
  uint32_t count, first, last, days, last_day, first_day;
};

struct truth {
  const struct aurora *a;
  FILE *out;
  struct seen *seen;
  uint64_t days[AURORA_DAYS_ALL][POPULATIONS + 1];
};

static void *allocate(size_t n, size_t size) {
  void *p = calloc(n ? n : 1, size);
  if (p) return p;
  (void)fputs("auroragen: out of memory\n", stderr);
  exit(1);
}

static void see(struct truth *t) {
  const struct aurora *a = t->a;
  for (uint32_t day = 0; day < a->ndays; day++)
    for (uint32_t n = a->start[day]; n < a->start[day + 1]; n++) {
      struct seen *seen = &t->seen[a->pings[n].document];
      if (!seen->count++) {
        seen->first = n;
        seen->first_day = day;
        t->days[day][FIRST]++;
      }
      if (!seen->days || seen->last_day != day) {
        seen->days++;
        t->days[day][POPULATIONS]++;
      }
      seen->last = n;
      seen->last_day = day;
      t->days[day][ALL]++;
    }
  for (uint32_t d = 0; d < a->ndocuments; d++)
    if (t->seen[d].count == 1) t->days[t->seen[d].first_day][ONCE]++;
}

static void count(uint64_t to[POPULATIONS], const struct seen *seen) {
  to[ALL] += seen->count;
  to[FIRST] += seen->count > 0;
  to[ONCE] += seen->count == 1;
}

static void put_counts(FILE *out, const uint64_t c[POPULATIONS]) {
  (void)fprintf(out, "[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", c[ALL], c[FIRST], c[ONCE]);
}

static void put_date(FILE *out, uint32_t day) {
  char data[16];
  struct text date = {data, 0, sizeof data};
  text_date(&date, AURORA_FIRST_DAY + day);
  (void)fprintf(out, "\"%.4s-%.2s-%.2s\"", data, data + 4, data + 6);
}

static void put_value(FILE *out, bool *first, const char *text, const uint64_t c[POPULATIONS]) {
  if (!c[ALL]) return;
  (void)fprintf(out, "%s\n\"%s\":", *first ? "" : ",", text);
  put_counts(out, c);
  *first = false;
}

static void put_table(FILE *out, const char *name, const struct aurora_table *table,
                      uint64_t (*counts)[POPULATIONS]) {
  bool first = true;
  (void)fprintf(out, "\"%s\":{", name);
  for (uint32_t i = 0; i < table->n; i++) put_value(out, &first, table->rows[i].text, counts[i]);
  (void)fputs("},\n", out);
}

static void tell_days(const struct truth *t) {
  (void)fputs("\"days\":[", t->out);
  for (uint32_t day = 0; day < t->a->ndays; day++) {
    (void)fputs(day ? ",\n[" : "\n[", t->out);
    put_date(t->out, day);
    for (unsigned i = 0; i <= POPULATIONS; i++) (void)fprintf(t->out, ",%" PRIu64, t->days[day][i]);
    (void)fputs("]", t->out);
  }
  (void)fputs("],\n", t->out);
}

static void put_document(const struct truth *t, uint32_t d) {
  const struct seen *s = &t->seen[d];
  char data[40];
  struct text id = {data, 0, sizeof data};
  aurora_document_id(t->a, d, &id);
  (void)fprintf(t->out, "[\"%.36s\",%" PRIu32 ",%" PRIu32 ",", data, s->count, s->days);
  put_date(t->out, s->first_day);
  (void)fputs(",", t->out);
  put_date(t->out, s->last_day);
  (void)fprintf(t->out, ",%" PRIu64 ",%" PRIu64 "]", aurora_time(t->a, s->first_day, s->first),
                aurora_time(t->a, s->last_day, s->last));
}

/* The most repeated ones, and all that come as often as the last of them. */
static void tell_documents(const struct truth *t) {
  const uint32_t n = t->a->ndocuments;
  uint32_t *by_count = allocate(t->a->npings + 2, sizeof *by_count), least = t->a->npings + 1;
  for (uint32_t d = 0; d < n; d++) by_count[t->seen[d].count]++;
  for (uint32_t told = 0; least > 2 && told < AURORA_TOLD;) told += by_count[--least];
  bool first = true;
  (void)fputs("\"documents\":[", t->out);
  for (uint32_t d = 0; d < n; d++) {
    if (t->seen[d].count < least) continue;
    (void)fputs(first ? "\n" : ",\n", t->out);
    put_document(t, d);
    first = false;
  }
  (void)fputs("],\n", t->out);
  free(by_count);
}

static void tell_fields(const struct truth *t, uint64_t (*counts)[POPULATIONS]) {
  const struct aurora *a = t->a;
  const size_t bytes = AURORA_ROWS * sizeof *counts;
  memset(counts, 0, bytes);
  for (uint32_t d = 0; d < a->ndocuments; d++) count(counts[a->documents[d].speed], &t->seen[d]);
  put_table(t->out, "CPU MHz", &a->tables.speed, counts);
  memset(counts, 0, bytes);
  for (uint32_t d = 0; d < a->ndocuments; d++) count(counts[a->documents[d].length], &t->seen[d]);
  put_table(t->out, "session length", &a->tables.length, counts);
  memset(counts, 0, bytes);
  for (uint32_t n = 0; n < a->npings; n++) counts[a->pings[n].city][ALL]++;
  for (uint32_t d = 0; d < a->ndocuments; d++) {
    if (!t->seen[d].count) continue;
    const uint16_t city = a->pings[t->seen[d].first].city;
    counts[city][FIRST]++;
    counts[city][ONCE] += t->seen[d].count == 1;
  }
  put_table(t->out, "city", &a->tables.city, counts);
}

static void tell_addons(const struct truth *t, const uint64_t all[POPULATIONS]) {
  const struct aurora *a = t->a;
  uint64_t no_default[POPULATIONS] = {0}, has_default[POPULATIONS];
  bool first = true;
  (void)fputs("\"add-ons\":{", t->out);
  for (uint32_t i = 0; i < AURORA_ADDONS; i++) {
    uint64_t counts[POPULATIONS] = {0};
    for (uint32_t d = 0; d < a->ndocuments; d++)
      if (a->documents[d].addons >> i & 1) count(counts, &t->seen[d]);
    put_value(t->out, &first, a->tables.addons[i].text, counts);
  }
  for (uint32_t d = 0; d < a->ndocuments; d++)
    if (a->documents[d].no_default) count(no_default, &t->seen[d]);
  for (unsigned p = 0; p < POPULATIONS; p++) has_default[p] = all[p] - no_default[p];
  (void)fputs("},\n\"default browser\":{\"false\":", t->out);
  put_counts(t->out, has_default);
  (void)fputs("},\n\"OS\":{\"Windows_NT 5.1\":", t->out);
  put_counts(t->out, all);
  (void)fputs("}},\n", t->out);
}

static void put_measured(FILE *out, const char *name, uint64_t (*counts)[POPULATIONS]) {
  bool first = true;
  char text[16];
  (void)fprintf(out, "\"%s\":{", name);
  for (uint32_t i = 0; i < MEASURED; i++) {
    (void)snprintf(text, sizeof text, "%" PRIu32, i);
    put_value(out, &first, text, counts[i]);
  }
  (void)fputs("}", out);
}

struct member {
  uint64_t sum[POPULATIONS], pings[POPULATIONS], odd[POPULATIONS], disagree[POPULATIONS];
};

static void add_member(struct member *member, const struct aurora_measures *m,
                       const struct seen *seen) {
  uint64_t sum = m->tls10 + 3 * (uint64_t)m->tls12, times[POPULATIONS] = {0};
  if (m->odd) {
    count(member->odd, seen);
    return;
  }
  count(times, seen);
  for (unsigned p = 0; p < POPULATIONS; p++) member->sum[p] += sum * times[p];
  count(member->pings, seen);
  if (sum != m->tls10 + m->tls12) count(member->disagree, seen);
}

static void tell_measures(const struct truth *t) {
  uint64_t(*both)[POPULATIONS] = allocate(MEASURED, sizeof *both);
  uint64_t(*tls)[POPULATIONS] = allocate(MEASURED, sizeof *tls);
  struct member member = {{0}, {0}, {0}, {0}};
  for (uint32_t d = 0; d < t->a->ndocuments; d++) {
    const struct aurora_measures m = aurora_measure(t->a, d);
    count(both[m.tls10 + m.tls12 + m.pauses], &t->seen[d]);
    count(tls[m.tls10 + m.tls12], &t->seen[d]);
    add_member(&member, &m, &t->seen[d]);
  }
  (void)fputs("\"measures\":{", t->out);
  put_measured(t->out, "histograms", both);
  (void)fputs(",\n", t->out);
  put_measured(t->out, "ssl", tls);
  (void)fputs("},\n\"member\":{\"sum\":", t->out);
  put_counts(t->out, member.sum);
  (void)fputs(",\"pings\":", t->out);
  put_counts(t->out, member.pings);
  (void)fputs(",\"odd\":", t->out);
  put_counts(t->out, member.odd);
  (void)fputs(",\"disagree\":", t->out);
  put_counts(t->out, member.disagree);
  (void)fputs("},\n", t->out);
  free(both);
  free(tls);
}

/* ---- the other clients ---- */

struct others {
  uint64_t speeds[AURORA_OTHER_SPEEDS], systems[AURORA_OTHER_SYSTEMS], addons[AURORA_OTHER_ADDONS];
  uint64_t cities[AURORA_ROWS], lengths[AURORA_OTHER_LENGTHS + 1], is_default[2], chatty;
};

static void count_others(const struct aurora *a, struct others *c) {
  for (uint32_t n = 0; n < a->nothers; n++) {
    const struct aurora_other o = aurora_other(a, n);
    c->speeds[o.speed]++;
    c->systems[o.system]++;
    for (uint32_t i = 0; i < AURORA_OTHER_ADDONS; i++) c->addons[i] += o.addons >> i & 1;
    c->cities[o.city]++;
    c->lengths[o.length]++;
    c->is_default[o.is_default]++;
    c->chatty += o.client == 0;
  }
}

static void put_one(FILE *out, bool *first, const char *text, uint64_t n) {
  if (!n) return;
  (void)fprintf(out, "%s\"%s\":%" PRIu64, *first ? "" : ",", text, n);
  *first = false;
}

static void put_others(const struct aurora *a, const struct others *c, FILE *out) {
  bool first = true;
  char text[64];
  (void)fputs("{\"CPU MHz\":{", out);
  for (uint32_t i = 0; i < AURORA_OTHER_SPEEDS; i++)
    put_one(out, &first, aurora_other_speeds[i], c->speeds[i]);
  (void)fputs("},\n\"session length\":{", out);
  first = true;
  for (uint32_t i = 0; i <= AURORA_OTHER_LENGTHS; i++) {
    (void)snprintf(text, sizeof text, "%" PRIu32, i);
    put_one(out, &first, text, c->lengths[i]);
  }
  (void)fputs("},\n\"city\":{", out);
  first = true;
  for (uint32_t i = 0; i < a->tables.city.n; i++)
    put_one(out, &first, a->tables.city.rows[i].text, c->cities[i]);
  (void)fputs("},\n\"add-ons\":{", out);
  first = true;
  for (uint32_t i = 0; i < AURORA_OTHER_ADDONS; i++)
    put_one(out, &first, aurora_other_addons[i], c->addons[i]);
  (void)fputs("},\n\"OS\":{", out);
  first = true;
  for (uint32_t i = 0; i < AURORA_OTHER_SYSTEMS; i++) {
    (void)snprintf(text, sizeof text, "%s %s", aurora_other_systems[i][0],
                   aurora_other_systems[i][1]);
    put_one(out, &first, text, c->systems[i]);
  }
  (void)fprintf(out, "},\n\"default browser\":{\"false\":%" PRIu64 ",\"true\":%" PRIu64 "}}",
                c->is_default[0], c->is_default[1]);
}

static void tell_others(const struct aurora *a, FILE *out) {
  struct others *c = allocate(1, sizeof *c);
  char data[40];
  struct text id = {data, 0, sizeof data};
  count_others(a, c);
  aurora_other_id(a, 0, &id);
  (void)fprintf(out,
                "\"others\":{\"pings\":%" PRIu32
                ",\"chatty\":{\"client\":\"%.36s\",\"pings\":%" PRIu64 "},\n\"fields\":",
                a->nothers, data, c->chatty);
  put_others(a, c, out);
  (void)fputs("}}\n", out);
  free(c);
}

void aurora_tell(const struct aurora *a, uint32_t scale, FILE *out) {
  struct truth t = {.a = a, .out = out, .seen = allocate(a->ndocuments, sizeof *t.seen)};
  uint64_t all[POPULATIONS] = {0};
  uint64_t(*counts)[POPULATIONS] = allocate(AURORA_ROWS, sizeof *counts);
  char data[40];
  struct text id = {data, 0, sizeof data};
  see(&t);
  for (uint32_t d = 0; d < a->ndocuments; d++) count(all, &t.seen[d]);
  aurora_client_id(a, &id);
  (void)fprintf(out, "{\"client\":\"%.36s\",\"scale\":%" PRIu32 ",\"pings\":", data, scale);
  put_counts(out, all);
  (void)fputs(",\n", out);
  tell_days(&t);
  tell_documents(&t);
  (void)fputs("\"fields\":{", out);
  tell_fields(&t, counts);
  tell_addons(&t, all);
  tell_measures(&t);
  tell_others(a, out);
  free(counts);
  free(t.seen);
}
