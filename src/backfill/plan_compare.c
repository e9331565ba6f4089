#include "backfill/comparison.h"
#include "backfill/identity.h"
#include "backfill/plan.h"
#include "backfill/settings.h"
#include "base/error.h"
#include "base/format.h"
#include "base/retry.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOP_EVERY 1024u /* entries */

static int fail_entry(struct comparison *c, struct plan_entry *entry, const char *text,
                      struct ps_error *err) {
  entry->state = PS_BACKFILL_FAILED;
  return inputs_add_problem(&c->plan->inputs, entry->input->path, UINT64_MAX, text, err);
}

/* A file that cannot be read is a problem. But an error that may pass ends the run before anything
 * is done, because the order of the files decides which copies stay. */
static int fail_reading(struct comparison *c, struct plan_entry *entry,
                        const struct ps_error *problem, struct ps_error *err) {
  if (!error_is_passing(problem)) return fail_entry(c, entry, problem->text, err);
  if (err) *err = *problem;
  return problem->status;
}

static int fail_changed(struct comparison *c, struct plan_entry *entry, const char *what,
                        struct ps_error *err) {
  struct ps_error problem;
  (void)error_set(&problem, PS_E_INPUT, "%.400s %s", entry->input->path, what);
  return fail_entry(c, entry, problem.text, err);
}

static int check_stopped(const struct comparison *c, size_t i, struct ps_error *err) {
  struct pollfd stop = {.fd = c->stop_fd, .events = POLLIN};
  if (i % STOP_EVERY || c->stop_fd < 0 || poll(&stop, 1, 0) <= 0) return PS_OK;
  return error_set(err, PS_E_STOPPED, "stopped while comparing the inputs with the store");
}

/* ---- records of the entries ---- */

/* The record of the entry: that of its day, or else of any other. */
static struct index_row *find_row(const struct comparison *c, const struct plan_entry *entry,
                                  const char *path) {
  struct index_row *row = index_find(&c->index, path), *found = row;
  for (; row; row = index_is_last(&c->index, row) ? NULL : row + 1) {
    row->is_listed = true;
    if (row->day == entry->input->day) found = row;
  }
  return found;
}

/* *adopted: an entry took the day of its record, since its path tells none and what its pings tell
 * may have changed. */
static int find_rows(struct comparison *c, bool *adopted, struct ps_error *err) {
  char path[INPUT_PATH];
  *adopted = false;
  for (size_t i = 0; i < c->plan->inputs.n; i++) {
    struct plan_entry *entry = &c->plan->entries[i];
    struct ps_error problem;
    int r = check_stopped(c, i, err);
    if (r) return r;
    c->rows[i] = NULL;
    if (entry->state == PS_BACKFILL_FAILED) continue;
    if (input_is_standard(entry->input)) memcpy(path, "-", sizeof "-");
    else r = place_absolute(&c->cache, entry->input->path, path, &problem);
    if (r && (r = fail_reading(c, entry, &problem, err))) return r;
    if (entry->state == PS_BACKFILL_FAILED) continue;
    c->rows[i] = find_row(c, entry, path);
    if (!c->rows[i] || c->rows[i]->day == entry->input->day || entry->input->day_given) continue;
    entry->input->day = c->rows[i]->day;
    *adopted = true;
  }
  return PS_OK;
}

static int match_records(struct comparison *c, struct ps_error *err) {
  bool adopted = false;
  int r = index_read(c->seen, &c->index, err);
  if (!r) r = find_rows(c, &adopted, err);
  if (r || !adopted) return r;
  plan_sort(c->plan);
  return find_rows(c, &adopted, err);
}

/* ---- the unfinished job ---- */

static int read_job(struct comparison *c, struct ps_error *err) {
  int r = settings_fill(&c->plan->job, c->options, c->seen, c->out, err);
  if (!r) r = job_get(c->seen, &c->job, &c->unfinished, err);
  if (r) return r;
  /* A dry run has no output directory; other differences do not matter to a count. */
  c->same_job =
      c->unfinished && (c->options->dry_run || memcmp(c->job.fingerprint, c->plan->job.fingerprint,
                                                      sizeof c->job.fingerprint) == 0);
  for (size_t i = 0; c->same_job && i < c->job.nagain; i++)
    day_set_add(&c->before, c->job.again[i]);
  if (!c->unfinished || c->same_job || c->options->again) return PS_OK;
  char difference[SETTINGS_DIFFERENCE];
  settings_difference(&c->job, &c->plan->job, difference);
  return error_set(
      err, PS_E_ARGUMENT,
      "an unfinished backfill with other settings is in the store (%s): finish it with "
      "its own, or give it up with --again and all inputs of its days",
      difference);
}

static int name_open(void *context, const struct checkpoint *record, struct ps_error *err) {
  const struct comparison *c = context;
  const struct index_row *row = index_find(&c->index, record->path);
  char path[SHORT_BYTES], day[DAY_TEXT] = "that day";
  if (record->state != CHECKPOINT_OPEN || (row && row->is_listed)) return PS_OK;
  if (record->day <= DAY_MAX) day_format((day_t)record->day, day);
  return error_set(err, PS_E_ARGUMENT,
                   "%s was begun by a backfill that was interrupted, and is not among the inputs: "
                   "give it too, or give it up with `pingsieve store forget --day %s`",
                   short_path(record->path, path), day);
}

static int check_open_is_listed(struct comparison *c, struct ps_error *err) {
  for (size_t i = 0; i < c->index.n; i++)
    if (c->index.rows[i].state == CHECKPOINT_OPEN && !c->index.rows[i].is_listed)
      return checkpoint_each(c->seen, 0, INPUT_NO_DAY + 1, name_open, c, err);
  return PS_OK;
}

static int check_days(const struct comparison *c, struct ps_error *err) {
  char was[DAY_TEXT] = "no day", is[DAY_TEXT], path[SHORT_BYTES];
  for (size_t i = 0; i < c->plan->inputs.n; i++) {
    const struct plan_entry *entry = &c->plan->entries[i];
    const struct index_row *row = c->rows[i];
    if (!row || row->day == entry->input->day) continue;
    if (row->day <= DAY_MAX) day_format((day_t)row->day, was);
    day_format((day_t)entry->input->day, is);
    return error_set(err, PS_E_ARGUMENT,
                     "%s was done as of %s and would now be of %s: look for days in paths as then, "
                     "or do it again with --again",
                     short_path(entry->input->path, path), was, is);
  }
  return PS_OK;
}

/* ---- one entry ---- */

/* Looks at the output's place: what is there, and whether the part is as long as `bytes`. A part
 * that nothing has been written to need not be there. */
static int look(struct comparison *c, const struct plan_entry *entry, uint64_t bytes,
                enum part_presence *whole, bool *part, bool *enough, struct ps_error *err) {
  enum part_presence presence = PART_NOTHING;
  uint64_t part_bytes = 0;
  const int r = part_look(c->tree, entry->input->name, whole, &presence, &part_bytes, err);
  *part = presence == PART_FILE && part_bytes == bytes;
  *enough = !bytes || (presence == PART_FILE && part_bytes >= bytes);
  return r;
}

/* The entry is to get its output's name: what is there now may have come since the run began. */
static void judge_name(struct comparison *c, struct plan_entry *entry, enum part_presence whole) {
  entry->replace |= c->options->overwrite || day_set_has(&c->before, entry->input->day) ||
                    (entry->input->day == INPUT_NO_DAY && c->same_job && c->job.nagain);
  if (whole == PART_OTHER) examples_add(&c->in_the_way, entry->input->name, NULL, NULL);
  if (whole == PART_FILE && !entry->replace)
    examples_add(&c->existing, entry->input->name, NULL, NULL);
}

static int judge_new(struct comparison *c, struct plan_entry *entry, bool reset,
                     struct ps_error *err) {
  enum part_presence whole = PART_NOTHING;
  bool part, enough;
  entry->replace = reset;
  const int r = c->tree ? look(c, entry, 0, &whole, &part, &enough, err) : PS_OK;
  if (!r) judge_name(c, entry, whole);
  return r;
}

static bool is_moved(struct comparison *c, const struct plan_entry *entry) {
  char output[INPUT_PATH];
  if (!c->tree) return false;
  const int len = snprintf(output, sizeof output, "%s/%s", strcmp(c->out, "/") == 0 ? "" : c->out,
                           entry->input->name);
  if (len > 0 && (size_t)len < sizeof output && strcmp(output, c->record.output) == 0) return false;
  examples_add(&c->moved, entry->input->path, " into ", c->record.output);
  return true;
}

static int judge_open(struct comparison *c, struct plan_entry *entry, const struct identity *now,
                      struct ps_error *err) {
  enum part_presence whole = PART_NOTHING;
  bool part, enough = true;
  if (!c->same_job)
    return fail_changed(c, entry,
                        "was begun by an earlier backfill that could not go on with it: --again "
                        "does its day again",
                        err);
  const int r = c->tree ? look(c, entry, c->record.out_length, &whole, &part, &enough, err) : PS_OK;
  if (r) return r;
  if (!enough) examples_add(&c->lost, entry->input->path, NULL, NULL);
  entry->state = PS_BACKFILL_PARTLY;
  judge_name(c, entry, whole);
  entry->compare = entry->input->piped || !identity_untouched(now, &c->record.identity);
  return PS_OK;
}

/* Earlier versions took an error of the system for the end of the input, and it cannot be told any
 * more what of its copies has passed since. */
static int repeat_problem(struct comparison *c, const struct plan_entry *entry,
                          struct ps_error *err) {
  const struct checkpoint *record = &c->record;
  const bool cut_short =
      strncmp(record->problem, "cannot read ", strlen("cannot read ")) == 0 ||
      strncmp(record->problem, "cannot wait for ", strlen("cannot wait for ")) == 0;
  struct ps_error told;
  (void)error_set(&told, PS_E_INPUT, "%s%s", record->problem,
                  cut_short ? "; its output ends there: --again does its day again" : "");
  return inputs_add_problem(&c->plan->inputs, entry->input->path, record->problem_offset, told.text,
                            err);
}

/* The view has the turn on the store: it is given up before what takes its time. */
static void view_end(struct comparison *c) {
  if (c->viewed) ps_seen_view_end(c->seen);
  c->viewed = 0;
}

static int judge_whole(struct comparison *c, struct plan_entry *entry, const struct identity *now,
                       struct ps_error *err) {
  const struct checkpoint *record = &c->record;
  enum part_presence whole = PART_FILE;
  bool part = false, enough;
  uint8_t digest[SOURCE_DIGEST];
  bool same = entry->input->piped || identity_untouched(now, &record->identity);
  if (!same && now->size == record->identity.size) {
    struct ps_error problem;
    view_end(c);
    const int r = identity_digest(entry->input->path, c->stop_fd, digest, &problem);
    if (r == PS_E_INPUT) return fail_reading(c, entry, &problem, err);
    if (r) return error_set(err, problem.status, "%s", problem.text);
    same = memcmp(digest, record->identity.digest, sizeof digest) == 0;
  }
  if (!same)
    return fail_changed(c, entry,
                        "has changed since it was done: its output stays as it was made; --again "
                        "does its day again",
                        err);
  if (!c->options->dry_run && memcmp(record->content, c->plan->job.content, 16) != 0)
    examples_add(&c->otherwise, entry->input->path, NULL, NULL);
  int r = c->tree ? look(c, entry, record->out_length, &whole, &part, &enough, err) : PS_OK;
  if (r) return r;
  if (!part && whole != PART_FILE)
    return fail_changed(c, entry, "is done, but its output is gone: --again does its day again",
                        err);
  entry->state = PS_BACKFILL_BEFORE;
  entry->publish = part;
  if (part) judge_name(c, entry, whole);
  return record->problem[0] ? repeat_problem(c, entry, err) : PS_OK;
}

/* Many records in one view: taking the turn for each would be slow beside a busy filter. */
static int checkpoint_read(struct comparison *c, uint32_t day, const char *path, bool *found,
                           struct ps_error *err) {
  int r = c->viewed ? PS_OK : ps_seen_view_begin(c->seen, err);
  if (r) return r;
  c->viewed++;
  r = checkpoint_get(c->seen, day, path, &c->record, found, err);
  if (c->viewed == RECORDS_VIEWED) view_end(c);
  return r;
}

static int judge(struct comparison *c, size_t i, struct ps_error *err) {
  struct plan_entry *entry = &c->plan->entries[i];
  const struct index_row *row = c->rows[i];
  const bool standard = input_is_standard(entry->input), reset = comparison_is_reset(c, i);
  struct identity now = {.size = 0};
  struct stat st;
  char path[INPUT_PATH] = "-";
  bool found = false;
  int r = PS_OK;
  if (entry->state == PS_BACKFILL_FAILED) return PS_OK;
  /* Of a pipe nobody knows whether it brings the same, but while its job goes on. */
  if (!row || reset || (entry->input->piped && !c->same_job))
    return judge_new(c, entry, reset, err);
  if (!standard) r = place_absolute(&c->cache, entry->input->path, path, err);
  if (!r) r = checkpoint_read(c, row->day, path, &found, err);
  if (r) return r;
  if (!found) return judge_new(c, entry, reset, err);
  if (!entry->input->piped && RETRY(stat(entry->input->path, &st))) {
    struct ps_error problem;
    (void)error_set_os(&problem, PS_E_INPUT, errno, "cannot read %.400s", entry->input->path);
    return fail_reading(c, entry, &problem, err);
  }
  if (!entry->input->piped) identity_of(&st, &now);
  if (is_moved(c, entry)) return PS_OK;
  c->plan->resumed |= c->same_job;
  return c->record.state == CHECKPOINT_OPEN ? judge_open(c, entry, &now, err)
                                            : judge_whole(c, entry, &now, err);
}

/* ---- reasons to refuse ---- */

static int refuse_outputs(const struct comparison *c, struct ps_error *err) {
  char text[EXAMPLES_TEXT], count[FORMAT_TEXT], out[SHORT_BYTES];
  if (c->moved.n)
    return error_set(
        err, PS_E_ARGUMENT,
        "inputs were done into another place: %s. Name inputs and output directory as then, or do "
        "their days again with --again",
        examples_text(&c->moved, text));
  if (c->otherwise.n)
    return error_set(err, PS_E_ARGUMENT,
                     "inputs were done with another selection, or other paths or limits: %s. Give "
                     "the options as then, or do their days again with --again",
                     examples_text(&c->otherwise, text));
  if (c->lost.n)
    return error_set(err, PS_E_ARGUMENT,
                     "what was written of %s before the interruption is gone from the output "
                     "directory: do its day again with --again",
                     examples_text(&c->lost, text));
  if (c->in_the_way.n)
    return error_set(err, PS_E_ARGUMENT,
                     "in the output directory something that is no file is in the place of %s: "
                     "remove it, or name another directory",
                     examples_text(&c->in_the_way, text));
  if (!c->existing.n) return PS_OK;
  return error_set(err, PS_E_ARGUMENT,
                   "%s output%s in %s already: %s. Name another directory, or replace them with "
                   "--overwrite",
                   format_count(c->existing.n, count), c->existing.n == 1 ? " is" : "s are",
                   short_path(c->out, out), examples_text(&c->existing, text));
}

/* Days that the retention has passed already hold no keys and get none. When a job goes on it has
 * passed them itself. */
static int check_late(const struct comparison *c, struct ps_error *err) {
  const uint32_t keep = ps_seen_keep_days(c->seen);
  struct ps_seen_info info;
  char count[FORMAT_TEXT], path[SHORT_BYTES], oldest[DAY_TEXT];
  const struct plan_entry *first = NULL;
  uint64_t n = 0;
  if (!keep || c->same_job) return PS_OK;
  const int r = ps_seen_info(c->seen, &info, err);
  if (r) return r;
  const uint32_t watermark = info.watermark;
  ps_seen_info_release(&info);
  if (watermark <= keep) return PS_OK;
  for (size_t i = 0; i < c->plan->inputs.n; i++) {
    const struct plan_entry *entry = &c->plan->entries[i];
    if (entry->state != PS_BACKFILL_WAITING || entry->input->day >= watermark - keep) continue;
    if (!n++) first = entry;
  }
  if (!n) return PS_OK;
  day_format((day_t)(watermark - keep), oldest);
  return error_set(err, PS_E_ARGUMENT,
                   "%s input%s of days before %s, which the store no longer holds (it keeps %u "
                   "days), so that their pings would pass without being deduplicated; the first is "
                   "%s. Use a new store, with a longer --keep (0: for ever)",
                   format_count(n, count), n == 1 ? " is" : "s are", oldest, keep,
                   short_path(first->input->path, path));
}

static int judge_outputs(struct comparison *c, struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < c->plan->inputs.n && !r; i++) {
    r = check_stopped(c, i, err);
    if (!r) r = judge(c, i, err);
  }
  view_end(c);
  return r ? r : refuse_outputs(c, err);
}

static int judge_all(struct comparison *c, struct ps_error *err) {
  int r = judge_outputs(c, err);
  if (!r) r = check_late(c, err);
  return r ? r : comparison_find_copies(c, err);
}

static bool has_work(const struct plan *plan) {
  for (size_t i = 0; i < plan->inputs.n; i++)
    if (plan->entries[i].state == PS_BACKFILL_WAITING ||
        plan->entries[i].state == PS_BACKFILL_PARTLY)
      return true;
  return false;
}

static int compare(struct comparison *c, struct ps_error *err) {
  c->rows = calloc(c->plan->inputs.n, sizeof(struct index_row *));
  if (!c->rows) return error_memory(err, c->plan->inputs.n * sizeof(struct index_row *));
  if (!c->seen) return judge_outputs(c, err);
  int r = read_job(c, err);
  if (!r) r = match_records(c, err);
  if (!r) r = check_open_is_listed(c, err);
  if (!r && !c->options->again) r = check_days(c, err);
  if (!r && c->options->again) r = comparison_find_again(c, err);
  if (!r) r = judge_all(c, err);
  if (r) return r;
  const bool puts = !c->options->dry_run && !c->same_job && has_work(c->plan);
  if (!puts && !c->options->again) return PS_OK;
  /* Days are forgotten only by a run that can write their outputs. */
  r = c->tree ? part_tree_make(c->tree, err) : PS_OK;
  return r ? r : comparison_begin_job(c, err);
}

int plan_compare(struct plan *plan, const struct ps_backfill_options *options, struct ps_seen *seen,
                 struct part_tree *tree, int stop_fd, struct ps_error *err) {
  struct comparison *c = calloc(1, sizeof *c);
  if (!c) return error_memory(err, sizeof *c);
  c->plan = plan;
  c->options = options;
  c->seen = seen;
  c->tree = tree;
  c->stop_fd = stop_fd;
  int r = tree ? place_real(options->out, c->out, PS_E_OUTPUT, err) : PS_OK;
  if (!r) r = compare(c, err);
  index_release(&c->index);
  job_release(&c->job);
  free(c->rows);
  free(c);
  return r;
}
