#include "base/error.h"
#include "cli/day_argument.h"
#include "cli/exit_code.h"
#include "cli/option_table.h"
#include "cli/store_command.h"
#include <stdio.h>
#include <string.h>

struct forgetting {
  struct ps_seen *seen;
  struct day_range ranges[ARGUMENT_LIST];
  size_t n;
  uint64_t gone;
};

/* "2017-03-12" or "2017-03-12..2017-03-18". */
static int parse_range(const char *text, struct day_range *range, struct ps_error *err) {
  const char *dots = strstr(text, "..");
  const char *last = dots ? dots + 2 : text;
  day_t from, to;
  if (!day_argument_parse(text, dots ? (size_t)(dots - text) : strlen(text), &from) ||
      !day_argument_parse(last, strlen(last), &to))
    return error_set(err, PS_E_ARGUMENT,
                     "--day wants a day (2017-03-12) or a range (2017-03-12..2017-03-18), not '%s'",
                     text);
  if (to < from) return error_set(err, PS_E_ARGUMENT, "--day %s ends before it begins", text);
  *range = (struct day_range){from, (uint32_t)to + 1};
  return PS_OK;
}

static int work(void *context, struct ps_error *err) {
  struct forgetting *f = context;
  return store_command_forget(f->seen, f->ranges, f->n, true, &f->gone, err);
}

static int run(const struct arguments *arguments) {
  struct forgetting f = {.n = arguments->days.n};
  struct ps_error err = {0};
  if (f.n == 0)
    return command_usage(&command_store_forget, "--day is missing: which day should be forgotten?");
  for (size_t i = 0; i < f.n; i++)
    if (parse_range(arguments->days.item[i], &f.ranges[i], &err) != PS_OK)
      return command_usage(&command_store_forget, err.text);
  int code = store_command_open(&command_store_forget, arguments, false, &f.seen);
  if (code != EXIT_DONE) return code;
  int r = store_command_wait("forgetting days", work, &f, &err);
  ps_seen_close(f.seen);
  if (r != PS_OK) return command_error(&err);
  char gone[STORE_COMMAND_IDS];
  bool one_day = f.n == 1 && f.ranges[0].to - f.ranges[0].from == 1;
  (void)printf("forgot %s and the accounts of %s\n", store_command_ids(f.gone, gone),
               one_day ? "that day" : "these days");
  return EXIT_DONE;
}

static const struct option_group *const groups[] = {&options_store, &options_store_forget,
                                                    &options_general, NULL};

const struct command command_store_forget = {
    .name = "store forget",
    .summary = "forgets the documentIds and the accounts of given days",
    .synopsis = "store forget --store DIR --day DAY[..DAY]...",
    .about = "Forgets days as if their pings had never come, so that they can be filtered again: "
             "for a day whose output was lost. Their documentIds and accounts (what 'pingsieve "
             "report' tells, flags included) go together; other days stay. A documentId belongs to "
             "the day of its first copy.",
    .groups = groups,
    .examples = {{"Do a day again", "pingsieve store forget --store seen --day 2017-03-12"},
                 {"A week and one more day",
                  "pingsieve store forget -s seen -d 2017-03-12..2017-03-18 -d 2017-04-01"}},
    .run = run,
};
