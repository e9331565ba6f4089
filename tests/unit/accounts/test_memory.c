/* The n-th allocation fails, for every n: calls say so, nothing leaks or crashes, and after an
 * abort the same batch goes through. Built with --wrap for malloc, calloc and realloc.
 */
#include "stage.h"

#include <stdbool.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool armed;
static unsigned long left; /* allocations until one fails */
static unsigned missed;    /* failures that nothing was told of: a purge does without */

static bool fails(void) { return armed && left && --left == 0; }
void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *old, size_t size) { return fails() ? NULL : __real_realloc(old, size); }

static int count_batch(struct stage *stage, unsigned round, struct ps_error *err) {
  int r = accounts_begin(stage->accounts, err);
  for (unsigned i = 0; i < 300 && !r; i++) {
    struct stage_line line;
    char client[16], type[16], value[16];
    const bool armed_before = armed;
    (void)snprintf(client, sizeof client, "c-%u", i % 7 ? i : 7);
    (void)snprintf(type, sizeof type, "t-%u", i % 90);
    (void)snprintf(value, sizeof value, "%u", i % 20);
    armed = false; /* the test's own */
    stage_say(
        &line,
        &(struct said){
            .client = client, .type = type, .a = i * i * round, .watched = value, .city = type});
    const struct ping ping = stage_scan(stage, &line);
    armed = armed_before;
    const struct account_ping counted = {.line = (const uint8_t *)line.text,
                                         .ping = &ping,
                                         .class = i % 3 ? PS_DUPLICATE : PS_NO_ID,
                                         .day = (day_t)(STAGE_DAY + i % 2)};
    r = accounts_count(stage->accounts, &counted, err);
  }
  return r ? r : accounts_store(stage->accounts, err);
}

static int pings_visit(void *context, const struct ps_account_day *day, struct ps_error *err) {
  (void)err;
  *(uint64_t *)context += ps_day_figures_pings(&day->total);
  return PS_OK;
}

static void expect_lack(int r, const struct ps_error *error) {
  assert_int_equal(r, PS_E_MEMORY);
  assert_int_equal(error->status, PS_E_MEMORY);
  assert_true(*error->text);
}

/* A batch with the n-th allocation failing; false: it went through without that. */
static bool batch_fails(struct stage *stage, unsigned round, unsigned long n) {
  struct ps_error error = {.status = PS_OK};
  assert_ok(ps_seen_begin(stage->seen, err));
  ps_seen_set_watermark(stage->seen, STAGE_DAY + 5);
  left = n;
  armed = true;
  const int r = count_batch(stage, round, &error);
  armed = false;
  if (r) expect_lack(r, &error);
  missed += !r && !left;
  stage_abort(stage);
  return left == 0;
}

static void lack_of_memory_while_counting_is_told(void **state) {
  struct stage *stage = *state;
  uint64_t pings = 0;
  stage->options.sweep_bytes = 2000;
  stage->options.quiet_commits = 1;
  stage->options.sealed_slots = 8;
  stage->options.rules = (struct ps_rules){.ping_flood = 20, .shared_profile = 10};
  for (unsigned round = 1; round <= 6; round++) {
    stage_open(stage); /* so that days are loaded */
    for (unsigned long n = 1; batch_fails(stage, round, n); n += n < 100 ? 1 : n / 16) {}
    assert_ok(ps_seen_begin(stage->seen, err));
    ps_seen_set_watermark(stage->seen, STAGE_DAY + 5);
    assert_ok(count_batch(stage, round, err));
    assert_ok(ps_seen_commit(stage->seen, err));
    accounts_committed(stage->accounts);
  }
  assert_ok(ps_accounts_read(stage->seen, 0, DAY_MAX, 0, NULL, pings_visit, &pings, err));
  assert_int_equal(pings, 6 * 300);
  assert_in_range(missed, 0, 6);
  for (unsigned long n = 1;; n++) {
    struct ps_error error = {.status = PS_OK};
    struct ps_accounts_info info;
    left = n;
    armed = true;
    const int r = ps_accounts_read(stage->seen, 0, DAY_MAX, 3, &info, pings_visit, &pings, &error);
    armed = false;
    if (r) expect_lack(r, &error);
    else if (left) break;
  }
}

static void lack_of_memory_while_opening_is_told(void **state) {
  struct stage *stage = *state;
  for (unsigned long n = 1;; n++) {
    struct ps_error error = {.status = PS_OK};
    struct accounts *accounts;
    left = n;
    armed = true;
    const int r = accounts_open(stage->seen, &stage->options, &accounts, &error);
    armed = false;
    accounts_close(accounts);
    if (!r && left) break;
    expect_lack(r, &error);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(lack_of_memory_while_counting_is_told, stage_setup,
                                      stage_teardown),
      cmocka_unit_test_setup_teardown(lack_of_memory_while_opening_is_told, stage_setup,
                                      stage_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
