#include "base/error.h"
#include "cli/day_argument.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/page_output.h"
#include "cli/reader.h"
#include "cli/store_command.h"
#include <string.h>

/* The report that the arguments ask for. */
struct task {
  const struct arguments *arguments;
  struct report_options options;
  struct page_output output;
};

static int render(const void *content, const struct arguments *a, enum page_format format,
                  size_t table, const struct render_text_options *text, struct buffer *out,
                  struct ps_error *err) {
  const struct report *report = content;
  (void)a;
  switch (format) {
  case PAGE_HTML: return render_html(report, out, err);
  case PAGE_JSON: return render_json(report, out, err);
  case PAGE_CSV: return render_csv(report, table, out, err);
  case PAGE_TEXT:
  case PAGE_FORMATS: break;
  }
  return render_text(report, text, out, err);
}

static const struct page_kind page_kind = {.file = "report.html",
                                           .tables = render_csv_tables,
                                           .table_name = render_csv_name,
                                           .render = render};

/* ---- reading the arguments ---- */

static int parse_day(const char *option, const char *text, bool *given, day_t *day,
                     struct ps_error *err) {
  if (!text) return PS_OK;
  *given = true;
  if (day_argument_parse(text, strlen(text), day)) return PS_OK;
  return error_set(err, PS_E_ARGUMENT, "%s wants a day as in 2017-03-12, not '%s'", option, text);
}

static int read_arguments(const struct arguments *a, struct task *task, struct ps_error *err) {
  *task = (struct task){.arguments = a};
  struct report_options *options = &task->options;
  options->top = (size_t)a->top.value;
  options->type = a->doc_type;
  options->channel = a->only_channel;
  options->show_ids = a->show_ids;
  int r = parse_day("--from", a->from, &options->from_given, &options->from, err);
  if (r == PS_OK) r = parse_day("--to", a->to, &options->to_given, &options->to, err);
  if (r == PS_OK && options->from_given && options->to_given && options->from > options->to)
    r = error_set(err, PS_E_ARGUMENT, "--from %s is after --to %s", a->from, a->to);
  if (r == PS_OK) r = page_output_choose(&task->output, &page_kind, a, err);
  if (r != PS_OK) return r;
  if (a->from_json && !a->operands)
    return error_set(err, PS_E_ARGUMENT,
                     "--from-json wants reports to read: pingsieve report --from-json a.json "
                     "b.json");
  if (!a->from_json && a->operands)
    return error_set(err, PS_E_ARGUMENT,
                     "unexpected operand '%s': a store is named by --store, JSON reports are read "
                     "with --from-json",
                     a->operand[0]);
  return PS_OK;
}

/* ---- collecting and writing ---- */

static int collect(const struct task *task, struct report *report, struct ps_error *err) {
  const struct arguments *a = task->arguments;
  int r = PS_OK;
  if (!a->from_json) r = report_read_store(report, a->store, err);
  for (size_t i = 0; a->from_json && i < a->operands && r == PS_OK; i++)
    r = report_read_json(report, a->operand[i], err);
  return r == PS_OK ? report_finish(report, err) : r;
}

/* A page, an object or a table without days does not say why; the text does. */
static void note_absence(const struct task *task, const struct report *report) {
  const struct page_output *output = &task->output;
  struct buffer words = BUFFER_INIT;
  if (report->ndays > 0 || (output->format == PAGE_TEXT && page_output_is_standard(output))) return;
  if (report_say_absence(report, &words, NULL) == PS_OK)
    message(MESSAGE_NOTE, "%s", (const char *)words.data);
  buffer_release(&words);
}

static int write_page(const struct task *task, const struct report *report, struct ps_error *err) {
  struct page page;
  int r = page_output_render(&task->output, report, &page, err);
  if (r == PS_OK) r = page_output_write(&task->output, &page, err);
  page_release(&page);
  return r;
}

static int run(const struct arguments *arguments) {
  struct task task;
  struct ps_error err = {0};
  if (read_arguments(arguments, &task, &err) != PS_OK)
    return command_usage(&command_report, err.text);
  if (!arguments->from_json && !command_has_store(&command_report, arguments)) return EXIT_USAGE;
  int r = arguments->from_json ? PS_OK : reader_begin(arguments->store, &err);
  if (r == PS_OK) r = page_output_check(&task.output, &err);
  if (r != PS_OK) return command_error(&err);
  struct report report;
  report_init(&report, &task.options);
  r = collect(&task, &report, &err);
  if (r == PS_OK) r = write_page(&task, &report, &err);
  if (r == PS_OK) note_absence(&task, &report);
  report_release(&report);
  return r == PS_OK ? EXIT_DONE : command_error(&err);
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
