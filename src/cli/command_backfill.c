#include "cli/backfill_run.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/reader.h"
#include "cli/standard_files.h"
#include <string.h>
#include <unistd.h>

static bool reads_standard_input(const struct arguments *a) {
  for (size_t i = 0; i < a->operands; i++)
    if (!strcmp(a->operand[i], "-")) return true;
  return false;
}

static const char *what_is_missing(const struct arguments *a) {
  if (!a->operands && !a->files_from)
    return "no input: name files and directories, or a list of them with --files-from";
  if (!a->out && !a->dry_run)
    return "--out is missing: where should the outputs go? (--dry-run only counts)";
  if (a->null_separated && !a->files_from) return "--null is about the names in --files-from";
  return NULL;
}

static int run(const struct arguments *a) {
  const char *missing = what_is_missing(a);
  if (missing) return command_usage(&command_backfill, missing);
  if (!command_has_store(&command_backfill, a)) return EXIT_USAGE;
  if (reads_standard_input(a)) {
    if (standard_files_was_closed(STDIN_FILENO)) {
      message(MESSAGE_ERROR, "standard input is closed; pings are read from it");
      return EXIT_INPUT;
    }
    if (terminal_is(STDIN_FILENO))
      return command_usage(&command_backfill,
                           "'-' reads pings from standard input, which is a terminal");
  }
  struct ps_error err = {0};
  if (a->dry_run && reader_begin(a->store, &err) != PS_OK) return command_error(&err);
  return backfill_run(&command_backfill, a);
}

static const struct option_group *const groups[] = {
    &options_store_new,          &options_backfill,          &options_selection,  &options_outputs,
    &options_backfill_reporting, &options_accounts,          &options_thresholds, &options_fields,
    &options_backfill_config,    &options_backfill_advanced, &options_general,    NULL};

const struct command command_backfill = {
    .name = "backfill",
    .summary = "deduplicates days of files into a tree of the same shape",
    .synopsis = "backfill --store DIR --out DIR [OPTION]... INPUT...",
    .about =
        "Takes files and directories of pings, plain or gzip, in the order of their days and "
        "paths, and writes for each a file without the pings whose documentId came before, in it, "
        "in an earlier one, or in an earlier run with the same store. An output appears under its "
        "name when it is whole. When a run is interrupted, by Ctrl-C, a full disk or a crash, the "
        "same command goes on where it was, and the outputs end up the same to the byte, whatever "
        "the threads. A file that is damaged or may not be read is told by file and offset and "
        "does "
        "not stop the rest (exit code 4). When the system fails to read a file (an I/O error, no "
        "memory), the run ends there with exit code 4, and the same command goes on there.",
    .groups = groups,
    .examples = {{"Three weeks of an archive, in the order of their days",
                  "pingsieve backfill --store seen --out clean landfill/201703*"},
                 {"How many duplicates there are by day; nothing is written or marked",
                  "pingsieve backfill --store seen --dry-run landfill"},
                 {"Only the main pings of a tenth of the clients, and three fields of each",
                  "pingsieve backfill -s seen -o main -w docType=main --sample-id 0-9 \\\n"
                  "          --select documentId,clientId,payload/info/reason landfill"},
                 {"A list of files, and the figures of each as JSON",
                  "find landfill -name '*.gz' -print0 |\n"
                  "        pingsieve backfill -s seen -o clean -0 --files-from - --summary s.json"},
                 {"A day was wrong: its files have been replaced and are done anew",
                  "pingsieve backfill -s seen -o clean --again --overwrite landfill/20170312"}},
    .max_operands = SIZE_MAX,
    .run = run,
};
