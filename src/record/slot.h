/* A slot: one chunk on its way through the pipeline, with what the scanner found in it.
 *
 * The records are bounded: a chunk of very short lines is scanned in pieces, the first by a scan
 * worker, the others by the committer as it gets there, so that memory does not depend on what the
 * lines look like.
 */
#ifndef RECORD_SLOT_H
#define RECORD_SLOT_H

#include "base/buffer.h"
#include "record/record.h"
#include "scan/projection.h"

#define SLOT_PINGS 4096u

/* Where a record and its projection begin. */
struct slot_cursor {
  size_t at, projected;
};

struct slot {
  struct chunk chunk;
  struct ping *pings; /* SLOT_PINGS records ... */
  size_t npings;      /* ... of which these are filled: the piece of the chunk before `end` */
  size_t end;
  size_t taken;              /* of the records: so many were dealt with ... */
  struct slot_cursor cursor; /* ... and the next one begins here */
  uint64_t lines;            /* of the chunk before `end`: pieces end at multiples of SLOT_PINGS */
  /* With a projection: what the piece's selected lines become, one after another, is
   * at the end of projected; pings[i] becomes the next projected_len[i]
   * bytes. The buffer holds all pieces of the chunk, unless its owner clears it between them. */
  struct buffer projected;
  uint32_t *projected_len; /* SLOT_PINGS; NULL without a projection. 0: has none */
  int scan_status;         /* of projecting; the batch passes it on */
  struct ps_error scan_error;
  const char
      *input;   /* of several: the name of the one that begins with the chunk; NULL: none does */
  bool last;    /* nothing follows */
  bool scanned; /* the first piece is */
  bool big;     /* grown beyond a usual chunk; at most one slot at a time is */
  int status;   /* of reading it: its bytes are good even when this is an error */
  struct ps_error error;
};

/* The tools of scanning; the threads share them, except the scratch memory: each has its own. */
struct slot_scanner {
  const struct ping_schema *schema;
  scan_function *scan;
  const uint8_t *secret;
  const struct projection *projection; /* NULL: lines leave as they are */
};

int slot_init(struct slot *slot, size_t chunk_bytes, size_t max_line, struct ps_error *err);
void slot_release(struct slot *slot);
void slot_clear(
    struct slot *slot); /* ready for the next chunk; the chunk itself is filled by the reader */

/* Scans the piece after slot->end: at most SLOT_PINGS lines. */
void slot_scan(struct slot *slot, const struct slot_scanner *scanner, struct scan_result *scratch);
/* A record of a piece as it came and as it leaves, if it does. */
struct slot_record {
  uint8_t *bytes, *out;
  size_t len;        /* of the input: a newline that was supplied is not counted */
  size_t whole_len;  /* as it is written elsewhere, with its newline */
  size_t out_len;    /* 0: nothing leaves */
  uint64_t position; /* in the (inflated) stream */
};
/* Record i of the piece, which begins at the cursor, that moves behind it. */
static inline struct slot_record slot_record(const struct slot *slot, size_t i,
                                             struct slot_cursor *cursor) {
  const struct chunk *chunk = &slot->chunk;
  struct slot_record record = {.bytes = chunk->data + cursor->at,
                               .len = record_len(&slot->pings[i]),
                               .position = chunk->offset + cursor->at};
  cursor->at += record.len;
  record.whole_len = record.len;
  if (chunk->supplied && cursor->at == chunk->len) record.len--;
  record.out = record.bytes;
  record.out_len = record.whole_len;
  if (slot->projected_len) {
    record.out_len = slot->projected_len[i];
    record.out = record.out_len ? slot->projected.data + cursor->projected : NULL;
    cursor->projected += record.out_len;
  }
  return record;
}

static inline bool slot_finished(const struct slot *slot) { return slot->end == slot->chunk.len; }

#endif
