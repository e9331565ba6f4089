/* The n-th call of LMDB fails, for every n: counting, storing and reading say so, and after an
 * abort the same batch goes through. */
#include "../store_fault.h"
#include "stage.h"

static int count_batch(struct stage *stage, unsigned round, struct ps_error *err) {
  int r = ps_seen_begin(stage->seen, err);
  if (r) return r;
  ps_seen_set_watermark(stage->seen, STAGE_DAY + 5);
  r = accounts_begin(stage->accounts, err);
  for (unsigned i = 0; i < 60 && !r; i++) {
    struct stage_line line;
    char client[16], value[16];
    (void)snprintf(client, sizeof client, "c-%u", i % 7 ? i : 7);
    (void)snprintf(value, sizeof value, "%u", i % 20);
    stage_say(&line, &(struct said){.client = client, .a = i * round, .watched = value});
    const struct ping ping = stage_scan(stage, &line);
    const struct account_ping counted = {.line = (const uint8_t *)line.text,
                                         .ping = &ping,
                                         .class = i % 3 ? PS_DUPLICATE : PS_NO_ID,
                                         .day = (day_t)(STAGE_DAY + i % 2)};
    r = accounts_count(stage->accounts, &counted, err);
  }
  if (!r) r = accounts_store(stage->accounts, err);
  if (!r) r = ps_seen_commit(stage->seen, err);
  if (!r) accounts_committed(stage->accounts);
  return r;
}

static int pings_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  (void)err;
  *(uint64_t *)context += ps_day_figures_pings(&day->total);
  return PS_OK;
}

static uint64_t pings_of(struct stage *stage) {
  uint64_t pings = 0;
  assert_ok(ps_accounts_read(stage->seen, 0, DAY_MAX, 0, NULL, pings_visit, &pings, err));
  return pings;
}

/* Passed over may be what is asked twice (the state, seen/state.c) or only to have it sooner (the
 * records of the log). */
#define PASSED_OVER 3

static void assert_told(int r, bool failed, const struct ps_error *error, unsigned *missed) {
  *missed += failed && !r;
  if (!r) return;
  assert_true(failed);
  assert_int_equal(r, PS_E_STORE);
  assert_int_equal(error->status, PS_E_STORE);
}

static void failing_calls_while_counting_are_told(void **state) {
  struct stage *stage = *state;
  stage->options.sweep_bytes = 500;
  stage->options.quiet_commits = 1;
  stage->options.sealed_slots = 8;
  stage->options.rules = (struct ps_rules){.ping_flood = 5, .shared_profile = 10};
  uint64_t batches = 0;
  for (unsigned round = 1; round <= 5; round++) {
    bool failed = true;
    unsigned missed = 0;
    for (unsigned long n = 1; failed; n++) {
      struct ps_error error = {.status = PS_OK};
      store_fail(0);
      stage_open(stage); /* so that days are loaded */
      store_fail(n);
      const int r = count_batch(stage, round, &error);
      failed = store_failed();
      assert_told(r, failed, &error, &missed);
      if (r) stage_abort(stage);
      batches += !r;
      if (!r || n % 8 == 0) assert_int_equal(pings_of(stage), 60 * batches);
    }
    assert_in_range(missed, 0, PASSED_OVER);
  }
  unsigned missed = 0;
  for (unsigned long n = 1;; n++) {
    struct ps_error error = {.status = PS_OK};
    struct ps_accounts_info info;
    uint64_t pings = 0;
    store_fail(n);
    const int r = ps_accounts_read(stage->seen, 0, DAY_MAX, 3, &info, pings_visit, &pings, &error);
    const bool failed = store_failed();
    assert_told(r, failed, &error, &missed);
    if (!failed) break;
  }
  assert_in_range(missed, 0, PASSED_OVER);
  missed = 0;
  for (unsigned long n = 1;; n++) {
    struct ps_error error = {.status = PS_OK};
    store_fail(0);
    assert_ok(ps_seen_begin(stage->seen, err));
    store_fail(n);
    const int r = ps_accounts_forget(stage->seen, 0, DAY_MAX, &error);
    const bool failed = store_failed();
    assert_told(r, failed, &error, &missed);
    ps_seen_abort(stage->seen);
    if (!failed) break;
  }
  assert_int_equal(missed, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(failing_calls_while_counting_are_told, stage_setup,
                                      stage_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
