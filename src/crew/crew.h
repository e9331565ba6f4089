/* The crew: the threads that take many inputs, block by block, through stages, and what they do
 * next. The stages are a table of the owner's; the crew knows lanes, blocks and what is urgent.
 *
 * Inputs go through lanes, in their order; the first that is not taken to its end is the head. A
 * worker takes the most urgent thing that can be done: (1) when many blocks wait that were passed
 * on, pack the earliest, and emit what is in its turn; (2) fill the next block of the head, which
 * only one can do at a time; (3) work on a block of the head; (4) pack a block that was passed on;
 * (5) fill the next block of the earliest other input that wants one, and work on it. The
 * committer, who is the caller, takes the blocks that were worked on strictly in order, judges
 * them, and passes them on. With one thread it does everything itself, block by block, and no other
 * thread is started.
 *
 * Memory: blocks come from one pool. Inputs ahead of the head get at most half of them; at most one
 * block is larger than usual. Where a chunk is not needed after `work`, a block gives its chunk
 * back then, so that much more can be read ahead: what is made of the chunks (block->packed) is
 * bounded then.
 *
 * Nothing waits for ever:
 *  - Blocks that were passed on need no further block to be packed and emitted, and the first one
 *    of a lane that is not emitted can always be: so blocks behind the committer become free again.
 *  - The head gets a block: those ahead of it never take all of the pool, and the rest is its own
 *    or behind the committer.
 *  - A line that wants more than a usual block waits until its input is the head and no block is
 *    large (crew_may_grow()); the large one is then of an earlier place in the order, filled
 *    already, and goes the way of all blocks that are passed on: it is not packed before its turn,
 *    and emitted in it.
 *  - Of N workers at most N - 1 fill ahead of the head, so that one is left for the head.
 *  - Workers can still all be waiting, for room to grow or for what a pipe delivers (which is read
 *    only when it is the head): then the committer, whenever it waits, does their work.
 *  - A stage that fails ends the run: every wait ends, and the committer is told.
 * For this, stages wait for nothing but the system and, in `fill`, for crew_may_grow(); of the
 * crew they call that function and crew_stop() alone.
 */
#ifndef CREW_CREW_H
#define CREW_CREW_H

#include "crew/block.h"
#include "inputs/inputs.h"

struct crew;

/* One input. An owner that keeps more about it embeds it as the first member of a struct of its
 * own (crew_stages.lane_bytes). */
struct lane {
  struct lane *next; /* the crew's; NULL once the lane is the committer's */
  struct crew *crew;
  size_t entry;
  const struct input *input;
  bool piped;                 /* reading may wait for ever; set by the stage `look` */
  struct block *first, *last; /* filled ones, in order; some of the first were worked on */
  struct block *filling;
  bool looked, reading, ended;
  bool emitting;                        /* by some thread */
  struct block *emit_first, *emit_last; /* passed on, in order */
};

/* The stages of each block, in this order. All get the options' context. They run without the
 * crew's lock, at the same time for different lanes and blocks; for one lane only one thread is in
 * `look` or `fill`, and only one in `emit`. worker: below crew_workers(); no two stages run at a
 * time for the same one, and 0 is the committer's. */
struct crew_stages {
  size_t lane_bytes, block_bytes; /* of the owner's structs; both are all zero at first */
  bool gives_back;                /* the chunk is not needed after `work`; slot.lines are */
  /* Before the lane's first block, once: looks at the input without waiting for what it delivers,
   * and sets lane->piped. */
  void (*look)(void *context, struct lane *lane);
  /* Fills the lane's next block; slot.last ends the lane. The block tells what goes wrong. */
  void (*fill)(void *context, struct lane *lane, struct block *block);
  void (*work)(void *context, unsigned worker, struct block *block); /* the same */
  /* After crew_pass(), in any order; not of a block larger than usual. NULL: nothing is packed. */
  int (*pack)(void *context, unsigned worker, struct block *block, struct ps_error *err);
  /* After `pack`, in the order of the lane. NULL: nothing is emitted. */
  int (*emit)(void *context, unsigned worker, struct block *block, struct ps_error *err);
  /* Free what the owner's structs hold, not the structs; they may be all zero. NULL: nothing. */
  void (*release_lane)(struct lane *lane);
  void (*release_block)(struct block *block);
};

struct crew_options {
  const struct crew_stages *stages;
  void *context;
  /* Entry i of nentries, in order; NULL: nothing is to be read of it (any more). */
  const struct input *(*input)(void *context, size_t entry);
  size_t nentries;
  unsigned threads;
  size_t chunk_bytes, max_line; /* of the blocks */
};

/* The number of threads: what was asked for, or (0) what measures best here. */
unsigned crew_threads(unsigned asked);
/* How many threads call stages at most: those of the crew, and the committer. */
unsigned crew_workers(const struct crew_options *options);
/* Starts the threads. *options is copied, what it points to is not. */
int crew_open(const struct crew_options *options, struct crew **crew, struct ps_error *err);
/* Ends the threads, after what they are doing; frees the lanes that are not the committer's yet.
 * NULL is fine. */
void crew_close(struct crew *crew);
void crew_stop(struct crew *crew); /* crew_take() returns CREW_STOPPED; any thread */

/* For the stage `fill`, before the block of the lane (`context`) grows: waits until no other block
 * is larger than usual and the lane is the head. PS_E_STOPPED: the crew is being closed. */
int crew_may_grow(void *context, struct ps_error *err);

enum crew_event {
  CREW_BLOCK,
  CREW_DONE,    /* every block was taken */
  CREW_LATE,    /* deadline_ns (CLOCK_MONOTONIC; 0: none) has passed */
  CREW_STOPPED, /* crew_stop() was called */
  CREW_FAILED   /* a stage failed; *err says why */
};
enum crew_event crew_take(struct crew *crew, uint64_t deadline_ns, struct block **block,
                          struct ps_error *err);
/* The committer is done with the block; `emit`: it is to be packed and emitted. With its last
 * block, the lane becomes the committer's, who frees it with lane_free() after crew_drain(), or at
 * once if nothing is emitted of it; crew_close() does not. */
void crew_pass(struct crew *crew, struct block *block, bool emit);
/* Until every block that was passed on is emitted. */
int crew_drain(struct crew *crew, struct ps_error *err);
void lane_free(const struct crew_stages *stages, struct lane *lane);

#endif
