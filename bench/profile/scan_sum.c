/* scan_sum FILE... : the work that a profile needs, alone, on one core.
 *
 * Every file is read (and inflated) in chunks as a profile reads it, and each line is scanned with
 * what a profile captures of a client's ping by default: documentId, clientId, submission date, the
 * default fields, and the sum over all histograms. Nothing is done with it. Two lines of output:
 * all, and of that the scanning; seconds and inflated bytes, separated by tabs.
 */
#include "base/clock.h"
#include "profile/field.h"
#include "record/chunk.h"
#include "scan/ping.h"
#include <pingsieve/sieve.h>

#include <stdio.h>
#include <stdlib.h>

#define CHUNK ((size_t)512 << 10) /* as src/profile */

struct bench {
  struct fields *fields;
  struct ping_schema *schema;
  scan_function *scan;
  struct chunk chunk;
  struct scan_result result;
  uint64_t scan_ns, bytes, sum, keyed;
};

static int capture(void *context, const char *const *const paths[PS_FIELDS], struct specs *specs,
                   struct ps_error *err) {
  return fields_capture(context, paths, specs, err);
}

static int prepare(struct bench *b, struct ps_error *err) {
  static const char *const nowhere[] = {NULL};
  static const char *const sums[] = {"payload/histograms/*/values/*", NULL};
  int r = fields_create(NULL, true, &b->fields, err);
  if (r) return r;
  const struct ping_schema_options options = {.paths = {[PS_FIELD_TYPE] = nowhere,
                                                        [PS_FIELD_CHANNEL] = nowhere,
                                                        [PS_FIELD_WATCHED] = nowhere,
                                                        [PS_FIELD_CITY] = nowhere},
                                              .sums = sums,
                                              .more = capture,
                                              .more_context = b->fields};
  b->scan = scan_kernels()->scan;
  r = ping_schema_create(&options, &b->schema, err);
  return r ? r : chunk_init(&b->chunk, CHUNK, PS_MAX_LINE, err);
}

static void scan_chunk(struct bench *b) {
  static const uint8_t secret[PS_SECRET_BYTES] = {1};
  const uint64_t began = clock_monotonic_ns();
  struct ping ping;
  for (size_t at = 0; at < b->chunk.len; at += ping.len + 1u) {
    const struct ping_line line = {.at = b->chunk.data + at, .avail = b->chunk.len - at};
    ping_scan(b->schema, b->scan, secret, &line, &b->result, &ping);
    b->sum += ping.sum[0];
    b->keyed += ping.state == PING_KEYED;
  }
  b->scan_ns += clock_monotonic_ns() - began;
  b->bytes += b->chunk.len;
}

static int read_file(struct bench *b, const char *path, struct ps_error *err) {
  struct source *source = NULL;
  struct reader *reader = NULL;
  const struct reader_options options = {.normal = CHUNK, .max_line = PS_MAX_LINE, .full = true};
  bool more = true;
  int r = source_open_file(path, -1, &source, err);
  if (!r) r = reader_open(source, &options, &reader, err);
  while (!r && more) {
    r = reader_fill(reader, &b->chunk, &more, err);
    if (!r) scan_chunk(b);
  }
  reader_close(reader);
  source_close(source);
  return r;
}

int main(int argc, char **argv) {
  static struct bench b;
  struct ps_error err;
  int r = prepare(&b, &err);
  const uint64_t began = clock_monotonic_ns();
  for (int i = 1; !r && i < argc; i++) r = read_file(&b, argv[i], &err);
  const uint64_t took = clock_monotonic_ns() - began;
  if (r) {
    (void)fprintf(stderr, "scan_sum: %s\n", err.text);
    return 1;
  }
  (void)fprintf(stderr, "%llu pings with an id, %llu measurements\n", (unsigned long long)b.keyed,
                (unsigned long long)b.sum);
  (void)printf("all\t%.6f\t%llu\nscan\t%.6f\t%llu\n", (double)took * 1e-9,
               (unsigned long long)b.bytes, (double)b.scan_ns * 1e-9, (unsigned long long)b.bytes);
  chunk_release(&b.chunk);
  ping_schema_free(b.schema);
  fields_free(b.fields);
  return fflush(stdout) ? 1 : 0;
}
