#include "sieve/outputs.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define INVALID_NAME "/invalid.ndjson"

static int invalid_open(struct outputs *outputs, const struct ps_sieve_options *options,
                        struct ps_error *err) {
  if (options->invalid_path)
    return invalid_init(&outputs->invalid, options->invalid_path, true, err);
  size_t len = strlen(options->store);
  char *path = malloc(len + sizeof INVALID_NAME);
  if (!path) return error_memory(err, len + sizeof INVALID_NAME);
  memcpy(path, options->store, len);
  memcpy(path + len, INVALID_NAME, sizeof INVALID_NAME);
  int r = invalid_init(&outputs->invalid, path, false, err);
  free(path);
  return r;
}

int outputs_init(struct outputs *outputs, const struct ps_sieve_options *options,
                 struct ps_error *err) {
  int r = PS_OK;
  const char *name = options->output_name ? options->output_name : "standard output";
  if (options->output_fd >= 0)
    r = sink_open_fd(options->output_fd, name, false, &outputs->clean.sink, err);
  if (!r && options->duplicates_path)
    r = sink_open_append(options->duplicates_path, &outputs->duplicates.sink, err);
  return r ? r : invalid_open(outputs, options, err);
}

static int gather_write(struct gather *gather, struct ps_error *err) {
  size_t n = gather->n;
  gather->n = 0;
  return n ? sink_writev(gather->sink, gather->vectors, n, err) : PS_OK;
}

// NOLINTNEXTLINE(readability-non-const-parameter): it becomes the base of an iovec
int outputs_put(struct gather *gather, uint8_t *data, size_t len, struct ps_error *err) {
  if (!gather->sink) return PS_OK;
  if (gather->n) {
    struct iovec *last = &gather->vectors[gather->n - 1];
    if ((uint8_t *)last->iov_base + last->iov_len == data) {
      last->iov_len += len;
      return PS_OK;
    }
  }
  int r = gather->n == OUTPUTS_VECTORS ? gather_write(gather, err) : PS_OK;
  gather->vectors[gather->n++] = (struct iovec){.iov_base = data, .iov_len = len};
  return r;
}

int outputs_flush(struct outputs *outputs, struct ps_error *err) {
  int r = gather_write(&outputs->clean, err);
  return r ? r : gather_write(&outputs->duplicates, err);
}

int outputs_sync(struct outputs *outputs, struct ps_error *err) {
  int r = outputs->clean.sink ? sink_sync(outputs->clean.sink, err) : PS_OK;
  if (!r && outputs->duplicates.sink) r = sink_sync(outputs->duplicates.sink, err);
  return r ? r : invalid_sync(&outputs->invalid, err);
}

int outputs_release(struct outputs *outputs, struct ps_error *err) {
  int r = sink_close(outputs->clean.sink, err);
  int r2 = sink_close(outputs->duplicates.sink, r ? NULL : err);
  int r3 = invalid_release(&outputs->invalid, r || r2 ? NULL : err);
  outputs->clean.sink = outputs->duplicates.sink = NULL;
  return r ? r : r2 ? r2 : r3;
}
