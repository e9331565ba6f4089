/* The figures: every one of them, of the open batch and of those before it. */
#include "sieve/figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A mutex is unlocked by the thread that holds it: a lock that was left out fails here. */
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
  assert_int_not_equal(pthread_mutex_trylock(mutex), 0);
  return __real_pthread_mutex_unlock(mutex);
}

/* Each figure is another number. */
static struct tally tally_from(uint64_t from) {
  struct tally t = {.lines = from,
                    .bytes_in = from + 1,
                    .bytes_out = from + 2,
                    .internal_errors = from + 3,
                    .flags = from + 4,
                    .advisories = from + 5,
                    .withheld = from + 6,
                    .withheld_bytes = from + 7,
                    .unkept = from + 8,
                    .unkept_bytes = from + 9,
                    .untold = from + 50};
  for (size_t c = 0; c < PS_CLASSES; c++) {
    t.count[c] = from + 10 + c;
    t.bytes[c] = from + 30 + c;
  }
  return t;
}

static struct ps_sieve_figures told(struct figures *figures) {
  struct ps_sieve_figures told;
  assert_int_equal(figures_snapshot(figures, &told, NULL), PS_OK);
  free(told.labels); /* their number stays */
  told.labels = NULL;
  return told;
}

static void assert_sum(const struct ps_sieve_figures *told, const struct tally *sum) {
  assert_int_equal(told->lines, sum->lines);
  assert_int_equal(told->bytes_in, sum->bytes_in);
  assert_int_equal(told->bytes_out, sum->bytes_out);
  assert_int_equal(told->internal_errors, sum->internal_errors);
  assert_int_equal(told->flags, sum->flags);
  assert_int_equal(told->advisories, sum->advisories);
  assert_int_equal(told->withheld, sum->withheld);
  assert_int_equal(told->withheld_bytes, sum->withheld_bytes);
  assert_int_equal(told->unkept, sum->unkept);
  assert_int_equal(told->unkept_bytes, sum->unkept_bytes);
  assert_int_equal(told->untold, sum->untold);
  for (size_t c = 0; c < PS_CLASSES; c++) {
    assert_int_equal(told->count[c], sum->count[c]);
    assert_int_equal(told->bytes[c], sum->bytes[c]);
  }
}

static void add(struct figures *figures, const struct tally *tally) {
  figures_lock(figures);
  figures_add(figures, tally);
  figures_unlock(figures);
}

static void every_figure_adds_up(void **state) {
  struct figures figures;
  const struct tally first = tally_from(100), second = tally_from(100000);
  struct tally both = first;
  struct ps_sieve_figures now;
  (void)state;
  tally_add(&both, &second);
  assert_int_equal(both.withheld_bytes, first.withheld_bytes + second.withheld_bytes);
  assert_int_equal(figures_init(&figures, false, NULL), PS_OK);
  now = told(&figures);
  assert_int_equal(now.lines, 0);
  assert_true(now.seconds == 0);
  add(&figures, &first);
  now = told(&figures);
  assert_sum(&now, &first); /* also before it is committed */
  figures_commit(&figures, 30, 17000);
  add(&figures, &second);
  now = told(&figures);
  assert_sum(&now, &both);
  figures_abort(&figures);
  now = told(&figures);
  assert_sum(&now, &first);
  assert_int_equal(now.batches, 1);
  assert_int_equal(now.watermark, 17000);
  assert_int_equal(now.longest_commit_ns, 30);
  add(&figures, &second);
  figures_commit(&figures, 20, 17001);
  figures_set_input(&figures, 777);
  now = told(&figures);
  assert_sum(&now, &both);
  assert_int_equal(now.batches, 2);
  assert_int_equal(now.watermark, 17001);
  assert_int_equal(now.longest_commit_ns, 30);
  assert_int_equal(now.input_bytes, 777);
  assert_int_equal(now.nlabels, 0);
  assert_null(now.awaits);
  figures_set_awaits(&figures, "a pipe");
  assert_string_equal(told(&figures).awaits, "a pipe");
  figures_set_awaits(&figures, NULL);
  assert_null(told(&figures).awaits);
  figures_release(&figures);
}

static void marked_keys_are_counted(void **state) {
  struct tally a = {0}, b = {0};
  (void)state;
  tally_mark(&a, 10);
  assert_int_equal(a.first_day, 10);
  assert_int_equal(a.last_day, 10);
  tally_mark(&a, 12);
  tally_mark(&a, 11);
  assert_int_equal(a.first_day, 10);
  assert_int_equal(a.last_day, 12);
  assert_int_equal(a.marked, 3);
  tally_add(&b, &a); /* nothing marked yet: its days mean nothing */
  assert_int_equal(b.first_day, 10);
  assert_int_equal(b.last_day, 12);
  assert_int_equal(b.marked, 3);
  struct tally one = {0}, none = {0};
  tally_mark(&one, 9);
  tally_add(&b, &one);
  tally_add(&b, &none);
  assert_int_equal(b.first_day, 9);
  assert_int_equal(b.last_day, 12);
  assert_int_equal(b.marked, 4);
}

static void the_first_malformed_line_is_told(void **state) {
  struct tally sum = {0}, a = {.first_malformed = {.line = 7, .offset = 70}},
               b = {.first_malformed = {.line = 9, .offset = 90}};
  (void)state;
  tally_add(&sum, &(struct tally){.lines = 1});
  tally_add(&sum, &a);
  tally_add(&sum, &b);
  assert_int_equal(sum.first_malformed.line, 7);
  assert_int_equal(sum.first_malformed.offset, 70);
}

static void times_are_told(void **state) {
  struct figures figures;
  struct ps_sieve_figures now;
  (void)state;
  assert_int_equal(figures_init(&figures, true, NULL), PS_OK);
  figures_start(&figures);
  figures.started_ns -= 5000000000u;
  now = told(&figures);
  assert_true(now.seconds >= 5 && now.seconds < 4000);
  assert_true(told(&figures).waiting_seconds == 0);
  figures_set_waiting(&figures, true);
  figures.waiting_since_ns -= 3000000000u;
  now = told(&figures);
  assert_true(now.waiting_seconds >= 3 && now.waiting_seconds < 4000);
  figures_set_waiting(&figures, false);
  assert_true(told(&figures).waiting_seconds == 0);
  figures_end(&figures);
  const double end = told(&figures).seconds;
  (void)usleep(2000);
  assert_true(told(&figures).seconds == end); /* a run that is over takes no more time */
  figures.ended_ns = figures.started_ns + 2500000000u;
  assert_true(told(&figures).seconds == 2.5);
  figures_release(&figures);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_figure_adds_up),
      cmocka_unit_test(marked_keys_are_counted),
      cmocka_unit_test(the_first_malformed_line_is_told),
      cmocka_unit_test(times_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
