#include "cli/option_rows.h"
#include "report/profile_render.h"
#include <stdio.h>
#include <string.h>

static const struct option_row who_rows[] = {
    {.name = "client",
     .letter = 'c',
     .kind = OPTION_LIST,
     .argument = "ID",
     .offset = AT(client_id),
     .max = ARGUMENT_LIST,
     .help =
         "the client with this clientId, a UUID in any case or any other text; may be repeated"},
    {.name = "client-file",
     .kind = OPTION_SOURCE,
     .argument = "FILE",
     .offset = AT(client_file),
     .help = "the clients whose ids are in FILE, one a line ('-': standard input); blank lines and "
             "lines that begin with '#' do not count"},
    {.name = "flagged",
     .kind = OPTION_LIST,
     .argument = "DAY",
     .offset = AT(flagged_day),
     .max = ARGUMENT_LIST,
     .help = "the clients that a filter or backfill flagged on DAY (2017-03-12, today or "
             "yesterday), as --store knows them; may be repeated"},
    STORE_ROW("directory of the store that --flagged asks; it is only read"),
};
const struct option_group options_profile_who = {
    .title = "Whom",
    .note = "Each of them gets a profile, and is compared with all others in the same inputs. "
            "Without any, the whole fleet is profiled as if it were one client.",
    .rows = who_rows,
    .n = sizeof who_rows / sizeof who_rows[0]};

static const struct option_row inputs_rows[] = {
    FILES_FROM_ROW(""), NULL_ROW, DAY_FROM_ROW("the first YYYYMMDD or YYYY-MM-DD"), FOLLOW_ROW};
const struct option_group options_profile_inputs = GROUP("Inputs", inputs_rows);

static const struct option_row selection_rows[] = {WHERE_ROW, SAMPLE_ID_ROW};
const struct option_group options_profile_selection = {
    .title = "Selection",
    .note = SELECTION_NOTE("Pings that are not selected are only counted."),
    .note_more = option_rows_selection_names,
    .rows = selection_rows,
    .n = sizeof selection_rows / sizeof selection_rows[0]};

static void field_defaults(char *text, size_t cap) {
  size_t at = strlen(text);
  const struct ps_profile_field_default *first = ps_profile_field_defaults();
  for (const struct ps_profile_field_default *row = first; row->name && at < cap; row++) {
    int n = snprintf(text + at, cap - at, "%s %s=%s%s", row == first ? "" : ";", row->name,
                     row->text, row[1].name ? "" : ".");
    at += n > 0 ? (size_t)n : 0;
  }
}

static const struct option_row what_rows[] = {
    {.name = "field",
     .letter = 'F',
     .kind = OPTION_LIST,
     .argument = "[NAME=]FIELD",
     .offset = AT(field),
     .max = PS_PROFILE_FIELDS,
     .fallback_text = "those above",
     .help = "a table of the values of FIELD, instead of the default ones; may be repeated"},
    {.name = "measure",
     .kind = OPTION_LIST,
     .argument = "[NAME=]PATH",
     .offset = AT(measure),
     .max = PS_MEASURES_MAX,
     .fallback_text = PS_MEASURE_DEFAULT,
     .help = "sum the whole numbers at PATH of each ping, where '*' is any key, and call the sum "
             "NAME (needed when there are several); for a single histogram, PATH/values/*, its "
             "'sum' member is compared with that; may be repeated"},
    {.name = "top",
     .kind = OPTION_COUNT,
     .argument = "N",
     .offset = AT(top),
     .min = 1,
     .max = PS_PROFILE_TOP_MAX,
     .fallback = PS_PROFILE_TOP,
     .help = "how many values and documents a table lists"},
    {.name = "values",
     .kind = OPTION_COUNT,
     .argument = "N",
     .offset = AT(values),
     .min = 1,
     .max = PS_PROFILE_ALL,
     .fallback = PS_PROFILE_VALUES,
     .help = "how many values of a field are told apart; further ones are counted together, as "
             "'other', and the table says so"},
};
const struct option_group options_profile_what = {
    .title = "What to look at",
    .note = "FIELD is a path or a short name as in --where; PATH:max=N and :min=N count larger and "
            "smaller numbers as N; PATH:major and PATH:major.minor take the first parts of a "
            "version; A+B joins two values; PATH/*/name walks over the members of an object or a "
            "list, each of which counts, and 'PATH/*/name where not isSystem' only over those "
            "whose isSystem is not true ('where COND': for which COND holds). A backslash takes "
            "the meaning from + : = and itself. The defaults are",
    .note_more = field_defaults,
    .rows = what_rows,
    .n = sizeof what_rows / sizeof what_rows[0]};

static void csv_tables(char *text, size_t cap) {
  size_t at = strlen(text);
  for (size_t i = 0; i < profile_csv_tables() && at < cap; i++) {
    int n = snprintf(text + at, cap - at, "%s %s%s", i ? "," : "", profile_csv_name(i),
                     i + 1 < profile_csv_tables() ? "" : ".");
    at += n > 0 ? (size_t)n : 0;
  }
}

static const struct option_row how_rows[] = {
    FORMAT_ROW, JSON_ROW,     OUTPUT_ROW, TABLE_ROW("the first", "which table --format csv prints"),
    WIDTH_ROW,  SHOW_IDS_ROW,
};
const struct option_group options_profile_how = {.title = "How",
                                                 .note = "The tables of --format csv are",
                                                 .note_more = csv_tables,
                                                 .rows = how_rows,
                                                 .n = sizeof how_rows / sizeof how_rows[0]};

static const struct option_row fields_rows[] = {
    FRAMING_ROW,
#define PS_FIELD(id, name, short, kind, uri, setting, option, profile, ...) profile
#define PS_NAME(...)
#include <pingsieve/fields.def>
};
const struct option_group options_profile_fields = {.title = "Fields of a ping",
                                                    .note = PATHS_NOTE,
                                                    .note_more = option_rows_framings,
                                                    .rows = fields_rows,
                                                    .n =
                                                        sizeof fields_rows / sizeof fields_rows[0]};

static const struct option_row config_rows[] = {CONFIG_ROW("\"top\": 50", "")};
const struct option_group options_profile_config = GROUP("Configuration", config_rows);

static const struct option_row reporting_rows[] = {
    QUIET_ROW,
    NO_PROGRESS_ROW("no progress: a line that is kept up to date on a terminal, elsewhere a line a "
                    "minute"),
    STRICT_ROW("stop at the first input that cannot be read (exit code 4) or malformed line (1), "
               "and write nothing"),
};
const struct option_group options_profile_reporting = GROUP("Reporting", reporting_rows);

static const struct option_row advanced_rows[] = {
    THREADS_ROW("threads that read and scan; the result is the same for any number"),
    MAX_LINE_ROW,
    {.name = "memory",
     .kind = OPTION_SIZE,
     .argument = "SIZE",
     .offset = AT(memory),
     .min = UINT64_C(1) << 20,
     .max = UINT64_C(1) << 40,
     .fallback = PS_PROFILE_MEMORY,
     .help = "how much of documents and measurements is kept in memory; more goes to temporary "
             "files"},
    {.name = "temp-dir",
     .kind = OPTION_DIRECTORY,
     .argument = "DIR",
     .offset = AT(temp_dir),
     .environment = "TMPDIR",
     .fallback_text = "/tmp",
     .help = "where these are; they have no names, so that none stays behind"},
    SIMD_ROW,
};
const struct option_group options_profile_advanced = GROUP("Advanced", advanced_rows);
