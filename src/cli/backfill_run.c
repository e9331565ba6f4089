#include "cli/backfill_run.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/format.h"
#include "cli/backfill_summary.h"
#include "cli/diagnosis.h"
#include "cli/exit_code.h"
#include "cli/job.h"
#include "cli/limits.h"
#include "cli/message.h"
#include "cli/monitor.h"
#include "cli/pace.h"
#include "cli/read_request.h"
#include "cli/sieve_request.h"
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LINE_INTERVAL_NS UINT64_C(60000000000) /* without a terminal */
#define LISTING          "listing the inputs"
#define SHOWN_LINE       1024 /* a longer command line is not printed again */

struct backfill {
  const struct command *command;
  struct sieve_request request;
  struct ps_backfill_options options;
  const char *written[3];
  struct job job;
  int stop_fd; /* readable: opening is to end */
  atomic_bool stopping;
  _Atomic(struct ps_backfill *) opened; /* NULL while the inputs are listed */
  struct monitor monitor;
  struct pace pace;
  bool lines; /* one a minute */
  uint64_t line_due_ns;
  struct backfill_outcome outcome;
};

/* ---- meanwhile ---- */

static int work(void *context, struct ps_error *err) {
  struct backfill *b = context;
  struct ps_backfill *opened = NULL;
  int r = ps_backfill_open(&b->options, b->stop_fd, &opened, err);
  if (r != PS_OK) return r;
  atomic_store(&b->opened, opened);
  atomic_store(&b->monitor.opened, true);
  if (atomic_load(&b->stopping)) ps_backfill_stop(opened); /* stop() may not have seen it */
  return ps_backfill_run(opened, err);
}

static void stop(void *context) {
  struct backfill *b = context;
  atomic_store(&b->stopping, true);
  uint64_t one = 1;
  while (write(b->stop_fd, &one, sizeof one) < 0 && errno == EINTR) {}
  struct ps_backfill *opened = atomic_load(&b->opened);
  if (opened) ps_backfill_stop(opened);
}

static void describe(struct backfill *b, const struct ps_backfill_figures *f,
                     char text[PACE_TEXT]) {
  const struct ps_sieve_figures *s = &f->sieve;
  const struct pace_files files = {.done = f->files_done + f->files_before + f->files_failed,
                                   .all = f->files,
                                   .bytes_done = f->bytes ? f->bytes_done : s->input_bytes,
                                   .bytes = f->bytes};
  char remark[FORMAT_TEXT + 16] = "", share[FORMAT_TEXT];
  if (s->lines)
    (void)snprintf(remark, sizeof remark, "%s duplicate",
                   format_share(s->count[PS_DUPLICATE], summary_pings(s), share));
  (void)pace_describe(&b->pace, clock_monotonic_ns(), &files, remark, text);
}

static void tell_figures(void *context) {
  struct backfill *b = context;
  struct ps_backfill *opened = atomic_load(&b->opened);
  struct ps_backfill_figures figures;
  struct ps_error err;
  char text[PACE_TEXT] = LISTING;
  progress_clear(&b->monitor.progress);
  if (opened && ps_backfill_figures(opened, &figures, &err) != PS_OK) {
    message(MESSAGE_WARNING, "%s", err.text);
    return;
  }
  if (opened) describe(b, &figures, text);
  message(MESSAGE_NOTE, "%s", text);
}

static void tick(void *context) {
  struct backfill *b = context;
  struct ps_backfill *opened = atomic_load(&b->opened);
  struct ps_backfill_figures figures;
  char text[PACE_TEXT] = LISTING;
  if (opened) {
    if (ps_backfill_figures(opened, &figures, NULL) != PS_OK) return;
    monitor_tick(&b->monitor, &figures.sieve);
    describe(b, &figures, text);
  }
  progress_line(&b->monitor.progress, text);
  if (!b->lines || clock_monotonic_ns() < b->line_due_ns) return;
  message(MESSAGE_NOTE, "%s", text);
  b->line_due_ns += LINE_INTERVAL_NS;
}

/* ---- after ---- */

/* How to go on: the same command line, where it is of a length and of bytes that can be copied. */
static void tell_command(const struct backfill *b) {
  const struct arguments *a = b->outcome.arguments;
  struct buffer line = BUFFER_INIT;
  char safe[SHOWN_LINE];
  bool input = a->files_from && !strcmp(a->files_from, "-");
  for (size_t i = 0; i < a->operands; i++) input |= !strcmp(a->operand[i], "-");
  bool shown =
      command_line(a, "", &line) == PS_OK && line.len < sizeof safe &&
      !strcmp(message_safe((const char *)line.data, safe, sizeof safe), (const char *)line.data);
  if (shown) message(MESSAGE_PLAIN, "To go on, run it again:  %s", (const char *)line.data);
  else message(MESSAGE_PLAIN, "To go on, run the same command again.");
  if (input) message(MESSAGE_PLAIN, "It reads standard input: give it the same one.");
  buffer_release(&line);
}

static void tell_ending(const struct backfill *b) {
  const struct ps_error *err = &b->outcome.run.error;
  const struct ps_backfill_figures *f = &b->outcome.figures;
  const struct arguments *a = b->outcome.arguments;
  if (err->status == PS_OK) return;
  if (error_is_passing(err)) { /* and so has this */
    if (a->quiet) return;
    message(MESSAGE_NOTE,
            "stopped there, since the order of the inputs decides which copies stay; "
            "%s",
            a->dry_run ? "nothing was written or marked" : "what was done is kept");
    if (!a->dry_run) tell_command(b);
    return;
  }
  if (err->status == PS_E_INPUT) { /* the problems have been told */
    char count[FORMAT_TEXT];
    if (a->strict) message(MESSAGE_ERROR, "stopped at the first problem, as --strict wants it");
    else
      message(MESSAGE_ERROR, "%s %s; all else is done", format_count(f->problems, count),
              f->problems == 1 ? "problem" : "problems");
    return;
  }
  char limits[LIMITS_TEXT];
  if (err->status != PS_E_STOPPED)
    message(MESSAGE_ERROR, "%s%s", err->text, limits_remark(err, limits));
  if (a->quiet || err->status == PS_E_ARGUMENT) return;
  if (err->status == PS_E_STOPPED)
    message(MESSAGE_NOTE, "stopped by SIG%s; %s", sigabbrev_np(b->job.stopped_by),
            a->dry_run ? "nothing was written or marked" : "what was done is kept");
  if (!a->dry_run) tell_command(b);
}

static void write_files(struct backfill *b) {
  struct backfill_outcome *o = &b->outcome;
  struct ps_error err;
  if (monitor_metrics(&b->monitor, &o->figures.sieve, false) != PS_OK)
    o->run.exit_code = exit_code_worse(o->run.exit_code, PS_E_OUTPUT);
  const char *path = o->arguments->summary;
  if (!path || backfill_summary_write(o, path, &err) == PS_OK) return;
  message(MESSAGE_ERROR, "%s", err.text);
  o->run.exit_code = exit_code_worse(o->run.exit_code, (int)err.status);
}

/* Told whatever the ending; an error in the telling is told as well. */
static void tell(struct backfill *b) {
  struct backfill_outcome *o = &b->outcome;
  const struct arguments *a = o->arguments;
  const struct ps_backfill_figures *f = &o->figures;
  struct ps_error err;
  bool all_before = o->run.error.status == PS_OK && f->files && f->files_before == f->files;
  write_files(b);
  int r = backfill_summary_problems(o, &err);
  tell_ending(b);
  if (r == PS_OK && a->dry_run && o->run.error.status != PS_E_STOPPED)
    r = backfill_summary_days(o, &err);
  if (!a->quiet) {
    backfill_summary_print(o);
    diagnosis_print(&o->run, b->request.invalid_began);
    if (r == PS_OK && all_before) r = backfill_summary_nothing(o, &err);
  }
  if (r == PS_OK) return;
  message(MESSAGE_ERROR, "%s", err.text);
  o->run.exit_code = exit_code_worse(o->run.exit_code, r);
}

static int tell_unopened(const struct backfill *b) {
  const struct ps_error *err = &b->outcome.run.error;
  if (err->status == PS_E_ARGUMENT) return command_usage(b->command, err->text);
  if (err->status != PS_E_STOPPED) return command_error(err);
  if (!b->outcome.arguments->quiet)
    message(MESSAGE_NOTE, "stopped by SIG%s before anything was written",
            sigabbrev_np(b->job.stopped_by));
  return EXIT_SIGNAL + b->job.stopped_by;
}

static int finish(struct backfill *b, int status) {
  struct backfill_outcome *o = &b->outcome;
  struct ps_error *err = &o->run.error, other = {0};
  progress_stop(&b->monitor.progress);
  if (status == PS_OK) error_clear(err);
  o->backfill = atomic_load(&b->opened);
  if (!o->backfill) return tell_unopened(b);
  if (ps_backfill_figures(o->backfill, &o->figures, &other) != PS_OK && status == PS_OK)
    *err = other;
  o->run.figures = o->figures.sieve;
  o->run.threads = ps_backfill_threads(o->backfill);
  o->run.kernel = ps_backfill_kernel(o->backfill);
  o->run.exit_code = summary_exit_code(&o->run, o->arguments->strict, b->job.stopped_by);
  if (!b->job.stopped_by) ps_backfill_stop_telling_by(o->backfill, b->job.stops);
  tell(b);
  if (ps_backfill_close(o->backfill, &other) == PS_OK) return o->run.exit_code;
  if (strcmp(other.text, err->text) != 0) message(MESSAGE_ERROR, "%s", other.text);
  return exit_code_worse(o->run.exit_code, (int)other.status);
}

/* ---- before ---- */

static void set_options(struct backfill *b) {
  const struct arguments *a = b->outcome.arguments;
  b->request.options.seen.waits = monitor_waits;
  b->request.options.seen.waits_context = &b->monitor;
  size_t n = 0;
  if (a->summary) b->written[n++] = a->summary;
  if (a->metrics) b->written[n++] = a->metrics;
  b->options = (struct ps_backfill_options){.size = sizeof(struct ps_backfill_options),
                                            .sieve = b->request.options,
                                            .inputs = read_request_inputs(a, b->written),
                                            .out = a->out,
                                            .level = (unsigned)a->level.value,
                                            .dry_run = a->dry_run,
                                            .overwrite = a->overwrite,
                                            .again = a->again,
                                            .strict = a->strict};
  b->outcome.run = (struct run){.store = a->store,
                                .flags = a->flags,
                                .several = true,
                                .invalid = a->dry_run ? NULL : b->request.invalid,
                                .invalid_is_file = b->request.invalid_is_file,
                                .id_paths = b->request.id_paths};
}

static int start(struct backfill *b, struct ps_error *err) {
  const struct arguments *a = b->outcome.arguments;
  monitor_start(&b->monitor, a, true);
  b->lines = !b->monitor.progress.wanted && !a->quiet && !a->no_progress;
  b->line_due_ns = clock_monotonic_ns() + LINE_INTERVAL_NS;
  struct job_options options = {.work = work,
                                .stop = stop,
                                .tick = tick,
                                .figures = tell_figures,
                                .context = b,
                                .interval_ms = monitor_interval_ms(&b->monitor)};
  int r = job_begin(&b->job, &options, err);
  if (r == PS_OK) r = sieve_request_make(&b->request, a, false, err);
  if (r != PS_OK) return r;
  set_options(b);
  b->stop_fd = eventfd(0, EFD_CLOEXEC);
  return b->stop_fd >= 0
             ? PS_OK
             : error_set_os(err, PS_E_INTERNAL, errno, "no descriptor to stop a run by");
}

int backfill_run(const struct command *command, const struct arguments *arguments) {
  struct backfill *b = calloc(1, sizeof *b);
  struct ps_error err = {0};
  if (!b) {
    (void)error_memory(&err, sizeof *b);
    return command_error(&err);
  }
  b->command = command;
  b->outcome.arguments = arguments;
  b->stop_fd = -1;
  int r = start(b, &err), code;
  if (r == PS_OK) {
    r = job_run(&b->job, &b->outcome.run.error);
    code = finish(b, r);
  } else {
    code = r == PS_E_ARGUMENT ? command_usage(command, err.text) : command_error(&err);
  }
  job_end(&b->job);
  if (b->stop_fd >= 0) (void)close(b->stop_fd);
  sieve_request_release(&b->request);
  free(b);
  return code;
}
