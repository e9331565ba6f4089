#include "sample.h"

#include "accounts/distribution.h"
#include "accounts/registers.h"
#include "base/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS     120u /* listed a day */
#define MEASURE     "histograms"
#define MEASURE_TLS "tls"

/* ---- numbers ---- */

static uint64_t next(uint64_t *state) { /* splitmix64, http://prng.di.unimi.it/splitmix64.c */
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static uint64_t near(uint64_t *state, uint64_t value) { /* within 6 % */
  return value - value / 16 + (value >= 8 ? next(state) % (value / 8) : 0);
}

/* ---- a day ---- */

struct fixture {
  struct ps_account_day day;
  struct ps_day_row rows[8];
  struct ps_client_figure figures[PS_RANKS_MAX][CLIENTS];
  struct ps_client client[CLIENTS];
  uint64_t figure[PS_RANKS_MAX][CLIENTS];
  struct ps_flag flags[8];
  struct ps_bin *bins[PS_MEASURES_MAX];
  uint64_t random;
};

static void add_row(struct fixture *f, const char *type, const char *channel, uint64_t pings,
                    uint64_t per_ping) {
  struct ps_day_row *row = &f->rows[f->day.nrows++];
  (void)snprintf(row->type, sizeof row->type, "%s", type);
  (void)snprintf(row->channel, sizeof row->channel, "%s", channel);
  struct ps_day_figures *figures = &row->figures;
  figures->count[PS_DUPLICATE] = near(&f->random, pings / 75);
  figures->count[PS_NO_ID] = pings / 9000;
  figures->count[PS_LATE] = pings / 20000;
  figures->count[PS_UNIQUE] =
      pings - figures->count[PS_DUPLICATE] - figures->count[PS_NO_ID] - figures->count[PS_LATE];
  figures->bytes_in = pings * 9700;
  figures->bytes_out = (pings - figures->count[PS_DUPLICATE]) * 9700;
  figures->measurements[0] = pings * per_ping;
  figures->measurements[1] = pings * (per_ping / 20);
  figures->implausible[0] = pings / 100000;
}

static void make_clients(struct fixture *f, unsigned shard, uint64_t most) {
  uint64_t random = f->random + shard;
  for (size_t i = 0; i < CLIENTS; i++) {
    f->client[i].kind = i % 10 == 7    ? PS_CLIENT_TEXT
                        : i % 31 == 30 ? PS_CLIENT_HASH
                                       : PS_CLIENT_UUID;
    for (size_t k = 0; k < 16; k++) f->client[i].id[k] = (uint8_t)next(&random);
    if (f->client[i].kind == PS_CLIENT_TEXT) {
      memset(f->client[i].id, 0, 16);
      (void)snprintf((char *)f->client[i].id, 16, "client-%u-%zu", shard, i);
    }
    uint64_t pings = most / (i + 1) + 3;
    f->figure[PS_RANK_PINGS][i] = pings;
    f->figure[PS_RANK_DUPLICATES][i] = i % 5 == 2 ? pings - pings / 8 : pings / 60;
    f->figure[PS_RANK_MEASURES][i] = pings * near(&random, 140);
    f->figure[PS_RANK_MEASURES + 1][i] = pings * 7;
  }
}

static int larger(const void *a, const void *b) {
  const struct ps_client_figure *x = a, *y = b;
  if (x->figure.count != y->figure.count) return x->figure.count > y->figure.count ? -1 : 1;
  return memcmp(&x->client, &y->client, sizeof x->client);
}

static void rank_clients(struct fixture *f, uint64_t error) {
  for (size_t r = 0; r < PS_RANK_MEASURES + 2; r++) {
    struct ps_ranking *ranking = &f->day.ranking[r];
    for (size_t i = 0; i < CLIENTS; i++)
      if (f->figure[r][i] > 0)
        f->figures[r][ranking->n++] =
            (struct ps_client_figure){f->client[i], {f->figure[r][i], error}};
    qsort(f->figures[r], ranking->n, sizeof f->figures[r][0], larger);
    ranking->entries = f->figures[r];
    ranking->absent = error;
    for (size_t i = 0; i < ranking->n; i++) ranking->total += f->figures[r][i].figure.count;
  }
}

static int measure_pings(struct fixture *f, uint64_t pings, struct ps_error *err) {
  struct distribution sum[2] = {{0}, {0}};
  int r = PS_OK;
  for (unsigned step = 0; step < 300 && r == PS_OK; step++) {
    uint64_t value = UINT64_C(1) << (next(&f->random) % 5 + next(&f->random) % 5);
    value += next(&f->random) % (value + 60);
    r = distribution_add(&sum[0], step % 40 == 0 ? 0 : value, pings / 300 + 1, err);
    if (r == PS_OK) r = distribution_add(&sum[1], value / 20, pings / 300 + 1, err);
  }
  if (r == PS_OK && f->day.nflags > 0) r = distribution_add(&sum[0], 508085, 232287, err);
  for (size_t m = 0; m < 2; m++) {
    f->day.measured[m] = true;
    if (r == PS_OK) r = distribution_copy(&sum[m], &f->day.distribution[m], &f->bins[m], err);
    distribution_release(&sum[m]);
  }
  return r;
}

/* The client of the post, instead of the day's first. */
static void add_spike(struct fixture *f) {
  uint64_t time = (uint64_t)f->day.day * 86400 + 3700;
  f->figure[PS_RANK_PINGS][0] = 232287;
  f->figure[PS_RANK_DUPLICATES][0] = 232277;
  f->figure[PS_RANK_MEASURES][0] = UINT64_C(118021474114);
  f->figure[PS_RANK_MEASURES][1] = 1619126;
  f->rows[0].figures.count[PS_DUPLICATE] += 232277;
  f->rows[0].figures.count[PS_UNIQUE] += 10;
  f->rows[0].figures.measurements[0] += UINT64_C(118021474114);
  const struct ps_client *client = &f->client[0];
  struct ps_bounded pings = {1000, 0}, duplicates = {990, 0}, measured = {508085000, 0};
  f->flags[0] =
      (struct ps_flag){f->day.day, PS_DUPLICATE_FLOOD, 0,   *client, time - 3600, {100, 0},
                       {90, 0},    {50808500, 0},      100, 10,      0,           ""};
  f->flags[1] =
      (struct ps_flag){f->day.day, PS_MEASUREMENT_SPIKE, 0,       *client,   time - 60, {210, 0},
                       {200, 0},   {106697850, 0},       1000000, 106697850, 0,         ""};
  f->flags[2] = (struct ps_flag){f->day.day, PS_PING_FLOOD, 0,    *client, time, pings,
                                 duplicates, measured,      1000, 1000,    0,    ""};
  f->flags[3] = (struct ps_flag){
      f->day.day, PS_SHARED_PROFILE, 0,   f->client[2], time + 9000, {1200, 0},
      {3, 0},     {168000, 0},       500, 1100,         1200,        "Windows_NT 5.1"};
  f->day.flags = f->flags;
  f->day.nflags = 4;
}

static int make_day(struct fixture *f, day_t day, uint64_t pings, unsigned shard, bool spike,
                    uint64_t error, struct ps_error *err) {
  *f = (struct fixture){.random = day};
  f->day.day = day;
  add_row(f, "main", "release", pings * 60 / 100, 140);
  add_row(f, "main", "beta", pings * 20 / 100, 150);
  add_row(f, "crash", "release", pings * 9 / 100, 0);
  add_row(f, "core", "nightly", pings * 6 / 100, 0);
  add_row(f, "", "", pings * 4 / 100, 0);
  add_row(f, "other", "other", pings / 100, 12);
  f->rows[4].figures.count[PS_MALFORMED] = pings / 4000;
  make_clients(f, shard, 420 + pings / 1000);
  if (spike) add_spike(f);
  rank_clients(f, error);
  f->day.rows = f->rows;
  for (size_t i = 0; i < f->day.nrows; i++) ps_day_figures_add(&f->day.total, &f->rows[i].figures);
  f->day.keys = f->day.total.count[PS_UNIQUE];
  f->day.without_client.count[PS_UNIQUE] = pings / 50;
  f->day.canary.count[PS_UNIQUE] = pings / 700;
  size_t fleet = error ? 2000 : 62423; /* fewer where there are many days, lest it takes long */
  for (size_t i = 0; i < fleet && i < pings / 6; i++) {
    struct ps_client client = {.kind = PS_CLIENT_UUID};
    uint64_t id[2] = {next(&f->random), next(&f->random)};
    memcpy(client.id, id, sizeof client.id);
    (void)registers_add(f->day.registers, &client);
  }
  return measure_pings(f, pings, err);
}

static void release_day(struct fixture *f) {
  for (size_t m = 0; m < PS_MEASURES_MAX; m++) free(f->bins[m]);
}

/* ---- hostile texts ---- */

static void make_hostile(struct fixture *f) {
  static const char *const labels[] = {
      "\"><script>alert(1)</script>",     "=1+cmd|' /C calc'!A0", "\033]0;owned\007\033[2J",
      "\xe2\x80\xaegnip\xff\xe2\x80\xac", "a,b\"c\r\nd",          "+SUM(A1:A9)"};
  static const char *const ids[] = {
      "<img src=x>", "=HYPERLINK(1)", "\033[31mred", "@a,\"b\"", "\xe2\x80\xaexyz\xe2\x80\xac",
      "\xc3(",       "'onload='x",    "-2+3"};
  for (size_t i = 0; i < f->day.nrows; i++) {
    (void)snprintf(f->rows[i].type, PS_LABEL_BYTES, "%s", labels[i]);
    (void)snprintf(f->rows[i].channel, PS_LABEL_BYTES, "%s", labels[f->day.nrows - 1 - i]);
  }
  for (size_t r = 0; r < PS_RANK_MEASURES + 2; r++)
    for (size_t i = 0; i < 8; i++) {
      struct ps_client *client = &f->figures[r][i].client;
      *client = (struct ps_client){.kind = PS_CLIENT_TEXT};
      memcpy(client->id, ids[i], strlen(ids[i]));
    }
  for (size_t i = 0; i < 4; i++) {
    f->flags[i].client = f->figures[0][i].client;
    (void)snprintf(f->flags[i].value, PS_FLAG_VALUE, "%s", labels[i]);
  }
}

/* ---- samples ---- */

static const struct {
  uint16_t first, days;
  const char *source;
  struct ps_account_measure measures[2];
} plans[SAMPLES] = {
    [SAMPLE_EMPTY] = {0, 0, "./seen", {{MEASURE, "payload/histograms/*/values/*"}}},
    [SAMPLE_DAY] = {17226, 1, "./seen", {{MEASURE, "payload/histograms/*/values/*"}}},
    [SAMPLE_POST] = {17226, 16, "./seen", {{MEASURE, "payload/histograms/*/values/*"}}},
    [SAMPLE_YEAR] = {16801,
                     400,
                     "./seen",
                     {{MEASURE, "payload/histograms/*/values/*"},
                      {MEASURE_TLS, "payload/histograms/SSL_HANDSHAKE_VERSION/values/*"}}},
    [SAMPLE_HOSTILE] = {17226,
                        2,
                        "<b>\033[1m=seen",
                        {{"</title><script>", "a/\"onmouseover=\"x/*"}, {"=x", "\033[7m/*"}}},
};

int sample_add(struct report *report, enum sample which, unsigned shard, struct ps_error *err) {
  struct ps_accounts_info info = {.keep_days = 30};
  uint16_t first = plans[which].first, n = plans[which].days;
  memcpy(info.measures, plans[which].measures, sizeof plans[which].measures);
  info.nmeasures = *info.measures[1].name ? 2 : 1;
  info.any = n > 0;
  info.first = first;
  info.last = info.watermark = (uint16_t)(n ? first + n - 1 : 0);
  int r = report_begin_source(report, plans[which].source, &info, err);
  struct fixture *fixture = malloc(sizeof *fixture);
  if (!fixture) return error_memory(err, sizeof *fixture);
  for (uint16_t i = 0; i < n && r == PS_OK; i++) {
    if (which == SAMPLE_YEAR && i == 200) continue;
    bool hostile = which == SAMPLE_HOSTILE, spike = (which == SAMPLE_POST && i == 11) || hostile;
    uint64_t random = i, pings = near(&random, i % 7 > 4 ? 280000 : 350000);
    if (which == SAMPLE_YEAR) pings = pings * (i + 100u) / 300;
    r = make_day(fixture, (day_t)(first + i), pings, shard, spike, which == SAMPLE_YEAR ? 11 : 0,
                 err);
    if (r == PS_OK && hostile) make_hostile(fixture);
    if (which == SAMPLE_POST && i == 3) fixture->day.keys += 1200; /* marked by store absorb */
    if (r == PS_OK) r = report_add_day(report, &fixture->day, err);
    release_day(fixture);
  }
  free(fixture);
  return r;
}

int sample_report(enum sample which, const struct report_options *options, struct report *report,
                  struct ps_error *err) {
  static const struct report_options defaults = {0};
  report_init(report, options ? options : &defaults);
  report->made = SAMPLE_MADE;
  int r = sample_add(report, which, 0, err);
  return r == PS_OK ? report_finish(report, err) : r;
}
