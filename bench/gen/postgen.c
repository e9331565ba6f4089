/* postgen: writes the pings of the days round 2017-03-12 to standard output (post.h). */
#include "arguments.h"
#include "post.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROGRAM    "postgen"
#define BLOCK      ((size_t)256 << 10) /* bytes a write */
#define DAYS_AHEAD 11u                 /* the stream begins so many days before POST_DAY */

static const char help[] =
    "Usage: postgen [OPTIONS] > pings.ndjson\n"
    "\n"
    "Main pings in the order of their arrival, 2017-03-01 to 2017-03-16. On 2017-03-12 one client\n"
    "sends ten of them 232,287 times.\n"
    "\n"
    "  --days N        only so many days: from 12 on they begin on 2017-03-01, fewer end on\n"
    "                  2017-03-12 (default 16)\n"
    "  --normal N      pings on each of the other days, about (default 30000)\n"
    "  --seed N        the same seed gives the same bytes (default 1)\n"
    "  --truth FILE    the true figures as JSON: of each day and of each client in it\n"
    "  --help\n";

struct run {
  uint64_t seed;
  uint32_t days, normal;
  const char *truth_path;
  FILE *truth; /* NULL: not asked for */
};

static struct run parse(int argc, char **argv) {
  struct run run = {.seed = 1, .days = 16, .normal = 30000};
  static const struct option options[] = {
      {"days", required_argument, NULL, 'd'}, {"normal", required_argument, NULL, 'n'},
      {"seed", required_argument, NULL, 'r'}, {"truth", required_argument, NULL, 't'},
      {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
  for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (c) {
    case 'd': run.days = (uint32_t)arguments_number(PROGRAM, optarg, 1, 3650); break;
    case 'n': run.normal = (uint32_t)arguments_number(PROGRAM, optarg, 100, 10000000); break;
    case 'r': run.seed = arguments_number(PROGRAM, optarg, 0, UINT64_MAX / 4); break;
    case 't': run.truth_path = optarg; break;
    case 'h': (void)fputs(help, stdout); exit(0);
    default: (void)fputs("Try postgen --help.\n", stderr); exit(2);
    }
  }
  if (optind < argc) arguments_wrong(PROGRAM, "unexpected argument", argv[optind]);
  return run;
}

static void tell_clients(FILE *out, const struct post_day *plan,
                         const struct post_client *clients) {
  char data[64];
  struct text id = {data, 0, sizeof data};
  for (uint32_t c = 0; c < plan->nclients; c++) {
    id.len = 0;
    post_client_id(plan->seed, c, &id);
    (void)fprintf(out, "%s\n\"%.*s\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", c ? "," : "",
                  (int)id.len, id.data, clients[c].pings, clients[c].duplicates,
                  clients[c].measurements);
  }
}

/* {"day":"2017-03-12","pings":...,"clients":{"<id>":[pings, duplicates, measurements],...}} */
static void tell_day(FILE *out, const struct post_day *plan, bool first) {
  struct post_client all = {0}, *clients = calloc(plan->nclients, sizeof *clients);
  if (!clients) {
    (void)fputs("postgen: out of memory\n", stderr);
    exit(1);
  }
  post_count(plan, clients);
  for (uint32_t c = 0; c < plan->nclients; c++) {
    all.pings += clients[c].pings;
    all.duplicates += clients[c].duplicates;
    all.measurements += clients[c].measurements;
  }
  char data[16];
  struct text date = {data, 0, sizeof data};
  text_date(&date, plan->day);
  (void)fprintf(out,
                "%s{\"day\":\"%.4s-%.2s-%.2s\",\"pings\":%" PRIu64 ",\"unique\":%" PRIu64
                ",\"duplicates\":%" PRIu64 ",\"measurements\":%" PRIu64 ",\"clients\":{",
                first ? "[" : ",\n", data, data + 4, data + 6, all.pings,
                all.pings - all.duplicates, all.duplicates, all.measurements);
  tell_clients(out, plan, clients);
  (void)fputs("}}", out);
  free(clients);
}

static bool write_out(struct text *t) {
  if (text_write(t, STDOUT_FILENO)) return true;
  (void)fprintf(stderr, "postgen: standard output: %s\n", strerror(errno));
  return false;
}

static bool put_day(const struct post_day *plan, struct text *t) {
  bool ok = true;
  for (uint32_t n = 0; ok && n < plan->npings; n++) {
    post_put(plan, n, t);
    if (t->len >= BLOCK) ok = write_out(t);
  }
  return ok;
}

static bool put_all(const struct run *run, struct text *t) {
  uint32_t ahead = run->days <= DAYS_AHEAD ? run->days - 1 : DAYS_AHEAD;
  bool ok = true;
  for (uint32_t i = 0; ok && i < run->days; i++) {
    struct post_day plan;
    post_plan(&plan, run->seed, POST_DAY - ahead + i, run->normal);
    if (run->truth) tell_day(run->truth, &plan, i == 0);
    ok = put_day(&plan, t);
    post_release(&plan);
  }
  if (run->truth) (void)fputs("]\n", run->truth);
  return ok && write_out(t);
}

int main(int argc, char **argv) {
  struct run run = parse(argc, argv);
  run.truth = run.truth_path ? fopen(run.truth_path, "w") : NULL;
  bool ok = !run.truth_path || run.truth;
  struct text text = {NULL, 0, 0};
  if (ok && !put_all(&run, &text)) return 1;
  free(text.data);
  if (run.truth) {
    bool written = !ferror(run.truth);
    ok = fclose(run.truth) == 0 && written;
  }
  if (!ok) (void)fprintf(stderr, "postgen: %s: %s\n", run.truth_path, strerror(errno));
  return ok ? 0 : 1;
}
