#include "crew/crew.h"

#include "base/cpus.h"
#include "base/error.h"
#include "crew/state.h"
#include <pingsieve/sieve.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define BLOCKS          16u /* and more for each worker */
#define BLOCKS_A_WORKER 8u
#define EMPTIED         2048u /* blocks that wait without their chunk, where it is given back */
#define THREADS_BEST    16u   /* more were never faster: one thread takes what they make */
#define NS_PER_S        1000000000u

/* ---- the threads ---- */

static void *work(void *context) {
  struct worker *worker = context;
  struct crew *c = worker->crew;
  pthread_mutex_lock(&c->mutex);
  while (!c->closing)
    if (!work_once(c, worker, true) && !c->closing) pthread_cond_wait(&c->work, &c->mutex);
  pthread_mutex_unlock(&c->mutex);
  return NULL;
}

/* The committer has to wait: it does what no worker can do now. False: there was nothing to do; a
 * worker wakes the waiting thread then. True also when it tried and failed, since no worker would
 * wake it. */
static bool help(struct crew *c) {
  if (c->waiting < c->nworkers) return false;
  return work_once(c, &c->workers[0], !c->nworkers) || c->failed.status != PS_OK;
}

/* ---- the committer's side ---- */

static bool wait_ready(struct crew *c, uint64_t deadline_ns) {
  if (!deadline_ns) return !pthread_cond_wait(&c->ready, &c->mutex);
  struct timespec until = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                           .tv_nsec = (long)(deadline_ns % NS_PER_S)};
  return pthread_cond_timedwait(&c->ready, &c->mutex, &until) != ETIMEDOUT;
}

enum crew_event crew_take(struct crew *c, uint64_t deadline_ns, struct block **block,
                          struct ps_error *err) {
  enum crew_event event = CREW_BLOCK;
  *block = NULL;
  pthread_mutex_lock(&c->mutex);
  for (;;) {
    struct block *first = c->head ? c->head->first : NULL;
    if (c->failed.status) event = CREW_FAILED;
    else if (c->stopped) event = CREW_STOPPED;
    else if (first && first->slot.scanned) *block = first;
    else if (!c->head && !entry_is_left(c)) event = CREW_DONE;
    else if (help(c) || wait_ready(c, deadline_ns)) continue;
    else event = CREW_LATE;
    break;
  }
  if (*block) {
    c->head->first = (*block)->next;
    (*block)->next = NULL;
  }
  if (event == CREW_FAILED && err) *err = c->failed;
  pthread_mutex_unlock(&c->mutex);
  return event;
}

void crew_pass(struct crew *c, struct block *block, bool emit) {
  struct lane *lane = block->lane;
  bool last = block->slot.last;
  pthread_mutex_lock(&c->mutex);
  if (emit) {
    c->unemitted++;
    if (c->passed) c->passed_last->next = block;
    else c->passed = block;
    c->passed_last = block;
    c->npassed++;
    if (lane->emit_first) lane->emit_last->next_emitted = block;
    else lane->emit_first = block;
    lane->emit_last = block;
    pthread_cond_signal(&c->work);
  } else block_recycle(c, block);
  if (last) {
    c->head = lane->next;
    lane->next = NULL;
    pthread_cond_broadcast(&c->work);
    pthread_cond_broadcast(&c->grow);
  }
  pthread_mutex_unlock(&c->mutex);
}

int crew_drain(struct crew *c, struct ps_error *err) {
  pthread_mutex_lock(&c->mutex);
  while (c->unemitted && !c->failed.status)
    if (!help(c)) (void)wait_ready(c, 0);
  int r = c->failed.status;
  if (r && err) *err = c->failed;
  pthread_mutex_unlock(&c->mutex);
  return r;
}

void crew_stop(struct crew *c) {
  pthread_mutex_lock(&c->mutex);
  c->stopped = true;
  pthread_cond_signal(&c->ready);
  pthread_mutex_unlock(&c->mutex);
}

/* ---- the beginning and the end ---- */

unsigned crew_threads(unsigned asked) {
  if (asked) return asked < PS_THREADS_MAX ? asked : PS_THREADS_MAX;
  const unsigned n = cpus_count();
  return n < THREADS_BEST ? n : THREADS_BEST;
}

static int locks_init(struct crew *c, struct ps_error *err) {
  pthread_condattr_t attr;
  if (pthread_condattr_init(&attr)) return error_memory(err, 0);
  int r = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  if (!r) r = pthread_mutex_init(&c->mutex, NULL);
  if (!r) r = pthread_cond_init(&c->work, &attr);
  if (!r) r = pthread_cond_init(&c->ready, &attr);
  if (!r) r = pthread_cond_init(&c->grow, &attr);
  pthread_condattr_destroy(&attr);
  return r ? error_memory(err, 0) : PS_OK;
}

static int crew_start(struct crew *c, struct ps_error *err) {
  const size_t blocks = BLOCKS + (size_t)c->nworkers * BLOCKS_A_WORKER;
  const size_t emptied = c->nworkers && c->stages->gives_back ? EMPTIED : 0;
  int r = blocks_init(c, c->nworkers ? blocks : 1, emptied, err);
  c->reserve = (c->nworkers ? c->nfree : blocks) /
               2; /* enough that neither filling nor packing waits for the other */
  while (!r && c->started < c->nworkers) {
    struct worker *worker = &c->workers[c->started + 1];
    const int failed = pthread_create(&worker->thread, NULL, work, worker);
    if (failed) r = error_set_os(err, PS_E_MEMORY, failed, "a thread cannot be started");
    else c->started++;
  }
  return r;
}

/* Where one thread waits for a pipe, another gives up the turn on the store. */
static unsigned count_threads(const struct crew_options *options) {
  if (options->threads > 1) return options->threads;
  for (size_t i = 0; i < options->nentries; i++) {
    const struct input *input = options->input(options->context, i);
    if (input && input->piped) return 1;
  }
  return 0;
}

unsigned crew_workers(const struct crew_options *options) { return count_threads(options) + 1; }

int crew_open(const struct crew_options *options, struct crew **crew, struct ps_error *err) {
  unsigned workers = count_threads(options);
  size_t bytes = sizeof(struct crew) + (workers + 1) * sizeof(struct worker);
  struct crew *c = calloc(1, bytes);
  if (!c) return error_memory(err, bytes);
  c->options = *options;
  c->stages = options->stages;
  c->nworkers = workers;
  for (unsigned i = 0; i <= workers; i++) c->workers[i].crew = c;
  int r = locks_init(c, err);
  if (r) {
    free(c);
    return r;
  }
  r = crew_start(c, err);
  if (r) crew_close(c);
  else *crew = c;
  return r;
}

void lane_free(const struct crew_stages *stages, struct lane *lane) {
  if (stages->release_lane) stages->release_lane(lane);
  free(lane);
}

void crew_close(struct crew *c) {
  if (!c) return;
  pthread_mutex_lock(&c->mutex);
  c->closing = true;
  crew_signal_all(c);
  pthread_mutex_unlock(&c->mutex);
  for (unsigned i = 1; i <= c->started; i++) pthread_join(c->workers[i].thread, NULL);
  for (struct lane *lane = c->head, *next; lane; lane = next) {
    next = lane->next;
    lane_free(c->stages, lane);
  }
  blocks_release(c);
  pthread_cond_destroy(&c->work);
  pthread_cond_destroy(&c->ready);
  pthread_cond_destroy(&c->grow);
  pthread_mutex_destroy(&c->mutex);
  free(c);
}
