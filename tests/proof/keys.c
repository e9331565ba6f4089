/* Exact with so many keys: keys N DIRECTORY. Fills a new store in the directory with N keys of
 * thirty days, opens it anew, looks all of them up and as many that are not there, marks some
 * again, and lets the store check itself. No key may be missing, none may be there that was not
 * marked. scripts/soak keys runs it with 10^9 (some 20 GB of disk). */
#include <inttypes.h>
#include <pingsieve/seen.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH     65536u
#define DAYS      30u
#define FIRST_DAY 17000u
#define TELL_S    60 /* seconds between two words of how far it is */

struct fill {
  struct ps_seen *seen;
  struct ps_error err;
  uint64_t n;
  time_t told;
  struct ps_key keys[BATCH];
  uint16_t days[BATCH];
  uint8_t verdict[BATCH];
};

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014), a bijection: no two numbers have the same
 * key. */
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/* The keys of numbers from..from + n; of those below fill->n the days ascend, as pings do. */
static void keys_make(struct fill *fill, uint64_t from, unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    const uint64_t number = from + i, day = number / (fill->n / DAYS + 1);
    fill->keys[i] = (struct ps_key){mix(2 * number + 1), mix(2 * number + 2)};
    fill->days[i] = (uint16_t)(FIRST_DAY + (day < DAYS ? day : DAYS - 1));
  }
}

static void tell(struct fill *fill, const char *what, uint64_t done) {
  const time_t now = time(NULL);
  if (now - fill->told < TELL_S) return;
  (void)fprintf(stderr, "%s: %" PRIu64 "\n", what, done);
  fill->told = now;
}

/* Whether all of a batch's verdicts are `want`; says the first that is not. */
static bool verdicts_are(const struct fill *fill, const char *what, uint64_t from, unsigned n,
                         uint8_t want) {
  for (unsigned i = 0; i < n; i++) {
    if (fill->verdict[i] == want) continue;
    (void)fprintf(stderr, "%s: key %" PRIu64 " is %sthere\n", what, from + i, want ? "not " : "");
    return false;
  }
  return true;
}

static bool failed(const struct fill *fill, const char *what) {
  (void)fprintf(stderr, "%s: %s\n", what, fill->err.text);
  return false;
}

/* Marks the numbers from..to, which are new or (want) known. */
static bool mark(struct fill *fill, uint64_t from, uint64_t to, uint8_t want) {
  while (from < to) {
    const unsigned n = to - from < BATCH ? (unsigned)(to - from) : BATCH;
    keys_make(fill, from, n);
    if (ps_seen_begin(fill->seen, &fill->err)) return failed(fill, "begin");
    if (ps_seen_mark(fill->seen, fill->days, fill->keys, n, fill->verdict, &fill->err) ||
        ps_seen_commit(fill->seen, &fill->err)) {
      ps_seen_abort(fill->seen);
      return failed(fill, "mark");
    }
    if (!verdicts_are(fill, "marking", from, n, want)) return false;
    from += n;
    tell(fill, "marked", from);
  }
  return true;
}

static bool look_up(struct fill *fill, uint64_t from, uint64_t to, uint8_t want) {
  while (from < to) {
    const unsigned n = to - from < BATCH ? (unsigned)(to - from) : BATCH;
    keys_make(fill, from, n);
    if (ps_seen_lookup(fill->seen, fill->keys, n, fill->verdict, &fill->err))
      return failed(fill, "look-up");
    if (!verdicts_are(fill, "looking up", from, n, want)) return false;
    from += n;
    tell(fill, want ? "looked up" : "looked up in vain", from);
  }
  return true;
}

static void sentence(void *context, const char *text) {
  (void)context;
  (void)fprintf(stderr, "check: %s\n", text);
}

static bool whole(struct fill *fill) {
  struct ps_seen_check_result result;
  if (ps_seen_check(fill->seen, sentence, NULL, &result, &fill->err)) return failed(fill, "check");
  if (!result.broken && result.keys == fill->n) return true;
  (void)fprintf(stderr, "check: %" PRIu64 " keys, %" PRIu64 " broken\n", result.keys,
                result.broken);
  return false;
}

static bool run(struct fill *fill, const char *dir) {
  const struct ps_seen_options options = {
      .size = sizeof(struct ps_seen_options), .create = true, .keep_given = true};
  if (ps_seen_open(dir, &options, &fill->seen, &fill->err)) return failed(fill, "open");
  if (!mark(fill, 0, fill->n, 0)) return false;
  ps_seen_close(fill->seen);
  fill->seen = NULL;
  if (ps_seen_open(dir, &options, &fill->seen, &fill->err)) return failed(fill, "open");
  const uint64_t n = fill->n, some = n < 1000000 ? n : 1000000;
  return look_up(fill, 0, n, 1) && look_up(fill, n, 2 * n, 0) && mark(fill, n - some, n, 1) &&
         whole(fill);
}

int main(int argc, char **argv) {
  char *end = NULL;
  struct fill *fill = calloc(1, sizeof *fill);
  if (fill && argc == 3) fill->n = strtoull(argv[1], &end, 10);
  if (!end || *end || !fill->n || fill->n > UINT64_MAX / 8) {
    (void)fprintf(stderr, "usage: keys N DIRECTORY\n");
    free(fill);
    return 2;
  }
  fill->told = time(NULL);
  const time_t began = fill->told;
  const bool good = run(fill, argv[2]);
  if (good)
    (void)printf("%" PRIu64 " keys are there, as many others are not; %lld s\n", fill->n,
                 (long long)(time(NULL) - began));
  ps_seen_close(fill->seen);
  free(fill);
  return !good;
}
