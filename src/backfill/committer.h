/* The committer: judges blocks strictly in order, and commits keys, accounts, records and outputs
 * together.
 *
 * At a commit: the judged lines are written and durable as parts, then records of the ended inputs
 * and of the open one go into the transaction of the keys, and only when that is durable do the
 * ended parts get their names. A crash before the transaction leaves parts that are longer than
 * their records say, which are cut; after it, parts without their names, which get them at the next
 * start. Commits happen between blocks, but for a ping that expires days in the middle of one: what
 * has left of it until then becomes a block of its own in the output. Where that is depends on the
 * pings alone, and so do the bytes of the output.
 */
#ifndef BACKFILL_COMMITTER_H
#define BACKFILL_COMMITTER_H

#include "backfill/stages.h"
#include "sieve/core.h"

#include <stdatomic.h>

/* Counts that any thread may read. */
struct progress {
  _Atomic uint64_t files_done, files_failed, bytes_done, problems;
};

struct committer {
  struct core *core;
  struct plan *plan;
  struct crew *crew;
  struct stages *stages;  /* the crew's */
  struct part_tree *tree; /* NULL: a dry run */
  const char *out;        /* its absolute path */
  bool strict;
  struct progress *progress;
  /* its own */
  struct file *file;        /* the one being judged */
  struct file_block *block; /* the one being judged; NULL between them */
  uint64_t block_lines;
  struct file *ended, *ended_last; /* to be committed */
  size_t nended;
  uint64_t input_bytes;
  bool problem; /* was met */
};

/* The outlet of core->batch: the files of the tree. */
struct outlet_ops committer_outlet(struct committer *committer);

/* Works until everything is judged and committed (PS_OK, or PS_E_INPUT when there were problems),
 * or as <pingsieve/backfill.h> says of ps_backfill_run(). */
int committer_run(struct committer *committer, struct ps_error *err);
void committer_release(struct committer *committer); /* after crew_close() */

#endif
