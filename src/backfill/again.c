/* Days that are done again. */
#include "backfill/comparison.h"
#include "base/error.h"
#include <pingsieve/accounts.h>
#include <pingsieve/seen.h>
#include <stdlib.h>
#include <string.h>

static bool set_has(const void *set, uint32_t day) { return day_set_has(set, day); }

static bool has_no_day(const struct index_row *row) {
  return row->day == INPUT_NO_DAY && row->first_day == INPUT_NO_DAY;
}

bool comparison_is_reset(const struct comparison *c, size_t entry) {
  const struct index_row *row = c->rows[entry];
  if (!c->options->again || !row) return false;
  /* Without any day nobody can tell whether the unfinished job has done it already. */
  if (has_no_day(row)) return !(c->same_job && c->job.nagain);
  return index_any_day(row, set_has, &c->again);
}

struct collecting {
  const struct comparison *c;
  struct examples left_out;
};

static int collect_left_out(void *context, const struct checkpoint *record, struct ps_error *err) {
  struct collecting *collecting = context;
  const struct index_row *row = index_find(&collecting->c->index, record->path);
  (void)err;
  while (row && row->day != record->day && !index_is_last(&collecting->c->index, row)) row++;
  if (row && !row->is_listed && index_any_day(row, set_has, &collecting->c->again))
    examples_add(&collecting->left_out, record->path, NULL, NULL);
  return PS_OK;
}

static int check_left_out(const struct comparison *c, struct ps_error *err) {
  struct collecting collecting = {.c = c};
  char text[EXAMPLES_TEXT];
  int r = checkpoint_each(c->seen, 0, INPUT_NO_DAY + 1, collect_left_out, &collecting, err);
  if (r || !collecting.left_out.n) return r;
  return error_set(err, PS_E_ARGUMENT,
                   "a day is done again as a whole, and inputs of these days that were done before "
                   "are not given: %s. Give them too, or forget the days with `pingsieve store "
                   "forget`",
                   examples_text(&collecting.left_out, text));
}

int comparison_find_again(struct comparison *c, struct ps_error *err) {
  for (size_t i = 0; i < c->plan->inputs.n; i++) {
    const struct plan_entry *entry = &c->plan->entries[i];
    const struct index_row *row = c->rows[i];
    if (entry->input->day_given) day_set_add(&c->again, entry->input->day);
    if (!row) continue;
    day_set_add(&c->again, row->day);
    for (uint32_t day = row->first_day; day <= row->last_day && day <= DAY_MAX; day++)
      day_set_add(&c->again, day);
  }
  for (size_t i = 0; i < sizeof c->again.bits; i++)
    c->again.bits[i] = (uint8_t)(c->again.bits[i] & ~c->before.bits[i]);
  for (size_t i = 0; i < c->index.n; i++)
    if (!c->index.rows[i].is_listed && index_any_day(&c->index.rows[i], set_has, &c->again))
      return check_left_out(c, err);
  return PS_OK;
}

/* ---- the transaction ---- */

static int forget_days(struct comparison *c, struct ps_error *err) {
  int r = PS_OK;
  for (uint32_t from = 0, to; from <= DAY_MAX && !r; from = to + 1) {
    for (to = from; day_set_has(&c->again, to);) to++;
    if (to == from) continue;
    r = ps_seen_forget(c->seen, from, to, NULL, err);
    if (!r) r = ps_accounts_forget(c->seen, from, to, err);
  }
  return r;
}

static int delete_records(struct comparison *c, struct ps_error *err) {
  char path[INPUT_PATH];
  int r = PS_OK;
  for (size_t i = 0; i < c->plan->inputs.n && !r; i++) {
    const struct plan_entry *entry = &c->plan->entries[i];
    if (!comparison_is_reset(c, i)) continue;
    if (input_is_standard(entry->input)) memcpy(path, "-", sizeof "-");
    else r = place_absolute(&c->cache, entry->input->path, path, err);
    if (!r) r = checkpoint_delete(c->seen, c->rows[i]->day, path, err);
  }
  return r;
}

static int list_days(const struct comparison *c, struct job *job, struct ps_error *err) {
  const size_t most = ((size_t)DAY_MAX + 1) * sizeof *job->again;
  free(job->again);
  job->nagain = 0;
  job->again = malloc(most);
  if (!job->again) return error_memory(err, most);
  for (uint32_t day = 0; day <= DAY_MAX; day++)
    if (day_set_has(&c->before, day) || day_set_has(&c->again, day))
      job->again[job->nagain++] = day;
  return PS_OK;
}

int comparison_begin_job(struct comparison *c, struct ps_error *err) {
  int r = list_days(c, &c->plan->job, err);
  if (!r) r = ps_seen_begin(c->seen, err);
  if (r) return r;
  r = forget_days(c, err);
  if (!r) r = delete_records(c, err);
  if (!r) r = job_put(c->seen, &c->plan->job, err);
  if (!r) return ps_seen_commit(c->seen, err);
  ps_seen_abort(c->seen);
  return r;
}
