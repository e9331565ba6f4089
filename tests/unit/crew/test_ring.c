/* The ring: threads that wait for each other. A thread that must wait is given a moment in which a
 * wrong one goes on; a right one is never late. */
#include "crew/ring.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define CHUNK 65536u
#define LINE  1048576u
#define SLOTS 4u
#define AHEAD 2u

/* A mutex is unlocked by the thread that holds it: a lock that was left out fails here. */
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
  if (!pthread_mutex_trylock(mutex)) abort();
  return __real_pthread_mutex_unlock(mutex);
}

static struct ring *ring_new(void) {
  struct ring *ring = malloc(sizeof *ring);
  assert_non_null(ring);
  assert_int_equal(ring_init(ring, SLOTS, AHEAD, CHUNK, LINE, NULL), PS_OK);
  return ring;
}

static void ring_free(struct ring *ring) {
  ring_release(ring);
  free(ring);
}

static void moment(void) { (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); }

/* One call in a thread of its own. */
struct call {
  struct ring *ring;
  struct slot *slot; /* its argument, or what it returned */
  int status;
  atomic_bool done;
  pthread_t thread;
};

static void *obtain(void *context) {
  struct call *call = context;
  call->slot = ring_obtain(call->ring);
  atomic_store(&call->done, true);
  return NULL;
}

static void *grow(void *context) {
  struct call *call = context;
  call->status = ring_grow(call->ring, call->slot, NULL);
  atomic_store(&call->done, true);
  return NULL;
}

static void *next_to_scan(void *context) {
  struct call *call = context;
  call->slot = ring_next_to_scan(call->ring);
  atomic_store(&call->done, true);
  return NULL;
}

static void *take(void *context) {
  struct call *call = context;
  call->slot = ring_take(call->ring, 0);
  atomic_store(&call->done, true);
  return NULL;
}

static void begin(struct call *call, void *(*function)(void *), struct ring *ring,
                  struct slot *slot) {
  call->ring = ring;
  call->slot = slot;
  atomic_init(&call->done, false);
  assert_int_equal(pthread_create(&call->thread, NULL, function, call), 0);
}

static void assert_waits(struct call *call) {
  moment();
  assert_false(atomic_load(&call->done));
}

static void end(struct call *call) { assert_int_equal(pthread_join(call->thread, NULL), 0); }

/* Memory is bounded: a second long line waits until the first has gone through. */
static void one_slot_is_big_at_a_time(void **state) {
  struct ring *ring = ring_new();
  struct slot *first = ring_obtain(ring), *second = ring_obtain(ring);
  struct call call;
  (void)state;
  assert_int_equal(ring_grow(ring, first, NULL), PS_OK);
  assert_int_equal(ring_grow(ring, first, NULL), PS_OK); /* once more the same */
  assert_true(first->big);
  begin(&call, grow, ring, second);
  assert_waits(&call);
  first->chunk.touched = LINE;
  ring_recycle(ring, first);
  end(&call);
  assert_int_equal(call.status, PS_OK);
  assert_false(first->big);
  assert_true(second->big);
  assert_in_range(first->chunk.touched, 0, CHUNK); /* its memory was given back */
  ring_free(ring);
}

static void closing_wakes_who_wants_to_grow(void **state) {
  struct ring *ring = ring_new();
  struct slot *first = ring_obtain(ring), *second = ring_obtain(ring);
  struct call call;
  (void)state;
  assert_int_equal(ring_grow(ring, first, NULL), PS_OK);
  begin(&call, grow, ring, second);
  assert_waits(&call);
  ring_close(ring);
  end(&call);
  assert_int_equal(call.status, PS_E_STOPPED);
  assert_false(second->big);
  ring_free(ring);
}

/* Two slots are under way outside a commit, all of them within one. */
static void the_reader_stays_a_little_ahead(void **state) {
  struct ring *ring = ring_new();
  struct slot *slots[SLOTS];
  struct call call;
  (void)state;
  slots[0] = ring_obtain(ring);
  slots[1] = ring_obtain(ring);
  begin(&call, obtain, ring, NULL);
  assert_waits(&call);
  ring_recycle(ring, slots[0]);
  end(&call);
  assert_ptr_equal(call.slot, slots[0]); /* last in, first out */
  begin(&call, obtain, ring, NULL);
  assert_waits(&call);
  ring_set_committing(ring, true);
  end(&call);
  slots[2] = call.slot;
  slots[3] = ring_obtain(ring);
  assert_non_null(slots[2]);
  assert_non_null(slots[3]);
  begin(&call, obtain, ring, NULL); /* there are no more */
  assert_waits(&call);
  ring_close(ring);
  end(&call);
  assert_null(call.slot);
  assert_null(ring_obtain(ring));
  ring_free(ring);
}

static void ahead_counts_again_after_a_commit(void **state) {
  struct ring *ring = ring_new();
  struct call call;
  (void)state;
  (void)ring_obtain(ring);
  (void)ring_obtain(ring);
  ring_set_committing(ring, true);
  ring_set_committing(ring, false);
  begin(&call, obtain, ring, NULL);
  assert_waits(&call);
  ring_close(ring);
  end(&call);
  assert_null(call.slot);
  ring_free(ring);
}

/* The committer takes slots in the order of the input, whichever is scanned first. */
static void slots_come_in_the_order_of_the_input(void **state) {
  struct ring *ring = ring_new();
  struct slot *first = ring_obtain(ring), *second = ring_obtain(ring);
  struct call call;
  (void)state;
  ring_submit(ring, first);
  ring_submit(ring, second);
  assert_ptr_equal(ring_next_to_scan(ring), first);
  assert_ptr_equal(ring_next_to_scan(ring), second);
  ring_scanned(ring, second);
  begin(&call, take, ring, NULL);
  assert_waits(&call);
  ring_scanned(ring, first);
  end(&call);
  assert_ptr_equal(call.slot, first);
  assert_ptr_equal(ring_take(ring, 0), second);
  ring_free(ring);
}

/* A slot that comes scanned is given to no worker. */
static void a_scanned_slot_is_given_to_no_worker(void **state) {
  struct ring *ring = ring_new();
  struct slot *slot = ring_obtain(ring);
  struct call call;
  (void)state;
  slot->scanned = true;
  begin(&call, next_to_scan, ring, NULL);
  ring_submit(ring, slot);
  assert_waits(&call);
  assert_ptr_equal(ring_take(ring, 0), slot);
  ring_end(ring);
  end(&call);
  assert_null(call.slot);
  ring_free(ring);
}

/* Slots that were submitted before the end are scanned. */
static void the_end_comes_last(void **state) {
  struct ring *ring = ring_new();
  struct slot *slot = ring_obtain(ring);
  (void)state;
  ring_submit(ring, slot);
  ring_end(ring);
  assert_ptr_equal(ring_next_to_scan(ring), slot);
  assert_null(ring_next_to_scan(ring));
  ring_close(ring);
  assert_null(ring_take(ring, 0));
  ring_free(ring);
}

static void closing_wakes_all(void **state) {
  struct ring *ring = ring_new();
  struct call scanning, taking;
  (void)state;
  begin(&scanning, next_to_scan, ring, NULL);
  begin(&taking, take, ring, NULL);
  assert_waits(&scanning);
  assert_waits(&taking);
  ring_close(ring);
  end(&scanning);
  end(&taking);
  assert_null(scanning.slot);
  assert_null(taking.slot);
  ring_free(ring);
}

/* However the clock of the day stands, the committer is not let go before its deadline. */
static void taking_waits_until_the_deadline(void **state) {
  struct ring *ring = ring_new();
  (void)state;
  for (unsigned i = 0; i < 3; i++) {
    const uint64_t deadline = clock_monotonic_ns() + 5000000;
    assert_null(ring_take(ring, deadline));
    assert_true(clock_monotonic_ns() >= deadline);
  }
  ring_free(ring);
}

/* A deadline, and somebody who wants to be heard: both let the committer look up, once. */
static void taking_ends_without_a_slot(void **state) {
  struct ring *ring = ring_new();
  struct slot *slot = ring_obtain(ring);
  struct call call;
  (void)state;
  assert_null(ring_take(ring, 1)); /* long ago */
  ring_wake(ring);
  slot->scanned = true;
  ring_submit(ring, slot);
  assert_null(ring_take(ring, 0));
  assert_ptr_equal(ring_take(ring, 0), slot);
  begin(&call, take, ring, NULL);
  assert_waits(&call);
  ring_wake(ring);
  end(&call);
  assert_null(call.slot);
  ring_free(ring);
}

/* The numbers of slots go round and round. */
static void numbers_of_slots_go_round(void **state) {
  struct ring *ring = ring_new();
  (void)state;
  for (unsigned i = 0; i < 10 * SLOTS + 1; i++) {
    struct slot *slot = ring_obtain(ring);
    assert_false(slot->scanned);
    ring_submit(ring, slot);
    assert_ptr_equal(ring_next_to_scan(ring), slot);
    ring_scanned(ring, slot);
    assert_ptr_equal(ring_take(ring, 0), slot);
    ring_recycle(ring, slot);
  }
  ring_free(ring);
}

/* More slots than there may be are the most that there may be. */
static void the_number_of_slots_is_bounded(void **state) {
  struct ring *ring = malloc(sizeof *ring);
  (void)state;
  assert_non_null(ring);
  assert_int_equal(ring_init(ring, RING_SLOTS_MAX + 1, AHEAD, 4096, 4096, NULL), PS_OK);
  assert_int_equal(ring->nslots, RING_SLOTS_MAX);
  assert_int_equal(ring->nfree, RING_SLOTS_MAX);
  ring_free(ring);
}

int main(void) {
  (void)alarm(120); /* a thread that is never woken fails the test */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_slot_is_big_at_a_time),
      cmocka_unit_test(closing_wakes_who_wants_to_grow),
      cmocka_unit_test(the_reader_stays_a_little_ahead),
      cmocka_unit_test(ahead_counts_again_after_a_commit),
      cmocka_unit_test(slots_come_in_the_order_of_the_input),
      cmocka_unit_test(a_scanned_slot_is_given_to_no_worker),
      cmocka_unit_test(the_end_comes_last),
      cmocka_unit_test(closing_wakes_all),
      cmocka_unit_test(taking_waits_until_the_deadline),
      cmocka_unit_test(taking_ends_without_a_slot),
      cmocka_unit_test(numbers_of_slots_go_round),
      cmocka_unit_test(the_number_of_slots_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
