#include "sieve/invalid.h"

#include "base/error.h"
#include "seen/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void share(const struct invalid *invalid) {
  if (!invalid->in_store) return;
  place_share(invalid->path);
  place_share(invalid->reasons_path);
}

/* In a store that its owner has shared since. */
static int tell_owner(const struct invalid *invalid, int r, struct ps_error *err) {
  if (invalid->in_store && err && err->os_error == EACCES)
    error_append(err, ": its owner lets others write it with chmod g+w, as the store");
  return r;
}

static int ensure_open(struct invalid *invalid, struct ps_error *err) {
  int r = PS_OK;
  const bool opened = !invalid->bytes;
  if (opened) r = sink_open_append(invalid->path, &invalid->bytes, err);
  if (!r && !invalid->reasons && sink_is_file(invalid->bytes))
    r = sink_open_append(invalid->reasons_path, &invalid->reasons, err);
  if (!r && opened) share(invalid);
  return r ? tell_owner(invalid, r, err) : PS_OK;
}

int invalid_init(struct invalid *invalid, const char *path, uint64_t limit, bool now,
                 struct ps_error *err) {
  static const char suffix[] = INVALID_REASONS;
  *invalid = (struct invalid){.text = BUFFER_INIT, .limit = limit, .in_store = !now};
  size_t len = strlen(path);
  invalid->path = strdup(path);
  invalid->reasons_path = malloc(len + sizeof suffix);
  if (!invalid->path || !invalid->reasons_path) return error_memory(err, len);
  memcpy(invalid->reasons_path, path, len);
  memcpy(invalid->reasons_path + len, suffix, sizeof suffix);
  return now ? ensure_open(invalid, err) : PS_OK;
}

/* Whether so many bytes may be appended; to a pipe or a device always. */
static bool has_room(const struct invalid *invalid, const struct sink *sink, size_t len) {
  if (!sink || !sink_is_file(sink)) return true;
  uint64_t position = sink_position(sink);
  return position <= invalid->limit && len <= invalid->limit - position;
}

/* The line of reasons, in invalid->text. */
static int compose(struct invalid *invalid, const struct invalid_place *place,
                   struct ps_error *err) {
  struct buffer *text = &invalid->text;
  buffer_clear(text);
  int r = buffer_append(text, "{\"input\":", 9, err);
  if (!r) r = buffer_json_string(text, place->input, strlen(place->input), err);
  if (!r)
    r = buffer_printf(text, err,
                      ",\"line\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"at\":%" PRIu64
                      ",\"bytes\":%" PRIu64 ",\"position\":%" PRIu64,
                      place->line, place->offset, place->at, place->bytes, place->position);
  if (!r && place->cut) r = buffer_printf(text, err, ",\"kept\":%" PRIu64, place->kept);
  if (!r) r = buffer_append(text, ",\"reason\":", 10, err);
  if (!r) r = buffer_json_string(text, place->reason, strlen(place->reason), err);
  return r ? r : buffer_append(text, "}\n", 2, err);
}

static int tell(struct invalid *invalid, struct invalid_place *place, struct ps_error *err) {
  if (!invalid->reasons) return PS_OK;
  int r = compose(invalid, place, err);
  if (r) return r;
  place->untold = !has_room(invalid, invalid->reasons, invalid->text.len);
  if (place->untold) return PS_OK;
  return sink_write(invalid->reasons, invalid->text.data, invalid->text.len, err);
}

static int put_bytes(struct invalid *invalid, const void *data, size_t len, struct ps_error *err) {
  if (len) invalid->torn = ((const uint8_t *)data)[len - 1] != '\n';
  return sink_write(invalid->bytes, data, len, err);
}

/* A line is to begin. */
static int begin(struct invalid *invalid, struct invalid_place *place, struct ps_error *err) {
  int r = ensure_open(invalid, err);
  if (!r) place->position = sink_position(invalid->bytes);
  return r;
}

int invalid_put(struct invalid *invalid, const void *data, struct invalid_place *place, bool *kept,
                struct ps_error *err) {
  int r = begin(invalid, place, err);
  *kept = false;
  if (r) return r;
  if (!has_room(invalid, invalid->bytes, place->bytes)) return PS_OK;
  *kept = true;
  r = put_bytes(invalid, data, place->bytes, err);
  return r ? r : tell(invalid, place, err);
}

int invalid_begin(struct invalid *invalid, struct invalid_place *place, struct ps_error *err) {
  return begin(invalid, place, err);
}

int invalid_piece(struct invalid *invalid, struct invalid_place *place, const void *data,
                  size_t len, struct ps_error *err) {
  place->bytes += len;
  place->cut |= !has_room(invalid, invalid->bytes, len);
  if (place->cut) return PS_OK;
  int r = ensure_open(invalid, err);
  if (r) return r;
  place->kept += len;
  return put_bytes(invalid, data, len, err);
}

int invalid_end(struct invalid *invalid, struct invalid_place *place, bool *kept,
                struct ps_error *err) {
  *kept = !place->cut;
  int r = ensure_open(invalid, err);
  /* The next line must not stand behind half a line, nor behind one that the input did not end. */
  if (!r && place->kept && invalid->torn) {
    r = put_bytes(invalid, "\n", 1, err);
    if (!place->cut) place->bytes++;
  }
  return r || (place->cut && !place->kept) ? r : tell(invalid, place, err);
}

int invalid_drop(struct invalid *invalid, const struct invalid_place *place, struct ps_error *err) {
  bool done = true;
  if (!invalid->bytes || !place->kept) return PS_OK;
  int r = sink_take_back(invalid->bytes, place->position, place->kept, &done, err);
  invalid->torn = false;
  return r || done ? r : sink_write(invalid->bytes, "\n", 1, err);
}

int invalid_reopen(struct invalid *invalid, struct ps_error *err) {
  int r = sink_reopen(&invalid->bytes, err); /* which ends a torn line */
  invalid->torn = false;
  if (!r) r = sink_reopen(&invalid->reasons, err);
  if (!r && invalid->bytes) share(invalid);
  return r;
}

int invalid_sync(struct invalid *invalid, struct ps_error *err) {
  int r = invalid->bytes ? sink_sync(invalid->bytes, err) : PS_OK;
  if (!r && invalid->reasons) r = sink_sync(invalid->reasons, err);
  return r;
}

int invalid_release(struct invalid *invalid, struct ps_error *err) {
  int r = sink_close(invalid->bytes, err);
  int r2 = sink_close(invalid->reasons, r ? NULL : err);
  free(invalid->path);
  free(invalid->reasons_path);
  buffer_release(&invalid->text);
  *invalid = (struct invalid){.text = BUFFER_INIT};
  return r ? r : r2;
}
