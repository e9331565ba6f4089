/* Chunks: whole lines, cut from a source, in buffers that the scanner may read beyond.
 *
 * A chunk reserves address space for the longest line and touches only what it needs, so that a
 * line may grow in place; chunk_trim() gives the memory back. The reader puts what the source
 * delivers straight into the chunk; only an unfinished last line is copied, to the next chunk.
 *
 * No line in a CHUNK_LINES chunk is longer than max_line: a longer one comes in CHUNK_OVERLONG
 * pieces. Lines are numbered by the scanning thread, which counts them; the reader does not look
 * for that.
 */
#ifndef RECORD_CHUNK_H
#define RECORD_CHUNK_H

#include "base/day.h"
#include "io/source.h"

#define CHUNK_PAD   256 /* readable bytes after data[len - 1], of any content */
#define CHUNK_FRONT 64  /* readable bytes before data[0], all zero */

#define CHUNK_MARK_BYTES 3u /* of a UTF-8 byte order mark */

enum chunk_kind {
  CHUNK_LINES,   /* whole lines */
  CHUNK_OVERLONG /* a piece of one line that is longer than max_line: no line structure */
};

struct chunk {
  uint8_t *data; /* page-aligned */
  size_t len; /* bytes in use; CHUNK_LINES and the last CHUNK_OVERLONG piece: the last is a '\n' */
  enum chunk_kind kind;
  bool supplied; /* the last '\n' was not in the input, which ended without one; it leaves with its
                    line */
  bool line_begins; /* CHUNK_OVERLONG: its first piece, of max_line + 1 bytes */
  bool line_ends;   /* CHUNK_OVERLONG: its last piece; just the supplied '\n' if need be */
  bool mark;       /* the input begins here with a UTF-8 byte order mark (EF BB BF), kept in data */
  uint64_t offset; /* of data[0] in the (inflated) stream */
  const struct framing
      *framing;       /* of its records (record/framing.h); NULL: the frame is the text */
  bool has_given_day; /* every ping of the chunk is of given_day, whatever it says */
  day_t given_day;
  size_t reserved; /* bytes of address space for data */
  size_t touched;  /* high-water mark since the last trim */
};

/* Reserves room for a line of max_line bytes and its '\n', or `normal` bytes if that is more. */
int chunk_init(struct chunk *chunk, size_t normal, size_t max_line, struct ps_error *err);
void chunk_release(struct chunk *chunk); /* a chunk of all zeros is fine */

/* Gives memory beyond `keep` bytes back to the system. Data there is lost. */
void chunk_trim(struct chunk *chunk, size_t keep);

/* Bytes of the stream in the chunk: a '\n' that was supplied is none. */
static inline size_t chunk_taken(const struct chunk *chunk) {
  return chunk->len - (chunk->supplied ? 1 : 0);
}

struct reader; /* cuts one source into chunks; one thread */

/* normal: bytes of a usual chunk (256 KiB to 1 MiB); max_line: bytes of the longest line, its '\n'
 * not counted; chunks are never larger than max_line + 1, so a small one makes small chunks.
 * may_grow, called before a chunk grows past `normal` bytes, lets the caller wait until no other
 * chunk is big, which bounds memory; NULL: always. It returns PS_OK or an error that reader_fill()
 * passes on. full: waits until a chunk is full, so that the borders of chunks depend on the content
 * alone, whatever the pieces it arrives in. */
struct reader_options {
  size_t normal, max_line; /* both > 0, and those of the chunks */
  bool full;
  const struct framing *framing; /* given to the chunks */
  int (*may_grow)(void *context, struct ps_error *err);
  void *context;
};
int reader_open(struct source *source, const struct reader_options *options, struct reader **reader,
                struct ps_error *err);    /* source is borrowed */
void reader_close(struct reader *reader); /* NULL is fine */

/* Fills chunk with at least one whole line, or one piece of an over-long one, as soon as there is
 * one: it waits for more only while it has none, so that a line on an idle stream is delivered at
 * once; on a busy stream it gathers about `normal` bytes. *more = false: the input has ended (the
 * chunk may still hold lines, or be empty); so it is after errors, which later calls repeat with an
 * empty chunk.
 *
 * With PS_E_INPUT_DAMAGED the chunk holds the lines read until then, an unfinished last one
 * included (`supplied`). With PS_E_INPUT, PS_E_STOPPED and others it holds the whole lines read
 * until then, or nothing when `full`: an unfinished line is dropped, it was never taken; of an
 * over-long one, the pieces delivered before stay without a last one. */
int reader_fill(struct reader *reader, struct chunk *chunk, bool *more, struct ps_error *err);

#endif
