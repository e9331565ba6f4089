#include "cli/replace.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
  int result = rmdir(p->dir); /* fails if a temporary file was left */
  free(p);
  return result;
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(replaces_and_keeps_the_mode, make_place, remove_place),
      cmocka_unit_test_setup_teardown(follows_links, make_place, remove_place),
      cmocka_unit_test(leaves_devices_in_place),
      cmocka_unit_test_setup_teardown(says_what_cannot_be, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_abandoned_one_leaves_nothing, make_place, remove_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
