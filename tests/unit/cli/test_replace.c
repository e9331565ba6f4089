#include "cli/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

struct place {
  char dir[128], file[160], link[160];
};

static int make_place(void **state) {
  struct place *p = calloc(1, sizeof *p);
  const char *top = getenv("TMPDIR");
  if (!p) return -1;
  (void)snprintf(p->dir, sizeof p->dir, "%s/pingsieve-test-XXXXXX",
                 top && strlen(top) < 80 ? top : "/tmp");
  if (!mkdtemp(p->dir)) return -1;
  (void)snprintf(p->file, sizeof p->file, "%s/figures", p->dir);
  (void)snprintf(p->link, sizeof p->link, "%s/link", p->dir);
  *state = p;
  return 0;
}

static int remove_place(void **state) {
  struct place *p = *state;
  (void)unlink(p->file);
  (void)unlink(p->link);
  int r = rmdir(p->dir); /* fails if a temporary file was left */
  free(p);
  return r;
}

static void holds(const char *path, const char *wanted) {
  char text[64] = "";
  int fd = open(path, O_RDONLY);
  assert_true(fd >= 0);
  assert_int_equal(read(fd, text, sizeof text - 1), strlen(wanted));
  assert_string_equal(text, wanted);
  assert_int_equal(close(fd), 0);
}

static void replaces_and_keeps_the_mode(void **state) {
  const struct place *p = *state;
  struct stat st;
  assert_int_equal(replace_file(p->file, "one", 3, REPLACE_WAIT, NULL), PS_OK);
  holds(p->file, "one");
  assert_int_equal(chmod(p->file, 0640), 0);
  assert_int_equal(replace_file(p->file, "other", 5, REPLACE_WAIT, NULL), PS_OK);
  holds(p->file, "other");
  assert_int_equal(stat(p->file, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0640);
}

static void follows_links(void **state) {
  const struct place *p = *state;
  struct stat st;
  assert_int_equal(replace_file(p->file, "one", 3, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(symlink("figures", p->link), 0);
  assert_int_equal(replace_file(p->link, "two", 3, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(lstat(p->link, &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  holds(p->file, "two");
}

static void leaves_devices_in_place(void **state) {
  (void)state;
  struct stat st;
  assert_int_equal(replace_file("/dev/null", "x", 1, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(stat("/dev/null", &st), 0);
  assert_true(S_ISCHR(st.st_mode));
  struct ps_error err = {0};
  assert_int_equal(replace_file("/dev/full", "x", 1, REPLACE_WAIT, &err), PS_E_OUTPUT);
  assert_string_equal(err.text, "/dev/full cannot be written: No space left on device");
}

static void says_what_cannot_be(void **state) {
  const struct place *p = *state;
  struct ps_error err = {0};
  char path[200];
  assert_int_equal(replace_check(p->file, &err), PS_OK);
  assert_int_equal(replace_check(p->dir, &err), PS_E_OUTPUT);
  (void)snprintf(path, sizeof path, "%s/absent/file", p->dir);
  assert_int_equal(replace_check(path, &err), PS_E_OUTPUT);
  assert_int_equal(replace_file(path, "x", 1, REPLACE_WAIT, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, path));
}

static void an_abandoned_one_leaves_nothing(void **state) {
  const struct place *p = *state;
  struct replacement replacement;
  assert_int_equal(replace_file(p->file, "old", 3, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(replace_begin(&replacement, p->file, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(replace_write(&replacement, "new", 3, NULL), PS_OK);
  holds(p->file, "old");
  replace_abandon(&replacement);
  replace_abandon(&replacement);
  holds(p->file, "old");
  assert_int_equal(replace_begin(&replacement, p->file, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(replace_write(&replacement, "ne", 2, NULL), PS_OK);
  assert_int_equal(replace_write(&replacement, "w", 1, NULL), PS_OK);
  assert_int_equal(replace_commit(&replacement, NULL), PS_OK);
  holds(p->file, "new");
}

/* ---- left-overs of runs that ended, and files of others ---- */

static void make(const struct place *p, const char *name) {
  char path[256];
  (void)snprintf(path, sizeof path, "%s/%s", p->dir, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  assert_true(fd >= 0);
  assert_int_equal(close(fd), 0);
}

static bool is_there(const struct place *p, const char *name) {
  char path[256];
  struct stat st;
  (void)snprintf(path, sizeof path, "%s/%s", p->dir, name);
  return lstat(path, &st) == 0;
}

static void take_away(const struct place *p, const char *name) {
  char path[256];
  (void)snprintf(path, sizeof path, "%s/%s", p->dir, name);
  assert_int_equal(unlink(path), 0);
}

#define LEFT_OVER ".pingsieve-0123456789abcdef.tmp"

static void left_overs_are_cleared(void **state) {
  const struct place *p = *state;
  static const char *const others[] = {".pingsieve-0123456789abcde.tmp", ".pingsieve-.tmp",
                                       ".pingsieve-0123456789abcdeg.tmp", "pingsieve.tmp",
                                       ".pingsieve-0123456789abcdef.tmpx"};
  enum { OTHERS = sizeof others / sizeof *others };
  for (int i = 0; i < OTHERS; i++) make(p, others[i]);
  make(p, LEFT_OVER);
  assert_int_equal(replace_check(p->file, NULL), PS_OK);
  assert_false(is_there(p, LEFT_OVER));
  for (int i = 0; i < OTHERS; i++) assert_true(is_there(p, others[i]));
  for (int i = 0; i < OTHERS; i++) take_away(p, others[i]);
}

/* No regular file, no left-over: it is not opened for long, and stays. */
static void only_regular_files_are_left_overs(void **state) {
  const struct place *p = *state;
  char path[256];
  (void)snprintf(path, sizeof path, "%s/" LEFT_OVER, p->dir);
  assert_int_equal(mkfifo(path, 0600), 0);
  const int reader = open(path, O_RDONLY | O_NONBLOCK);
  replace_clear(p->dir);
  assert_true(is_there(p, LEFT_OVER));
  assert_int_equal(close(reader), 0);
  take_away(p, LEFT_OVER);
  assert_int_equal(symlink("/dev/null", path), 0);
  replace_clear(p->dir);
  assert_true(is_there(p, LEFT_OVER));
  take_away(p, LEFT_OVER);
}

/* Another run in the same directory keeps its file until that has its name. */
static void the_file_of_a_live_run_stays(void **state) {
  const struct place *p = *state;
  struct replacement replacement;
  assert_int_equal(replace_begin(&replacement, p->file, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(replace_write(&replacement, "new", 3, NULL), PS_OK);
  replace_clear(p->dir);
  assert_int_equal(access(replacement.temporary, F_OK), 0);
  assert_int_equal(replace_commit(&replacement, NULL), PS_OK);
  holds(p->file, "new");
}

/* ---- failing ---- */

static void a_write_that_fails_leaves_the_old_one(void **state) {
  const struct place *p = *state;
  struct rlimit old, limit;
  struct ps_error err = {0};
  static const char data[100];
  assert_int_equal(replace_file(p->file, "old", 3, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  limit = old;
  limit.rlim_cur = 10;
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const int r = replace_file(p->file, data, sizeof data, REPLACE_WAIT, &err);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_int_equal(r, PS_E_OUTPUT);
  assert_int_equal(err.os_error, EFBIG);
  holds(p->file, "old"); /* and nothing beside it: see remove_place() */
}

static void a_name_that_cannot_be_given_leaves_nothing(void **state) {
  const struct place *p = *state;
  struct replacement replacement;
  struct ps_error err = {0};
  assert_int_equal(replace_begin(&replacement, p->file, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(mkdir(p->file, 0700), 0);
  assert_int_equal(replace_commit(&replacement, &err), PS_E_OUTPUT);
  assert_int_equal(err.os_error, EISDIR);
  assert_int_equal(rmdir(p->file), 0);
}

static void all_of_the_mode_is_kept(void **state) {
  const struct place *p = *state;
  struct stat st;
  assert_int_equal(replace_file(p->file, "one", 3, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(chmod(p->file, 01604), 0);
  assert_int_equal(replace_file(p->file, "two", 3, REPLACE_WAIT, NULL), PS_OK);
  assert_int_equal(stat(p->file, &st), 0);
  assert_int_equal(st.st_mode & 07777, 01604);
}

/* ---- pipes ---- */

/* Figures that nobody reads must not hold up a filter. */
static void a_pipe_that_nobody_reads_is_not_waited_for(void **state) {
  const struct place *p = *state;
  struct ps_error err = {0};
  static const char data[1 << 17]; /* more than a pipe holds */
  assert_int_equal(mkfifo(p->file, 0600), 0);
  assert_int_equal(replace_file(p->file, "x", 1, REPLACE_FAIL, &err), PS_E_OUTPUT);
  assert_non_null(strstr(err.text, "the pipe has no reader"));
  const int reader = open(p->file, O_RDONLY | O_NONBLOCK);
  assert_int_equal(replace_file(p->file, data, sizeof data, REPLACE_FAIL, &err), PS_E_OUTPUT);
  assert_int_equal(err.os_error, EAGAIN);
  assert_int_equal(close(reader), 0);
}

/* The signals that a command takes by itself end it while it waits, though it has blocked them. */
static void a_wait_for_a_reader_ends_by_signals(void **state) {
  const struct place *p = *state;
  static const int numbers[] = {SIGINT, SIGTERM};
  assert_int_equal(mkfifo(p->file, 0600), 0);
  for (int i = 0; i < 2; i++) {
    sigset_t set;
    int status;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
      (void)sigemptyset(&set);
      (void)sigaddset(&set, SIGINT);
      (void)sigaddset(&set, SIGTERM);
      (void)sigprocmask(SIG_BLOCK, &set, NULL);
      (void)raise(numbers[i]);
      (void)alarm(60);
      (void)replace_file(p->file, "x", 1, REPLACE_WAIT, NULL);
      _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), numbers[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(replaces_and_keeps_the_mode, make_place, remove_place),
      cmocka_unit_test_setup_teardown(follows_links, make_place, remove_place),
      cmocka_unit_test(leaves_devices_in_place),
      cmocka_unit_test_setup_teardown(says_what_cannot_be, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_abandoned_one_leaves_nothing, make_place, remove_place),
      cmocka_unit_test_setup_teardown(left_overs_are_cleared, make_place, remove_place),
      cmocka_unit_test_setup_teardown(only_regular_files_are_left_overs, make_place, remove_place),
      cmocka_unit_test_setup_teardown(the_file_of_a_live_run_stays, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_write_that_fails_leaves_the_old_one, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(a_name_that_cannot_be_given_leaves_nothing, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(all_of_the_mode_is_kept, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_pipe_that_nobody_reads_is_not_waited_for, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(a_wait_for_a_reader_ends_by_signals, make_place,
                                      remove_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
