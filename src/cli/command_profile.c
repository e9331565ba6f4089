#include "base/error.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/option_table.h"
#include "cli/profile_run.h"
#include "cli/reader.h"
#include "cli/standard_files.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool pings_from_standard_input(const struct arguments *a) {
  for (size_t i = 0; i < a->operands; i++)
    if (!strcmp(a->operand[i], "-")) return true;
  return !a->operands && !a->files_from;
}

/* EXIT_DONE, or why there can be no pings on it. */
static int look_at_standard_input(const struct arguments *a) {
  if (!pings_from_standard_input(a)) return EXIT_DONE;
  if (standard_files_was_closed(STDIN_FILENO)) {
    message(MESSAGE_ERROR, "standard input is closed; pings are read from it");
    return EXIT_INPUT;
  }
  if (!terminal_is(STDIN_FILENO)) return EXIT_DONE;
  if (a->operands)
    return command_usage(&command_profile,
                         "'-' reads pings from standard input, which is a terminal");
  return command_usage(&command_profile,
                       "no input: name files and directories of pings, or a list of them with "
                       "--files-from (standard input is a terminal)");
}

static int run(const struct arguments *a) {
  int code = look_at_standard_input(a);
  if (code != EXIT_DONE) return code;
  if (a->flagged_day.n && !command_has_store(&command_profile, a)) return EXIT_USAGE;
  struct ps_error err = {0};
  if (a->flagged_day.n && reader_begin(a->store, &err) != PS_OK) return command_error(&err);
  struct profile_request *request = calloc(1, sizeof *request);
  if (!request) {
    (void)error_memory(&err, sizeof *request);
    return command_error(&err);
  }
  int r = profile_request_make(request, a, time(NULL), &err);
  if (r == PS_E_ARGUMENT) code = command_usage(&command_profile, err.text);
  else if (r != PS_OK) code = command_error(&err);
  else if (!request->who.asked || request->who.n) code = profile_run(&command_profile, a, request);
  profile_request_release(request);
  free(request);
  return code;
}

static const struct option_group *const groups[] = {&options_profile_who,
                                                    &options_profile_inputs,
                                                    &options_profile_selection,
                                                    &options_profile_what,
                                                    &options_profile_how,
                                                    &options_profile_fields,
                                                    &options_profile_reporting,
                                                    &options_profile_config,
                                                    &options_profile_advanced,
                                                    &options_general,
                                                    NULL};

const struct command command_profile = {
    .name = "profile",
    .summary = "tells what the pings of a client are, copies told apart",
    .synopsis = "profile [--client ID | --flagged DAY]... [OPTION]... [INPUT]...",
    .about =
        "Reads files and directories of pings, plain or gzip, or standard input, once, and tells "
        "of each client asked for: pings and documents by day, the most repeated documents, "
        "measurements per ping, and for fields such as add-ons, session length, CPU speed, system "
        "and city which values there are, how often, and how often among all other clients. "
        "Everything is told of three populations side by side, since copies make one ping look "
        "like many: all copies; first copies (of each documentId the ping that comes first by day "
        "and path); and documents seen exactly once. Counts are exact; shares of the other clients "
        "come with their error bounds. What the client looks like is said in words where it is "
        "clear.",
    .groups = groups,
    .examples = {{"Flagged yesterday, looked at today: a page to send on",
                  "pingsieve profile --flagged yesterday --store seen -o who.html \\\n"
                  "          landfill/20170312"},
                 {"One client in three weeks of files, on the terminal",
                  "pingsieve profile -c b0fcc79d-6ac1-4f0e-9d0c-4a3e2c0d9b1f landfill/201703*"},
                 {"Two tables of your own, 50 values each",
                  "pingsieve profile -c b0fcc79d-6ac1-4f0e-9d0c-4a3e2c0d9b1f --top 50 \\\n"
                  "          -F version=osVersion:major.minor -F country+city "
                  "landfill"},
                 {"The whole fleet's, of a stream, for a program",
                  "zcat day.gz | pingsieve profile -w docType=main --json | jq .clients"},
                 {"The clients of a list, all tables for a spreadsheet",
                  "pingsieve profile --client-file ids.txt -f csv -o tables landfill"}},
    .max_operands = SIZE_MAX,
    .run = run,
};
