#include "crew/ring.h"

#include "base/error.h"

#include <errno.h>
#include <time.h>

static int conditions_init(struct ring *ring) {
  pthread_condattr_t attr;
  if (pthread_condattr_init(&attr)) return ENOMEM;
  int r = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  if (!r) r = pthread_cond_init(&ring->freed, &attr);
  if (!r) r = pthread_cond_init(&ring->submitted, &attr);
  if (!r) r = pthread_cond_init(&ring->scanned, &attr);
  pthread_condattr_destroy(&attr);
  return r;
}

int ring_init(struct ring *ring, size_t slots, size_t ahead, size_t chunk_bytes, size_t max_line,
              struct ps_error *err) {
  *ring = (struct ring){.ahead = ahead, .chunk_bytes = chunk_bytes};
  if (slots > RING_SLOTS_MAX) slots = RING_SLOTS_MAX;
  if (pthread_mutex_init(&ring->mutex, NULL) || conditions_init(ring))
    return error_set(err, PS_E_MEMORY, "out of memory for the locks of the pipeline");
  for (; ring->nslots < slots; ring->nslots++) {
    struct slot *slot = &ring->slots[ring->nslots];
    int r = slot_init(slot, chunk_bytes, max_line, err);
    if (r == PS_E_MEMORY && ring->nslots > ahead) {
      slot_release(ring->free[--ring->nfree]);
      ring->nslots--;
      return PS_OK;
    }
    if (r) {
      ring_release(ring);
      return r;
    }
    ring->free[ring->nfree++] = slot;
  }
  return PS_OK;
}

void ring_release(struct ring *ring) {
  for (size_t i = 0; i < ring->nslots; i++) slot_release(&ring->slots[i]);
  ring->nslots = 0;
  pthread_cond_destroy(&ring->freed);
  pthread_cond_destroy(&ring->submitted);
  pthread_cond_destroy(&ring->scanned);
  pthread_mutex_destroy(&ring->mutex);
}

static bool may_obtain(const struct ring *ring) {
  size_t under_way = ring->nslots - ring->nfree;
  return ring->nfree > 0 && (ring->committing || under_way < ring->ahead);
}

struct slot *ring_obtain(struct ring *ring) {
  struct slot *slot = NULL;
  pthread_mutex_lock(&ring->mutex);
  while (!ring->closed && !may_obtain(ring)) pthread_cond_wait(&ring->freed, &ring->mutex);
  if (!ring->closed) slot = ring->free[--ring->nfree];
  pthread_mutex_unlock(&ring->mutex);
  if (slot) slot_clear(slot);
  return slot;
}

void ring_submit(struct ring *ring, struct slot *slot) {
  pthread_mutex_lock(&ring->mutex);
  ring->queue[ring->head % ring->nslots] = slot;
  ring->head++;
  if (slot->scanned) ring->next_scan = ring->head;
  pthread_cond_signal(slot->scanned ? &ring->scanned : &ring->submitted);
  pthread_mutex_unlock(&ring->mutex);
}

void ring_end(struct ring *ring) {
  pthread_mutex_lock(&ring->mutex);
  ring->ended = true;
  pthread_cond_broadcast(&ring->submitted);
  pthread_mutex_unlock(&ring->mutex);
}

struct slot *ring_next_to_scan(struct ring *ring) {
  struct slot *slot = NULL;
  pthread_mutex_lock(&ring->mutex);
  while (!ring->closed && !ring->ended && ring->next_scan == ring->head)
    pthread_cond_wait(&ring->submitted, &ring->mutex);
  if (!ring->closed && ring->next_scan < ring->head)
    slot = ring->queue[ring->next_scan++ % ring->nslots];
  pthread_mutex_unlock(&ring->mutex);
  return slot;
}

void ring_scanned(struct ring *ring, struct slot *slot) {
  pthread_mutex_lock(&ring->mutex);
  slot->scanned = true;
  pthread_cond_signal(&ring->scanned);
  pthread_mutex_unlock(&ring->mutex);
}

struct slot *ring_take(struct ring *ring, uint64_t deadline_ns) {
  struct slot *slot = NULL;
  struct timespec until = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
                           .tv_nsec = (long)(deadline_ns % 1000000000u)};
  int r = 0;
  pthread_mutex_lock(&ring->mutex);
  while (!ring->closed && !ring->woken && r != ETIMEDOUT) {
    if (ring->tail < ring->head && ring->queue[ring->tail % ring->nslots]->scanned) {
      slot = ring->queue[ring->tail++ % ring->nslots];
      break;
    }
    r = deadline_ns ? pthread_cond_timedwait(&ring->scanned, &ring->mutex, &until)
                    : pthread_cond_wait(&ring->scanned, &ring->mutex);
  }
  ring->woken = false;
  pthread_mutex_unlock(&ring->mutex);
  return slot;
}

void ring_wake(struct ring *ring) {
  pthread_mutex_lock(&ring->mutex);
  ring->woken = true;
  pthread_cond_signal(&ring->scanned);
  pthread_mutex_unlock(&ring->mutex);
}

void ring_recycle(struct ring *ring, struct slot *slot) {
  bool was_big = slot->big;
  if (was_big) chunk_trim(&slot->chunk, ring->chunk_bytes);
  pthread_mutex_lock(&ring->mutex);
  if (was_big) ring->big = slot->big = false;
  ring->free[ring->nfree++] = slot;
  pthread_cond_broadcast(&ring->freed);
  pthread_mutex_unlock(&ring->mutex);
}

int ring_grow(struct ring *ring, struct slot *slot, struct ps_error *err) {
  pthread_mutex_lock(&ring->mutex);
  while (!ring->closed && ring->big && !slot->big) pthread_cond_wait(&ring->freed, &ring->mutex);
  bool closed = ring->closed;
  if (!closed) ring->big = slot->big = true;
  pthread_mutex_unlock(&ring->mutex);
  return closed ? error_set(err, PS_E_STOPPED, "the pipeline was closed") : PS_OK;
}

void ring_set_committing(struct ring *ring, bool committing) {
  pthread_mutex_lock(&ring->mutex);
  ring->committing = committing;
  if (committing) pthread_cond_broadcast(&ring->freed);
  pthread_mutex_unlock(&ring->mutex);
}

void ring_close(struct ring *ring) {
  pthread_mutex_lock(&ring->mutex);
  ring->closed = true;
  pthread_cond_broadcast(&ring->freed);
  pthread_cond_broadcast(&ring->submitted);
  pthread_cond_broadcast(&ring->scanned);
  pthread_mutex_unlock(&ring->mutex);
}
