/* Chunks: whole lines, cut from a source, in buffers that the scanner may read beyond.
 *
 * A chunk reserves address space for the longest line and touches only what it needs, so that a
 * line may grow in place; chunk_trim() gives the memory back. An unfinished last line is carried
 * over to the next chunk by the reader.
 */
#ifndef IO_CHUNK_H
#define IO_CHUNK_H

#include "io/source.h"

#define CHUNK_PAD 256 /* readable bytes after the last line, as the scanner wants them */

enum chunk_kind {
  CHUNK_LINES,   /* whole lines */
  CHUNK_OVERLONG /* a piece of one line that is longer than max_line: no line structure */
};

struct chunk {
  uint8_t *data;
  size_t len; /* bytes in use; CHUNK_LINES: the last one is a '\n' */
  enum chunk_kind kind;
  bool supplied; /* CHUNK_LINES: the last '\n' was not in the input (the input ended without one) */
  bool line_begins; /* CHUNK_OVERLONG: its first piece */
  bool line_ends;   /* CHUNK_OVERLONG: its last piece */
  bool mark; /* the input begins here with a UTF-8 byte order mark (EF BB BF), which is kept in data
              */
  uint64_t offset; /* of data[0] in the (inflated) stream */
  uint64_t line;   /* number of the first line in it, from 1 */
  size_t reserved; /* bytes of address space */
  size_t touched;  /* high-water mark since the last trim */
};

/* normal: bytes of a usual chunk (256 KiB to 1 MiB); max_line: bytes of the longest line, its '\n'
 * not counted. */
int chunk_init(struct chunk *chunk, size_t normal, size_t max_line, struct ps_error *err);
void chunk_release(struct chunk *chunk);
void chunk_trim(struct chunk *chunk,
                size_t keep); /* gives memory beyond `keep` bytes back to the system */

struct reader; /* cuts one source into chunks; one thread */

/* may_grow, called before a chunk grows past `normal` bytes, lets the caller wait until no other
 * chunk is big, which bounds memory; NULL: always. It returns PS_OK or an error that reader_fill()
 * passes on. */
struct reader_options {
  size_t normal, max_line;
  int (*may_grow)(void *context, struct ps_error *err);
  void *context;
};
int reader_open(struct source *source, const struct reader_options *options, struct reader **reader,
                struct ps_error *err); /* source is borrowed */
void reader_close(struct reader *reader);

/* Fills chunk with at least one whole line, or one piece of an over-long one, as soon as there is
 * one: it waits for more only while it has none, so that a line on an idle stream is delivered at
 * once; on a busy stream it gathers about `normal` bytes. *more = false: the input has ended (the
 * chunk may still hold lines, or be empty). After PS_E_INPUT, PS_E_INPUT_DAMAGED or PS_E_STOPPED
 * the chunk holds the whole lines read until then, and an unfinished last line with `supplied` set
 * for the first two; for PS_E_STOPPED the unfinished line is dropped: it was never taken. */
int reader_fill(struct reader *reader, struct chunk *chunk, bool *more, struct ps_error *err);

#endif
