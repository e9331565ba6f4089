#include "sieve/invalid.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int ensure_open(struct invalid *invalid, struct ps_error *err) {
  int r = PS_OK;
  if (!invalid->bytes) r = sink_open_append(invalid->path, &invalid->bytes, err);
  if (!r && !invalid->reasons) r = sink_open_append(invalid->reasons_path, &invalid->reasons, err);
  return r;
}

int invalid_init(struct invalid *invalid, const char *path, bool now, struct ps_error *err) {
  static const char suffix[] = ".reasons";
  *invalid = (struct invalid){.text = BUFFER_INIT};
  size_t len = strlen(path);
  invalid->path = strdup(path);
  invalid->reasons_path = malloc(len + sizeof suffix);
  if (!invalid->path || !invalid->reasons_path) return error_memory(err, len);
  memcpy(invalid->reasons_path, path, len);
  memcpy(invalid->reasons_path + len, suffix, sizeof suffix);
  return now ? ensure_open(invalid, err) : PS_OK;
}

int invalid_position(struct invalid *invalid, uint64_t *position, struct ps_error *err) {
  int r = ensure_open(invalid, err);
  if (!r) *position = sink_position(invalid->bytes);
  return r;
}

int invalid_write(struct invalid *invalid, const void *data, size_t len, struct ps_error *err) {
  int r = ensure_open(invalid, err);
  return r ? r : sink_write(invalid->bytes, data, len, err);
}

int invalid_tell(struct invalid *invalid, const struct invalid_place *place, struct ps_error *err) {
  struct buffer *text = &invalid->text;
  int r = ensure_open(invalid, err);
  buffer_clear(text);
  if (!r) r = buffer_append(text, "{\"input\":", 9, err);
  if (!r) r = buffer_json_string(text, place->input, strlen(place->input), err);
  if (!r)
    r = buffer_printf(text, err,
                      ",\"line\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"at\":%" PRIu64
                      ",\"bytes\":%" PRIu64 ",\"position\":%" PRIu64 ",\"reason\":",
                      place->line, place->offset, place->at, place->bytes, place->position);
  if (!r) r = buffer_json_string(text, place->reason, strlen(place->reason), err);
  if (!r) r = buffer_append(text, "}\n", 2, err);
  return r ? r : sink_write(invalid->reasons, text->data, text->len, err);
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
