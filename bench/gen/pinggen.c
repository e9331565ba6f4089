/* pinggen: writes a seeded stream of telemetry-like pings, one a line, to standard output. */
#include "arguments.h"
#include "stream.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROGRAM "pinggen"
#define BLOCK   ((size_t)256 << 10) /* bytes a write */

static const char help[] =
    "Usage: pinggen [OPTIONS] > pings.ndjson\n"
    "\n"
    "  --shape main|small|id   main pings of about 36 kB, event and health pings of about 1 kB,\n"
    "                          or only an id and a day (default small)\n"
    "  --count N               pings (default 1000)\n"
    "  --bytes N               stop after the ping that reaches N bytes, instead of --count\n"
    "  --skip N                begin with ping number N of the stream\n"
    "  --seed N                the same seed gives the same bytes (default 1)\n"
    "  --duplicates PERCENT    share of pings that are copies of earlier ones (default 0)\n"
    "  --window N              ... of the N lines before (default 10000)\n"
    "  --days N                the submission day goes round N days (default 1)\n"
    "  --per-day N             ... and on after N pings (default 1: every ping)\n"
    "  --first-day N           days since 1970 (default 17591: 2018-03-01)\n"
    "  --clients N             distinct clients (default 100000)\n"
    "  --malformed-every N     each N-th ping is cut short\n"
    "  --no-id-every N         each N-th ping has no id\n"
    "  --help\n";

struct run {
  struct stream_options stream;
  uint64_t count, bytes, skip;
};

/* Percent with decimals, in millionths. */
static uint32_t share(const char *text) {
  char *end;
  double percent = strtod(text, &end);
  if (end == text || *end || !(percent >= 0 && percent <= 100))
    arguments_wrong(PROGRAM, "not a percentage", text);
  return (uint32_t)(percent * 10000 + 0.5);
}

static enum ping_shape shape(const char *text) {
  if (!strcmp(text, "main")) return SHAPE_MAIN;
  if (!strcmp(text, "small")) return SHAPE_SMALL;
  if (!strcmp(text, "id")) return SHAPE_ID;
  arguments_wrong(PROGRAM, "no such shape", text);
}

static struct run parse(int argc, char **argv) {
  struct run run = {.stream = {.shape = SHAPE_SMALL,
                               .seed = 1,
                               .window = 10000,
                               .days = 1,
                               .per_day = 1,
                               .first_day = 17591,
                               .clients = 100000},
                    .count = 1000};
  static const struct option options[] = {{"shape", required_argument, NULL, 's'},
                                          {"count", required_argument, NULL, 'n'},
                                          {"bytes", required_argument, NULL, 'b'},
                                          {"skip", required_argument, NULL, 'k'},
                                          {"seed", required_argument, NULL, 'r'},
                                          {"duplicates", required_argument, NULL, 'd'},
                                          {"window", required_argument, NULL, 'w'},
                                          {"days", required_argument, NULL, 'D'},
                                          {"per-day", required_argument, NULL, 'p'},
                                          {"first-day", required_argument, NULL, 'f'},
                                          {"clients", required_argument, NULL, 'c'},
                                          {"malformed-every", required_argument, NULL, 'm'},
                                          {"no-id-every", required_argument, NULL, 'i'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  struct stream_options *s = &run.stream;
  for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (c) {
    case 's': s->shape = shape(optarg); break;
    case 'n': run.count = arguments_number(PROGRAM, optarg, 0, UINT64_MAX); break;
    case 'b':
      run.bytes = arguments_number(PROGRAM, optarg, 1, UINT64_MAX);
      run.count = UINT64_MAX;
      break;
    case 'k': run.skip = arguments_number(PROGRAM, optarg, 0, UINT64_MAX / 2); break;
    case 'r': s->seed = arguments_number(PROGRAM, optarg, 0, UINT64_MAX / 4); break;
    case 'd': s->duplicates = share(optarg); break;
    case 'w': s->window = (uint32_t)arguments_number(PROGRAM, optarg, 1, UINT32_MAX); break;
    case 'D': s->days = (uint32_t)arguments_number(PROGRAM, optarg, 1, 36500); break;
    case 'p': s->per_day = (uint32_t)arguments_number(PROGRAM, optarg, 1, UINT32_MAX); break;
    case 'f': s->first_day = (uint32_t)arguments_number(PROGRAM, optarg, 0, 60000); break;
    case 'c': s->clients = (uint32_t)arguments_number(PROGRAM, optarg, 1, UINT32_MAX); break;
    case 'm':
      s->malformed_every = (uint32_t)arguments_number(PROGRAM, optarg, 1, UINT32_MAX);
      break;
    case 'i': s->no_id_every = (uint32_t)arguments_number(PROGRAM, optarg, 1, UINT32_MAX); break;
    case 'h': (void)fputs(help, stdout); exit(0);
    default: (void)fputs("Try pinggen --help.\n", stderr); exit(2);
    }
  }
  if (optind < argc) arguments_wrong(PROGRAM, "unexpected argument", argv[optind]);
  return run;
}

static bool write_out(struct text *t) {
  if (text_write(t, STDOUT_FILENO)) return true;
  (void)fprintf(stderr, "pinggen: standard output: %s\n", strerror(errno));
  return false;
}

int main(int argc, char **argv) {
  struct run run = parse(argc, argv);
  struct stream stream;
  struct text text = {NULL, 0, 0};
  stream_init(&stream, &run.stream);
  stream.line = run.skip;
  bool ok = true;
  for (uint64_t n = 0, bytes = 0; ok && n < run.count && (!run.bytes || bytes < run.bytes); n++) {
    size_t before = text.len;
    stream_next(&stream, &text);
    bytes += text.len - before;
    if (text.len >= BLOCK) ok = write_out(&text);
  }
  ok = ok && write_out(&text);
  free(text.data);
  stream_release(&stream);
  return ok ? 0 : 1;
}
