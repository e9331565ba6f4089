#include "sieve/slot.h"

#include "base/error.h"

#include <stdlib.h>

#define MARK_BYTES 3 /* a UTF-8 byte order mark */

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
  slot->pings = NULL;
}

void slot_clear(struct slot *slot) {
  slot->npings = slot->begin = slot->end = 0;
  slot->last = slot->scanned = false;
  slot->status = PS_OK;
}

void slot_scan(struct slot *slot, const struct slot_scanner *scanner, struct scan_result *scratch) {
  const struct chunk *chunk = &slot->chunk;
  size_t at = slot->begin = slot->end, n = 0;
  if (chunk->kind == CHUNK_OVERLONG) {
    slot->end = chunk->len;
    slot->npings = 0;
    return;
  }
  while (at < chunk->len && n < SLOT_PINGS) {
    struct ping *ping = &slot->pings[n++];
    const struct ping_line line = {.at = chunk->data + at,
                                   .avail = chunk->len - at,
                                   .skip = chunk->mark && at == 0 ? MARK_BYTES : 0,
                                   .has_given_day = slot->has_given_day,
                                   .given_day = slot->given_day};
    ping_scan(scanner->schema, scanner->scan, scanner->secret, &line, scratch, ping);
    at += (size_t)ping->len + 1;
  }
  slot->end = at;
  slot->npings = n;
}
