#include "../archive.h"
#include "../scale.h"
#include "backfill/checkpoint.h"

#include <fcntl.h>
#include <pingsieve/backfill.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- one run ---- */

static struct ps_backfill_options options_of(const char *store, const char *out,
                                             const char *const *inputs) {
  struct ps_backfill_options o = {.size = sizeof(struct ps_backfill_options),
                                  .sieve = {.store = store, .read.threads = 2},
                                  .inputs = {.inputs = inputs}};
  o.sieve.seen = (struct ps_seen_options){.size = sizeof(struct ps_seen_options),
                                          .create = true,
                                          .keep_given = true,
                                          .keep_days = 0,
                                          .no_sync = true};
  o.out = out;
  while (inputs[o.inputs.ninputs]) o.inputs.ninputs++;
  return o;
}

static int run(const struct ps_backfill_options *o, struct ps_backfill_figures *figures,
               struct ps_error *err) {
  struct ps_backfill *backfill = NULL;
  if (figures) *figures = (struct ps_backfill_figures){0};
  int r = ps_backfill_open(o, -1, &backfill, err);
  if (r) return r;
  r = ps_backfill_run(backfill, err);
  if (figures) assert_int_equal(ps_backfill_figures(backfill, figures, NULL), PS_OK);
  assert_int_equal(ps_backfill_close(backfill, NULL), PS_OK);
  return r;
}

/* Stops a run once it has committed something. */
struct stopper {
  struct ps_backfill *backfill;
  uint64_t batches;
  _Atomic bool over;
};

static void *stop_after(void *context) {
  struct stopper *s = context;
  while (!s->over) {
    struct ps_backfill_figures figures;
    if (ps_backfill_figures(s->backfill, &figures, NULL)) break;
    if (figures.sieve.batches >= s->batches) {
      ps_backfill_stop(s->backfill);
      break;
    }
    (void)sched_yield();
  }
  return NULL;
}

/* Runs until the end, stopped again and again on the way; returns how often. */
static unsigned run_stopped(const struct ps_backfill_options *o) {
  for (unsigned stops = 0;; stops++) {
    struct ps_error error;
    struct stopper stopper = {.batches = 1 + stops % 3};
    pthread_t thread;
    assert_ok(ps_backfill_open(o, -1, &stopper.backfill, err));
    /* A slow machine must not stop for ever: each run is let to do a little more. */
    if (stops > scale_count(40)) stopper.batches = UINT64_MAX;
    assert_int_equal(pthread_create(&thread, NULL, stop_after, &stopper), 0);
    int r = ps_backfill_run(stopper.backfill, &error);
    stopper.over = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_ok(ps_backfill_close(stopper.backfill, err));
    if (!r) return stops;
    if (r != PS_E_STOPPED) fail_msg("%s", error.text);
  }
}

/* ---- an archive of three days ---- */

#define FILES 7u
static const char *const names[FILES] = {
    "in/20170301/a.gz",     "in/20170301/b c",   "in/20170302/a.gz", "in/20170302/deep/er/x.gz",
    "in/20170302/empty.gz", "in/20170303/empty", "in/20170303/z",
};
static const char *const in[] = {"in", NULL};

static void make_archive(struct text kept[FILES]) {
  struct pings pings;
  const unsigned part = scale_is_small() ? 4 : 1;
  pings_init(&pings, 9000 / part);
  for (size_t i = 0; i < FILES; i++) {
    struct text all = {0};
    kept[i] = (struct text){0};
    pings_draw(&pings, i == 4 || i == 5 ? 0 : (2500 + 500 * i) / part, NULL, &all, &kept[i]);
    if (i == 6) { /* the newline that it lacks at its end is in the output */
      text_print(&all, "{\"id\":\"last\"}");
      text_print(&kept[i], "{\"id\":\"last\"}\n");
    }
    archive_write(names[i], &all);
    text_release(&all);
  }
  pings_release(&pings);
}

static void release_all(struct text kept[FILES]) {
  for (size_t i = 0; i < FILES; i++) text_release(&kept[i]);
}

static char *output_name(char path[256], const char *out, const char *name) {
  assert_in_range(snprintf(path, 256, "%s/%s", out, name), 1, 255);
  return path;
}

static void expect_tree(const char *out, struct text kept[FILES]) {
  char path[256];
  for (size_t i = 0; i < FILES; i++) archive_expect(output_name(path, out, names[i]), &kept[i]);
}

static void same_trees(const char *out, const char *other) {
  char path[256], path2[256];
  for (size_t i = 0; i < FILES; i++)
    archive_same(output_name(path, out, names[i]), output_name(path2, other, names[i]));
}

/* The records of a store about its files, without the places of their outputs. */
struct records {
  struct checkpoint at[FILES];
  size_t n;
};

static int note_record(void *context, const struct checkpoint *record, struct ps_error *err) {
  struct records *records = context;
  (void)err;
  assert_true(records->n < FILES);
  records->at[records->n] = *record;
  memset(records->at[records->n++].output, 0, sizeof record->output);
  return PS_OK;
}

static struct records *records_of(const char *store) {
  const struct ps_seen_options read_only = {.size = sizeof(struct ps_seen_options),
                                            .read_only = true};
  struct records *records = calloc(1, sizeof *records);
  struct ps_seen *seen;
  assert_non_null(records);
  assert_ok(ps_seen_open(store, &read_only, &seen, err));
  assert_ok(checkpoint_each(seen, 0, INPUT_NO_DAY + 1, note_record, records, err));
  size_t job; /* left by a run that was interrupted */
  assert_ok(ps_seen_get_value(seen, "backfill/job", NULL, 0, &job, err));
  assert_int_equal(job, 0);
  ps_seen_close(seen);
  return records;
}

/* Both stores know the same of every file, and kept the same malformed lines from the same places.
 */
static void same_stores(const char *store, const char *other) {
  static const char *const files[] = {"invalid.ndjson", "invalid.ndjson.reasons"};
  struct records *a = records_of(store), *b = records_of(other);
  char path[256], path2[256];
  assert_int_equal(a->n, FILES);
  assert_int_equal(b->n, FILES);
  for (size_t i = 0; i < FILES; i++) {
    const struct checkpoint *x = &a->at[i], *y = &b->at[i];
    assert_string_equal(x->path, y->path);
    assert_int_equal(x->state, CHECKPOINT_WHOLE);
    assert_int_equal(y->state, CHECKPOINT_WHOLE);
    assert_memory_equal(&x->identity, &y->identity, sizeof x->identity);
    assert_int_equal(x->day, y->day);
    assert_int_equal(x->gzip, y->gzip);
    assert_int_equal(x->first_day, y->first_day);
    assert_int_equal(x->last_day, y->last_day);
    assert_int_equal(x->offset, y->offset);
    assert_int_equal(x->lines_done, y->lines_done);
    assert_memory_equal(x->prefix, y->prefix, sizeof x->prefix);
    assert_memory_equal(x->content, y->content, sizeof x->content);
    assert_int_equal(x->out_length, y->out_length);
    assert_int_equal(x->out_plain, y->out_plain);
    assert_int_equal(x->out_crc, y->out_crc);
    assert_memory_equal(&x->counts, &y->counts, sizeof x->counts);
    assert_int_equal(x->problem_offset, y->problem_offset);
    assert_string_equal(x->problem, y->problem);
  }
  for (size_t i = 0; i < 2; i++)
    archive_same(output_name(path, store, files[i]), output_name(path2, other, files[i]));
  free(a);
  free(b);
}

static uint64_t number_after(const char *text, const char *name) {
  const char *found = strstr(text, name);
  assert_non_null(found);
  return strtoull(found + strlen(name), NULL, 10);
}

/* Where a malformed line is said to begin, in the lines and in the bytes of its file, that line
 * begins. */
static void expect_true_places(const char *store) {
  char path[256], input[128];
  struct text reasons = {0};
  archive_read(output_name(path, store, "invalid.ndjson.reasons"), &reasons);
  assert_true(reasons.len > 0);
  const char *at = reasons.data, *end = reasons.data + reasons.len;
  for (const char *next; at < end; at = next + 1) {
    uint64_t line = number_after(at, "\"line\":");
    const uint64_t offset = number_after(at, "\"offset\":"), bytes = number_after(at, "\"bytes\":");
    struct text file = {0};
    const char *name = at + strlen("{\"input\":\"");
    const size_t len = strcspn(name, "\"");
    assert_in_range(len, 1, sizeof input - 1);
    memcpy(input, name, len);
    input[len] = '\0';
    next = memchr(at, '\n', (size_t)(end - at));
    assert_non_null(next);
    archive_read(input, &file);
    assert_true(offset + bytes <= file.len);
    for (size_t i = 0; i < offset; i++) line -= file.data[i] == '\n';
    assert_int_equal(line, 1);
    assert_true(!offset || file.data[offset - 1] == '\n');
    assert_true(memchr(file.data + offset, '\n', bytes) == file.data + offset + bytes - 1);
    text_release(&file);
  }
  text_release(&reasons);
}

static void threads_change_nothing(void **state) {
  (void)state;
  static const unsigned threads[] = {1, 2, 8};
  static const char *const outs[] = {"out1", "out2", "out8"};
  static const char *const stores[] = {"store1", "store2", "store8"};
  struct text kept[FILES];
  struct ps_backfill_figures figures, first = {0};
  make_archive(kept);
  for (size_t i = 0; i < 3; i++) {
    struct ps_backfill_options o = options_of(stores[i], outs[i], in);
    o.sieve.read.threads = threads[i];
    o.sieve.batch_pings = 1500;
    assert_ok(run(&o, &figures, err));
    if (!i) first = figures;
    expect_tree(outs[i], kept);
    same_trees(outs[i], outs[0]);
    same_stores(stores[i], stores[0]);
    assert_int_equal(figures.files_done, FILES);
    assert_int_equal(figures.bytes_done, figures.bytes);
    assert_memory_equal(figures.sieve.count, first.sieve.count, sizeof first.sieve.count);
    assert_true(figures.sieve.count[PS_DUPLICATE] > 250);
    assert_int_equal(figures.sieve.bytes_out, first.sieve.bytes_out);
  }
  release_all(kept);
}

static void an_interrupted_run_ends_in_the_same_bytes(void **state) {
  (void)state;
  struct text kept[FILES];
  make_archive(kept);
  struct ps_backfill_options o = options_of("store1", "out1", in);
  o.sieve.read_bytes = 16384; /* files of many blocks: it is interrupted amid them */
  assert_ok(run(&o, NULL, err));
  expect_tree("out1", kept);
  expect_true_places("store1");
  for (unsigned threads = 1; threads <= 3; threads++) {
    char store[16], out[16];
    (void)snprintf(store, sizeof store, "s%u", threads);
    (void)snprintf(out, sizeof out, "o%u", threads);
    struct ps_backfill_options p = options_of(store, out, in);
    p.sieve.read.threads = threads;
    p.sieve.batch_pings = 400;
    p.sieve.read_bytes = 16384;
    (void)run_stopped(&p);
    same_trees(out, "out1");
    same_stores(store, "store1");
  }
  release_all(kept);
}

/* A run that is stopped before it begins does nothing and says so; the next one goes on. */
static void a_run_that_is_stopped_at_once(void **state) {
  (void)state;
  struct text kept[FILES];
  make_archive(kept);
  for (unsigned threads = 1; threads <= 3; threads += 2) {
    struct ps_backfill *backfill;
    struct ps_backfill_figures figures;
    char store[16], out[16];
    (void)snprintf(store, sizeof store, "s%u", threads);
    (void)snprintf(out, sizeof out, "o%u", threads);
    struct ps_backfill_options o = options_of(store, out, in);
    o.sieve.read.threads = threads;
    assert_ok(ps_backfill_open(&o, -1, &backfill, err));
    ps_backfill_stop(backfill);
    assert_refused(ps_backfill_run(backfill, err), PS_E_STOPPED, "goes on where it was");
    assert_ok(ps_backfill_figures(backfill, &figures, err));
    assert_int_equal(figures.files_done, 0);
    assert_ok(ps_backfill_close(backfill, err));
    assert_ok(run(&o, &figures, err));
    assert_int_equal(figures.files_done, FILES);
    expect_tree(out, kept);
  }
  release_all(kept);
}

static void the_second_time_nothing_is_left_to_do(void **state) {
  (void)state;
  struct text kept[FILES];
  struct ps_backfill_figures figures;
  make_archive(kept);
  struct ps_backfill_options o = options_of("store", "out", in);
  assert_ok(run(&o, NULL, err));
  assert_ok(run(&o, &figures, err));
  assert_int_equal(figures.files_before, FILES);
  assert_int_equal(figures.files_done, 0);
  expect_tree("out", kept);
  release_all(kept);
}

static void again_makes_the_same_anew(void **state) {
  (void)state;
  struct text kept[FILES];
  struct ps_backfill_figures figures;
  make_archive(kept);
  struct ps_backfill_options o = options_of("store", "out", in);
  assert_ok(run(&o, NULL, err));
  o.again = true;
  o.sieve.batch_pings = 700;
  (void)run_stopped(&o);
  expect_tree("out", kept);
  o.again = false;
  assert_ok(run(&o, &figures, err));
  assert_int_equal(figures.files_before, FILES);
  release_all(kept);
}

static void a_dry_run_counts_only(void **state) {
  (void)state;
  static const char *const more[] = {"more", NULL};
  struct text kept[FILES];
  struct ps_backfill_figures dry, wet;
  make_archive(kept);
  struct ps_backfill_options o = options_of("store", NULL, in);
  o.dry_run = true;
  assert_ok(run(&o, &dry, err));
  assert_int_not_equal(access("store", F_OK), 0);
  o = options_of("store", "out", in);
  assert_ok(run(&o, &wet, err));
  assert_memory_equal(dry.sieve.count, wet.sieve.count, sizeof dry.sieve.count);
  assert_int_equal(dry.sieve.bytes_out, wet.sieve.bytes_out);
  /* And what the store knows already counts, without being told more. */
  text_print(&kept[6], "\n{\"id\":\"new\"}\n");
  archive_write("more/20170304/x", &kept[6]);
  o = options_of("store", NULL, more);
  o.dry_run = true;
  for (unsigned i = 0; i < 2; i++) {
    assert_ok(run(&o, &dry, err));
    assert_int_equal(dry.sieve.count[PS_UNIQUE], 1);
    assert_true(dry.sieve.count[PS_DUPLICATE] > 100);
  }
  release_all(kept);
}

/* However little can be read of a file, at the end all bytes are dealt with. */
static void damaged_files_are_dealt_with(void **state) {
  (void)state;
  static const char *const input[] = {"d", NULL};
  struct text all = {0}, raw = {0};
  struct ps_backfill_figures figures;
  for (unsigned i = 0; i < 40000; i++) text_print(&all, "{\"id\":\"%u\"}\n", i * 2654435761u);
  archive_write("d/20170301/a.gz", &all);
  archive_write("d/20170301/b.gz", &all);
  archive_write("d/20170302/c", &all);
  archive_read_raw("d/20170301/b.gz", &raw);
  for (size_t i = raw.len / 8; i < raw.len; i++) raw.data[i] = 'x'; /* as long as before */
  place_file("d/20170301/b.gz", raw.data, raw.len);
  struct ps_backfill_options o = options_of("store", "out", input);
  for (unsigned threads = 1; threads <= 3; threads += 2) {
    char store[16], out[16];
    struct ps_error error;
    (void)snprintf(store, sizeof store, "s%u", threads);
    (void)snprintf(out, sizeof out, "o%u", threads);
    o.sieve.store = store;
    o.out = out;
    o.sieve.read.threads = threads;
    o.sieve.read_bytes = 4096;
    assert_int_equal(run(&o, &figures, &error), PS_E_INPUT);
    assert_int_equal(figures.problems, 1);
    assert_int_equal(figures.files_done, 3);
    assert_int_equal(figures.bytes_done, figures.bytes);
    assert_int_equal(figures.sieve.count[PS_UNIQUE], 40000);
  }
  text_release(&all);
  text_release(&raw);
}

/* ---- days ---- */

/* A file whose pings run through days, so that some expire in the middle of chunks. */
static void make_running_days(const char *path, size_t *lines) {
  struct text all = {0};
  const unsigned a_day = scale_is_small() ? 200 : 700;
  *lines = 0;
  for (unsigned day = 1; day <= 28; day++)
    for (unsigned i = 0; i < a_day; i++, ++*lines) {
      if (i % 7 < 3 && i < 10) text_print(&all, "{\"no\":\"id\"}\n");
      else
        text_print(&all, "{\"id\":\"%u\",\"meta\":{\"submissionDate\":\"201703%02u\"}}\n",
                   day * (i % 3 ? 1000 : 1) + i, day);
    }
  archive_write(path, &all);
  text_release(&all);
}

static void days_that_expire_within_a_file(void **state) {
  (void)state;
  static const char *const input[] = {"all.gz", NULL};
  struct ps_backfill_figures figures;
  size_t lines;
  make_running_days("all.gz", &lines);
  struct ps_backfill_options o = options_of("store1", "out1", input);
  o.sieve.seen.keep_days = 3;
  o.sieve.read.threads = 1;
  assert_ok(run(&o, &figures, err));
  assert_int_equal(figures.sieve.lines, lines);
  for (unsigned pings = 100; pings < 1000; pings += 333) {
    char store[16], out[16], path[256];
    (void)snprintf(store, sizeof store, "s%u", pings);
    (void)snprintf(out, sizeof out, "o%u", pings);
    struct ps_backfill_options p = options_of(store, out, input);
    p.sieve.seen.keep_days = 3;
    p.sieve.batch_pings = pings;
    (void)run_stopped(&p);
    archive_same(output_name(path, out, "all.gz"), "out1/all.gz");
  }
}

static int note_day(void *context, const struct ps_backfill_day *day, struct ps_error *err) {
  (void)err;
  struct text *text = context;
  text_print(text, "%d:%u files %u lines %u;", day->has_day ? day->day : -1, (unsigned)day->files,
             (unsigned)day->counts.lines, (unsigned)day->counts.count[PS_UNIQUE]);
  return PS_OK;
}

static void the_path_tells_the_day(void **state) {
  (void)state;
  static const char *const input[] = {"d", NULL};
  struct text days = {0}, all = {0};
  struct ps_backfill *backfill = NULL;
  text_print(&all, "{\"id\":\"1\",\"meta\":{\"submissionDate\":\"20110101\"}}\n{\"id\":\"2\"}\n");
  archive_write("d/20170301/a", &all);
  archive_write("d/20170302/a", &all);
  struct ps_backfill_options o = options_of("store", "out", input);
  assert_ok(ps_backfill_open(&o, -1, &backfill, err));
  assert_ok(ps_backfill_run(backfill, err));
  assert_ok(ps_backfill_each_day(backfill, note_day, &days, err));
  assert_ok(ps_backfill_close(backfill, err));
  assert_string_equal(days.data, "17226:1 files 2 lines 2;17227:1 files 2 lines 0;");
  struct ps_seen *seen;
  struct ps_seen_info info;
  assert_ok(ps_seen_open("store", &o.sieve.seen, &seen, err));
  assert_ok(ps_seen_info(seen, &info, err));
  assert_int_equal(info.ndays, 1);
  assert_int_equal(info.days[0].day, 17226);
  ps_seen_info_release(&info);
  ps_seen_close(seen);
  text_release(&days);
  text_release(&all);
}

/* ---- selections ---- */

static void a_projection_is_written(void **state) {
  (void)state;
  static const char *const input[] = {"p.gz", NULL};
  static const char *const select[] = {"id", "n", NULL};
  static const char *const where[] = {"type=main", NULL};
  struct text all = {0}, kept = {0};
  for (unsigned i = 0; i < 30000; i++) {
    text_print(&all, "{\"id\":\"%u\",\"type\":\"%s\",\"x\":[1,2],\"n\":%u}\n", i % 20000,
               i % 2 ? "main" : "crash", i);
    if (i % 2 && i < 20000) text_print(&kept, "{\"id\":\"%u\",\"n\":%u}\n", i % 20000, i);
  }
  archive_write("p.gz", &all);
  struct ps_backfill_options o = options_of("store", "out", input);
  o.sieve.read.selection.select = select;
  o.sieve.read.selection.where = where;
  o.sieve.batch_pings = 1000;
  (void)run_stopped(&o);
  archive_expect("out/p.gz", &kept);
  text_release(&all);
  text_release(&kept);
}

/* Short lines that become long ones, many of a chunk, and days that expire among them. */
static void a_wide_projection_is_cut_where_the_lines_say(void **state) {
  (void)state;
  enum { WIDE = 30 };
  const unsigned lines = 9000 + (unsigned)scale_count(21000);
  static const char *const input[] = {"p.gz", NULL};
  static char paths[WIDE][16];
  static const char *select[WIDE + 1];
  struct text all = {0}, kept = {0};
  for (size_t i = 0; i < WIDE; i++) {
    (void)snprintf(paths[i], sizeof paths[i], "absent%zu/below", i);
    select[i] = paths[i];
  }
  for (unsigned i = 0; i < lines; i++) {
    text_print(&all, "{\"id\":\"%u\",\"meta\":{\"submissionDate\":\"201703%02u\"}}\n", i,
               1 + i / 3501);
    for (size_t p = 0; p < WIDE; p++) text_print(&kept, "%c\"%s\":null", p ? ',' : '{', paths[p]);
    text_add(&kept, "}\n", 2);
  }
  archive_write("p.gz", &all);
  struct ps_backfill_options o = options_of("store", "out", input);
  o.inputs.day_from = "none";
  o.sieve.read.selection.select = select;
  o.sieve.seen.keep_days = 1;
  assert_ok(run(&o, NULL, err));
  o.sieve.store = "store2";
  o.out = "out2";
  o.sieve.batch_pings = 500;
  (void)run_stopped(&o);
  archive_expect("out/p.gz", &kept);
  archive_same("out/p.gz", "out2/p.gz");
  text_release(&all);
  text_release(&kept);
}

/* ---- inputs that are not as they should be ---- */

static int note_problem(void *context, const struct ps_backfill_problem *problem,
                        struct ps_error *err) {
  (void)err;
  char offset[32];
  (void)snprintf(offset, sizeof offset, "byte %llu", (unsigned long long)problem->offset);
  if (problem->offset != UINT64_MAX) assert_non_null(strstr(problem->text, offset));
  text_print(context, "%s: %s;", problem->path, problem->text);
  return PS_OK;
}

static void cut_file(const char *path, off_t less) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(truncate(path, st.st_size - less), 0);
}

static void what_can_be_read_of_a_damaged_file_is_used(void **state) {
  (void)state;
  struct text kept[FILES], problems = {0}, got = {0};
  struct ps_backfill *backfill = NULL;
  struct ps_error error;
  make_archive(kept);
  cut_file(names[0], 4000);
  struct ps_backfill_options o = options_of("store", "out", in);
  assert_ok(ps_backfill_open(&o, -1, &backfill, err));
  assert_int_equal(ps_backfill_run(backfill, &error), PS_E_INPUT);
  assert_ok(ps_backfill_each_problem(backfill, note_problem, &problems, err));
  assert_ok(ps_backfill_close(backfill, err));
  assert_non_null(strstr(problems.data, names[0]));
  archive_read("out/in/20170301/a.gz", &got);
  assert_true(got.len > kept[0].len / 2 && got.len < kept[0].len);
  assert_memory_equal(got.data, kept[0].data, got.len);
  archive_expect("out/in/20170302/empty.gz", &kept[4]);
  release_all(kept);
  text_release(&problems);
  text_release(&got);
}

static void strict_ends_at_the_first_problem(void **state) {
  (void)state;
  struct text kept[FILES];
  make_archive(kept);
  cut_file(names[2], 2000);
  struct ps_backfill_options o = options_of("store", "out", in);
  o.strict = true;
  assert_refused(run(&o, NULL, err), PS_E_INPUT, names[2]);
  archive_expect("out/in/20170301/b c", &kept[1]);
  assert_int_not_equal(access("out/in/20170303/z", F_OK), 0);
  release_all(kept);
}

static void an_input_that_changed_meanwhile_is_left_alone(void **state) {
  (void)state;
  static const char *const input[] = {"one", NULL};
  struct text all = {0}, kept = {0}, problems = {0};
  struct pings pings;
  struct ps_error error;
  struct stopper stopper = {.batches = 2};
  pthread_t thread;
  pings_init(&pings, 100000);
  pings_draw(&pings, 30000, NULL, &all, &kept);
  archive_write("one", &all);
  struct ps_backfill_options o = options_of("store", "out", input);
  o.sieve.batch_pings = 500;
  assert_ok(ps_backfill_open(&o, -1, &stopper.backfill, err));
  assert_int_equal(pthread_create(&thread, NULL, stop_after, &stopper), 0);
  int r = ps_backfill_run(stopper.backfill, &error);
  stopper.over = true;
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_ok(ps_backfill_close(stopper.backfill, err));
  if (r == PS_E_STOPPED) { /* a slow stop is none */
    struct ps_backfill *backfill = NULL;
    all.data[10] ^= 1;
    archive_write("one", &all);
    assert_ok(ps_backfill_open(&o, -1, &backfill, err));
    assert_int_equal(ps_backfill_run(backfill, &error), PS_E_INPUT);
    assert_ok(ps_backfill_each_problem(backfill, note_problem, &problems, err));
    assert_non_null(strstr(problems.data, "changed"));
    assert_ok(ps_backfill_close(backfill, err));
    assert_int_not_equal(access("out/one", F_OK), 0);
  }
  pings_release(&pings);
  text_release(&all);
  text_release(&kept);
  text_release(&problems);
}

/* ---- long lines ---- */

static void add_long_line(struct text *text, unsigned id, size_t len) {
  char filler[1008];
  memset(filler, 'x', sizeof filler);
  text_print(text, "{\"id\":\"long-%u\",\"x\":\"", id);
  for (size_t i = 0; i < len; i += 16 + sizeof filler) {
    text_print(text, "%016zx", i * (id + 1));
    text_add(text, filler, sizeof filler);
  }
  text_print(text, "\"}\n");
}

/* Lines that are longer than a block, in all inputs at once, and some over the limit. */
static void long_lines_in_every_input(void **state) {
  (void)state;
  static const char *const input[] = {"l", NULL};
  struct text kept[6] = {{0}}, all = {0};
  char path[256], out[16];
  /* The longest are longer than a chunk in any case. */
  const unsigned files = scale_is_small() ? 3 : 6, unit = scale_is_small() ? 150000 : 900000;
  for (unsigned f = 0; f < files; f++) {
    all.len = 0;
    for (unsigned i = 0; i < 4; i++) {
      const size_t before = all.len;
      add_long_line(&all, f * 10 + i, unit * (i == 2 ? 6 : i + 1));
      if (i != 2) text_add(&kept[f], all.data + before, all.len - before);
    }
    (void)snprintf(path, sizeof path, "l/2017030%u%s", f + 1, f % 2 ? ".gz" : "");
    archive_write(path, &all);
  }
  for (unsigned threads = 1; threads <= 4; threads++) {
    char store[16];
    (void)snprintf(store, sizeof store, "s%u", threads);
    (void)snprintf(out, sizeof out, "o%u", threads);
    struct ps_backfill_options o = options_of(store, out, input);
    o.sieve.read.threads = threads;
    o.sieve.read.max_line = unit * 9 / 2;
    o.sieve.batch_pings = 2;
    if (threads == 3) (void)run_stopped(&o);
    else assert_ok(run(&o, NULL, err));
    for (unsigned f = 0; f < files; f++) {
      (void)snprintf(path, sizeof path, "%s/l/2017030%u%s", out, f + 1, f % 2 ? ".gz" : "");
      archive_expect(path, &kept[f]);
    }
  }
  for (unsigned f = 0; f < files; f++) text_release(&kept[f]);
  text_release(&all);
}

/* ---- standard input ---- */

struct feeder {
  int fd;
  const struct text *text;
};

static void *write_all(void *context) {
  const struct feeder *feeder = context;
  for (size_t at = 0; at < feeder->text->len;) {
    const ssize_t n = write(feeder->fd, feeder->text->data + at, feeder->text->len - at);
    if (n <= 0) break;
    at += (size_t)n;
  }
  (void)close(feeder->fd);
  return NULL;
}

static void standard_input_among_files(void **state) {
  (void)state;
  static const char *const input[] = {"-", "f", NULL};
  struct text all = {0}, kept = {0}, f_all = {0}, f_kept = {0};
  struct pings pings;
  int ends[2], before = dup(STDIN_FILENO);
  pthread_t thread;
  pings_init(&pings, 5000);
  /* Both have no day: they are ordered by their names. */
  pings_draw(&pings, 8000, NULL, &all, &kept);
  pings_draw(&pings, 3000, NULL, &f_all, &f_kept);
  archive_write("f", &f_all);
  assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
  assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  struct feeder feeder = {ends[1], &all};
  assert_int_equal(pthread_create(&thread, NULL, write_all, &feeder), 0);
  struct ps_backfill_options o = options_of("store", "out", input);
  assert_ok(run(&o, NULL, err));
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_true(dup2(before, STDIN_FILENO) >= 0 || before < 0);
  if (before >= 0) assert_int_equal(close(before), 0);
  (void)close(ends[0]);
  archive_expect("out/stdin", &kept);
  archive_expect("out/f", &f_kept);
  pings_release(&pings);
  text_release(&all);
  text_release(&kept);
  text_release(&f_all);
  text_release(&f_kept);
}

/* ---- after a failure ---- */

/* Another process can write to the store, at once. */
static void expect_free(const struct ps_backfill_options *o) {
  int status;
  pid_t child = fork();
  if (!child) {
    struct ps_seen *seen;
    (void)alarm(10);
    _exit(ps_seen_open(o->sieve.store, &o->sieve.seen, &seen, NULL) || ps_seen_begin(seen, NULL));
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void a_failed_run_does_not_keep_the_store(void **state) {
  (void)state;
  struct text kept[FILES];
  struct ps_backfill *backfill = NULL;
  make_archive(kept);
  struct ps_backfill_options o = options_of("store", "out", in);
  assert_ok(ps_backfill_open(&o, -1, &backfill, err));
  place_text("out/in", "in the way");
  assert_refused(ps_backfill_run(backfill, err), PS_E_OUTPUT, "out/in");
  expect_free(&o);
  assert_ok(ps_backfill_close(backfill, err));
  assert_int_equal(unlink("out/in"), 0);
  assert_ok(run(&o, NULL, err));
  expect_tree("out", kept);
  release_all(kept);
}

#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_A_PLACE(threads_change_nothing),
      IN_A_PLACE(an_interrupted_run_ends_in_the_same_bytes),
      IN_A_PLACE(a_run_that_is_stopped_at_once),
      IN_A_PLACE(the_second_time_nothing_is_left_to_do),
      IN_A_PLACE(again_makes_the_same_anew),
      IN_A_PLACE(a_dry_run_counts_only),
      IN_A_PLACE(damaged_files_are_dealt_with),
      IN_A_PLACE(days_that_expire_within_a_file),
      IN_A_PLACE(the_path_tells_the_day),
      IN_A_PLACE(a_projection_is_written),
      IN_A_PLACE(a_wide_projection_is_cut_where_the_lines_say),
      IN_A_PLACE(what_can_be_read_of_a_damaged_file_is_used),
      IN_A_PLACE(strict_ends_at_the_first_problem),
      IN_A_PLACE(an_input_that_changed_meanwhile_is_left_alone),
      IN_A_PLACE(long_lines_in_every_input),
      IN_A_PLACE(standard_input_among_files),
      IN_A_PLACE(a_failed_run_does_not_keep_the_store),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
