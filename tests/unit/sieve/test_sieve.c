/* The whole pipeline through its public interface: classes, order, bytes, days, and what a failure
 * leaves behind. */
#include "base/buffer.h"
#include <pingsieve/sieve.h>

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
  char dir[64], store[96], invalid[96], reasons[128];
};

struct outcome {
  int status;
  struct ps_error error;
  struct buffer out;
  struct ps_sieve_figures figures;
};

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st, (void)type, (void)ftw;
  return remove(path);
}

static int setup(void **state) {
  struct world *w = calloc(1, sizeof *w);
  if (!w) return -1;
  (void)snprintf(w->dir, sizeof w->dir, "%s", "/tmp/pingsieve-sieve-XXXXXX");
  if (!mkdtemp(w->dir)) return -1;
  (void)snprintf(w->store, sizeof w->store, "%s/store", w->dir);
  (void)snprintf(w->invalid, sizeof w->invalid, "%s/invalid", w->dir);
  (void)snprintf(w->reasons, sizeof w->reasons, "%s.reasons", w->invalid);
  *state = w;
  return 0;
}

static int teardown(void **state) {
  struct world *w = *state;
  (void)nftw(w->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  free(w);
  return 0;
}

static int memory_file(const void *data, size_t len) {
  int fd = memfd_create("pings", MFD_CLOEXEC);
  assert_true(fd >= 0);
  for (size_t at = 0; at < len;) {
    ssize_t n = write(fd, (const char *)data + at, len - at);
    assert_true(n > 0);
    at += (size_t)n;
  }
  assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
  return fd;
}

static void read_all(int fd, struct buffer *b) {
  char part[65536];
  ssize_t n;
  assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
  while ((n = read(fd, part, sizeof part)) > 0)
    assert_int_equal(buffer_append(b, part, (size_t)n, NULL), PS_OK);
}

static struct ps_sieve_options defaults(const struct world *w) {
  return (struct ps_sieve_options){.store = w->store,
                                   .seen = {.create = true, .no_sync = true, .log_keys = 1024},
                                   .invalid_path = w->invalid};
}

static struct outcome run(struct ps_sieve_options o, const void *input, size_t len) {
  struct outcome result = {.out = BUFFER_INIT};
  struct ps_sieve *sieve;
  int in = memory_file(input, len), out = memory_file("", 0);
  o.input_fd = in;
  if (!o.output_fd) o.output_fd = out;
  result.status = ps_sieve_open(&o, &sieve, &result.error);
  if (!result.status) {
    result.status = ps_sieve_run(sieve, &result.error);
    assert_int_equal(ps_sieve_figures(sieve, &result.figures, NULL), PS_OK);
    int closed = ps_sieve_close(sieve, NULL);
    assert_int_equal(closed,
                     result.status == PS_E_OUTPUT || result.status == PS_E_PIPE ? closed : PS_OK);
    read_all(out, &result.out);
  }
  close(in);
  close(out);
  return result;
}

static void done(struct outcome *o) {
  buffer_release(&o->out);
  ps_sieve_figures_release(&o->figures);
}

static void assert_output(const struct outcome *o, const char *expected) {
  if (o->status) fail_msg("status %d: %s", o->status, o->error.text);
  assert_string_equal(o->out.data ? (const char *)o->out.data : "", expected);
}

static void expect(struct ps_sieve_options o, const char *input, const char *output) {
  struct outcome result = run(o, input, strlen(input));
  assert_output(&result, output);
  done(&result);
}

static void assert_file(const char *path, const char *expected) {
  struct buffer b = BUFFER_INIT;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  assert_true(fd >= 0);
  read_all(fd, &b);
  close(fd);
  assert_string_equal(b.data ? (const char *)b.data : "", expected);
  buffer_release(&b);
}

static void test_duplicates_within_and_across_runs(void **state) {
  struct ps_sieve_options o = defaults(*state);
  expect(o, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"a\",\"x\":1}\n",
         "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  expect(o, "{\"id\":\"c\"}\n{\"id\":\"b\"}", "{\"id\":\"c\"}\n");
  expect(o, "{\"id\":\"d\"}", "{\"id\":\"d\"}");
}

static void test_every_class_goes_its_way(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = defaults(w);
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
  struct outcome r = run(o, input, strlen(input));
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
  done(&r);
}

static void test_reasons_tell_the_place(void **state) {
  struct world *w = *state;
  struct outcome r = run(defaults(w), "{}\n{\"a\":tru}\nx\n", 15);
  assert_output(&r, "{}\n");
  assert_file(w->invalid, "{\"a\":tru}\nx\n");
  assert_file(
      w->reasons,
      "{\"input\":\"standard input\",\"line\":2,\"offset\":3,\"at\":5,\"bytes\":10,\"position\":0,"
      "\"reason\":\"bad literal\"}\n"
      "{\"input\":\"standard input\",\"line\":3,\"offset\":13,\"at\":0,\"bytes\":2,\"position\":10,"
      "\"reason\":\"unexpected byte\"}\n");
  done(&r);
}

#define DATED(id, day) "{\"id\":\"" id "\",\"submission_timestamp\":\"" day "T00:00:00Z\"}\n"

/* The watermark moves within one stream: what it leaves behind is forgotten at that very ping,
 * whatever the batches are. */
static void test_retention_is_exact_in_any_batch(void **state) {
  static const char input[] = DATED("a", "2017-01-01") DATED("a", "2017-01-03")
      DATED("b", "2017-01-04") DATED("a", "2017-01-05") DATED("c", "2017-01-01")
          DATED("a", "2017-01-02") DATED("a", "2017-01-05");
  struct world *w = *state;
  struct ps_sieve_options o = defaults(w);
  o.seen.keep_given = true;
  o.seen.keep_days = 3; /* at 2017-01-05 the days from 2017-01-02 on count */
  static const uint32_t batches[] = {1, 2, 3, 1000};
  for (size_t i = 0; i < 4; i++) {
    char store[128];
    (void)snprintf(store, sizeof store, "%s-%zu", w->store, i);
    o.store = store;
    o.batch_pings = batches[i];
    struct outcome r = run(o, input, strlen(input));
    /* "a" of 2017-01-02 is a duplicate of "a" kept for 2017-01-05; "c" is late */
    char expected[sizeof input];
    (void)snprintf(expected, sizeof expected, "%s%s%s%s", DATED("a", "2017-01-01"),
                   DATED("b", "2017-01-04"), DATED("a", "2017-01-05"), DATED("c", "2017-01-01"));
    assert_output(&r, expected);
    assert_int_equal(r.figures.count[PS_LATE], 1);
    assert_int_equal(r.figures.count[PS_DUPLICATE], 3);
    done(&r);
  }
}

static void test_a_ping_from_the_future_expires_nothing(void **state) {
  struct ps_sieve_options o = defaults(*state);
  expect(o, "{\"id\":\"a\"}\n" DATED("z", "2099-01-01") "{\"id\":\"a\"}\n" DATED("z", "2099-01-01"),
         "{\"id\":\"a\"}\n" DATED("z", "2099-01-01"));
}

static void test_overlong_line_is_kept_and_the_stream_goes_on(void **state) {
  struct world *w = *state;
  struct ps_sieve_options o = defaults(w);
  struct buffer input = BUFFER_INIT, kept = BUFFER_INIT;
  o.max_line = 1u << 20;
  assert_int_equal(buffer_append(&input, "{\"id\":\"a\"}\n", 11, NULL), PS_OK);
  assert_int_equal(buffer_append(&kept, "{\"long\":\"", 9, NULL), PS_OK);
  for (unsigned i = 0; i < 300000; i++)
    assert_int_equal(buffer_append(&kept, "0123456789", 10, NULL), PS_OK);
  assert_int_equal(buffer_append(&kept, "\"}\n", 3, NULL), PS_OK);
  assert_int_equal(buffer_append(&input, kept.data, kept.len, NULL), PS_OK);
  assert_int_equal(buffer_append(&input, "{\"id\":\"b\"}\n!\n", 13, NULL), PS_OK);
  struct outcome r = run(o, input.data, input.len);
  assert_output(&r, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  assert_int_equal(r.figures.lines, 4);
  assert_int_equal(r.figures.count[PS_MALFORMED], 2);
  assert_int_equal(r.figures.bytes_in, input.len);
  assert_int_equal(r.figures.first_malformed.line, 2);
  assert_int_equal(buffer_append(&kept, "!\n", 2, NULL), PS_OK);
  assert_file(w->invalid, (const char *)kept.data);
  done(&r);
  buffer_release(&input);
  buffer_release(&kept);
}

/* More lines than a slot has records for; thread counts; a store too small for its keys. */
static void test_many_short_lines_with_any_threads(void **state) {
  struct world *w = *state;
  struct buffer input = BUFFER_INIT;
  for (unsigned i = 0; i < 60000; i++)
    assert_int_equal(buffer_printf(&input, NULL, "{\"id\":\"%u\"}\n\n[]\n", i), PS_OK);
  for (unsigned threads = 1; threads <= 4; threads++) {
    char store[128];
    (void)snprintf(store, sizeof store, "%s-%u", w->store, threads);
    struct ps_sieve_options o = defaults(w);
    o.store = store;
    o.threads = threads;
    struct outcome r = run(o, input.data, input.len);
    assert_output(&r, (const char *)input.data);
    done(&r);
    r = run(o, input.data, input.len);
    assert_int_equal(r.figures.count[PS_DUPLICATE], 60000);
    assert_int_equal(r.out.len, 60000 * 4);
    done(&r);
  }
  buffer_release(&input);
}

static void test_failed_output_marks_nothing(void **state) {
  struct ps_sieve_options o = defaults(*state);
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  close(ends[0]);
  o.output_fd = ends[1];
  struct outcome r = run(o, "{\"id\":\"a\"}\n", 11);
  assert_int_equal(r.status, PS_E_PIPE);
  assert_int_equal(r.figures.lines, 0);
  done(&r);
  close(ends[1]);
  o.output_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
  assert_true(o.output_fd >= 0);
  r = run(o, "{\"id\":\"a\"}\n", 11);
  assert_int_equal(r.status, PS_E_OUTPUT);
  done(&r);
  close(o.output_fd);
  o.output_fd = 0;
  expect(o, "{\"id\":\"a\"}\n", "{\"id\":\"a\"}\n");
}

static void test_absorb_only_marks(void **state) {
  struct ps_sieve_options o = defaults(*state);
  o.output_fd = -1;
  struct outcome r = run(o, "{\"id\":\"a\"}\n", 11);
  assert_int_equal(r.status, PS_OK);
  assert_int_equal(r.figures.count[PS_UNIQUE], 1);
  done(&r);
  o.output_fd = 0;
  expect(o, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n", "{\"id\":\"b\"}\n");
}

static void test_settings_that_differ_are_refused(void **state) {
  struct ps_sieve_options o = defaults(*state);
  o.seen.keep_given = true;
  o.seen.keep_days = 7;
  expect(o, "{}\n", "{}\n");
  o.seen.keep_days = 8;
  struct outcome r = run(o, "{}\n", 3);
  assert_int_equal(r.status, PS_E_STORE_MISMATCH);
  assert_non_null(strstr(r.error.text, "7"));
  assert_non_null(strstr(r.error.text, "8"));
  done(&r);
}

int main(void) {
  (void)signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_duplicates_within_and_across_runs, setup, teardown),
      cmocka_unit_test_setup_teardown(test_every_class_goes_its_way, setup, teardown),
      cmocka_unit_test_setup_teardown(test_reasons_tell_the_place, setup, teardown),
      cmocka_unit_test_setup_teardown(test_retention_is_exact_in_any_batch, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_ping_from_the_future_expires_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(test_overlong_line_is_kept_and_the_stream_goes_on, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(test_many_short_lines_with_any_threads, setup, teardown),
      cmocka_unit_test_setup_teardown(test_failed_output_marks_nothing, setup, teardown),
      cmocka_unit_test_setup_teardown(test_absorb_only_marks, setup, teardown),
      cmocka_unit_test_setup_teardown(test_settings_that_differ_are_refused, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
