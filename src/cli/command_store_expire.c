#include "base/day.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/store_command.h"
#include <inttypes.h>
#include <stdio.h>

struct expiry {
  struct ps_seen *seen;
  uint32_t keep;
  uint32_t from; /* the oldest day that stays */
  uint64_t gone;
};

static int work(void *context, struct ps_error *err) {
  struct expiry *expiry = context;
  int r = ps_seen_begin(expiry->seen, err);
  if (r != PS_OK) return r;
  uint32_t watermark = ps_seen_watermark(expiry->seen);
  ps_seen_abort(expiry->seen);
  expiry->from = watermark > expiry->keep ? watermark - expiry->keep : 0;
  struct day_range old = {0, expiry->from};
  return store_command_forget(expiry->seen, &old, 1, false, &expiry->gone, err);
}

static int run(const struct arguments *arguments) {
  struct expiry expiry = {0};
  int code = store_command_open(&command_store_expire, arguments, false, &expiry.seen);
  if (code != EXIT_DONE) return code;
  expiry.keep =
      arguments->keep.given ? (uint32_t)arguments->keep.value : ps_seen_keep_days(expiry.seen);
  if (expiry.keep == 0) {
    ps_seen_close(expiry.seen);
    (void)printf("nothing to forget: documentIds are kept for ever\n");
    return EXIT_DONE;
  }
  struct ps_error err = {0};
  int r = store_command_wait("forgetting old days", work, &expiry, &err);
  ps_seen_close(expiry.seen);
  if (r != PS_OK) return command_error(&err);
  char gone[STORE_COMMAND_IDS], day[DAY_TEXT];
  day_format((day_t)expiry.from, day);
  (void)printf("forgot %s of days before %s\n", store_command_ids(expiry.gone, gone), day);
  return EXIT_DONE;
}

static const struct option_group *const groups[] = {&options_store, &options_store_expire,
                                                    &options_general, NULL};

const struct command command_store_expire = {
    .name = "store expire",
    .summary = "forgets the days that are older than the retention",
    .synopsis = "store expire --store DIR [--keep DAYS]",
    .about =
        "The filter does this by itself as new days come; the command is for a store that "
        "nothing is filtered through any more, or, with a smaller --keep, to make room. Copies "
        "of forgotten pings will pass again. The accounts of forgotten days stay: a report goes on "
        "telling of them.",
    .groups = groups,
    .examples = {{"Forget all but the last week", "pingsieve store expire --store seen --keep 7"}},
    .run = run,
};
