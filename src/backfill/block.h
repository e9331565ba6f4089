/* A block: one chunk of an input on its way through the pipeline: read, scanned, judged,
 * compressed, written. It has one owner at a time; lists of blocks belong to the crew's lock.
 */
#ifndef BACKFILL_BLOCK_H
#define BACKFILL_BLOCK_H

#include "base/digest.h"
#include "record/slot.h"

/* Lines that leave, adjacent ones merged: bytes [at, at + len) of the chunk, or of what its lines
 * were projected to. A chunk that has more than its usual size has one line that fills it. */
struct range {
  uint64_t at, len;
};

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
  struct block *next;         /* in the one list it is in: free, read, or to be compressed ... */
  struct block *next_written; /* ... and in that of its output */
  struct lane *lane;
  enum block_end end;
  uint64_t taken; /* bytes of the file, as it lies there, taken until then */
  uint64_t
      damage; /* BLOCK_DAMAGED, BLOCK_FAILED: where in the file as it lies there, or UINT64_MAX */
  uint64_t lines_before; /* lines of the chunk that an earlier run has dealt with */
  uint8_t before[DIGEST_BYTES], prefix[DIGEST_BYTES]; /* of the inflated input up to the beginning
                                                         of the chunk, and up to its end */
  size_t nranges, ranges_cap;
  struct range *ranges;
  bool scanning;        /* a worker scans it, or has done so */
  bool ready;           /* compressed, or not to be before it is its turn to be written */
  struct buffer packed; /* the compressed ranges; or what a crew's own scan has made of the lines */
  uint32_t crc;         /* of what is in there ... */
  uint64_t plain;       /* ... and its length */
};

#endif
