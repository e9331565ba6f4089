/* Accounts as the pipeline counts them: on which day, in step with the keys, through aborted
 * batches; flags and what they withhold; rules and files that change while it runs. */
#include "../writer.h"
#include "support.h"

#include "base/day.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- reading what was counted ---- */

#define DAYS 32u

struct counted {
  size_t n;
  struct day_counts {
    day_t day;
    uint64_t keys, count[PS_PING_CLASSES], withheld;
    size_t flags;
  } days[DAYS];
};

static int note_day(void *context, const struct ps_account_day *day, struct ps_error *err) {
  struct counted *counted = context;
  (void)err;
  assert_true(counted->n < DAYS);
  struct day_counts *d = &counted->days[counted->n++];
  *d = (struct day_counts){day->day, day->keys, {0}, day->total.withheld, day->nflags};
  memcpy(d->count, day->total.count, sizeof d->count);
  return PS_OK;
}

static struct counted read_accounts(const char *store) {
  struct ps_seen_options options = {.size = sizeof(struct ps_seen_options), .read_only = true};
  struct counted counted = {0};
  struct ps_seen *seen;
  assert_int_equal(ps_seen_open(store, &options, &seen, NULL), PS_OK);
  assert_int_equal(ps_accounts_read(seen, 0, DAY_MAX, 0, NULL, note_day, &counted, NULL), PS_OK);
  ps_seen_close(seen);
  return counted;
}

static uint64_t count_on(const struct counted *counted, day_t day, enum ps_class class) {
  for (size_t i = 0; i < counted->n; i++)
    if (counted->days[i].day == day) return counted->days[i].count[class];
  return 0;
}

static day_t day_of(const char *text) {
  day_t day;
  assert_true(day_parse(text, strlen(text), &day));
  return day;
}

static day_t today(void) {
  day_t day;
  assert_true(day_from_seconds((int64_t)time(NULL), &day));
  return day;
}

/* ---- days ---- */

#define ON(day) "\"submission_timestamp\":\"" day "\""

static void a_ping_counts_on_the_day_of_its_key(void **state) {
  struct ps_sieve_options o = world_options(*state);
  o.seen.keep_given = true;
  o.seen.keep_days = 5;
  o.read.max_line = 100;
  char overlong[200];
  memset(overlong, 'x', sizeof overlong);
  struct buffer input = BUFFER_INIT;
  assert_int_equal(
      buffer_printf(
          &input, NULL,
          "{\"id\":\"a\"," ON(
              "2017-03-12") "}\n"
                            "{\"id\":\"b\"," ON(
                                "2017-03-11") "}\n"
                                              "{\"id\":\"a\"," ON(
                                                  "2017-03-11") "}\n" /* a duplicate has its own day
                                                                       */
                                                                "{" ON(
                                                                    "2017-03-10") "}\n" /* no id,
                                                                                           within
                                                                                           the
                                                                                           retention
                                                                                         */
                                                                                  "{" ON(
                                                                                      "2017-03-"
                                                                                      "06") "}\n" /* no id, too old */
                                                                                            "{}"
                                                                                            "\n" /* no id, no day */
                                                                                            "{\""
                                                                                            "id"
                                                                                            "\":"
                                                                                            "\"c"
                                                                                            "\""
                                                                                            "," ON(
                                                                                                "20"
                                                                                                "17"
                                                                                                "-0"
                                                                                                "3-"
                                                                                                "0"
                                                                                                "6") "}\n" /* late */
                                                                                                     "broken\n\n%.*s\n" /* malformed, blank, over-long */
                                                                                                     "{\"id\":\"d\"," ON(
                                                                                                         "2017-03-13") "}\n"
                                                                                                                       "broken\n",
          (int)sizeof overlong, overlong),
      PS_OK);
  struct outcome r = run_sieve(o, input.data, input.len);
  assert_int_equal(r.status, PS_OK);
  struct counted counted = read_accounts(o.store);
  assert_int_equal(counted.n, 4);
  day_t twelfth = day_of("2017-03-12");
  assert_int_equal(count_on(&counted, day_of("2017-03-10"), PS_NO_ID), 1);
  assert_int_equal(count_on(&counted, day_of("2017-03-11"), PS_UNIQUE), 1);
  assert_int_equal(count_on(&counted, day_of("2017-03-11"), PS_DUPLICATE), 1);
  assert_int_equal(count_on(&counted, twelfth, PS_UNIQUE), 1);
  assert_int_equal(count_on(&counted, twelfth, PS_NO_ID), 2);
  assert_int_equal(count_on(&counted, twelfth, PS_LATE), 1);
  assert_int_equal(count_on(&counted, twelfth, PS_MALFORMED), 2);
  assert_int_equal(count_on(&counted, day_of("2017-03-13"), PS_UNIQUE), 1);
  assert_int_equal(count_on(&counted, day_of("2017-03-13"), PS_MALFORMED), 1);
  outcome_release(&r);
  buffer_release(&input);
}

/* Whether a count stands on one of the days today was while the test ran, moved by `ahead`. */
static void assert_today(const char *store, day_t before, unsigned ahead, enum ps_class class) {
  struct counted counted = read_accounts(store);
  uint64_t n = 0;
  for (unsigned day = before; day <= today(); day++)
    n += count_on(&counted, (day_t)(day + ahead), class);
  assert_int_equal(n, 1);
}

static void pings_without_a_day_count_today(void **state) {
  struct ps_sieve_options o = world_options(*state);
  day_t before = today();
  struct outcome r = run_sieve(o, "broken\n", 7);
  outcome_release(&r);
  assert_today(o.store, before, 0, PS_MALFORMED);
  r = run_sieve(o, "{\"id\":\"a\"}\n", 11);
  outcome_release(&r);
  assert_today(o.store, before, 0, PS_UNIQUE);
  const char *future = "{\"id\":\"z\"," ON("2099-01-01") "}\n{" ON("2099-01-01") "}\n";
  r = run_sieve(o, future, strlen(future));
  outcome_release(&r);
  assert_today(o.store, before, 1, PS_UNIQUE);
  assert_today(o.store, before, 1, PS_NO_ID);
}

/* ---- in step with the keys ---- */

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static void random_lines(struct buffer *input, uint64_t *seed, unsigned n) {
  buffer_clear(input);
  for (unsigned i = 0; i < n; i++) {
    unsigned kind = (unsigned)(next_random(seed) % 20), day = (unsigned)(next_random(seed) % 9);
    unsigned id = (unsigned)(next_random(seed) % 3000), client = (unsigned)(next_random(seed) % 50);
    int r;
    if (kind == 0) r = buffer_printf(input, NULL, "{\"broken\n");
    else if (kind == 1) r = buffer_printf(input, NULL, "\n");
    else if (kind == 2)
      r = buffer_printf(input, NULL, "{" ON("2017-03-1%u") ",\"clientId\":\"%u\"}\n", day, client);
    else
      r = buffer_printf(input, NULL, "{\"id\":\"%u\"," ON("2017-03-1%u") ",\"clientId\":\"%u\"}\n",
                        id, day, client);
    assert_int_equal(r, PS_OK);
  }
}

/* An output that takes some of the bytes only: a pipe nobody empties, whose reader goes. */
static int failing_output(uint64_t *seed) {
  int ends[2];
  if (next_random(seed) % 2) return open("/dev/full", O_WRONLY | O_CLOEXEC);
  assert_int_equal(pipe(ends), 0);
  close(ends[0]);
  return ends[1];
}

static void add_counts(uint64_t total[PS_CLASSES], const struct ps_sieve_figures *figures) {
  for (size_t c = 0; c < PS_CLASSES; c++) total[c] += figures->count[c];
}

static void assert_in_step(const char *store, const uint64_t total[PS_CLASSES]) {
  struct counted counted = read_accounts(store);
  uint64_t sum[PS_PING_CLASSES] = {0};
  for (size_t i = 0; i < counted.n; i++) {
    assert_int_equal(counted.days[i].count[PS_UNIQUE], counted.days[i].keys);
    for (size_t c = 0; c < PS_PING_CLASSES; c++) sum[c] += counted.days[i].count[c];
  }
  for (size_t c = 0; c < PS_PING_CLASSES; c++) assert_int_equal(sum[c], total[c]);
}

/* Random streams, batches and thread counts; some runs fail at their output. The accounts are
 * always what the runs said they had committed, and their unique pings the keys of the day. */
static void unique_pings_are_the_keys_of_each_day(void **state) {
  struct ps_sieve_options o = world_options(*state);
  struct buffer input = BUFFER_INIT;
  uint64_t seed = 20170312, total[PS_CLASSES] = {0};
  o.seen.keep_given = true; /* for ever: every day keeps its keys */
  for (unsigned i = 0; i < 30; i++) {
    random_lines(&input, &seed, 1 + (unsigned)(next_random(&seed) % 400));
    o.batch_pings = 1 + (uint32_t)(next_random(&seed) % 200);
    o.read.threads = 1 + (unsigned)(next_random(&seed) % 3);
    bool fails = i % 3 == 2;
    o.output_fd = fails ? failing_output(&seed) : 0;
    struct outcome r = run_sieve(o, input.data, input.len);
    assert_true(fails || !r.status);
    if (fails) close(o.output_fd);
    add_counts(total, &r.figures);
    outcome_release(&r);
    assert_in_step(o.store, total);
  }
  assert_true(total[PS_UNIQUE] > 1000 && total[PS_DUPLICATE] > 500);
  buffer_release(&input);
}

static void expiry_leaves_the_accounts(void **state) {
  struct ps_sieve_options o = world_options(*state);
  o.seen.keep_given = true;
  o.seen.keep_days = 1;
  const char *input = "{\"id\":\"a\"," ON("2017-03-12") "}\n{\"id\":\"b\"," ON("2017-03-15") "}\n";
  struct outcome r = run_sieve(o, input, strlen(input));
  assert_int_equal(r.status, PS_OK);
  outcome_release(&r);
  struct counted counted = read_accounts(o.store);
  assert_int_equal(counted.n, 2);
  assert_int_equal(counted.days[0].count[PS_UNIQUE], 1);
  assert_int_equal(counted.days[0].keys, 0);
  assert_int_equal(counted.days[1].keys, 1);
}

static void without_accounts_there_are_none(void **state) {
  struct ps_sieve_options o = world_options(*state);
  o.no_accounts = true;
  struct outcome r = run_sieve(o, "{\"id\":\"a\"}\n{\"id\":\"a\"}\n", 22);
  assert_int_equal(r.figures.count[PS_DUPLICATE], 1);
  outcome_release(&r);
  assert_int_equal(read_accounts(o.store).n, 0);
}

static void wrong_measures_leave_no_store(void **state) {
  struct ps_sieve_options o = world_options(*state);
  struct ps_account_measure measures[PS_MEASURES_MAX + 1] = {{"a", "x//y"}};
  o.read.measures = measures;
  o.read.nmeasures = 1;
  struct outcome r = run_sieve(o, "", 0);
  assert_int_equal(r.status, PS_E_ARGUMENT);
  o.read.nmeasures = PS_MEASURES_MAX + 1;
  r = run_sieve(o, "", 0);
  assert_int_equal(r.status, PS_E_ARGUMENT);
  assert_int_equal(access(o.store, F_OK), -1);
}

/* ---- flags ---- */

static void from_client(struct buffer *input, const char *client, unsigned first, unsigned n) {
  for (unsigned i = first; i < first + n; i++)
    assert_int_equal(buffer_printf(input, NULL,
                                   "{\"id\":\"%u\",\"clientId\":\"%s\"," ON("2017-03-12") "}\n", i,
                                   client),
                     PS_OK);
}

/* The lines of a file as JSON, which they must be. */
static json_t *read_lines(const char *path) {
  struct buffer text = BUFFER_INIT;
  json_t *lines = json_array();
  read_file(path, &text);
  for (char *line = (char *)text.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
    json_t *object = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    assert_int_equal(json_array_append_new(lines, object), 0);
  }
  buffer_release(&text);
  return lines;
}

static const char *text_of(const json_t *lines, size_t i, const char *key) {
  return json_string_value(json_object_get(json_array_get(lines, i), key));
}

static json_int_t number_of(const json_t *lines, size_t i, const char *key) {
  const json_t *value = json_object_get(json_array_get(lines, i), key);
  assert_true(json_is_integer(value));
  return json_integer_value(value);
}

static void flags_are_told_once_with_their_figures(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct ps_rules rules = {.ping_flood = 10, .duplicate_flood = 20, .duplicate_flood_percent = 50};
  struct buffer input = BUFFER_INIT;
  char flags[128];
  (void)snprintf(flags, sizeof flags, "%s/flags", w->dir);
  o.flags_path = flags;
  o.rules = &rules;
  from_client(&input, "\\\"\\u0000\\n\\ud800</script>\\u00e9", 0, 15);
  from_client(&input, "\\\"\\u0000\\n\\ud800</script>\\u00e9", 0, 15);
  from_client(&input, "c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0", 100, 50);
  from_client(&input, "", 200, 50);
  struct outcome r = run_sieve(o, input.data, input.len);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(r.figures.flags, 2);
  assert_int_equal(r.figures.withheld, 0);
  outcome_release(&r);
  r = run_sieve(o, input.data, input.len); /* once a day */
  assert_int_equal(r.figures.flags, 0);
  outcome_release(&r);
  json_t *lines = read_lines(flags);
  assert_int_equal(json_array_size(lines), 2);
  assert_string_equal(text_of(lines, 0, "rule"), "ping-flood");
  assert_string_equal(text_of(lines, 0, "day"), "2017-03-12");
  assert_int_equal(number_of(lines, 0, "pings"), 10);
  assert_int_equal(number_of(lines, 0, "limit"), 10);
  assert_string_equal(text_of(lines, 1, "rule"), "duplicate-flood");
  assert_int_equal(number_of(lines, 1, "pings"), 30);
  assert_int_equal(number_of(lines, 1, "duplicates"), 15);
  assert_int_equal(number_of(lines, 1, "distinct_at_most"), 15);
  json_decref(lines);
  buffer_release(&input);
}

static size_t lines_of(const char *path) {
  struct buffer text = BUFFER_INIT;
  size_t n = 0;
  read_file(path, &text);
  for (size_t i = 0; i < text.len; i++) n += text.data[i] == '\n';
  buffer_release(&text);
  return n;
}

static void flagged_clients_are_withheld(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct ps_rules rules = {.ping_flood = 10};
  struct buffer input = BUFFER_INIT;
  char kept[128], duplicates[128], store[128];
  (void)snprintf(kept, sizeof kept, "%s/kept", w->dir);
  (void)snprintf(duplicates, sizeof duplicates, "%s/duplicates", w->dir);
  (void)snprintf(store, sizeof store, "%s-2", w->store);
  o.rules = &rules;
  o.flagged = PS_FLAGGED_FILE;
  o.flagged_path = kept;
  o.duplicates_path = duplicates;
  from_client(&input, "x", 0, 14);
  from_client(&input, "y", 20, 3);
  from_client(&input, "x", 0, 2);
  struct outcome r = run_sieve(o, input.data, input.len);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(r.figures.count[PS_UNIQUE], 17);
  assert_int_equal(r.figures.withheld, 4);
  assert_int_equal(r.figures.bytes_out, r.out.len);
  assert_int_equal(r.figures.bytes_out + r.figures.withheld_bytes + r.figures.bytes[PS_DUPLICATE],
                   input.len);
  assert_int_equal(lines_of(kept), 4);
  assert_int_equal(lines_of(duplicates), 2);
  struct counted counted = read_accounts(o.store);
  assert_int_equal(counted.days[0].withheld, 4);
  assert_int_equal(counted.days[0].keys, 17);
  outcome_release(&r);
  o.store = store;
  o.flagged = PS_FLAGGED_DROP;
  r = run_sieve(o, input.data, input.len);
  assert_int_equal(r.figures.withheld, 4);
  assert_int_equal(lines_of(kept), 4);
  outcome_release(&r);
  buffer_release(&input);
}

static void a_failed_flags_file_marks_nothing(void **state) {
  struct ps_sieve_options o = world_options(*state);
  struct ps_rules rules = {.ping_flood = 1};
  const char *input = "{\"id\":\"a\",\"clientId\":\"x\"}\n";
  o.rules = &rules;
  o.flags_path = "/dev/full";
  struct outcome r = run_sieve(o, input, strlen(input));
  assert_int_equal(r.status, PS_E_OUTPUT);
  assert_int_equal(r.figures.flags, 0);
  outcome_release(&r);
  assert_int_equal(read_accounts(o.store).n, 0);
  o.flags_path = NULL;
  r = run_sieve(o, input, strlen(input));
  assert_int_equal(r.figures.count[PS_UNIQUE], 1);
  assert_int_equal(r.figures.flags, 1);
  outcome_release(&r);
}

/* ---- while it runs ---- */

struct stream {
  struct ps_sieve *sieve;
  int in, out, status; /* ends of pipes that are ours */
  int theirs[2];
  pthread_t thread;
};

static void *stream_work(void *context) {
  struct stream *s = context;
  s->status = ps_sieve_run(s->sieve, NULL);
  return NULL;
}

static void stream_open(struct stream *s, struct ps_sieve_options o) {
  int in[2], out[2];
  assert_int_equal(pipe(in) | pipe(out), 0);
  o.input_fd = s->theirs[0] = in[0];
  o.output_fd = s->theirs[1] = out[1];
  s->in = in[1];
  s->out = out[0];
  assert_int_equal(ps_sieve_open(&o, &s->sieve, NULL), PS_OK);
  assert_int_equal(pthread_create(&s->thread, NULL, stream_work, s), 0);
}

/* Sends n pings of a client and waits until `passing` of them have come out. */
static void stream_send(struct stream *s, const char *client, unsigned first, unsigned n,
                        unsigned passing) {
  struct buffer input = BUFFER_INIT;
  from_client(&input, client, first, n);
  assert_int_equal(write(s->in, input.data, input.len), (ssize_t)input.len);
  buffer_release(&input);
  for (char byte; passing; passing -= byte == '\n') assert_int_equal(read(s->out, &byte, 1), 1);
}

static void stream_close(struct stream *s) {
  close(s->in);
  assert_int_equal(pthread_join(s->thread, NULL), 0);
  assert_int_equal(s->status, PS_OK);
  assert_int_equal(ps_sieve_close(s->sieve, NULL), PS_OK);
  close(s->out);
  close(s->theirs[0]);
  close(s->theirs[1]);
}

static void await_file(const char *path) {
  struct stat st;
  while (stat(path, &st)) (void)usleep(1000);
}

static void rules_change_while_it_is_idle(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct ps_rules rules = {.ping_flood = 100};
  struct stream s;
  char kept[96], moved[96];
  (void)snprintf(kept, sizeof kept, "%s/kept", w->dir);
  (void)snprintf(moved, sizeof moved, "%s/moved", w->dir);
  o.rules = &rules;
  o.flagged = PS_FLAGGED_FILE;
  o.flagged_path = kept;
  stream_open(&s, o);
  stream_send(&s, "x", 0, 20, 20);
  assert_int_equal(rename(kept, moved), 0);
  rules.ping_flood = 10;
  ps_sieve_set_rules(s.sieve, &rules);
  ps_sieve_reopen(s.sieve);
  await_file(kept); /* then the rules have been taken up too */
  stream_send(&s, "y", 30, 20, 10);
  stream_close(&s);
  assert_int_equal(lines_of(kept), 10);
  assert_int_equal(lines_of(moved), 0);
}

static void files_are_opened_anew(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct stream s;
  char duplicates[128], moved[128];
  (void)snprintf(duplicates, sizeof duplicates, "%s/duplicates", w->dir);
  (void)snprintf(moved, sizeof moved, "%s/moved", w->dir);
  o.duplicates_path = duplicates;
  stream_open(&s, o);
  for (unsigned i = 0; i < 5; i++) {
    stream_send(&s, "x", 0, 3, i ? 0 : 3); /* three duplicates but for the first round */
    stream_send(&s, "x", 10 + i, 1, 1);    /* they have been dealt with when this has come out */
    assert_int_equal(rename(duplicates, moved), 0);
    ps_sieve_reopen(s.sieve);
    await_file(duplicates);
    assert_int_equal(lines_of(moved), i ? 3 : 0);
  }
  /* Asked once, it is done once: a file that is moved later is written on. */
  assert_int_equal(rename(duplicates, moved), 0);
  stream_send(&s, "x", 0, 3, 0);
  stream_close(&s);
  assert_int_not_equal(access(duplicates, F_OK), 0);
  assert_int_equal(lines_of(moved), 3);
}

/* An over-long line amid which it is asked for stays in one piece. */
static void files_are_opened_anew_after_a_long_line(void **state) {
  enum { PIECE = 3000 };
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct stream s;
  char moved[128], piece[PIECE];
  struct stat st;
  (void)snprintf(moved, sizeof moved, "%s/moved", w->dir);
  memset(piece, 'x', sizeof piece);
  o.invalid_path = w->invalid;
  o.read.max_line = 1000;
  o.read_bytes = 1024;
  stream_open(&s, o);
  assert_int_equal(write(s.in, piece, PIECE), PIECE);
  while (stat(w->invalid, &st) || st.st_size < 1000) (void)usleep(1000);
  assert_int_equal(rename(w->invalid, moved), 0);
  ps_sieve_reopen(s.sieve);
  (void)usleep(50000); /* time to do it, wrongly */
  piece[PIECE - 1] = '\n';
  assert_int_equal(write(s.in, piece, PIECE), PIECE);
  await_file(w->invalid);
  stream_close(&s);
  assert_int_equal(stat(moved, &st), 0);
  assert_int_equal(st.st_size, 2 * PIECE);
  assert_int_equal(stat(w->invalid, &st), 0);
  assert_int_equal(st.st_size, 0);
}

/* All that are appended to, not only the one that is written most. */
static void every_file_is_opened_anew(void **state) {
  static const char *const names[] = {"duplicates", "flagged", "flags", "invalid",
                                      "invalid.reasons"};
  const size_t n = sizeof names / sizeof names[0];
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct stream s;
  char paths[5][128], moved[768];
  for (size_t i = 0; i < n; i++)
    (void)snprintf(paths[i], sizeof paths[i], "%s/%s", w->dir, names[i]);
  o.duplicates_path = paths[0];
  o.flagged = PS_FLAGGED_FILE;
  o.flagged_path = paths[1];
  o.flags_path = paths[2];
  o.invalid_path = paths[3];
  stream_open(&s, o);
  stream_send(&s, "x", 0, 1, 1);
  for (size_t i = 0; i < n; i++) {
    (void)snprintf(moved, sizeof moved, "%s-moved", paths[i]);
    assert_int_equal(rename(paths[i], moved), 0);
  }
  ps_sieve_reopen(s.sieve);
  for (size_t i = 0; i < n; i++) await_file(paths[i]);
  stream_send(&s, "x", 1, 1, 1);
  stream_close(&s);
}

static void a_file_that_cannot_be_opened_ends_the_run(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct stream s;
  char duplicates[128], dir[96];
  (void)snprintf(dir, sizeof dir, "%s/dir", w->dir);
  (void)snprintf(duplicates, sizeof duplicates, "%s/duplicates", dir);
  assert_int_equal(mkdir(dir, 0700), 0);
  o.duplicates_path = duplicates;
  stream_open(&s, o);
  stream_send(&s, "x", 0, 3, 3);
  assert_int_equal(unlink(duplicates) | rmdir(dir), 0);
  ps_sieve_reopen(s.sieve);
  assert_int_equal(pthread_join(s.thread, NULL), 0);
  assert_int_equal(s.status, PS_E_OUTPUT);
  assert_int_equal(ps_sieve_close(s.sieve, NULL), PS_OK);
  close(s.in);
  close(s.out);
  close(s.theirs[0]);
  close(s.theirs[1]);
  struct counted counted = read_accounts(o.store); /* lines that left were committed before */
  assert_int_equal(counted.n, 1);
  assert_int_equal(counted.days[0].count[PS_UNIQUE], 3);
}

static void a_stop_ends_the_wait_for_a_turn(void **state) {
  struct ps_sieve_options o = world_options(*state);
  struct ps_sieve_figures figures = {.lines = 0};
  struct stream s;
  const struct writer writer = writer_start(o.store, &o.seen);
  (void)alarm(60);
  stream_open(&s, o);
  writer_begin(&writer);
  stream_send(&s, "x", 0, 1, 0);
  while (figures.waiting_seconds == 0) {
    (void)usleep(1000);
    assert_int_equal(ps_sieve_figures(s.sieve, &figures, NULL), PS_OK);
    ps_sieve_figures_release(&figures);
  }
  ps_sieve_stop(s.sieve);
  assert_int_equal(pthread_join(s.thread, NULL), 0);
  (void)alarm(0);
  assert_int_equal(s.status, PS_E_STOPPED);
  writer_kill(&writer);
  assert_int_equal(ps_sieve_close(s.sieve, NULL), PS_OK);
  const int ends[] = {s.in, s.out, s.theirs[0], s.theirs[1]};
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) close(ends[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void) {
  (void)signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
      TEST(a_ping_counts_on_the_day_of_its_key),
      TEST(pings_without_a_day_count_today),
      TEST(unique_pings_are_the_keys_of_each_day),
      TEST(expiry_leaves_the_accounts),
      TEST(without_accounts_there_are_none),
      TEST(wrong_measures_leave_no_store),
      TEST(flags_are_told_once_with_their_figures),
      TEST(flagged_clients_are_withheld),
      TEST(a_failed_flags_file_marks_nothing),
      TEST(rules_change_while_it_is_idle),
      TEST(files_are_opened_anew),
      TEST(files_are_opened_anew_after_a_long_line),
      TEST(every_file_is_opened_anew),
      TEST(a_file_that_cannot_be_opened_ends_the_run),
      TEST(a_stop_ends_the_wait_for_a_turn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
