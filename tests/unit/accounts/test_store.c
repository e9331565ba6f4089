/* The accounts in the store: what is forgotten, what is refused, what damage does, several
 * processes, and what many days cost.
 */
#include "stage.h"

#include "accounts/bytes.h"
#include "accounts/cache.h"
#include "accounts/head.h"
#include "accounts/name.h"
#include "accounts/record.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Days with accounts and their pings. */
struct days {
  size_t n;
  uint16_t day[64];
  uint64_t pings[64];
  size_t nrows, other;
};

static int days_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  struct days *days = context;
  (void)err;
  days->day[days->n] = day->day;
  days->pings[days->n++] = ps_day_figures_pings(&day->total);
  days->nrows = day->nrows;
  for (size_t i = 0; i < day->nrows; i++)
    if (!strcmp(day->rows[i].type, "other"))
      days->other = (size_t)ps_day_figures_pings(&day->rows[i].figures);
  return PS_OK;
}

static struct days days_read(struct stage *stage, uint16_t from, uint16_t to,
                             struct ps_accounts_info *info) {
  struct days days = {.n = 0};
  assert_ok(ps_accounts_read(stage->seen, from, to, 0, info, days_visit, &days, err));
  return days;
}

static void count_days(struct stage *stage, unsigned n) {
  stage_begin(stage);
  for (unsigned d = 0; d < n; d++)
    for (unsigned i = 0; i <= d; i++)
      stage_count(stage, &(struct said){.client = "c", .a = 3}, PS_NO_ID, (day_t)(STAGE_DAY + d));
  stage_commit(stage);
}

static void an_empty_store_has_no_days(void **state) {
  struct stage *stage = *state;
  struct ps_accounts_info info;
  assert_int_equal(days_read(stage, 0, DAY_MAX, &info).n, 0);
  assert_false(info.any);
  assert_int_equal(info.nmeasures, 0);
  stage_begin(stage);
  stage_commit(stage); /* nothing was counted: nothing is written */
  assert_ok(ps_seen_begin(stage->seen, err));
  assert_ok(ps_accounts_forget(stage->seen, 0, DAY_MAX, err));
  assert_ok(ps_seen_commit(stage->seen, err));
  size_t len;
  assert_ok(ps_seen_get_value(stage->seen, NAME_HEAD, NULL, 0, &len, err));
  assert_int_equal(len, 0);
}

static int stop_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  (void)day;
  (void)err;
  ++*(unsigned *)context;
  return PS_E_STOPPED;
}

static void a_range_has_its_days_only(void **state) {
  struct stage *stage = *state;
  struct ps_accounts_info info;
  unsigned visits = 0;
  count_days(stage, 10);
  struct days days = days_read(stage, STAGE_DAY + 3, STAGE_DAY + 5, &info);
  assert_int_equal(days.n, 3);
  assert_int_equal(days.day[0], STAGE_DAY + 3);
  assert_int_equal(days.pings[2], 6);
  assert_true(info.any);
  assert_int_equal(info.first, STAGE_DAY);
  assert_int_equal(info.last, STAGE_DAY + 9);
  assert_int_equal(info.nmeasures, 2);
  assert_string_equal(info.measures[1].name, "b");
  assert_int_equal(days_read(stage, 0, STAGE_DAY - 1, NULL).n, 0);
  assert_int_equal(days_read(stage, STAGE_DAY + 10, DAY_MAX, NULL).n, 0);
  assert_int_equal(ps_accounts_read(stage->seen, 0, DAY_MAX, 0, NULL, stop_visit, &visits, NULL),
                   PS_E_STOPPED);
  assert_int_equal(visits, 1);
}

static void the_first_and_the_last_day_of_all_are_kept(void **state) {
  struct stage *stage = *state;
  struct ps_accounts_info info;
  stage_begin(stage);
  stage_count(stage, &(struct said){.client = "c"}, PS_NO_ID, 0);
  stage_count(stage, &(struct said){.client = "c"}, PS_NO_ID, DAY_MAX);
  stage_commit(stage);
  assert_int_equal(days_read(stage, 0, DAY_MAX, &info).n, 2);
  assert_int_equal(info.first, 0);
  assert_int_equal(info.last, DAY_MAX);
}

static void forgotten_days_are_gone(void **state) {
  struct stage *stage = *state;
  count_days(stage, 10);
  assert_ok(ps_seen_begin(stage->seen, err));
  assert_ok(ps_accounts_forget(stage->seen, STAGE_DAY + 2, STAGE_DAY + 9, err));
  assert_ok(ps_seen_commit(stage->seen, err));
  assert_int_equal(days_read(stage, 0, DAY_MAX, NULL).n, 3);
  /* The accounts that are open notice, and begin these days anew. */
  count_days(stage, 4);
  const struct days days = days_read(stage, 0, DAY_MAX, NULL);
  assert_int_equal(days.n, 5);
  assert_int_equal(days.pings[0], 2);
  assert_int_equal(days.pings[2], 3);
  assert_int_equal(days.pings[4], 10);
}

static void measures_stay_as_they_began(void **state) {
  struct stage *stage = *state;
  count_days(stage, 1);
  stage->options.measures[0] = (struct ps_account_measure){"c", "c"};
  stage->options.measures[1] = (struct ps_account_measure){"a", "a"};
  stage_open(stage);
  count_days(stage, 1);
  struct ps_accounts_info info;
  (void)days_read(stage, 0, DAY_MAX, &info);
  assert_int_equal(info.nmeasures, 3);
  assert_string_equal(info.measures[2].name, "c");
  stage_close(stage);
  assert_ok(ps_seen_open(
      stage->dir,
      &(struct ps_seen_options){.size = sizeof(struct ps_seen_options), .no_sync = true},
      &stage->seen, err));
  stage->options.measures[1] = (struct ps_account_measure){"a", "elsewhere"};
  assert_refused(accounts_open(stage->seen, &stage->options, &stage->accounts, err),
                 PS_E_STORE_MISMATCH, "\"a\" at a, not at elsewhere");
  stage->options.measures[0] = (struct ps_account_measure){"d", "d"};
  stage->options.measures[1] = (struct ps_account_measure){"e", "e"};
  assert_refused(accounts_open(stage->seen, &stage->options, &stage->accounts, err),
                 PS_E_STORE_MISMATCH, "a, b, c, d and no room for \"e\"");
  stage->options.measures[0] = stage->options.measures[1];
  assert_refused(accounts_open(stage->seen, &stage->options, &stage->accounts, err), PS_E_ARGUMENT,
                 "\"e\" is given twice");
  stage->options.measures[0].name[0] = '\0';
  assert_refused(accounts_open(stage->seen, &stage->options, &stage->accounts, err), PS_E_ARGUMENT,
                 "a name of 1 to 31");
}

static void options_have_bounds(void **state) {
  struct stage *stage = *state;
  struct accounts *accounts;
  struct accounts_options options = stage->options;
  options.client_slots = PS_CLIENT_SLOTS_MAX + 1;
  assert_refused(accounts_open(stage->seen, &options, &accounts, err), PS_E_ARGUMENT,
                 "client slots are too many");
  options.client_slots = PS_CLIENT_SLOTS_MAX;
  assert_ok(accounts_open(stage->seen, &options, &accounts, err));
  accounts_close(accounts);
  options.nmeasures = PS_MEASURES_MAX + 1;
  assert_refused(accounts_open(stage->seen, &options, &accounts, err), PS_E_ARGUMENT,
                 "5 measures are too many: 4 are possible");
}

static void value_copy(struct stage *stage, const char *name, uint8_t *bytes, size_t cap,
                       size_t *len) {
  assert_ok(ps_seen_get_value(stage->seen, name, bytes, cap, len, err));
  assert_in_range(*len, 1, cap);
}

static void value_set(struct stage *stage, const char *name, const void *bytes, size_t len) {
  assert_ok(ps_seen_begin(stage->seen, err));
  assert_ok(ps_seen_put_value(stage->seen, name, bytes, len, err));
  assert_ok(ps_seen_commit(stage->seen, err));
}

static void newer_versions_are_refused(void **state) {
  struct stage *stage = *state;
  uint8_t head[4096];
  size_t len;
  count_days(stage, 1);
  value_copy(stage, NAME_HEAD, head, sizeof head, &len);
  head[8] = 2;
  value_set(stage, NAME_HEAD, head, len);
  struct accounts *accounts;
  assert_refused(accounts_open(stage->seen, &stage->options, &accounts, err), PS_E_STORE_VERSION,
                 "version 2");
  assert_refused(ps_accounts_read(stage->seen, 0, DAY_MAX, 0, NULL, stop_visit, NULL, err),
                 PS_E_STORE_VERSION, "up to version 1");
  assert_ok(ps_seen_begin(stage->seen, err));
  assert_refused(accounts_begin(stage->accounts, err), PS_E_STORE_VERSION, "newer pingsieve");
  stage_abort(stage);
}

static void labels_are_bounded(void **state) {
  struct stage *stage = *state;
  for (unsigned round = 0; round < 3; round++) {
    stage_begin(stage);
    for (unsigned i = 0; i < PS_LABELS_MAX + 200; i++) {
      char type[16], spelled[32];
      (void)snprintf(type, sizeof type, "type-%u", i);
      (void)snprintf(spelled, sizeof spelled, "\\u0074ype-%u", i); /* another spelling */
      stage_count(stage, &(struct said){.type = round == 2 ? spelled : type}, PS_NO_ID, STAGE_DAY);
    }
    stage_commit(stage);
    if (!round) stage_open(stage);
  }
  const struct days days = days_read(stage, 0, DAY_MAX, NULL);
  assert_int_equal(days.nrows, PS_LABELS_MAX + 1);
  assert_int_equal(days.other, 3 * 200);
  assert_int_equal(days.pings[0], 3 * (PS_LABELS_MAX + 200));
}

/* One label may be spelled in many ways: few are remembered. */
static void spellings_are_bounded(void **state) {
  struct stage_line line;
  struct rows rows = {.n = 0};
  struct ps_day_row *row;
  stage_say(&line, &(struct said){.type = "main"});
  struct ping ping = stage_scan(*state, &line);
  for (uint64_t i = 1; i <= 5 * PS_LABELS_MAX; i++) {
    ping.label = i;
    assert_ok(rows_find_ping(&rows, (const uint8_t *)line.text, &ping, &row, err));
    assert_ptr_equal(row, rows.at);
  }
  assert_int_equal(rows.n, 1);
  assert_in_range(rows.by_label.n, 1, 2 * PS_LABELS_MAX);
  rows_release(&rows);
}

/* Many days in every batch: memory stays in its budget, figures stay right. */
static void many_days_are_kept_apart(void **state) {
  struct stage *stage = *state;
  const unsigned days = 40, batches = 12, clients = 900;
  stage->options.client_slots = PS_CLIENT_SLOTS_MIN;
  stage->options.sweep_bytes = 2000;
  stage->options.days = 8;
  stage_open(stage);
  for (unsigned b = 0; b < batches; b++) {
    stage_begin(stage);
    for (unsigned i = 0; i < scaled(6000); i++) {
      char client[16];
      (void)snprintf(client, sizeof client, "c-%u", i * 7 % clients);
      stage_count(stage, &(struct said){.client = client, .a = i % 5}, PS_NO_ID,
                  (day_t)(STAGE_DAY + i % days));
    }
    ps_seen_set_watermark(stage->seen, STAGE_DAY + 30);
    stage_commit(stage);
  }
  uint64_t pings = 0;
  const struct days told = days_read(stage, 0, DAY_MAX, NULL);
  for (size_t d = 0; d < told.n; d++) pings += told.pings[d];
  assert_int_equal(pings, (uint64_t)batches * scaled(6000));
}

static void the_budget_of_clients_is_kept(void **state) {
  struct stage *stage = *state;
  struct cache cache;
  uint64_t random = 5;
  assert_ok(cache_init(&cache, PS_CLIENT_SLOTS_MIN, 64, err));
  const struct room room = cache_room(&cache);
  for (uint32_t i = 0; i < 60000; i++) {
    struct account *account;
    const struct ps_client client = client_numbered((uint32_t)random_below(&random, 40000));
    if (i % 100 == 0) cache.batch++;
    /* One day first, then more and more at once. */
    const day_t day = (day_t)(STAGE_DAY + random_below(&random, 1 + i / 10000));
    assert_ok(cache_get(&cache, stage->seen, day, &account, err));
    account->changed = true;
    for (unsigned r = 0; r < 4; r++)
      assert_ok(account_rank(account, &room, r, &client, 1, NULL, err));
    assert_true(cache_slots(&cache) <= cache.budget);
    if (i % 1000 == 0) cache_settle(&cache);
  }
  cache_release(&cache);
}

/* ---- the figures of clients ---- */

#define TOLD 12u

/* Client k: k + 1 pings, the last of them duplicates, and the fewer measurements the more pings. */
static void count_client(struct stage *stage, uint32_t k) {
  struct stage_line line;
  stage_say(&line, &(struct said){.client = "c", .a = 1 + 10 * (TOLD - k), .b = k == 5});
  struct ping ping = stage_scan(stage, &line);
  ping.client_id = client_numbered(k); /* three have one id, and differ in kind */
  for (uint32_t i = 0; i <= k; i++) {
    const struct account_ping counted = {.line = (const uint8_t *)line.text,
                                         .ping = &ping,
                                         .class = i > 3 ? PS_DUPLICATE : PS_NO_ID,
                                         .day = STAGE_DAY};
    assert_ok(accounts_count(stage->accounts, &counted, err));
  }
}

static uint64_t figure_of(uint32_t k, unsigned rank) {
  const uint64_t pings = k + 1;
  switch (rank) {
  case PS_RANK_PINGS: return pings;
  case PS_RANK_DUPLICATES: return pings > 4 ? pings - 4 : 0;
  case PS_RANK_MEASURES: return pings * (1 + 10 * (TOLD - k));
  default: return rank == PS_RANK_MEASURES + 1 && k == 5 ? pings : 0;
  }
}

/* A client that is among the first of one ranking is in all where it has a figure, once, with the
 * true figure. The first are the largest. */
static int tops_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  const size_t top = *(const size_t *)context;
  bool listed[TOLD] = {false};
  (void)err;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++)
    for (size_t i = 0; i < day->ranking[r].n; i++)
      listed[client_number(&day->ranking[r].entries[i].client)] = true;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++) {
    const struct ps_ranking *ranking = &day->ranking[r];
    bool told[TOLD] = {false};
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < ranking->n; i++) {
      const uint32_t k = client_number(&ranking->entries[i].client);
      assert_false(told[k]);
      told[k] = true;
      assert_int_equal(ranking->entries[i].figure.count, figure_of(k, r));
      assert_int_equal(ranking->entries[i].figure.error, 0);
      assert_true(ranking->entries[i].figure.count <= least);
      least = ranking->entries[i].figure.count;
    }
    for (uint32_t k = 0; k < TOLD; k++) {
      size_t larger = 0;
      for (uint32_t other = 0; other < TOLD; other++)
        larger += figure_of(other, r) > figure_of(k, r);
      /* Where clients may be absent, a figure of 0 is listed, too. */
      if (figure_of(k, r) || ranking->absent) assert_int_equal(told[k], listed[k]);
      if (figure_of(k, r) && larger < top) assert_true(told[k]);
    }
  }
  return PS_OK;
}

static void the_largest_of_every_ranking_are_told(void **state) {
  struct stage *stage = *state;
  stage_begin(stage);
  for (uint32_t k = 0; k < TOLD; k++) count_client(stage, k);
  stage_commit(stage);
  for (size_t top = 1; top <= TOLD + 1; top++)
    assert_ok(ps_accounts_read(stage->seen, 0, DAY_MAX, top, NULL, tops_visit, &top, err));
}

/* ---- processes ---- */

#define WRITERS 3u
#define ROUNDS  12u

enum { CHILD_OPEN = 10, CHILD_CALL };

static void child_call(int r, int code) {
  if (r) _exit(code);
}

/* Children end with a code that tells where they failed: never cmocka's assertions. */
static void write_rounds(const struct stage *stage, unsigned writer) {
  const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options), .no_sync = true};
  struct ps_seen *seen;
  struct accounts *accounts;
  child_call(ps_seen_open(stage->dir, &options, &seen, NULL), CHILD_OPEN);
  child_call(accounts_open(seen, &stage->options, &accounts, NULL), CHILD_OPEN);
  for (unsigned round = 0; round < ROUNDS; round++) {
    child_call(ps_seen_begin(seen, NULL), CHILD_CALL);
    child_call(accounts_begin(accounts, NULL), CHILD_CALL);
    for (unsigned i = 0; i < 300; i++) {
      struct stage_line line;
      struct scan_result result;
      struct ping ping;
      char client[16];
      (void)snprintf(client, sizeof client, "c-%u", i % 50);
      stage_say(&line, &(struct said){.client = client, .a = writer});
      ping_scan(stage->schema, scan_kernels()->scan, ps_seen_secret(seen),
                &(struct ping_line){.at = (const uint8_t *)line.text, .avail = line.len}, &result,
                &ping);
      const struct account_ping counted = {.line = (const uint8_t *)line.text,
                                           .ping = &ping,
                                           .class = PS_NO_ID,
                                           .day = (day_t)(STAGE_DAY + (i + round) % 3)};
      child_call(accounts_count(accounts, &counted, NULL), CHILD_CALL);
    }
    child_call(accounts_store(accounts, NULL), CHILD_CALL);
    child_call(ps_seen_commit(seen, NULL), CHILD_CALL);
    accounts_committed(accounts);
    usleep(200 * writer); /* let the others have the lock */
  }
  accounts_close(accounts);
  ps_seen_close(seen);
  _exit(0);
}

static int sums_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  uint64_t *sums = context;
  (void)err;
  for (unsigned r = 0; r < 3; r++) {
    const struct ps_ranking *ranking = &day->ranking[r];
    for (size_t i = 0; i < ranking->n; i++) {
      assert_int_equal(ranking->entries[i].figure.error, 0);
      sums[r] += ranking->entries[i].figure.count;
    }
  }
  sums[3] += ps_day_figures_pings(&day->total);
  return PS_OK;
}

static void processes_take_turns(void **state) {
  struct stage *stage = *state;
  uint64_t sums[4] = {0};
  pid_t children[WRITERS];
  stage->options.sweep_bytes = 3000;
  stage_close(stage); /* one open per process */
  for (unsigned i = 0; i < WRITERS; i++) {
    children[i] = fork();
    assert_true(children[i] >= 0);
    if (!children[i]) write_rounds(stage, i);
  }
  for (unsigned i = 0; i < WRITERS; i++) {
    int status;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  stage_open(stage);
  assert_ok(ps_accounts_read(stage->seen, 0, DAY_MAX, 0, NULL, sums_visit, sums, err));
  const uint64_t pings = UINT64_C(300) * ROUNDS * WRITERS;
  assert_int_equal(sums[PS_RANK_PINGS], pings);
  assert_int_equal(sums[3], pings);
  assert_int_equal(sums[PS_RANK_MEASURES], 300 * ROUNDS * (0 + 1 + 2));
}

/* ---- damage ---- */

#define NAMES_MAX 256u
struct names {
  size_t n;
  char name[NAMES_MAX][PS_VALUE_NAME];
};

static int name_visit(void *context, const char *name, const void *value, size_t len,
                      struct ps_error *err) {
  struct names *names = context;
  (void)value;
  (void)len;
  (void)err;
  assert_in_range(names->n, 0, NAMES_MAX - 1);
  memcpy(names->name[names->n++], name, strlen(name) + 1);
  return PS_OK;
}

static int quiet_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  (void)context;
  (void)day;
  (void)err;
  return PS_OK;
}

/* Calls on a damaged store succeed, or fail with a sentence about damage. */
static void damage_meet(struct stage *stage) {
  struct ps_error error = {.status = PS_OK};
  struct ps_accounts_info info;
  int r = ps_accounts_read(stage->seen, 0, DAY_MAX, 5, &info, quiet_visit, NULL, &error);
  assert_true(r == PS_OK || ((r == PS_E_STORE_DAMAGED || r == PS_E_STORE_VERSION) && *error.text));
  assert_ok(ps_seen_begin(stage->seen, err));
  if (!(r = accounts_begin(stage->accounts, &error))) {
    struct stage_line line;
    stage_say(&line, &(struct said){.client = "c-1", .type = "t", .a = 5, .watched = "9"});
    const struct ping ping = stage_scan(stage, &line);
    const struct account_ping counted = {
        .line = (const uint8_t *)line.text, .ping = &ping, .class = PS_DUPLICATE, .day = STAGE_DAY};
    r = accounts_count(stage->accounts, &counted, &error);
    if (!r) r = accounts_store(stage->accounts, &error);
  }
  assert_true(r == PS_OK || r == PS_E_STORE_DAMAGED || r == PS_E_STORE_VERSION ||
              r == PS_E_STORE_MISMATCH || r == PS_E_ARGUMENT);
  stage_abort(stage);
}

static void value_damage(struct stage *stage, const char *name, uint64_t *random) {
  static uint8_t whole[1 << 16], part[1 << 16];
  size_t len;
  value_copy(stage, name, whole, sizeof whole, &len);
  const size_t step = len > 600 ? len / scaled(150) + 1 : 1;
  for (size_t at = 0; at < len; at += 1 + random_below(random, step)) {
    memcpy(part, whole, len);
    part[at] ^= (uint8_t)(1u << random_below(random, 8));
    value_set(stage, name, part, len);
    damage_meet(stage);
    if (at % 7) continue;
    value_set(stage, name, whole, at); /* cut short */
    damage_meet(stage);
    memset(part + at, 0xFF, len - at);
    value_set(stage, name, part, len);
    damage_meet(stage);
  }
  assert_ok(ps_seen_begin(stage->seen, err)); /* and when it is missing */
  assert_ok(ps_seen_delete_value(stage->seen, name, err));
  assert_ok(ps_seen_commit(stage->seen, err));
  damage_meet(stage);
  value_set(stage, name, whole, len);
}

static void damaged_values_are_told(void **state) {
  struct stage *stage = *state;
  static struct names names;
  uint64_t random = 1;
  stage->options.sweep_bytes = 4000;
  stage->options.commit_bytes = 1; /* sweeps stay half done */
  stage->options.rules = (struct ps_rules){.ping_flood = 3, .shared_profile = 4};
  stage_open(stage);
  for (unsigned round = 0; round < 20; round++) {
    stage_begin(stage);
    for (unsigned i = 0; i < 40; i++) {
      char client[16], type[16];
      (void)snprintf(client, sizeof client, "c-%u", i % 30);
      (void)snprintf(type, sizeof type, "t-%u", i % 3);
      stage_count(stage,
                  &(struct said){.client = client,
                                 .type = type,
                                 .a = i * 100,
                                 .watched = i % 2 ? "7" : "8",
                                 .city = type},
                  i % 4 ? PS_DUPLICATE : PS_NO_ID, STAGE_DAY);
    }
    stage_commit(stage);
  }
  names.n = 0;
  assert_ok(ps_seen_each_value(stage->seen, NAME_HEAD, NAME_END, name_visit, &names, err));
  assert_in_range(names.n, 20, NAMES_MAX);
  for (size_t i = 0; i < names.n; i++) value_damage(stage, names.name[i], &random);
  const struct days days = days_read(stage, 0, DAY_MAX, NULL);
  assert_int_equal(days.pings[0], 800);
}

/* ---- figures that no program writes ---- */

static bool record_is_sound(const struct stored *stored) {
  struct account *account, *read;
  struct buffer bytes = BUFFER_INIT;
  struct record_promise promise;
  assert_ok(account_create(STAGE_DAY, &account, err));
  assert_ok(account_create(STAGE_DAY, &read, err));
  account->stored = *stored;
  assert_ok(day_record_put(account, &bytes, err));
  struct cursor cursor = cursor_of(bytes.data, bytes.len);
  assert_ok(day_record_take(read, &cursor, &promise, err));
  buffer_release(&bytes);
  account_free(account);
  account_free(read);
  return cursor.sound;
}

static int head_again(struct ps_seen *seen, struct open_day *open, size_t n,
                      struct ps_error *told) {
  const struct head head = {.sequence = 1, .open = open, .nopen = n};
  struct head read = {.sequence = 0};
  assert_ok(ps_seen_begin(seen, err));
  assert_ok(head_write(seen, &head, err));
  assert_ok(ps_seen_commit(seen, err));
  const int r = head_read(seen, &read, told);
  if (!r) assert_int_equal(read.nopen, n);
  head_release(&read);
  return r;
}

static void figures_that_cannot_be_are_damage(void **state) {
  struct stage *stage = *state;
  struct open_day days[] = {{.day = 7}, {.day = 8}};
  assert_true(record_is_sound(&(struct stored){.logs = 2, .sweep_logs = 2}));
  assert_true(record_is_sound(&(struct stored){.log_bytes = 2, .sweep_log_bytes = 2}));
  assert_false(record_is_sound(&(struct stored){.logs = 2, .sweep_logs = 3}));
  assert_false(record_is_sound(&(struct stored){.log_bytes = 2, .sweep_log_bytes = 3}));
  assert_ok(head_again(stage->seen, days, 2, err));
  days[1].day = 7; /* twice */
  assert_refused(head_again(stage->seen, days, 2, err), PS_E_STORE_DAMAGED, "head");
  days[1].day = 6;
  assert_refused(head_again(stage->seen, days, 2, err), PS_E_STORE_DAMAGED, "head");
}

int main(void) {
#define STAGED(test) cmocka_unit_test_setup_teardown(test, stage_setup, stage_teardown)
  const struct CMUnitTest tests[] = {
      STAGED(an_empty_store_has_no_days),
      STAGED(a_range_has_its_days_only),
      STAGED(the_first_and_the_last_day_of_all_are_kept),
      STAGED(forgotten_days_are_gone),
      STAGED(measures_stay_as_they_began),
      STAGED(options_have_bounds),
      STAGED(newer_versions_are_refused),
      STAGED(labels_are_bounded),
      STAGED(spellings_are_bounded),
      STAGED(many_days_are_kept_apart),
      STAGED(the_budget_of_clients_is_kept),
      STAGED(the_largest_of_every_ranking_are_told),
      STAGED(processes_take_turns),
      STAGED(damaged_values_are_told),
      STAGED(figures_that_cannot_be_are_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
