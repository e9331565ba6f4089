#include "cli/profile_run.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/job.h"
#include "cli/message.h"
#include "cli/pace.h"
#include "cli/profile_summary.h"
#include "cli/progress.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TICK_INTERVAL_MS 1000
#define LINE_INTERVAL_NS UINT64_C(60000000000) /* without a terminal */
#define LISTING          "listing the inputs"
#define RENDERING        "writing the profile"

struct profile_job {
  const struct command *command;
  const struct arguments *arguments;
  const struct profile_request *request;
  struct job job;
  int stop_fd; /* readable: opening is to end */
  atomic_bool stopping, rendering;
  _Atomic(struct ps_profiler *) opened; /* NULL while the inputs are listed */
  struct page page;
  struct progress progress;
  struct pace pace;
  bool lines; /* one a minute */
  uint64_t line_due_ns;
};

/* ---- meanwhile ---- */

/* After a problem with an input the page shows the others; but --strict wants all or nothing.
 * Without a result the system has failed, not an input. */
static bool has_page(int r, const struct ps_profiler *opened, const struct arguments *a) {
  if (!ps_profile_result(opened)) return false;
  return r == PS_OK || (r == PS_E_INPUT && !a->strict);
}

static int work(void *context, struct ps_error *err) {
  struct profile_job *p = context;
  struct ps_profiler *opened = NULL;
  int r = ps_profile_open(&p->request->options, p->stop_fd, &opened, err);
  if (r != PS_OK) return r;
  atomic_store(&p->opened, opened);
  if (atomic_load(&p->stopping)) ps_profile_stop(opened); /* stop() may not have seen it */
  r = ps_profile_run(opened, err);
  if (!has_page(r, opened, p->arguments)) return r;
  atomic_store(&p->rendering, true);
  struct ps_error other = {0};
  int rendered =
      page_output_render(&p->request->output, ps_profile_result(opened), &p->page, &other);
  if (rendered == PS_OK) return r;
  *err = other;
  return rendered;
}

static void stop(void *context) {
  struct profile_job *p = context;
  atomic_store(&p->stopping, true);
  uint64_t one = 1;
  while (write(p->stop_fd, &one, sizeof one) < 0 && errno == EINTR) {}
  struct ps_profiler *opened = atomic_load(&p->opened);
  if (opened) ps_profile_stop(opened);
}

static char *describe(struct profile_job *p, char text[PACE_TEXT]) {
  struct ps_profiler *opened = atomic_load(&p->opened);
  struct ps_profile_figures f;
  char remark[2 * FORMAT_TEXT + 32] = "", theirs[FORMAT_TEXT], all[FORMAT_TEXT];
  if (!opened || atomic_load(&p->rendering)) {
    (void)snprintf(text, PACE_TEXT, "%s", opened ? RENDERING : LISTING);
    return text;
  }
  ps_profile_figures(opened, &f);
  const struct pace_files files = {.done = f.files_done,
                                   .all = f.files,
                                   .bytes_done = f.bytes ? f.bytes_done : f.input_bytes,
                                   .bytes = f.bytes};
  if (f.pings && p->request->who.asked)
    (void)snprintf(remark, sizeof remark, "%s of %s pings theirs",
                   format_count(f.client_pings, theirs), format_count(f.pings, all));
  else if (f.pings) (void)snprintf(remark, sizeof remark, "%s pings", format_count(f.pings, all));
  return pace_describe(&p->pace, clock_monotonic_ns(), &files, remark, text);
}

static void tell_figures(void *context) {
  struct profile_job *p = context;
  char text[PACE_TEXT];
  progress_clear(&p->progress);
  message(MESSAGE_NOTE, "%s", describe(p, text));
}

static void tick(void *context) {
  struct profile_job *p = context;
  char text[PACE_TEXT];
  progress_line(&p->progress, describe(p, text));
  if (!p->lines || clock_monotonic_ns() < p->line_due_ns) return;
  message(MESSAGE_NOTE, "%s", text);
  p->line_due_ns += LINE_INTERVAL_NS;
}

/* ---- after ---- */

static int tell_stopped(const struct profile_job *p) {
  if (!p->arguments->quiet)
    message(MESSAGE_NOTE, "stopped by SIG%s; nothing was written", sigabbrev_np(p->job.stopped_by));
  return EXIT_SIGNAL + p->job.stopped_by;
}

/* Tells why a run ended that cannot be continued. Returns the exit code. */
static int tell_failure(const struct profile_job *p, const struct profile_outcome *o, int r,
                        const struct ps_error *err) {
  char count[FORMAT_TEXT];
  if (r != PS_E_INPUT || !o->profile) return command_error(err);
  if (!p->arguments->strict) {
    message(MESSAGE_ERROR, "%s %s; all else is in the profile",
            format_count(o->figures.problems, count),
            o->figures.problems == 1 ? "problem" : "problems");
    return EXIT_INPUT;
  }
  profile_summary_strict(o);
  return o->figures.problems ? EXIT_INPUT : EXIT_STRICT;
}

static bool on_one_terminal(const struct profile_job *p) {
  return page_output_is_standard(&p->request->output) && terminal_is(STDOUT_FILENO) &&
         terminal_is(STDERR_FILENO);
}

static int finish_opened(struct profile_job *p, int r, struct ps_error *err) {
  struct profile_outcome o = {.arguments = p->arguments,
                              .profiler = atomic_load(&p->opened),
                              .profile = ps_profile_result(atomic_load(&p->opened))};
  struct ps_error other = {0};
  int code = EXIT_DONE, written = PS_OK;
  ps_profile_figures(o.profiler, &o.figures);
  int told = profile_summary_problems(&o, &other);
  if (p->page.n && !p->arguments->quiet) profile_summary_warnings(&o);
  if (p->page.n) written = page_output_write(&p->request->output, &p->page, &other);
  if (r != PS_OK) code = tell_failure(p, &o, r, err);
  if (told != PS_OK || written != PS_OK) {
    message(MESSAGE_ERROR, "%s", other.text);
    code = exit_code_worse(code, (int)other.status);
  }
  if (p->page.n && !p->arguments->quiet && !on_one_terminal(p)) profile_summary_print(&o);
  return code;
}

static int finish(struct profile_job *p, int r, struct ps_error *err) {
  progress_stop(&p->progress);
  if (p->job.stopped_by) return tell_stopped(p);
  if (atomic_load(&p->opened)) return finish_opened(p, r, err);
  return r == PS_E_ARGUMENT ? command_usage(p->command, err->text) : command_error(err);
}

/* ---- all of it ---- */

static int start(struct profile_job *p, struct ps_error *err) {
  const struct arguments *a = p->arguments;
  progress_start(&p->progress, !a->quiet && !a->no_progress && terminal_has_escapes(STDERR_FILENO));
  p->lines = !p->progress.wanted && !a->quiet && !a->no_progress;
  p->line_due_ns = clock_monotonic_ns() + LINE_INTERVAL_NS;
  struct job_options options = {.work = work,
                                .stop = stop,
                                .tick = tick,
                                .figures = tell_figures,
                                .context = p,
                                .interval_ms =
                                    p->progress.wanted ? PROGRESS_INTERVAL_MS : TICK_INTERVAL_MS};
  int r = job_begin(&p->job, &options, err);
  if (r != PS_OK) return r;
  p->stop_fd = eventfd(0, EFD_CLOEXEC);
  if (p->stop_fd >= 0) return PS_OK;
  return error_set_os(err, PS_E_INTERNAL, errno, "no descriptor to stop a run by");
}

int profile_run(const struct command *command, const struct arguments *arguments,
                const struct profile_request *request) {
  struct profile_job p = {
      .command = command, .arguments = arguments, .request = request, .stop_fd = -1};
  struct ps_error err = {0};
  int code, r = start(&p, &err);
  bool started = r == PS_OK;
  if (started) r = job_run(&p.job, &err);
  job_end(&p.job); /* before the page is written: a closed pipe ends the program as it would any */
  code = started ? finish(&p, r, &err) : command_error(&err);
  if (p.stop_fd >= 0) (void)close(p.stop_fd);
  page_release(&p.page);
  ps_profile_close(atomic_load(&p.opened));
  return code;
}
