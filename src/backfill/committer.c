#include "backfill/committer.h"

#include "backfill/commit.h"
#include "base/arith.h"
#include "base/clock.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ENDED_MAX     1024u /* inputs that one transaction finishes */
#define PROJECTED_MAX (1u << 20)

/* ---- calls from the batch ---- */

static int add_range(struct file_block *block, uint64_t at, size_t len, struct ps_error *err) {
  struct range *last = block->nranges ? &block->ranges[block->nranges - 1] : NULL;
  if (last && last->at + last->len == at) {
    last->len += len;
    return PS_OK;
  }
  if (!block->ranges || block->nranges == block->ranges_cap) {
    size_t cap = block->ranges_cap ? 2 * block->ranges_cap : 64, bytes;
    if (!size_mul(cap, sizeof *block->ranges, &bytes)) return error_memory(err, cap);
    struct range *ranges = realloc(block->ranges, bytes);
    if (!ranges) return error_memory(err, bytes);
    block->ranges = ranges;
    block->ranges_cap = cap;
  }
  block->ranges[block->nranges++] = (struct range){at, len};
  return PS_OK;
}

static int leave(void *context, struct slot *slot, const struct slot_record *record,
                 struct ps_error *err) {
  struct committer *c = context;
  const uint8_t *base = slot->projected_len ? slot->projected.data : slot->chunk.data;
  return c->tree ? add_range(c->block, (uint64_t)(record->out - base), record->out_len, err)
                 : PS_OK;
}

static void counted(void *context, const struct tally *tally) {
  struct committer *c = context;
  struct file *file = c->file;
  file->counts.lines += tally->lines;
  file->counts.bytes_in += tally->bytes_in;
  file->counts.bytes_out += tally->bytes_out;
  for (size_t i = 0; i < PS_CLASSES; i++) file->counts.count[i] += tally->count[i];
  c->block_lines += tally->lines;
  if (!tally->marked) return;
  bool none = file->first_day == INPUT_NO_DAY;
  if (none || tally->first_day < file->first_day) file->first_day = tally->first_day;
  if (none || tally->last_day > file->last_day) file->last_day = tally->last_day;
}

struct outlet_ops committer_outlet(struct committer *c) {
  return (struct outlet_ops){.context = c,
                             .leave = leave,
                             .counted = counted,
                             .before_commit = commit_before,
                             .after_commit = commit_after};
}

/* ---- judging ---- */

static void file_start(struct file *file) {
  const struct checkpoint *resume = file->done;
  if (!resume) return;
  file->counts = resume->counts;
  file->first_day = resume->first_day;
  file->last_day = resume->last_day;
  file->offset = resume->offset;
  file->lines_done = resume->lines_done;
  memcpy(file->judged, resume->prefix, sizeof file->judged);
}

/* The file is dealt with up to here. */
static void advance(struct committer *c, struct file *file, uint64_t taken) {
  uint64_t bytes = c->plan->entries[file->lane.entry].input->bytes;
  uint64_t before = file->taken < bytes ? file->taken : bytes, now = taken < bytes ? taken : bytes;
  atomic_fetch_add(&c->progress->bytes_done, now - before);
  c->input_bytes += taken - file->taken;
  figures_set_input(&c->core->figures, c->input_bytes);
  file->taken = taken;
}

static int meet_problem(struct committer *c, struct file *file, const struct block *block,
                        struct ps_error *err) {
  const struct plan_entry *entry = &c->plan->entries[file->lane.entry];
  const char *text = block->slot.error.text;
  file->problem_offset = block->end == BLOCK_DAMAGED ? block->damage : UINT64_MAX;
  file->problem = strdup(text);
  if (!file->problem) return error_memory(err, strlen(text));
  c->problem = true;
  atomic_fetch_add(&c->progress->problems, 1);
  return inputs_add_problem(&c->plan->inputs, entry->input->path, file->problem_offset, text, err);
}

/* Nothing more will come of the file, however much of it was read. */
static void pass_over(struct committer *c, const struct file *file) {
  uint64_t bytes = c->plan->entries[file->lane.entry].input->bytes;
  if (file->taken < bytes) atomic_fetch_add(&c->progress->bytes_done, bytes - file->taken);
}

/* The file's last block is judged. */
static int file_end(struct committer *c, struct file *file, const struct block *block,
                    struct ps_error *err) {
  bool left_alone = block->end == BLOCK_UNOPENED || block->end == BLOCK_CHANGED;
  int r = block->end == BLOCK_ENDED ? PS_OK : meet_problem(c, file, block, err);
  if (r) return r;
  pass_over(c, file);
  if (left_alone) {
    c->plan->entries[file->lane.entry].state = PS_BACKFILL_FAILED;
    atomic_fetch_add(&c->progress->files_failed, 1);
    return PS_OK;
  }
  if (c->ended) c->ended_last->next_ended = file;
  else c->ended = file;
  c->ended_last = file;
  c->nended++;
  return PS_OK;
}

/* Between two pieces: what was projected so far becomes a block of its own when it is much, so that
 * many short lines with a long projection need no more memory than others. Pieces end at the same
 * lines in every run, and so does what was not written at an earlier cut. */
static int relieve(struct committer *c, struct file_block *block, struct ps_error *err) {
  uint64_t leaving = 0;
  for (size_t i = 0; i < block->nranges; i++) leaving += block->ranges[i].len;
  if (c->tree && leaving <= PROJECTED_MAX) return PS_OK;
  int r = crew_drain(c->crew, err);
  if (!r) r = stages_flush(c->stages, block, err);
  if (r) return r;
  block->nranges = 0;
  buffer_clear(&block->block.slot.projected);
  return PS_OK;
}

/* Batches end between blocks, but for a ping that lets days expire: in the middle of a block the
 * batch then always ends, if it has pings, so that where this happens depends on the block alone
 * and not on how long ago the batch began. */
static int judge_piece(struct batch *batch, struct slot *slot, struct ps_error *err) {
  enum batch_pause pause;
  int r;
  do {
    r = batch_take(batch, slot, SIZE_MAX, &pause, err);
    if (r || pause != BATCH_EXPIRES) continue;
    if (batch_has_marked(batch) || (slot->cursor.at && batch_pings(batch)))
      r = batch_commit(batch, err);
    if (!r) r = batch_expire(batch, err);
  } while (!r && pause != BATCH_WHOLE);
  return r;
}

static int judge_lines(struct committer *c, struct file_block *block, struct scan_result *scratch,
                       struct ps_error *err) {
  struct slot *slot = &block->block.slot;
  int r = batch_begin(c->core->batch, err);
  if (!r) r = judge_piece(c->core->batch, slot, err);
  while (!r && !slot_finished(slot)) {
    if (c->core->projection) r = relieve(c, block, err);
    if (r) break;
    slot_scan(slot, &c->core->scanner, scratch);
    r = judge_piece(c->core->batch, slot, err);
  }
  return r;
}

static int judge(struct committer *c, struct block *block, struct scan_result *scratch,
                 struct ps_error *err) {
  const struct chunk *chunk = &block->slot.chunk;
  struct file *file = file_of(block);
  struct file_block *own = file_block(block);
  const struct plan_entry *entry = &c->plan->entries[file->lane.entry];
  if (file != c->file) file_start(file);
  c->file = file;
  c->block = own;
  c->block_lines = own->lines_before;
  batch_set_input(c->core->batch, input_name(entry->input), file->counts.lines);
  int r = judge_lines(c, own, scratch, err);
  c->block = NULL;
  if (r) return r;
  file->begun = true;
  file->offset = chunk->offset + chunk_taken(chunk);
  file->lines_done = 0;
  memcpy(file->judged, own->prefix, sizeof file->judged);
  bool last = block->slot.last, alone = block->end == BLOCK_UNOPENED || block->end == BLOCK_CHANGED;
  advance(c, file, block->taken);
  if (last) r = file_end(c, file, block, err);
  if (r) return r;
  crew_pass(c->crew, block, stages_emit(c->stages, own));
  if (last) c->file = NULL;
  if (last && alone) file_free(file);
  return PS_OK;
}

/* ---- the loop ---- */

static bool is_due(const struct committer *c) {
  const struct batch *batch = c->core->batch;
  return c->nended >= ENDED_MAX || (!batch_is_within_line(batch) && batch_is_due(batch));
}

/* When the open batch is to be committed even if no block comes; never in an over-long line, which
 * is one line in the place it goes to. */
static uint64_t deadline(const struct batch *batch) {
  return batch_is_within_line(batch) ? 0 : batch_age_deadline(batch);
}

static int finish(struct committer *c, struct ps_error *err) {
  int r = batch_finish(c->core->batch, err);
  if (!r && c->tree) r = commit_last(c, err);
  return r;
}

/* Everything that was judged is committed, unless that is half a line, of which nothing stays. */
static int keep(struct committer *c, struct ps_error *err) {
  struct batch *batch = c->core->batch;
  if (!batch_is_within_line(batch)) return batch_commit(batch, err);
  int r = batch_drop_line(batch, err);
  batch_abort(batch);
  return r;
}

static int stop(struct committer *c, struct ps_error *err) {
  int r = keep(c, err);
  return r ? r
           : error_set(err, PS_E_STOPPED, "stopped: the same command again goes on where it was");
}

/* The input cannot be read on, and that is not its fault. The inputs after it in the order have to
 * wait, so that the copies that stay are the same as if nothing had happened. */
static int fail(struct committer *c, const struct block *block, struct ps_error *err) {
  const struct plan_entry *entry = &c->plan->entries[block->lane->entry];
  struct ps_error error = block->slot.error;
  int r = keep(c, err);
  if (!r && error_is_passing(&error)) {
    error_append(&error, INPUTS_AGAIN);
    atomic_fetch_add(&c->progress->problems, 1);
    r = inputs_add_problem(&c->plan->inputs, entry->input->path, block->damage, error.text, err);
  }
  if (r) return r;
  if (err) *err = error;
  return error.status;
}

static int first_problem(const struct committer *c, struct ps_error *err) {
  const struct plan *plan = c->plan;
  return error_set(err, PS_E_INPUT, "ended at the first problem: %s",
                   plan->inputs.nproblems ? plan->inputs.problems[0].text : "it could not be kept");
}

/* Strict: after the first problem, what is done is kept. */
static int give_up(struct committer *c, struct ps_error *err) {
  int r = batch_finish(c->core->batch, err);
  return r ? r : first_problem(c, err);
}

static int take_block(struct committer *c, struct block *block, struct scan_result *scratch,
                      bool *done, struct ps_error *err) {
  if (block->end == BLOCK_FAILED) return fail(c, block, err);
  int r = judge(c, block, scratch, err);
  *done = !r && c->problem && c->strict;
  if (*done) return give_up(c, err);
  return !r && is_due(c) ? batch_commit(c->core->batch, err) : r;
}

static int work(struct committer *c, struct ps_error *err) {
  struct scan_result scratch;
  for (;;) {
    struct block *block;
    bool done = false;
    int r = PS_OK;
    switch (crew_take(c->crew, deadline(c->core->batch), &block, err)) {
    case CREW_BLOCK: r = take_block(c, block, &scratch, &done, err); break;
    case CREW_LATE: r = batch_commit(c->core->batch, err); break;
    case CREW_STOPPED: return stop(c, err);
    case CREW_FAILED: return crew_drain(c->crew, err);
    case CREW_DONE: return finish(c, err);
    }
    if (r || done) return r;
  }
}

int committer_run(struct committer *c, struct ps_error *err) {
  int r = commit_publish_left(c, err);
  if (!r && c->strict && c->plan->inputs.problem_count) return first_problem(c, err);
  if (!r) r = work(c, err);
  if (r) batch_abort(c->core->batch);
  uint64_t problems = c->plan->inputs.problem_count;
  if (r || !problems) return r;
  return error_set(err, PS_E_INPUT, "done, but for %" PRIu64 " problem%s", problems,
                   problems > 1 ? "s" : "");
}

void committer_release(struct committer *c) {
  for (struct file *file = c->ended, *next; file; file = next) {
    next = file->next_ended;
    file_free(file);
  }
  c->ended = c->ended_last = NULL;
}
