/* Records: the pings of a chunk one after another, whatever the framing. The loop of all who look
 * at pings:
 *
 *   struct record record = {0};
 *   while (record_next(chunk, &at, &record)) {
 *     record_scan(&record, schema, scan, secret, scratch, &ping);
 *     ...
 *   }
 *
 * Of a stream of lines the scanner finds the ends (no second pass): where the next record begins is
 * known once the one before was scanned. All offsets in a ping count from its frame.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/chunk.h"
#include "record/framing.h"
#include "scan/ping.h"

struct record {
  const uint8_t *frame;
  size_t frame_len;      /* with its '\n'; once it was scanned */
  struct ping_line text; /* as the scanner takes it, with the day that is given */
  size_t front_len;      /* of the frame in front of its text; a byte order mark is not counted */
  uint64_t position;     /* of the frame in the (inflated) stream */
  enum scan_code code;   /* SCAN_OK, or why the frame has no text */
};

/* The bytes that a scanned ping has in its chunk: a line and its newline. */
static inline size_t record_len(const struct ping *ping) { return (size_t)ping->len + 1; }

/* The part of record_next() for framings whose text is not the frame. */
void record_find_text(const struct framing *framing, struct record *record);

/* Moves *at behind the record, if it was scanned (frame_len 0: there is none yet), and finds the
 * next one there. False: the chunk, which is one of CHUNK_LINES, has no more. */
static inline bool record_next(const struct chunk *chunk, size_t *at, struct record *record) {
  *at += record->frame_len;
  if (*at >= chunk->len) return false;
  const uint8_t *frame = chunk->data + *at;
  *record = (struct record){.frame = frame,
                            .text = {.at = frame,
                                     .avail = chunk->len - *at,
                                     .skip = chunk->mark && !*at ? CHUNK_MARK_BYTES : 0,
                                     .has_given_day = chunk->has_given_day,
                                     .given_day = chunk->given_day},
                            .position = chunk->offset + *at};
  if (chunk->framing && chunk->framing->text) record_find_text(chunk->framing, record);
  return true;
}

/* The part of record_scan() for frames without a text. */
void record_refuse(const struct record *record, struct ping *ping);

/* ping_scan() of the record's text; the record's end is known then. */
static inline void record_scan(struct record *record, const struct ping_schema *schema,
                               scan_function *scan, const uint8_t secret[PS_SECRET_BYTES],
                               struct scan_result *scratch, struct ping *ping) {
  if (record->code) record_refuse(record, ping);
  else ping_scan(schema, scan, secret, &record->text, scratch, ping);
  record->frame_len = record_len(ping);
}

/* Where the record after the first n ones of the chunk begins, found without a scan. False: the
 * chunk has not so many. */
bool record_pass(const struct chunk *chunk, uint64_t n, size_t *at);

#endif
