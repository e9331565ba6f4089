#include "cli/profile_flags.h"

#include "base/arith.h"
#include "base/error.h"
#include "base/format.h"
#include <stdlib.h>
#include <string.h>

/* ---- one client once ---- */

static int by_client(const void *a, const void *b) {
  const struct profile_flagged *x = a, *y = b;
  return memcmp(&x->client, &y->client, sizeof x->client);
}

static int by_pings(const void *a, const void *b) {
  const struct profile_flagged *x = a, *y = b;
  if (x->pings != y->pings) return x->pings > y->pings ? -1 : 1;
  return by_client(a, b);
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Sorts at[0..n) by client and puts the entries of each together by `join` of their pings. Returns
 * how many are left. */
static size_t put_together(struct profile_flagged *at, size_t n,
                           uint64_t (*join)(uint64_t, uint64_t)) {
  size_t kept = 0;
  if (n) qsort(at, n, sizeof *at, by_client);
  for (size_t i = 0; i < n; i++) {
    struct profile_flagged *last = kept ? &at[kept - 1] : NULL;
    if (last && by_client(last, &at[i]) == 0) {
      last->pings = join(last->pings, at[i].pings);
      last->rules |= at[i].rules;
    } else at[kept++] = at[i];
  }
  return kept;
}

static int make_room(struct profile_flags *f, size_t more, struct ps_error *err) {
  if (f->cap - f->n >= more) return PS_OK;
  size_t cap = f->n + more;
  struct profile_flagged *at = realloc(f->at, cap * sizeof *at);
  if (!at) return error_memory(err, cap * sizeof *at);
  f->at = at;
  f->cap = cap;
  return PS_OK;
}

/* ---- reading ---- */

/* The day's figures know more than its flags, which were raised while it went on. */
static void take_day_pings(struct profile_flagged *at, size_t n, const struct ps_ranking *ranking) {
  for (size_t i = 0; i < ranking->n && n; i++) {
    struct profile_flagged key = {.client = ranking->entries[i].client}, *found;
    found = bsearch(&key, at, n, sizeof *at, by_client);
    if (found) found->pings = ranking->entries[i].figure.count;
  }
}

static int visit_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  struct profile_flags *f = context;
  f->ndays++;
  f->more = count_add(f->more, day->more_flags);
  if (!day->nflags) return PS_OK;
  int r = make_room(f, day->nflags, err);
  if (r != PS_OK) return r;
  struct profile_flagged *at = f->at + f->n;
  for (size_t i = 0; i < day->nflags; i++)
    at[i] = (struct profile_flagged){.client = day->flags[i].client,
                                     .pings = day->flags[i].pings.count,
                                     .rules = UINT32_C(1) << day->flags[i].rule};
  size_t n = put_together(at, day->nflags, larger);
  take_day_pings(at, n, &day->ranking[PS_RANK_PINGS]);
  f->n = put_together(f->at, f->n + n, count_add);
  return PS_OK;
}

int profile_flags_read(struct profile_flags *f, const char *store, const day_t *days, size_t ndays,
                       struct ps_error *err) {
  *f = (struct profile_flags){.at = NULL};
  struct ps_seen *seen = NULL;
  int r = ps_seen_open(
      store, &(struct ps_seen_options){.size = sizeof(struct ps_seen_options), .read_only = true},
      &seen, err);
  for (size_t i = 0; i < ndays && r == PS_OK; i++)
    r = ps_accounts_read(seen, days[i], days[i], 1, &f->info, visit_day, f, err);
  ps_seen_close(seen);
  if (r == PS_OK && f->n) qsort(f->at, f->n, sizeof *f->at, by_pings);
  return r;
}

void profile_flags_release(struct profile_flags *f) {
  free(f->at);
  *f = (struct profile_flags){.at = NULL};
}

/* ---- words ---- */

static int put_when(const day_t *days, size_t ndays, struct buffer *out, struct ps_error *err) {
  char day[DAY_TEXT];
  day_format(days[0], day);
  return ndays == 1 ? buffer_printf(out, err, "on %s", day)
                    : buffer_printf(out, err, "on these %zu days", ndays);
}

static int put_absence(const struct profile_flags *f, const day_t *days, size_t ndays,
                       struct buffer *out, struct ps_error *err) {
  char first[DAY_TEXT], last[DAY_TEXT];
  if (!f->info.any)
    return buffer_printf(out, err, "no pings were counted in the store, so nobody was flagged");
  int r = buffer_printf(out, err, f->ndays ? "no client was flagged " : "no pings were counted ");
  if (r == PS_OK) r = put_when(days, ndays, out, err);
  if (r != PS_OK) return r;
  day_format(f->info.first, first);
  day_format(f->info.last, last);
  if (f->info.first == f->info.last) return buffer_printf(out, err, "; the store has %s", first);
  return buffer_printf(out, err, "; the store has %s to %s", first, last);
}

int profile_flags_words(const struct profile_flags *f, const day_t *days, size_t ndays,
                        struct buffer *out, struct ps_error *err) {
  char count[FORMAT_TEXT];
  if (!f->n) return put_absence(f, days, ndays, out, err);
  int r = buffer_printf(out, err, "%s %s flagged ", format_count(f->n, count),
                        f->n == 1 ? "client was" : "clients were");
  if (r == PS_OK) r = put_when(days, ndays, out, err);
  bool first = true;
  for (int rule = 0; rule < PS_RULES && r == PS_OK; rule++) {
    uint64_t n = 0;
    for (size_t i = 0; i < f->n; i++) n += f->at[i].rules >> rule & 1;
    if (!n) continue;
    r = buffer_printf(out, err, "%s %s by %s", first ? ":" : ",", format_count(n, count),
                      ps_rule_name((enum ps_rule)rule));
    first = false;
  }
  if (r == PS_OK && f->more)
    r = buffer_printf(out, err, "; %s more flags were only counted, without the clients",
                      format_count(f->more, count));
  return r;
}
