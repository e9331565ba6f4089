#include "cli/command.h"
#include "cli/option_table.h"
#include "cli/stream.h"

static int run(const struct arguments *arguments) {
  return stream_run(&command_store_absorb, arguments, STREAM_ABSORB);
}

static const struct option_group *const groups[] = {&options_store_new,
                                                    &options_inputs,
                                                    &options_invalid,
                                                    &options_reporting,
                                                    &options_absorb_accounts,
                                                    &options_thresholds,
                                                    &options_fields,
                                                    &options_config,
                                                    &options_advanced,
                                                    &options_general,
                                                    NULL};

const struct command command_store_absorb = {
    .name = "store absorb",
    .summary = "marks pings as seen without writing them anywhere",
    .synopsis = "store absorb --store DIR [OPTION]... [FILE]... < pings",
    .about =
        "Reads pings as the filter does and only marks their documentIds and counts them in the "
        "accounts, for pings that are downstream already when filtering begins. The store is made "
        "if it does not exist.",
    .groups = groups,
    .examples = {{"Teach a new store what yesterday's run let through",
                  "zcat clean-*.ndjson.gz | pingsieve store absorb --store seen"}},
    .max_operands = SIZE_MAX,
    .run = run,
};
