/* The crew: the threads of a backfill and what they do next.
 *
 * Inputs go through lanes, in the order of the plan; the first that is not judged to its end is the
 * head. A worker takes the most urgent thing that can be done: (1) when many judged blocks wait,
 * compress the earliest, and write what is in its turn; (2) read and inflate the next block of the
 * head, which only one can do at a time; (3) scan a block of the head; (4) compress a judged block;
 * (5) read, inflate and scan the next block of the earliest other input that wants one. The
 * committer, who is the caller, takes the scanned blocks strictly in order, judges them, and passes
 * them on. With one thread it does everything itself, block by block, and no other thread is
 * started.
 *
 * Memory: blocks come from one pool. Inputs ahead of the head get at most half of them; at most one
 * block is larger than usual. With a scan of its own, a block that is scanned gives its chunk back,
 * so that much more can be read ahead: what is made of the lines is bounded then.
 *
 * Nothing waits for ever:
 *  - Judged blocks need no further block to be compressed and written, and the first unwritten one
 *    of an output can always be: so blocks behind the committer become free again.
 *  - The head gets a block: those ahead of it never take all of the pool, and the rest is its own
 *    or behind the committer.
 *  - A line that wants more than a usual block waits until its input is the head and no block is
 *    large; the large one is then of an earlier place in the order, read already, and goes the way
 *    of all judged blocks.
 *  - Of N workers at most N - 1 read ahead of the head, so that one is left for the head.
 *  - Workers can still all be waiting, for room to grow or for what a pipe delivers (which is read
 *    only when it is the head): then the committer, whenever it waits, does their work.
 */
#ifndef BACKFILL_CREW_H
#define BACKFILL_CREW_H

#include "backfill/feed.h"
#include "backfill/outlet.h"

struct crew;

struct resume {
  size_t entry;
  bool compare; /* the file's stat differs from the record's: the prefix must match */
  struct checkpoint *record;
};

struct lane { /* one input, and its output */
  struct lane *next;
  struct crew *crew;
  size_t entry;
  const struct resume *resume; /* an earlier run's, of the work done; NULL: none */
  struct feed feed; /* belongs to its reader, and after the last block to the committer */
  struct outlet outlet;
  struct block *first, *last; /* read ones, in order; the first pieces of some are scanned */
  struct block *filling;
  bool looked, reading, ended;
  /* The committer's: what was judged of it. */
  bool begun;
  uint64_t taken;              /* bytes of the file as it lies there */
  uint64_t offset, lines_done; /* as in struct checkpoint */
  uint8_t prefix[DIGEST_BYTES];
  uint32_t first_day, last_day;
  struct ps_backfill_counts counts;
  char *problem; /* NULL: none */
  uint64_t problem_offset;
};

struct crew_options {
  /* Entry i of nentries, in order; NULL: nothing is to be read of it (any more). */
  const struct input *(*input)(void *context, size_t entry);
  void *input_context;
  size_t nentries;
  const struct resume *resumes; /* of the entries begun before, ascending */
  size_t nresumes;
  const struct slot_scanner *scanner;
  /* Called in place of slot_scan(), then without a scanner, and only once for each block: deals
   * with all of its lines and leaves what it makes in block->packed, and in slot.scan_status what
   * went wrong. worker: from 0 to `threads`; no two run at a time for the same one. NULL: none. */
  void (*scan)(void *context, unsigned worker, struct block *block, struct scan_result *scratch);
  void *scan_context;
  struct part_tree *tree; /* NULL: nothing is written */
  unsigned level, threads;
  size_t chunk_bytes, max_line;
  int stop_fd;
};

/* The number of threads: what was asked for, or (0) what measures best here. */
unsigned crew_threads(unsigned asked);
/* Starts the threads. *options is copied, what it points to is not. */
int crew_open(const struct crew_options *options, struct crew **crew, struct ps_error *err);
/* Ends the threads, after what they are doing; frees the lanes that are not the committer's yet.
 * NULL is fine. */
void crew_close(struct crew *crew);
void crew_stop(struct crew *crew); /* crew_take() returns CREW_STOPPED; any thread */

enum crew_event {
  CREW_BLOCK,
  CREW_DONE,    /* every block was taken */
  CREW_LATE,    /* deadline_ns (CLOCK_MONOTONIC; 0: none) has passed */
  CREW_STOPPED, /* crew_stop() was called */
  CREW_FAILED   /* an output could not be written; *err says why */
};
enum crew_event crew_take(struct crew *crew, uint64_t deadline_ns, struct block **block,
                          struct ps_error *err);
/* The block was judged: its ranges are to be written, if anything is. With its last block, the lane
 * becomes the committer's, who may free it after crew_drain(), or at once if nothing is written of
 * it. */
void crew_pass(struct crew *crew, struct block *block);
/* Until every block that was passed on is written, and every ended output closed. */
int crew_drain(struct crew *crew, struct ps_error *err);
/* Writes the ranges of a block that is being judged, as a block of their own. After a drain. */
int crew_flush(struct crew *crew, struct block *block, struct ps_error *err);
void lane_free(struct lane *lane);

#endif
