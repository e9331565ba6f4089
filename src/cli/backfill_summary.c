#include "cli/backfill_summary.h"

#include "base/day.h"
#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "cli/message.h"
#include "cli/replace.h"
#include "report/json_writer.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint64_t pings_of(const struct ps_backfill_counts *c) {
  return c->lines - c->count[PS_BLANK];
}

/* ---- a line, a block ---- */

static void print_line(const struct backfill_outcome *o) {
  const struct ps_backfill_figures *f = &o->figures;
  char line[SUMMARY_LINE];
  message(MESSAGE_NOTE,
          "files=%" PRIu64 " files_done=%" PRIu64 " files_before=%" PRIu64 " files_failed=%" PRIu64
          " problems=%" PRIu64 " %s",
          f->files, f->files_done, f->files_before, f->files_failed, f->problems,
          summary_line(&f->sieve, line));
}

static void print_block(const struct backfill_outcome *o) {
  const struct ps_backfill_figures *f = &o->figures;
  char before[FORMAT_TEXT], failed[FORMAT_TEXT], out[FORMAT_TEXT], remark[MESSAGE_TEXT];
  int at = snprintf(remark, sizeof remark, "of %s", format_count(f->files, before));
  if (f->files_before)
    at += snprintf(remark + at, sizeof remark - (size_t)at, ", %s done before",
                   format_count(f->files_before, before));
  if (f->files_failed)
    (void)snprintf(remark + at, sizeof remark - (size_t)at, ", %s failed",
                   format_count(f->files_failed, failed));
  summary_print_row(o->arguments->dry_run ? "files read" : "files done", f->files_done, remark);
  summary_print_block(&o->run);
  (void)snprintf(remark, sizeof remark, "in %s", o->arguments->out ? o->arguments->out : "");
  if (!o->arguments->dry_run)
    message(MESSAGE_PLAIN, "  %-13s %13s   %s", "written", format_bytes(f->sieve.bytes_out, out),
            remark);
}

void backfill_summary_print(const struct backfill_outcome *o) {
  if (terminal_is(STDERR_FILENO)) print_block(o);
  else print_line(o);
}

/* ---- problems ---- */

struct problems {
  uint64_t told;
};

static int print_problem(void *context, const struct ps_backfill_problem *problem,
                         struct ps_error *err) {
  struct problems *p = context;
  (void)err;
  if (p->told++ < SUMMARY_PROBLEMS) message(MESSAGE_ERROR, "%s", problem->text);
  return PS_OK;
}

int backfill_summary_problems(const struct backfill_outcome *o, struct ps_error *err) {
  struct problems problems = {0};
  int r = ps_backfill_each_problem(o->backfill, print_problem, &problems, err);
  uint64_t all = o->figures.problems > problems.told ? o->figures.problems : problems.told;
  if (r != PS_OK || all <= SUMMARY_PROBLEMS) return r;
  char more[FORMAT_TEXT], kept[FORMAT_TEXT];
  format_count(all - SUMMARY_PROBLEMS, more);
  format_count(problems.told - SUMMARY_PROBLEMS, kept);
  if (o->arguments->summary && problems.told < all)
    message(MESSAGE_ERROR, "and %s more, %s of which are in %s", more, kept, o->arguments->summary);
  else if (o->arguments->summary)
    message(MESSAGE_ERROR, "and %s more, which are in %s", more, o->arguments->summary);
  else message(MESSAGE_ERROR, "and %s more; --summary FILE writes them down", more);
  return PS_OK;
}

/* ---- days ---- */

struct days {
  uint64_t n, files, pings, unique, duplicates;
  uint16_t first, last;
};

static int add_day(void *context, const struct ps_backfill_day *day, struct ps_error *err) {
  struct days *d = context;
  (void)err;
  d->files += day->files;
  d->pings += pings_of(&day->counts);
  d->unique += day->counts.count[PS_UNIQUE];
  d->duplicates += day->counts.count[PS_DUPLICATE];
  if (!day->has_day) return PS_OK;
  if (d->n++ == 0) d->first = day->day;
  d->last = day->day;
  return PS_OK;
}

int backfill_summary_nothing(const struct backfill_outcome *o, struct ps_error *err) {
  struct days d = {0};
  int r = ps_backfill_each_day(o->backfill, add_day, &d, err);
  if (r != PS_OK) return r;
  char first[DAY_TEXT], last[DAY_TEXT], files[FORMAT_TEXT], days[FORMAT_TEXT];
  char which[2 * DAY_TEXT + FORMAT_TEXT + 16] = "their days";
  day_format(d.first, first);
  day_format(d.last, last);
  if (d.n == 1) (void)snprintf(which, sizeof which, "%s", first);
  if (d.n > 1)
    (void)snprintf(which, sizeof which, "%s days (%s to %s)", format_count(d.n, days), first, last);
  message(MESSAGE_NOTE,
          "all of it was done before, there was nothing to do; with --again, what the store knows "
          "of %s would be forgotten and %s %s done anew",
          which, format_count(d.files, files), d.files == 1 ? "file" : "files");
  return PS_OK;
}

static void print_day_row(const char *name, const struct days *d) {
  char files[FORMAT_TEXT], pings[FORMAT_TEXT], unique[FORMAT_TEXT], duplicates[FORMAT_TEXT];
  char share[FORMAT_TEXT];
  (void)printf("%-10s %9s %13s %13s %13s %9s\n", name, format_count(d->files, files),
               format_count(d->pings, pings), format_count(d->unique, unique),
               format_count(d->duplicates, duplicates),
               format_share(d->duplicates, d->pings, share));
}

static int print_day(void *context, const struct ps_backfill_day *day, struct ps_error *err) {
  struct days one = {0};
  char name[DAY_TEXT] = "no day";
  (void)add_day(&one, day, err);
  if (day->has_day) day_format(day->day, name);
  print_day_row(name, &one);
  return add_day(context, day, err);
}

int backfill_summary_days(const struct backfill_outcome *o, struct ps_error *err) {
  struct days all = {0};
  (void)printf("%-10s %9s %13s %13s %13s %9s\n", "day", "files", "pings", "unique", "duplicates",
               "share");
  int r = ps_backfill_each_day(o->backfill, print_day, &all, err);
  if (r == PS_OK && all.n > 1) print_day_row("all", &all);
  return r;
}

/* ---- JSON ---- */

#define PIECE (256u << 10) /* bytes that are gathered before they are written */

struct document {
  struct json_writer json;
  struct buffer text;
  struct replacement file;
  struct buffer safe;
  uint64_t problems; /* written */
};

static int flush(struct document *d, size_t at_least) {
  struct json_writer *w = &d->json;
  if (w->status != PS_OK || d->text.len < at_least) return w->status;
  w->status = replace_write(&d->file, d->text.data, d->text.len, w->err);
  buffer_clear(&d->text);
  return w->status;
}

static bool is_utf8(const char *text, size_t len) {
  const uint8_t *p = (const uint8_t *)text;
  for (size_t at = 0, n; at < len; at += n)
    if ((n = utf8_length(p + at, len - at)) == 0) return false;
  return true;
}

/* Texts from outside, as in the other summaries (cli/json_text.h). False: it is no UTF-8. */
static bool put_text(struct document *d, const char *name, const char *text) {
  struct json_writer *w = &d->json;
  size_t len = text ? strlen(text) : 0;
  if (is_utf8(text, len)) {
    json_string_or_null(w, name, text);
    return true;
  }
  buffer_clear(&d->safe);
  if (w->status == PS_OK) w->status = buffer_reserve(&d->safe, 4 * len + 1, w->err);
  if (w->status != PS_OK) return false;
  json_string_or_null(w, name, message_safe(text, (char *)d->safe.data, 4 * len + 1));
  return false;
}

/* A path that is no UTF-8 can be told exactly only in another form. */
static void put_path(struct document *d, const char *name, const char *path) {
  char exact[32];
  if (put_text(d, name, path)) return;
  (void)snprintf(exact, sizeof exact, "%s_base64", name);
  json_base64(&d->json, exact, (const uint8_t *)path, strlen(path));
}

static void put_texts(struct document *d, const char *name, const char *const *texts) {
  json_open(&d->json, name, '[', true);
  for (; *texts; texts++) (void)put_text(d, NULL, *texts);
  json_close(&d->json, ']');
}

static void put_classes(struct json_writer *w, const uint64_t count[PS_CLASSES]) {
  for (int c = 0; c < PS_CLASSES; c++) json_count(w, ps_class_name((enum ps_class)c), count[c]);
}

static void put_counts(struct json_writer *w, const struct ps_backfill_counts *c) {
  json_count(w, "pings", pings_of(c));
  put_classes(w, c->count);
  json_count(w, "lines", c->lines);
  json_count(w, "bytes_in", c->bytes_in);
  json_count(w, "bytes_out", c->bytes_out);
  json_count(w, "file_bytes_in", c->file_bytes_in);
  json_count(w, "file_bytes_out", c->file_bytes_out);
}

static void put_store(struct document *d, const struct backfill_outcome *o) {
  const struct ps_seen *seen = ps_backfill_seen(o->backfill);
  json_open(&d->json, "store", '{', false);
  put_path(d, "path", o->run.store);
  json_count(&d->json, "keep_days", ps_seen_keep_days(seen));
  put_texts(d, "scope", ps_seen_scope(seen));
  json_close(&d->json, '}');
}

static void put_settings(struct document *d, const struct arguments *a) {
  struct json_writer *w = &d->json;
  json_open(w, "settings", '{', false);
  put_path(d, "out", a->out);
  (void)put_text(d, "day_from", a->day_from);
  json_count(w, "level", a->level.value);
  json_bool(w, "dry_run", a->dry_run);
  json_bool(w, "overwrite", a->overwrite);
  json_bool(w, "again", a->again);
  json_bool(w, "follow", a->follow);
  json_bool(w, "strict", a->strict);
  put_texts(d, "where", a->where.item);
  (void)put_text(d, "sample_id", a->sample_id);
  json_bool(w, "one_per_client", a->one_per_client);
  put_texts(d, "select", a->select.item);
  json_close(w, '}');
}

static void put_totals(struct json_writer *w, const struct ps_backfill_figures *f) {
  const struct ps_sieve_figures *s = &f->sieve;
  json_open(w, "totals", '{', false);
  json_count(w, "files", f->files);
  json_count(w, "files_done", f->files_done);
  json_count(w, "files_before", f->files_before);
  json_count(w, "files_failed", f->files_failed);
  json_count(w, "problems", f->problems);
  json_bool(w, "resumed", f->resumed);
  json_count(w, "pings", summary_pings(s));
  put_classes(w, s->count);
  json_count(w, "lines", s->lines);
  json_count(w, "flags", s->flags);
  json_count(w, "advisories", s->advisories);
  json_count(w, "withheld", s->withheld);
  json_count(w, "withheld_bytes", s->withheld_bytes);
  json_count(w, "not_kept", s->unkept);
  json_count(w, "not_kept_bytes", s->unkept_bytes);
  json_count(w, "not_told", s->untold);
  json_count(w, "bytes_in", s->bytes_in);
  json_count(w, "bytes_out", s->bytes_out);
  json_count(w, "bytes_read", s->input_bytes);
  json_decimal(w, "seconds", s->seconds);
  json_decimal(w, "mb_per_second", s->seconds > 0 ? (double)s->bytes_in / s->seconds / 1e6 : 0);
  json_count(w, "batches", s->batches);
  json_decimal(w, "longest_commit_seconds", (double)s->longest_commit_ns / 1e9);
  json_count(w, "internal_errors", s->internal_errors);
  json_day(w, "watermark", s->watermark, s->watermark);
  json_close(w, '}');
}

static int put_day(void *context, const struct ps_backfill_day *day, struct ps_error *err) {
  struct document *d = context;
  struct json_writer *w = &d->json;
  (void)err;
  json_open(w, NULL, '{', true);
  json_day(w, "day", day->has_day, day->day);
  json_count(w, "files", day->files);
  json_count(w, "files_done", day->done);
  put_counts(w, &day->counts);
  json_close(w, '}');
  return flush(d, PIECE);
}

static int put_file(void *context, const struct ps_backfill_file *file, struct ps_error *err) {
  static const char *const states[] = {[PS_BACKFILL_WAITING] = "waiting",
                                       [PS_BACKFILL_PARTLY] = "partly",
                                       [PS_BACKFILL_DONE] = "done",
                                       [PS_BACKFILL_BEFORE] = "before",
                                       [PS_BACKFILL_FAILED] = "failed"};
  struct document *d = context;
  struct json_writer *w = &d->json;
  (void)err;
  json_open(w, NULL, '{', true);
  put_path(d, "path", file->path);
  put_path(d, "output", file->name);
  json_day(w, "day", file->has_day, file->day);
  json_string_or_null(w, "state", states[file->state]);
  put_counts(w, &file->counts);
  (void)put_text(d, "problem", file->problem);
  json_close(w, '}');
  return flush(d, PIECE);
}

static int put_problem(void *context, const struct ps_backfill_problem *problem,
                       struct ps_error *err) {
  struct document *d = context;
  struct json_writer *w = &d->json;
  (void)err;
  d->problems++;
  json_open(w, NULL, '{', true);
  put_path(d, "path", problem->path);
  if (problem->offset == UINT64_MAX) json_string_or_null(w, "offset", NULL);
  else json_count(w, "offset", problem->offset);
  (void)put_text(d, "text", problem->text);
  json_close(w, '}');
  return flush(d, PIECE);
}

/* More problems were met than are kept. */
static void tell_bound(const struct document *d, const struct backfill_outcome *o,
                       struct ps_error *told) {
  char kept[FORMAT_TEXT], all[FORMAT_TEXT];
  error_clear(told);
  if (o->figures.problems <= d->problems) return;
  (void)error_set(told, PS_OK, "only the first %s of %s problems are kept",
                  format_count(d->problems, kept), format_count(o->figures.problems, all));
}

/* The lists. One that the store could not give to its end is closed all the same, and `told` says
 * why; its status is returned. */
static int put_lists(struct document *d, const struct backfill_outcome *o, struct ps_error *told) {
  struct json_writer *w = &d->json;
  json_open(w, "days", '[', false);
  int r = ps_backfill_each_day(o->backfill, put_day, d, told);
  json_close(w, ']');
  json_open(w, "files", '[', false);
  if (r == PS_OK) r = ps_backfill_each_file(o->backfill, put_file, d, told);
  json_close(w, ']');
  json_open(w, "problems", '[', false);
  if (r == PS_OK) r = ps_backfill_each_problem(o->backfill, put_problem, d, told);
  json_close(w, ']');
  if (r == PS_OK) tell_bound(d, o, told);
  (void)put_text(d, "incomplete", *told->text ? told->text : NULL);
  return r;
}

/* Returns whether the store gave all that is told of it. */
static int put_all(struct document *d, const struct backfill_outcome *o, struct ps_error *told) {
  const struct run *run = &o->run;
  struct json_writer *w = &d->json;
  bool failed = run->error.status != PS_OK && run->error.status != PS_E_STOPPED;
  json_open(w, NULL, '{', false);
  json_string_or_null(w, "version", PINGSIEVE_VERSION);
  json_string_or_null(w, "command", "backfill");
  json_string_or_null(w, "ending", summary_ending(run));
  json_count(w, "exit_code", (uint64_t)run->exit_code);
  (void)put_text(d, "error", failed ? run->error.text : NULL);
  put_store(d, o);
  put_settings(d, o->arguments);
  json_count(w, "threads", run->threads);
  json_string_or_null(w, "kernel", run->kernel);
  put_path(d, "invalid", run->invalid);
  put_totals(w, &o->figures);
  const int r = put_lists(d, o, told);
  json_close(w, '}');
  if (w->status == PS_OK) w->status = buffer_append(&d->text, "\n", 1, w->err);
  return r;
}

int backfill_summary_write(const struct backfill_outcome *o, const char *path,
                           struct ps_error *err) {
  struct document d = {.text = BUFFER_INIT, .safe = BUFFER_INIT};
  d.json = (struct json_writer){.out = &d.text, .err = err, .status = PS_OK};
  struct ps_error told = {0};
  int r = replace_begin(&d.file, path, REPLACE_WAIT, err);
  if (r != PS_OK) return r;
  const int incomplete = put_all(&d, o, &told);
  r = flush(&d, 0);
  if (r == PS_OK) r = replace_commit(&d.file, err);
  else replace_abandon(&d.file);
  buffer_release(&d.safe);
  buffer_release(&d.text);
  if (r != PS_OK || incomplete == PS_OK) return r;
  return error_set(err, incomplete, "%.200s does not have all of it: %.300s", path, told.text);
}
