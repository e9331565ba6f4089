#include "cli/store_command.h"

#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/job.h"
#include "cli/monitor.h"
#include "cli/progress.h"
#include "cli/reader.h"
#include "cli/test_sizes.h"
#include <pingsieve/accounts.h>
#include <pingsieve/backfill.h>
#include <stdio.h>

char *store_command_ids(uint64_t n, char out[STORE_COMMAND_IDS]) {
  char count[FORMAT_TEXT];
  (void)snprintf(out, STORE_COMMAND_IDS, "%s documentId%s", format_count(n, count),
                 n == 1 ? "" : "s");
  return out;
}

int store_command_open(const struct command *command, const struct arguments *arguments,
                       bool read_only, struct ps_seen **seen) {
  if (!command_has_store(command, arguments)) return EXIT_USAGE;
  struct ps_seen_options options = {
      .size = sizeof(struct ps_seen_options), .read_only = read_only, .waits = monitor_waits};
  struct ps_error err = {0};
  if (read_only && reader_begin(arguments->store, &err) != PS_OK) return command_error(&err);
  if (test_sizes_seen(&options, &err) != PS_OK ||
      ps_seen_open(arguments->store, &options, seen, &err) != PS_OK)
    return command_error(&err);
  return EXIT_DONE;
}

/* Frees the room of forgotten days, part by part, so that others get a turn in between. */
static int make_room(struct ps_seen *seen, struct ps_error *err) {
  int r = PS_OK;
  for (bool more = true; more && r == PS_OK;) r = ps_seen_reap(seen, &more, err);
  return r;
}

int store_command_forget(struct ps_seen *seen, const struct day_range *ranges, size_t n,
                         bool accounts, uint64_t *gone, struct ps_error *err) {
  *gone = 0;
  int r = ps_seen_begin(seen, err);
  if (r != PS_OK) return r;
  for (size_t i = 0; i < n && r == PS_OK; i++) {
    uint64_t some = 0;
    r = ps_seen_forget(seen, ranges[i].from, ranges[i].to, &some, err);
    if (r == PS_OK && accounts) r = ps_accounts_forget(seen, ranges[i].from, ranges[i].to, err);
    if (r == PS_OK && accounts) r = ps_backfill_forget(seen, ranges[i].from, ranges[i].to, err);
    *gone += some;
  }
  if (r != PS_OK) {
    ps_seen_abort(seen);
    return r;
  }
  r = ps_seen_commit(seen, err);
  return r == PS_OK ? make_room(seen, err) : r;
}

struct wait {
  const char *text;
  int (*work)(void *context, struct ps_error *err);
  void *context;
  struct progress progress;
};

static int work(void *context, struct ps_error *err) {
  struct wait *wait = context;
  return wait->work(wait->context, err);
}

static void tick(void *context) {
  struct wait *wait = context;
  progress_show(&wait->progress, 0, wait->text);
}

int store_command_wait(const char *text, int (*task)(void *context, struct ps_error *err),
                       void *context, struct ps_error *err) {
  struct wait wait = {.text = text, .work = task, .context = context};
  progress_start(&wait.progress, true);
  struct job_options options = {.work = work,
                                .tick = wait.progress.wanted ? tick : NULL,
                                .context = &wait,
                                .interval_ms = PROGRESS_INTERVAL_MS};
  struct job job;
  int r = job_begin(&job, &options, err);
  if (r == PS_OK) r = job_run(&job, err);
  progress_stop(&wait.progress);
  job_end(&job);
  return r;
}
