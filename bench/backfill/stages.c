/* stages --store DIR FILE... : the stages that a backfill needs, each alone, on one core.
 *
 * Every file is inflated in chunks, each chunk scanned as a filter with default options would, and
 * deflated at the default level; nothing is looked up, written or committed. DIR becomes a store of
 * which only the settings are used. One line of output a stage: name, seconds, inflated bytes,
 * separated by tabs.
 */
#include "base/clock.h"
#include "io/deflate.h"
#include "record/chunk.h"
#include "sieve/core.h"
#include <pingsieve/backfill.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)1 << 20)

enum stage { INFLATE, SCAN, DEFLATE, STAGES };
static const char *const stage_names[STAGES] = {"inflate", "scan", "deflate"};

struct stages {
  struct core core;
  struct slot slot;
  struct scan_result scratch;
  struct deflate *deflate;
  uint64_t ns[STAGES], bytes, deflated;
};

static int count(void *context, const void *data, size_t len, struct ps_error *err) {
  (void)data, (void)err;
  *(uint64_t *)context += len;
  return PS_OK;
}

static int chunk_through(struct stages *s, struct ps_error *err) {
  struct slot *slot = &s->slot;
  struct iovec whole = {slot->chunk.data, slot->chunk.len};
  uint32_t crc;
  uint64_t len, began = clock_monotonic_ns();
  while (!slot_finished(slot)) slot_scan(slot, &s->core.scanner, &s->scratch);
  uint64_t scanned = clock_monotonic_ns();
  int r = deflate_block(s->deflate, &whole, 1, count, &s->deflated, &crc, &len, err);
  s->ns[SCAN] += scanned - began;
  s->ns[DEFLATE] += clock_monotonic_ns() - scanned;
  s->bytes += slot->chunk.len;
  return r;
}

static int file_through(struct stages *s, const char *path, struct ps_error *err) {
  struct source *source = NULL;
  struct reader *reader = NULL;
  const struct reader_options options = {.normal = CHUNK, .max_line = PS_MAX_LINE, .full = true};
  bool more = true;
  int r = source_open_file(path, -1, &source, err);
  if (!r) r = reader_open(source, &options, &reader, err);
  while (!r && more) {
    slot_clear(&s->slot);
    uint64_t began = clock_monotonic_ns();
    r = reader_fill(reader, &s->slot.chunk, &more, err);
    s->ns[INFLATE] += clock_monotonic_ns() - began;
    if (!r) r = chunk_through(s, err);
  }
  reader_close(reader);
  source_close(source);
  return r;
}

static int run(struct stages *s, const char *store, char **files, int n, struct ps_error *err) {
  const struct ps_sieve_options options = {.size = sizeof(struct ps_sieve_options),
                                           .store = store,
                                           .seen = {.create = true},
                                           .output_fd = -1};
  static const struct outlet_ops nowhere;
  int r = core_check(&s->core, &options, err);
  if (!r) r = core_open(&s->core, &options, &nowhere, err);
  if (!r) r = slot_init(&s->slot, CHUNK, PS_MAX_LINE, err);
  if (!r) r = deflate_open(PS_LEVEL_DEFAULT, &s->deflate, err);
  for (int i = 0; !r && i < n; i++) r = file_through(s, files[i], err);
  deflate_close(s->deflate);
  slot_release(&s->slot);
  int closed = core_close(&s->core, r ? NULL : err);
  return r ? r : closed;
}

int main(int argc, char **argv) {
  static struct stages s;
  struct ps_error err;
  if (argc < 4 || strcmp(argv[1], "--store") != 0) {
    (void)fputs("Usage: stages --store DIR FILE...\n", stderr);
    return 2;
  }
  if (run(&s, argv[2], argv + 3, argc - 3, &err)) {
    (void)fprintf(stderr, "stages: %s\n", err.text);
    return 1;
  }
  for (enum stage i = 0; i < STAGES; i++)
    (void)printf("%s\t%.6f\t%llu\n", stage_names[i], (double)s.ns[i] * 1e-9,
                 (unsigned long long)s.bytes);
  return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
