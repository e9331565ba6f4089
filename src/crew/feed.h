/* A feed: one input on its way into blocks, from its beginning.
 *
 * Chunks are cut by content alone (reader_options.full), so that every run, whatever its threads
 * and interruptions, cuts the same ones.
 *
 * A stage that fills blocks calls feed_fill(), or, when it looks at each chunk, feed_open() once,
 * feed_read() until a chunk is to be used, and feed_settle().
 *
 * Memory: a reader's carry and what inflating needs, from the opening to the last block. One thread
 * at a time.
 */
#ifndef CREW_FEED_H
#define CREW_FEED_H

#include "crew/block.h"
#include "inputs/inputs.h"

#include <sys/stat.h>

struct feed_options {
  size_t chunk_bytes, max_line;
  const struct framing *framing;
  bool digest; /* of the file, as it lies there */
  int stop_fd; /* ends the waiting for a pipe */
  /* Before a block grows beyond chunk_bytes (chunk.h); crew_may_grow(), or NULL: it may. */
  int (*may_grow)(void *lane, struct ps_error *err);
};

struct feed { /* one of all zeros is fine to release */
  const struct input *input;
  char *absolute;                /* its absolute path; NULL when it could not be told */
  struct ps_error unseen;        /* looking failed, for a reason that may pass; else PS_OK */
  bool piped;                    /* no regular file: reading may wait for ever */
  bool gzip, begun;              /* after the first block */
  struct stat opened;            /* as it was then */
  uint8_t digest[SOURCE_DIGEST]; /* when the last block has been read */
  int fd;
  struct source *source;
  struct reader *reader;
};

/* Looks at the file without opening it: `piped`, `absolute`. feed_open() tells of failures. */
void feed_look(struct feed *feed, const struct input *input);
/* Fills a cleared block, whatever happens: block->end and slot.error tell. Opens the file at the
 * first call, closes it with the last block. `lane` is may_grow's. */
void feed_fill(struct feed *feed, const struct feed_options *options, void *lane,
               struct block *block);
void feed_release(struct feed *feed);

/* The steps of feed_fill(). A result is what the block's slot.status is to be. */
bool feed_is_open(const struct feed *feed);
int feed_open(struct feed *feed, const struct feed_options *options, void *lane,
              struct ps_error *err);
/* Reads the next chunk into the block. False: the input has ended. */
bool feed_read(struct feed *feed, struct block *block);
/* The block is used as it was read, or is the last one, for its status or as nothing more follows:
 * sets block->end, and closes the file after the last one. */
void feed_settle(struct feed *feed, const struct feed_options *options, struct block *block,
                 bool more);
/* In place of feed_settle(): the block is the input's last and empty, for slot.error. */
void feed_refuse(struct feed *feed, struct block *block, enum block_end end);

#endif
