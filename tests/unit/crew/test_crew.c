/* The crew alone, with stages of its own, which take their time, grow, wait for their turn, fail
 * and stop it in every place. A run that hangs is ended by alarm(2). */
#include "crew/crew.h"

#include "../scale.h"
#include "base/clock.h"
#include "base/error.h"

#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { INPUTS = 8, BLOCKS_MOST = 9, CHUNK = 4096, HANG_SECONDS = 120 };
#define NEVER UINT_MAX

struct own_lane {
  struct lane lane;
  unsigned filled, emitted;
  atomic_bool inside; /* `emit` */
};

struct own_block {
  struct block block;
  unsigned number;
  bool packed;
};

struct label { /* in the chunk, and what `work` makes of it */
  size_t entry;
  unsigned number;
};

/* One run: what is asked of it, and what the stages saw. */
struct run {
  unsigned seed, threads;
  unsigned stop_at; /* the event, from 0, at which it is stopped */
  unsigned fail_at; /* the first event at which a stage that can fail does */
  bool gives_back, emits;
  unsigned blocks[INPUTS];
  bool piped[INPUTS], big[INPUTS][BLOCKS_MOST], left[INPUTS];
  struct input inputs[INPUTS];
  struct crew *_Atomic crew;
  atomic_uint events, looked, released, large;
  atomic_size_t current; /* the entry of the head */
  _Atomic(const char *) wrong;
  struct own_lane *ended[INPUTS];
  size_t nended;
  unsigned taken;
};

static unsigned mix(unsigned x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ x >> 16;
}

static void expect(struct run *run, bool right, const char *what) {
  if (!right) atomic_store(&run->wrong, what);
}

/* One more event: takes a while, some of the time; the run is stopped at one of them. Returns which
 * it is. */
static unsigned event(struct run *run) {
  const unsigned n = atomic_fetch_add(&run->events, 1), dice = mix(run->seed + n) % 16;
  if (n == run->stop_at) {
    while (!atomic_load(&run->crew)) (void)sched_yield(); /* it is being opened */
    crew_stop(atomic_load(&run->crew));
  }
  if (dice < 4) (void)nanosleep(&(struct timespec){.tv_nsec = 20000L << dice}, NULL);
  else if (dice < 8) (void)sched_yield();
  return n;
}

/* ---- the stages ---- */

static void look(void *context, struct lane *lane) {
  struct run *run = context;
  atomic_fetch_add(&run->looked, 1);
  lane->piped = run->piped[lane->entry];
  (void)event(run);
}

static void fill(void *context, struct lane *lane, struct block *block) {
  struct run *run = context;
  struct own_lane *own = (void *)lane;
  struct own_block *filled = (void *)block;
  const struct label label = {lane->entry, own->filled};
  filled->number = own->filled++;
  filled->packed = false;
  (void)event(run);
  if (lane->piped)
    expect(run, atomic_load(&run->current) == lane->entry, "a pipe is read before its turn");
  memcpy(block->slot.chunk.data, &label, sizeof label);
  block->slot.chunk.len = sizeof label;
  block->slot.last = own->filled == run->blocks[lane->entry];
  if (label.number >= BLOCKS_MOST || !run->big[lane->entry][label.number]) return;
  if (crew_may_grow(lane, NULL)) {
    block->slot.status = PS_E_STOPPED;
    block->slot.last = true;
    return;
  }
  expect(run, atomic_load(&run->current) == lane->entry, "a block grows before its turn");
  expect(run, !atomic_fetch_add(&run->large, 1), "two blocks are large");
}

static void work(void *context, unsigned worker, struct block *block) {
  struct run *run = context;
  (void)event(run);
  expect(run, worker <= run->threads, "a worker's number is too large");
  buffer_clear(&block->packed);
  expect(run, !buffer_append(&block->packed, block->slot.chunk.data, sizeof(struct label), NULL),
         "memory");
}

static int pack(void *context, unsigned worker, struct block *block, struct ps_error *err) {
  struct run *run = context;
  struct own_block *own = (void *)block;
  (void)worker;
  expect(run, !block->slot.big, "a large block is packed");
  expect(run, !own->packed, "a block is packed twice");
  own->packed = true;
  return event(run) >= run->fail_at ? error_set(err, PS_E_OUTPUT, "packing failed") : PS_OK;
}

static int emit(void *context, unsigned worker, struct block *block, struct ps_error *err) {
  struct run *run = context;
  struct own_lane *lane = (void *)block->lane;
  const struct own_block *own = (void *)block;
  (void)worker;
  expect(run, !atomic_exchange(&lane->inside, true), "two threads emit blocks of one lane");
  expect(run, own->packed != block->slot.big, "a block is emitted and not packed");
  expect(run, own->number == lane->emitted++, "blocks are emitted out of order");
  if (block->slot.big) atomic_fetch_sub(&run->large, 1);
  const bool fails = event(run) >= run->fail_at;
  atomic_store(&lane->inside, false);
  return fails ? error_set(err, PS_E_OUTPUT, "emitting failed") : PS_OK;
}

static atomic_uint *released;
static void release_lane(struct lane *lane) {
  (void)lane;
  atomic_fetch_add(released, 1);
}

static const struct crew_stages stages = {.lane_bytes = sizeof(struct own_lane),
                                          .block_bytes = sizeof(struct own_block),
                                          .look = look,
                                          .fill = fill,
                                          .work = work,
                                          .pack = pack,
                                          .emit = emit,
                                          .release_lane = release_lane};
static const struct crew_stages reading = {.lane_bytes = sizeof(struct own_lane),
                                           .block_bytes = sizeof(struct own_block),
                                           .gives_back = true,
                                           .look = look,
                                           .fill = fill,
                                           .work = work,
                                           .release_lane = release_lane};

/* ---- the committer ---- */

static const struct input *input_at(void *context, size_t entry) {
  struct run *run = context;
  return run->left[entry] ? &run->inputs[entry] : NULL;
}

static size_t next_left(const struct run *run, size_t entry) {
  while (entry < INPUTS && !run->left[entry]) entry++;
  return entry;
}

/* Checks that it is the next one, and passes it on. */
static void take(struct run *run, struct block *block, unsigned *number) {
  struct label label;
  const size_t entry = atomic_load(&run->current);
  memcpy(&label, block->packed.data, sizeof label);
  assert_int_equal(block->packed.len, sizeof label);
  assert_int_equal(label.entry, entry);
  assert_int_equal(label.number, *number);
  assert_int_equal(block->lane->entry, entry);
  const bool last = block->slot.last;
  *number = last ? 0 : *number + 1;
  run->taken++;
  if (last) {
    run->ended[run->nended++] = (void *)block->lane;
    atomic_store(&run->current, next_left(run, entry + 1));
  }
  if (block->slot.big && !run->emits) atomic_fetch_sub(&run->large, 1);
  crew_pass(atomic_load(&run->crew), block, run->emits);
}

static enum crew_event go_on(struct run *run, struct ps_error *err) {
  struct crew *crew = atomic_load(&run->crew);
  struct block *block;
  unsigned number = 0;
  for (;;) {
    const enum crew_event event = crew_take(crew, 0, &block, err);
    if (event == CREW_DONE && crew_drain(crew, err)) return CREW_FAILED;
    if (event != CREW_BLOCK) return event;
    take(run, block, &number);
    if (mix(run->seed + run->taken) % 8 == 0 && crew_drain(crew, err)) return CREW_FAILED;
  }
}

static void run_init(struct run *run, unsigned seed, unsigned threads, bool reads) {
  *run = (struct run){.seed = mix(seed), .threads = threads, .stop_at = NEVER, .fail_at = NEVER};
  run->gives_back = reads;
  run->emits = !reads;
  for (unsigned i = 0; i < INPUTS; i++) {
    const unsigned dice = mix(run->seed ^ mix(i + 1));
    run->left[i] = dice % 8 != 0;
    run->blocks[i] = 1 + (dice >> 4) % BLOCKS_MOST;
    run->inputs[i].piped = run->piped[i] = (dice >> 8) % 4 == 0;
    for (unsigned j = 0; j < BLOCKS_MOST; j++) run->big[i][j] = mix(dice + j) % 5 == 0;
  }
  atomic_store(&run->current, next_left(run, 0));
}

/* Runs to its end, whatever that is, and closes all. */
static enum crew_event run_all(struct run *run, struct ps_error *err) {
  const struct crew_options options = {.stages = run->gives_back ? &reading : &stages,
                                       .context = run,
                                       .input = input_at,
                                       .nentries = INPUTS,
                                       .threads = run->threads,
                                       .chunk_bytes = CHUNK,
                                       .max_line = 4 * CHUNK};
  struct crew *crew;
  (void)alarm(HANG_SECONDS);
  released = &run->released;
  assert_int_equal(crew_open(&options, &crew, err), PS_OK);
  atomic_store(&run->crew, crew);
  enum crew_event event = go_on(run, err);
  crew_close(crew);
  for (size_t i = 0; i < run->nended; i++) lane_free(options.stages, &run->ended[i]->lane);
  (void)alarm(0);
  if (atomic_load(&run->wrong)) fail_msg("%s", atomic_load(&run->wrong));
  assert_int_equal(atomic_load(&run->looked), atomic_load(&run->released));
  return event;
}

/* ---- tests ---- */

static const unsigned threads_tried[] = {1, 2, 3, 6};
#define TRIED (sizeof threads_tried / sizeof *threads_tried)

static unsigned blocks_of(const struct run *run) {
  unsigned n = 0;
  for (size_t i = 0; i < INPUTS; i++) n += run->left[i] ? run->blocks[i] : 0;
  return n;
}

static void runs_end_with_every_block(bool reads) {
  for (unsigned seed = 0; seed < scale_count(12); seed++) {
    for (size_t i = 0; i < TRIED; i++) {
      struct run run;
      struct ps_error err;
      run_init(&run, seed, threads_tried[i], reads);
      assert_int_equal(run_all(&run, &err), CREW_DONE);
      assert_int_equal(run.taken, blocks_of(&run));
      assert_int_equal(atomic_load(&run.large), 0);
    }
  }
}

static void blocks_come_in_order_and_are_emitted_in_order(void **state) {
  (void)state;
  runs_end_with_every_block(false);
}

static void chunks_that_are_given_back_are_used_again(void **state) {
  (void)state;
  runs_end_with_every_block(true);
}

/* More blocks than the pool has, of one input and of many. */
static void a_long_input_is_no_more_than_the_pool(void **state) {
  (void)state;
  for (size_t i = 0; i < TRIED; i++) {
    for (int reads = 0; reads < 2; reads++) {
      struct run run;
      struct ps_error err;
      run_init(&run, 5, threads_tried[i], reads);
      memset(run.big, 0, sizeof run.big);
      memset(run.piped, 0, sizeof run.piped);
      for (unsigned j = 0; j < INPUTS; j++) {
        run.inputs[j].piped = false;
        run.left[j] = true;
        run.blocks[j] = j % 3 ? BLOCKS_MOST : 200;
      }
      atomic_store(&run.current, 0);
      assert_int_equal(run_all(&run, &err), CREW_DONE);
      assert_int_equal(run.taken, blocks_of(&run));
    }
  }
}

/* Of the events: all of them would take a minute. */
static unsigned steps(void) {
  return scale_is_small() ? 41 : 1 + (unsigned)(1000 / scale_count(100));
}

static void a_stop_ends_a_run_in_every_place(void **state) {
  (void)state;
  for (size_t i = 0; i < TRIED; i++) {
    const unsigned step = steps();
    for (unsigned at = 0, stopped = 1; stopped; at += step) {
      struct run run;
      struct ps_error err;
      run_init(&run, at % 7, threads_tried[i], at & 1);
      run.stop_at = at;
      const enum crew_event event = run_all(&run, &err);
      assert_true(event == CREW_STOPPED || event == CREW_DONE);
      stopped = atomic_load(&run.events) > at;
    }
  }
}

static void a_stage_that_fails_ends_a_run_in_every_place(void **state) {
  (void)state;
  unsigned failures = 0;
  for (size_t i = 0; i < TRIED; i++) {
    const unsigned step = steps();
    for (unsigned at = 0, more = 1; more; at += step) {
      struct run run;
      struct ps_error err = {.status = PS_OK};
      run_init(&run, at % 7, threads_tried[i], false);
      run.fail_at = at;
      const enum crew_event event = run_all(&run, &err);
      assert_true(event == CREW_FAILED || event == CREW_DONE);
      if (event == CREW_FAILED) {
        assert_int_equal(err.status, PS_E_OUTPUT);
        assert_non_null(strstr(err.text, "failed"));
        failures++;
      }
      more = atomic_load(&run.events) > at;
    }
  }
  assert_int_not_equal(failures, 0);
}

/* ---- waiting ---- */

static atomic_bool gate;

static void fill_behind_the_gate(void *context, struct lane *lane, struct block *block) {
  while (!atomic_load(&gate)) (void)sched_yield();
  fill(context, lane, block);
}

/* An input that delivers nothing: the committer is told the time, and a stop. */
static void the_committer_waits_until_the_deadline(void **state) {
  (void)state;
  struct crew_stages slow = stages;
  struct run run;
  slow.fill = fill_behind_the_gate;
  run_init(&run, 1, 2, false);
  memset(run.left, 0, sizeof run.left);
  memset(run.big, 0, sizeof run.big);
  run.left[0] = true;
  run.blocks[0] = 1;
  atomic_store(&run.current, 0);
  const struct crew_options options = {.stages = &slow,
                                       .context = &run,
                                       .input = input_at,
                                       .nentries = INPUTS,
                                       .threads = 2,
                                       .chunk_bytes = CHUNK,
                                       .max_line = CHUNK};
  struct crew *crew;
  struct block *block;
  struct ps_error err;
  (void)alarm(HANG_SECONDS);
  released = &run.released;
  atomic_store(&gate, false);
  assert_int_equal(crew_open(&options, &crew, &err), PS_OK);
  atomic_store(&run.crew, crew);
  const uint64_t deadline = clock_monotonic_ns() + 20000000;
  assert_int_equal(crew_take(crew, deadline, &block, &err), CREW_LATE);
  assert_true(clock_monotonic_ns() >= deadline);
  atomic_store(&gate, true);
  assert_int_equal(crew_take(crew, 0, &block, &err), CREW_BLOCK);
  unsigned number = 0;
  take(&run, block, &number);
  assert_int_equal(crew_take(crew, 0, &block, &err), CREW_DONE);
  assert_int_equal(crew_drain(crew, &err), PS_OK);
  crew_stop(crew);
  assert_int_equal(crew_take(crew, 0, &block, &err), CREW_STOPPED);
  crew_close(crew);
  lane_free(&slow, &run.ended[0]->lane);
  (void)alarm(0);
  assert_int_equal(atomic_load(&run.released), 1);
}

static void threads_are_counted(void **state) {
  (void)state;
  struct run run;
  struct crew_options options = {.context = &run, .input = input_at, .nentries = INPUTS};
  run_init(&run, 1, 1, false);
  for (unsigned i = 0; i < INPUTS; i++) {
    run.left[i] = true;
    run.inputs[i].piped = false;
  }
  options.threads = 1;
  assert_int_equal(crew_workers(&options), 1);
  run.inputs[INPUTS - 1].piped = true; /* where one thread waits, another one is there */
  assert_int_equal(crew_workers(&options), 2);
  options.threads = 3;
  assert_int_equal(crew_workers(&options), 4);
  assert_int_equal(crew_threads(7), 7);
  assert_in_range(crew_threads(0), 1, 16);
  crew_close(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_come_in_order_and_are_emitted_in_order),
      cmocka_unit_test(chunks_that_are_given_back_are_used_again),
      cmocka_unit_test(a_long_input_is_no_more_than_the_pool),
      cmocka_unit_test(a_stop_ends_a_run_in_every_place),
      cmocka_unit_test(a_stage_that_fails_ends_a_run_in_every_place),
      cmocka_unit_test(the_committer_waits_until_the_deadline),
      cmocka_unit_test(threads_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
