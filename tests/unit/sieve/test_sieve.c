/* The whole pipeline through its public interface: classes, order, bytes, days, and what a failure
 * leaves behind. */
#include "../scale.h"
#include "support.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static void assert_output(const struct outcome *o, const char *expected) {
  if (o->status) fail_msg("status %d: %s", o->status, o->error.text);
  assert_string_equal(o->out.data ? (const char *)o->out.data : "", expected);
}

static void expect(struct ps_sieve_options o, const char *input, const char *output) {
  struct outcome result = run_sieve(o, input, strlen(input));
  assert_output(&result, output);
  outcome_release(&result);
}

static void assert_file(const char *path, const char *expected) {
  struct buffer b = BUFFER_INIT;
  read_file(path, &b);
  assert_string_equal(b.data ? (const char *)b.data : "", expected);
  buffer_release(&b);
}

static void duplicates_are_dropped_within_and_across_runs(void **state) {
  struct ps_sieve_options o = world_options(*state);
  expect(o, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"a\",\"x\":1}\n",
         "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  expect(o, "{\"id\":\"c\"}\n{\"id\":\"b\"}", "{\"id\":\"c\"}\n");
  expect(o, "{\"id\":\"d\"}", "{\"id\":\"d\"}\n"); /* the newline that the input lacks */
}

static void every_class_goes_its_way(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  char duplicates[128];
  (void)snprintf(duplicates, sizeof duplicates, "%s/duplicates", w->dir);
  o.duplicates_path = duplicates;
  o.labels = true;
  const char *input = "\xef\xbb\xbf{\"id\":\"a\",\"type\":\"main\"}\r\n"
                      "\n"
                      "{\"no\":\"id\"}\n"
                      "{\"id\":\"a\",\"type\":\"main\"}\n"
                      "{\"id\":\"b\"\n"
                      "[1,2]\n"
                      "{\"id\":7}\n";
  struct outcome r = run_sieve(o, input, strlen(input));
  assert_output(
      &r, "\xef\xbb\xbf{\"id\":\"a\",\"type\":\"main\"}\r\n\n{\"no\":\"id\"}\n[1,2]\n{\"id\":7}\n");
  assert_file(w->invalid, "{\"id\":\"b\"\n");
  assert_file(duplicates, "{\"id\":\"a\",\"type\":\"main\"}\n");
  assert_int_equal(r.figures.lines, 7);
  assert_int_equal(r.figures.count[PS_UNIQUE], 1);
  assert_int_equal(r.figures.count[PS_DUPLICATE], 1);
  assert_int_equal(r.figures.count[PS_MALFORMED], 1);
  assert_int_equal(r.figures.count[PS_NO_ID], 3);
  assert_int_equal(r.figures.count[PS_BLANK], 1);
  assert_int_equal(r.figures.bytes_in, strlen(input));
  assert_int_equal(r.figures.bytes_out, r.out.len);
  assert_int_equal(r.figures.first_malformed.line, 5);
  assert_int_equal(r.figures.first_malformed.offset, 67 + 9);
  assert_true(r.figures.nlabels >= 2);
  outcome_release(&r);
}

static void reasons_tell_the_place(void **state) {
  struct world *w = *state;
  struct outcome r = run_sieve(world_options(w), "{}\n{\"a\":tru}\nx\n", 15);
  assert_output(&r, "{}\n");
  assert_file(w->invalid, "{\"a\":tru}\nx\n");
  assert_file(
      w->reasons,
      "{\"input\":\"standard input\",\"line\":2,\"offset\":3,\"at\":5,\"bytes\":10,\"position\":0,"
      "\"reason\":\"bad literal\"}\n"
      "{\"input\":\"standard input\",\"line\":3,\"offset\":13,\"at\":0,\"bytes\":2,\"position\":10,"
      "\"reason\":\"unexpected byte\"}\n");
  outcome_release(&r);
}

#define DATED(id, day) "{\"id\":\"" id "\",\"submission_timestamp\":\"" day "T00:00:00Z\"}\n"

/* The watermark moves within one stream: what it leaves behind is forgotten at that very ping,
 * whatever the batches are. */
static void retention_is_exact_in_any_batch(void **state) {
  static const char input[] = DATED("a", "2017-01-01") DATED("a", "2017-01-03")
      DATED("b", "2017-01-04") DATED("a", "2017-01-05") DATED("c", "2017-01-01")
          DATED("a", "2017-01-02") DATED("a", "2017-01-05");
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  o.seen.keep_given = true;
  o.seen.keep_days = 3; /* at 2017-01-05 the days from 2017-01-02 on count */
  static const uint32_t batches[] = {1, 2, 3, 1000};
  for (size_t i = 0; i < 4; i++) {
    char store[128];
    (void)snprintf(store, sizeof store, "%s-%zu", w->store, i);
    o.store = store;
    o.batch_pings = batches[i];
    struct outcome r = run_sieve(o, input, strlen(input));
    /* "a" of 2017-01-02 is a duplicate of "a" kept for 2017-01-05; "c" is late */
    char expected[sizeof input];
    (void)snprintf(expected, sizeof expected, "%s%s%s%s", DATED("a", "2017-01-01"),
                   DATED("b", "2017-01-04"), DATED("a", "2017-01-05"), DATED("c", "2017-01-01"));
    assert_output(&r, expected);
    assert_int_equal(r.figures.count[PS_LATE], 1);
    assert_int_equal(r.figures.count[PS_DUPLICATE], 3);
    assert_int_equal(r.figures.watermark, 17171); /* 2017-01-05 */
    outcome_release(&r);
  }
}

static void a_ping_from_the_future_expires_nothing(void **state) {
  struct ps_sieve_options o = world_options(*state);
  expect(o, "{\"id\":\"a\"}\n" DATED("z", "2099-01-01") "{\"id\":\"a\"}\n" DATED("z", "2099-01-01"),
         "{\"id\":\"a\"}\n" DATED("z", "2099-01-01"));
}

static void an_overlong_line_is_kept_and_the_stream_goes_on(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  struct buffer input = BUFFER_INIT, kept = BUFFER_INIT;
  o.read.max_line = 1u << 20;
  assert_int_equal(buffer_append(&input, "{\"id\":\"a\"}\n", 11, NULL), PS_OK);
  assert_int_equal(buffer_append(&kept, "{\"long\":\"", 9, NULL), PS_OK);
  for (unsigned i = 0; i < 300000; i++)
    assert_int_equal(buffer_append(&kept, "0123456789", 10, NULL), PS_OK);
  assert_int_equal(buffer_append(&kept, "\"}\n", 3, NULL), PS_OK);
  assert_int_equal(buffer_append(&input, kept.data, kept.len, NULL), PS_OK);
  assert_int_equal(buffer_append(&input, "{\"id\":\"b\"}\n!\n", 13, NULL), PS_OK);
  struct outcome r = run_sieve(o, input.data, input.len);
  assert_output(&r, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  assert_int_equal(r.figures.lines, 4);
  assert_int_equal(r.figures.count[PS_MALFORMED], 2);
  assert_int_equal(r.figures.bytes_in, input.len);
  assert_int_equal(r.figures.first_malformed.line, 2);
  assert_int_equal(buffer_append(&kept, "!\n", 2, NULL), PS_OK);
  assert_file(w->invalid, (const char *)kept.data);
  outcome_release(&r);
  buffer_release(&input);
  buffer_release(&kept);
}

/* More lines than a slot has records for; thread counts; a store too small for its keys. */
static void many_short_lines_pass_with_any_threads(void **state) {
  struct world *w = *state;
  struct buffer input = BUFFER_INIT;
  const unsigned lines = 32000 + (unsigned)scale_count(28000); /* more than a chunk */
  for (unsigned i = 0; i < lines; i++)
    assert_int_equal(buffer_printf(&input, NULL, "{\"id\":\"%u\"}\n\n[]\n", i), PS_OK);
  for (unsigned threads = 1; threads <= 4; threads++) {
    char store[128];
    (void)snprintf(store, sizeof store, "%s-%u", w->store, threads);
    struct ps_sieve_options o = world_options(w);
    o.store = store;
    o.read.threads = threads;
    struct outcome r = run_sieve(o, input.data, input.len);
    assert_output(&r, (const char *)input.data);
    outcome_release(&r);
    r = run_sieve(o, input.data, input.len);
    assert_int_equal(r.figures.count[PS_DUPLICATE], lines);
    assert_int_equal(r.out.len, lines * (size_t)4);
    outcome_release(&r);
  }
  buffer_release(&input);
}

static void a_failed_output_marks_nothing(void **state) {
  struct ps_sieve_options o = world_options(*state);
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  close(ends[0]);
  o.output_fd = ends[1];
  struct outcome r = run_sieve(o, "{\"id\":\"a\"}\n", 11);
  assert_int_equal(r.status, PS_E_PIPE);
  assert_int_equal(r.figures.lines, 0);
  outcome_release(&r);
  close(ends[1]);
  o.output_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
  assert_true(o.output_fd >= 0);
  r = run_sieve(o, "{\"id\":\"a\"}\n", 11);
  assert_int_equal(r.status, PS_E_OUTPUT);
  outcome_release(&r);
  close(o.output_fd);
  o.output_fd = 0;
  expect(o, "{\"id\":\"a\"}\n", "{\"id\":\"a\"}\n");
}

/* Counts of a batch that failed before its end are in no figure. */
static void a_failed_batch_is_not_counted(void **state) {
  static const char input[] =
      DATED("a", "2017-01-01") DATED("b", "2017-01-02") DATED("a", "2017-01-02");
  struct ps_sieve_options o = world_options(*state);
  o.seen.keep_given = true;
  o.seen.keep_days = 3; /* each day that moves it begins a look-up of its own */
  o.duplicates_path = "/dev/full";
  o.labels = true;
  struct outcome r = run_sieve(o, input, strlen(input));
  assert_int_equal(r.status, PS_E_OUTPUT);
  assert_string_equal((const char *)r.out.data, DATED("a", "2017-01-01")); /* duplicates go first */
  assert_int_equal(r.figures.lines, 0);
  assert_int_equal(r.figures.bytes_out, 0);
  assert_int_equal(r.figures.batches, 0);
  assert_int_equal(r.figures.nlabels, 0);
  outcome_release(&r);
}

/* Closing repeats that an output failed, each of them. */
static void closing_tells_of_failed_outputs(void **state) {
  struct world *w = *state;
  for (unsigned i = 0; i < 3; i++) {
    struct ps_sieve_options o = world_options(w);
    struct ps_sieve *sieve;
    struct ps_error err;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];
    static const char input[] = "{\"id\":\"a\"}\n{\"id\":\"a\"}\n!\n";
    assert_true(full >= 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], input, sizeof input - 1), sizeof input - 1);
    close(ends[1]);
    o.input_fd = ends[0];
    o.output_fd = i == 0 ? full : -1;
    if (i == 1) o.duplicates_path = "/dev/full";
    if (i == 2) o.invalid_path = "/dev/full";
    assert_int_equal(ps_sieve_open(&o, &sieve, &err), PS_OK);
    assert_int_equal(ps_sieve_run(sieve, &err), PS_E_OUTPUT);
    assert_int_equal(ps_sieve_close(sieve, &err), PS_E_OUTPUT);
    assert_int_equal(err.status, PS_E_OUTPUT);
    close(full);
    close(ends[0]);
  }
}

/* A caller that does not ask for the sentence gets the status all the same. */
static void a_damaged_input_is_used_as_far_as_it_goes(void **state) {
  static const char begun[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03"; /* gzip, and no more */
  struct world *w = *state;
  for (unsigned i = 0; i < 2; i++) {
    struct ps_sieve_options o = world_options(w);
    struct ps_sieve *sieve;
    struct ps_error err = {.status = PS_OK};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], begun, sizeof begun - 1), sizeof begun - 1);
    close(ends[1]);
    o.input_fd = ends[0];
    o.output_fd = -1;
    assert_int_equal(ps_sieve_open(&o, &sieve, &err), PS_OK);
    assert_int_equal(ps_sieve_run(sieve, i ? &err : NULL), PS_E_INPUT_DAMAGED);
    assert_int_equal(err.status, i ? PS_E_INPUT_DAMAGED : PS_OK);
    assert_int_equal(ps_sieve_close(sieve, &err), PS_OK);
    close(o.input_fd);
  }
}

/* The readable part ends amid an over-long line: that one came, and is kept. */
static void a_damaged_input_may_end_amid_an_overlong_line(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  uint8_t packed[512];
  char plain[4000];
  z_stream z = {.zalloc = Z_NULL};
  memset(plain, 'x', sizeof plain);
  o.read.max_line = 1000;
  o.read_bytes = 1024;
  assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = (Bytef *)plain;
  z.avail_in = sizeof plain;
  z.next_out = packed;
  z.avail_out = sizeof packed;
  assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK); /* all of it, but no end */
  assert_int_equal(z.avail_in, 0);
  struct outcome r = run_sieve(o, packed, sizeof packed - z.avail_out);
  assert_int_equal(deflateEnd(&z), Z_DATA_ERROR);
  assert_int_equal(r.status, PS_E_INPUT_DAMAGED);
  assert_int_equal(r.figures.count[PS_MALFORMED], 1);
  assert_int_equal(r.figures.bytes[PS_MALFORMED], sizeof plain);
  outcome_release(&r);
}

/* The shortest malformed line is one byte at the end of the input, and two where it is kept. */
static void the_shortest_line_without_room_is_counted(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = world_options(w);
  o.invalid_max = 2;
  for (unsigned i = 0; i < 2; i++) {
    struct outcome r = run_sieve(o, "x", 1);
    assert_output(&r, "");
    assert_int_equal(r.figures.unkept, i);
    assert_int_equal(r.figures.unkept_bytes, i);
    assert_int_equal(r.figures.untold, 1 - i);
    assert_file(w->invalid, "x\n");
    outcome_release(&r);
  }
}

/* A batch is many chunks of the input, as long as no process waits. */
static void a_batch_may_have_many_chunks(void **state) {
  struct ps_sieve_options o = world_options(*state);
  struct buffer input = BUFFER_INIT;
  for (unsigned i = 0; i < 500; i++)
    assert_int_equal(buffer_printf(&input, NULL, "{\"id\":\"%u\"}\n", i), PS_OK);
  o.read_bytes = 1024;
  o.idle_ms = o.batch_ms = 3600000;
  for (unsigned threads = 1; threads <= 3; threads++) {
    o.read.threads = threads;
    struct outcome r = run_sieve(o, input.data, input.len);
    assert_int_equal(r.status, PS_OK);
    assert_int_equal(r.figures.batches, 1);
    outcome_release(&r);
  }
  buffer_release(&input);
}

static void absorb_only_marks(void **state) {
  struct ps_sieve_options o = world_options(*state);
  o.output_fd = -1;
  struct outcome r = run_sieve(o, "{\"id\":\"a\"}\n", 11);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(r.figures.count[PS_UNIQUE], 1);
  outcome_release(&r);
  o.output_fd = 0;
  expect(o, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", "{\"id\":\"b\"}\n");
}

static void settings_that_differ_are_refused(void **state) {
  struct ps_sieve_options o = world_options(*state);
  o.seen.keep_given = true;
  o.seen.keep_days = 7;
  expect(o, "{}\n", "{}\n");
  o.seen.keep_days = 8;
  struct outcome r = run_sieve(o, "{}\n", 3);
  assert_int_equal(r.status, PS_E_STORE_MISMATCH);
  assert_non_null(strstr(r.error.text, "7"));
  assert_non_null(strstr(r.error.text, "8"));
  outcome_release(&r);
}

int main(void) {
  (void)signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(duplicates_are_dropped_within_and_across_runs, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(every_class_goes_its_way, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(reasons_tell_the_place, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(retention_is_exact_in_any_batch, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_ping_from_the_future_expires_nothing, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(an_overlong_line_is_kept_and_the_stream_goes_on, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(many_short_lines_pass_with_any_threads, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(a_failed_output_marks_nothing, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_failed_batch_is_not_counted, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(closing_tells_of_failed_outputs, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(absorb_only_marks, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_batch_may_have_many_chunks, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(a_damaged_input_is_used_as_far_as_it_goes, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(a_damaged_input_may_end_amid_an_overlong_line, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(the_shortest_line_without_room_is_counted, world_setup,
                                      world_teardown),
      cmocka_unit_test_setup_teardown(settings_that_differ_are_refused, world_setup,
                                      world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
