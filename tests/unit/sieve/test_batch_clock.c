/* The batch and the time: when it is due, when it commits by itself, which day is today. */
#include "owner.h"

#include "sieve/batch_state.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MS     1000000u
#define FIRST  "{\"id\":\"a\"}\n"
#define SECOND "{\"id\":\"b\"}\n"

/* A clock that stands still until a test moves it; each look may cost some time. */
struct still {
  uint64_t ns, look_ns;
  int64_t seconds;
};

static uint64_t still_ns(void *context) {
  struct still *still = context;
  const uint64_t ns = still->ns;
  still->ns += still->look_ns;
  return ns;
}

static int64_t still_seconds(void *context) { return ((struct still *)context)->seconds; }

static struct owner *owner_by(struct still *still, struct batch_clock *clock,
                              const struct ps_sieve_options *options) {
  struct owner *o = owner_open(options);
  *clock = (struct batch_clock){still_ns, still_seconds, still};
  batch_set_clock(o->core.batch, clock);
  return o;
}

static struct ps_sieve_options limits_of(const struct world *w, unsigned pings, unsigned bytes) {
  struct ps_sieve_options o = world_options(w);
  o.batch_pings = pings;
  o.batch_bytes = bytes;
  o.batch_ms = 100;
  o.idle_ms = 30;
  return o;
}

/* Idle time counts from the last slot, age from the batch's first one; the earlier end counts. */
static void the_earlier_of_idle_time_and_age_ends_a_batch(void **state) {
  struct still still = {.ns = 5000u * MS};
  struct batch_clock clock;
  struct ps_sieve_options options = limits_of(*state, 1000, 1000000);
  struct owner *o = owner_by(&still, &clock, &options);
  struct batch *b = o->core.batch;
  assert_int_equal(batch_deadline(b), 0);
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_int_equal(batch_deadline(b), 5030u * MS);
  still.ns = 5080u * MS;
  assert_int_equal(owner_take(o, SECOND), PS_OK);
  assert_int_equal(batch_deadline(b), 5100u * MS);
  still.ns = 5065u * MS;
  assert_int_equal(owner_take(o, SECOND), PS_OK);
  assert_int_equal(batch_deadline(b), 5095u * MS);
  assert_int_equal(batch_commit(b, NULL), PS_OK);
  assert_int_equal(batch_deadline(b), 0);
  owner_close(o);
}

static void age_makes_a_batch_due(void **state) {
  struct still still = {.ns = 7000u * MS};
  struct batch_clock clock;
  struct ps_sieve_options options = limits_of(*state, 1000, 1000000);
  struct owner *o = owner_by(&still, &clock, &options);
  still.ns = 9000u * MS;
  assert_false(batch_is_due(o->core.batch)); /* there is none */
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  still.ns = 9100u * MS - 1;
  assert_false(batch_is_due(o->core.batch));
  still.ns = 9100u * MS;
  assert_true(batch_is_due(o->core.batch));
  owner_close(o);
}

static void pings_and_bytes_make_a_batch_due(void **state) {
  struct still still = {0};
  struct batch_clock clock;
  struct ps_sieve_options options = limits_of(*state, 3, 10 * sizeof FIRST);
  struct owner *o = owner_by(&still, &clock, &options);
  struct batch *b = o->core.batch;
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_false(batch_is_due(b));
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_true(batch_is_due(b));
  assert_int_equal(batch_commit(b, NULL), PS_OK);
  b->limits.bytes = 2 * strlen(FIRST);
  assert_int_equal(owner_take(o, FIRST), PS_OK); /* counts anew */
  assert_false(batch_is_due(b));
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_true(batch_is_due(b));
  owner_close(o);
}

/* Takes or leaves the head of the queue for the turn (seen/turn.h), as another process would. */
static void queue_set(int data, short type) {
  struct flock head = {.l_type = type, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
  assert_int_equal(fcntl(data, F_OFD_SETLK, &head), 0);
}

/* Where no slot comes, an open batch is looked at in steps of the age from which it is shared. */
static void an_open_batch_is_looked_at_in_steps(void **state) {
  struct still still = {.ns = 5000u * MS};
  struct batch_clock clock;
  struct ps_sieve_options options = limits_of(*state, 1000, 1000000);
  struct owner *o = owner_by(&still, &clock, &options);
  struct batch *b = o->core.batch;
  b->limits.idle_ns = b->limits.age_ns = 1000u * MS;
  b->limits.share_ns = 100u * MS;
  assert_int_equal(batch_next_look(b), 0);
  assert_false(batch_has_rested(b));
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_int_equal(batch_next_look(b), 5100u * MS);
  still.ns = 5950u * MS;
  assert_int_equal(batch_next_look(b), 6000u * MS);
  still.ns = 6000u * MS - 1;
  assert_false(batch_has_rested(b));
  still.ns = 6000u * MS;
  assert_true(batch_has_rested(b));
  owner_close(o);
}

/* A batch that judged something ends for a waiting process, but not before it has an age. */
static void a_batch_ends_for_a_waiting_process(void **state) {
  struct still still = {.ns = 3000u * MS};
  struct batch_clock clock;
  struct ps_sieve_options options = limits_of(*state, 1000, 1000000);
  struct owner *o = owner_by(&still, &clock, &options);
  struct batch *b = o->core.batch;
  char path[256];
  (void)snprintf(path, sizeof path, "%s/data.mdb", options.store);
  const int data = open(path, O_RDWR | O_CLOEXEC);
  assert_true(data >= 0);
  b->limits.age_ns = b->limits.idle_ns = (uint64_t)5000 * MS;
  assert_int_equal(batch_begin(b, NULL), PS_OK);
  queue_set(data, F_WRLCK);
  still.ns += b->limits.share_ns;
  assert_false(batch_is_due(b)); /* nothing was judged in it */
  assert_false(batch_has_rested(b));
  assert_int_equal(batch_commit(b, NULL), PS_OK);
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  still.ns += b->limits.share_ns - 1;
  assert_false(batch_is_due(b));
  assert_false(batch_has_rested(b));
  still.ns++;
  assert_true(batch_is_due(b));
  assert_true(batch_has_rested(b));
  queue_set(data, F_UNLCK);
  assert_false(batch_is_due(b)); /* the waiting process has gone */
  assert_false(batch_has_rested(b));
  still.ns = 3000u * MS + b->limits.age_ns + b->limits.share_ns;
  assert_true(batch_is_due(b));
  assert_int_equal(close(data), 0);
  owner_close(o);
}

/* The filter's batches, whose slots are not whole, commit themselves in the middle of a slot. */
static void a_batch_that_is_due_commits_amid_a_slot(void **state) {
  struct still still = {0};
  struct batch_clock clock;
  struct ps_sieve_options options = limits_of(*state, 2, 1000000);
  struct owner *o = owner_by(&still, &clock, &options);
  o->whole = false;
  assert_int_equal(owner_take(o, FIRST FIRST SECOND), PS_OK);
  assert_seen(o, FIRST "+2[]" SECOND "+1");
  assert_int_equal(owner_take(o, SECOND SECOND), PS_OK);
  assert_seen(o, "+1[]+1");
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_seen(o, "[]");
  still.look_ns = 60u * MS; /* begun at one look, looked at after the slot at the next but one */
  o->core.batch->limits.pings = 1000;
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_seen(o, "+1");
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_seen(o, "+1[]");
  owner_close(o);
}

/* Its commits take one look at the clock each. */
static void the_longest_commit_is_told(void **state) {
  struct still still = {.look_ns = 7};
  struct batch_clock clock;
  struct ps_sieve_figures figures;
  struct ps_sieve_options options = limits_of(*state, 1000, 1000000);
  struct owner *o = owner_by(&still, &clock, &options);
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_int_equal(figures_snapshot(&o->core.figures, &figures, NULL), PS_OK);
  assert_int_equal(figures.longest_commit_ns, 7);
  still.look_ns = 5;
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_int_equal(batch_commit(o->core.batch, NULL), PS_OK);
  assert_int_equal(figures_snapshot(&o->core.figures, &figures, NULL), PS_OK);
  assert_int_equal(figures.longest_commit_ns, 7);
  assert_int_equal(figures.batches, 2);
  owner_close(o);
}

#define ON(id, day) "{\"id\":\"" id "\",\"day\":" day "}\n"

/* Pings move the watermark to tomorrow at the latest, whatever they say. */
static void tomorrow_is_the_limit(void **state) {
  static const struct {
    const char *line;
    uint16_t watermark;
  } cases[] = {
      {ON("a", "20170310"), 17235}, {"{\"id\":\"b\"}\n", 17236}, /* today, 2017-03-11 */
      {ON("c", "20170312"), 17237}, {ON("d", "20170313"), 17237}, {ON("e", "21490606"), 17237},
  };
  struct still still = {.seconds = 17236 * 86400 + 86399};
  struct batch_clock clock;
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_by(&still, &clock, &options);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(owner_take(o, cases[i].line), PS_OK);
    assert_int_equal(batch_watermark(o->core.batch), cases[i].watermark);
  }
  assert_int_equal(o->tally.count[PS_UNIQUE], 5);
  assert_int_equal(o->tally.first_day, 17235);
  assert_int_equal(o->tally.last_day, 17237); /* keys from the future are kept as tomorrow's */
  still.seconds++;
  assert_int_equal(owner_take(o, ON("f", "20170314")), PS_OK);
  assert_int_equal(batch_watermark(o->core.batch), 17238);
  owner_close(o);
}

/* The last day that there is, and a clock that tells none. */
static void clocks_at_the_end_of_time_are_borne(void **state) {
  struct still still = {.seconds = (int64_t)DAY_MAX * 86400};
  struct batch_clock clock;
  struct ps_sieve_options options = keep_options(*state, 30);
  struct owner *o = owner_by(&still, &clock, &options);
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_int_equal(batch_today(o->core.batch), DAY_MAX);
  assert_int_equal(batch_watermark(o->core.batch), DAY_MAX);
  still.seconds += 86400;
  assert_int_equal(owner_take(o, FIRST), PS_OK);
  assert_int_equal(batch_today(o->core.batch), 0);
  assert_int_equal(batch_watermark(o->core.batch), DAY_MAX);
  assert_int_equal(o->tally.count[PS_LATE], 1);
  owner_close(o);
}

/* 0 days: for ever. */
static void zero_days_keep_for_ever(void **state) {
  struct still still = {.seconds = (int64_t)20000 * 86400};
  struct batch_clock clock;
  struct ps_sieve_options options = keep_options(*state, 0);
  struct owner *o = owner_by(&still, &clock, &options);
  assert_int_equal(owner_take(o, ON("a", "19700102") FIRST ON("a", "19700102")), PS_OK);
  assert_int_equal(o->tally.count[PS_UNIQUE], 1);
  assert_int_equal(o->tally.count[PS_DUPLICATE], 2);
  assert_int_equal(o->tally.count[PS_LATE], 0);
  owner_close(o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_earlier_of_idle_time_and_age_ends_a_batch, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(age_makes_a_batch_due, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(pings_and_bytes_make_a_batch_due, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(an_open_batch_is_looked_at_in_steps, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(a_batch_ends_for_a_waiting_process, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(a_batch_that_is_due_commits_amid_a_slot, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(the_longest_commit_is_told, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(tomorrow_is_the_limit, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(clocks_at_the_end_of_time_are_borne, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(zero_days_keep_for_ever, world_setup, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
