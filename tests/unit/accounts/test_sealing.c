/* The cost of a day in the store: journals are swept when they have grown past the parts, and a day
 * that is over is sealed, once it is quiet.
 */
#include "stage.h"

#include "accounts/cache.h"
#include "accounts/load.h"
#include "accounts/save.h"

#define CLIENTS 200u
#define KEPT    64u
#define QUIET   3u

static void count_clients(struct stage *stage, unsigned n, day_t day) {
  for (unsigned i = 0; i < n; i++) {
    char client[16];
    (void)snprintf(client, sizeof client, "c-%u", i % CLIENTS);
    stage_count(stage, &(struct said){.client = client, .a = 1}, PS_NO_ID, day);
  }
}

/* A batch of so many pings of a day, committed with this watermark. */
static void commit_pings(struct stage *stage, unsigned n, day_t day, uint16_t watermark) {
  stage_begin(stage);
  count_clients(stage, n, day);
  ps_seen_set_watermark(stage->seen, watermark);
  stage_commit(stage);
}

/* The sizes of a day's values in the store, read anew. */
struct state {
  uint64_t logs, log_bytes, part_bytes, pings;
  uint32_t used, sweep_next;
  bool sealed;
};

static struct state state_of(struct stage *stage, day_t day) {
  struct cache cache;
  struct account *account;
  struct state state = {0};
  assert_ok(cache_init(&cache, PS_CLIENT_SLOTS_MIN, 4, err));
  const struct room room = cache_room(&cache);
  assert_ok(ps_seen_begin(stage->seen, err));
  assert_ok(account_load(stage->seen, day, NULL, &room, &account, err));
  state.logs = account->stored.logs;
  state.log_bytes = account->stored.log_bytes;
  state.sweep_next = account->stored.sweep_next;
  state.sealed = account->stored.sealed;
  state.used = account->ranking[PS_RANK_PINGS].used;
  state.pings = account->pings;
  for (unsigned r = 0; r < PS_RANKS_MAX; r++)
    for (unsigned p = 0; p < RANKING_PARTS; p++)
      state.part_bytes += account->stored.parts[r][p].bytes;
  account_free(account);
  ps_seen_abort(stage->seen);
  cache_release(&cache);
  return state;
}

static void sealing_stage(struct stage *stage) {
  stage->options.sealed_slots = KEPT;
  stage->options.quiet_commits = QUIET;
  stage_open(stage);
}

#define DAY   ((day_t)STAGE_DAY)
#define OTHER ((day_t)(STAGE_DAY + 2))

/* Commits of another day: the day that is looked at is not touched. */
static void quiet_commits(struct stage *stage, unsigned n, uint16_t watermark) {
  for (unsigned i = 0; i < n; i++) commit_pings(stage, 1, OTHER, watermark);
}

static void a_quiet_day_is_sealed(void **state) {
  struct stage *stage = *state;
  sealing_stage(stage);
  commit_pings(stage, 1000, DAY, DAY + 2);
  assert_int_equal(state_of(stage, DAY).logs, 1);
  assert_int_equal(state_of(stage, DAY).used, CLIENTS);
  quiet_commits(stage, QUIET - 1, DAY + 2);
  assert_false(state_of(stage, DAY).sealed);
  quiet_commits(stage, 1, DAY + 2);
  const struct state sealed = state_of(stage, DAY);
  assert_true(sealed.sealed);
  assert_int_equal(sealed.logs, 0);
  assert_int_equal(sealed.log_bytes, 0);
  assert_in_range(sealed.used, 1, KEPT);
  assert_int_equal(sealed.pings, 1000);
  assert_false(state_of(stage, OTHER).sealed);
}

/* As long as nobody asks for less, sealing leaves a day of few clients as it is. */
static void a_small_day_is_sealed_whole(void **state) {
  struct stage *stage = *state;
  stage->options.quiet_commits = QUIET;
  stage_open(stage);
  commit_pings(stage, 1000, DAY, DAY + 2);
  quiet_commits(stage, QUIET, DAY + 2);
  assert_true(state_of(stage, DAY).sealed);
  assert_int_equal(state_of(stage, DAY).used, CLIENTS);
}

/* A day that was forgotten before it was sealed stays forgotten. */
static void a_forgotten_day_is_not_sealed(void **state) {
  struct stage *stage = *state;
  sealing_stage(stage);
  commit_pings(stage, 1000, DAY, DAY + 2);
  assert_ok(ps_seen_begin(stage->seen, err));
  assert_ok(ps_accounts_forget(stage->seen, 0, DAY + 1, err));
  assert_ok(ps_seen_commit(stage->seen, err));
  quiet_commits(stage, 3 * QUIET, DAY + 2);
  assert_false(state_of(stage, DAY).sealed);
}

/* Yesterday is not over: pings of it still come. */
static void yesterday_is_not_sealed(void **state) {
  struct stage *stage = *state;
  sealing_stage(stage);
  commit_pings(stage, 1000, DAY, DAY);
  for (unsigned i = 0; i < 2 * QUIET; i++) commit_pings(stage, 1, DAY + 1, DAY + 1);
  assert_false(state_of(stage, DAY).sealed);
  commit_pings(stage, 1, DAY + 1, DAY + 2);
  assert_true(state_of(stage, DAY).sealed);
  assert_false(state_of(stage, DAY + 1).sealed);
}

/* Pings since then: a 256th part is quiet, one more is not, and it is waited for once more. */
static void a_busy_day_waits(void **state) {
  struct stage *stage = *state;
  for (unsigned more = 10; more <= 11; more++) {
    const day_t day = (day_t)(DAY - more);
    sealing_stage(stage);
    commit_pings(stage, 2560, day, DAY + 2);
    commit_pings(stage, more, day, DAY + 2);
    quiet_commits(stage, QUIET - 1, DAY + 2);
    assert_int_equal(state_of(stage, day).pings, 2560 + more);
    assert_int_equal(state_of(stage, day).sealed, more == 10);
    quiet_commits(stage, QUIET - 1, DAY + 2);
    assert_int_equal(state_of(stage, day).sealed, more == 10);
    quiet_commits(stage, 1, DAY + 2);
    assert_true(state_of(stage, day).sealed);
  }
}

/* After that it is sealed again only when it has grown to more than eight times what is kept. */
static void a_sealed_day_grows(void **state) {
  struct stage *stage = *state;
  sealing_stage(stage);
  commit_pings(stage, 1000, DAY, DAY + 2);
  quiet_commits(stage, QUIET, DAY + 2);
  assert_true(state_of(stage, DAY).sealed);
  const uint32_t kept = state_of(stage, DAY).used;
  commit_pings(stage, CLIENTS, DAY, DAY + 2);
  quiet_commits(stage, 2 * QUIET, DAY + 2);
  const struct state grown = state_of(stage, DAY);
  assert_true(grown.used > kept);
  assert_int_equal(grown.logs, 1); /* not yet */
  stage->options.sealed_slots = CLIENTS / SAVE_GROWN;
  stage_open(stage);
  commit_pings(stage, CLIENTS, DAY, DAY + 2);
  quiet_commits(stage, 2 * QUIET, DAY + 2);
  assert_int_equal(state_of(stage, DAY).logs, 2);
  stage->options.sealed_slots = (CLIENTS - 1) / SAVE_GROWN;
  stage_open(stage);
  commit_pings(stage, CLIENTS, DAY, DAY + 2);
  quiet_commits(stage, 2 * QUIET, DAY + 2);
  assert_int_equal(state_of(stage, DAY).logs, 0);
  assert_in_range(state_of(stage, DAY).used, 1, CLIENTS / SAVE_GROWN);
}

/* A sweep writes the parts over several commits and then deletes the journals before it: those that
 * came meanwhile stay. */
static void a_sweep_seals_old_days(void **state) {
  struct stage *stage = *state;
  struct state now = {0};
  stage->options.sweep_bytes = 20000;
  stage->options.commit_bytes = 1500; /* a third of the parts of a ranking */
  stage_open(stage);
  unsigned commits = 0;
  do {
    commit_pings(stage, CLIENTS, DAY, DAY);
    commits++;
    now = state_of(stage, DAY);
    assert_int_equal(now.logs, commits);
    assert_true(commits < 50);
  } while (!now.sweep_next);
  assert_true(now.log_bytes + now.logs * 128 > 20000); /* no sooner, and no later */
  assert_true(now.log_bytes / commits * (commits - 1) + (commits - 1) * 128 <= 20000);
  const unsigned before = commits;
  do {
    commit_pings(stage, CLIENTS, DAY, DAY);
    commits++;
    now = state_of(stage, DAY);
    assert_true(commits < before + 50);
  } while (now.sweep_next);
  assert_true(commits > before + 1);
  assert_int_equal(now.logs, commits - before);
  assert_int_equal(now.pings, (uint64_t)commits * CLIENTS);
  assert_int_equal(now.used, CLIENTS);
  assert_true(now.part_bytes >= 2 * CLIENTS * 24); /* pings, and the measure a */
  stage_open(stage);
  commit_pings(stage, CLIENTS, DAY, DAY);
  assert_int_equal(state_of(stage, DAY).logs, commits + 1 - before);
}

/* Journals count until they are three times the parts. */
static void a_sweep_begins_when_it_is_due(void **state) {
  struct account *account;
  (void)state;
  assert_ok(account_create(DAY, &account, err));
  account->stored.logs = 2;
  account->stored.log_bytes = 1000 - 2 * 128;
  assert_false(save_wants_sweep(account, 1000));
  account->stored.log_bytes++;
  assert_true(save_wants_sweep(account, 1000));
  account->stored.parts[1][2].bytes = 300;
  account->stored.parts[PS_RANKS_MAX - 1][RANKING_PARTS - 1].bytes = 33;
  assert_true(save_wants_sweep(account, 1000)); /* 999 are less */
  account->stored.parts[0][0].bytes = 1;
  account->stored.log_bytes = 1002 - 2 * 128;
  assert_false(save_wants_sweep(account, 1000));
  account->stored.log_bytes++;
  assert_true(save_wants_sweep(account, 1000));
  account->stored.log_bytes = 0;
  account->stored.sweep_next = 1; /* it has begun */
  assert_true(save_wants_sweep(account, 1000));
  account_free(account);
}

static void a_day_is_sealed_when_it_is_quiet(void **state) {
  struct account *account;
  (void)state;
  assert_ok(account_create(DAY, &account, err));
  assert_true(save_wants_seal(account, 10));
  account->stored.sealed = true;
  assert_false(save_wants_seal(account, 10));
  account->ranking[PS_RANKS_MAX - 1].used = 80;
  assert_false(save_wants_seal(account, 10));
  account->ranking[PS_RANKS_MAX - 1].used = 81;
  assert_true(save_wants_seal(account, 10));
  account->ranking[PS_RANKS_MAX - 1].used = 0;
  account_free(account);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_quiet_day_is_sealed, stage_setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_small_day_is_sealed_whole, stage_setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_forgotten_day_is_not_sealed, stage_setup, stage_teardown),
      cmocka_unit_test_setup_teardown(yesterday_is_not_sealed, stage_setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_busy_day_waits, stage_setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_sealed_day_grows, stage_setup, stage_teardown),
      cmocka_unit_test_setup_teardown(a_sweep_seals_old_days, stage_setup, stage_teardown),
      cmocka_unit_test(a_sweep_begins_when_it_is_due),
      cmocka_unit_test(a_day_is_sealed_when_it_is_quiet),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
