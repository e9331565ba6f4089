/* Rows that several groups have, with what differs between them as arguments. Only for the files
 * of the option table. */
#ifndef CLI_OPTION_ROWS_H
#define CLI_OPTION_ROWS_H

#include "cli/option_table.h"
#include <pingsieve/sieve.h>

#define AT(member) offsetof(struct arguments, member)
#define GROUP(heading, table)                                                                      \
  { .title = (heading), .rows = (table), .n = sizeof(table) / sizeof((table)[0]) }

#define STORE_ROW(sentence)                                                                        \
  {                                                                                                \
    .name = "store", .letter = 's', .kind = OPTION_DIRECTORY, .argument = "DIR",                   \
    .offset = AT(store), .environment = "PINGSIEVE_STORE", .help = (sentence)                      \
  }
/* The rows of the fields come from pingsieve/fields.def. */
#define PS_OPTION(id, option, sentence)                                                            \
  {.name = (option),                                                                               \
   .kind = OPTION_PATHS,                                                                           \
   .argument = "PATH",                                                                             \
   .offset = AT(fields[PS_FIELD_##id]),                                                            \
   .field = PS_FIELD_##id,                                                                         \
   .max = PING_PATHS,                                                                              \
   .help = (sentence)},
#define PS_NO_OPTION

#define WHERE_ROW                                                                                  \
  {                                                                                                \
    .name = "where", .letter = 'w', .kind = OPTION_LIST, .argument = "COND", .offset = AT(where),  \
    .max = PS_WHERE_MAX, .help = "only pings for which COND holds; all of them when repeated"      \
  }
#define SAMPLE_ID_ROW                                                                              \
  {                                                                                                \
    .name = "sample-id", .kind = OPTION_WORD, .argument = "LIST", .offset = AT(sample_id),         \
    .help = "only clients whose sample id, crc32(clientId) mod 100, is in LIST (0-9,50): a "       \
            "representative tenth, and one more hundredth"                                         \
  }
#define SELECTION_NOTE(sentence)                                                                   \
  sentence                                                                                         \
      " COND is SUBJECT OPERATOR VALUE: = != ^= (begins with) $= (ends with) ~= (POSIX extended "  \
      "regular expression) < > (as numbers where both are) and 'SUBJECT in a,b,c'. SUBJECT is a "  \
      "path (a/b is key b inside key a) or one of these short names:"
/* Appends the short names. */
void option_rows_selection_names(char *text, size_t cap);

#define FRAMING_ROW                                                                                \
  {                                                                                                \
    .name = "framing", .kind = OPTION_WORD, .argument = "NAME", .offset = AT(framing),             \
    .fallback_text = "ndjson", .help = "how pings follow one another in the inputs"                \
  }
/* Appends the framings that there are. */
void option_rows_framings(char *text, size_t cap);

#define PATHS_NOTE                                                                                 \
  "PATH a/b is key b inside key a; of several paths the first that is present wins. An option "    \
  "replaces the default paths of its field, and adds a path when it is repeated."

#define FILES_FROM_ROW(more)                                                                       \
  {                                                                                                \
    .name = "files-from", .kind = OPTION_SOURCE, .argument = "FILE", .offset = AT(files_from),     \
    .help = "take the inputs named in FILE as well, a line each ('-': standard input)" more        \
  }
#define NULL_ROW                                                                                   \
  {                                                                                                \
    .name = "null", .letter = '0', .kind = OPTION_FLAG, .offset = AT(null_separated),              \
    .help = "the names in --files-from end with a NUL byte, as 'find -print0' writes them"         \
  }
#define DAY_FROM_ROW(none)                                                                         \
  {                                                                                                \
    .name = "day-from", .kind = OPTION_WORD, .argument = "REGEX", .offset = AT(day_from),          \
    .fallback_text = (none),                                                                       \
    .help = "where an input's path tells the day of its pings: the first group that is a date, "   \
            "else the whole match, of this POSIX extended regular expression; without a match "    \
            "the pings tell it themselves"                                                         \
  }
#define FOLLOW_ROW                                                                                 \
  {                                                                                                \
    .name = "follow", .kind = OPTION_FLAG, .offset = AT(follow),                                   \
    .help = "follow symbolic links below directories; else they are told as problems"              \
  }

#define FORMAT_ROW                                                                                 \
  {                                                                                                \
    .name = "format", .letter = 'f', .kind = OPTION_WORD, .argument = "NAME",                      \
    .offset = AT(format), .fallback_text = "what the name of --output ends in, or text",           \
    .help = "text, html, json or csv"                                                              \
  }
#define JSON_ROW                                                                                   \
  { .name = "json", .kind = OPTION_FLAG, .offset = AT(json), .help = "the same as --format json" }
#define OUTPUT_ROW                                                                                 \
  {                                                                                                \
    .name = "output", .letter = 'o', .kind = OPTION_OUTPUT, .argument = "FILE",                    \
    .offset = AT(output), .fallback_text = "standard output",                                      \
    .help = "write to FILE, which is replaced as a whole; with --format csv a directory that "     \
            "gets a file for each table, unless FILE ends in .csv or --table chooses one"          \
  }
#define TABLE_ROW(first, sentence)                                                                 \
  {                                                                                                \
    .name = "table", .kind = OPTION_WORD, .argument = "NAME", .offset = AT(table),                 \
    .fallback_text = (first), .help = (sentence)                                                   \
  }
#define WIDTH_ROW                                                                                  \
  {                                                                                                \
    .name = "width", .kind = OPTION_COUNT, .argument = "N", .offset = AT(width), .min = 40,        \
    .max = 400, .fallback_text = "the terminal's, else 80", .help = "columns of the text"          \
  }
#define SHOW_IDS_ROW                                                                               \
  {                                                                                                \
    .name = "show-ids", .kind = OPTION_FLAG, .offset = AT(show_ids),                               \
    .help = "print whole client ids; else their first 8 characters"                                \
  }

#define CONFIG_ROW(example, more)                                                                  \
  {                                                                                                \
    .name = "config", .kind = OPTION_INPUT, .argument = "FILE", .offset = AT(config),              \
    .command_line_only = true,                                                                     \
    .help = "read options from FILE, a JSON object such as {" example ", \"strict\": true}; "      \
            "the command line and the environment win over it" more                                \
  }

#define QUIET_ROW                                                                                  \
  {                                                                                                \
    .name = "quiet", .letter = 'q', .kind = OPTION_FLAG, .offset = AT(quiet),                      \
    .help = "no summary, warnings or progress; errors are still told"                              \
  }
#define NO_PROGRESS_ROW(sentence)                                                                  \
  { .name = "no-progress", .kind = OPTION_FLAG, .offset = AT(no_progress), .help = (sentence) }
#define STRICT_ROW(sentence)                                                                       \
  { .name = "strict", .kind = OPTION_FLAG, .offset = AT(strict), .help = (sentence) }

#define THREADS_ROW(sentence)                                                                      \
  {                                                                                                \
    .name = "threads", .letter = 't', .kind = OPTION_COUNT, .argument = "N",                       \
    .offset = AT(threads), .min = 1, .max = PS_THREADS_MAX,                                        \
    .fallback_text = "what is fastest on this machine", .help = (sentence)                         \
  }
#define MAX_LINE_ROW                                                                               \
  {                                                                                                \
    .name = "max-line", .kind = OPTION_SIZE, .argument = "SIZE", .offset = AT(max_line),           \
    .min = 64, .max = PS_MAX_LINE_LIMIT, .fallback = PS_MAX_LINE,                                  \
    .help = "a longer line is malformed"                                                           \
  }
#define SIMD_ROW                                                                                   \
  {                                                                                                \
    .name = "simd", .kind = OPTION_WORD, .argument = "NAME", .offset = AT(simd),                   \
    .environment = "PINGSIEVE_SIMD", .fallback_text = "the fastest this machine has",              \
    .help = "scanner kernel: avx512, avx2, neon or portable"                                       \
  }

#endif
