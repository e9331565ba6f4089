#include "base/buffer.h"
#include "base/error.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/replace.h"
#include "cli/spelling.h"
#include "cli/store_command.h"
#include "report/render.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum format { TEXT, HTML, JSON, CSV, FORMATS };
static const char *const format_names[FORMATS] = {"text", "html", "json", "csv"};

/* What the arguments ask for. */
struct task {
  const struct arguments *arguments;
  struct report_options options;
  enum format format;
  size_t table;
  bool directory; /* all CSV tables, into the directory --output */
};

static bool to_standard_output(const struct arguments *a) {
  return !a->output || !strcmp(a->output, "-");
}

/* ---- reading the arguments ---- */

static int unknown_word(const char *option, const char *word, const char *best,
                        struct ps_error *err) {
  if (*best)
    return error_set(err, PS_E_ARGUMENT, "%s knows no '%s': did you mean '%s'?", option, word,
                     best);
  return error_set(err, PS_E_ARGUMENT, "%s knows no '%s': see --help", option, word);
}

static int choose_named_format(const char *word, enum format *format, struct ps_error *err) {
  struct spelling spelling;
  spelling_begin(&spelling, word);
  for (size_t i = 0; i < FORMATS; i++) {
    if (!strcmp(word, format_names[i])) {
      *format = (enum format)i;
      return PS_OK;
    }
    spelling_offer(&spelling, format_names[i]);
  }
  return unknown_word("--format", word, spelling.best, err);
}

static bool ends_in(const char *text, const char *end) {
  size_t len = strlen(text), n = strlen(end);
  return len > n && !strcasecmp(text + len - n, end);
}

static int choose_format(const struct arguments *a, enum format *format, struct ps_error *err) {
  *format = TEXT;
  if (a->format) {
    int status = choose_named_format(a->format, format, err);
    if (status == PS_OK && a->json && *format != JSON)
      return error_set(err, PS_E_ARGUMENT, "--json and --format %s are two formats", a->format);
    return status;
  }
  bool file = !to_standard_output(a);
  if (a->json || (file && ends_in(a->output, ".json"))) *format = JSON;
  else if (file && (ends_in(a->output, ".html") || ends_in(a->output, ".htm"))) *format = HTML;
  else if (a->table || (file && ends_in(a->output, ".csv"))) *format = CSV;
  return PS_OK;
}

static int choose_table(struct task *task, struct ps_error *err) {
  const struct arguments *a = task->arguments;
  task->directory =
      task->format == CSV && !to_standard_output(a) && !a->table && !ends_in(a->output, ".csv");
  if (!a->table) return PS_OK;
  if (task->format != CSV)
    return error_set(err, PS_E_ARGUMENT, "--table chooses one of the tables of --format csv");
  struct spelling spelling;
  spelling_begin(&spelling, a->table);
  for (task->table = 0; task->table < render_csv_tables(); task->table++) {
    if (!strcmp(a->table, render_csv_name(task->table))) return PS_OK;
    spelling_offer(&spelling, render_csv_name(task->table));
  }
  return unknown_word("--table", a->table, spelling.best, err);
}

static int parse_day(const char *option, const char *text, bool *given, day_t *day,
                     struct ps_error *err) {
  if (!text) return PS_OK;
  *given = true;
  if (strpbrk(text, "T ") == NULL && day_parse(text, strlen(text), day)) return PS_OK;
  return error_set(err, PS_E_ARGUMENT, "%s wants a day as in 2017-03-12, not '%s'", option, text);
}

static int read_arguments(const struct arguments *a, struct task *task, struct ps_error *err) {
  *task = (struct task){.arguments = a};
  struct report_options *options = &task->options;
  options->top = (size_t)a->top.value;
  options->type = a->doc_type;
  options->channel = a->only_channel;
  options->show_ids = a->show_ids;
  int status = parse_day("--from", a->from, &options->from_given, &options->from, err);
  if (status == PS_OK) status = parse_day("--to", a->to, &options->to_given, &options->to, err);
  if (status == PS_OK && options->from_given && options->to_given && options->from > options->to)
    status = error_set(err, PS_E_ARGUMENT, "--from %s is after --to %s", a->from, a->to);
  if (status == PS_OK) status = choose_format(a, &task->format, err);
  if (status == PS_OK) status = choose_table(task, err);
  if (status != PS_OK) return status;
  if (a->from_json && !a->operands)
    return error_set(err, PS_E_ARGUMENT,
                     "--from-json wants reports to read: pingsieve report --from-json a.json "
                     "b.json");
  if (!a->from_json && a->operands)
    return error_set(err, PS_E_ARGUMENT,
                     "unexpected operand '%s': a store is named by --store, JSON reports are read "
                     "with --from-json",
                     a->operand[0]);
  if (task->format == HTML && to_standard_output(a) && terminal_is(STDOUT_FILENO))
    return error_set(err, PS_E_ARGUMENT,
                     "the page is not for a terminal: write it to a file with -o report.html");
  return PS_OK;
}

/* ---- collecting and rendering ---- */

static int collect(const struct task *task, struct report *report, struct ps_error *err) {
  const struct arguments *a = task->arguments;
  int status = PS_OK;
  if (!a->from_json) status = report_read_store(report, a->store, err);
  for (size_t i = 0; a->from_json && i < a->operands && status == PS_OK; i++)
    status = report_read_json(report, a->operand[i], err);
  return status == PS_OK ? report_finish(report, err) : status;
}

/* Whether the locale's characters are UTF-8, without being in it: the program never sets one. */
static bool locale_is_utf8(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value && *value) return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
  }
  return false;
}

static int render(const struct task *task, const struct report *report, struct buffer *out,
                  struct ps_error *err) {
  const struct arguments *a = task->arguments;
  bool standard = to_standard_output(a);
  struct render_text_options how = {.width = a->width.given
                                                 ? (unsigned)a->width.value
                                                 : terminal_width(standard ? STDOUT_FILENO : -1),
                                    .colour = standard && terminal_has_colour(STDOUT_FILENO),
                                    .ascii = !locale_is_utf8()};
  switch (task->format) {
  case HTML: return render_html(report, out, err);
  case JSON: return render_json(report, out, err);
  case CSV: return render_csv(report, task->table, out, err);
  case TEXT:
  case FORMATS: break;
  }
  return render_text(report, &how, out, err);
}

/* A page, an object or a table without days does not say why; the text does. */
static void note_absence(const struct task *task, const struct report *report) {
  struct buffer words = BUFFER_INIT;
  if (report->ndays > 0 || (task->format == TEXT && to_standard_output(task->arguments))) return;
  if (report_say_absence(report, &words, NULL) == PS_OK)
    message(MESSAGE_NOTE, "%s", (const char *)words.data);
  buffer_release(&words);
}

/* ---- writing ---- */

static int write_one(const struct task *task, const struct report *report, struct ps_error *err) {
  struct buffer out = BUFFER_INIT;
  int status = render(task, report, &out, err);
  if (status == PS_OK && to_standard_output(task->arguments))
    (void)fwrite(out.data, 1, out.len, stdout); /* the program's end checks it */
  else if (status == PS_OK)
    status = replace_file(task->arguments->output, out.data, out.len, false, err);
  buffer_release(&out);
  return status;
}

static int write_tables(const struct task *task, const struct report *report,
                        struct ps_error *err) {
  const char *dir = task->arguments->output;
  if (mkdir(dir, 0777) < 0 && errno != EEXIST)
    return error_set_os(err, PS_E_OUTPUT, errno, "directory %s cannot be made", dir);
  int status = PS_OK;
  for (size_t table = 0; table < render_csv_tables() && status == PS_OK; table++) {
    struct buffer out = BUFFER_INIT;
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s.csv", dir, render_csv_name(table));
    if (n < 0 || (size_t)n >= sizeof path)
      status = error_set(err, PS_E_OUTPUT, "the name of directory %s is too long", dir);
    if (status == PS_OK) status = render_csv(report, table, &out, err);
    if (status == PS_OK) status = replace_file(path, out.data, out.len, false, err);
    buffer_release(&out);
  }
  return status;
}

/* Before the store is read: whether the output can be written at all. */
static int check_output(const struct task *task, struct ps_error *err) {
  const char *path = task->arguments->output;
  struct stat st;
  if (to_standard_output(task->arguments)) return PS_OK;
  if (!task->directory) return replace_check(path, err);
  if (stat(path, &st) < 0 || S_ISDIR(st.st_mode)) return PS_OK;
  return error_set(err, PS_E_OUTPUT,
                   "%s is a file; all tables want a directory, one table is chosen by --table",
                   path);
}

static int run(const struct arguments *arguments) {
  struct task task;
  struct ps_error err = {0};
  if (read_arguments(arguments, &task, &err) != PS_OK)
    return command_usage(&command_report, err.text);
  if (!arguments->from_json && !command_has_store(&command_report, arguments)) return EXIT_USAGE;
  int status = check_output(&task, &err);
  if (status != PS_OK) return command_error(&err);
  struct report report;
  report_init(&report, &task.options);
  status = collect(&task, &report, &err);
  if (status == PS_OK)
    status = task.directory ? write_tables(&task, &report, &err) : write_one(&task, &report, &err);
  if (status == PS_OK) note_absence(&task, &report);
  report_release(&report);
  return status == PS_OK ? EXIT_DONE : command_error(&err);
}

static const struct option_group *const groups[] = {&options_store, &options_report_what,
                                                    &options_report_how, &options_general, NULL};

const struct command command_report = {
    .name = "report",
    .summary = "tells how many duplicates there are, since when, and from whom",
    .synopsis = "report {--store DIR | --from-json FILE...} [OPTION]...",
    .about =
        "Reports what filters counted in a store: per day, docType and channel how many pings, "
        "distinct documents and duplicates there were, which clients sent most, which days and "
        "clients stand out. Filters may run meanwhile. JSON reports of several stores can be "
        "joined into one.",
    .groups = groups,
    .examples = {{"At a glance", "pingsieve report --store seen"},
                 {"A page to send on, of two weeks",
                  "pingsieve report -s seen --from 2017-03-01 --to 2017-03-14 -o report.html"},
                 {"All tables for a spreadsheet", "pingsieve report -s seen -f csv -o tables"},
                 {"For a program", "pingsieve report -s seen --json | jq .totals"},
                 {"One page of two stores",
                  "pingsieve report --from-json a.json b.json -o both.html"}},
    .max_operands = SIZE_MAX,
    .run = run,
};
