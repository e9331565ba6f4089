#include "cli/option_rows.h"

#include "record/framing.h"
#include "report/report.h"
#include <pingsieve/backfill.h>
#include <stdio.h>
#include <string.h>

const struct option_refusal option_refusals[] = {
    {"in-place",
     "there is no --in-place: outputs never replace their inputs, so that no mistake and no "
     "interruption costs a ping; write them elsewhere, look at them, then move them"},
    {NULL, NULL}};

#define INVALID_ROWS                                                                               \
  {.name = "invalid",                                                                              \
   .kind = OPTION_FILE,                                                                            \
   .argument = "FILE",                                                                             \
   .offset = AT(invalid),                                                                          \
   .fallback_text = "DIR/invalid.ndjson",                                                          \
   .help = "append malformed lines unchanged to FILE, and a line of JSON about each (line, byte "  \
           "offset, reason) to FILE.reasons; a pipe or a device gets the lines alone"},            \
  {                                                                                                \
    .name = "invalid-max", .kind = OPTION_SIZE, .argument = "SIZE", .offset = AT(invalid_max),     \
    .min = 1, .max = UINT64_C(1) << 50, .fallback = PS_INVALID_MAX,                                \
    .help = "neither of the two files grows over SIZE, with what earlier runs have left in them: " \
            "malformed lines that do not fit are counted and told, but not written"                \
  }

/* The thresholds come from the library, and so do their defaults. */
#define RULE_DEFAULT(member)                                                                       \
  static uint64_t default_##member(void) {                                                         \
    struct ps_rules rules;                                                                         \
    ps_rules_default(&rules);                                                                      \
    return rules.member;                                                                           \
  }
RULE_DEFAULT(ping_flood)
RULE_DEFAULT(duplicate_flood)
RULE_DEFAULT(duplicate_flood_percent)
RULE_DEFAULT(measurement_spike)
RULE_DEFAULT(measurement_spike_ping)
RULE_DEFAULT(shared_profile)
RULE_DEFAULT(shared_profile_percent)
RULE_DEFAULT(shared_profile_fleet_percent)
RULE_DEFAULT(shared_profile_cities)

#define RULE_ROW(option, letters, member, highest, sentence)                                       \
  {                                                                                                \
    .name = (option), .kind = OPTION_COUNT, .argument = (letters), .offset = AT(rules.member),     \
    .max = (highest), .fallback_function = default_##member, .live = true, .help = (sentence)      \
  }

static const struct option_row store_rows[] = {STORE_ROW("directory of the store")};
const struct option_group options_store = GROUP("Store", store_rows);

static const struct option_row store_new_rows[] = {
    STORE_ROW("directory of the store, which remembers the documentIds; made if it does not exist"),
    {.name = "keep",
     .letter = 'k',
     .kind = OPTION_COUNT,
     .argument = "DAYS",
     .offset = AT(keep),
     .max = PS_KEEP_MAX,
     .fallback = PS_KEEP_DEFAULT,
     .help =
         "retention: how many days a documentId is remembered, 0 for ever; fixed when the store "
         "is made"},
    {.name = "scope",
     .kind = OPTION_LIST,
     .argument = "PATH",
     .offset = AT(scope),
     .max = PS_SCOPE_MAX,
     .help = "pings are duplicates only if the value at PATH is equal too; may be repeated; fixed "
             "when the store is made"},
};
const struct option_group options_store_new = GROUP("Store", store_new_rows);

void option_rows_framings(char *text, size_t cap) {
  size_t at = strlen(text);
  for (const struct framing *row = framings(); row->name && at < cap; row++) {
    int n = snprintf(text + at, cap - at, "%s %s (%s)%s", row == framings() ? " Framings:" : ",",
                     row->name, row->summary, row[1].name ? "" : ".");
    at += n > 0 ? (size_t)n : 0;
  }
}

static const struct option_row fields_rows[] = {
    FRAMING_ROW,
#define PS_FIELD(id, name, short, kind, uri, setting, option, profile, ...) option
#define PS_NAME(...)
#include <pingsieve/fields.def>
};
const struct option_group options_fields = {.title = "Fields of a ping",
                                            .note = PATHS_NOTE,
                                            .note_more = option_rows_framings,
                                            .rows = fields_rows,
                                            .n = sizeof fields_rows / sizeof fields_rows[0]};

void option_rows_selection_names(char *text, size_t cap) {
  size_t at = strlen(text);
  for (const struct ps_selection_name *row = ps_selection_names(); row->name && at < cap; row++) {
    int n = snprintf(text + at, cap - at, "%s%s%s", row == ps_selection_names() ? " " : ", ",
                     row->name, row[1].name ? "" : ".");
    at += n > 0 ? (size_t)n : 0;
  }
}

static const struct option_row selection_rows[] = {
    WHERE_ROW,
    SAMPLE_ID_ROW,
    {.name = "one-per-client",
     .kind = OPTION_FLAG,
     .offset = AT(one_per_client),
     .help = "only the first ping of each client within the retention"},
    {.name = "select",
     .kind = OPTION_LIST,
     .argument = "PATH[,PATH]...",
     .offset = AT(select),
     .max = PS_SELECT_MAX,
     .help = "write of each ping an object with these keys and the values found there (null where "
             "there is none) instead of the whole; may be repeated"},
};
const struct option_group options_selection = {
    .title = "Selection",
    .note = SELECTION_NOTE(
        "Pings that are not selected are counted, not written and not marked as seen."),
    .note_more = option_rows_selection_names,
    .rows = selection_rows,
    .n = sizeof selection_rows / sizeof selection_rows[0]};

static const struct option_row inputs_rows[] = {FILES_FROM_ROW(", after those of the command line"),
                                                NULL_ROW, DAY_FROM_ROW("no path tells it")};
const struct option_group options_inputs = GROUP("Inputs", inputs_rows);

static const struct option_row backfill_rows[] = {
    {.name = "out",
     .letter = 'o',
     .kind = OPTION_DIRECTORY,
     .argument = "DIR",
     .offset = AT(out),
     .help = "directory of the outputs, one for each input, of the same relative name and "
             "compression; made if it does not exist"},
    FILES_FROM_ROW("; their outputs are called like the lines"),
    NULL_ROW,
    DAY_FROM_ROW("the first YYYYMMDD or YYYY-MM-DD"),
    {.name = "level",
     .kind = OPTION_COUNT,
     .argument = "N",
     .offset = AT(level),
     .min = 1,
     .max = PS_LEVEL_MAX,
     .fallback = PS_LEVEL_DEFAULT,
     .help = "compression level of the outputs of gzip inputs"},
    {.name = "dry-run",
     .letter = 'n',
     .kind = OPTION_FLAG,
     .offset = AT(dry_run),
     .help = "only count, on a copy of the store: nothing is written or marked, and a table of "
             "the days goes to standard output"},
    {.name = "overwrite",
     .kind = OPTION_FLAG,
     .offset = AT(overwrite),
     .help = "replace outputs that exist"},
    {.name = "again",
     .kind = OPTION_FLAG,
     .offset = AT(again),
     .help = "do the days of these inputs anew: what the store knows of them, documentIds and "
             "figures, is forgotten first, in one transaction"},
    FOLLOW_ROW,
};
const struct option_group options_backfill = GROUP("Inputs and outputs", backfill_rows);

static const struct option_row outputs_rows[] = {
    {.name = "duplicates",
     .kind = OPTION_FILE,
     .argument = "FILE",
     .offset = AT(duplicates),
     .fallback_text = "they are dropped",
     .help = "append duplicates to FILE"},
    INVALID_ROWS,
};
const struct option_group options_outputs = GROUP("Where the rest goes", outputs_rows);

static const struct option_row invalid_rows[] = {INVALID_ROWS};
const struct option_group options_invalid = GROUP("Where the rest goes", invalid_rows);

#define ACCOUNTS_ROWS                                                                              \
  {.name = "no-accounts",                                                                          \
   .kind = OPTION_FLAG,                                                                            \
   .offset = AT(no_accounts),                                                                      \
   .help = "count nothing in the store: no figures by day and client, no flags"},                  \
      {.name = "measure",                                                                          \
       .kind = OPTION_LIST,                                                                        \
       .argument = "[NAME=]PATH",                                                                  \
       .offset = AT(measure),                                                                      \
       .max = PS_MEASURES_MAX,                                                                     \
       .fallback_text = PS_MEASURE_DEFAULT,                                                        \
       .help = "sum the whole numbers at PATH of each ping, where '*' is any key, and call the "   \
               "sum NAME (needed when there are several); may be repeated"},                       \
      {.name = "client-slots",                                                                     \
       .kind = OPTION_COUNT,                                                                       \
       .argument = "N",                                                                            \
       .offset = AT(client_slots),                                                                 \
       .min = PS_CLIENT_SLOTS_MIN,                                                                 \
       .max = PS_CLIENT_SLOTS_MAX,                                                                 \
       .fallback = PS_CLIENT_SLOTS,                                                                \
       .help = "clients that a ranking holds, rounded up to a power of two; more make error "      \
               "bounds smaller and take 72 bytes each"},                                           \
  {                                                                                                \
    .name = "flags", .kind = OPTION_FILE, .argument = "FILE", .offset = AT(flags),                 \
    .fallback_text = "they are only in the store",                                                 \
    .help = "append a line of JSON to FILE the moment a client is flagged, once a day and "        \
            "rule, with the figures that led to it"                                                \
  }

#define ACCOUNTS_GROUP(table)                                                                      \
  {                                                                                                \
    .title = "Accounts and flags",                                                                 \
    .note = "What each day and client sends is counted in the store, for 'pingsieve report'.",     \
    .rows = (table), .n = sizeof(table) / sizeof((table)[0])                                       \
  }

static const struct option_row absorb_accounts_rows[] = {ACCOUNTS_ROWS};
const struct option_group options_absorb_accounts = ACCOUNTS_GROUP(absorb_accounts_rows);

static const struct option_row accounts_rows[] = {
    ACCOUNTS_ROWS,
    {.name = "flagged",
     .kind = OPTION_FILE,
     .argument = "pass|drop|FILE",
     .offset = AT(flagged),
     .fallback_text = "pass",
     .help = "what becomes of later pings of a flagged client that would go to the output: they "
             "pass, are dropped, or are appended to FILE; they are marked seen and counted all the "
             "same"},
};
const struct option_group options_accounts = ACCOUNTS_GROUP(accounts_rows);

static const struct option_row thresholds_rows[] = {
    RULE_ROW("ping-flood", "N", ping_flood, OPTION_LARGE,
             "when it sends so many pings, copies included"),
    RULE_ROW("duplicate-flood", "N", duplicate_flood, OPTION_LARGE,
             "when it sends so many pings, and at most ..."),
    RULE_ROW("duplicate-flood-percent", "P", duplicate_flood_percent, 100,
             "... this share of them is distinct"),
    RULE_ROW("measurement-spike", "FACTOR", measurement_spike, OPTION_LARGE,
             "when it sends more measurements than FACTOR times what 99.9 % of the other clients "
             "send at most"),
    RULE_ROW("measurement-spike-ping", "N", measurement_spike_ping, OPTION_LARGE,
             "when it sends more measurements than this in one ping"),
    RULE_ROW("shared-profile", "N", shared_profile, OPTION_LARGE,
             "advice only, since the id seems to be that of many machines: when it sends so many "
             "pings with a --watched value ..."),
    RULE_ROW("shared-profile-percent", "P", shared_profile_percent, 100,
             "... of which this share has one value ..."),
    RULE_ROW("shared-profile-fleet-percent", "P", shared_profile_fleet_percent, 100,
             "... that less than this share of all clients' pings has,"),
    RULE_ROW("shared-profile-cities", "N", shared_profile_cities, 64,
             "or when it sends from so many cities"),
};
const struct option_group options_thresholds = {
    .title = "When a client is flagged",
    .note = "For a day, on the lower bound of what it sent that day; 0 switches a rule off. Pings "
            "without a clientId, and the id of clients that turned telemetry off, are never "
            "flagged.",
    .rows = thresholds_rows,
    .n = sizeof thresholds_rows / sizeof thresholds_rows[0]};

static const struct option_row config_rows[] = {
    CONFIG_ROW("\"keep\": 90", ". At SIGHUP thresholds are read again")};
const struct option_group options_config = GROUP("Configuration", config_rows);

static const struct option_row backfill_config_rows[] = {CONFIG_ROW("\"keep\": 90", "")};
const struct option_group options_backfill_config = GROUP("Configuration", backfill_config_rows);

#define SUMMARY_ROW(sentence)                                                                      \
  {                                                                                                \
    .name = "summary", .kind = OPTION_FILE, .argument = "FILE", .offset = AT(summary),             \
    .help = (sentence)                                                                             \
  }
#define METRICS_ROW                                                                                \
  {                                                                                                \
    .name = "metrics", .kind = OPTION_FILE, .argument = "FILE", .offset = AT(metrics),             \
    .help = "keep FILE up to date in the Prometheus text format, every 10 s and at the end"        \
  }

static const struct option_row reporting_rows[] = {
    QUIET_ROW,
    NO_PROGRESS_ROW("no progress line (there is one only when standard error is a terminal)"),
    STRICT_ROW("exit with 1 when a ping was malformed or had no document id"),
    SUMMARY_ROW("write the figures of the run to FILE as JSON when it ends"),
    METRICS_ROW,
};
const struct option_group options_reporting = GROUP("Reporting", reporting_rows);

static const struct option_row backfill_reporting_rows[] = {
    QUIET_ROW,
    NO_PROGRESS_ROW("no progress: a line that is kept up to date on a terminal, elsewhere a line a "
                    "minute"),
    STRICT_ROW("stop at the first problem with an input; exit with 1 when a ping was malformed or "
               "had no document id"),
    SUMMARY_ROW("write the figures of the run to FILE as JSON when it ends, by day and file, and "
                "all problems"),
    METRICS_ROW,
};
const struct option_group options_backfill_reporting = GROUP("Reporting", backfill_reporting_rows);

#define BATCH_PINGS_ROW                                                                            \
  {                                                                                                \
    .name = "batch-pings", .kind = OPTION_COUNT, .argument = "N", .offset = AT(batch_pings),       \
    .min = 1, .max = 1000000, .fallback = PS_BATCH_PINGS, .help = "commit after this many pings"   \
  }
#define BATCH_BYTES_ROW                                                                            \
  {                                                                                                \
    .name = "batch-bytes", .kind = OPTION_SIZE, .argument = "SIZE", .offset = AT(batch_bytes),     \
    .min = 1024, .max = UINT64_C(16) << 30, .fallback = PS_BATCH_BYTES,                            \
    .help = "commit after this many bytes"                                                         \
  }
#define BATCH_MS_ROW                                                                               \
  {                                                                                                \
    .name = "batch-ms", .kind = OPTION_COUNT, .argument = "MS", .offset = AT(batch_ms), .min = 1,  \
    .max = 60000, .fallback = 1000, .help = "commit after this many milliseconds"                  \
  }
static const struct option_row advanced_rows[] = {
    THREADS_ROW("threads that scan"),
    MAX_LINE_ROW,
    BATCH_PINGS_ROW,
    BATCH_BYTES_ROW,
    BATCH_MS_ROW,
    {.name = "idle-ms",
     .kind = OPTION_COUNT,
     .argument = "MS",
     .offset = AT(idle_ms),
     .min = 1,
     .max = 60000,
     .fallback = 10,
     .help = "commit when no ping came for this many milliseconds"},
    SIMD_ROW,
};
const struct option_group options_advanced = GROUP("Advanced", advanced_rows);

static const struct option_row backfill_advanced_rows[] = {
    THREADS_ROW("threads that read, scan and compress; the outputs are the same for any number"),
    MAX_LINE_ROW,
    BATCH_PINGS_ROW,
    BATCH_BYTES_ROW,
    BATCH_MS_ROW,
    SIMD_ROW,
};
const struct option_group options_backfill_advanced = GROUP("Advanced", backfill_advanced_rows);

static const struct option_row general_rows[] = {
    {.name = "help",
     .letter = 'h',
     .kind = OPTION_FLAG,
     .offset = AT(help),
     .command_line_only = true,
     .help = "print this help"},
    {.name = "version",
     .letter = 'V',
     .kind = OPTION_FLAG,
     .offset = AT(version),
     .command_line_only = true,
     .help = "print the version of pingsieve and of its libraries"},
};
const struct option_group options_general = GROUP("General", general_rows);

static const struct option_row report_what_rows[] = {
    {.name = "from",
     .kind = OPTION_WORD,
     .argument = "DAY",
     .offset = AT(from),
     .fallback_text = "the first there is",
     .help = "first day (YYYY-MM-DD)"},
    {.name = "to",
     .kind = OPTION_WORD,
     .argument = "DAY",
     .offset = AT(to),
     .fallback_text = "the last there is",
     .help = "last day, included"},
    {.name = "doc-type",
     .kind = OPTION_WORD,
     .argument = "TYPE",
     .offset = AT(doc_type),
     .help = "count only pings of this docType; clients, distributions and flags stay those of all "
             "pings"},
    {.name = "channel",
     .kind = OPTION_WORD,
     .argument = "NAME",
     .offset = AT(only_channel),
     .help = "the same for a channel"},
    {.name = "top",
     .kind = OPTION_COUNT,
     .argument = "N",
     .offset = AT(top),
     .min = 1,
     .max = REPORT_TOP_MAX,
     .fallback = REPORT_TOP,
     .help = "how many clients a ranking lists"},
    SHOW_IDS_ROW,
    {.name = "from-json",
     .kind = OPTION_FLAG,
     .offset = AT(from_json),
     .help = "read JSON reports (the operands) instead of a store, and join them"},
};
const struct option_group options_report_what = GROUP("What to report", report_what_rows);

static const struct option_row report_how_rows[] = {
    FORMAT_ROW,
    JSON_ROW,
    OUTPUT_ROW,
    TABLE_ROW(
        "days",
        "which table --format csv prints: days, labels, clients, flags, distribution or totals"),
    WIDTH_ROW,
};
const struct option_group options_report_how = GROUP("How", report_how_rows);

static const struct option_row store_info_rows[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = AT(json),
     .help = "print JSON, whose names stay the same between versions"},
};
const struct option_group options_store_info = GROUP("Output", store_info_rows);

static const struct option_row store_expire_rows[] = {
    {.name = "keep",
     .letter = 'k',
     .kind = OPTION_COUNT,
     .argument = "DAYS",
     .offset = AT(keep),
     .min = 1,
     .max = PS_KEEP_MAX,
     .fallback_text = "the retention of the store",
     .help = "forget days older than the watermark by more than DAYS, once; the retention stays"},
};
const struct option_group options_store_expire = GROUP("What to forget", store_expire_rows);

static const struct option_row store_forget_rows[] = {
    {.name = "day",
     .letter = 'd',
     .kind = OPTION_LIST,
     .argument = "DAY",
     .offset = AT(days),
     .max = ARGUMENT_LIST,
     .help =
         "a day (YYYY-MM-DD) or a range of days (YYYY-MM-DD..YYYY-MM-DD, both included); may be "
         "repeated"},
};
const struct option_group options_store_forget = GROUP("What to forget", store_forget_rows);

static const struct option_row store_copy_rows[] = {
    {.name = "to",
     .kind = OPTION_DIRECTORY,
     .argument = "DIR",
     .offset = AT(to),
     .help = "new or empty directory for the copy"},
};
const struct option_group options_store_copy = GROUP("Copy", store_copy_rows);
