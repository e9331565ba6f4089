/* The committer of a profile: takes the blocks of all inputs, in order, and counts their traces. */
#include "base/arith.h"
#include "base/error.h"
#include "profile/profiler.h"

#include <inttypes.h>

/* ---- counts of blocks ---- */

static void add_head(struct ps_profiler *p, const struct trace_head *head) {
  struct trace_head *to = &p->total;
  to->lines += head->lines;
  to->blank += head->blank;
  to->malformed += head->malformed;
  to->not_selected += head->not_selected;
  to->pings += head->pings;
  to->without_client += head->without_client;
  to->canary += head->canary;
  to->client_pings += head->client_pings;
  if (!head->any_day) return;
  if (!to->any_day || head->first_day < to->first_day) to->first_day = head->first_day;
  if (!to->any_day || head->last_day > to->last_day) to->last_day = head->last_day;
  to->any_day = true;
}

static void add_example(struct ps_profiler *p, const struct block *block,
                        const struct trace_malformed *malformed) {
  if (p->nexamples == PS_PROFILE_EXAMPLES) return;
  p->examples[p->nexamples++] = (struct ps_profile_place){
      .path = input_name(&p->inputs.entries[block->lane->entry]),
      .line = profile_file(block)->lines + malformed->line,
      .offset = block->slot.chunk.offset + malformed->offset,
      .reason = malformed->code == SCAN_CODES ? "longer than the longest line allowed"
                                              : scan_code_text((enum scan_code)malformed->code)};
}

static int take_traces(struct ps_profiler *p, const struct block *block, struct ps_error *err) {
  const struct chunk *chunk = &block->slot.chunk;
  struct trace_head head;
  struct cursor cursor;
  struct trace_malformed malformed;
  int r = PS_OK;
  trace_read(&block->packed, &head, &cursor);
  for (enum trace_kind kind; !r && (kind = trace_next(&cursor)) != TRACE_END;) {
    if (kind == TRACE_FLEET) r = collect_fleet(&p->collect, &cursor, err);
    else if (kind == TRACE_PING) r = collect_ping(&p->collect, &cursor, err);
    else {
      trace_take_malformed(&cursor, &malformed);
      add_example(p, block, &malformed);
    }
  }
  if (!r && !cursor_ended(&cursor))
    r = error_set(err, PS_E_INTERNAL, "what was noted of a block is damaged");
  add_head(p, &head);
  profile_file(block)->lines += head.lines;
  p->bytes += chunk_taken(chunk);
  atomic_fetch_add(&p->progress.lines, head.lines);
  atomic_fetch_add(&p->progress.pings, head.pings);
  atomic_fetch_add(&p->progress.client_pings, head.client_pings);
  atomic_fetch_add(&p->progress.malformed, head.malformed);
  return r;
}

/* ---- inputs ---- */

/* The file is dealt with up to here. */
static void advance(struct ps_profiler *p, struct profile_file *file, uint64_t taken) {
  const uint64_t bytes = p->inputs.entries[file->lane.entry].bytes;
  const uint64_t before = file->taken < bytes ? file->taken : bytes;
  const uint64_t now = taken < bytes ? taken : bytes;
  atomic_fetch_add(&p->progress.bytes_done, now - before);
  atomic_fetch_add(&p->progress.input_bytes, taken - file->taken);
  file->taken = taken;
}

/* The lane's last block was taken. */
static int end_lane(struct ps_profiler *p, const struct block *block, struct ps_error *err) {
  const struct input *entry = &p->inputs.entries[block->lane->entry];
  const uint64_t taken = profile_file(block)->taken;
  if (block->end == BLOCK_FAILED) {
    struct ps_error error = block->slot.error;
    if (error_is_passing(&error)) error_append(&error, INPUTS_AGAIN);
    if (err) *err = error;
    return error.status;
  }
  p->files += block->end != BLOCK_UNOPENED;
  atomic_fetch_add(&p->progress.files_done, 1);
  if (taken < entry->bytes) /* nothing more will come of it */
    atomic_fetch_add(&p->progress.bytes_done, entry->bytes - taken);
  if (block->end == BLOCK_ENDED) return PS_OK;
  atomic_fetch_add(&p->progress.problems, 1);
  return inputs_add_problem(&p->inputs, entry->path,
                            block->end == BLOCK_DAMAGED ? block->damage : UINT64_MAX,
                            block->slot.error.text, err);
}

static int take_block(struct ps_profiler *p, struct block *block, struct ps_error *err) {
  struct lane *lane = block->lane;
  const bool last = block->slot.last;
  if (block->slot.scan_status) {
    if (err) *err = block->slot.scan_error;
    return block->slot.scan_status;
  }
  int r = take_traces(p, block, err);
  if (r) return r;
  if (block->end != BLOCK_UNOPENED && block->end != BLOCK_FAILED)
    advance(p, profile_file(block), block->taken);
  if (last && (r = end_lane(p, block, err))) return r;
  crew_pass(p->crew, block, false);
  if (last) lane_free(&profile_stages, lane);
  return PS_OK;
}

/* ---- the loop ---- */

int profiler_first_problem(const struct ps_profiler *p, struct ps_error *err) {
  if (p->inputs.nproblems)
    return error_set(err, PS_E_INPUT, "ended at the first problem: %s", p->inputs.problems[0].text);
  const struct ps_profile_place *place = &p->examples[0];
  return error_set(err, PS_E_INPUT,
                   "ended at the first malformed line: %.300s, line %" PRIu64 ", offset %" PRIu64
                   ": %s",
                   place->path, place->line, place->offset, place->reason);
}

static bool is_over(const struct ps_profiler *p) {
  return p->strict && (p->inputs.problem_count || p->total.malformed);
}

int profiler_work(struct ps_profiler *p, struct ps_error *err) {
  struct block *block;
  if (is_over(p)) return profiler_first_problem(p, err);
  for (;;) {
    int r = PS_OK;
    switch (crew_take(p->crew, 0, &block, err)) {
    case CREW_BLOCK: r = take_block(p, block, err); break;
    case CREW_STOPPED: return error_set(err, PS_E_STOPPED, "stopped: there is no profile");
    case CREW_DONE: return PS_OK;
    case CREW_LATE: break; /* there is no deadline */
    case CREW_FAILED: return crew_drain(p->crew, err);
    }
    if (!r && is_over(p)) r = profiler_first_problem(p, err);
    if (r) return r;
  }
}
