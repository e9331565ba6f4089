/* A backfill from its opening to its end: plan, store, outputs, crew and committer put together. */
#include "backfill/backfill.h"

#include "backfill/lock.h"
#include "base/error.h"
#include "base/retry.h"
#include "inputs/place.h"
#include "seen/place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Borders of chunks are borders of blocks in the outputs: another size makes other bytes. */
#define CHUNK_BYTES     (512u << 10)
#define CHUNK_BYTES_MIN 1024u

/* ---- opening ---- */

/* The parts of interrupted inputs, to go on from. */
static int resumes_read(struct ps_backfill *b, struct ps_error *err) {
  size_t n = 0;
  for (size_t i = 0; i < b->plan.inputs.n; i++) n += b->plan.entries[i].state == PS_BACKFILL_PARTLY;
  if (!n) return PS_OK;
  b->resumes = calloc(n, sizeof *b->resumes);
  if (!b->resumes) return error_memory(err, n * sizeof *b->resumes);
  for (size_t i = 0; i < b->plan.inputs.n; i++) {
    const struct plan_entry *entry = &b->plan.entries[i];
    char path[INPUT_PATH];
    bool found = false;
    if (entry->state != PS_BACKFILL_PARTLY) continue;
    struct checkpoint *record = malloc(sizeof *record);
    if (!record) return error_memory(err, sizeof *record);
    b->resumes[b->nresumes++] = (struct resume){i, entry->compare, record};
    int r = input_absolute(entry->input, path, err);
    if (!r) r = checkpoint_get(b->core.seen, entry->input->day, path, record, &found, err);
    if (!r && !found)
      r = error_set(err, PS_E_INTERNAL, "the record of %s has gone", entry->input->path);
    if (r) return r;
  }
  return PS_OK;
}

static int outputs_open(struct ps_backfill *b, const struct ps_backfill_options *o,
                        struct ps_error *err) {
  if (o->dry_run) return PS_OK;
  int r = part_tree_open(o->out, &b->tree, err);
  return r ? r : place_real(o->out, b->out, PS_E_OUTPUT, err);
}

/* Whether there is a store, and whose it is. Nothing is put into a directory that is no store yet:
 * it would be taken for somebody else's. */
static int store_look(const char *directory, bool *there, struct ps_error *err) {
  struct ps_error problem;
  int r = place_prepare(directory, false, there, &problem);
  if (!r || r == PS_E_STORE_ABSENT) return PS_OK;
  if (err) *err = problem;
  return r;
}

/* `exists`: before this backfill. */
static int store_open(struct ps_backfill *b, const struct ps_backfill_options *o, bool exists,
                      int stop_fd, struct ps_error *err) {
  struct ps_sieve_options sieve = o->sieve;
  sieve.labels = false;
  sieve.seen.stop_fd = stop_fd;
  b->outlet = committer_outlet(&b->committer);
  /* A dry run may do without a store, and a new one is made by opening it. */
  int r = exists ? lock_open(sieve.store, &b->lock, err) : PS_OK;
  if (!r && o->dry_run) r = rehearsal_begin(&sieve, &b->rehearsal, err);
  if (!r) r = core_open(&b->core, &sieve, &b->outlet, err);
  if (!r && b->lock < 0 && !o->dry_run) r = lock_open(sieve.store, &b->lock, err);
  if (r) return r;
  b->chunk_bytes = sieve.read_bytes ? sieve.read_bytes : CHUNK_BYTES;
  if (b->chunk_bytes < CHUNK_BYTES_MIN) b->chunk_bytes = CHUNK_BYTES_MIN;
  b->threads = crew_threads(sieve.read.threads);
  return PS_OK;
}

static void count_plan(struct ps_backfill *b) {
  for (size_t i = 0; i < b->plan.inputs.n; i++) {
    const struct plan_entry *entry = &b->plan.entries[i];
    if (entry->state == PS_BACKFILL_BEFORE) {
      b->files_before++;
      atomic_fetch_add(&b->progress.bytes_done, entry->input->bytes);
    } else if (entry->state == PS_BACKFILL_FAILED) atomic_fetch_add(&b->progress.files_failed, 1);
  }
  atomic_store(&b->progress.problems, b->plan.inputs.problem_count);
}

/* A refused backfill leaves no new store behind, whose settings would be fixed. */
static int first_run(struct ps_backfill *b, const struct ps_backfill_options *o, int stop_fd,
                     struct ps_error *err) {
  int r = plan_compare(&b->plan, o, NULL, b->tree, stop_fd, err);
  if (r || !b->tree) return r;
  b->makes_out = RETRY(access(o->out, F_OK)) != 0;
  return part_tree_make(b->tree, err);
}

static int backfill_init(struct ps_backfill *b, const struct ps_backfill_options *o, int stop_fd,
                         struct ps_error *err) {
  bool exists = false;
  b->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (b->stop_fd < 0 || b->wake_fd < 0)
    return error_set_os(err, PS_E_MEMORY, errno, "no descriptor left for an eventfd");
  int r = core_check(&b->core, &o->sieve, err);
  if (!r) r = plan_list(&b->plan, o, stop_fd, err);
  if (!r) r = outputs_open(b, o, err);
  if (!r) r = store_look(o->sieve.store, &exists, err);
  if (!r && !exists) r = first_run(b, o, stop_fd, err);
  if (!r) r = store_open(b, o, exists, stop_fd, err);
  if (r && b->makes_out) (void)rmdir(o->out);
  if (!r) r = plan_compare(&b->plan, o, b->core.seen, b->tree, stop_fd, err);
  if (!r && b->tree) r = part_tree_make(b->tree, err);
  if (!r) r = resumes_read(b, err);
  if (r) return r;
  ps_seen_stop_by(b->core.seen, b->stop_fd);
  count_plan(b);
  b->level = o->level ? o->level : PS_LEVEL_DEFAULT;
  b->committer = (struct committer){.core = &b->core,
                                    .plan = &b->plan,
                                    .stages = &b->stages,
                                    .tree = b->tree,
                                    .out = b->out,
                                    .strict = o->strict,
                                    .progress = &b->progress};
  return PS_OK;
}

int ps_backfill_open(const struct ps_backfill_options *options, int stop_fd,
                     struct ps_backfill **backfill, struct ps_error *err) {
  int r = error_of_size(options->size, sizeof *options, "backfill", err);
  if (r) return r;
  struct ps_backfill *b = calloc(1, sizeof *b);
  if (!b) return error_memory(err, sizeof *b);
  b->rehearsal = (struct rehearsal)REHEARSAL_INIT;
  b->lock = b->stop_fd = b->wake_fd = -1;
  if (pthread_mutex_init(&b->mutex, NULL)) {
    free(b);
    return error_memory(err, 0);
  }
  r = backfill_init(b, options, stop_fd, err);
  if (r == PS_E_INPUT && err && error_is_passing(err)) error_append(err, INPUTS_AGAIN);
  if (r) (void)ps_backfill_close(b, NULL);
  else *backfill = b;
  return r;
}

int ps_backfill_close(struct ps_backfill *b, struct ps_error *err) {
  if (!b) return PS_OK;
  committer_release(&b->committer);
  for (size_t i = 0; i < b->nresumes; i++) free(b->resumes[i].record);
  free(b->resumes);
  part_tree_close(b->tree);
  int r = core_close(&b->core, err);
  lock_close(b->lock);
  plan_release(&b->plan);
  rehearsal_end(&b->rehearsal);
  if (b->stop_fd >= 0) (void)close(b->stop_fd);
  if (b->wake_fd >= 0) (void)close(b->wake_fd);
  pthread_mutex_destroy(&b->mutex);
  free(b);
  return r;
}

/* ---- running ---- */

static void make_readable(int event_fd) {
  uint64_t one = 1;
  ssize_t n = write(event_fd, &one, sizeof one); /* fails only when it is readable already */
  (void)n;
}

/* The crew is there from now on, or not any more. */
static void set_crew(struct ps_backfill *b, struct crew *crew) {
  pthread_mutex_lock(&b->mutex);
  b->committer.crew = crew;
  if (crew && b->stopped) crew_stop(crew);
  pthread_mutex_unlock(&b->mutex);
}

/* An entry that is to be worked on. */
static const struct input *input_left(void *context, size_t i) {
  const struct plan_entry *entry = &((const struct stages *)context)->plan->entries[i];
  const bool left = entry->state == PS_BACKFILL_WAITING || entry->state == PS_BACKFILL_PARTLY;
  return left ? entry->input : NULL;
}

/* With the crew at work. */
static int run(struct ps_backfill *b, const struct crew_options *options, struct ps_error *err) {
  struct crew *crew;
  int r = stages_open(&b->stages, crew_workers(options), b->level, err);
  if (!r) r = crew_open(options, &crew, err);
  if (r) return r;
  set_crew(b, crew);
  r = committer_run(&b->committer, err);
  set_crew(b, NULL);
  make_readable(b->wake_fd);
  crew_close(crew);
  committer_release(&b->committer);
  figures_end(&b->core.figures);
  return r;
}

int ps_backfill_run(struct ps_backfill *b, struct ps_error *err) {
  const struct crew_options options = {.stages = &backfill_stages,
                                       .context = &b->stages,
                                       .input = input_left,
                                       .nentries = b->plan.inputs.n,
                                       .threads = b->threads,
                                       .chunk_bytes = b->chunk_bytes,
                                       .max_line = b->core.reading.max_line};
  b->stages = (struct stages){.plan = &b->plan,
                              .resumes = b->resumes,
                              .nresumes = b->nresumes,
                              .scanner = &b->core.scanner,
                              .tree = b->tree,
                              .feeding = {.chunk_bytes = b->chunk_bytes,
                                          .max_line = b->core.reading.max_line,
                                          .framing = b->core.reading.framing,
                                          .digest = b->tree != NULL,
                                          .stop_fd = b->wake_fd,
                                          .may_grow = crew_may_grow}};
  figures_start(&b->core.figures);
  int r = outputs_await(&b->core.outputs, b->stop_fd, &b->core.figures, err);
  if (!r) r = run(b, &options, err);
  stages_close(&b->stages);
  return r;
}

void ps_backfill_stop(struct ps_backfill *b) {
  pthread_mutex_lock(&b->mutex);
  b->stopped = true;
  if (b->committer.crew) crew_stop(b->committer.crew);
  pthread_mutex_unlock(&b->mutex);
  make_readable(b->stop_fd);
  make_readable(b->wake_fd);
}

void ps_backfill_stop_telling_by(struct ps_backfill *b, int stop_fd) {
  ps_seen_stop_by(b->core.seen, stop_fd);
}

int ps_backfill_figures(struct ps_backfill *b, struct ps_backfill_figures *figures,
                        struct ps_error *err) {
  *figures = (struct ps_backfill_figures){
      .files = b->plan.inputs.n,
      .files_done = atomic_load(&b->progress.files_done),
      .files_before = b->files_before,
      .files_failed = atomic_load(&b->progress.files_failed),
      .bytes = b->plan.inputs.bytes,
      .bytes_done = atomic_load(&b->progress.bytes_done),
      .problems = atomic_load(&b->progress.problems),
      .resumed = b->plan.resumed,
  };
  return figures_snapshot(&b->core.figures, &figures->sieve, err);
}

const struct ps_seen *ps_backfill_seen(const struct ps_backfill *b) { return b->core.seen; }
const char *ps_backfill_kernel(const struct ps_backfill *b) { return b->core.reading.kernel->name; }
unsigned ps_backfill_threads(const struct ps_backfill *b) { return b->threads; }
