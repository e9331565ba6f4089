#include "backfill/stages.h"

#include "base/error.h"

#include <stdlib.h>

/* ---- the stages ---- */

static const struct resume *find_resume(const struct stages *s, size_t entry) {
  size_t low = 0, high = s->nresumes;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (s->resumes[middle].entry < entry) low = middle + 1;
    else high = middle;
  }
  return low < s->nresumes && s->resumes[low].entry == entry ? &s->resumes[low] : NULL;
}

static void look(void *context, struct lane *lane) {
  const struct stages *s = context;
  struct file *file = (void *)lane;
  file->outlet.tree = s->tree;
  file_look(file, lane->input, find_resume(s, lane->entry));
  lane->piped = file->feed.piped;
}

static void fill(void *context, struct lane *lane, struct block *block) {
  const struct stages *s = context;
  file_fill((void *)lane, &s->feeding, block);
}

static void scan(void *context, unsigned worker, struct block *block) {
  const struct stages *s = context;
  slot_scan(&block->slot, s->scanner, &s->workers[worker].scratch);
}

static int pack(void *context, unsigned worker, struct block *block, struct ps_error *err) {
  const struct stages *s = context;
  struct file_block *own = file_block(block);
  const bool packs = file_of(block)->outlet.gzip && own->nranges;
  return packs ? press_block(&s->workers[worker].press, own, err) : PS_OK;
}

static int emit(void *context, unsigned worker, struct block *block, struct ps_error *err) {
  const struct stages *s = context;
  struct outlet *outlet = &file_of(block)->outlet;
  int r = outlet_write(outlet, &s->workers[worker].press, file_block(block), err);
  return !r && block->slot.last ? outlet_finish(outlet, err) : r;
}

static void release_lane(struct lane *lane) { file_release((void *)lane); }
static void release_block(struct block *block) { free(file_block(block)->ranges); }

const struct crew_stages backfill_stages = {.lane_bytes = sizeof(struct file),
                                            .block_bytes = sizeof(struct file_block),
                                            .look = look,
                                            .fill = fill,
                                            .work = scan,
                                            .pack = pack,
                                            .emit = emit,
                                            .release_lane = release_lane,
                                            .release_block = release_block};

/* ---- the committer's ---- */

bool stages_emit(const struct stages *s, const struct file_block *block) {
  return s->tree && block->block.end <= BLOCK_UNSTEADY &&
         (block->nranges || block->block.slot.last);
}

int stages_flush(struct stages *s, struct file_block *block, struct ps_error *err) {
  if (!s->tree || !block->nranges) return PS_OK;
  return outlet_write(&file_of(&block->block)->outlet, &s->workers[0].press, block, err);
}

void file_free(struct file *file) { lane_free(&backfill_stages, &file->lane); }

/* ---- the beginning and the end ---- */

int stages_open(struct stages *s, unsigned workers, unsigned level, struct ps_error *err) {
  int r = PS_OK;
  s->workers = calloc(workers, sizeof *s->workers);
  if (!s->workers) return error_memory(err, workers * sizeof *s->workers);
  for (; !r && s->tree && s->nworkers < workers; s->nworkers++)
    r = press_open(&s->workers[s->nworkers].press, level, err);
  return r;
}

void stages_close(struct stages *s) {
  for (unsigned i = 0; i < s->nworkers; i++) press_close(&s->workers[i].press);
  free(s->workers);
  s->workers = NULL;
  s->nworkers = 0;
}
