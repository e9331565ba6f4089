#include "base/error.h"
#include "seen/log.h"
#include "seen/store.h"
#include <stdlib.h>

/* Takes the days' keys out of the log and the table. */
static int log_forget(struct ps_seen *seen, uint32_t from, uint32_t to, uint32_t gone,
                      struct ps_error *err) {
  const struct table *table = &seen->table;
  const size_t left = table->n - gone;
  struct ps_key *keys = malloc((left + 1) * sizeof *keys);
  day_t *days = malloc((left + 1) * sizeof *days);
  size_t n = 0;
  int r;
  if (!keys || !days) {
    r = error_memory(err, left * (sizeof *keys + sizeof *days));
    goto out;
  }
  for (size_t i = 0; i < table_slots(table); i++) {
    if (key_empty(table->slots[i]) || (table->days[i] >= from && table->days[i] < to)) continue;
    keys[n] = table->slots[i];
    days[n++] = table->days[i];
  }
  r = log_rewrite(seen, keys, days, n, err);
out:
  free(keys);
  free(days);
  return r;
}

static uint64_t runs_forget(struct ps_seen *seen, uint32_t from, uint32_t to) {
  uint64_t gone = 0;
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    struct run *run = &seen->runs.at[i];
    struct run_record *r = &run->record;
    if (r->day < from || r->day >= to || r->kind == RUN_DEAD || r->kind == RUN_GROUP) continue;
    if (run_counts(run)) gone += r->count;
    if (r->kind == RUN_BUILDING) r->done = 0; /* of a dead run it counts deleted chunks */
    r->kind = RUN_DEAD;
    r->job = r->group = 0;
    r->bit = 0;
  }
  return gone;
}

int ps_seen_forget(struct ps_seen *seen, uint32_t from, uint32_t to, uint64_t *gone,
                   struct ps_error *err) {
  if (!seen->write || seen->failed || seen->marked)
    return error_set(err, PS_E_ARGUMENT,
                     "days are forgotten in a transaction, before keys are marked");
  uint32_t in_log = 0;
  int r;
  if (gone) *gone = 0;
  if (to > (uint32_t)DAY_MAX + 1) to = (uint32_t)DAY_MAX + 1;
  for (uint32_t day = from; day < to; day++) in_log += seen->table.day_keys[day];
  if (in_log) {
    seen->changed = true;
    if ((r = log_forget(seen, from, to, in_log, err))) {
      seen->failed = true;
      return r;
    }
  }
  const uint64_t sum = in_log + runs_forget(seen, from, to);
  if (sum) {
    seen->changed = true;
    seen->pace.idle = false;
  }
  seen->state.keys -= sum;
  if (gone) *gone = sum;
  return PS_OK;
}

bool ps_seen_oldest(const struct ps_seen *seen, uint16_t *day) {
  uint32_t oldest = 0;
  while (oldest <= DAY_MAX && !seen->table.day_keys[oldest]) oldest++;
  for (uint32_t i = 0; i < seen->runs.n; i++)
    if (run_counts(&seen->runs.at[i]) && seen->runs.at[i].record.day < oldest)
      oldest = seen->runs.at[i].record.day;
  if (oldest > DAY_MAX) return false;
  *day = (uint16_t)oldest;
  return true;
}
