#include "sieve/outputs.h"

#include "base/error.h"
#include "seen/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int invalid_path(const struct ps_sieve_options *options, char **path, struct ps_error *err) {
  const char *given = options->invalid_path;
  int n = given ? asprintf(path, "%s", given) : asprintf(path, "%s/" PLACE_INVALID, options->store);
  if (n >= 0) return PS_OK;
  *path = NULL;
  return error_memory(err, 0);
}

static int invalid_open(struct outputs *outputs, const struct ps_sieve_options *options,
                        struct ps_error *err) {
  uint64_t limit = options->invalid_max ? options->invalid_max : PS_INVALID_MAX;
  char *path;
  int r = invalid_path(options, &path, err);
  if (!r) r = invalid_init(&outputs->invalid, path, limit, options->invalid_path, err);
  free(path);
  return r;
}

static int copy_path(const char *path, const char *end, char **copy, struct ps_error *err) {
  if (!path || asprintf(copy, "%s%s", path, end) >= 0) return PS_OK;
  *copy = NULL;
  return error_memory(err, strlen(path));
}

int outputs_paths(const struct ps_sieve_options *options, char *paths[OUTPUTS_PATHS],
                  struct ps_error *err) {
  const bool file = options->flagged == PS_FLAGGED_FILE;
  for (size_t i = 0; i < OUTPUTS_PATHS; i++) paths[i] = NULL;
  int r = copy_path(options->duplicates_path, "", &paths[0], err);
  if (!r) r = copy_path(options->flags_path, "", &paths[1], err);
  if (!r && file) r = copy_path(options->flagged_path, "", &paths[2], err);
  if (!r) r = invalid_path(options, &paths[3], err);
  if (!r) r = copy_path(paths[3], INVALID_REASONS, &paths[4], err);
  for (size_t i = 0; r && i < OUTPUTS_PATHS; i++) {
    free(paths[i]);
    paths[i] = NULL;
  }
  return r;
}

int outputs_init(struct outputs *outputs, const struct ps_sieve_options *options,
                 struct ps_error *err) {
  int r = PS_OK;
  if (options->duplicates_path)
    r = sink_open_append(options->duplicates_path, &outputs->duplicates.sink, err);
  if (!r && options->flagged == PS_FLAGGED_FILE)
    r = sink_open_append(options->flagged_path, &outputs->flagged.sink, err);
  if (!r && options->flags_path)
    r = sink_open_append(options->flags_path, &outputs->flags.sink, err);
  return r ? r : invalid_open(outputs, options, err);
}

int outputs_flush(struct outputs *outputs, struct ps_error *err) {
  int r = gather_flush(&outputs->duplicates, err);
  return r ? r : gather_flush(&outputs->flagged, err);
}

int outputs_reopen(struct outputs *outputs, struct ps_error *err) {
  int r = sink_reopen(&outputs->duplicates.sink, err);
  if (!r) r = sink_reopen(&outputs->flagged.sink, err);
  if (!r) r = sink_reopen(&outputs->flags.sink, err);
  return r ? r : invalid_reopen(&outputs->invalid, err);
}

int outputs_await(struct outputs *outputs, int stop_fd, struct figures *figures,
                  struct ps_error *err) {
  struct sink *const sinks[] = {outputs->duplicates.sink, outputs->flagged.sink,
                                outputs->flags.sink, outputs->invalid.bytes,
                                outputs->invalid.reasons};
  int r = PS_OK;
  for (size_t i = 0; i < sizeof sinks / sizeof sinks[0] && !r; i++) {
    sink_stop_by(sinks[i], stop_fd);
    if (!sink_awaits(sinks[i])) continue;
    figures_set_awaits(figures, sink_name(sinks[i]));
    r = sink_await(sinks[i], stop_fd, err);
    figures_set_awaits(figures, NULL);
  }
  return r;
}

int outputs_sync(struct outputs *outputs, struct ps_error *err) {
  struct sink *const sinks[] = {outputs->duplicates.sink, outputs->flagged.sink,
                                outputs->flags.sink};
  int r = PS_OK;
  for (size_t i = 0; i < sizeof sinks / sizeof sinks[0] && !r; i++)
    if (sinks[i]) r = sink_sync(sinks[i], err);
  return r ? r : invalid_sync(&outputs->invalid, err);
}

int outputs_release(struct outputs *outputs, struct ps_error *err) {
  struct sink **const sinks[] = {&outputs->duplicates.sink, &outputs->flagged.sink};
  int r = PS_OK, r2;
  for (size_t i = 0; i < sizeof sinks / sizeof sinks[0]; i++) {
    r2 = sink_close(*sinks[i], r ? NULL : err);
    *sinks[i] = NULL;
    if (!r) r = r2;
  }
  r2 = flag_file_release(&outputs->flags, r ? NULL : err);
  if (!r) r = r2;
  r2 = invalid_release(&outputs->invalid, r ? NULL : err);
  return r ? r : r2;
}
