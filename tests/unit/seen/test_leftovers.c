/* Left-overs of killed programs in a store's directory are removed by the next one; files that are
 * in use stay.
 */
#include "support.h"

#include "seen/leftovers.h"
#include "seen/place.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct ps_seen_options options = {
    .size = sizeof(struct ps_seen_options), .create = true, .no_sync = true};

struct fixture {
  char top[PATH_BYTES], dir[PATH_BYTES];
  int told[2], go[2]; /* by a child, to a child */
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->top);
  test_path(f->top, "store", f->dir);
  assert_int_equal(mkdir(f->dir, 0700), 0);
  assert_int_equal(pipe(f->told) | pipe(f->go), 0);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  assert_int_equal(close(f->told[0]) | close(f->told[1]) | close(f->go[0]) | close(f->go[1]), 0);
  test_dir_remove(f->top);
  free(f);
  return 0;
}

static unsigned count_of(const char *dir, const char *prefix) {
  DIR *list = opendir(dir);
  unsigned n = 0;
  assert_non_null(list);
  for (const struct dirent *entry; (entry = readdir(list));)
    n += !strncmp(entry->d_name, prefix, strlen(prefix));
  assert_int_equal(closedir(list), 0);
  return n;
}

/* Half a store, then waits to be killed or to go on. */
static int fill(void *context, const char *new_dir, struct ps_error *err) {
  struct fixture *f = context;
  char path[PATH_BYTES], byte = 0;
  (void)err;
  test_path(new_dir, "data.mdb", path);
  test_file_write(path, "half", 4);
  test_path(new_dir, "lock.mdb", path);
  test_file_write(path, "", 0);
  if (write(f->told[1], &byte, 1) != 1 || read(f->go[0], &byte, 1) != 1) _exit(9);
  return PS_OK;
}

static pid_t filler(struct fixture *f) {
  char byte;
  const pid_t child = fork();
  assert_true(child >= 0);
  if (!child) _exit(place_create(f->dir, fill, f, false, NULL) ? 1 : 0);
  assert_int_equal(read(f->told[0], &byte, 1), 1);
  return child;
}

static int end_of(pid_t child) {
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void use(struct fixture *f) {
  struct ps_seen *seen;
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  test_mark(seen, 0, 10, 1);
  test_check_clean(seen);
  ps_seen_close(seen);
}

static void a_store_whose_maker_was_killed_is_made_anew(void **state) {
  struct fixture *f = *state;
  for (unsigned round = 0; round < 3; round++) { /* without a store, then with one */
    const pid_t child = filler(f);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_true(WIFSIGNALED(end_of(child)));
    assert_int_equal(count_of(f->dir, ".new-"), 1);
    use(f);
    assert_int_equal(count_of(f->dir, ".new-"), 0);
  }
}

static void a_store_that_is_being_made_stays(void **state) {
  struct fixture *f = *state;
  const pid_t child = filler(f);
  use(f);
  use(f);
  assert_int_equal(count_of(f->dir, ".new-"), 1);
  assert_int_equal(write(f->go[1], "", 1), 1);
  assert_int_equal(end_of(child), 0); /* another one was faster: no error */
  assert_int_equal(count_of(f->dir, ".new-"), 0);
  use(f);
}

static void reading_clears_nothing(void **state) {
  struct fixture *f = *state;
  struct ps_seen_options reading = {.size = sizeof(struct ps_seen_options), .read_only = true};
  struct ps_seen *seen;
  char path[PATH_BYTES];
  use(f);
  test_path(f->dir, ".new-AbC123", path);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_ok(ps_seen_open(f->dir, &reading, &seen, err));
  ps_seen_close(seen);
  assert_int_equal(count_of(f->dir, ".new-"), 1);
  use(f);
  assert_int_equal(count_of(f->dir, ".new-"), 0);
}

/* Only names that we give, of the kind that they are. */
static void other_files_stay(void **state) {
  struct fixture *f = *state;
  static const char *const names[] = {".new-1234567",  ".new-12345",   ".new-12-456",
                                      ".newer-123456", ".copy-123_56", "invalid.ndjson",
                                      ".copy-backup"};
  char path[PATH_BYTES], target[PATH_BYTES];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    test_path(f->dir, names[i], path);
    test_file_write(path, "x", 1);
    assert_int_equal(chmod(path, 0644), 0);
  }
  test_path(f->top, "target", target);
  test_file_write(target, "x", 1);
  test_path(f->dir, ".copy-linked", path);
  assert_int_equal(symlink(target, path), 0);
  test_path(f->dir, ".new-filled", path);
  assert_int_equal(mkdir(path, 0700), 0);
  test_path(f->dir, ".new-filled/mine", path);
  test_file_write(path, "x", 1);
  test_path(f->dir, ".new-backup", path);
  assert_int_equal(mkdir(path, 0755), 0);
  assert_int_equal(chmod(path, 0755), 0);
  use(f);
  assert_int_equal(count_of(f->dir, ".new"), 6);
  assert_int_equal(count_of(f->dir, ".copy"), 3);
  assert_int_equal(count_of(f->dir, "invalid"), 1);
  assert_int_equal(access(target, F_OK), 0);
}

static void left_overs_of_copies_are_cleared(void **state) {
  struct fixture *f = *state;
  struct ps_seen *seen;
  char copy[PATH_BYTES], path[PATH_BYTES];
  use(f);
  test_path(f->top, "copy", copy);
  assert_int_equal(mkdir(copy, 0700), 0);
  test_path(copy, ".copy-aaaaaa", path);
  test_file_write(path, "left over", 9);
  assert_int_equal(chmod(path, 0600), 0);
  test_path(copy, LEFTOVERS_COPY, path);
  const int fd = leftovers_make_file(path); /* by another program, as its descriptor is */
  assert_true(fd >= 0);
  assert_ok(ps_seen_open(f->dir, &options, &seen, err));
  assert_ok(ps_seen_copy(seen, copy, err));
  ps_seen_close(seen);
  assert_int_equal(count_of(copy, ".copy-"), 1);
  assert_int_equal(access(path, F_OK), 0);
  assert_int_equal(close(fd), 0);
  assert_ok(ps_seen_open(copy, &options, &seen, err));
  ps_seen_close(seen);
  assert_int_equal(count_of(copy, ".copy-"), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_store_whose_maker_was_killed_is_made_anew), TEST(a_store_that_is_being_made_stays),
      TEST(reading_clears_nothing), TEST(other_files_stay), TEST(left_overs_of_copies_are_cleared)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
