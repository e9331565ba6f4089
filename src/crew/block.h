/* A block: one chunk of an input on its way through the stages. It has one owner at a time; lists
 * of blocks belong to the crew's lock. An owner that keeps more about a block embeds it as the
 * first member of a struct of its own (crew_stages.block_bytes).
 */
#ifndef CREW_BLOCK_H
#define CREW_BLOCK_H

#include "record/slot.h"

/* The crew looks at slot.last alone; the rest is told from the first stage to the committer. */
enum block_end {
  BLOCK_MORE,     /* more follows */
  BLOCK_ENDED,    /* the input's last block */
  BLOCK_DAMAGED,  /* the same, and slot.error says what ended it */
  BLOCK_UNSTEADY, /* the same, and the file changed while it was read */
  BLOCK_UNOPENED, /* the only block, empty: the input may not be read, or its format is not known */
  BLOCK_CHANGED,  /* empty: the input is not what it was when the run was interrupted */
  BLOCK_FAILED /* empty, no fault of the input, which is to be read again: slot.error ends the run
                */
};

struct block {
  struct slot slot;
  struct block *next;         /* in the one list it is in: free, read, or to be packed ... */
  struct block *next_emitted; /* ... and in that of its lane */
  struct lane *lane;
  enum block_end end;
  uint64_t taken; /* bytes of the file, as it lies there, taken until then */
  uint64_t
      damage;   /* BLOCK_DAMAGED, BLOCK_FAILED: where in the file as it lies there, or UINT64_MAX */
  bool working; /* a thread works on it, or has done so */
  bool ready;   /* packed, or not to be before it is its turn to be emitted */
  struct buffer packed; /* made of it by the stages `work` or `pack` */
};

#endif
