#include "cli/command.h"
#include "cli/option_table.h"
#include "cli/stream.h"

static int run(const struct arguments *arguments) {
  return stream_run(&command_filter, arguments, STREAM_FILTER);
}

static const struct option_group *const groups[] = {
    &options_store_new, &options_inputs,   &options_selection,  &options_outputs,
    &options_reporting, &options_accounts, &options_thresholds, &options_fields,
    &options_config,    &options_advanced, &options_general,    NULL};

const struct command command_filter = {
    .name = "filter",
    .summary = "drops telemetry pings whose documentId was seen before",
    .synopsis = "[filter] --store DIR [OPTION]... [FILE]... < pings > clean",
    .about =
        "Reads pings, one JSON text a line, plain or gzip, from FILEs, one after another, or "
        "standard input, and writes "
        "those whose documentId is not in the store yet to standard output, in order and byte for "
        "byte. A ping is marked seen only after it was written: a crash may repeat the last batch, "
        "never lose a ping. Pings without a documentId and pings older than the retention pass; "
        "malformed ones are kept aside. Each is counted, by day, docType, channel and client; "
        "clients "
        "that send far too much are flagged.",
    .groups = groups,
    .examples = {{"Drop what was seen before, in this stream or in any run with the same store",
                  "pingsieve --store seen < pings.ndjson > clean.ndjson"},
                 {"Between a growing log and a loader; each ping leaves at once",
                  "tail -F pings.log | pingsieve --store seen | loader"},
                 {"Remember for 90 days, keep the duplicates, write figures for a monitor",
                  "pingsieve -s seen -k 90 --duplicates dup --metrics m.prom < in > out"},
                 {"Name clients that flood, the moment they do, and drop what else they send",
                  "pingsieve -s seen --flags flags.ndjson --flagged drop < in > out"},
                 {"Only some pings, and of these only some fields",
                  "pingsieve -s seen -w docType=main --select documentId,clientId < in > out"},
                 {"The id is somewhere else, and counts only together with the namespace",
                  "pingsieve -s seen --id header/id --scope header/namespace < in > out"}},
    .max_operands = SIZE_MAX,
    .run = run,
};
