#include "inputs/peek.h"

#include "base/error.h"
#include "inputs/reading.h"
#include "record/record.h"
#include <stdlib.h>

/* A ping that is longer than the chunk is not looked at: it comes in pieces. */
#define CHUNK_BYTES ((size_t)1 << 18)

struct peek {
  struct ping_schema *schema;
  struct reading reading;
  struct chunk chunk;
  struct scan_result scratch;
  uint8_t secret[PS_SECRET_BYTES]; /* zero: keys are of no interest */
};

int peek_create(const struct ps_read_options *read, struct peek **peek, struct ps_error *err) {
  struct peek *p = calloc(1, sizeof *p);
  *peek = NULL;
  if (!p) return error_memory(err, sizeof *p);
  int r = reading_take(read, &p->reading, err);
  if (!r) {
    struct ping_schema_options schema =
        reading_schema(&p->reading, 1u << PS_FIELD_ID | 1u << PS_FIELD_DATE, NULL);
    schema.selection = NULL;
    r = ping_schema_create(&schema, &p->schema, err);
  }
  if (!r) r = chunk_init(&p->chunk, CHUNK_BYTES, CHUNK_BYTES, err);
  if (!r) *peek = p;
  else peek_free(p);
  return r;
}

void peek_free(struct peek *peek) {
  if (!peek) return;
  chunk_release(&peek->chunk);
  ping_schema_free(peek->schema);
  free(peek);
}

static bool day_in_chunk(struct peek *peek, day_t *day) {
  const struct chunk *chunk = &peek->chunk;
  if (chunk->kind != CHUNK_LINES) return false;
  struct record record = {0};
  size_t at = 0;
  while (record_next(chunk, &at, &record)) {
    struct ping ping;
    record_scan(&record, peek->schema, peek->reading.kernel->scan, peek->secret, &peek->scratch,
                &ping);
    if (ping.has_day && ping.state != PING_MALFORMED) {
      *day = ping.day;
      return true;
    }
  }
  return false;
}

int peek_empty(const char *path, int stop_fd, bool *empty, struct ps_error *err) {
  struct source *source = NULL;
  struct ps_error error;
  char first;
  size_t got = 1;
  int r = source_open_file(path, stop_fd, &source, &error);
  if (!r) r = source_read(source, &first, 1, &got, &error);
  source_close(source);
  *empty = !r && !got;
  if (!r || r == PS_E_INPUT_DAMAGED || (r == PS_E_INPUT && !error_is_passing(&error))) return PS_OK;
  if (err) *err = error;
  return r;
}

int peek_day(struct peek *peek, const char *path, int stop_fd, bool *found, day_t *day,
             struct ps_error *err) {
  const struct reader_options options = {
      .normal = CHUNK_BYTES, .max_line = CHUNK_BYTES, .framing = peek->reading.framing};
  struct source *source = NULL;
  struct reader *reader = NULL;
  struct ps_error error;
  bool more = true;
  size_t seen = 0;
  *found = false;
  int r = source_open_file(path, stop_fd, &source, &error);
  if (!r) r = reader_open(source, &options, &reader, &error);
  while (!r && more && !*found && seen < PEEK_BYTES) {
    r = reader_fill(reader, &peek->chunk, &more, &error);
    *found = day_in_chunk(peek, day);
    seen += peek->chunk.len;
  }
  reader_close(reader);
  source_close(source);
  /* An error does not matter yet: it is told when the file is worked on. But where the system did
   * not read, the day is not known, and the days order the files. */
  const bool passes = r == PS_E_INPUT && error_is_passing(&error);
  if (*found || r == PS_E_INPUT_DAMAGED || (r == PS_E_INPUT && !passes)) return PS_OK;
  if (r && err) *err = error;
  return r;
}
