#include "profile/spill.h"

#include "base/arith.h"
#include "base/error.h"
#include "profile/spill_merge.h"
#include "profile/spill_table.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)2 << 10)
#define BLOCK_MAX ((size_t)256 << 10)
#define RUNS_MIN  64u

struct spill {
  const struct spill_kind *kind;
  size_t memory, block; /* a block's target */
  struct spill_table table;
  struct spill_file file;
  struct spill_writer writer; /* from the first run on, until all are merged */
  struct spill_run *runs;     /* in their order */
  size_t nruns, room;
};

static size_t size_most(size_t a, size_t b) { return a > b ? a : b; }

/* A table beside the block that is written; or two runs that are merged to one. */
static size_t memory_least(const struct spill_kind *kind) {
  const size_t block = spill_run_block(kind, BLOCK_MIN);
  return size_most(block + spill_table_least(kind), 3 * block);
}

int spill_open(const struct spill_kind *kind, const char *directory, size_t memory,
               struct spill **spill, struct ps_error *err) {
  *spill = NULL;
  struct spill *s = calloc(1, sizeof *s);
  if (!s) return error_memory(err, sizeof *s);
  s->kind = kind;
  s->file.fd = -1;
  s->memory = size_most(memory, memory_least(kind));
  s->block = s->memory / (SPILL_FAN_IN + 4);
  if (s->block < BLOCK_MIN) s->block = BLOCK_MIN;
  if (s->block > BLOCK_MAX) s->block = BLOCK_MAX;
  int r = spill_file_init(&s->file, directory, err);
  if (!r) r = spill_table_init(&s->table, kind, s->memory - spill_run_block(kind, s->block), err);
  if (r) spill_close(s);
  else *spill = s;
  return r;
}

void spill_close(struct spill *spill) {
  if (!spill) return;
  spill_table_release(&spill->table);
  spill_writer_release(&spill->writer);
  spill_file_release(&spill->file);
  free(spill->runs);
  free(spill);
}

uint64_t *spill_find(struct spill *spill, const uint64_t *key) {
  return spill_table_find(&spill->table, key);
}

static int run_add(struct spill *spill, struct ps_error *err) {
  if (spill->nruns == spill->room) {
    const size_t room = spill->room ? 2 * spill->room : RUNS_MIN;
    size_t bytes;
    struct spill_run *runs =
        size_mul(room, sizeof *runs, &bytes) ? realloc(spill->runs, bytes) : NULL;
    if (!runs) return error_memory(err, room * sizeof *runs);
    spill->runs = runs;
    spill->room = room;
  }
  const int r = spill_writer_end(&spill->writer, &spill->runs[spill->nruns], err);
  if (!r) spill->nruns++;
  return r;
}

/* The table becomes a run and is empty. */
static int table_write(struct spill *spill, struct ps_error *err) {
  int r = PS_OK;
  if (!spill->writer.block)
    r = spill_writer_init(&spill->writer, spill->kind, &spill->file, spill->block, err);
  if (r) return r;
  spill_table_sort(&spill->table);
  for (size_t place = 0; place < spill->table.count; place++) {
    struct spill_entry entry;
    spill_table_get(&spill->table, place, &entry);
    r = spill_writer_put(&spill->writer, &entry, err);
    if (r) return r;
  }
  r = run_add(spill, err);
  if (!r) spill_table_clear(&spill->table);
  return r;
}

int spill_insert(struct spill *spill, const struct spill_entry *entry, struct ps_error *err) {
  if (entry->tail_len > spill->kind->tail)
    return error_set(err, PS_E_INTERNAL, "an entry of %zu bytes is larger than its table allows",
                     entry->tail_len);
  if (spill_table_insert(&spill->table, entry)) return PS_OK;
  const int r = table_write(spill, err);
  if (r) return r;
  if (spill_table_insert(&spill->table, entry)) return PS_OK;
  return error_set(err, PS_E_INTERNAL, "an entry of %zu bytes does not fit into an empty table",
                   entry->tail_len);
}

/* ---- merging ---- */

/* Runs that can be merged at a time: a block of each beside the one that is written. */
static unsigned fan_in(const struct spill *spill) {
  const size_t memory = spill->memory - spill_run_block(spill->kind, spill->block);
  const size_t n = memory / size_most(spill->writer.largest, 1);
  return n < 2 ? 2 : n < SPILL_FAN_IN ? (unsigned)n : SPILL_FAN_IN;
}

static uint64_t run_bytes(const struct spill_run *run) { return run->to - run->from; }

/* The first of the n neighbours with the fewest bytes. */
static size_t window_find(const struct spill *spill, unsigned n) {
  uint64_t bytes = 0;
  for (unsigned i = 0; i < n; i++) bytes += run_bytes(&spill->runs[i]);
  uint64_t least = bytes;
  size_t at = 0;
  for (size_t i = n; i < spill->nruns; i++) {
    bytes += run_bytes(&spill->runs[i]) - run_bytes(&spill->runs[i - n]);
    if (bytes >= least) continue;
    least = bytes;
    at = i - n + 1;
  }
  return at;
}

/* n neighbours from `at` on become one run in their place. */
static int window_merge(struct spill *spill, size_t at, unsigned n, struct ps_error *err) {
  struct spill_merge merge;
  struct spill_entry entry;
  struct spill_run *runs = spill->runs + at;
  bool got = true;
  int r = spill_merge_init(&merge, spill->kind, &spill->file, runs, n, spill->writer.largest, err);
  if (r) return r;
  while (!r && got) {
    r = spill_merge_next(&merge, &entry, &got, err);
    if (!r && got) r = spill_writer_put(&spill->writer, &entry, err);
  }
  spill_merge_release(&merge);
  struct spill_run merged;
  if (!r) r = spill_writer_end(&spill->writer, &merged, err);
  if (r) return r;
  for (unsigned i = 0; i < n; i++) spill_file_drop(&spill->file, runs[i].from, runs[i].to);
  runs[0] = merged;
  memmove(runs + 1, runs + n, (spill->nruns - at - n) * sizeof *runs);
  spill->nruns -= n - 1;
  return PS_OK;
}

int spill_finish(struct spill *spill, struct ps_error *err) {
  if (!spill->nruns) {
    spill_table_sort(&spill->table);
    return PS_OK;
  }
  int r = spill->table.count ? table_write(spill, err) : PS_OK;
  spill_table_release(&spill->table);
  for (unsigned most = fan_in(spill); !r && spill->nruns > most; most = fan_in(spill)) {
    const size_t over = spill->nruns - most + 1;
    const unsigned n = over < most ? (unsigned)over : most;
    r = window_merge(spill, window_find(spill, n), n, err);
  }
  spill_writer_release(&spill->writer);
  return r;
}

/* ---- visiting ---- */

static int memory_each(const struct spill *spill, spill_visit *visit, void *context,
                       struct ps_error *err) {
  int r = PS_OK;
  for (size_t place = 0; !r && place < spill->table.count; place++) {
    struct spill_entry entry;
    spill_table_get(&spill->table, place, &entry);
    r = visit(context, &entry, err);
  }
  return r;
}

int spill_each(struct spill *spill, spill_visit *visit, void *context, struct ps_error *err) {
  if (!spill->nruns) return memory_each(spill, visit, context, err);
  struct spill_merge merge;
  struct spill_entry entry;
  bool got = true;
  int r = spill_merge_init(&merge, spill->kind, &spill->file, spill->runs, (unsigned)spill->nruns,
                           spill->writer.largest, err);
  if (r) return r;
  while (!r && got) {
    r = spill_merge_next(&merge, &entry, &got, err);
    if (!r && got) r = visit(context, &entry, err);
  }
  spill_merge_release(&merge);
  return r;
}

uint64_t spill_written(const struct spill *spill) { return spill->file.size; }
