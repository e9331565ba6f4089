#include "cli/command.h"
#include "cli/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

struct scene {
  char path[64];
  struct config *config;
  struct arguments arguments;
  struct ps_error err;
};

static int setup(void **state) {
  struct scene *s = calloc(1, sizeof *s);
  if (!s) return -1;
  (void)snprintf(s->path, sizeof s->path, "/tmp/pingsieve-config-XXXXXX");
  int fd = mkstemp(s->path);
  *state = s;
  return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state) {
  struct scene *s = *state;
  config_free(s->config);
  int r = unlink(s->path);
  free(s);
  return r;
}

/* Sets the filter's arguments by this configuration and this word. */
static int configure(struct scene *s, const char *text, size_t len, const char *word) {
  char *argv[] = {(char *)"pingsieve", (char *)word};
  FILE *file = fopen(s->path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, len, file), len);
  assert_int_equal(fclose(file), 0);
  config_free(s->config);
  s->config = NULL;
  assert_int_equal(
      option_parse(command_filter.groups, 1, word ? 2 : 1, argv, 1, &s->arguments, &s->err), PS_OK);
  int r = config_read(s->path, &s->config, &s->err);
  return r ? r : config_apply(s->config, command_filter.groups, &s->arguments, &s->err);
}

#define CONFIGURE(s, text, word) configure(s, text, strlen(text), word)

/* How the sentence begins, without the file's name. */
static void refuses(struct scene *s, const char *text, const char *sentence) {
  assert_int_equal(CONFIGURE(s, text, NULL), PS_E_ARGUMENT);
  size_t len = strlen(s->path);
  assert_memory_equal(s->err.text, s->path, len);
  assert_true(strlen(s->err.text + len) >= strlen(sentence));
  assert_memory_equal(s->err.text + len, sentence, strlen(sentence));
}

static void takes_every_kind(void **state) {
  struct scene *s = *state;
  assert_int_equal(CONFIGURE(s,
                             "{\"keep\": 90, \"max-line\": \"1MiB\", \"strict\": true,\n"
                             "\"quiet\": false, \"id\": [\"a\", \"b/c\"], \"type\": \"t\",\n"
                             "\"store\": \"s\\u00e9en\", \"ping-flood\": 0, \"flagged\": \"drop\"}",
                             NULL),
                   PS_OK);
  const struct arguments *a = &s->arguments;
  assert_int_equal(a->keep.value, 90);
  assert_true(a->keep.given);
  assert_int_equal(a->max_line.value, 1 << 20);
  assert_true(a->strict);
  assert_false(a->quiet);
  assert_int_equal(a->fields[PS_FIELD_ID].n, 2);
  assert_string_equal(a->fields[PS_FIELD_ID].item[1], "b/c");
  assert_int_equal(a->fields[PS_FIELD_TYPE].n, 1);
  assert_string_equal(a->store, "s\xc3\xa9"
                                "en");
  assert_int_equal(a->rules.ping_flood.value, 0);
  assert_int_equal(a->rules.duplicate_flood.value, 100);
  assert_string_equal(a->flagged, "drop");
}

static void the_command_line_wins(void **state) {
  struct scene *s = *state;
  assert_int_equal(CONFIGURE(s, "{\"keep\": 90, \"threads\": 2}", "--keep=7"), PS_OK);
  assert_int_equal(s->arguments.keep.value, 7);
  assert_int_equal(s->arguments.threads.value, 2);
  assert_int_equal(CONFIGURE(s, "{\"id\": [\"a\", \"b\"]}", "--id=c"), PS_OK);
  assert_int_equal(s->arguments.fields[PS_FIELD_ID].n, 1);
  assert_int_equal(CONFIGURE(s, "{\"strict\": false}", "--strict"), PS_OK);
  assert_true(s->arguments.strict);
  refuses(s, "{\"keep\": \"x\"}", ":1: \"keep\" wants a whole number from 0 to 36500, not 'x'");
}

static void the_environment_wins(void **state) {
  struct scene *s = *state;
  assert_int_equal(setenv("PINGSIEVE_STORE", "environment", 1), 0);
  assert_int_equal(CONFIGURE(s, "{\"store\": \"configuration\"}", NULL), PS_OK);
  assert_string_equal(s->arguments.store, "environment");
  assert_int_equal(unsetenv("PINGSIEVE_STORE"), 0);
  assert_int_equal(CONFIGURE(s, "{\"store\": \"configuration\"}", NULL), PS_OK);
  assert_string_equal(s->arguments.store, "configuration");
}

static void names_line_and_key(void **state) {
  struct scene *s = *state;
  refuses(s, "{\"keep\": 1,\n\n\"ping-flod\": 3}",
          ":3: \"ping-flod\" is no option: did you mean \"ping-flood\"?");
  refuses(s, "{\n\"id\": [\"\\\"}\",\n\"\\\\\"], \"xyzzy\": 3}",
          ":3: \"xyzzy\" is no option; the keys are those of --help");
  refuses(s, "{\"strict\": 1}", ":1: \"strict\" wants true or false, not 1");
  refuses(s, "{\"threads\":\n65}", ":1: \"threads\" wants a whole number from 1 to 64, not '65'");
  refuses(s, "{\"keep\": -1}", ":1: \"keep\" wants a whole number from 0 to 36500, not '-1'");
  refuses(s, "{\"keep\": 1.5}", ":1: \"keep\" wants a whole number, not 1.5");
  refuses(s, "{\"max-line\": {}}",
          ":1: \"max-line\" wants a size (as in 65536, \"64KiB\"), not {}");
  refuses(s, "{\"store\": null}", ":1: \"store\" wants a text, not null");
  refuses(s, "{\"id\": [\"a\", 5]}", ":1: \"id\" wants a text or a list of texts, not 5");
  refuses(s, "{\"id\": [\"a\", \"\"]}", ":1: \"id\" wants a PATH, not an empty text");
  refuses(s, "{\"scope\": [\"1\",\"2\",\"3\",\"4\",\"5\"]}",
          ":1: \"scope\" may be given at most 4 times");
  refuses(s, "{\"help\": true}", ":1: \"help\" stands on the command line only");
  refuses(s, "{\"config\": \"x\"}", ":1: \"config\" stands on the command line only");
}

static void wants_one_object(void **state) {
  struct scene *s = *state;
  refuses(s, "[1]", " is not a JSON object of options, such as {\"keep\": 90}");
  refuses(s, "{\"keep\": 1, \"keep\": 2}", ":1: this is no valid JSON: ");
  refuses(s, "{\"keep\": 1", ":1: this is no valid JSON: ");
  assert_int_equal(configure(s, "{}\0", 3, NULL), PS_E_ARGUMENT);
  assert_int_equal(CONFIGURE(s, "{}", NULL), PS_OK);
}

static void is_bounded(void **state) {
  struct scene *s = *state;
  char *text = malloc(CONFIG_BYTES + 1);
  assert_non_null(text);
  memset(text, ' ', CONFIG_BYTES + 1);
  memcpy(text, "{}", 2);
  assert_int_equal(configure(s, text, CONFIG_BYTES, NULL), PS_OK);
  assert_int_equal(configure(s, text, CONFIG_BYTES + 1, NULL), PS_E_ARGUMENT);
  assert_non_null(strstr(s->err.text, "over 1 MiB"));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(takes_every_kind, setup, teardown),
      cmocka_unit_test_setup_teardown(the_command_line_wins, setup, teardown),
      cmocka_unit_test_setup_teardown(the_environment_wins, setup, teardown),
      cmocka_unit_test_setup_teardown(names_line_and_key, setup, teardown),
      cmocka_unit_test_setup_teardown(wants_one_object, setup, teardown),
      cmocka_unit_test_setup_teardown(is_bounded, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
