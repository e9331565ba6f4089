/* The members of struct crew; private to src/crew. All functions here are called, and return, with
 * the lock held, unless they say otherwise. */
#ifndef CREW_STATE_H
#define CREW_STATE_H

#include "crew/crew.h"

#include <pthread.h>

struct worker {
  struct crew *crew;
  pthread_t thread;
};

struct crew {
  struct crew_options options;
  const struct crew_stages *stages;
  pthread_mutex_t mutex;            /* for all below */
  pthread_cond_t work, ready, grow; /* the workers', the committer's, the large block's */
  size_t next_entry;
  struct lane *head, *tail; /* those whose last block was not passed on */
  struct block *free;
  size_t nfree, reserve;
  struct block *passed, *passed_last; /* to be packed ... */
  size_t npassed;                     /* ... and how many */
  size_t unemitted;                   /* passed on, and not emitted */
  struct block *large;
  struct block *emptied;      /* without a chunk, for those that are read ahead to give theirs to */
  uint64_t made;              /* bytes that emptied blocks hold */
  unsigned nworkers, waiting; /* workers that can do nothing now, whatever there is to be done */
  bool closing, stopped;
  struct ps_error failed;
  size_t nblocks;
  void *blocks; /* of stages->block_bytes each */
  unsigned started;
  struct worker workers[]; /* the committer's own, and the workers' */
};

static inline void crew_signal_all(struct crew *c) {
  pthread_cond_broadcast(&c->work);
  pthread_cond_broadcast(&c->grow);
  pthread_cond_signal(&c->ready);
}

static inline void crew_fail(struct crew *c, const struct ps_error *error) {
  if (!c->failed.status) c->failed = *error;
  c->closing = true;
  crew_signal_all(c);
}

static inline unsigned crew_number(const struct worker *worker) {
  return (unsigned)(worker - worker->crew->workers);
}

/* ---- blocks.c: the pool ---- */

/* Without the lock: n usual blocks, fewer where memory is scarce, and `emptied` without a chunk. */
int blocks_init(struct crew *c, size_t n, size_t emptied, struct ps_error *err);
void blocks_release(struct crew *c);                           /* without the lock */
struct block *block_obtain(struct crew *c, struct lane *lane); /* there is a free one */
void block_recycle(struct crew *c, struct block *block);
/* The block's chunk is not needed any more: where there are emptied blocks, one of them gets it. */
void block_empty(struct crew *c, struct block *block);

/* ---- choice.c: what can be done ---- */

struct choice {           /* one of them, or none */
  struct block *passed;   /* to be packed, or emitted straight away; out of the list already */
  struct lane *lane;      /* to fill a block of */
  struct block *unworked; /* to work on */
};
struct choice choose(struct crew *c, bool fills); /* false: nothing is filled */
bool entry_is_left(struct crew *c);               /* an input has no lane yet */

/* ---- work.c: doing it ---- */

/* Does one thing, if there is one to do, the most urgent. Gives the lock up meanwhile. */
bool work_once(struct crew *c, struct worker *worker, bool fills);

#endif
