/* A store on a volume that is mounted for reading only: no reader can be noted in its lock.mdb. */
#include "support.h"

#include "seen/store.h"
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <unistd.h>

struct fixture {
  char dir[PATH_BYTES], mount[PATH_BYTES];
  struct ps_seen *writer, *reader;
};

/* The directory a second time, for reading; false: not allowed here. */
static bool mount_for_reading(const struct fixture *f) {
  if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS)) return false;
  return !mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) &&
         !mount(f->dir, f->mount, "", MS_BIND, NULL) &&
         !mount("none", f->mount, "", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static int setup(void **state) {
  const struct ps_seen_options creating = {.size = sizeof(struct ps_seen_options), .create = true};
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  test_dir_make(f->dir);
  test_dir_make(f->mount);
  assert_ok(ps_seen_open(f->dir, &creating, &f->writer, err));
  assert_int_equal(test_mark(f->writer, 0, 20, 5), 20);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  ps_seen_close(f->reader);
  ps_seen_close(f->writer);
  (void)umount(f->mount);
  test_dir_remove(f->dir);
  test_dir_remove(f->mount);
  free(f);
  return 0;
}

/* Gives the reader's turn away, as if its locks did not reach who writes. */
static void turn_lose(const struct ps_seen *reader) {
  int fd;
  mdb_env_get_fd(reader->env.lmdb, &fd);
  turn_give(fd);
}

/* A writer waits for the view's end. Where it does not, the view's pages may be overwritten from
 * the second commit after it on. */
static void a_reader_beside_a_writer_reads_whole_commits(void **state) {
  struct fixture *f = *state;
  const struct ps_seen_options reading = {.size = sizeof(struct ps_seen_options),
                                          .read_only = true};
  struct ps_seen_check_result result;
  struct ps_seen_info info;
  uint8_t byte;
  size_t len;
  if (!mount_for_reading(f)) skip();
  assert_ok(ps_seen_open(f->mount, &reading, &f->reader, err));
  assert_int_equal(test_count(f->reader, 0, 30), 20);
  assert_ok(ps_seen_view_begin(f->reader, err));
  const int stop = eventfd(1, EFD_CLOEXEC);
  ps_seen_stop_by(f->writer, stop);
  assert_refused(ps_seen_begin(f->writer, err), PS_E_STOPPED, "stopped while");
  ps_seen_stop_by(f->writer, -1);
  assert_int_equal(close(stop), 0);
  turn_lose(f->reader);
  assert_int_equal(test_mark(f->writer, 20, 1, 5), 1);
  assert_ok(ps_seen_info(f->reader, &info, err));
  assert_int_equal(info.keys, 20);
  ps_seen_info_release(&info);
  assert_int_equal(test_mark(f->writer, 21, 1, 5), 1);
  assert_refused(ps_seen_info(f->reader, &info, err), PS_E_STORE, "can only be read here");
  assert_refused(ps_seen_get_value(f->reader, "x", &byte, 1, &len, err), PS_E_STORE, f->mount);
  ps_seen_view_end(f->reader);
  assert_int_equal(test_count(f->reader, 0, 30), 22); /* the next view is as good as the first */
  assert_ok(ps_seen_check(f->reader, NULL, NULL, &result, err));
  assert_int_equal(result.broken, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_reader_beside_a_writer_reads_whole_commits, setup,
                                      teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
