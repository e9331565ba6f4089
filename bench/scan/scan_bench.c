/* scan_bench [--rounds N] [--kernel NAME] FILE... : the scanner against simdjson, line by line.
 *
 * Every round runs each contender once over the file, so that a slow moment of the machine hits all
 * alike; figures are medians of the rounds. The file is scanned in chunks that were copied (not
 * timed) into a buffer of 256 KiB, as read() would leave them in the cache. One line of output a
 * contender: tool, kernel, mode, file, GB/s, documentIds found, sum; separated by tabs. Modes:
 * validate (no paths), filter (what a filter without accounts asks for: documentId and date), where
 * (the same with the condition docType=main), accounts (what one with accounts does: clients,
 * labels, a sum over all histograms), ids (all default paths and the key), ids+one and ids+all (a
 * sum over one histogram, over all).
 */
#include "scan/ping.h"
#include "simdjson_bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK       (256u << 10)
#define CHUNK_MAX   (64u << 20) /* one line at most */
#define ROUNDS      7
#define ROUNDS_MAX  101
#define KERNELS_MAX 4

enum mode { VALIDATE, FILTER, WHERE, ACCOUNTS, IDS, ONE_SUM, ALL_SUMS, MODES };
static const char *const mode_names[MODES] = {"validate", "filter",  "where",  "accounts",
                                              "ids",      "ids+one", "ids+all"};

struct contender {
  const char *tool, *kernel;
  enum mode mode;
  scan_function *scan;         /* ours, or ... */
  simdjson_function *simdjson; /* ... theirs */
  double seconds[ROUNDS_MAX];
  long ids;
  int64_t sum;
};

struct bench {
  struct contender contenders[KERNELS_MAX * MODES + 8];
  unsigned ncontenders;
  unsigned rounds;
  struct ping_schema *schemas[MODES]; /* those that scan pings */
  struct scan_paths *nothing, *sums[MODES];
  uint8_t secret[PS_SECRET_BYTES];
};

static double now(void) { /* of this thread alone: the machine may be shared */
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void die(const char *what) {
  (void)fprintf(stderr, "scan_bench: %s\n", what);
  exit(2);
}

/* ---- contenders ---- */

/* All default paths and a sum, as the accounts of a store would ask for. */
static struct scan_paths *paths_with_sum(const char *sum) {
  struct scan_spec specs[SCAN_SPANS + 1];
  struct scan_paths *paths;
  struct ps_error err;
  uint8_t n = 0;
  for (enum ps_field f = PS_FIELD_ID; f < PS_FIELDS; f++)
    for (const char *const *path = ping_default_paths(f); *path; path++, n++)
      specs[n] = (struct scan_spec){*path, n, SCAN_CAPTURE};
  specs[n] = (struct scan_spec){sum, 0, SCAN_SUM};
  if (scan_paths_compile(specs, n + 1u, &paths, &err)) die(err.text);
  return paths;
}

static void add(struct bench *bench, const char *tool, const char *kernel, enum mode mode,
                scan_function *scan, simdjson_function *simdjson) {
  bench->contenders[bench->ncontenders++] = (struct contender){
      .tool = tool, .kernel = kernel, .mode = mode, .scan = scan, .simdjson = simdjson};
}

static void add_all(struct bench *bench, const char *only) {
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++)
    for (enum mode mode = VALIDATE; mode < MODES; mode++)
      if (!only || !strcmp(only, k->name)) add(bench, "pingsieve", k->name, mode, k->scan, NULL);
  const char *theirs = simdjson_kernel();
  add(bench, "simdjson-dom", theirs, VALIDATE, NULL, simdjson_dom_parse);
  add(bench, "simdjson-dom", theirs, IDS, NULL, simdjson_dom_ids);
  add(bench, "simdjson-dom", theirs, ONE_SUM, NULL, simdjson_dom_sum);
  add(bench, "simdjson-dom", theirs, ALL_SUMS, NULL, simdjson_dom_sums);
  add(bench, "simdjson-ondemand", theirs, IDS, NULL, simdjson_demand_ids);
  add(bench, "simdjson-ondemand-pointers", theirs, IDS, NULL, simdjson_pointers_ids);
  add(bench, "simdjson-ondemand", theirs, ONE_SUM, NULL, simdjson_demand_sum);
  add(bench, "simdjson-ondemand", theirs, ALL_SUMS, NULL, simdjson_demand_sums);
}

static struct ping_schema *schema(const struct ping_schema_options *options) {
  struct ping_schema *made;
  struct ps_error err;
  if (ping_schema_create(options, &made, &err)) die(err.text);
  return made;
}

static void prepare(struct bench *bench) {
  static const char *const nowhere[] = {NULL};
  static const char *const all[] = {"payload/histograms/*/values/*", NULL};
  static const struct ping_schema_options filter = {.paths = {[PS_FIELD_CLIENT] = nowhere,
                                                              [PS_FIELD_TYPE] = nowhere,
                                                              [PS_FIELD_CHANNEL] = nowhere,
                                                              [PS_FIELD_WATCHED] = nowhere,
                                                              [PS_FIELD_CITY] = nowhere}};
  static const struct ping_schema_options accounts = {.sums = all};
  static const char *const conditions[] = {"docType=main", NULL};
  static const struct ps_selection selection = {.where = conditions};
  struct ping_schema_options where = filter;
  struct ps_error err;
  for (unsigned i = 0; i < sizeof bench->secret; i++) bench->secret[i] = (uint8_t)(i * 37 + 11);
  where.paths[PS_FIELD_TYPE] = NULL;
  where.selection = &selection;
  bench->schemas[FILTER] = schema(&filter);
  bench->schemas[WHERE] = schema(&where);
  bench->schemas[ACCOUNTS] = schema(&accounts);
  bench->schemas[IDS] = schema(NULL);
  if (scan_paths_compile(NULL, 0, &bench->nothing, &err)) die(err.text);
  bench->sums[ONE_SUM] = paths_with_sum("payload/histograms/SSL_HANDSHAKE_VERSION/values/*");
  bench->sums[ALL_SUMS] = paths_with_sum("payload/histograms/*/values/*");
}

static void release(struct bench *bench) {
  for (enum mode mode = 0; mode < MODES; mode++) ping_schema_free(bench->schemas[mode]);
  scan_paths_free(bench->nothing);
  scan_paths_free(bench->sums[ONE_SUM]);
  scan_paths_free(bench->sums[ALL_SUMS]);
}

/* ---- running ---- */

static size_t run_line(const struct bench *bench, struct contender *c, const uint8_t *line,
                       size_t avail) {
  static struct scan_result result;
  struct ping ping;
  if (bench->schemas[c->mode]) {
    ping_scan(bench->schemas[c->mode], c->scan, bench->secret,
              &(struct ping_line){.at = line, .avail = avail}, &result, &ping);
    c->ids += ping.state == PING_KEYED;
    if (c->mode == ACCOUNTS) c->sum += (int64_t)ping.sum[0];
    if (ping.state == PING_MALFORMED) die("a malformed line");
    return ping.len;
  }
  const struct scan_paths *paths = c->mode == VALIDATE ? bench->nothing : bench->sums[c->mode];
  if (c->scan(paths, line, avail, &result)) die("a malformed line");
  c->ids += (result.present & 0x3F) != 0; /* the paths of the documentId come first */
  c->sum += (int64_t)result.sum[0];
  return result.len;
}

static void run_chunk(const struct bench *bench, struct contender *c, const uint8_t *data,
                      size_t len) {
  if (c->simdjson) {
    long ids = c->simdjson(data, len, &c->sum);
    if (ids < 0) die("simdjson rejects a line");
    c->ids += ids;
    return;
  }
  for (size_t at = 0; at < len;) at += run_line(bench, c, data + at, len - at) + 1;
}

/* The length of the whole lines that fit into a chunk, or of one longer line. */
static size_t chunk_length(const uint8_t *data, size_t left) {
  if (left <= CHUNK) return left;
  const uint8_t *newline = memrchr(data, '\n', CHUNK);
  if (!newline) newline = memchr(data, '\n', left);
  size_t len = newline ? (size_t)(newline + 1 - data) : left;
  if (len > CHUNK_MAX) die("a line is too long");
  return len;
}

static double run_file(const struct bench *bench, struct contender *c, const uint8_t *data,
                       size_t len, uint8_t *chunk) {
  double seconds = 0;
  c->ids = 0;
  c->sum = 0;
  for (size_t at = 0; at < len;) {
    size_t n = chunk_length(data + at, len - at);
    memcpy(chunk, data + at, n);
    double start = now();
    run_chunk(bench, c, chunk, n);
    seconds += now() - start;
    at += n;
  }
  return seconds;
}

static uint8_t *read_file(const char *path, size_t *len) {
  FILE *file = fopen(path, "r");
  if (!file || fseek(file, 0, SEEK_END)) die("cannot read a file");
  long size = ftell(file);
  rewind(file);
  uint8_t *data = malloc((size_t)size + 1);
  if (size <= 0 || !data || fread(data, 1, (size_t)size, file) != (size_t)size)
    die("cannot read a file");
  (void)fclose(file);
  *len = (size_t)size;
  if (data[*len - 1] != '\n') data[(*len)++] = '\n';
  return data;
}

static void bench_file(struct bench *bench, const char *path, uint8_t *chunk) {
  size_t len;
  uint8_t *data = read_file(path, &len);
  for (unsigned round = 0; round <= bench->rounds; round++) /* the first one warms up */
    for (unsigned i = 0; i < bench->ncontenders; i++) {
      double seconds = run_file(bench, &bench->contenders[i], data, len, chunk);
      if (round) bench->contenders[i].seconds[round - 1] = seconds;
    }
  for (unsigned i = 0; i < bench->ncontenders; i++) {
    struct contender *c = &bench->contenders[i];
    qsort(c->seconds, bench->rounds, sizeof *c->seconds, by_value);
    (void)printf("%s\t%s\t%s\t%s\t%.3f\t%ld\t%lld\n", c->tool, c->kernel, mode_names[c->mode], path,
                 (double)len / c->seconds[bench->rounds / 2] * 1e-9, c->ids, (long long)c->sum);
    (void)fflush(stdout);
  }
  free(data);
}

int main(int argc, char **argv) {
  static struct bench bench = {.rounds = ROUNDS};
  const char *kernel = NULL;
  int i = 1;
  for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
    if (!strcmp(argv[i], "--rounds")) bench.rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
    else if (!strcmp(argv[i], "--kernel")) kernel = argv[i + 1];
    else die("usage: scan_bench [--rounds N] [--kernel NAME] FILE...");
  }
  if (i == argc || bench.rounds < 1 || bench.rounds > ROUNDS_MAX)
    die("usage: scan_bench [--rounds N] [--kernel NAME] FILE...");
  uint8_t *chunk = aligned_alloc(4096, CHUNK_MAX + 4096);
  if (!chunk) die("out of memory");
  memset(chunk, 0, 2 * CHUNK);
  prepare(&bench);
  add_all(&bench, kernel);
  for (; i < argc; i++) bench_file(&bench, argv[i], chunk);
  release(&bench);
  free(chunk);
  return 0;
}
