#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/store_command.h"
#include <stdio.h>

struct check {
  struct ps_seen *seen;
  struct ps_seen_check_result result;
};

static void report(void *context, const char *sentence) {
  char safe[MESSAGE_TEXT];
  (void)context;
  (void)printf("broken: %s\n", message_safe(sentence, safe, sizeof safe));
}

static int work(void *context, struct ps_error *err) {
  struct check *check = context;
  return ps_seen_check(check->seen, report, check, &check->result, err);
}

static void print_sound(const char *dir, const struct ps_seen_check_result *result) {
  char safe[MESSAGE_TEXT], keys[STORE_COMMAND_IDS], bytes[FORMAT_TEXT];
  (void)printf("%s is sound: %s, %s read\n", message_safe(dir, safe, sizeof safe),
               store_command_ids(result->keys, keys), format_bytes(result->bytes, bytes));
}

static int run(const struct arguments *arguments) {
  struct check check = {0};
  int code = store_command_open(&command_store_check, arguments, true, &check.seen);
  if (code != EXIT_DONE) return code;
  struct ps_error err = {0};
  int r = store_command_wait("checking the store", work, &check, &err);
  ps_seen_close(check.seen);
  if (r != PS_OK) return command_error(&err);
  if (check.result.broken == 0) {
    print_sound(arguments->store, &check.result);
    return EXIT_DONE;
  }
  char broken[FORMAT_TEXT];
  (void)fflush(stdout);
  message(MESSAGE_ERROR,
          "%s is damaged (%s found, see above): move it away and use a copy of it, or make a new "
          "one with 'pingsieve store absorb' from the clean pings you have",
          arguments->store, format_count(check.result.broken, broken));
  return EXIT_STORE;
}

static const struct option_group *const groups[] = {&options_store, &options_general, NULL};

const struct command command_store_check = {
    .name = "store check",
    .summary = "verifies every checksum and count of a store",
    .synopsis = "store check --store DIR",
    .about =
        "Reads the whole store, prints a line about each thing that is broken, and exits with 3 "
        "if there was one. Filters may run meanwhile.",
    .groups = groups,
    .examples = {{"Whether a store is sound", "pingsieve store check --store seen"}},
    .run = run,
};
