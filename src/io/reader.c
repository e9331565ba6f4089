#include "base/arith.h"
#include "base/error.h"
#include "io/chunk.h"

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
static int gather(struct reader *r, struct chunk *chunk, size_t end, bool wait, bool *idle,
                  struct ps_error *err) {
  size_t got;
  *idle = false;
  uint8_t *at = chunk->data + chunk->len;
  int s = wait ? source_read(r->source, at, end - chunk->len, &got, err)
               : source_try(r->source, at, end - chunk->len, &got, idle, err);
  if (s) return s;
  if (!got && !*idle) r->ended = true;
  chunk->len += got;
  touch(chunk);
  return PS_OK;
}

/* Takes over the bytes left by the chunk before. */
static void begin(struct reader *r, struct chunk *chunk) {
  memcpy(chunk->data, r->carry, r->carry_len);
  chunk->len = r->carry_len;
  r->carry_len = 0;
  chunk->kind = CHUNK_LINES;
  chunk->supplied = chunk->line_begins = chunk->line_ends = chunk->mark = false;
  chunk->offset = r->offset;
  touch(chunk);
}

/* Cuts the chunk at `len`; the bytes behind begin the next one. */
static void cut(struct reader *r, struct chunk *chunk, size_t len) {
  r->carry_len = chunk->len - len;
  memcpy(r->carry, chunk->data + len, r->carry_len);
  chunk->len = len;
}

/* A line that no '\n' will end gets one. */
static void supply(struct chunk *chunk) {
  chunk->data[chunk->len++] = '\n';
  chunk->supplied = true;
  touch(chunk);
}

/* Fills the chunk with lines. *whole: bytes of whole lines in it. */
static int fill_lines(struct reader *r, struct chunk *chunk, size_t *whole, struct ps_error *err) {
  size_t searched = 0, end = r->normal;
  *whole = 0;
  for (;;) {
    const uint8_t *last = memrchr(chunk->data + searched, '\n', chunk->len - searched);
    if (last) *whole = (size_t)(last - chunk->data) + 1;
    searched = chunk->len;
    if (chunk->len >= end) {
      if (*whole || chunk->len >= r->limit) return PS_OK;
      if (end == r->normal && r->options.may_grow) {
        int s = r->options.may_grow(r->options.context, err);
        if (s) return s;
      }
      end = r->limit - end > r->normal ? end + r->normal : r->limit;
    }
    bool idle;
    int s = gather(r, chunk, end, r->options.full || *whole == 0, &idle, err);
    if (s || idle || r->ended) return s;
  }
}

/* Fills the chunk with the next piece of an over-long line. */
static int fill_piece(struct reader *r, struct chunk *chunk, struct ps_error *err) {
  size_t searched = 0;
  chunk->kind = CHUNK_OVERLONG;
  for (;;) {
    const uint8_t *newline = memchr(chunk->data + searched, '\n', chunk->len - searched);
    if (newline) {
      cut(r, chunk, (size_t)(newline - chunk->data) + 1);
      chunk->line_ends = true;
      return PS_OK;
    }
    searched = chunk->len;
    if (chunk->len >= r->normal) return PS_OK;
    bool idle;
    int s = gather(r, chunk, r->normal, r->options.full || chunk->len == 0, &idle, err);
    if (s || idle || r->ended) return s;
  }
}

/* The input ended, or is damaged, within an over-long line. */
static void finish_piece(struct chunk *chunk) {
  if (chunk->line_ends) return;
  supply(chunk);
  chunk->line_ends = true;
}

/* Lines in the chunk are whole, or the input is at its end, or one line is too long. */
static void finish_lines(struct reader *r, struct chunk *chunk, size_t whole, bool end) {
  if (!whole && chunk->len >= r->limit) {
    chunk->kind = CHUNK_OVERLONG;
    chunk->line_begins = true;
  } else if (!end) {
    cut(r, chunk, whole);
  } else if (chunk->len > whole) {
    supply(chunk);
  }
}

static bool has_mark(const struct chunk *chunk) {
  return chunk->offset == 0 && chunk->len >= 3 && !memcmp(chunk->data, "\xef\xbb\xbf", 3);
}

int reader_fill(struct reader *reader, struct chunk *chunk, bool *more, struct ps_error *err) {
  struct reader *r = reader;
  begin(r, chunk);
  *more = false;
  if (r->failed.status) {
    if (err) *err = r->failed;
    return r->failed.status;
  }
  if (r->ended && !chunk->len && !r->overlong) return PS_OK;
  size_t whole = 0;
  int s = r->overlong ? fill_piece(r, chunk, &r->failed) : fill_lines(r, chunk, &whole, &r->failed);
  /* A line that the system did not read to its end is not taken: it is there the next time. */
  bool readable = !s || s == PS_E_INPUT_DAMAGED;
  if (!readable) chunk->len = r->options.full ? 0 : whole;
  else if (r->overlong) {
    if (s || r->ended) finish_piece(chunk);
  } else finish_lines(r, chunk, whole, s || r->ended);
  r->overlong = chunk->kind == CHUNK_OVERLONG && !chunk->line_ends;
  r->offset += chunk->len - (chunk->supplied ? 1 : 0);
  chunk->mark = has_mark(chunk);
  *more = !s && !r->ended;
  if (s && err) *err = r->failed;
  return s;
}
