/* The ring: slots between the reader, the scan workers and the committer, which takes them in input
 * order.
 *
 * Free slots are reused last in, first out, and the reader stays only a little ahead, so that the
 * bytes are still in the cache when they are written; while the committer waits for the disk it may
 * run ahead through all the slots. Every function may be called from any thread. ring_close() wakes
 * all waiters for good.
 */
#ifndef CREW_RING_H
#define CREW_RING_H

#include "record/slot.h"

#include <pthread.h>

#define RING_SLOTS_MAX 160u

struct ring {
  pthread_mutex_t mutex;
  pthread_cond_t freed, submitted, scanned;
  struct slot slots[RING_SLOTS_MAX];
  struct slot *free[RING_SLOTS_MAX];
  struct slot *queue[RING_SLOTS_MAX]; /* in input order, by number modulo nslots */
  size_t nslots, nfree;
  uint64_t head, next_scan, tail; /* numbers of the next slot to submit, to scan, to take */
  size_t ahead;                   /* slots that may be under way outside a commit */
  size_t chunk_bytes;
  bool committing, closed, ended, big, woken;
};

/* Where address space is scarce (`ulimit -v`) it has fewer slots, at least `ahead`, and leaves the
 * room of one for what comes after it. */
int ring_init(struct ring *ring, size_t slots, size_t ahead, size_t chunk_bytes, size_t max_line,
              struct ps_error *err);
void ring_release(struct ring *ring);

struct slot *ring_obtain(struct ring *ring); /* a cleared slot; NULL when closed */
void ring_submit(struct ring *ring,
                 struct slot *slot); /* in input order; slot->scanned tells whether it is */
void ring_end(struct ring *ring);    /* nothing more will be submitted */
struct slot *ring_next_to_scan(struct ring *ring); /* NULL when closed or ended */
void ring_scanned(struct ring *ring, struct slot *slot);
/* The next slot in input order once it is scanned, waiting until deadline_ns (CLOCK_MONOTONIC; 0:
 * for ever). NULL: time is up, or ring_wake() was called. */
struct slot *ring_take(struct ring *ring, uint64_t deadline_ns);
void ring_wake(struct ring *ring); /* lets the waiting ring_take(), or the next one, return NULL */
void ring_recycle(struct ring *ring, struct slot *slot);
/* Waits until no slot is big, then makes this one it. PS_E_STOPPED when closed. */
int ring_grow(struct ring *ring, struct slot *slot, struct ps_error *err);
void ring_set_committing(struct ring *ring, bool committing);
void ring_close(struct ring *ring);

#endif
