#include "cli/command.h"
#include "cli/option.h"
#include "cli/option_table.h"

#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static int parse(struct arguments *arguments, struct ps_error *err, const char *const *words) {
  int argc = 0;
  while (words[argc]) argc++;
  return option_parse(command_filter.groups, command_filter.max_operands, argc,
                      (char *const *)words, 0, arguments, err);
}

#define PARSE(arguments, err, ...) parse(arguments, err, (const char *const[]){__VA_ARGS__, NULL})

static void takes_every_form(void **state) {
  (void)state;
  struct arguments a;
  struct ps_error err = {0};
  assert_int_equal(PARSE(&a, &err, "--store=one", "--keep", "7"), PS_OK);
  assert_string_equal(a.store, "one");
  assert_int_equal(a.keep.value, 7);
  assert_true(a.keep.given);
  assert_int_equal(PARSE(&a, &err, "-sone", "-k", "7"), PS_OK);
  assert_string_equal(a.store, "one");
  assert_int_equal(PARSE(&a, &err, "-qs", "one"), PS_OK);
  assert_true(a.quiet);
  assert_string_equal(a.store, "one");
  assert_int_equal(PARSE(&a, &err, "--store", "one", "--store", "two"), PS_OK);
  assert_string_equal(a.store, "two");
}

static void fills_in_defaults(void **state) {
  (void)state;
  struct arguments a;
  assert_int_equal(PARSE(&a, NULL, "--quiet"), PS_OK);
  assert_int_equal(a.keep.value, 30);
  assert_false(a.keep.given);
  assert_int_equal(a.max_line.value, 64 << 20);
  assert_int_equal(a.threads.value, 0);
  assert_null(a.store);
}

static void repeats_add_up(void **state) {
  (void)state;
  struct arguments a;
  struct ps_error err = {0};
  assert_int_equal(PARSE(&a, &err, "--id", "a/b", "--id=c"), PS_OK);
  assert_int_equal(a.fields[PS_FIELD_ID].n, 2);
  assert_string_equal(a.fields[PS_FIELD_ID].item[1], "c");
  assert_null(a.fields[PS_FIELD_ID].item[2]);
  assert_int_equal(PARSE(&a, &err, "--scope=1", "--scope=2", "--scope=3", "--scope=4", "--scope=5"),
                   PS_E_ARGUMENT);
  assert_string_equal(err.text, "--scope may be given at most 4 times");
}

static void two_dashes_end_options(void **state) {
  (void)state;
  struct arguments a;
  struct ps_error err = {0};
  assert_int_equal(PARSE(&a, &err, "-q", "--", "--store"), PS_OK);
  assert_int_equal(a.operands, 1);
  assert_string_equal(a.operand[0], "--store");
  option_release(&a);
  assert_int_equal(PARSE(&a, &err, "-"), PS_OK);
  assert_string_equal(a.operand[0], "-");
  option_release(&a);
  static const char *const two[] = {"one", "two", NULL};
  assert_int_equal(option_parse(command_filter.groups, 1, 2, (char *const *)two, 0, &a, &err),
                   PS_E_ARGUMENT);
  assert_string_equal(err.text, "unexpected operand 'two'");
  option_release(&a);
}

static void says_what_is_wrong(void **state) {
  (void)state;
  static const struct {
    const char *words[3], *sentence;
  } cases[] = {
      {{"--stroe=x"}, "unknown option '--stroe': did you mean '--store'?"},
      {{"--banana"}, "unknown option '--banana'"},
      {{"--in-place"},
       "there is no --in-place: outputs never replace their inputs, so that no mistake and no "
       "interruption costs a ping; write them elsewhere, look at them, then move them"},
      {{"-z"}, "unknown option '-z'"},
      {{"--store"}, "--store wants a DIR after it"},
      {{"-s"}, "-s wants a DIR after it"},
      {{"--store="}, "--store wants a DIR, not an empty text"},
      {{"--quiet=yes"}, "--quiet takes no value, 'yes' was given"},
      {{"--keep", "36501"}, "--keep wants a whole number from 0 to 36500, not '36501'"},
      {{"--keep", "-1"}, "--keep wants a whole number from 0 to 36500, not '-1'"},
      {{"--threads=0"}, "--threads wants a whole number from 1 to 64, not '0'"},
      {{"--max-line", "2GiB"},
       "--max-line wants a size from 64 to 1GiB (as in 65536, 64k, 64KiB), not '2GiB'"},
      {{"--summary", "-"},
       "--summary wants a file: '-' would mix it into the pings on standard output (./- is a file "
       "of that name)"},
      {{"--"}, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct arguments a;
    struct ps_error err = {0};
    int r = parse(&a, &err, cases[i].words);
    assert_int_equal(r, cases[i].sentence ? PS_E_ARGUMENT : PS_OK);
    if (cases[i].sentence) assert_string_equal(err.text, cases[i].sentence);
  }
}

static void help_wins(void **state) {
  (void)state;
  struct arguments a;
  assert_int_equal(PARSE(&a, NULL, "--help", "--banana"), PS_OK);
  assert_true(a.help);
  assert_int_equal(PARSE(&a, NULL, "-qV"), PS_OK);
  assert_true(a.version);
}

static void flags_beat_the_environment(void **state) {
  (void)state;
  struct arguments a;
  assert_int_equal(setenv("PINGSIEVE_STORE", "from-environment", 1), 0);
  assert_int_equal(PARSE(&a, NULL, "-q"), PS_OK);
  assert_string_equal(a.store, "from-environment");
  assert_int_equal(PARSE(&a, NULL, "--store=flag"), PS_OK);
  assert_string_equal(a.store, "flag");
  assert_int_equal(setenv("PINGSIEVE_STORE", "", 1), 0);
  assert_int_equal(PARSE(&a, NULL, "-q"), PS_OK);
  assert_null(a.store);
  assert_int_equal(unsetenv("PINGSIEVE_STORE"), 0);
}

/* Parsing and completions rely on these properties of the table. */
static void the_table_is_sound(void **state) {
  (void)state;
  for (size_t c = 0; commands[c]; c++) {
    const char *names[64];
    char letters[64];
    size_t n = 0;
    for (option_groups groups = commands[c]->groups; *groups; groups++)
      for (size_t i = 0; i < (*groups)->n; i++) {
        const struct option_row *row = &(*groups)->rows[i];
        assert_true(n < 64);
        for (size_t j = 0; j < n; j++) {
          assert_string_not_equal(names[j], row->name);
          assert_true(!row->letter || letters[j] != row->letter);
        }
        names[n] = row->name;
        letters[n++] = row->letter;
        assert_non_null(row->help);
        assert_true((row->kind == OPTION_FLAG) == (row->argument == NULL));
        if (row->kind == OPTION_COUNT || row->kind == OPTION_SIZE)
          assert_true(row->fallback_text ||
                      (option_fallback(row) >= row->min && option_fallback(row) <= row->max));
        if (option_repeats(row)) assert_in_range(row->max, 1, ARGUMENT_LIST);
      }
  }
}

static void tells_what_differs(void **state) {
  (void)state;
  struct arguments one, other;
  const char *changed[8] = {NULL};
  size_t n = 0;
  assert_int_equal(PARSE(&one, NULL, "--id=a", "--store=s", "--keep=3", "--summary=x"), PS_OK);
  assert_int_equal(PARSE(&other, NULL, "--id=b", "--store=s", "--keep=4", "--strict"), PS_OK);
  for (option_groups groups = command_filter.groups; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++) {
      const struct option_row *row = &(*groups)->rows[i];
      assert_true(option_is_same(row, &one, &one));
      if (!option_is_same(row, &one, &other) && n < 8) changed[n++] = row->name;
    }
  assert_int_equal(n, 4);
  assert_string_equal(changed[0], "keep");
  assert_string_equal(changed[1], "strict");
  assert_string_equal(changed[2], "summary");
  assert_string_equal(changed[3], "id");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_every_form),
      cmocka_unit_test(fills_in_defaults),
      cmocka_unit_test(repeats_add_up),
      cmocka_unit_test(two_dashes_end_options),
      cmocka_unit_test(says_what_is_wrong),
      cmocka_unit_test(help_wins),
      cmocka_unit_test(flags_beat_the_environment),
      cmocka_unit_test(tells_what_differs),
      cmocka_unit_test(the_table_is_sound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
