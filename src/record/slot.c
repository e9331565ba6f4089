#include "record/slot.h"

#include "base/error.h"

#include <stdlib.h>

#define PROJECTED_KEEP (1u << 20) /* of the memory for projected pings, from chunk to chunk */

int slot_init(struct slot *slot, size_t chunk_bytes, size_t max_line, struct ps_error *err) {
  *slot = (struct slot){0};
  slot->pings = malloc(SLOT_PINGS * sizeof *slot->pings);
  if (!slot->pings) return error_memory(err, SLOT_PINGS * sizeof *slot->pings);
  int r = chunk_init(&slot->chunk, chunk_bytes, max_line, err);
  if (r) {
    free(slot->pings);
    slot->pings = NULL;
  }
  return r;
}

void slot_release(struct slot *slot) {
  if (!slot->pings) return;
  chunk_release(&slot->chunk);
  free(slot->pings);
  free(slot->projected_len);
  buffer_release(&slot->projected);
  slot->pings = NULL;
  slot->projected_len = NULL;
}

void slot_clear(struct slot *slot) {
  slot->npings = slot->taken = slot->end = 0;
  slot->cursor = (struct slot_cursor){0};
  slot->lines = 0;
  slot->last = slot->scanned = false;
  slot->input = NULL;
  slot->status = slot->scan_status = PS_OK;
  buffer_clear(&slot->projected);
  if (slot->projected.cap > PROJECTED_KEEP) buffer_release(&slot->projected);
}

static void projecting_begin(struct slot *slot) {
  if (slot->projected_len || slot->scan_status) return;
  slot->projected_len = malloc(SLOT_PINGS * sizeof *slot->projected_len);
  if (!slot->projected_len)
    slot->scan_status = error_memory(&slot->scan_error, SLOT_PINGS * sizeof *slot->projected_len);
}

/* Projects ping n of the piece, if it can leave at all. The part of a frame in front of its text
 * stays in front of what the text becomes. */
static void project(struct slot *slot, size_t n, const struct slot_scanner *scanner,
                    const struct record *record, struct scan_result *scratch) {
  const struct ping_line *line = &record->text;
  const struct ping *ping = &slot->pings[n];
  size_t before = slot->projected.len;
  if (slot->scan_status) return;
  slot->projected_len[n] = 0;
  if ((ping->state != PING_KEYED && ping->state != PING_WITHOUT_ID) || ping->not_selected) return;
  slot->scan_status = buffer_append(&slot->projected, line->at + line->skip - record->front_len,
                                    record->front_len, &slot->scan_error);
  if (!slot->scan_status)
    slot->scan_status =
        projection_append(scanner->projection, scanner->scan, line->at, line->avail, line->skip,
                          ping->has_day, ping->day, scratch, &slot->projected, &slot->scan_error);
  size_t len = slot->projected.len - before;
  if (!slot->scan_status && len > UINT32_MAX)
    slot->scan_status = error_set(&slot->scan_error, PS_E_ARGUMENT,
                                  "the selected paths, many of them inside one another, make more "
                                  "than 4 GiB of one ping: select fewer");
  slot->projected_len[n] = (uint32_t)len;
}

void slot_scan(struct slot *slot, const struct slot_scanner *scanner, struct scan_result *scratch) {
  const struct chunk *chunk = &slot->chunk;
  struct record record = {0};
  size_t at = slot->end, n = 0;
  slot->taken = 0;
  slot->cursor = (struct slot_cursor){.at = at, .projected = slot->projected.len};
  if (chunk->kind == CHUNK_OVERLONG) {
    slot->end = chunk->len;
    slot->npings = 0;
    return;
  }
  size_t room = SLOT_PINGS - (size_t)(slot->lines % SLOT_PINGS);
  if (scanner->projection) projecting_begin(slot);
  while (record_next(chunk, &at, &record) && n < room) {
    record_scan(&record, scanner->schema, scanner->scan, scanner->secret, scratch, &slot->pings[n]);
    if (scanner->projection) project(slot, n, scanner, &record, scratch);
    n++;
  }
  slot->end = at;
  slot->npings = n;
  slot->lines += n;
}
