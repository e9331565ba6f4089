#include "cli/pace.h"

#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)

static void even_work(void **state) {
  (void)state;
  struct pace pace = {.begun = false};
  double seconds;
  assert_false(pace_left(&pace, 100, &seconds));
  for (uint64_t t = 0; t <= 20; t++) pace_update(&pace, 1000 + t * SECOND, 5000 + 10 * t);
  assert_true(pace_left(&pace, 100, &seconds));
  assert_float_equal(seconds, 10, 0.01); /* work done before it began does not count */
}

static void too_early(void **state) {
  (void)state;
  struct pace pace = {.begun = false};
  double seconds;
  pace_update(&pace, 0, 0);
  pace_update(&pace, SECOND, 10);
  assert_false(pace_left(&pace, 100, &seconds));
  pace_update(&pace, 2 * SECOND, 10);
  assert_true(pace_left(&pace, 100, &seconds));
  assert_float_equal(seconds, 20, 0.01);
}

static void follows_a_change(void **state) {
  (void)state;
  struct pace pace = {.begun = false};
  double seconds;
  uint64_t t = 0, done = 0;
  for (; t < 100; t++) pace_update(&pace, t * SECOND, done += 10);
  for (; t < 200; t++) pace_update(&pace, t * SECOND, done += 1000);
  assert_true(pace_left(&pace, 1000, &seconds));
  assert_float_equal(seconds, 1, 0.01);
}

static void nothing_moves(void **state) {
  (void)state;
  struct pace pace = {.begun = false};
  double seconds;
  for (uint64_t t = 0; t < 10; t++) pace_update(&pace, t * SECOND, 7);
  assert_false(pace_left(&pace, 100, &seconds));
  pace_update(&pace, 9 * SECOND, 8); /* the clock stands still */
  pace_update(&pace, 10 * SECOND, 6);
  assert_false(pace_left(&pace, 100, &seconds));
}

static void words_begin_with_what_matters(void **state) {
  (void)state;
  struct pace pace = {.begun = false};
  struct pace_files files = {.done = 3, .all = 12, .bytes_done = 0, .bytes = 3000000000};
  char text[PACE_TEXT];
  assert_string_equal(pace_describe(&pace, 0, &files, "", text), "3 of 12 files, 0 B of 3.0 GB");
  files.bytes_done = 1000000000;
  assert_string_equal(pace_describe(&pace, 10 * SECOND, &files, "7 pings", text),
                      "3 of 12 files, 1.0 GB of 3.0 GB, 20.0 s left, 7 pings, 100 MB/s");
  files = (struct pace_files){.done = 0, .all = 1, .bytes_done = 512}; /* standard input */
  pace.begun = false;
  assert_string_equal(pace_describe(&pace, 0, &files, "", text), "0 of 1 files, 512 B");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(even_work), cmocka_unit_test(too_early), cmocka_unit_test(follows_a_change),
      cmocka_unit_test(nothing_moves), cmocka_unit_test(words_begin_with_what_matters)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
