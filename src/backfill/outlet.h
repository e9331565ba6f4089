/* An outlet: the output of one input, put together from blocks that are compressed in any order and
 * written in theirs.
 *
 * A block compresses into its own memory beforehand (press_block()), or, when it is larger than
 * usual or not to be compressed, goes straight into the part when it is its turn. The CRC-32 and
 * the length of a gzip member are joined as blocks are written, so that they are right at every
 * border of blocks: what a record needs to go on from there.
 *
 * One thread at a time writes to an outlet; a press belongs to one thread.
 */
#ifndef BACKFILL_OUTLET_H
#define BACKFILL_OUTLET_H

#include "crew/block.h"
#include "io/deflate.h"
#include "io/part.h"

/* Lines that leave, adjacent ones merged: bytes [at, at + len) of the chunk, or of what its lines
 * were projected to. A chunk that has more than its usual size has one line that fills it. */
struct range {
  uint64_t at, len;
};

/* A block of a backfill. block.packed: the compressed ranges. */
struct file_block {
  struct block block;
  uint64_t lines_before; /* lines of the chunk that an earlier run has dealt with */
  uint8_t before[DIGEST_BYTES], prefix[DIGEST_BYTES]; /* of the inflated input up to the beginning
                                                         of the chunk, and up to its end */
  size_t nranges, ranges_cap;
  struct range *ranges;
  uint32_t crc;   /* of what is in block.packed ... */
  uint64_t plain; /* ... and its length */
};
static inline struct file_block *file_block(struct block *block) { return (void *)block; }

/* The memory and state for compressing. */
struct press {
  struct deflate *deflate;
  struct iovec *vectors;
  size_t cap;
};
int press_open(struct press *press, unsigned level, struct ps_error *err);
void press_close(struct press *press); /* one of all zeros is fine */
/* Compresses the block's ranges into block->packed. */
int press_block(struct press *press, struct file_block *block, struct ps_error *err);

struct outlet {
  struct part_tree *tree;
  const char *name;
  bool gzip;
  uint64_t length; /* of the part, as it lies there */
  uint64_t plain;  /* of what went in ... */
  uint32_t crc;    /* ... and its CRC-32 (gzip) */
  struct part *part;
};

/* Goes on behind what an interrupted run has written; its first block opens the part. */
void outlet_resume(struct outlet *outlet, uint64_t length, uint64_t plain, uint32_t crc);
/* Appends the block's ranges, as they were packed or from where they lie. */
int outlet_write(struct outlet *outlet, struct press *press, struct file_block *block,
                 struct ps_error *err);
int outlet_finish(struct outlet *outlet, struct ps_error *err); /* ends the member, closes */
void outlet_release(struct outlet *outlet);                     /* closes what is open */

#endif
