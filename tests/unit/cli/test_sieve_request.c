#include "cli/sieve_request.h"

#include "cli/command.h"
#include "cli/option.h"

#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

struct asked {
  struct arguments arguments;
  struct sieve_request request;
  struct ps_error err;
};

static int ask(struct asked *asked, const char *const *words) {
  int argc = 0;
  while (words[argc]) argc++;
  assert_int_equal(option_parse(command_filter.groups, 1, argc, (char *const *)words, 0,
                                &asked->arguments, &asked->err),
                   PS_OK);
  return sieve_request_make(&asked->request, &asked->arguments, true, &asked->err);
}

#define ASK(asked, ...) ask(asked, (const char *const[]){"--store", "seen", __VA_ARGS__, NULL})

static void release(struct asked *asked) {
  sieve_request_release(&asked->request);
  option_release(&asked->arguments);
}

static void takes_lists_apart(void **state) {
  (void)state;
  struct asked asked = {.err = {0}};
  assert_int_equal(ASK(&asked, "--select", "a/b,documentId", "--select=c"), PS_OK);
  const char *const *select = asked.request.options.read.selection.select;
  assert_string_equal(select[0], "a/b");
  assert_string_equal(select[1], "documentId");
  assert_string_equal(select[2], "c");
  assert_null(select[3]);
  release(&asked);
}

static void refuses_empty_paths(void **state) {
  (void)state;
  static const char *const lists[] = {",", "a,", ",a", "a,,b"};
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    struct asked asked = {.err = {0}};
    assert_int_equal(ASK(&asked, "--select", lists[i]), PS_E_ARGUMENT);
    assert_non_null(strstr(asked.err.text, "is empty"));
    release(&asked);
  }
}

static void holds_as_many_as_there_may_be(void **state) {
  (void)state;
  char list[2 * PS_SELECT_MAX + 2]; /* one too many, separated by commas */
  struct asked asked = {.err = {0}};
  for (unsigned i = 0; i < sizeof list; i++) list[i] = i % 2 ? ',' : 'p';
  list[2 * PS_SELECT_MAX - 1] = '\0';
  assert_int_equal(ASK(&asked, "--select", list), PS_OK);
  assert_string_equal(asked.request.select[PS_SELECT_MAX - 1], "p");
  assert_null(asked.request.select[PS_SELECT_MAX]);
  release(&asked);
  list[2 * PS_SELECT_MAX - 1] = ',';
  list[2 * PS_SELECT_MAX + 1] = '\0';
  assert_int_equal(ASK(&asked, "--select", list), PS_E_ARGUMENT);
  release(&asked);
}

/* Hours later would be too late. */
static void finds_what_cannot_be_written_before_a_run(void **state) {
  (void)state;
  static const char *const options[] = {"--summary", "--metrics"};
  for (size_t i = 0; i < 2; i++) {
    struct asked asked = {.err = {0}};
    assert_int_equal(ASK(&asked, options[i], "/absent/file"), PS_E_OUTPUT);
    assert_non_null(strstr(asked.err.text, "/absent"));
    release(&asked);
  }
}

static void asks_for_nothing_by_default(void **state) {
  (void)state;
  struct asked asked = {.err = {0}};
  assert_int_equal(ASK(&asked, "--quiet"), PS_OK);
  const struct ps_sieve_options *options = &asked.request.options;
  assert_null(options->read.selection.where);
  assert_null(options->read.selection.select);
  assert_null(options->read.selection.sample_ids);
  assert_false(options->read.selection.one_per_client);
  assert_null(options->read.measures);
  assert_string_equal(asked.request.invalid, "seen/invalid.ndjson");
  release(&asked);
}

static void keeps_files_apart(void **state) {
  (void)state;
  struct asked asked = {.err = {0}};
  assert_int_equal(ASK(&asked, "--duplicates", "x", "--flags", "x"), PS_E_ARGUMENT);
  assert_string_equal(asked.err.text, "--duplicates and --flags name the same file, x");
  release(&asked);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(takes_lists_apart),
                                     cmocka_unit_test(refuses_empty_paths),
                                     cmocka_unit_test(holds_as_many_as_there_may_be),
                                     cmocka_unit_test(finds_what_cannot_be_written_before_a_run),
                                     cmocka_unit_test(asks_for_nothing_by_default),
                                     cmocka_unit_test(keeps_files_apart)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
