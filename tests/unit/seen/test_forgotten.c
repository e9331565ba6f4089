/* Forgotten days: their pages are freed in parts, and copies that are made meanwhile are sound. */
#include "support.h"

#include <stdlib.h>

#define KEYS 60000
#define DAY  5

struct fixture {
  char dir[PATH_BYTES], other[PATH_BYTES];
  struct ps_seen *seen;
};

/* A store whose only day, in runs of many chunks, was forgotten by a process that has ended. */
static int setup(void **state) {
  struct ps_seen_options options = {.size = sizeof(struct ps_seen_options),
                                    .create = true,
                                    .chunk_keys = 512,
                                    .log_keys = 4096,
                                    .no_sync = true};
  struct fixture *f = calloc(1, sizeof *f);
  uint64_t gone;
  assert_non_null(f);
  test_dir_make(f->dir);
  test_dir_make(f->other);
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
  assert_int_equal(test_mark(f->seen, 0, KEYS, DAY), KEYS);
  ps_seen_close(f->seen);
  assert_ok(ps_seen_open(f->dir, &options, &f->seen, err));
  assert_ok(ps_seen_begin(f->seen, err));
  assert_ok(ps_seen_forget(f->seen, DAY, DAY + 1, &gone, err));
  assert_int_equal(gone, KEYS);
  assert_ok(ps_seen_commit(f->seen, err));
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  ps_seen_close(f->seen);
  test_dir_remove(f->dir);
  test_dir_remove(f->other);
  free(f);
  return 0;
}

static uint64_t used_bytes(struct ps_seen *seen) {
  struct ps_seen_info info;
  assert_ok(ps_seen_info(seen, &info, err));
  const uint64_t used = info.used_bytes;
  ps_seen_info_release(&info);
  return used;
}

/* A copy without free pages has fewer pages than the forgotten run had chunks. */
static void copies_are_made_while_a_day_goes(void **state) {
  struct fixture *f = *state;
  const struct ps_seen_options reading = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  const uint64_t before = used_bytes(f->seen);
  uint64_t next = KEYS;
  for (unsigned copies = 0; copies < 30; copies++, next += 64) {
    struct ps_seen *copy;
    char path[PATH_BYTES];
    assert_int_equal(test_mark(f->seen, next, 64, DAY + 1), 64);
    test_path(f->other, "copy", path);
    assert_ok(ps_seen_copy(f->seen, path, err));
    assert_ok(ps_seen_open(path, &reading, &copy, err));
    assert_int_equal(test_count(copy, 0, next + 64), next + 64 - KEYS);
    test_check_clean(copy);
    ps_seen_close(copy);
    test_dir_remove(path);
  }
  assert_true(used_bytes(f->seen) < before / 2); /* it has been freed meanwhile */
}

static void forgotten_runs_are_cleared_step_by_step(void **state) {
  struct fixture *f = *state;
  const uint64_t before = used_bytes(f->seen);
  struct ps_seen_info info;
  assert_ok(ps_seen_info(f->seen, &info, err));
  assert_int_equal(info.runs, 0); /* chunks that are not freed yet are neither */
  assert_int_equal(info.merging, 0);
  assert_int_equal(info.groups, 0);
  ps_seen_info_release(&info);
  unsigned parts = 0;
  for (bool more = true; more; parts++) assert_ok(ps_seen_reap(f->seen, &more, err));
  bool more;
  assert_ok(ps_seen_reap(f->seen, &more, err)); /* nothing is left */
  assert_false(more);
  assert_true(parts < 10);
  assert_true(used_bytes(f->seen) < before / 4);
  test_check_clean(f->seen);
  assert_int_equal(test_mark(f->seen, 0, 100, DAY), 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(copies_are_made_while_a_day_goes, setup, teardown),
      cmocka_unit_test_setup_teardown(forgotten_runs_are_cleared_step_by_step, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
