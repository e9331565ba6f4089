#include "cli/command.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/manual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static const struct command *find(int *words, char *first, char *second) {
  char *argv[] = {first, second};
  return command_find(second ? 2 : 1, argv, 0, words);
}

static void finds_commands(void **state) {
  (void)state;
  int words = 0;
  assert_ptr_equal(find(&words, "store", "info"), &command_store_info);
  assert_int_equal(words, 2);
  assert_ptr_equal(find(&words, "filter", "info"), &command_filter);
  assert_int_equal(words, 1);
  assert_null(find(&words, "store", NULL));
  assert_null(find(&words, "stor", "info"));
}

/* Every option of every command is in its help, the manual and all completions. */
static void documents_are_complete(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  completion_print_bash(out);
  completion_print_zsh(out);
  completion_print_fish(out);
  manual_print(out);
  assert_int_equal(fclose(out), 0);
  for (size_t c = 0; commands[c]; c++)
    for (option_groups groups = commands[c]->groups; *groups; groups++)
      for (size_t i = 0; i < (*groups)->n; i++) {
        char dashed[64];
        (void)snprintf(dashed, sizeof dashed, "--%s", (*groups)->rows[i].name);
        assert_non_null(strstr(text, dashed));
      }
  free(text);
}

static void help_fits_80_columns(void **state) {
  (void)state;
  for (size_t c = 0; commands[c]; c++) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_int_equal(help_command(out, commands[c]), 0);
    assert_int_equal(fclose(out), 0);
    for (char *line = text; *line; line += strcspn(line, "\n") + 1)
      if (strcspn(line, "\n") > 80) fail_msg("%s: too wide: %.100s", commands[c]->name, line);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_commands),
      cmocka_unit_test(documents_are_complete),
      cmocka_unit_test(help_fits_80_columns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
