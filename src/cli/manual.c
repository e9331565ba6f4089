#include "cli/manual.h"

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include <string.h>

/* Paragraphs that come from no table. One with a term is an item of a list. */
struct paragraph {
  const char *term, *text;
};

static const struct paragraph classes[] = {
    {NULL, "Every line becomes exactly one of these:"},
    {"unique", "the first ping of its documentId: written to standard output"},
    {"duplicate", "its documentId was seen before: dropped, or appended to --duplicates"},
    {"malformed", "not one valid JSON text (RFC 8259) of at most --max-line bytes: appended "
                  "unchanged to --invalid"},
    {"no_id", "no non-empty string at any of the --id paths: written to standard output"},
    {"late", "of a day older than the retention can answer for: written to standard output"},
    {"blank", "only whitespace: written to standard output, not counted as a ping"},
    {"not_selected", "a well-formed ping that --where, --sample-id or --one-per-client leaves out: "
                     "neither written nor marked as seen, and not in the accounts"},
    {NULL,
     "A documentId is compared after JSON unescaping; one pair of braces is stripped, and the "
     "letters of a UUID are compared without regard to case. The day of a ping is its "
     "submission day (UTC) by the server-side fields, today without one. The watermark is "
     "the newest day seen, at most tomorrow."},
};

static const struct paragraph selection[] = {
    {NULL, "The first operator in a condition is the one that counts. Values of a ping are texts, "
           "unescaped, or numbers, true, false and null as they stand there; objects and arrays "
           "count as absent, and of what is absent only != is true. < and > compare numbers where "
           "both sides are JSON numbers, else bytes. A short name stands for several paths, of "
           "which the first that is present decides."},
    {NULL,
     "The sample id of a client is the CRC-32 of its clientId in lower case, modulo 100: each "
     "hundredth is as good a sample of the clients as any other, and the same in every run. "
     "Pings without a clientId have none and are left out, and so they are by "
     "--one-per-client, which takes the first ping of each client within the retention that "
     "is no duplicate."},
    {NULL, "With --select each selected ping is written as a JSON object with the paths or short "
           "names as keys, in their order; values are copied as they stand in the ping. "
           "--duplicates, --invalid and --flagged get whole pings all the same."},
};

static const struct paragraph backfill[] = {
    {"Order",
     "Inputs are taken by day and then by path, and the first copy of a documentId in that order "
     "is the one that stays. The day comes from the path (--day-from) and holds for all pings of "
     "the file; where it has none, each ping's own day holds and the first one orders the file."},
    {"Names",
     "A directory gives DIR/NAME/..., NAME being its last component, as with cp -R; a file "
     "its last component; a line of --files-from the path as written. A \"/./\" in it cuts "
     "off what is before it. Two inputs of one name, an output that exists, and an --out "
     "inside an input are refused before anything is read."},
    {"Going on", "What is done stands in the store, in the same transactions as the documentIds: "
                 "after a stop, a kill or a crash the same command goes on where it was, and the "
                 "outputs end up the same to the byte. Inputs that were done before are "
                 "recognised by path, size, time of modification and content, and skipped; one "
                 "that has changed since is a problem."},
    {"Again",
     "--again forgets the documentIds, the accounts and the records of the inputs' days in "
     "one transaction before they are done anew; --overwrite is needed for outputs that "
     "exist and were not made by a backfill with this store."},
    {"Problems",
     "A damaged or cut gzip file is used as far as it can be read; a file that cannot be "
     "read, has changed or vanished is left out. Each is told with its path and, where "
     "there is one, the byte of the file as it lies there; the run goes on and ends "
     "with exit code 4."},
    {NULL,
     "--summary FILE is a JSON object with version, command, ending, exit_code, error, store, "
     "settings, threads, kernel, invalid, totals (the keys of the line at the end), days, files "
     "and problems, each a list in order. A file has path, output (relative to --out), day, state "
     "(waiting, partly, done, before, failed), its figures, and problem. Figures of days and files "
     "are of earlier, interrupted runs as well. In a path or text that is no UTF-8, "
     "such bytes are written as \\xNN; path_base64 and output_base64 then have the exact bytes. "
     "incomplete says why lists end early, if they do."},
};

static const struct paragraph profile[] = {
    {"Populations",
     "All copies are all pings of a client; first copies are, of each documentId, the ping that "
     "comes first in the order of a backfill (day, then path); documents seen once are those whose "
     "documentId came exactly once. Pings without a documentId are in all copies only. Every "
     "figure is given for the three."},
    {"Fields",
     "Each ping has for a field one value, or none; for a walk (a path with one '*') any number, "
     "each counted once. Texts count unescaped, numbers as numbers (4.0 and 4e0 are 4), true "
     "and false as such; null, objects and arrays are absent. The parts of a join are separated by "
     "a blank, an absent one is \"?\?\"; it has at most four. A long value counts by its beginning "
     "and its hash. A field most of whose values are numbers has quantiles and histograms as "
     "well."},
    {"Against the others",
     "The pings of all other clients in the same inputs are counted for each value, in bounded "
     "memory: exactly as long as they have few different values, else with a stated error. The "
     "lift of a value is its share of the client's pings by its share of the others', at least. "
     "Pings without a clientId and those of clients that turned telemetry off are nobody's."},
    {"What it looks like",
     "Copies of a few documents: 100 pings or more, of at most 1,000 documents and at most a tenth "
     "as many documents as pings. A profile shared by many machines: its first copies come from "
     "more cities, with more CPU speeds, sessions or pings a day than one machine can have, by two "
     "such signs at least. One chatty client: many pings a day, nearly all different, of what can "
     "be "
     "one machine. Where nothing is clear, the figures for and against each are told."},
    {"Problems",
     "What can be read of a damaged file is in the profile, the rest is told and the exit code is "
     "4; malformed lines are counted and told. With --strict the first malformed line (exit code "
     "1) or problem (4) ends the run and nothing is written. A page is written when all is read, "
     "as a whole; a signal ends the run without one."},
    {NULL, "At the end a block or a line of figures goes to standard error: files, files_done, "
           "problems, pings (selected ones of everybody), client_pings, malformed, blank, "
           "not_selected, bytes_in, seconds, mb_per_second."},
};

static const struct paragraph summary[] = {
    {NULL,
     "At the end the figures are printed to standard error: a block for people on a terminal, "
     "else one line of key=value. --summary has the same keys in JSON: pings, unique, "
     "duplicate, malformed, no_id, late, blank, not_selected, flags, advisories, withheld, "
     "bytes_in, bytes_out, seconds, mb_per_second; "
     "and beyond them withheld_bytes, not_kept, not_kept_bytes and not_told (malformed lines that "
     "--invalid-max had no room for, and those without a line about them), passed_twice (pings "
     "that "
     "lay in the output's pipe, not marked yet, when another filter on the store let a copy "
     "pass), lines, bytes_read "
     "(compressed, for gzip), batches, "
     "longest_commit_seconds, internal_errors, watermark, ending (done, "
     "stopped or failed), exit_code, error, first_malformed (line, offset, reason), store, "
     "input, threads, kernel, invalid, and labels: the classes by docType and channel."},
    {NULL, "--metrics has the same figures in the Prometheus text format; its labels are docType "
           "and channel only. A backfill writes none by label, and before the keys above it tells "
           "files, files_done, files_before (by an earlier run), files_failed and problems."},
};

static const struct paragraph flags[] = {
    {NULL,
     "A client is flagged for a day and a rule once, the moment the lower bound of its figures "
     "fulfils it: in the store, and as a line of JSON in the file of --flags with the keys time, "
     "day, rule, advisory, client, pings, duplicates, distinct_at_most and limit, and those below; "
     "NAME_error says by how much the true figure of NAME may be larger. The day is that of the "
     "accounts: the submission day, at most tomorrow; for late and malformed pings the watermark."},
    {"ping-flood", "limit or more pings, copies included"},
    {"duplicate-flood", "limit or more pings, and distinct_at_most is a small share of them"},
    {"measurement-spike", "more measurements than limit, in the day or in one ping: measure, "
                          "measurements (of the day), in_one_ping"},
    {"shared-profile", "advisory, withholds nothing: value_pings of watched_pings had value; or "
                       "cities, limit or more of them"},
    {NULL,
     "When a batch is aborted (a failed output, a crash), the lines about its flags stay, and "
     "come again when its pings do."},
};

static const struct paragraph configuration[] = {
    {NULL,
     "The file of --config is a JSON object whose keys are long option names without the "
     "dashes: numbers for numbers (a size may be a text, \"64MiB\"), true or false for flags, "
     "texts for the rest, a list of texts for what may be repeated. Command line and "
     "environment win over it. Unknown keys and wrong values are refused."},
    {NULL, "{\"store\": \"/var/lib/pingsieve/seen\", \"keep\": 90, \"flags\": "
           "\"/var/log/pingsieve/flags.ndjson\", \"ping-flood\": 5000}"},
};

static const struct paragraph signals[] = {
    {"INT, TERM", "finish the open batch, tell the figures and exit with 128+n; a second one "
                  "leaves at once, which is safe too. A profile ends at once and writes "
                  "nothing. One that was ignored when the program started stays ignored."},
    {"HUP",
     "read --config again: its thresholds hold from the next batch on, unless the command line has "
     "set them; what else has changed in it waits for a restart and is named in a warning, and so "
     "is why a configuration that is wrong now changes nothing. Then the files that are appended "
     "to "
     "(--duplicates, --invalid and its .reasons, --flags, --flagged) are closed and opened by "
     "their names, so that they can be rotated. Ignored when it was ignored at the start (nohup), "
     "and by backfill and profile."},
    {"USR1", "print a line of figures to standard error and go on; a backfill or a profile "
             "without a terminal prints such a line every minute"},
    {"PIPE", "a closed output ends the program as it would end any other; the pings of the open "
             "batch are not marked seen."},
};

static const struct paragraph environment[] = {
    {"PINGSIEVE_STORE", "the store where --store is not given"},
    {"PINGSIEVE_SIMD", "the scanner kernel where --simd is not given"},
    {"TMPDIR", "where the temporary files of a profile are made if --temp-dir is not given"},
    {"NO_COLOR, TERM=dumb", "no colour; TERM=dumb also means no progress line"},
};

static const struct paragraph files[] = {
    {"DIR/data.mdb, DIR/lock.mdb",
     "the store: an LMDB environment. It must be on a local file "
     "system. Several programs may use it at once, also from containers that "
     "share a volume: those that write take turns, in the order of asking, "
     "and those that read never hold them up. It belongs to the user who "
     "made it; others are refused unless data.mdb may be written by a group "
     "or by all. When it is deleted, moved or replaced, or its lock.mdb is, "
     "while a program uses it, that program ends before its next commit. "
     "Never delete lock.mdb: it is no left-over."},
    {"DIR/invalid.ndjson", "malformed lines, unless --invalid names another file"},
    {"DIR/invalid.ndjson.reasons",
     "a line of JSON about each of them: input, line, offset, at "
     "(the byte at fault), bytes, position (in invalid.ndjson), reason"},
    {"OUT/.../.pingsieve-HASH.part", "an output of a backfill that is not whole yet. The store "
                                     "knows how much of it is good; it can be deleted only where "
                                     "its input is to be done again."},
};

/* Text with roff's special characters made plain. */
static void print_text(FILE *out, const char *text) {
  for (const char *p = text; *p; p++) {
    if (p == text && (*p == '.' || *p == '\'')) (void)fputs("\\&", out);
    if (*p == '\\') (void)fputs("\\e", out);
    else if (*p == '-') (void)fputs("\\-", out);
    else if (*p == '\'') (void)fputs("\\(aq", out);
    else if (*p == '~') (void)fputs("\\(ti", out);
    else if (*p == '^') (void)fputs("\\(ha", out);
    else (void)fputc(*p, out);
  }
}

static void print_item(FILE *out, const char *term, const char *text) {
  (void)fputs(".TP\n.B ", out);
  print_text(out, term);
  (void)fputc('\n', out);
  print_text(out, text);
  (void)fputc('\n', out);
}

static void print_section(FILE *out, const char *title, const struct paragraph *rows, size_t n) {
  (void)fprintf(out, ".SH %s\n", title);
  for (size_t i = 0; i < n; i++) {
    if (rows[i].term) {
      print_item(out, rows[i].term, rows[i].text);
      continue;
    }
    (void)fputs(".PP\n", out);
    print_text(out, rows[i].text);
    (void)fputc('\n', out);
  }
}

#define SECTION(out, title, rows) print_section(out, title, rows, sizeof(rows) / sizeof((rows)[0]))

static void print_option(FILE *out, const struct option_row *row) {
  char text[HELP_TEXT];
  (void)fputs(".TP\n", out);
  if (row->letter) (void)fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
  (void)fputs("\\fB\\-\\-", out);
  print_text(out, row->name);
  (void)fputs("\\fR", out);
  if (row->argument) (void)fprintf(out, " \\fI%s\\fR", row->argument);
  (void)fputc('\n', out);
  print_text(out, help_option_text(row, text));
  (void)fputc('\n', out);
}

static void print_examples(FILE *out, const struct command *command) {
  for (size_t i = 0; i < COMMAND_EXAMPLES && command->examples[i].line; i++) {
    (void)fputs(".PP\n", out);
    print_text(out, command->examples[i].purpose);
    (void)fputs(":\n.PP\n.nf\n.RS\n", out);
    print_text(out, command->examples[i].line);
    (void)fputs("\n.RE\n.fi\n", out);
  }
}

static void print_command(FILE *out, const struct command *command) {
  char note[HELP_TEXT];
  (void)fputs(".SS pingsieve ", out);
  print_text(out, command->name);
  (void)fputs("\n.PP\n.B pingsieve ", out);
  print_text(out, command->synopsis);
  (void)fputs("\n.PP\n", out);
  print_text(out, command->about);
  (void)fputc('\n', out);
  for (option_groups groups = command->groups; *groups; groups++) {
    (void)fputs(".PP\n.I \"", out);
    print_text(out, (*groups)->title);
    (void)fputs("\"\n", out);
    if ((*groups)->note) {
      (void)fputs(".br\n", out);
      print_text(out, help_group_note(*groups, note));
      (void)fputc('\n', out);
    }
    for (size_t i = 0; i < (*groups)->n; i++) print_option(out, &(*groups)->rows[i]);
  }
}

void manual_print(FILE *out) {
  (void)fprintf(out, ".TH PINGSIEVE 1 \"\" \"pingsieve %s\" \"User Commands\"\n",
                PINGSIEVE_VERSION);
  (void)fputs(".SH NAME\npingsieve \\- ", out);
  print_text(out, commands[0]->summary);
  (void)fputs("\n.SH SYNOPSIS\n.nf\n", out);
  for (size_t i = 0; commands[i]; i++) {
    (void)fputs(".B pingsieve ", out);
    print_text(out, commands[i]->synopsis);
    (void)fputc('\n', out);
  }
  (void)fputs(".fi\n.SH DESCRIPTION\n", out);
  print_text(out, commands[0]->about);
  (void)fputs("\n.SH EXAMPLES\n", out);
  for (size_t i = 0; commands[i]; i++) print_examples(out, commands[i]);
  (void)fputs(".SH COMMANDS\n", out);
  for (size_t i = 0; commands[i]; i++) print_command(out, commands[i]);
  SECTION(out, "WHAT BECOMES OF A LINE", classes);
  SECTION(out, "SELECTION", selection);
  SECTION(out, "BACKFILL", backfill);
  SECTION(out, "PROFILE", profile);
  SECTION(out, "FIGURES", summary);
  SECTION(out, "FLAGS", flags);
  SECTION(out, "CONFIGURATION", configuration);
  SECTION(out, "SIGNALS", signals);
  SECTION(out, "ENVIRONMENT", environment);
  SECTION(out, "FILES", files);
  (void)fputs(".SH EXIT STATUS\n", out);
  size_t n;
  const struct exit_code_row *rows = exit_code_rows(&n);
  for (size_t i = 0; i < n; i++) print_item(out, rows[i].code, rows[i].text);
}
