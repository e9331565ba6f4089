#include "cli/summary.h"

#include "base/day.h"
#include "base/error.h"
#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/json_text.h"
#include "cli/message.h"
#include "cli/replace.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t summary_pings(const struct ps_sieve_figures *f) { return f->lines - f->count[PS_BLANK]; }

static double bytes_per_second(const struct ps_sieve_figures *f) {
  return f->seconds > 0 ? (double)f->bytes_in / f->seconds : 0;
}

char *summary_line(const struct ps_sieve_figures *f, char line[SUMMARY_LINE]) {
  int at = snprintf(line, SUMMARY_LINE, "pings=%" PRIu64, summary_pings(f));
  for (int c = 0; c < PS_CLASSES && at > 0 && at < SUMMARY_LINE; c++)
    at += snprintf(line + at, (size_t)(SUMMARY_LINE - at), " %s=%" PRIu64,
                   ps_class_name((enum ps_class)c), f->count[c]);
  if (at > 0 && at < SUMMARY_LINE)
    (void)snprintf(line + at, (size_t)(SUMMARY_LINE - at),
                   " flags=%" PRIu64 " advisories=%" PRIu64 " withheld=%" PRIu64
                   " bytes_in=%" PRIu64 " bytes_out=%" PRIu64 " seconds=%.3f mb_per_second=%.1f",
                   f->flags, f->advisories, f->withheld, f->bytes_in, f->bytes_out, f->seconds,
                   bytes_per_second(f) / 1e6);
  return line;
}

void summary_print_row(const char *name, uint64_t count, const char *remark) {
  char number[FORMAT_TEXT];
  message(MESSAGE_PLAIN, "  %-13s %13s%s%s", name, format_count(count, number),
          *remark ? "   " : "", remark);
}

static void print_malformed(const struct run *run) {
  const struct ps_malformed_place *first = &run->figures.first_malformed;
  char remark[160] = "", line[FORMAT_TEXT], offset[FORMAT_TEXT];
  if (first->line && !run->several)
    (void)snprintf(remark, sizeof remark, "first: line %s, byte %s: %s",
                   format_count(first->line, line), format_count(first->offset, offset),
                   first->reason);
  summary_print_row("malformed", run->figures.count[PS_MALFORMED], remark);
  if (run->figures.count[PS_MALFORMED] && run->invalid)
    message(MESSAGE_PLAIN, "  %-13s %13s   %s %s", "", "",
            run->invalid_is_file ? "kept in" : "written to", run->invalid);
}

/* Clients that were flagged, and what was done about it. */
static void print_flags(const struct run *run) {
  const struct ps_sieve_figures *f = &run->figures;
  char remark[MESSAGE_TEXT];
  if (run->flags) (void)snprintf(remark, sizeof remark, "in %s", run->flags);
  else (void)snprintf(remark, sizeof remark, "pingsieve report --store %s", run->store);
  if (f->flags) summary_print_row("flags", f->flags, remark);
  if (f->advisories) summary_print_row("advisories", f->advisories, f->flags ? "" : remark);
  if (f->withheld) summary_print_row("withheld", f->withheld, "pings of flagged clients");
}

void summary_print_block(const struct run *run) {
  const struct ps_sieve_figures *f = &run->figures;
  uint64_t pings = summary_pings(f);
  char share[FORMAT_TEXT], in[FORMAT_TEXT], time[FORMAT_TEXT], rate[FORMAT_TEXT], remark[160];
  (void)snprintf(remark, sizeof remark, "%s in %s, %s/s", format_bytes(f->bytes_in, in),
                 format_seconds(f->seconds, time),
                 format_bytes((uint64_t)bytes_per_second(f), rate));
  summary_print_row("pings", pings, remark);
  summary_print_row("unique", f->count[PS_UNIQUE], "");
  summary_print_row("duplicate", f->count[PS_DUPLICATE],
                    format_share(f->count[PS_DUPLICATE], pings, share));
  print_malformed(run);
  summary_print_row("no id", f->count[PS_NO_ID], "");
  if (f->count[PS_LATE]) summary_print_row("late", f->count[PS_LATE], "older than the retention");
  if (f->count[PS_NOT_SELECTED]) summary_print_row("not selected", f->count[PS_NOT_SELECTED], "");
  print_flags(run);
}

void summary_print(const struct run *run) {
  char line[SUMMARY_LINE];
  if (terminal_is(STDERR_FILENO)) summary_print_block(run);
  else message(MESSAGE_NOTE, "%s", summary_line(&run->figures, line));
}

json_t *summary_store(const struct run *run, const struct ps_seen *seen) {
  json_t *scope = json_array();
  int failed = scope == NULL;
  for (const char *const *path = ps_seen_scope(seen); !failed && *path; path++)
    failed = json_array_append_new(scope, json_text(*path));
  json_t *store = json_object();
  failed |= json_object_set_new(store, "path", json_text(run->store));
  failed |= json_object_set_new(store, "keep_days", json_integer(ps_seen_keep_days(seen)));
  failed |= json_object_set_new(store, "scope", scope);
  if (!failed) return store;
  json_decref(store);
  return NULL;
}

static int set_count(json_t *object, const char *name, uint64_t count) {
  json_int_t n = count > INT64_MAX ? INT64_MAX : (json_int_t)count;
  return json_object_set_new(object, name, json_integer(n));
}

static int set_classes(json_t *object, const uint64_t count[PS_CLASSES], int classes) {
  int failed = 0;
  for (int c = 0; c < classes; c++)
    failed |= set_count(object, ps_class_name((enum ps_class)c), count[c]);
  return failed;
}

static int set_figures(json_t *object, const struct ps_sieve_figures *f) {
  int failed = set_count(object, "pings", summary_pings(f));
  failed |= set_classes(object, f->count, PS_CLASSES);
  failed |= set_count(object, "lines", f->lines);
  failed |= set_count(object, "flags", f->flags);
  failed |= set_count(object, "advisories", f->advisories);
  failed |= set_count(object, "withheld", f->withheld);
  failed |= set_count(object, "withheld_bytes", f->withheld_bytes);
  failed |= set_count(object, "not_kept", f->unkept);
  failed |= set_count(object, "not_kept_bytes", f->unkept_bytes);
  failed |= set_count(object, "not_told", f->untold);
  failed |= set_count(object, "passed_twice", f->passed_twice);
  failed |= set_count(object, "bytes_in", f->bytes_in);
  failed |= set_count(object, "bytes_out", f->bytes_out);
  failed |= set_count(object, "bytes_read", f->input_bytes);
  failed |= json_object_set_new(object, "seconds", json_real(f->seconds));
  failed |= json_object_set_new(object, "mb_per_second", json_real(bytes_per_second(f) / 1e6));
  failed |= set_count(object, "batches", f->batches);
  failed |= json_object_set_new(object, "longest_commit_seconds",
                                json_real((double)f->longest_commit_ns / 1e9));
  failed |= set_count(object, "internal_errors", f->internal_errors);
  char day[DAY_TEXT];
  if (f->watermark) day_format(f->watermark, day);
  failed |= json_object_set_new(object, "watermark", json_text(f->watermark ? day : NULL));
  return failed;
}

static json_t *first_malformed(const struct ps_malformed_place *first) {
  if (!first->line) return json_null();
  json_t *place = json_object();
  int failed = set_count(place, "line", first->line);
  failed |= set_count(place, "offset", first->offset);
  failed |= json_object_set_new(place, "reason", json_text(first->reason));
  if (!failed) return place;
  json_decref(place);
  return NULL;
}

static json_t *labels(const struct ps_sieve_figures *f) {
  json_t *list = json_array();
  int failed = list == NULL;
  for (size_t i = 0; i < f->nlabels && !failed; i++) {
    const struct ps_label_figures *label = &f->labels[i];
    json_t *row = json_object();
    failed |= json_object_set_new(row, "docType", json_text(label->type));
    failed |= json_object_set_new(row, "channel", json_text(label->channel));
    failed |= set_classes(row, label->count, PS_BLANK);
    failed |= set_count(row, ps_class_name(PS_NOT_SELECTED), label->count[PS_NOT_SELECTED]);
    failed |= set_count(row, "bytes_in", label->bytes_in);
    failed |= set_count(row, "bytes_out", label->bytes_out);
    failed |= json_array_append_new(list, row);
  }
  if (!failed) return list;
  json_decref(list);
  return NULL;
}

int summary_exit_code(const struct run *run, bool strict, int stopped_by) {
  const struct ps_sieve_figures *f = &run->figures;
  if (run->error.status == PS_E_STOPPED) return EXIT_SIGNAL + stopped_by;
  int code = exit_code_of_status((int)run->error.status);
  bool flawed = f->count[PS_MALFORMED] || f->count[PS_NO_ID];
  return code == EXIT_DONE && strict && flawed ? EXIT_STRICT : code;
}

const char *summary_ending(const struct run *run) {
  if (run->error.status == PS_OK) return "done";
  return run->error.status == PS_E_STOPPED ? "stopped" : "failed";
}

int summary_write(const struct run *run, json_t *store, const char *path, struct ps_error *err) {
  bool failed_run = run->error.status != PS_OK && run->error.status != PS_E_STOPPED;
  json_t *root = json_object();
  int failed = root == NULL;
  failed |= json_object_set_new(root, "version", json_string(PINGSIEVE_VERSION));
  failed |= json_object_set_new(root, "command", json_string(run->absorb ? "absorb" : "filter"));
  failed |= json_object_set_new(root, "ending", json_string(summary_ending(run)));
  failed |= json_object_set_new(root, "exit_code", json_integer(run->exit_code));
  failed |= json_object_set_new(root, "error", json_text(failed_run ? run->error.text : NULL));
  failed |= json_object_set_new(root, "input", json_text(run->input));
  failed |= json_object_set_new(root, "store", store);
  failed |= json_object_set_new(root, "threads", json_integer(run->threads));
  failed |= json_object_set_new(root, "kernel", json_text(run->kernel));
  failed |= set_figures(root, &run->figures);
  failed |= json_object_set_new(root, "invalid", json_text(run->invalid));
  failed |=
      json_object_set_new(root, "first_malformed", first_malformed(&run->figures.first_malformed));
  failed |= json_object_set_new(root, "labels", labels(&run->figures));
  char *text = failed ? NULL : json_text_of(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
  json_decref(root);
  if (!text) return error_memory(err, 0);
  size_t len = strlen(text);
  text[len] = '\n'; /* takes the place of the NUL: the file ends with a newline */
  int r = replace_file(path, text, len + 1, REPLACE_WAIT, err);
  free(text);
  return r;
}
