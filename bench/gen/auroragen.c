/* auroragen: writes the pings of the Aurora 51 client and of others (aurora.h). */
#include "arguments.h"
#include "aurora_truth.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROGRAM "auroragen"
#define BLOCK   ((size_t)256 << 10) /* bytes a write */

static const char help[] =
    "Usage: auroragen [OPTIONS] > pings.ndjson\n"
    "\n"
    "The main pings of one clientId that many machines share, 4,571,188 from 2017-01-02 to\n"
    "2017-02-16, in the order of their arrival, about 1 kB each.\n"
    "\n"
    "  --follow-up     7,428,812 more until 2017-04-28; then 312,266 documents were seen once\n"
    "  --scale N       all of these figures by N (default 1)\n"
    "  --others N      pings of other clients in between (default 0)\n"
    "  --seed N        the same seed gives the same bytes (default 1)\n"
    "  --output DIR    a file YYYYMMDD.ndjson for each day in DIR, which must be there\n"
    "  --truth FILE    the true figures as JSON (aurora_truth.h)\n"
    "  --help\n";

struct run {
  uint64_t seed;
  uint32_t scale, others;
  bool follow_up;
  const char *truth, *directory;
};

static struct run parse(int argc, char **argv) {
  struct run run = {.seed = 1, .scale = 1};
  static const struct option options[] = {
      {"follow-up", no_argument, NULL, 'f'},    {"scale", required_argument, NULL, 's'},
      {"others", required_argument, NULL, 'n'}, {"seed", required_argument, NULL, 'r'},
      {"output", required_argument, NULL, 'o'}, {"truth", required_argument, NULL, 't'},
      {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
  for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (c) {
    case 'f': run.follow_up = true; break;
    case 's': run.scale = (uint32_t)arguments_number(PROGRAM, optarg, 1, 1000); break;
    case 'n': run.others = (uint32_t)arguments_number(PROGRAM, optarg, 0, 1000000000); break;
    case 'r': run.seed = arguments_number(PROGRAM, optarg, 0, UINT64_MAX / 8); break;
    case 'o': run.directory = optarg; break;
    case 't': run.truth = optarg; break;
    case 'h': (void)fputs(help, stdout); exit(0);
    default: (void)fputs("Try auroragen --help.\n", stderr); exit(2);
    }
  }
  if (optind < argc) arguments_wrong(PROGRAM, "unexpected argument", argv[optind]);
  return run;
}

/* The other clients' pings come evenly among the client's. */
static bool put_day(const struct aurora *a, uint32_t day, int fd, struct text *t) {
  const uint32_t own = a->start[day + 1] - a->start[day];
  const uint32_t others = a->others_start[day + 1] - a->others_start[day];
  uint32_t taken = 0;
  for (uint32_t i = 0; i < own + others; i++) {
    const bool is_own = (uint64_t)(i + 1) * own / (own + others) > taken;
    if (is_own) aurora_put(a, day, a->start[day] + taken, t);
    else aurora_put_other(a, day, a->others_start[day] + i - taken, t);
    taken += is_own;
    if (t->len >= BLOCK && !text_write(t, fd)) return false;
  }
  return text_write(t, fd);
}

static int open_day(const char *directory, uint32_t day) {
  char date[16], path[4096];
  struct text t = {date, 0, sizeof date};
  text_date(&t, AURORA_FIRST_DAY + day);
  if (snprintf(path, sizeof path, "%s/%.8s.ndjson", directory, date) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

static bool put_all(const struct aurora *a, const char *directory) {
  struct text t = {NULL, 0, 0};
  bool ok = true;
  for (uint32_t day = 0; ok && day < a->ndays; day++) {
    int fd = directory ? open_day(directory, day) : STDOUT_FILENO;
    ok = fd >= 0 && put_day(a, day, fd, &t);
    if (directory && fd >= 0) ok = close(fd) == 0 && ok;
  }
  free(t.data);
  return ok;
}

static bool tell(const struct aurora *a, const struct run *run) {
  FILE *out = fopen(run->truth, "w");
  if (!out) return false;
  aurora_tell(a, run->scale, out);
  const bool written = !ferror(out);
  return fclose(out) == 0 && written;
}

int main(int argc, char **argv) {
  const struct run run = parse(argc, argv);
  struct aurora *a = malloc(sizeof *a);
  if (!a) return 1;
  aurora_plan(a, run.seed, run.scale, run.follow_up, run.others);
  const char *failed = NULL;
  if (run.truth && !tell(a, &run)) failed = run.truth;
  else if (!put_all(a, run.directory)) failed = run.directory ? run.directory : "standard output";
  if (failed) (void)fprintf(stderr, "auroragen: %s: %s\n", failed, strerror(errno));
  aurora_release(a);
  free(a);
  return failed ? 1 : 0;
}
