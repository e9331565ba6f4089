/* Options that a configuration changes when it is read again, and those that it cannot change. */
#include "cli/command.h"
#include "cli/reload.h"

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
  FILE *heard;
  int standard_error;
  struct arguments began;
};

static void write_file(const struct scene *s, const char *text) {
  FILE *file = fopen(s->path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* A filter that began with this configuration; its warnings go to a file. */
static void begin(struct scene *s, const char *text) {
  static char pingsieve[] = "pingsieve", config[] = "--config";
  static char *argv[4];
  struct ps_error err;
  (void)snprintf(s->path, sizeof s->path, "/tmp/pingsieve-reload-XXXXXX");
  const int fd = mkstemp(s->path);
  assert_true(fd >= 0);
  assert_int_equal(close(fd), 0);
  write_file(s, text);
  argv[0] = pingsieve;
  argv[1] = config;
  argv[2] = s->path;
  assert_int_equal(command_arguments(&command_filter, 3, argv, &s->began, &err), PS_OK);
  s->heard = tmpfile();
  assert_non_null(s->heard);
  s->standard_error = dup(STDERR_FILENO);
  assert_true(s->standard_error >= 0);
}

static void end(struct scene *s) {
  command_release(&s->began);
  assert_int_equal(fclose(s->heard), 0);
  assert_int_equal(close(s->standard_error), 0);
  assert_int_equal(unlink(s->path), 0);
}

/* Reads the configuration again; *warning: all that was told meanwhile. */
static bool reread(struct scene *s, const char *text, struct ps_rules *rules, char warning[500]) {
  write_file(s, text);
  rewind(s->heard);
  assert_int_equal(ftruncate(fileno(s->heard), 0), 0);
  assert_true(dup2(fileno(s->heard), STDERR_FILENO) >= 0);
  const bool read = reload_rules(&command_filter, &s->began, rules);
  assert_true(dup2(s->standard_error, STDERR_FILENO) >= 0);
  rewind(s->heard);
  warning[fread(warning, 1, 499, s->heard)] = '\0';
  return read;
}

static void thresholds_change(void **state) {
  (void)state;
  struct scene s = {.heard = NULL};
  struct ps_rules rules = {.ping_flood = 3};
  char warning[500];
  begin(&s, "{\"ping-flood\": 10, \"shared-profile\": 20, \"shared-profile-cities\": 9}");
  assert_true(reread(&s, "{\"ping-flood\": 12, \"shared-profile\": 30}", &rules, warning));
  assert_string_equal(warning, "");
  assert_int_equal(rules.ping_flood, 12);
  assert_int_equal(rules.shared_profile, 30);
  assert_true(reread(&s, "{\"shared-profile\": 0, \"shared-profile-cities\": 0}", &rules, warning));
  assert_string_equal(warning, "");
  assert_int_equal(rules.shared_profile, 0);
  assert_int_equal(rules.shared_profile_cities, 0);
  end(&s);
}

/* The rule that was off stays off, whatever else is changed, and that is told. */
static void what_was_off_takes_a_restart(void **state) {
  (void)state;
  struct scene s = {.heard = NULL};
  struct ps_rules rules = {.ping_flood = 3};
  char warning[500], expected[200];
  begin(&s, "{\"shared-profile\": 0, \"shared-profile-cities\": 0}");
  assert_true(reread(&s,
                     "{\"shared-profile\": 20, \"shared-profile-cities\": 9, \"ping-flood\": 5, "
                     "\"keep\": 9, \"threads\": 2}",
                     &rules, warning));
  assert_int_equal(rules.ping_flood, 5);
  assert_int_equal(rules.shared_profile, 0);
  assert_int_equal(rules.shared_profile_cities, 0);
  (void)snprintf(expected, sizeof expected, "%s: changed, but this takes a restart: ", s.path);
  assert_non_null(strstr(warning, expected));
  static const char *const names[] = {"keep", "threads", "shared-profile, shared-profile-cities"};
  for (size_t i = 0; i < 3; i++)
    if (!strstr(warning, names[i])) fail_msg("no %s in %s", names[i], warning);
  end(&s);
}

static void a_broken_one_changes_nothing(void **state) {
  (void)state;
  struct scene s = {.heard = NULL};
  struct ps_rules rules = {.ping_flood = 3};
  char warning[500];
  begin(&s, "{}");
  assert_false(reread(&s, "{\"ping-flood\": 12, \"keep\": -1}", &rules, warning));
  assert_int_equal(rules.ping_flood, 3);
  assert_non_null(strstr(warning, "the thresholds stay as they were: "));
  assert_non_null(strstr(warning, "\"keep\" wants a whole number"));
  end(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(thresholds_change),
      cmocka_unit_test(what_was_off_takes_a_restart),
      cmocka_unit_test(a_broken_one_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
