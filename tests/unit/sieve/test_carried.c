/* Pings that left and that their reader has not taken: they are looked up, and are not in the
 * store. */
#include "owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define A    "{\"id\":\"a\",\"day\":20170101}\n"
#define B    "{\"id\":\"b\",\"day\":20170102}\n"
#define C    "{\"id\":\"c\",\"day\":20170103}\n"
#define LATE "{\"id\":\"late\",\"day\":20170601}\n"

static uint64_t twice(struct owner *o) {
  struct ps_sieve_figures figures;
  assert_int_equal(figures_snapshot(&o->core.figures, &figures, NULL), PS_OK);
  const uint64_t n = figures.passed_twice;
  ps_sieve_figures_release(&figures);
  return n;
}

/* A run that is killed: nothing more is committed. */
static void kill_run(struct owner *o) { owner_close(o); }

/* Of these lines the next run lets the last `passes` pass. */
static void next_run_passes(const struct ps_sieve_options *options, const char *lines,
                            size_t passes) {
  struct owner *o = owner_open(options);
  assert_int_equal(owner_take(o, lines), PS_OK);
  assert_int_equal(o->tally.count[PS_UNIQUE], passes);
  const char *left = (const char *)o->seen.data, *last = lines + strlen(lines);
  for (size_t i = 0; i < passes; i++) {
    last -= strlen(A);
    char line[sizeof A] = "";
    memcpy(line, last, strlen(A));
    assert_non_null(strstr(left, line));
  }
  kill_run(o);
}

static void pings_in_the_pipe_are_not_marked(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_open(&options);
  o->taken = strlen(A B) - 1;
  assert_int_equal(owner_take(o, A B C), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_true(batch_carries(o->core.batch));
  kill_run(o);
  next_run_passes(&options, A B C, 2);
}

/* Not once more in this run, and not in the next one after the reader has them. */
static void carried_pings_leave_once(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_open(&options);
  o->taken = strlen(A);
  assert_int_equal(owner_take(o, A B), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  for (unsigned i = 0; i < 3; i++) {
    assert_int_equal(owner_take(o, A B), PS_OK);
    assert_int_equal(o->tally.count[PS_DUPLICATE], 2 * (i + 1));
    assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  }
  o->taken = strlen(A B);
  assert_int_equal(batch_settle(o->core.batch, NULL), PS_OK);
  assert_false(batch_carries(o->core.batch));
  assert_int_equal(twice(o), 0);
  kill_run(o);
  next_run_passes(&options, A B, 0);
}

/* A clock that stands still until a test moves it. */
struct still {
  uint64_t ns;
  int64_t seconds;
};

static uint64_t still_ns(void *context) { return ((struct still *)context)->ns; }
static int64_t still_seconds(void *context) { return ((struct still *)context)->seconds; }

/* It is looked at where no batch is open and nothing comes: when it has all, and once a second. */
static void a_reader_that_goes_on_is_noticed(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_open(&options);
  struct batch *b = o->core.batch;
  struct still still = {.ns = 5000000000, .seconds = 1500000000};
  const struct batch_clock clock = {still_ns, still_seconds, &still};
  bool some, all;
  batch_set_clock(b, &clock);
  assert_int_equal(batch_next_look(b), 0);
  o->taken = 0;
  assert_int_equal(owner_take(o, A B), PS_OK);
  assert_int_equal(batch_commit(b, NULL), PS_OK);
  assert_true(batch_next_look(b) > 0);
  assert_false(batch_has_rested(b));
  assert_int_equal(batch_reader(b, &some, &all, NULL), PS_OK);
  assert_false(some || all);
  o->taken = strlen(A);
  assert_false(batch_has_rested(b)); /* a commit has just been */
  still.ns += 1000000000;
  assert_true(batch_has_rested(b));
  assert_int_equal(batch_reader(b, &some, &all, NULL), PS_OK);
  assert_true(some && !all);
  assert_int_equal(batch_settle(b, NULL), PS_OK);
  assert_true(batch_carries(b));
  assert_false(batch_has_rested(b));
  o->taken = strlen(A B);
  assert_int_equal(batch_reader(b, &some, &all, NULL), PS_OK);
  assert_true(some && all);
  assert_int_equal(batch_settle(b, NULL), PS_OK);
  assert_int_equal(batch_next_look(b), 0);
  kill_run(o);
}

/* A stop marks what the reader has by then, though no batch is open. */
static void a_stop_marks_what_is_taken(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_open(&options);
  o->taken = 0;
  assert_int_equal(owner_take(o, A B C), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  o->taken = strlen(A B);
  assert_int_equal(batch_stop(o->core.batch, NULL), PS_OK);
  kill_run(o);
  next_run_passes(&options, A B C, 1);
}

static void a_reader_that_is_gone_ends_the_batch(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_open(&options);
  o->taken = strlen(A);
  assert_int_equal(owner_take(o, A B), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_int_equal(owner_take(o, C), PS_OK);
  o->taken_status = PS_E_PIPE;
  assert_true(batch_has_rested(o->core.batch) || batch_pings(o->core.batch));
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_E_PIPE);
  batch_abort(o->core.batch);
  kill_run(o);
  next_run_passes(&options, A B C, 2);
}

/* The copy that another process has let pass stays marked, whatever the reader here takes. */
static void a_copy_that_passed_elsewhere_is_told(void **state) {
  for (unsigned taken = 0; taken < 2; taken++) {
    struct ps_sieve_options options = keep_options(*state, 30);
    const char *lines = taken ? B : A;
    int ends[2], status;
    char go;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork(); /* before the store is opened here */
    if (!child) {
      close(ends[1]);
      if (read(ends[0], &go, 1) != 1) _exit(1);
      struct outcome r = run_sieve(options, lines, strlen(lines));
      _exit(r.status ? 2 : r.out.len != strlen(lines));
    }
    struct owner *o = owner_open(&options);
    o->taken = 0;
    assert_int_equal(owner_take(o, lines), PS_OK);
    assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
    assert_int_equal(write(ends[1], "g", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(close(ends[0]) | close(ends[1]), 0);
    if (taken) o->taken = UINT64_MAX;
    assert_int_equal(batch_settle(o->core.batch, NULL), PS_OK);
    assert_int_equal(twice(o), taken);
    assert_int_equal(batch_carries(o->core.batch), !taken);
    kill_run(o);
    next_run_passes(&options, lines, 0);
  }
}

static void carried_pings_of_forgotten_days_are_let_go(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_open(&options);
  o->taken = 0;
  assert_int_equal(owner_take(o, A), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  o->taken = strlen(A);
  assert_int_equal(owner_take(o, LATE), PS_OK);
  uint16_t oldest;
  assert_true(ps_seen_oldest(o->core.seen, &oldest));
  assert_int_equal(oldest, 17318);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  kill_run(o);
}

/* Neither its documentId nor its client is known before its reader has it. */
static void a_client_is_marked_with_its_ping(void **state) {
  static const char one[] = "{\"id\":\"a\",\"clientId\":\"c\",\"day\":20170101}\n",
                    other[] = "{\"id\":\"b\",\"clientId\":\"c\",\"day\":20170101}\n",
                    none[] = "{\"clientId\":\"d\",\"day\":20170101}\n";
  struct ps_sieve_options options = keep_options(*state, 30);
  options.read.selection.one_per_client = true;
  for (unsigned i = 0; i < 3; i++) {
    struct owner *o = owner_open(&options);
    o->taken = i < 2 ? strlen(one) - 1 + i : UINT64_MAX;
    assert_int_equal(owner_take(o, one), PS_OK);
    assert_int_equal(owner_take(o, other), PS_OK);
    assert_int_equal(owner_take(o, none), PS_OK);
    assert_int_equal(o->tally.count[PS_UNIQUE], i < 2);
    assert_int_equal(o->tally.count[PS_NOT_SELECTED], 1);
    assert_int_equal(o->tally.count[PS_NO_ID], 1);
    assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
    kill_run(o);
  }
}

struct found {
  uint64_t unique, duplicates, lists;
  size_t list_bytes;
};

static int count_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  struct found *found = context;
  (void)err;
  found->unique += day->total.count[PS_UNIQUE];
  found->duplicates += day->total.count[PS_DUPLICATE];
  return PS_OK;
}

static int count_list(void *context, const char *name, const void *value, size_t len,
                      struct ps_error *err) {
  struct found *found = context;
  (void)name, (void)value, (void)err;
  found->lists++;
  found->list_bytes = len;
  return PS_OK;
}

static struct found look_into(const char *store) {
  const struct ps_seen_options read_only = {.size = sizeof(struct ps_seen_options),
                                            .read_only = true};
  struct found found = {0};
  struct ps_seen *seen;
  assert_int_equal(ps_seen_open(store, &read_only, &seen, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(seen, 0, DAY_MAX, 0, NULL, count_day, &found, NULL), PS_OK);
  assert_int_equal(ps_seen_each_value(seen, "carried/", "carried0", count_list, &found, NULL),
                   PS_OK);
  ps_seen_close(seen);
  return found;
}

/* Of a run that was killed the pings that were in its pipe were counted; their next arrival is not,
 * as often as runs are killed, and however long it takes to come. */
static void a_ping_that_comes_again_is_counted_once(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  for (unsigned i = 0; i < 3; i++) {
    struct owner *o = owner_open(&options);
    o->taken = strlen(A);
    assert_int_equal(owner_take(o, i == 2 ? C : A B C), PS_OK);
    assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
    kill_run(o);
    const struct found found = look_into(options.store);
    assert_int_equal(found.unique, 3);
    assert_int_equal(found.duplicates, i > 0);
    assert_int_equal(found.lists, i < 2);
    assert_int_equal(found.list_bytes, i < 2 ? 8 + 18 * (2 - i) : 0);
  }
  struct owner *o = owner_open(&options);
  assert_int_equal(owner_take(o, A B C), PS_OK);
  assert_int_equal(o->tally.count[PS_UNIQUE], 0);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  kill_run(o);
  assert_int_equal(look_into(options.store).unique, 3);
}

/* A run in which it does not come hands the list on. */
static void a_ping_may_come_again_in_a_later_run(void **state) {
  static const char *const runs[] = {B, A, A, B};
  struct ps_sieve_options options = keep_options(*state, 30);
  for (unsigned i = 0; i < 4; i++) {
    struct owner *o = owner_open(&options);
    if (!i) o->taken = 0;
    assert_int_equal(owner_take(o, runs[i]), PS_OK);
    assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
    kill_run(o);
    assert_int_equal(look_into(options.store).lists, i < 3);
  }
  assert_int_equal(look_into(options.store).unique, 2);
}

/* The list of a process that goes on is its own. */
static void the_list_of_a_living_run_is_left_alone(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  int ends[2], status;
  char go;
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  if (!child) {
    close(ends[1]);
    if (read(ends[0], &go, 1) != 1) _exit(1);
    struct outcome r = run_sieve(options, C, strlen(C));
    _exit(r.status ? 2 : r.out.len != strlen(C));
  }
  struct owner *o = owner_open(&options);
  o->taken = 0;
  assert_int_equal(owner_take(o, A B), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_int_equal(write(ends[1], "g", 1), 1);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(close(ends[0]) | close(ends[1]), 0);
  assert_int_equal(batch_settle(o->core.batch, NULL), PS_OK);
  kill_run(o);
  const struct found found = look_into(options.store);
  assert_int_equal(found.lists, 1);
  assert_int_equal(found.list_bytes, 8 + 18 * 2);
}

static void a_damaged_list_is_told(void **state) {
  struct ps_sieve_options options = keep_options(*state, 30);
  static const char *const lists[] = {"", "PSCL", "XSCL\1\0\0\0", "PSCL\1\0\0\0x"};
  static const size_t bytes[] = {0, 4, 8, 9};
  for (size_t i = 0; i < 4; i++) {
    struct owner *o = owner_open(&options);
    assert_int_equal(ps_seen_begin(o->core.seen, NULL), PS_OK);
    assert_int_equal(ps_seen_put_value(o->core.seen, "carried/00007", lists[i], bytes[i], NULL),
                     PS_OK);
    assert_int_equal(ps_seen_commit(o->core.seen, NULL), PS_OK);
    assert_int_equal(batch_begin(o->core.batch, NULL), PS_E_STORE_DAMAGED);
    batch_abort(o->core.batch);
    kill_run(o);
  }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(pings_in_the_pipe_are_not_marked),           TEST(carried_pings_leave_once),
      TEST(a_reader_that_goes_on_is_noticed),           TEST(a_stop_marks_what_is_taken),
      TEST(a_reader_that_is_gone_ends_the_batch),       TEST(a_copy_that_passed_elsewhere_is_told),
      TEST(carried_pings_of_forgotten_days_are_let_go), TEST(a_client_is_marked_with_its_ping),
      TEST(a_ping_that_comes_again_is_counted_once),    TEST(a_ping_may_come_again_in_a_later_run),
      TEST(the_list_of_a_living_run_is_left_alone),     TEST(a_damaged_list_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
