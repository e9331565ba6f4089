/* A profile from its opening to its end: plan, crew, harvest, tables and result put together. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "profile/profiler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHUNK_BYTES (512u << 10)
#define NS_PER_S    1e9

/* ---- opening ---- */

static int list_inputs(struct ps_profiler *p, const struct ps_profile_options *o, int stop_fd,
                       struct ps_error *err) {
  const struct inputs_options options = {
      .inputs = &o->inputs, .read = &o->read, .stop_fd = stop_fd};
  return inputs_list(&p->inputs, &options, err);
}

int ps_profile_open(const struct ps_profile_options *options, int stop_fd,
                    struct ps_profiler **profiler, struct ps_error *err) {
  int r = error_of_size(options->size, sizeof *options, "profile", err);
  if (r) return r;
  struct ps_profiler *p = calloc(1, sizeof *p);
  if (!p) return error_memory(err, sizeof *p);
  p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (pthread_mutex_init(&p->mutex, NULL)) {
    if (p->stop_fd >= 0) (void)close(p->stop_fd);
    free(p);
    return error_memory(err, 0);
  }
  r = p->stop_fd >= 0 ? PS_OK
                      : error_set_os(err, PS_E_MEMORY, errno, "no descriptor left for an eventfd");
  if (!r) r = profiler_take_options(p, options, err);
  if (!r) r = list_inputs(p, options, stop_fd, err);
  if (r == PS_E_INPUT && err && error_is_passing(err)) error_append(err, INPUTS_AGAIN);
  if (r) ps_profile_close(p);
  else *profiler = p;
  return r;
}

void ps_profile_close(struct ps_profiler *p) {
  if (!p) return;
  result_free(p->result);
  collect_release(&p->collect);
  harvest_close(p->harvest);
  inputs_release(&p->inputs);
  arena_free(p->texts);
  if (p->stop_fd >= 0) (void)close(p->stop_fd);
  pthread_mutex_destroy(&p->mutex);
  free(p);
}

/* ---- running ---- */

static void wake_readers(struct ps_profiler *p) {
  const uint64_t one = 1;
  const ssize_t n =
      write(p->stop_fd, &one, sizeof one); /* fails only when it is readable already */
  (void)n;
}

/* The crew is there from now on, or not any more. */
static void set_crew(struct ps_profiler *p, struct crew *crew) {
  pthread_mutex_lock(&p->mutex);
  p->crew = crew;
  if (crew && p->stopped) crew_stop(crew);
  pthread_mutex_unlock(&p->mutex);
}

/* ---- the stages: nothing is packed or emitted ---- */

static void look(void *context, struct lane *lane) {
  struct profile_file *file = (void *)lane;
  (void)context;
  feed_look(&file->feed, lane->input);
  lane->piped = file->feed.piped;
}

static void fill(void *context, struct lane *lane, struct block *block) {
  const struct ps_profiler *p = context;
  feed_fill(&((struct profile_file *)(void *)lane)->feed, &p->feeding, lane, block);
}

static void harvest(void *context, unsigned worker, struct block *block) {
  harvest_block(((struct ps_profiler *)context)->harvest, worker, block);
}

static void release_lane(struct lane *lane) {
  feed_release(&((struct profile_file *)(void *)lane)->feed);
}

const struct crew_stages profile_stages = {.lane_bytes = sizeof(struct profile_file),
                                           .block_bytes = sizeof(struct block),
                                           .gives_back = true,
                                           .look = look,
                                           .fill = fill,
                                           .work = harvest,
                                           .release_lane = release_lane};

static const struct input *input_at(void *context, size_t i) {
  return &((const struct ps_profiler *)context)->inputs.entries[i];
}

static int read_all(struct ps_profiler *p, struct ps_error *err) {
  const struct crew_options options = {.stages = &profile_stages,
                                       .context = p,
                                       .input = input_at,
                                       .nentries = p->inputs.n,
                                       .threads = p->threads,
                                       .chunk_bytes = CHUNK_BYTES,
                                       .max_line = p->reading.max_line};
  struct crew *crew;
  p->feeding = (struct feed_options){.chunk_bytes = CHUNK_BYTES,
                                     .max_line = p->reading.max_line,
                                     .framing = p->reading.framing,
                                     .stop_fd = p->stop_fd,
                                     .may_grow = crew_may_grow};
  int r = crew_open(&options, &crew, err);
  if (r) return r;
  set_crew(p, crew);
  r = profiler_work(p, err);
  set_crew(p, NULL);
  wake_readers(p);
  crew_close(crew);
  return r;
}

/* ---- the result ---- */

static int make_result(struct ps_profiler *p, struct ps_error *err) {
  const struct result_source source = {.collect = &p->collect,
                                       .fields = harvest_fields(p->harvest),
                                       .total = &p->total,
                                       .who = p->who,
                                       .measures = p->reading.measures,
                                       .has_member = p->has_member,
                                       .whole = p->whole};
  int r = collect_finish(&p->collect, &p->stopped, err);
  if (!r) r = result_create(&source, &p->result, err);
  if (r) return r;
  struct ps_profile *profile = result_profile(p->result);
  profile->files = p->files;
  profile->bytes = p->bytes;
  profile->nexamples = p->nexamples;
  for (size_t i = 0; i < p->nexamples; i++) profile->examples[i] = p->examples[i];
  profile->values = p->values;
  profile->made = (uint64_t)clock_unix_seconds();
  collect_reduce(&p->collect);
  return PS_OK;
}

static int done_but_for(const struct ps_profiler *p, struct ps_error *err) {
  const uint64_t problems = p->inputs.problem_count;
  if (!problems) return PS_OK;
  return error_set(err, PS_E_INPUT, "done, but for %" PRIu64 " problem%s", problems,
                   problems > 1 ? "s" : "");
}

int ps_profile_run(struct ps_profiler *p, struct ps_error *err) {
  struct ps_error failed = {.status = PS_OK};
  atomic_store(&p->progress.problems, p->inputs.problem_count);
  atomic_store(&p->progress.started_ns, clock_monotonic_ns());
  const int ended = read_all(p, &failed);
  int r = ended;
  /* An input that ends a strict run leaves a result all the same; but of what the system did not
   * read nothing is told: it would look like all there is. */
  if (!ended || (ended == PS_E_INPUT && !error_is_passing(&failed))) r = make_result(p, &failed);
  if (!r && ended) r = profiler_first_problem(p, &failed);
  if (!r) r = done_but_for(p, &failed);
  atomic_store(&p->progress.ended_ns, clock_monotonic_ns());
  if (r && err) *err = failed;
  return r;
}

void ps_profile_stop(struct ps_profiler *p) {
  pthread_mutex_lock(&p->mutex);
  p->stopped = true;
  if (p->crew) crew_stop(p->crew);
  pthread_mutex_unlock(&p->mutex);
  wake_readers(p);
}

/* ---- figures and results ---- */

void ps_profile_figures(struct ps_profiler *p, struct ps_profile_figures *figures) {
  const uint64_t started = atomic_load(&p->progress.started_ns);
  const uint64_t ended = atomic_load(&p->progress.ended_ns);
  const uint64_t now = ended ? ended : clock_monotonic_ns();
  *figures =
      (struct ps_profile_figures){.files = p->inputs.n,
                                  .files_done = atomic_load(&p->progress.files_done),
                                  .bytes = p->inputs.bytes,
                                  .bytes_done = atomic_load(&p->progress.bytes_done),
                                  .input_bytes = atomic_load(&p->progress.input_bytes),
                                  .lines = atomic_load(&p->progress.lines),
                                  .pings = atomic_load(&p->progress.pings),
                                  .client_pings = atomic_load(&p->progress.client_pings),
                                  .malformed = atomic_load(&p->progress.malformed),
                                  .problems = atomic_load(&p->progress.problems),
                                  .seconds = started ? (double)(now - started) / NS_PER_S : 0};
}

const struct ps_profile *ps_profile_result(const struct ps_profiler *p) {
  return p->result ? result_profile(p->result) : NULL;
}

int ps_profile_each_problem(struct ps_profiler *p, ps_profile_visit_problem *visit, void *context,
                            struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < p->inputs.nproblems && !r; i++) {
    const struct input_problem *problem = &p->inputs.problems[i];
    const struct ps_profile_problem told = {problem->path, problem->offset, problem->text};
    r = visit(context, &told, err);
  }
  return r;
}

const char *ps_profile_kernel(const struct ps_profiler *p) { return p->reading.kernel->name; }
unsigned ps_profile_threads(const struct ps_profiler *p) { return p->threads; }
