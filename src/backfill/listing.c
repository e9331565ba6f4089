/* The listing of a backfill that does not run: its inputs, days and problems. */
#include "backfill/backfill.h"

#include "base/arith.h"
#include "base/error.h"

#include <stdlib.h>

static void counts_add(struct ps_backfill_counts *to, const struct ps_backfill_counts *from) {
  count_raise(&to->lines, from->lines);
  count_raise(&to->bytes_in, from->bytes_in);
  count_raise(&to->bytes_out, from->bytes_out);
  count_raise(&to->file_bytes_in, from->file_bytes_in);
  count_raise(&to->file_bytes_out, from->file_bytes_out);
  for (size_t i = 0; i < PS_CLASSES; i++) count_raise(&to->count[i], from->count[i]);
}

/* Those of an input that waits or has failed are zero, and of one whose directory has gone
 * meanwhile. */
static int checkpoint_of(struct ps_seen *seen, const struct plan_entry *entry,
                         struct checkpoint *record, struct ps_error *err) {
  char path[INPUT_PATH];
  bool found = false;
  record->counts = (struct ps_backfill_counts){0};
  record->problem[0] = '\0';
  if (entry->state == PS_BACKFILL_WAITING || entry->state == PS_BACKFILL_FAILED) return PS_OK;
  struct ps_error problem;
  const int r = input_absolute(entry->input, path, &problem);
  if (r == PS_E_INPUT && !error_is_passing(&problem)) return PS_OK;
  if (r)
    return error_set_os(err, problem.status, problem.os_error,
                        "the figures of %s are not known: its directory cannot be found",
                        entry->input->path);
  return checkpoint_get(seen, entry->input->day, path, record, &found, err);
}

static int visit_file(const struct plan_entry *entry, const struct checkpoint *record,
                      ps_backfill_visit_file *visit, void *context, struct ps_error *err) {
  const bool has_day = entry->input->day != INPUT_NO_DAY;
  const struct ps_backfill_file file = {.path = entry->input->path,
                                        .name = entry->input->name,
                                        .has_day = has_day,
                                        .day = has_day ? (uint16_t)entry->input->day : 0,
                                        .state = (enum ps_backfill_state)entry->state,
                                        .counts = record->counts,
                                        .problem = record->problem[0] ? record->problem : NULL};
  return visit(context, &file, err);
}

/* Those of entries [from, to), read in one view, which has the turn: other processes may wait for
 * the visits. */
static int records_read(struct ps_backfill *b, size_t from, size_t to, struct checkpoint *records,
                        struct ps_error *err) {
  int r = ps_seen_view_begin(b->core.seen, err);
  if (r) return r;
  for (size_t i = from; i < to && !r; i++)
    r = checkpoint_of(b->core.seen, &b->plan.entries[i], &records[i - from], err);
  ps_seen_view_end(b->core.seen);
  return r;
}

int ps_backfill_each_file(struct ps_backfill *b, ps_backfill_visit_file *visit, void *context,
                          struct ps_error *err) {
  struct checkpoint *records = malloc(RECORDS_VIEWED * sizeof *records);
  if (!records) return error_memory(err, RECORDS_VIEWED * sizeof *records);
  int r = PS_OK;
  for (size_t from = 0, to; from < b->plan.inputs.n && !r; from = to) {
    to = b->plan.inputs.n - from < RECORDS_VIEWED ? b->plan.inputs.n : from + RECORDS_VIEWED;
    r = records_read(b, from, to, records, err);
    for (size_t i = from; i < to && !r; i++)
      r = visit_file(&b->plan.entries[i], &records[i - from], visit, context, err);
  }
  free(records);
  return r;
}

struct adding {
  struct ps_backfill_day day;
  ps_backfill_visit_day *visit;
  void *context;
};

static int tell_day(struct adding *a, struct ps_error *err) {
  int r = a->day.files ? a->visit(a->context, &a->day, err) : PS_OK;
  a->day = (struct ps_backfill_day){0};
  return r;
}

/* Inputs come in the order of their days. */
static int add_file(void *context, const struct ps_backfill_file *file, struct ps_error *err) {
  struct adding *a = context;
  bool same = a->day.has_day == file->has_day && a->day.day == file->day;
  int r = same ? PS_OK : tell_day(a, err);
  if (r) return r;
  a->day.has_day = file->has_day;
  a->day.day = file->day;
  a->day.files++;
  a->day.done += file->state == PS_BACKFILL_DONE || file->state == PS_BACKFILL_BEFORE;
  counts_add(&a->day.counts, &file->counts);
  return PS_OK;
}

int ps_backfill_each_day(struct ps_backfill *b, ps_backfill_visit_day *visit, void *context,
                         struct ps_error *err) {
  struct adding adding = {.visit = visit, .context = context};
  int r = ps_backfill_each_file(b, add_file, &adding, err);
  return r ? r : tell_day(&adding, err);
}

int ps_backfill_each_problem(struct ps_backfill *b, ps_backfill_visit_problem *visit, void *context,
                             struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < b->plan.inputs.nproblems && !r; i++) {
    const struct input_problem *problem = &b->plan.inputs.problems[i];
    const struct ps_backfill_problem told = {problem->path, problem->offset, problem->text};
    r = visit(context, &told, err);
  }
  return r;
}
