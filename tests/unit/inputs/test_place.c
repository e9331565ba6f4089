/* Where paths really are, and how what is too long to be told in a sentence is told. */
#include "../place.h"

#include "inputs/examples.h"
#include "inputs/place.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failing; /* with which error; 0: none */

char *__real_realpath(const char *path, char *real);
char *__wrap_realpath(const char *path, char *real);

char *__wrap_realpath(const char *path, char *real) {
  if (!failing) return __real_realpath(path, real);
  errno = failing;
  return NULL;
}

static void expect_real(const struct place *place, const char *path, const char *expected) {
  char real[INPUT_PATH], whole[2 * INPUT_PATH];
  assert_ok(place_real(path, real, PS_E_OUTPUT, err));
  (void)snprintf(whole, sizeof whole, "%s%s%s", *expected == '/' ? "" : place->dir,
                 *expected && *expected != '/' ? "/" : "", expected);
  assert_string_equal(real, whole);
}

static void finds_what_is_not_there_yet(void **state) {
  const struct place *place = *state;
  place_directory("a/b");
  assert_int_equal(symlink("a/b", "link"), 0);
  static const char *const rows[][2] = {{".", ""},
                                        {"a", "a"},
                                        {"a/", "a"},
                                        {"none", "none"},
                                        {"none//deep/./er/", "none/deep/er"},
                                        {"none/../other", "other"},
                                        {"link/new", "a/b/new"},
                                        {"link/../up", "a/up"},
                                        {"/", "/"},
                                        {"//none-here", "/none-here"},
                                        {"/none-here/../../..", "/"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect_real(place, rows[i][0], rows[i][1]);
}

static void refuses_what_cannot_be_a_place(void **state) {
  (void)state;
  char real[INPUT_PATH], path[INPUT_PATH + 1];
  assert_refused(place_real("", real, PS_E_OUTPUT, err), PS_E_ARGUMENT,
                 "is empty or has more than 4095 bytes");
  memset(path, 'x', sizeof path);
  path[INPUT_PATH] = '\0';
  assert_refused(place_real(path, real, PS_E_OUTPUT, err), PS_E_ARGUMENT,
                 "or has more than 4095 bytes: xxx");
  /* As written it has room, but not below this directory. */
  for (size_t i = 0; i < INPUT_PATH - 2; i++) path[i] = i % 2 ? '/' : 'x';
  path[INPUT_PATH - 3] = '\0';
  assert_refused(place_real(path, real, PS_E_OUTPUT, err), PS_E_ARGUMENT,
                 "has more than 4095 bytes");
  place_text("file", "");
  assert_refused(place_real("file/below", real, PS_E_OUTPUT, err), PS_E_ARGUMENT,
                 "cannot find file/below");
}

/* Nothing is known about the path then. */
static void an_error_of_the_system_is_none_of_the_path(void **state) {
  (void)state;
  static const int passing[] = {EIO, ESTALE, ENOMEM};
  char real[INPUT_PATH];
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
    failing = passing[i];
    assert_refused(place_real("there", real, PS_E_STORE, err), PS_E_STORE, strerror(passing[i]));
    assert_refused(place_real("there", real, PS_E_OUTPUT, err), PS_E_OUTPUT, "cannot find there");
  }
  failing = EACCES;
  assert_refused(place_real("there", real, PS_E_STORE, err), PS_E_ARGUMENT, "cannot find there");
  failing = 0;
}

static void tells_what_lies_inside(void **state) {
  (void)state;
  assert_true(place_is_inside("/a/b", "/a"));
  assert_true(place_is_inside("/a", "/a"));
  assert_true(place_is_inside("/a", "/"));
  assert_true(place_is_inside("/", "/"));
  assert_false(place_is_inside("/ab", "/a"));
  assert_false(place_is_inside("/", "/a"));
}

static void keeps_the_directory_of_neighbours(void **state) {
  const struct place *place = *state;
  struct place_cache cache = {.known = false};
  char absolute[INPUT_PATH], whole[2 * INPUT_PATH], path[2 * INPUT_PATH];
  place_directory("a/b");
  place_directory("a/c");
  static const char *const files[] = {"a/b/one", "a/b/two", "a/c/one", "a/three", "four"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    assert_ok(place_absolute(&cache, files[i], absolute, err));
    (void)snprintf(whole, sizeof whole, "%s/%s", place->dir, files[i]);
    assert_string_equal(absolute, whole);
  }
  assert_ok(place_absolute(&cache, "/five", absolute, err));
  assert_string_equal(absolute, "/five");
  assert_refused(place_absolute(&cache, "none/x", absolute, err), PS_E_INPUT,
                 "cannot find the directory of none/x");
  assert_false(cache.known);
  memset(path, '/', INPUT_PATH + 1);
  memcpy(path + INPUT_PATH + 1, "x", 2);
  assert_refused(place_absolute(&cache, path, absolute, err), PS_E_INPUT, "more than 4095 bytes");
  memset(path, 'x', INPUT_PATH - 1);
  path[INPUT_PATH - 1] = '\0';
  assert_refused(place_absolute(&cache, path, absolute, err), PS_E_INPUT,
                 "the absolute path of xxx");
}

static void examples_are_the_first_three(void **state) {
  (void)state;
  struct examples examples = {.n = 0};
  char text[EXAMPLES_TEXT], path[SHORT_BYTES + 8], shortened[SHORT_BYTES];
  examples_add(&examples, "a", " and ", "b");
  assert_string_equal(examples_text(&examples, text), "a and b");
  examples_add(&examples, "c", "", NULL);
  examples_add(&examples, "d", "", NULL);
  assert_string_equal(examples_text(&examples, text), "a and b, c, d");
  for (unsigned i = 0; i < 1000; i++) examples_add(&examples, "e", "", NULL);
  assert_string_equal(examples_text(&examples, text), "a and b, c, d and 1,000 more");
  /* 59 bytes are told whole, of 60 the middle is left out. */
  (void)snprintf(path, sizeof path, "landfill/0123456789/0123456789/0123456789/0123456789/end12");
  assert_int_equal(strlen(path), SHORT_BYTES - 2);
  assert_string_equal(short_path(path, shortened), path);
  (void)snprintf(path, sizeof path,
                 "landfill/0123456789/0123456789/0123456789/0123456789/end12345");
  assert_string_equal(short_path(path, shortened),
                      "landfill/0123456...123456789/0123456789/0123456789/end12345");
}

int main(void) {
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
  const struct CMUnitTest tests[] = {
      IN_A_PLACE(finds_what_is_not_there_yet),
      IN_A_PLACE(refuses_what_cannot_be_a_place),
      IN_A_PLACE(an_error_of_the_system_is_none_of_the_path),
      cmocka_unit_test(tells_what_lies_inside),
      IN_A_PLACE(keeps_the_directory_of_neighbours),
      cmocka_unit_test(examples_are_the_first_three),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
