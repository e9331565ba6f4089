#include "backfill/commit.h"

#include "backfill/identity.h"
#include "base/error.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

static int paths_of(const struct committer *c, const struct file *file, struct checkpoint *record,
                    struct ps_error *err) {
  const char *name = file->outlet.name;
  int n = snprintf(record->path, sizeof record->path, "%s", file->feed.absolute);
  int m = c->tree ? snprintf(record->output, sizeof record->output, "%s/%s", c->out, name) : 0;
  if (n < (int)sizeof record->path && m < (int)sizeof record->output) return PS_OK;
  return error_set(err, PS_E_OUTPUT, "the path of %s/%s is too long", c->out, name);
}

static int put_record(const struct committer *c, const struct file *file,
                      enum checkpoint_state state, struct checkpoint *record,
                      struct ps_error *err) {
  const struct outlet *outlet = &file->outlet;
  *record = (struct checkpoint){.state = state,
                                .day = c->plan->entries[file->lane.entry].input->day,
                                .gzip = outlet->gzip,
                                .offset = file->offset,
                                .lines_done = file->lines_done,
                                .out_length = outlet->length,
                                .out_plain = outlet->plain,
                                .out_crc = outlet->crc,
                                .first_day = file->first_day,
                                .last_day = file->last_day,
                                .counts = file->counts,
                                .problem_offset = file->problem_offset};
  identity_of(&file->feed.opened, &record->identity);
  record->counts.file_bytes_in = file->taken;
  record->counts.file_bytes_out = outlet->length;
  memcpy(record->prefix, file->judged, sizeof record->prefix);
  memcpy(record->content, c->plan->job.content, sizeof record->content);
  if (state == CHECKPOINT_WHOLE)
    memcpy(record->identity.digest, file->feed.digest, sizeof record->identity.digest);
  if (file->problem) (void)snprintf(record->problem, sizeof record->problem, "%s", file->problem);
  int r = paths_of(c, file, record, err);
  return r ? r : checkpoint_put(c->core->seen, record, err);
}

/* In the middle of a block its beginning is the place to go on from, less the lines judged. */
static void place_within(const struct committer *c, struct file *file) {
  const struct chunk *chunk = &c->block->block.slot.chunk;
  size_t at;
  file->begun = true;
  file->offset = chunk->offset;
  file->lines_done = c->block_lines;
  if (!record_pass(chunk, c->block_lines, &at)) at = chunk->len; /* an over-long line's piece */
  if (at) checkpoint_prefix(c->block->before, chunk->data, at, file->judged);
  else memcpy(file->judged, c->block->before, sizeof file->judged);
}

static int put_records(struct committer *c, struct ps_error *err) {
  struct checkpoint *record = malloc(sizeof *record);
  if (!record) return error_memory(err, sizeof *record);
  int r = PS_OK;
  for (const struct file *file = c->ended; file && !r; file = file->next_ended)
    r = put_record(c, file, CHECKPOINT_WHOLE, record, err);
  if (!r && c->block) place_within(c, c->file);
  if (!r && c->file && c->file->begun) r = put_record(c, c->file, CHECKPOINT_OPEN, record, err);
  free(record);
  return r;
}

/* ---- the joints ---- */

int commit_before(void *context, struct ps_error *err) {
  struct committer *c = context;
  int r = crew_drain(c->crew, err);
  if (!r && c->block) r = stages_flush(c->stages, c->block, err);
  if (!r && c->tree) r = part_tree_sync(c->tree, err);
  return r ? r : put_records(c, err);
}

int commit_after(void *context, struct ps_error *err) {
  struct committer *c = context;
  if (c->file && c->file->begun) c->plan->entries[c->file->lane.entry].state = PS_BACKFILL_PARTLY;
  while (c->ended) {
    struct file *file = c->ended;
    struct plan_entry *entry = &c->plan->entries[file->lane.entry];
    int r = c->tree ? part_publish(c->tree, entry->input->name, entry->replace, err) : PS_OK;
    if (r) return r;
    entry->state = PS_BACKFILL_DONE;
    atomic_fetch_add(&c->progress->files_done, 1);
    c->ended = file->next_ended;
    file_free(file);
  }
  c->ended_last = NULL;
  c->nended = 0;
  return PS_OK;
}

int commit_publish_left(struct committer *c, struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; c->tree && i < c->plan->inputs.n && !r; i++) {
    struct plan_entry *entry = &c->plan->entries[i];
    if (!entry->publish) continue;
    r = part_publish(c->tree, entry->input->name, entry->replace, err);
    entry->publish = r != PS_OK;
  }
  return r;
}

int commit_last(struct committer *c, struct ps_error *err) {
  struct ps_seen *seen = c->core->seen;
  int r = part_tree_sync(c->tree, err);
  if (!r) r = ps_seen_begin(seen, err);
  if (r) return r;
  r = job_delete(seen, err);
  if (!r) return ps_seen_commit(seen, err);
  ps_seen_abort(seen);
  return r;
}
