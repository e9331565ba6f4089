/* A file: one input of a backfill on its way, and its output; and the blocks of it.
 *
 * An interrupted input is read again from its beginning; the part that was done before is digested
 * and compared with the record, not scanned.
 */
#ifndef BACKFILL_FILE_H
#define BACKFILL_FILE_H

#include "backfill/checkpoint.h"
#include "backfill/outlet.h"
#include "crew/crew.h"
#include "crew/feed.h"

struct resume {
  size_t entry;
  bool compare; /* the file's stat differs from the record's: the prefix must match */
  struct checkpoint *record;
};

struct file {
  struct lane lane;
  /* Its reader's, and after the last block the committer's. */
  struct feed feed;
  struct digest *prefix;           /* of what was read, inflated */
  const struct checkpoint *resume; /* where to go on; NULL: at the beginning, or there already */
  bool compare;                    /* the prefix must match, whatever was judged */
  struct outlet outlet;
  /* The committer's: what was judged of it. */
  const struct checkpoint *done; /* an earlier run's record, of the work done; NULL: none */
  struct file *next_ended;
  bool begun;
  uint64_t taken;              /* bytes of the file as it lies there */
  uint64_t offset, lines_done; /* as in struct checkpoint */
  uint8_t judged[DIGEST_BYTES];
  uint32_t first_day, last_day;
  struct ps_backfill_counts counts;
  char *problem; /* NULL: none */
  uint64_t problem_offset;
};
static inline struct file *file_of(const struct block *block) { return (void *)block->lane; }

/* Looks at the input; the rest is zero. resume: NULL, or what an earlier run has done of it. */
void file_look(struct file *file, const struct input *input, const struct resume *resume);
/* feed_fill(), from where the run goes on; the block is a struct file_block. BLOCK_CHANGED: that is
 * no longer there. */
void file_fill(struct file *file, const struct feed_options *options, struct block *block);
void file_release(struct file *file);

#endif
