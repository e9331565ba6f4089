#include "cli/stream.h"

#include "base/error.h"
#include "base/format.h"
#include "base/retry.h"
#include "cli/account_options.h"
#include "cli/diagnosis.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/job.h"
#include "cli/limits.h"
#include "cli/message.h"
#include "cli/monitor.h"
#include "cli/read_request.h"
#include "cli/reload.h"
#include "cli/sieve_request.h"
#include "cli/standard_files.h"
#include "cli/summary.h"
#include "inputs/inputs.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream {
  const struct command *command;
  const struct arguments *arguments;
  enum stream_mode mode;
  struct ps_inputs inputs;
  char input[PATH_MAX];   /* the name of several */
  const char *written[9]; /* ended by NULL */
  struct sieve_request request;
  struct job job;
  struct ps_sieve *sieve;
  struct monitor monitor;
  struct run run;
};

/* ---- before ---- */

static int look_at_input(const char *path, struct stat *in, struct ps_error *err) {
  if (strcmp(path, "-") != 0) return input_look(path, in, err);
  if (standard_files_was_closed(STDIN_FILENO))
    return error_set(err, PS_E_INPUT, "standard input is closed; pings are read from it");
  if (RETRY(fstat(STDIN_FILENO, in)))
    return error_set_os(err, PS_E_INPUT, errno, "standard input cannot be examined");
  if (S_ISDIR(in->st_mode))
    return error_set(err, PS_E_INPUT, "standard input is a directory; a file of pings is wanted");
  return PS_OK;
}

/* os_error: of looking at it; 0: none. */
static int look_at_output(int os_error, struct ps_error *err) {
  if (standard_files_was_closed(STDOUT_FILENO))
    return error_set(err, PS_E_OUTPUT, "standard output is closed; clean pings are written to it");
  if (!os_error) return PS_OK;
  return error_set_os(err, PS_E_OUTPUT, os_error, "standard output cannot be examined");
}

/* Named pipes are waited for by the reader, which can be stopped, not by opening them. */
static int look_at_files(struct stream *s, struct ps_error *err) {
  const struct ps_inputs *inputs = &s->inputs;
  const bool writes = s->mode == STREAM_FILTER;
  struct stat in = {0}, out = {0};
  const int os_error = writes && RETRY(fstat(STDOUT_FILENO, &out)) ? errno : 0;
  int r = PS_OK;
  for (size_t i = 0; i < inputs->ninputs && !r; i++) {
    r = look_at_input(inputs->inputs[i], &in, err);
    if (!r && S_ISREG(out.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
      r = error_set(err, PS_E_ARGUMENT,
                    "input and output are the same file; write the clean pings to another one");
  }
  return r || !writes ? r : look_at_output(os_error, err);
}

/* Files that a list may name must not be written. */
static void list_written(struct stream *s) {
  const struct arguments *a = s->arguments;
  const char *const files[] = {s->mode == STREAM_FILTER ? "/dev/stdout" : NULL,
                               a->duplicates,
                               s->request.invalid,
                               s->request.invalid_is_file ? s->request.reasons : NULL,
                               a->flags,
                               account_options_flagged(a) == PS_FLAGGED_FILE ? a->flagged : NULL,
                               a->summary,
                               a->metrics};
  size_t n = 0;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (files[i]) s->written[n++] = files[i];
}

static int open_sieve(struct stream *s, struct ps_error *err) {
  const struct arguments *a = s->arguments;
  struct ps_sieve_options *options = &s->request.options;
  if (a->operands || a->files_from) options->inputs = s->inputs;
  else options->input_fd = STDIN_FILENO;
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
            "stopped by SIG%s; what has arrived is committed: run it again with the same input to "
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

static void tell_torn(const struct stream *s) {
  const uint64_t at = ps_sieve_output_torn(s->sieve);
  if (at && !s->arguments->quiet)
    message(MESSAGE_NOTE,
            "the file of standard output ends in the middle of a line, at byte %" PRIu64
            ": the line stays, and a newline comes behind it",
            at);
}

static int start(struct stream *s, struct ps_error *err) {
  static const struct ps_sieve_figures none;
  int r = look_at_files(s, err);
  if (r == PS_OK) r = sieve_request_make(&s->request, s->arguments, s->mode == STREAM_FILTER, err);
  if (r != PS_OK) return r;
  if (s->arguments->files_from) list_written(s);
  s->run.invalid = s->request.invalid;
  s->run.invalid_is_file = s->request.invalid_is_file;
  s->run.id_paths = s->request.id_paths;
  r = open_sieve(s, err);
  if (r != PS_OK) return r;
  tell_torn(s);
  (void)monitor_metrics(&s->monitor, &none, true);
  return PS_OK;
}

/* How the summary calls the input. */
static void name_input(struct stream *s) {
  const struct ps_inputs *inputs = &s->inputs;
  const char *first = inputs->ninputs ? inputs->inputs[0] : inputs->files_from;
  const size_t more = inputs->ninputs + (inputs->files_from != NULL) - 1;
  if (first && strcmp(first, "-") == 0)
    first = inputs->ninputs ? "standard input" : "the list in standard input";
  if (more) (void)snprintf(s->input, sizeof s->input, "%s and %zu more", first, more);
  s->run.input = more ? s->input : first;
  s->run.several = more || inputs->files_from;
}

int stream_run(const struct command *command, const struct arguments *arguments,
               enum stream_mode mode) {
  if (!arguments->operands && !arguments->files_from && terminal_is(STDIN_FILENO)) {
    message(MESSAGE_ERROR, "pings are read from standard input, which is a terminal");
    if (mode == STREAM_FILTER) (void)help_short(stderr);
    else (void)fprintf(stderr, "Usage: pingsieve %s\n", command->synopsis);
    return EXIT_USAGE;
  }
  if (arguments->null_separated && !arguments->files_from)
    return command_usage(command, "--null is about the names in --files-from");
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
  s->inputs = read_request_inputs(arguments, s->written);
  name_input(s);
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
  sieve_request_release(&s->request);
  free(s);
  return code;
}
