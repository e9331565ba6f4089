#include "inputs/walk.h"

#include "../io/support.h"
#include "base/error.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The visits of a walk, a line each: "name" of a file, "name: problem" else, sorted. The path of
 * the place is written as "@". */
struct visits {
  const char *place;
  size_t n;
  char *lines[600];
  int result; /* of the visit number `at` */
  size_t at;
};

static char *without_place(const struct visits *v, const char *text) {
  const char *at = strstr(text, v->place);
  char *line;
  if (!at) return strdup(text);
  assert_true(asprintf(&line, "%.*s@%s", (int)(at - text), text, at + strlen(v->place)) >= 0);
  return line;
}

static int visit(void *context, const struct walk_entry *entry, struct ps_error *err) {
  struct visits *v = context;
  assert_true(v->n < sizeof v->lines / sizeof v->lines[0]);
  if (v->result && v->n == v->at) return error_set(err, v->result, "enough");
  char *problem = entry->problem ? without_place(v, entry->problem) : NULL;
  assert_true(asprintf(&v->lines[v->n], "%s%s%s", entry->name, problem ? ": " : "",
                       problem ? problem : "") >= 0);
  free(problem);
  v->n++;
  struct stat st;
  assert_int_equal(!entry->problem, entry->stat != NULL);
  if (entry->stat) {
    assert_int_equal(stat(entry->path, &st), 0);
    assert_int_equal(st.st_ino, entry->stat->st_ino);
    assert_int_equal(st.st_size, entry->stat->st_size);
  }
  return PS_OK;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void release(struct visits *v) {
  for (size_t i = 0; i < v->n; i++) free(v->lines[i]);
}

/* A walk from inside the place. */
static void walk_is(const char *place, const char *path, enum walk_naming naming, bool follow,
                    const char *want) {
  struct visits v = {.place = place};
  char all[4096] = "";
  assert_int_equal(walk(path, naming, follow, -1, visit, &v, NULL), PS_OK);
  qsort(v.lines, v.n, sizeof v.lines[0], by_text);
  for (size_t i = 0, at = 0; i < v.n; i++)
    at += (size_t)snprintf(all + at, sizeof all - at, "%s\n", v.lines[i]);
  assert_string_equal(all, want);
  release(&v);
}

static void make_file(const char *name) {
  int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0600);
  assert_int_equal(write(fd, name, strlen(name)), strlen(name));
  assert_int_equal(close(fd), 0);
}

static int home;

/* A directory, entered. */
static char *place_make(void) {
  char *place = temp_make();
  home = open(".", O_RDONLY | O_DIRECTORY);
  assert_int_equal(chdir(place), 0);
  return place;
}

static void place_remove(char *place) {
  assert_int_equal(fchdir(home), 0);
  assert_int_equal(close(home), 0);
  temp_remove(place);
}

/* --- Names --- */

static void names_of_operands(void **state) {
  (void)state;
  char *place = place_make(), *absolute = temp_path(place, "x/2017//");
  assert_int_equal(mkdir("x", 0700) | mkdir("x/2017", 0700) | mkdir("x/2017/03", 0700), 0);
  make_file("x/2017/03/a");
  make_file("x/b");
  static const struct {
    const char *path, *operand, *list; /* NULL: an error */
  } names[] = {
      {"x", "x/2017/03/a\nx/b\n", "x/2017/03/a\nx/b\n"},
      {"x/", "x/2017/03/a\nx/b\n", "x/2017/03/a\nx/b\n"},
      {"./x//", "x/2017/03/a\nx/b\n", "x/2017/03/a\nx/b\n"},
      {"x/2017", "2017/03/a\n", "x/2017/03/a\n"},
      {"x//2017///", "2017/03/a\n", "x/2017/03/a\n"},
      {"x/2017/03/a", "a\n", "x/2017/03/a\n"},
      {".//x/b", "b\n", "x/b\n"},
      {".", "x/2017/03/a\nx/b\n", "x/2017/03/a\nx/b\n"},
      {"./", "x/2017/03/a\nx/b\n", "x/2017/03/a\nx/b\n"},
      {"x/.", "2017/03/a\nb\n", "x/2017/03/a\nx/b\n"},
      {"x/2017/..", "2017/03/a\nb\n", NULL},
      {"x/2017/../b", "b\n", NULL},
      {"x/2017/../2017/", "2017/03/a\n", NULL},
      {"x/./2017", "2017/03/a\n", "2017/03/a\n"},
      {"x/.//2017/03/a", "2017/03/a\n", "2017/03/a\n"},
      {"./x/./2017/./03", "03/a\n", "03/a\n"},
      {"x/2017/../././2017/03", "2017/03/a\n", "2017/03/a\n"},
      {"x/./2017/../b", NULL, NULL},
      {"x/./", "2017/03/a\nb\n", "2017/03/a\nb\n"},
      {"x/./2017/.", "2017/03/a\n", "2017/03/a\n"},
  };
  struct visits v = {.place = place};
  struct ps_error err;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (names[i].operand) walk_is(place, names[i].path, WALK_OPERAND, false, names[i].operand);
    else
      assert_int_equal(walk(names[i].path, WALK_OPERAND, false, -1, visit, &v, &err),
                       PS_E_ARGUMENT);
    if (names[i].list) walk_is(place, names[i].path, WALK_LIST, false, names[i].list);
    else
      assert_int_equal(walk(names[i].path, WALK_LIST, false, -1, visit, &v, &err), PS_E_ARGUMENT);
  }
  assert_non_null(strstr(err.text, "\"..\""));
  assert_int_equal(v.n, 0);
  walk_is(place, absolute, WALK_OPERAND, false, "2017/03/a\n");
  free(absolute);
  place_remove(place);
}

static void names_of_absolute_lines(void **state) {
  (void)state;
  char *place = place_make(), *path = temp_path(place, "a"), *want;
  make_file("a");
  assert_true(asprintf(&want, "%s\n", path + 1) >= 0);
  walk_is("?", path, WALK_LIST, false, want);
  free(path);
  free(want);
  place_remove(place);
}

static void names_are_bytes(void **state) {
  (void)state;
  char *place = place_make();
  assert_int_equal(mkdir(" \n", 0700), 0);
  make_file(" \n/\xff\xfe\x01");
  make_file("...");
  make_file("-");
  walk_is(place, ".", WALK_OPERAND, false, " \n/\xff\xfe\x01\n-\n...\n");
  walk_is(place, " \n", WALK_OPERAND, false, " \n/\xff\xfe\x01\n");
  walk_is(place, "-", WALK_OPERAND, false, "-\n");
  place_remove(place);
}

/* --- Names that are not walked --- */

static void what_is_not_there(void **state) {
  (void)state;
  char *place = place_make();
  make_file("file");
  assert_int_equal(symlink("nowhere", "broken"), 0);
  walk_is(place, "absent", WALK_OPERAND, false,
          "absent: cannot read absent: No such file or directory\n");
  walk_is(place, "a/b", WALK_LIST, false, "a/b: cannot read a/b: No such file or directory\n");
  walk_is(place, "file/", WALK_OPERAND, false, "file: cannot read file/: Not a directory\n");
  walk_is(place, "", WALK_OPERAND, false, ": cannot read : No such file or directory\n");
  walk_is(place, "broken", WALK_OPERAND, false,
          "broken: broken is a symbolic link to something that is not there\n");
  place_remove(place);
}

static void links_are_followed_once(void **state) {
  (void)state;
  char *place = place_make();
  assert_int_equal(mkdir("d", 0700) | mkdir("e", 0700), 0);
  make_file("e/a");
  assert_int_equal(symlink("../e", "d/directory") | symlink("../e/a", "d/file"), 0);
  assert_int_equal(symlink("..", "d/loop") | symlink("nowhere", "d/broken"), 0);
  assert_int_equal(symlink("d", "link") | symlink("self", "d/self"), 0);
#define NOT_FOLLOWED " is a symbolic link, and links are not followed here\n"
  walk_is(place, "d", WALK_OPERAND, false,
          "d/broken: d/broken" NOT_FOLLOWED "d/directory: d/directory" NOT_FOLLOWED
          "d/file: d/file" NOT_FOLLOWED "d/loop: d/loop" NOT_FOLLOWED
          "d/self: d/self" NOT_FOLLOWED);
  walk_is(place, "link/loop/e", WALK_OPERAND, false, "e/a\n");
  walk_is(place, "d/directory", WALK_OPERAND, false, "directory/a\n");
  walk_is(place, "d/file", WALK_OPERAND, false, "file\n");
  walk_is(place, "d", WALK_OPERAND, true,
          "d/broken: d/broken is a symbolic link to something that is not there\n"
          "d/directory/a\nd/file\n"
          "d/loop/d: d/loop/d leads back to a directory that it lies in: it is not read again\n"
          "d/loop/e/a\n"
          "d/loop/link: d/loop/link leads back to a directory that it lies in: it is not read "
          "again\n"
          "d/self: cannot read d/self: Too many levels of symbolic links\n");
  place_remove(place);
}

static void special_files_are_told(void **state) {
  (void)state;
  char *place = place_make();
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "d/socket"};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(mkdir("d", 0700) | mkfifo("d/pipe", 0600), 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(close(fd), 0);
  walk_is(place, "d", WALK_OPERAND, false,
          "d/pipe: d/pipe is a pipe: name it directly to have it read\n"
          "d/socket: d/socket is a socket\n");
  walk_is(place, "d/pipe", WALK_OPERAND, false, "pipe\n");
  walk_is(place, "d/socket", WALK_OPERAND, false, "socket: d/socket is a socket\n");
  walk_is(place, "/dev/null", WALK_OPERAND, false, "null\n");
  place_remove(place);
}

static void parts_are_passed_over(void **state) {
  (void)state;
  char *place = place_make();
  make_file("a");
  make_file(".pingsieve-0123456789abcdef.part");
  make_file(".pingsieve.part");
  walk_is(place, ".", WALK_OPERAND, false, ".pingsieve.part\na\n");
  walk_is(place, ".pingsieve-0123456789abcdef.part", WALK_OPERAND, false,
          ".pingsieve-0123456789abcdef.part\n");
  place_remove(place);
}

static void unreadable_directories_are_told(void **state) {
  (void)state;
  char *place = place_make();
  assert_int_equal(mkdir("d", 0755) | mkdir("d/closed", 0), 0);
  make_file("d/a");
  assert_int_equal(chmod(place, 0755) | chmod("d/a", 0644), 0);
  bool root = geteuid() == 0; /* may read all */
  if (root) assert_int_equal(seteuid(65534), 0);
  walk_is(place, "d", WALK_OPERAND, false,
          "d/a\nd/closed: cannot read d/closed: Permission denied\n");
  if (root) assert_int_equal(seteuid(0), 0);
  place_remove(place);
}

static void deep_directories_are_walked(void **state) {
  (void)state;
  char *place = place_make(), path[2 * WALK_DEPTH + 4];
  size_t len = 0;
  for (unsigned i = 0; i <= WALK_DEPTH; i++) {
    len += (size_t)snprintf(path + len, sizeof path - len, "%sd", i ? "/" : "");
    assert_int_equal(mkdir(path, 0700), 0);
  }
  struct visits v = {.place = place};
  assert_int_equal(walk("d", WALK_OPERAND, false, -1, visit, &v, NULL), PS_OK);
  assert_int_equal(v.n, 1);
  assert_non_null(strstr(v.lines[0], "lies too deep"));
  release(&v);
  assert_int_equal(chdir(path), 0);
  make_file("a");
  assert_int_equal(chdir(place), 0);
  v = (struct visits){.place = place};
  assert_int_equal(walk("d/d", WALK_OPERAND, false, -1, visit, &v, NULL), PS_OK);
  assert_int_equal(v.n, 1);
  assert_int_equal(strlen(v.lines[0]), 2 * WALK_DEPTH + 1);
  release(&v);
  place_remove(place);
}

/* --- Ending early --- */

static void many_files_until_it_is_enough(void **state) {
  (void)state;
  char *place = place_make(), name[32];
  for (unsigned i = 0; i < 10; i++) {
    (void)snprintf(name, sizeof name, "%u", i);
    assert_int_equal(mkdir(name, 0700), 0);
    for (unsigned j = 0; j < 50; j++) {
      (void)snprintf(name, sizeof name, "%u/%u", i, j);
      make_file(name);
    }
  }
  struct visits v = {.place = place};
  assert_int_equal(walk(".", WALK_LIST, false, -1, visit, &v, NULL), PS_OK);
  assert_int_equal(v.n, 500);
  release(&v);
  struct ps_error err;
  v = (struct visits){.place = place, .result = PS_E_INPUT, .at = 77};
  assert_int_equal(walk(".", WALK_LIST, false, -1, visit, &v, &err), PS_E_INPUT);
  assert_string_equal(err.text, "enough");
  assert_int_equal(v.n, 77);
  release(&v);
  place_remove(place);
}

static void a_stop_ends_the_walk(void **state) {
  (void)state;
  char *place = place_make();
  int fds[2];
  struct visits v = {.place = place};
  struct ps_error err;
  make_file("a");
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(walk(".", WALK_OPERAND, false, fds[0], visit, &v, NULL), PS_OK);
  assert_int_equal(v.n, 1);
  assert_int_equal(write(fds[1], "!", 1), 1);
  assert_int_equal(walk(".", WALK_OPERAND, false, fds[0], visit, &v, &err), PS_E_STOPPED);
  assert_int_equal(v.n, 1);
  release(&v);
  assert_int_equal(close(fds[0]) | close(fds[1]), 0);
  place_remove(place);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_of_operands),
      cmocka_unit_test(names_of_absolute_lines),
      cmocka_unit_test(names_are_bytes),
      cmocka_unit_test(what_is_not_there),
      cmocka_unit_test(links_are_followed_once),
      cmocka_unit_test(special_files_are_told),
      cmocka_unit_test(parts_are_passed_over),
      cmocka_unit_test(unreadable_directories_are_told),
      cmocka_unit_test(deep_directories_are_walked),
      cmocka_unit_test(many_files_until_it_is_enough),
      cmocka_unit_test(a_stop_ends_the_walk),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
