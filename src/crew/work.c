/* The stages: how blocks go through them. */
#include "base/error.h"
#include "crew/state.h"

/* ---- before the committer ---- */

static void wait_begin(struct crew *c) {
  if (++c->waiting >= c->nworkers) pthread_cond_signal(&c->ready);
}
static void wait_end(struct crew *c) { c->waiting--; }

int crew_may_grow(void *context, struct ps_error *err) {
  struct lane *lane = context;
  struct crew *c = lane->crew;
  pthread_mutex_lock(&c->mutex);
  wait_begin(c);
  while (!c->closing && (lane != c->head || (c->large && c->large != lane->filling)))
    pthread_cond_wait(&c->grow, &c->mutex);
  wait_end(c);
  bool closing = c->closing;
  if (!closing) {
    c->large = lane->filling;
    lane->filling->slot.big = true;
  }
  pthread_mutex_unlock(&c->mutex);
  return closing ? error_set(err, PS_E_STOPPED, "stopped while a long line was read") : PS_OK;
}

static void append_filled(struct lane *lane, struct block *block) {
  if (lane->first) lane->last->next = block;
  else lane->first = block;
  lane->last = block;
}

/* Without the lock, but for a moment: what is waited for differs. */
static void fill(struct crew *c, struct lane *lane, struct block *block) {
  bool piped = lane->piped;
  if (piped) {
    pthread_mutex_lock(&c->mutex);
    wait_begin(c);
    pthread_mutex_unlock(&c->mutex);
  }
  c->stages->fill(c->options.context, lane, block);
  if (piped) {
    pthread_mutex_lock(&c->mutex);
    wait_end(c);
    pthread_mutex_unlock(&c->mutex);
  }
}

/* With the lock held, before and after. */
static void work_on(struct crew *c, struct worker *worker, struct block *block) {
  const struct lane *lane = block->lane;
  block->working = true;
  pthread_mutex_unlock(&c->mutex);
  c->stages->work(c->options.context, crew_number(worker), block);
  pthread_mutex_lock(&c->mutex);
  block->slot.scanned = true;
  block_empty(c, block);
  if (lane == c->head && lane->first == block) pthread_cond_signal(&c->ready);
}

/* Fills the next block of a lane, and works on it. The head's are left to the others, so that who
 * fills them can go on at once: only inflating an input cannot be divided. */
static void fill_next(struct crew *c, struct worker *worker, struct lane *lane) {
  struct block *block = lane->filling = block_obtain(c, lane);
  bool looked = lane->looked;
  lane->reading = lane->looked = true;
  if (!looked) {
    pthread_mutex_unlock(&c->mutex);
    c->stages->look(c->options.context, lane);
    pthread_mutex_lock(&c->mutex);
    if (lane->piped && lane != c->head) { /* not before it is */
      lane->reading = false;
      block_recycle(c, block);
      return;
    }
  }
  pthread_mutex_unlock(&c->mutex);
  fill(c, lane, block);
  pthread_mutex_lock(&c->mutex);
  lane->reading = false;
  lane->ended = block->slot.last;
  append_filled(lane, block);
  pthread_cond_signal(&c->work);
  if (lane != c->head || !c->nworkers) work_on(c, worker, block);
}

/* ---- after the committer ---- */

/* Emits the blocks of a lane whose turn it is, unless another thread is doing so. */
static void emit_ready(struct crew *c, struct worker *worker, struct lane *lane) {
  struct block *block;
  struct ps_error error;
  if (lane->emitting) return;
  lane->emitting = true;
  while ((block = lane->emit_first) && block->ready && !c->failed.status) {
    pthread_mutex_unlock(&c->mutex);
    int r = c->stages->emit(c->options.context, crew_number(worker), block, &error);
    pthread_mutex_lock(&c->mutex);
    if (r) {
      crew_fail(c, &error);
      break;
    }
    lane->emit_first = block->next_emitted;
    block_recycle(c, block);
    if (!--c->unemitted) pthread_cond_signal(&c->ready);
  }
  lane->emitting = false;
  if (lane->emit_first == c->large) pthread_cond_signal(&c->work);
}

/* Packs a block that was passed on, and emits what is in its turn. */
static void pack(struct crew *c, struct worker *worker, struct block *block) {
  if (c->stages->pack && block != c->large) {
    struct ps_error error;
    pthread_mutex_unlock(&c->mutex);
    int r = c->stages->pack(c->options.context, crew_number(worker), block, &error);
    pthread_mutex_lock(&c->mutex);
    if (r) {
      crew_fail(c, &error);
      return;
    }
  }
  block->ready = true;
  emit_ready(c, worker, block->lane);
}

bool work_once(struct crew *c, struct worker *worker, bool fills) {
  const struct choice choice = choose(c, fills);
  if (choice.passed) pack(c, worker, choice.passed);
  else if (choice.lane) fill_next(c, worker, choice.lane);
  else if (choice.unworked) work_on(c, worker, choice.unworked);
  return choice.passed || choice.lane || choice.unworked;
}
