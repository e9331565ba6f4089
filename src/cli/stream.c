#include "cli/stream.h"

#include "base/error.h"
#include "base/format.h"
#include "base/retry.h"
#include "cli/diagnosis.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/job.h"
#include "cli/limits.h"
#include "cli/message.h"
#include "cli/monitor.h"
#include "cli/reload.h"
#include "cli/sieve_request.h"
#include "cli/standard_files.h"
#include "cli/summary.h"
#include "io/opening.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream {
  const struct command *command;
  const struct arguments *arguments;
  enum stream_mode mode;
  int input;
  bool input_owned;
  struct sieve_request request;
  struct job job;
  struct ps_sieve *sieve;
  struct monitor monitor;
  struct run run;
};

/* ---- before ---- */

static int open_input(struct stream *s, struct ps_error *err) {
  const char *path = s->arguments->operands ? s->arguments->operand[0] : "-";
  bool standard = !strcmp(path, "-");
  s->run.input = standard ? "standard input" : path;
  /* A named pipe is waited for by the reader, which can be stopped, not by opening it. */
  s->input = standard ? STDIN_FILENO : opening(path, O_RDONLY, 0, s->job.stops);
  s->input_owned = !standard && s->input >= 0;
  if (standard && standard_files_was_closed(STDIN_FILENO))
    return error_set(err, PS_E_INPUT, "standard input is closed; pings are read from it");
  if (s->input < 0) return error_set_os(err, PS_E_INPUT, errno, "%s cannot be opened", path);
  struct stat in, out;
  if (RETRY(fstat(s->input, &in)))
    return error_set_os(err, PS_E_INPUT, errno, "%s cannot be examined", s->run.input);
  if (S_ISDIR(in.st_mode))
    return error_set(err, PS_E_INPUT, "%s is a directory; a file of pings is wanted", s->run.input);
  if (s->mode == STREAM_ABSORB) return PS_OK;
  if (standard_files_was_closed(STDOUT_FILENO))
    return error_set(err, PS_E_OUTPUT, "standard output is closed; clean pings are written to it");
  if (RETRY(fstat(STDOUT_FILENO, &out)))
    return error_set_os(err, PS_E_OUTPUT, errno, "standard output cannot be examined");
  if (S_ISREG(in.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
    return error_set(err, PS_E_ARGUMENT,
                     "input and output are the same file; write the clean pings to another one");
  return PS_OK;
}

static int open_sieve(struct stream *s, struct ps_error *err) {
  const struct arguments *a = s->arguments;
  struct ps_sieve_options *options = &s->request.options;
  options->input_fd = s->input;
  options->input_name = s->run.input;
  options->output_fd = s->mode == STREAM_ABSORB ? -1 : STDOUT_FILENO;
  options->labels = a->metrics || a->summary;
  options->seen.stop_fd = s->job.stops;
  options->seen.waits = monitor_waits;
  options->seen.waits_context = &s->monitor;
  int r = ps_sieve_open(options, &s->sieve, err);
  if (r != PS_OK) return r;
  atomic_store(&s->monitor.opened, true);
  s->run.threads = ps_sieve_threads(s->sieve);
  s->run.kernel = ps_sieve_kernel(s->sieve);
  return PS_OK;
}

/* ---- meanwhile ---- */

static int work(void *context, struct ps_error *err) {
  struct stream *s = context;
  return ps_sieve_run(s->sieve, err);
}

static void stop(void *context) {
  struct stream *s = context;
  ps_sieve_stop(s->sieve);
}

static void tell_figures(void *context) {
  struct stream *s = context;
  struct ps_sieve_figures figures;
  struct ps_error err;
  char line[SUMMARY_LINE];
  progress_clear(&s->monitor.progress);
  if (ps_sieve_figures(s->sieve, &figures, &err) != PS_OK) {
    message(MESSAGE_WARNING, "%s", err.text);
    return;
  }
  message(MESSAGE_NOTE, "%s", summary_line(&figures, line));
  ps_sieve_figures_release(&figures);
}

static void reload(void *context) {
  struct stream *s = context;
  const struct arguments *a = s->arguments;
  struct ps_rules rules;
  progress_clear(&s->monitor.progress);
  bool reread = a->config && reload_rules(s->command, a, &rules);
  if (reread) ps_sieve_set_rules(s->sieve, &rules);
  ps_sieve_reopen(s->sieve);
  if (a->quiet) return;
  if (reread) message(MESSAGE_NOTE, "%s is read again, files are opened anew", a->config);
  else message(MESSAGE_NOTE, "files are opened anew");
}

static void show_progress(struct stream *s, const struct ps_sieve_figures *f) {
  char pings[FORMAT_TEXT], share[FORMAT_TEXT], bytes[FORMAT_TEXT], text[160];
  uint64_t n = summary_pings(f);
  (void)snprintf(text, sizeof text, "%s pings  %s duplicate  %s", format_count(n, pings),
                 format_share(f->count[PS_DUPLICATE], n, share), format_bytes(f->bytes_in, bytes));
  progress_show(&s->monitor.progress, f->bytes_in, text);
}

static void tick(void *context) {
  struct stream *s = context;
  struct ps_sieve_figures figures;
  if (ps_sieve_figures(s->sieve, &figures, NULL) != PS_OK) return;
  monitor_tick(&s->monitor, &figures);
  if (s->monitor.progress.wanted) show_progress(s, &figures);
  ps_sieve_figures_release(&figures);
}

/* ---- after ---- */

static int exit_code_of_run(const struct stream *s) {
  if (s->run.error.status == PS_E_PIPE && !s->job.pipe_was_ignored) return EXIT_SIGNAL + SIGPIPE;
  return summary_exit_code(&s->run, s->arguments->strict, s->job.stopped_by);
}

static void tell_ending(const struct stream *s) {
  const struct ps_error *err = &s->run.error;
  bool quiet = s->arguments->quiet;
  if (err->status == PS_OK) return;
  char limits[LIMITS_TEXT];
  if (err->status != PS_E_STOPPED)
    message(MESSAGE_ERROR, "%s%s", err->text, limits_remark(err, limits));
  else if (!quiet)
    message(MESSAGE_NOTE,
            "stopped by SIG%s; what was written is committed: run it again with the same input to "
            "go on",
            sigabbrev_np(s->job.stopped_by));
  if (error_is_passing(err) && !quiet)
    message(MESSAGE_NOTE, "what was read is committed: run it again with the same input to go on");
  if (err->status == PS_E_OUTPUT && !quiet)
    message(MESSAGE_NOTE,
            "the pings of the open batch are not marked seen: run it again with the same input");
}

/* The files about a run that is over. `store` is taken over. */
static void write_files(struct stream *s, json_t *store) {
  const struct arguments *a = s->arguments;
  struct ps_error err;
  if (monitor_metrics(&s->monitor, &s->run.figures, false) != PS_OK)
    s->run.exit_code = exit_code_worse(s->run.exit_code, PS_E_OUTPUT);
  if (!a->summary || summary_write(&s->run, store, a->summary, &err) == PS_OK) return;
  message(MESSAGE_ERROR, "%s", err.text);
  s->run.exit_code = exit_code_worse(s->run.exit_code, (int)err.status);
}

static void tell(struct stream *s, json_t *store) {
  s->run.exit_code = exit_code_of_run(s);
  write_files(s, store);
  if (s->run.error.status == PS_E_PIPE) job_die_of_pipe(&s->job);
  tell_ending(s);
  if (s->arguments->quiet) return;
  summary_print(&s->run);
  diagnosis_print(&s->run, s->request.invalid_began);
}

static void run_sieve(struct stream *s) {
  struct ps_error *err = &s->run.error, closing = {0};
  int r = job_run(&s->job, err);
  progress_stop(&s->monitor.progress);
  if (r == PS_OK) error_clear(err);
  struct ps_error figures_error;
  if (ps_sieve_figures(s->sieve, &s->run.figures, &figures_error) != PS_OK && r == PS_OK)
    *err = figures_error;
  json_t *store = s->arguments->summary ? summary_store(&s->run, ps_sieve_seen(s->sieve)) : NULL;
  if (ps_sieve_close(s->sieve, &closing) != PS_OK &&
      (err->status == PS_OK || err->status == PS_E_STOPPED))
    *err = closing;
  s->sieve = NULL;
  tell(s, store);
  ps_sieve_figures_release(&s->run.figures);
}

static struct job_options job_options_of(struct stream *s) {
  bool mixed = s->mode == STREAM_FILTER && terminal_is(STDOUT_FILENO); /* with the pings */
  monitor_start(&s->monitor, s->arguments, !mixed);
  return (struct job_options){.work = work,
                              .stop = stop,
                              .figures = tell_figures,
                              .reload = reload,
                              .tick = tick,
                              .context = s,
                              .interval_ms = monitor_interval_ms(&s->monitor)};
}

static int start(struct stream *s, struct ps_error *err) {
  static const struct ps_sieve_figures none;
  int r = open_input(s, err);
  if (r == PS_OK) r = sieve_request_make(&s->request, s->arguments, s->mode == STREAM_FILTER, err);
  if (r != PS_OK) return r;
  s->run.invalid = s->request.invalid;
  s->run.invalid_is_file = s->request.invalid_is_file;
  s->run.id_paths = s->request.id_paths;
  r = open_sieve(s, err);
  if (r == PS_OK) (void)monitor_metrics(&s->monitor, &none, true);
  return r;
}

int stream_run(const struct command *command, const struct arguments *arguments,
               enum stream_mode mode) {
  if (!arguments->operands && terminal_is(STDIN_FILENO)) {
    message(MESSAGE_ERROR, "pings are read from standard input, which is a terminal");
    if (mode == STREAM_FILTER) (void)help_short(stderr);
    else (void)fprintf(stderr, "Usage: pingsieve %s\n", command->synopsis);
    return EXIT_USAGE;
  }
  if (!command_has_store(command, arguments)) return EXIT_USAGE;
  struct stream *s = calloc(1, sizeof *s);
  struct ps_error err = {0};
  if (!s) {
    (void)error_memory(&err, sizeof *s);
    return command_error(&err);
  }
  s->command = command;
  s->arguments = arguments;
  s->mode = mode;
  s->run.store = arguments->store;
  s->run.absorb = mode == STREAM_ABSORB;
  s->run.flags = arguments->flags;
  struct job_options options = job_options_of(s);
  int r = job_begin(&s->job, &options, &err), code;
  if (r == PS_OK) r = start(s, &err);
  if (r == PS_OK) {
    run_sieve(s);
    code = s->run.exit_code;
  } else if (r == PS_E_STOPPED && job_take_stop(&s->job)) {
    message(MESSAGE_NOTE, "stopped by SIG%s before anything was read: %s",
            sigabbrev_np(s->job.stopped_by), err.text);
    code = EXIT_SIGNAL + s->job.stopped_by;
  } else {
    code = err.status == PS_E_ARGUMENT ? command_usage(command, err.text) : command_error(&err);
  }
  job_end(&s->job);
  if (s->input_owned) (void)close(s->input);
  sieve_request_release(&s->request);
  free(s);
  return code;
}
