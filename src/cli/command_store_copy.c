#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/store_command.h"
#include <stdio.h>

struct copy {
  struct ps_seen *seen;
  const char *to;
};

static int work(void *context, struct ps_error *err) {
  const struct copy *copy = context;
  return ps_seen_copy(copy->seen, copy->to, err);
}

static int run(const struct arguments *arguments) {
  struct copy copy = {.to = arguments->to};
  if (!copy.to)
    return command_usage(&command_store_copy, "--to is missing: where should the copy be?");
  int code = store_command_open(&command_store_copy, arguments, true, &copy.seen);
  if (code != EXIT_DONE) return code;
  struct ps_error err = {0};
  int r = store_command_wait("copying the store", work, &copy, &err);
  ps_seen_close(copy.seen);
  if (r != PS_OK) return command_error(&err);
  char from[MESSAGE_TEXT], to[MESSAGE_TEXT];
  (void)printf("copied %s to %s\n", message_safe(arguments->store, from, sizeof from),
               message_safe(copy.to, to, sizeof to));
  return EXIT_DONE;
}

static const struct option_group *const groups[] = {&options_store, &options_store_copy,
                                                    &options_general, NULL};

const struct command command_store_copy = {
    .name = "store copy",
    .summary = "makes a consistent copy of a store, also while filters run",
    .synopsis = "store copy --store DIR --to DIR",
    .about =
        "Writes the last committed state into a new or empty directory, without free space. The "
        "copy is a store like any other.",
    .groups = groups,
    .examples = {{"A backup", "pingsieve store copy --store seen --to seen.$(date +%F)"}},
    .run = run,
};
