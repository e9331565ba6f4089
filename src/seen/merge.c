#include "seen/merge.h"

#include "base/clock.h"
#include "base/error.h"
#include "seen/group.h"
#include <stdlib.h>

#define EARN_PER_KEY 6         /* keys merged at most per key inserted, over time */
#define CREDIT_MAX   (2 << 20) /* keys merged in one commit at most, plus one chunk */
#define STEP_SHARE   64u       /* a step costs this part of a chunk's keys, besides its keys */
#define DELETE_SHARE 8u        /* deleting a chunk costs this part of its keys */
#define NEW_PAGE_NS  4000u     /* of writing a page that is new to the file */
#define HURRY_FROM   (CREDIT_MAX / 4 * 3)
#define HURRY_MAX    3          /* times the time allowed when most is owed */
#define BYTES_MAX    (6u << 20) /* put in one transaction, plus one chunk ... */
#define ROOM_SHARE   4u         /* ... and at most this part of the room that is left in the map */

struct rule {
  uint32_t least, most;
  uint64_t ratio;
};
static const struct rule rule_open = {.least = 8, .most = 16, .ratio = 1};
static const struct rule rule_quiet = {.least = 2, .most = 3, .ratio = 4};

struct candidate {
  uint64_t count;
  uint32_t id;
  day_t day;
};

void merge_earn(struct ps_seen *seen, uint64_t n) {
  const uint64_t most = CREDIT_MAX; /* a huge transaction must not buy a huge pause */
  const int64_t earned = (int64_t)(n < most ? n : most) * EARN_PER_KEY;
  seen->pace.credit += earned;
  if (seen->pace.credit > CREDIT_MAX) seen->pace.credit = CREDIT_MAX;
}

void merge_earn_idle(struct ps_seen *seen) { seen->pace.credit = CREDIT_MAX / 2; }

/* --- planning --- */

static int candidate_compare(const void *x, const void *y) {
  const struct candidate *a = x, *b = y;
  if (a->day != b->day) return a->day < b->day ? -1 : 1;
  if (a->count != b->count) return a->count < b->count ? 1 : -1;
  return a->id < b->id ? -1 : a->id > b->id;
}

static int job_start(struct ps_seen *seen, const struct candidate *inputs, uint32_t n,
                     struct ps_error *err) {
  struct run_record output = {
      .id = (uint32_t)seen->state.next_run++, .day = inputs->day, .kind = RUN_BUILDING};
  for (uint32_t i = 0; i < n; i++) {
    struct run_record *input = &runs_find(&seen->runs, inputs[i].id)->record;
    output.count += input->count;
    input->job = output.id;
    input->group = 0;
    input->bit = 0;
  }
  output.bits = (uint8_t)run_bits_for(output.count, seen->chunk_keys);
  return runs_add(&seen->runs, &output, err);
}

/* Applies the rule to the free runs of one day, largest first. */
static int day_plan(struct ps_seen *seen, const struct candidate *runs, uint32_t n, bool *started,
                    struct ps_error *err) {
  const struct rule *rule = runs->day == seen->state.open_day ? &rule_open : &rule_quiet;
  if (n < rule->least) return PS_OK;
  uint32_t from = n > rule->most ? n - 2 : n;
  uint64_t smaller = 0;
  for (uint32_t k = n; k-- > 0; smaller += runs[k].count)
    if (smaller && smaller >= runs[k].count / rule->ratio && k < from) from = k;
  if (from == n) return PS_OK;
  *started = true;
  return job_start(seen, runs + from, n - from, err);
}

/* Starts what merges the rule asks for: of the open day at once, of the quiet ones one at a time,
 * because a run leaves its group filter with its merge. */
static int jobs_plan(struct ps_seen *seen, struct ps_error *err) {
  struct candidate *free_runs = malloc((seen->runs.n + 1) * sizeof *free_runs);
  if (!free_runs) return error_memory(err, seen->runs.n * sizeof *free_runs);
  uint32_t n = 0;
  bool quiet_busy = false, started = false;
  int r = PS_OK;
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    const struct run_record *record = &seen->runs.at[i].record;
    quiet_busy |= record->kind == RUN_BUILDING && record->day != seen->state.open_day;
    if (record->kind == RUN_LIVE && !record->job)
      free_runs[n++] = (struct candidate){record->count, record->id, record->day};
  }
  qsort(free_runs, n, sizeof *free_runs, candidate_compare);
  for (uint32_t i = 0, next; i < n && !r; i = next) {
    for (next = i + 1; next < n && free_runs[next].day == free_runs[i].day;) next++;
    const bool open = free_runs[i].day == seen->state.open_day;
    if (!open && (quiet_busy || started)) continue;
    bool begun = false;
    r = day_plan(seen, free_runs + i, next - i, &begun, err);
    started |= begun && !open;
  }
  free(free_runs);
  return r;
}

/* The next job, in this order: merges of the open day, the one nearest its end first; the one of a
 * quiet day; a group filter. */
static struct run *job_choose(const struct ps_seen *seen) {
  struct run *best = NULL;
  uint64_t best_rank = UINT64_MAX;
  for (uint32_t i = 0; i < seen->runs.n; i++) {
    struct run *run = &seen->runs.at[i];
    const struct run_record *r = &run->record;
    if ((r->kind != RUN_BUILDING && r->kind != RUN_GROUP) || run_complete(run)) continue;
    uint64_t rank = run_chunks(run) - r->done;
    if (r->kind == RUN_GROUP) rank += (uint64_t)2 << 40;
    else if (r->day != seen->state.open_day) rank += (uint64_t)1 << 40;
    if (rank < best_rank) {
      best = run;
      best_rank = rank;
    }
  }
  return best;
}

/* --- steps --- */

/* Deletes the chunks of an input that lie below the bound. */
static int input_trim(struct ps_seen *seen, struct run *input, uint64_t bound,
                      struct ps_error *err) {
  struct run_record *record = &input->record;
  for (; record->done < run_chunks(input); record->done++) {
    const bool last = record->done + 1 == run_chunks(input);
    if (bound != UINT64_MAX && (last || chunk_base(record->done + 1, record->bits) > bound)) break;
    int r = run_delete_chunk(seen, input, record->done, err);
    if (r) return r;
  }
  return PS_OK;
}

/* Writes one chunk of the output; *keys: how many it has. */
static int job_step(struct ps_seen *seen, uint32_t id, uint32_t *keys, struct ps_error *err) {
  struct run *output = runs_find(&seen->runs, id);
  struct run_record *record = &output->record;
  uint32_t n = 0;
  int r = PS_OK;
  for (uint32_t i = 0; i < seen->runs.n && !r; i++)
    if (seen->runs.at[i].record.job == id)
      r = run_read_range(seen, &seen->runs.at[i], record->bits, record->done, &n, err);
  if (!r) r = run_write_chunk(seen, id, record->bits, record->done, seen->keys, n, err);
  if (r) return r;
  record->done++;
  *keys = n;
  const uint64_t bound = run_bound(output);
  for (uint32_t i = 0; i < seen->runs.n && !r; i++) {
    struct run *input = &seen->runs.at[i];
    input->keep = input->record.job != id || bound != UINT64_MAX;
    if (input->record.job == id) r = input_trim(seen, input, bound, err);
  }
  if (r || bound != UINT64_MAX) return r;
  record->kind = RUN_LIVE;
  record->done = 0;
  runs_compact(&seen->runs);
  return PS_OK;
}

/* Deletes chunks of forgotten runs and dropped filters. */
static int reap(struct ps_seen *seen, struct ps_error *err) {
  for (uint32_t i = 0; i < seen->runs.n && seen->pace.credit > 0;) {
    struct run *run = &seen->runs.at[i];
    struct run_record *record = &run->record;
    if (record->kind != RUN_DEAD) {
      i++;
      continue;
    }
    for (; record->done < run_chunks(run) && seen->pace.credit > 0; record->done++) {
      int r = run_delete_chunk(seen, run, record->done, err);
      if (r) return r;
      seen->pace.credit -= seen->chunk_keys / DELETE_SHARE;
    }
    if (run_complete(run)) runs_drop(&seen->runs, record->id);
  }
  return PS_OK;
}

static int step(struct ps_seen *seen, struct ps_error *err) {
  bool started = false;
  int r = jobs_plan(seen, err);
  struct run *job = r ? NULL : job_choose(seen);
  if (!r && !job && !(r = group_plan(seen, &started, err)) && started) job = job_choose(seen);
  if (r) return r;
  if (!job) {
    seen->pace.idle = true;
    seen->pace.credit = 0;
    return PS_OK;
  }
  uint32_t keys = (uint32_t)(job->record.count >> job->record.bits);
  if (job->record.kind == RUN_GROUP) r = group_step(seen, job->record.id, err);
  else r = job_step(seen, job->record.id, &keys, err);
  seen->pace.credit -= (int64_t)keys + seen->chunk_keys / STEP_SHARE;
  return r;
}

/* When much is owed a commit takes longer, so that a slow machine does not fall behind for good. */
static uint64_t time_limit(const struct ps_seen *seen, uint32_t microseconds) {
  const uint64_t limit = (uint64_t)microseconds * 1000;
  const int64_t owed = seen->pace.credit - HURRY_FROM;
  if (owed <= 0) return limit;
  return limit + limit * (uint64_t)owed * (HURRY_MAX - 1) / (CREDIT_MAX - HURRY_FROM);
}

int merge_work(struct ps_seen *seen, uint32_t microseconds, struct ps_error *err) {
  const uint64_t begin = clock_monotonic_ns(), limit = time_limit(seen, microseconds);
  if (seen->pace.credit <= 0 || seen->pace.idle) return PS_OK;
  int r = store_scratch(seen, err);
  if (r) return r;
  group_retire(seen);
  r = reap(seen, err);
  const uint64_t room = seen->env.room / ROOM_SHARE;
  while (!r && seen->pace.credit > 0) {
    r = step(seen, err);
    if (clock_monotonic_ns() - begin + seen->env.new_pages * NEW_PAGE_NS >= limit ||
        seen->env.put_bytes >= (room < BYTES_MAX ? room : BYTES_MAX))
      break;
  }
  return r;
}
