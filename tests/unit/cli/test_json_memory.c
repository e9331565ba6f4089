/* jansson without memory: a value that is read or written is whole, or there is an error that tells
 * of memory. (Its lexer ends the program by an assertion when its buffer cannot grow for the quote
 * that ends a string, 2.14, lex_scan_string(): no text here has 14 bytes. And a number that
 * it reads clears errno, which alone tells: numbers come first here.) */
#include "cli/config.h"
#include "cli/json_text.h"
#include "report/report.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

/* jansson's allocations that are still to succeed; jansson keeps no context of its caller. */
static unsigned long left = ULONG_MAX;
static bool refused;

static void *allocate(size_t bytes) {
  if (left) {
    left--;
    return malloc(bytes);
  }
  left = ULONG_MAX; /* only one fails */
  refused = true;
  errno = ENOMEM;
  return NULL;
}

/* Whether an allocation failed. Afterwards none does. */
static bool fell_short(void) {
  const bool was_refused = refused;
  left = ULONG_MAX;
  refused = false;
  return was_refused;
}

static int setup(void **state) {
  (void)state;
  json_set_alloc_funcs(allocate, free);
  return 0;
}

static json_t *value_of_all_kinds(void) {
  json_t *value = json_pack("{s:s, s:[i, f, n, b], s:{s:s}, s:{}, s:[]}", "a name that is long",
                            "a text with \" and \n", "list", 1, 2.5, 1, "below", "name", "text",
                            "no members", "nothing");
  assert_non_null(value);
  return value;
}

static void a_text_is_whole_or_none(void **state) {
  (void)state;
  const size_t flags[] = {JSON_INDENT(2), JSON_COMPACT, JSON_INDENT(2) | JSON_SORT_KEYS};
  json_t *value = value_of_all_kinds();
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    char *whole = json_dumps(value, flags[i]);
    assert_non_null(whole);
    bool failed = true;
    for (unsigned long n = 0; failed; n++) {
      left = n;
      char *text = json_text_of(value, flags[i]);
      failed = fell_short();
      if (!failed || text) assert_string_equal(text, whole);
      free(text);
    }
    free(whole);
  }
  json_decref(value);
  assert_null(json_text_of(NULL, 0));
}

/* The file of this text; path: "/tmp/...XXXXXX". */
static void write_text(char *path, const char *text) {
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  assert_int_equal(close(fd), 0);
}

static void a_configuration_is_read_whole_or_not(void **state) {
  (void)state;
  char path[] = "/tmp/pingsieve-config-XXXXXX";
  write_text(path,
             "{\"keep\": 90, \"store\": \"a directory with a long name\", \"id\": [\"a\", \"b\"]}");
  bool failed = true;
  for (unsigned long n = 0; failed; n++) {
    struct config *config = NULL;
    struct ps_error err = {0};
    left = n;
    const int r = config_read(path, &config, &err);
    failed = fell_short();
    assert_int_equal(r, failed ? PS_E_MEMORY : PS_OK);
    config_free(config);
  }
  assert_int_equal(unlink(path), 0);
}

static void a_report_is_read_whole_or_not(void **state) {
  (void)state;
  char path[] = "/tmp/pingsieve-report-XXXXXX";
  write_text(path, "{\"format\": \"a format of others\", \"days\": [{\"day\": \"2017-03-12\"}]}");
  bool failed = true;
  for (unsigned long n = 0; failed; n++) {
    const struct report_options options = {0};
    struct report report;
    struct ps_error err = {0};
    report_init(&report, &options);
    left = n;
    const int r = report_read_json(&report, path, &err);
    failed = fell_short();
    assert_int_equal(r, failed ? PS_E_MEMORY : PS_E_INPUT_DAMAGED);
    report_release(&report);
  }
  assert_int_equal(unlink(path), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_text_is_whole_or_none),
      cmocka_unit_test(a_configuration_is_read_whole_or_not),
      cmocka_unit_test(a_report_is_read_whole_or_not),
  };
  return cmocka_run_group_tests(tests, setup, NULL);
}
