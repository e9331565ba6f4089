/* The accounts against an exact model: random days, labels, clients and classes in batches, some of
 * which are aborted, with a store that is opened anew now and then, and thresholds so small that
 * rankings purge, days are swept, sealed, dropped from memory and read again.
 */
#include "stage.h"

#include "seen/store.h"
#include <stdlib.h>
#include <string.h>

#define DAYS     6u
#define CLIENTS  3000u /* the last two are the canary and none */
#define CANARY   (CLIENTS - 2)
#define NOBODY   (CLIENTS - 1)
#define LABELS   7u
#define BATCH    1500u
#define MEASURES 2u

/* A client's figures on a day: pings, duplicates, a, b. */
struct truth {
  uint64_t figure[PS_RANK_MEASURES + MEASURES];
};

struct model_day {
  struct truth clients[CLIENTS];
  struct ps_day_figures rows[LABELS][LABELS + 1]; /* type, channel; [0][LABELS]: malformed */
  uint64_t nonzero[MEASURES], values;
};

struct model {
  struct model_day days[DAYS];
  struct ps_client clients[CLIENTS];
  uint64_t random;
  uint32_t batches, checks;
};

/* A ping of the model. */
struct event {
  day_t day;
  uint32_t client, type, channel, document;
  uint64_t a, b;
  enum ps_class class;
  size_t bytes;
};

static void client_text(uint32_t client, char text[80]) {
  if (client == CANARY) (void)snprintf(text, 80, "c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0");
  else if (client % 3 == 0) (void)snprintf(text, 80, "client-%u", client);
  else if (client % 3 == 1) (void)snprintf(text, 80, "a-client-of-a-long-name-%u", client);
  else (void)snprintf(text, 80, "%08x-0000-4000-8000-0123456789AB", client * 2654435761u);
}

static void event_say(const struct event *event, struct stage_line *line) {
  static const char *const names[LABELS] = {NULL, "main", "crash", "caf\xc3\xa9", "x", "y", "z"};
  char client[80], document[32];
  (void)snprintf(document, sizeof document, "document-%u", event->document);
  client_text(event->client, client);
  stage_say(line, &(struct said){.id = event->class == PS_NO_ID ? NULL : document,
                                 .client = event->client == NOBODY ? NULL : client,
                                 .type = names[event->type],
                                 .channel = names[event->channel],
                                 .a = event->a,
                                 .b = event->b});
  if (event->class == PS_MALFORMED) line->text[line->len - 2] = ' ';
}

static struct event event_draw(struct model *model, uint32_t batch) {
  uint64_t *random = &model->random;
  const uint64_t dice = random_below(random, 100);
  /* Mostly one day after another, some late copies. */
  const uint64_t day = dice < 90 ? batch / 20 : random_below(random, DAYS);
  return (struct event){.day = (day_t)(STAGE_DAY + (day < DAYS ? day : DAYS - 1)),
                        .client = dice % 2 ? random_zipf(random, CLIENTS, 1.2)
                                           : (uint32_t)random_below(random, CLIENTS),
                        .type = (uint32_t)random_below(random, LABELS),
                        .channel = (uint32_t)random_below(random, LABELS),
                        .document = (uint32_t)random_below(random, 60000),
                        .a = dice < 50 ? 0 : random_below(random, 1000),
                        .b = dice == 7 ? UINT64_C(1) << 40 : random_below(random, 3),
                        .class = dice == 3   ? PS_NO_ID
                                 : dice == 4 ? PS_MALFORMED
                                 : dice == 5 ? PS_LATE
                                             : PS_UNIQUE};
}

/* ---- the model ---- */

static void model_count(struct model *model, const struct event *event) {
  struct model_day *day = &model->days[event->day - STAGE_DAY];
  struct truth *truth = &day->clients[event->client];
  const bool malformed = event->class == PS_MALFORMED;
  struct ps_day_figures *row =
      malformed ? &day->rows[0][LABELS] : &day->rows[event->type][event->channel];
  row->count[event->class]++;
  row->bytes_in += event->bytes;
  row->bytes_out += event->class == PS_DUPLICATE ? 0 : event->bytes;
  if (malformed) return;
  row->measurements[0] += event->a;
  row->measurements[1] += event->b;
  truth->figure[PS_RANK_PINGS]++;
  truth->figure[PS_RANK_DUPLICATES] += event->class == PS_DUPLICATE;
  truth->figure[PS_RANK_MEASURES] += event->a;
  truth->figure[PS_RANK_MEASURES + 1] += event->b;
  day->values++;
  day->nonzero[0] += event->a != 0;
  day->nonzero[1] += event->b != 0;
}

static int by_client(const void *a, const void *b) {
  const struct ps_client_figure *x = a, *y = b;
  return memcmp(&x->client, &y->client, sizeof x->client);
}

static void ranking_check(const struct model *model, const struct model_day *day, unsigned rank,
                          const struct ps_ranking *ranking) {
  struct ps_client_figure *sorted = malloc((ranking->n + 1) * sizeof *sorted);
  uint64_t total = 0;
  size_t found = 0;
  assert_non_null(sorted);
  if (ranking->n) memcpy(sorted, ranking->entries, ranking->n * sizeof *sorted);
  for (size_t i = 1; i < ranking->n; i++)
    assert_true(ranking->entries[i - 1].figure.count >= ranking->entries[i].figure.count);
  qsort(sorted, ranking->n, sizeof *sorted, by_client);
  for (uint32_t c = 0; c < CANARY; c++) {
    const uint64_t truth = day->clients[c].figure[rank];
    const struct ps_client_figure key = {.client = model->clients[c]};
    const struct ps_client_figure *entry =
        bsearch(&key, sorted, ranking->n, sizeof *sorted, by_client);
    total += truth;
    found += entry != NULL;
    if (entry && (entry->figure.count > truth || truth > entry->figure.count + entry->figure.error))
      fail_msg("rank %u, client %u: %llu is not in %llu + %llu", rank, c, (unsigned long long)truth,
               (unsigned long long)entry->figure.count, (unsigned long long)entry->figure.error);
    if (!entry && truth > ranking->absent)
      fail_msg("rank %u, client %u: %llu is absent", rank, c, (unsigned long long)truth);
  }
  assert_int_equal(found, ranking->n);
  assert_int_equal(total, ranking->total);
  free(sorted);
}

static void rows_check(const struct model_day *day, const struct ps_account_day *told) {
  static const char *const names[LABELS + 1] = {"",  "main", "crash", "caf\xc3\xa9",
                                                "x", "y",    "z",     ""};
  struct ps_day_figures total = {.bytes_in = 0};
  size_t rows = 0;
  for (unsigned t = 0; t < LABELS; t++)
    for (unsigned c = 0; c <= LABELS; c++) {
      struct ps_day_figures want = day->rows[t][c];
      if (!t && c == LABELS) continue;
      if (!t && !c) ps_day_figures_add(&want, &day->rows[0][LABELS]);
      if (!ps_day_figures_pings(&want)) continue;
      ps_day_figures_add(&total, &want);
      rows++;
      size_t i = 0;
      while (i < told->nrows && (strcmp(told->rows[i].type, names[t]) != 0 ||
                                 strcmp(told->rows[i].channel, names[c]) != 0))
        i++;
      assert_in_range(i, 0, told->nrows - 1);
      assert_memory_equal(&told->rows[i].figures, &want, sizeof want);
    }
  assert_int_equal(rows, told->nrows);
  assert_memory_equal(&told->total, &total, sizeof total);
}

static int day_check(void *context, const struct ps_account_day *told, struct ps_error *err) {
  struct model *model = context;
  struct model_day *day = &model->days[told->day - STAGE_DAY];
  double clients = 0;
  (void)err;
  rows_check(day, told);
  assert_int_equal(told->total.count[PS_UNIQUE], told->keys);
  assert_int_equal(ps_day_figures_pings(&told->canary), day->clients[CANARY].figure[PS_RANK_PINGS]);
  assert_int_equal(told->without_client.measurements[0],
                   day->clients[NOBODY].figure[PS_RANK_MEASURES]);
  for (unsigned r = 0; r < PS_RANK_MEASURES + MEASURES; r++)
    ranking_check(model, day, r, &told->ranking[r]);
  for (unsigned m = 0; m < MEASURES && day->values; m++) {
    assert_true(told->measured[m]);
    assert_int_equal(told->distribution[m].count, day->values);
    assert_int_equal(told->distribution[m].zeros, day->values - day->nonzero[m]);
  }
  for (uint32_t c = 0; c < CANARY; c++) clients += day->clients[c].figure[PS_RANK_PINGS] != 0;
  const double estimate = ps_registers_estimate(told->registers);
  assert_true(estimate >= clients * (1 - 5 * PS_REGISTERS_ERROR) - 1 &&
              estimate <= clients * (1 + 5 * PS_REGISTERS_ERROR) + 1);
  model->checks++;
  return PS_OK;
}

static void model_check(struct stage *stage, struct model *model) {
  struct ps_accounts_info info;
  uint32_t want = 0;
  model->checks = 0;
  assert_ok(ps_accounts_read(stage->seen, 0, DAY_MAX, 0, &info, day_check, model, err));
  for (unsigned d = 0; d < DAYS; d++) {
    uint64_t pings = model->days[d].values + model->days[d].rows[0][LABELS].count[PS_MALFORMED];
    want += pings != 0;
    if (!pings) continue;
    if (want == 1) assert_int_equal(info.first, STAGE_DAY + d);
    assert_true(info.last >= STAGE_DAY + d);
  }
  assert_int_equal(model->checks, want);
  assert_int_equal(info.any, want > 0);
}

/* ---- batches ---- */

static void batch_count(struct stage *stage, struct event *events, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    struct event *event = &events[i];
    struct stage_line line;
    event_say(event, &line);
    const struct ping ping = stage_scan(stage, &line);
    if (event->class == PS_UNIQUE) {
      uint8_t seen;
      assert_ok(ps_seen_mark(stage->seen, &event->day, &ping.key, 1, &seen, err));
      if (seen) event->class = PS_DUPLICATE;
    }
    event->bytes = line.len;
    const struct account_ping counted = {.line = (const uint8_t *)line.text,
                                         .ping = &ping,
                                         .class = event->class,
                                         .day = event->day,
                                         .bytes_in = line.len,
                                         .bytes_out = event->class == PS_DUPLICATE ? 0 : line.len};
    accounts_prefetch(stage->accounts, event->day, &ping);
    assert_ok(accounts_count(stage->accounts, &counted, err));
  }
}

/* A commit writes its journals, the records of its days, and so much of parts. */
static void commit_checked(struct stage *stage) {
  const uint64_t before = stage->seen->env.put_bytes;
  assert_ok(accounts_store(stage->accounts, err));
  const uint64_t put = stage->seen->env.put_bytes - before;
  const uint64_t records = DAYS * UINT64_C(16000), journal = BATCH * UINT64_C(40);
  const uint64_t sealed = UINT64_C(24) * stage->options.sealed_slots * PS_RANKS_MAX;
  const uint64_t part = UINT64_C(24) * 1024;
  assert_true(put <= records + journal + sealed + part + stage->options.commit_bytes);
  assert_ok(ps_seen_commit(stage->seen, err));
  accounts_committed(stage->accounts);
}

static void clients_scan(struct stage *stage, struct model *model) {
  for (uint32_t c = 0; c < CANARY; c++) {
    struct stage_line line;
    event_say(&(struct event){.client = c}, &line);
    model->clients[c] = stage_scan(stage, &line).client_id;
  }
}

static void model_run(struct stage *stage, uint32_t batches) {
  static struct event events[BATCH];
  struct model *model = calloc(1, sizeof *model);
  assert_non_null(model);
  stage_open(stage);
  clients_scan(stage, model);
  model_check(stage, model);
  for (uint32_t b = 0; b < batches; b++) {
    const uint32_t n = (uint32_t)random_below(&model->random, BATCH) + 1;
    const uint64_t dice = random_below(&model->random, 16);
    for (uint32_t i = 0; i < n; i++) events[i] = event_draw(model, b);
    stage_begin(stage);
    ps_seen_set_watermark(stage->seen, (uint16_t)(STAGE_DAY + (b / 20 < DAYS ? b / 20 : DAYS)));
    batch_count(stage, events, n);
    if (dice < 2) {
      if (dice) assert_ok(accounts_store(stage->accounts, err));
      stage_abort(stage);
      continue;
    }
    for (uint32_t i = 0; i < n; i++) model_count(model, &events[i]);
    commit_checked(stage);
    if (dice < 4) stage_open(stage);
    if (dice < 6) model_check(stage, model);
  }
  model_check(stage, model);
  stage_open(stage);
  model_check(stage, model);
  free(model);
}

static void exact_limits_agree_with_the_model(void **state) {
  struct stage *stage = *state;
  stage->options.sweep_bytes = 20000;
  stage->options.commit_bytes = 20000;
  stage->options.sealed_slots = CLIENTS;
  stage->options.client_slots = PS_CLIENT_SLOTS;
  model_run(stage, scaled(160));
}

static void tiny_limits_agree_with_the_model(void **state) {
  struct stage *stage = *state;
  stage->options.sweep_bytes = 4096;
  stage->options.commit_bytes = 8192;
  stage->options.sealed_slots = 64;
  stage->options.quiet_commits = 3;
  stage->options.days = 2;
  stage->options.client_slots = PS_CLIENT_SLOTS_MIN;
  model_run(stage, scaled(160));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(exact_limits_agree_with_the_model, stage_setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(tiny_limits_agree_with_the_model, stage_setup,
                                      stage_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
