#include "backfill/file.h"

#include "base/error.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

void file_look(struct file *file, const struct input *input, const struct resume *resume) {
  const struct checkpoint *record = resume ? resume->record : NULL;
  feed_look(&file->feed, input);
  file->resume = file->done = record;
  file->compare = resume && resume->compare;
  file->first_day = file->last_day = INPUT_NO_DAY;
  file->outlet.name = input->name;
  if (record) outlet_resume(&file->outlet, record->out_length, record->out_plain, record->out_crc);
}

static void end_prefix(struct file *file) {
  digest_free(file->prefix);
  file->prefix = NULL;
}

void file_release(struct file *file) {
  outlet_release(&file->outlet);
  end_prefix(file);
  feed_release(&file->feed);
  free(file->problem);
}

/* ---- going on after an interruption ---- */

/* Passes over the lines of the chunk that were judged before. False: it has not so many. */
static bool skip_lines(struct file_block *block, uint64_t lines) {
  struct slot *slot = &block->block.slot;
  size_t at;
  if (!record_pass(&slot->chunk, lines, &at)) return false;
  slot->end = at;
  slot->lines = lines;
  block->lines_before = lines;
  return true;
}

enum seek { SEEK_ON, SEEK_THERE, SEEK_LOST };

/* Whether what was done before is what was done then. */
static bool is_same(const struct file *file, const struct file_block *block) {
  const struct checkpoint *resume = file->resume;
  const struct chunk *chunk = &block->block.slot.chunk;
  uint8_t prefix[DIGEST_BYTES];
  const bool same = !resume->offset || !memcmp(block->before, resume->prefix, sizeof prefix);
  if (!resume->lines_done || (same && !file->compare)) return same;
  checkpoint_prefix(block->before, chunk->data, block->block.slot.end, prefix);
  return !memcmp(prefix, resume->prefix, sizeof prefix);
}

/* The chunk has been read, what is before it is digested: is it where the run goes on? */
static enum seek seek(struct file *file, struct file_block *block, bool more) {
  const struct checkpoint *resume = file->resume;
  const struct chunk *chunk = &block->block.slot.chunk;
  if (!resume) return SEEK_THERE;
  if (source_is_gzip(file->feed.source) != resume->gzip) return SEEK_LOST;
  if (chunk->offset < resume->offset) return more ? SEEK_ON : SEEK_LOST;
  if (chunk->offset > resume->offset || !skip_lines(block, resume->lines_done)) return SEEK_LOST;
  if (!is_same(file, block)) return SEEK_LOST;
  file->resume = NULL;
  return SEEK_THERE;
}

/* ---- reading ---- */

static int file_open(struct file *file, const struct feed_options *options, struct ps_error *err) {
  int r = feed_open(&file->feed, options, &file->lane, err);
  if (!r && !(file->prefix = digest_create())) r = error_memory(err, 0);
  return r;
}

/* One chunk, digested. */
static enum seek read_chunk(struct file *file, struct file_block *block, bool *more) {
  const struct chunk *chunk = &block->block.slot.chunk;
  *more = feed_read(&file->feed, &block->block);
  digest_value(file->prefix, block->before);
  enum seek found = seek(file, block, *more);
  digest_update(file->prefix, chunk->data, chunk_taken(chunk));
  return found;
}

static void refuse(struct file *file, struct block *block) {
  (void)error_set(&block->slot.error, PS_E_INPUT,
                  "%s has changed since the run was interrupted: what was done of it stays, the "
                  "rest is left alone; --again does its day again",
                  input_name(file->feed.input));
  feed_refuse(&file->feed, block, BLOCK_CHANGED);
}

void file_fill(struct file *file, const struct feed_options *options, struct block *block) {
  struct file_block *own = file_block(block);
  struct slot *slot = &block->slot;
  bool more = true;
  enum seek found = SEEK_ON;
  own->lines_before = 0;
  own->nranges = 0;
  slot->status = feed_is_open(&file->feed) ? PS_OK : file_open(file, options, &slot->error);
  while (!slot->status && found == SEEK_ON) found = read_chunk(file, own, &more);
  if (file->prefix) digest_value(file->prefix, own->prefix);
  const bool readable = !slot->status || slot->status == PS_E_INPUT_DAMAGED;
  if (found == SEEK_LOST && readable) refuse(file, block);
  else feed_settle(&file->feed, options, block, more);
  /* Known since the first block, and read by others since that was judged. */
  if (file->outlet.gzip != file->feed.gzip) file->outlet.gzip = file->feed.gzip;
  if (slot->last) end_prefix(file);
}
