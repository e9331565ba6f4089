#include "base/arith.h"
#include "base/error.h"
#include "record/chunk.h"

#include <stdlib.h>
#include <string.h>

struct reader {
  struct source *source;
  struct reader_options options;
  size_t normal; /* gathered at most, never over the longest line with its '\n' */
  size_t limit;  /* bytes of the longest line with its '\n' */
  uint64_t offset;
  bool overlong; /* the next byte continues an over-long line */
  bool ended;
  struct ps_error failed;
  size_t carry_len;
  uint8_t carry[]; /* bytes read behind the last chunk, at most `normal` */
};

int reader_open(struct source *source, const struct reader_options *options, struct reader **reader,
                struct ps_error *err) {
  size_t limit;
  if (!options->normal || !options->max_line || !size_add(options->max_line, 1, &limit))
    return error_set(err, PS_E_ARGUMENT, "a reader needs chunks and lines of some length");
  size_t normal = options->normal < limit ? options->normal : limit, bytes;
  if (!size_add(sizeof(struct reader), normal, &bytes)) return error_memory(err, normal);
  struct reader *r = malloc(bytes);
  if (!r) return error_memory(err, bytes);
  *r = (struct reader){.source = source, .options = *options, .normal = normal, .limit = limit};
  *reader = r;
  return PS_OK;
}

void reader_close(struct reader *reader) { free(reader); }

static void touch(struct chunk *chunk) {
  if (chunk->len > chunk->touched) chunk->touched = chunk->len;
}

/* One read behind what the chunk has, up to `end` bytes in it. *idle: nothing was there and `wait`
 * is false; *ended: nothing will be. */
static int gather(struct reader *reader, struct chunk *chunk, size_t end, bool wait, bool *idle,
                  struct ps_error *err) {
  size_t got;
  *idle = false;
  uint8_t *at = chunk->data + chunk->len;
  int r = wait ? source_read(reader->source, at, end - chunk->len, &got, err)
               : source_try(reader->source, at, end - chunk->len, &got, idle, err);
  if (r) return r;
  if (!got && !*idle) reader->ended = true;
  chunk->len += got;
  touch(chunk);
  return PS_OK;
}

/* Takes over the bytes left by the chunk before. */
static void begin(struct reader *reader, struct chunk *chunk) {
  memcpy(chunk->data, reader->carry, reader->carry_len);
  chunk->len = reader->carry_len;
  reader->carry_len = 0;
  chunk->kind = CHUNK_LINES;
  chunk->supplied = chunk->line_begins = chunk->line_ends = chunk->mark = false;
  chunk->offset = reader->offset;
  chunk->framing = reader->options.framing;
  touch(chunk);
}

/* Cuts the chunk at `len`; the bytes behind begin the next one. */
static void cut(struct reader *reader, struct chunk *chunk, size_t len) {
  reader->carry_len = chunk->len - len;
  memcpy(reader->carry, chunk->data + len, reader->carry_len);
  chunk->len = len;
}

/* A line that no '\n' will end gets one. */
static void supply(struct chunk *chunk) {
  chunk->data[chunk->len++] = '\n';
  chunk->supplied = true;
  touch(chunk);
}

/* Fills the chunk with lines. *whole: bytes of whole lines in it. */
static int fill_lines(struct reader *reader, struct chunk *chunk, size_t *whole,
                      struct ps_error *err) {
  size_t searched = 0, end = reader->normal;
  *whole = 0;
  for (;;) {
    const uint8_t *last = memrchr(chunk->data + searched, '\n', chunk->len - searched);
    if (last) *whole = (size_t)(last - chunk->data) + 1;
    searched = chunk->len;
    if (chunk->len >= end) {
      if (*whole || chunk->len >= reader->limit) return PS_OK;
      if (end == reader->normal && reader->options.may_grow) {
        int r = reader->options.may_grow(reader->options.context, err);
        if (r) return r;
      }
      end = reader->limit - end > reader->normal ? end + reader->normal : reader->limit;
    }
    bool idle;
    int r = gather(reader, chunk, end, reader->options.full || *whole == 0, &idle, err);
    if (r || idle || reader->ended) return r;
  }
}

/* Fills the chunk with the next piece of an over-long line. */
static int fill_piece(struct reader *reader, struct chunk *chunk, struct ps_error *err) {
  size_t searched = 0;
  chunk->kind = CHUNK_OVERLONG;
  for (;;) {
    const uint8_t *newline = memchr(chunk->data + searched, '\n', chunk->len - searched);
    if (newline) {
      cut(reader, chunk, (size_t)(newline - chunk->data) + 1);
      chunk->line_ends = true;
      return PS_OK;
    }
    searched = chunk->len;
    if (chunk->len >= reader->normal) return PS_OK;
    bool idle;
    int r =
        gather(reader, chunk, reader->normal, reader->options.full || chunk->len == 0, &idle, err);
    if (r || idle || reader->ended) return r;
  }
}

/* The input ended, or is damaged, within an over-long line. */
static void finish_piece(struct chunk *chunk) {
  if (chunk->line_ends) return;
  supply(chunk);
  chunk->line_ends = true;
}

/* Lines in the chunk are whole, or the input is at its end, or one line is too long. */
static void finish_lines(struct reader *reader, struct chunk *chunk, size_t whole, bool end) {
  if (!whole && chunk->len >= reader->limit) {
    chunk->kind = CHUNK_OVERLONG;
    chunk->line_begins = true;
  } else if (!end) {
    cut(reader, chunk, whole);
  } else if (chunk->len > whole) {
    supply(chunk);
  }
}

static bool has_mark(const struct chunk *chunk) {
  return chunk->offset == 0 && chunk->len >= CHUNK_MARK_BYTES &&
         !memcmp(chunk->data, "\xef\xbb\xbf", CHUNK_MARK_BYTES);
}

int reader_fill(struct reader *reader, struct chunk *chunk, bool *more, struct ps_error *err) {
  begin(reader, chunk);
  *more = false;
  if (reader->failed.status) {
    if (err) *err = reader->failed;
    return reader->failed.status;
  }
  if (reader->ended && !chunk->len && !reader->overlong) return PS_OK;
  size_t whole = 0;
  int r = reader->overlong ? fill_piece(reader, chunk, &reader->failed)
                           : fill_lines(reader, chunk, &whole, &reader->failed);
  /* A line that the system did not read to its end is not taken: it is there the next time. */
  bool readable = !r || r == PS_E_INPUT_DAMAGED;
  if (!readable) chunk->len = reader->options.full ? 0 : whole;
  else if (reader->overlong) {
    if (r || reader->ended) finish_piece(chunk);
  } else finish_lines(reader, chunk, whole, r || reader->ended);
  reader->overlong = chunk->kind == CHUNK_OVERLONG && !chunk->line_ends;
  reader->offset += chunk_taken(chunk);
  chunk->mark = has_mark(chunk);
  *more = !r && !reader->ended;
  if (r && err) *err = reader->failed;
  return r;
}
