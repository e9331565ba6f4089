/* seen_bench: the seen-set under load, and the same load on plain LMDB and RocksDB.
 *
 *   seen_bench [--full] [--keys N] [--days D] [--seconds S] [--only ENGINE] [--dir DIR]
 *
 * Loads N keys (10^7; --full: 10^8) over D days (30) in batches of 65,536 with durable commits and
 * 3 % duplicates, then the baselines for S seconds (60) each at most. Prints lines of name=value
 * pairs; "speedup" compares at the number of keys the baseline reached. Data goes to a temporary
 * directory in DIR (or $TMPDIR) and is removed. Pin it to a core with taskset.
 */
#include "base/clock.h"
#include "disk_time.h"
#include "engine.h"
#include "keys.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS_DEFAULT 10000000u
#define KEYS_FULL    100000000u
#define COLD_BATCHES 5
#define PATH_BYTES   4096
#define ENGINES      3u

struct options {
  uint64_t keys, days;
  double seconds; /* a baseline's */
  const char *only, *dir;
};

struct batch_time {
  double end;  /* seconds of marking so far, generating keys not counted */
  double work; /* without waiting for the device */
};

struct run {
  const struct engine *engine;
  struct batch_time *times;
  size_t batches;
  struct load load;
  uint64_t keys, found, anonymous_peak;
};

_Noreturn void die(const char *format, ...) {
  va_list args;
  va_start(args, format);
  (void)vfprintf(stderr, format, args);
  va_end(args);
  (void)fputc('\n', stderr);
  exit(1);
}

static double now(void) { return (double)clock_monotonic_ns() * 1e-9; }

static int compare_doubles(const void *x, const void *y) {
  const double a = *(const double *)x, b = *(const double *)y;
  return a < b ? -1 : a > b;
}

static uint64_t anonymous_bytes(void) {
  static const char field[] = "RssAnon:";
  char line[256];
  uint64_t kib = 0;
  FILE *file = fopen("/proc/self/status", "r");
  if (!file) return 0;
  while (!kib && fgets(line, sizeof line, file))
    if (!strncmp(line, field, sizeof field - 1)) kib = strtoull(line + sizeof field - 1, NULL, 10);
  (void)fclose(file);
  return kib * 1024;
}

/* --- the data's directory --- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st, (void)type, (void)at;
  return remove(path);
}

static void directory_make(const struct options *options, char path[PATH_BYTES]) {
  const int n = snprintf(path, PATH_BYTES, "%s/seen-bench-XXXXXX", options->dir);
  if (n < 0 || n >= PATH_BYTES || !mkdtemp(path))
    die("no directory can be made in %s", options->dir);
}

static void directory_remove(const char *path) {
  if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS)) die("%s cannot be removed", path);
}

/* Sums what the files take and, if asked, drops them from the page cache. */
static uint64_t files_visit(const char *path, bool drop) {
  DIR *dir = opendir(path);
  const struct dirent *entry;
  uint64_t bytes = 0;
  if (!dir) die("%s cannot be read", path);
  while ((entry = readdir(dir))) {
    struct stat st;
    const int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
      bytes += (uint64_t)st.st_blocks * 512;
      if (drop && (fdatasync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)))
        die("%s cannot be dropped from the page cache", entry->d_name);
    }
    (void)close(fd);
  }
  (void)closedir(dir);
  return bytes;
}

/* --- the load --- */

static void batch_run(struct run *run, void *set, uint64_t of, uint64_t days) {
  static struct ps_key keys[BATCH];
  static uint16_t days_of[BATCH];
  static uint8_t verdict[BATCH];
  const size_t n = of - run->keys < BATCH ? (size_t)(of - run->keys) : BATCH;
  load_batch(&run->load, keys, n);
  for (size_t i = 0; i < n; i++) days_of[i] = (uint16_t)(1 + (run->keys + i) * days / of);
  const double disk = disk_seconds(), begin = now();
  run->engine->mark(set, days_of, keys, n, verdict);
  const double took = now() - begin;
  for (size_t i = 0; i < n; i++) run->found += verdict[i];
  const double before = run->batches ? run->times[run->batches - 1].end : 0;
  run->times[run->batches++] = (struct batch_time){before + took, took - (disk_seconds() - disk)};
  run->keys += n;
  if (run->batches % 16 == 0) {
    const uint64_t bytes = anonymous_bytes();
    if (bytes > run->anonymous_peak) run->anonymous_peak = bytes;
  }
}

/* Keys a second in the batches [from, to). */
static double rate(const struct run *run, size_t from, size_t to) {
  const double begin = from ? run->times[from - 1].end : 0;
  return (double)((to - from) * (uint64_t)BATCH) / (run->times[to - 1].end - begin);
}

static void report(const struct run *run, const char *dir) {
  double *work = malloc(run->batches * sizeof *work);
  size_t over = 0;
  if (!work) die("out of memory");
  for (size_t i = 0; i < run->batches; i++) {
    work[i] = run->times[i].work * 1e3;
    over += work[i] > 50;
  }
  qsort(work, run->batches, sizeof *work, compare_doubles);
  printf("load engine=%s keys=%llu rate=%.0f last_tenth=%.0f batch_ms_p50=%.1f p99=%.1f p999=%.1f "
         "max=%.1f over_50ms=%zu of=%zu bytes_per_key=%.2f anonymous_mib=%.1f disk_s=%.1f "
         "write_s=%.1f exact=%s\n",
         run->engine->name, (unsigned long long)run->keys, rate(run, 0, run->batches),
         rate(run, run->batches - (run->batches + 9) / 10, run->batches), work[run->batches / 2],
         work[run->batches * 99 / 100], work[run->batches * 999 / 1000], work[run->batches - 1],
         over, run->batches, (double)files_visit(dir, false) / (double)run->load.fresh,
         (double)run->anonymous_peak / (1 << 20), disk_seconds(), write_seconds(),
         run->found == run->load.duplicates ? "yes" : "NO");
  (void)fflush(stdout);
  free(work);
}

/* Opens the set with nothing of it in the page cache, and goes on. */
static void cold_start(struct run *run, const char *dir, const struct options *options) {
  files_visit(dir, true);
  const double begin = now();
  void *set = run->engine->open(dir);
  const double opened = now() - begin;
  run->times = realloc(run->times, (run->batches + COLD_BATCHES) * sizeof *run->times);
  if (!run->times) die("out of memory");
  printf("cold engine=%s open_ms=%.1f batch_ms=", run->engine->name, opened * 1e3);
  for (int i = 0; i < COLD_BATCHES; i++) {
    batch_run(run, set, run->keys + BATCH, options->days);
    printf("%s%.1f", i ? "," : "", run->times[run->batches - 1].work * 1e3);
  }
  run->engine->close(set);
  const double again = now();
  set = run->engine->open(dir);
  printf(" warm_open_ms=%.1f\n", (now() - again) * 1e3);
  run->engine->close(set);
  (void)fflush(stdout);
}

static void run_load(struct run *run, const struct options *options, double seconds, bool cold) {
  char dir[PATH_BYTES];
  directory_make(options, dir);
  run->times = malloc((options->keys / BATCH + 1) * sizeof *run->times);
  if (!run->times) die("out of memory");
  void *set = run->engine->open(dir);
  while (run->keys < options->keys && (!run->batches || run->times[run->batches - 1].end < seconds))
    batch_run(run, set, options->keys, options->days);
  run->engine->close(set);
  report(run, dir);
  const size_t batches = run->batches;
  if (cold) cold_start(run, dir, options);
  run->batches = batches;
  directory_remove(dir);
}

static void speedup(const struct run *ours, const struct run *baseline) {
  const size_t n = baseline->batches < ours->batches ? baseline->batches : ours->batches;
  const size_t from = n - (n + 9) / 10;
  printf("speedup over=%s keys=%llu all=%.1f last_tenth=%.1f\n", baseline->engine->name,
         (unsigned long long)n * BATCH, rate(ours, 0, n) / rate(baseline, 0, n),
         rate(ours, from, n) / rate(baseline, from, n));
  (void)fflush(stdout);
}

static struct options options_read(int argc, char **argv) {
  static const struct option known[] = {{"full", no_argument, NULL, 'f'},
                                        {"keys", required_argument, NULL, 'k'},
                                        {"days", required_argument, NULL, 'd'},
                                        {"seconds", required_argument, NULL, 's'},
                                        {"only", required_argument, NULL, 'o'},
                                        {"dir", required_argument, NULL, 'D'},
                                        {NULL, 0, NULL, 0}};
  const char *tmp = getenv("TMPDIR");
  struct options options = {.keys = KEYS_DEFAULT, .days = 30, .seconds = 60};
  options.dir = tmp && *tmp ? tmp : "/tmp";
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
    case 'f': options.keys = KEYS_FULL; break;
    case 'k': options.keys = (uint64_t)strtod(optarg, NULL); break;
    case 'd': options.days = strtoull(optarg, NULL, 10); break;
    case 's': options.seconds = strtod(optarg, NULL); break;
    case 'o': options.only = optarg; break;
    case 'D': options.dir = optarg; break;
    default: die("see the head of seen_bench.c for the options");
    }
  }
  if (options.keys < BATCH || !options.days) die("at least %u keys and a day", BATCH);
  return options;
}

int main(int argc, char **argv) {
  const struct engine *const engines[ENGINES] = {&engine_pingsieve, &engine_lmdb, &engine_rocksdb};
  const struct options options = options_read(argc, argv);
  struct run runs[ENGINES] = {{.engine = NULL}};
  /* As the program does: LMDB frees its dirty pages at every commit; keep them. */
  if (!mallopt(M_MMAP_THRESHOLD, 32 << 20) || !mallopt(M_TRIM_THRESHOLD, 64 << 20))
    die("mallopt failed");
  for (size_t i = 0; i < ENGINES; i++) {
    if (options.only && strcmp(options.only, engines[i]->name) != 0) continue;
    runs[i].engine = engines[i];
    run_load(&runs[i], &options, i ? options.seconds : 1e9, i == 0);
    if (i && runs[0].engine) speedup(&runs[0], &runs[i]);
  }
  for (size_t i = 0; i < ENGINES; i++) free(runs[i].times);
  return 0;
}
