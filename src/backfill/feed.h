/* A feed: one input on its way into blocks, from its beginning, with what tells whether it is the
 * same as before.
 *
 * Chunks are cut by content alone (reader_options.full), so that every run, whatever its threads
 * and interruptions, cuts the same ones. An interrupted input is read again from its beginning; the
 * part that was done before is digested and compared with the record, not scanned.
 *
 * Memory: a reader's carry and what inflating needs, from the first feed_fill() to the last. One
 * thread at a time.
 */
#ifndef BACKFILL_FEED_H
#define BACKFILL_FEED_H

#include "backfill/block.h"
#include "backfill/plan.h"

struct feed_options {
  size_t chunk_bytes, max_line;
  bool digest; /* of the file, for its record */
  bool prefix; /* block->prefix is wanted; needed to resume */
  int stop_fd; /* ends the waiting for a pipe */
  int (*may_grow)(void *context, struct ps_error *err);
};

struct feed {
  const struct input *input;
  bool compare;                    /* the prefix must match, whatever was judged */
  const struct checkpoint *resume; /* where to go on; NULL: at the beginning, or there already */
  char *absolute;                  /* path for the record; NULL when it could not be told */
  struct ps_error unseen;          /* looking failed, for a reason that may pass; else PS_OK */
  bool piped;                      /* no regular file: reading may wait for ever */
  bool gzip, begun;                /* after the first block */
  struct identity identity;        /* as it was opened, without the digest ... */
  uint8_t digest[SOURCE_DIGEST];   /* ... which is here when the last block has been read */
  int fd;
  struct source *source;
  struct reader *reader;
  struct digest *prefix;
};

/* Looks at the file without opening it: `piped`, `absolute`. feed_fill() tells of failures. */
void feed_look(struct feed *feed, const struct input *input, const struct checkpoint *resume,
               bool compare);
/* Fills a cleared block, whatever happens: block->end and slot.error tell. Opens the file at the
 * first call, closes it with the last block. `context` is may_grow's. */
void feed_fill(struct feed *feed, const struct feed_options *options, void *context,
               struct block *block);
void feed_release(struct feed *feed);

#endif
