/* The small parts: days in paths, days of first pings, identities, the lock. */
#include "../place.h"
#include "backfill/identity.h"
#include "backfill/lock.h"
#include "inputs/day_from.h"
#include "inputs/names.h"
#include "inputs/peek.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void assert_day(const char *pattern, const char *path, const char *want) {
  struct day_from from;
  char text[DAY_TEXT] = "none";
  day_t day;
  assert_ok(day_from_init(&from, pattern, err));
  if (day_from_path(&from, path, &day)) day_format(day, text);
  day_from_release(&from);
  if (strcmp(text, want) != 0) fail_msg("the day of %s is %s, not %s", path, text, want);
}

static void finds_the_first_date_of_a_path(void **state) {
  /* The same pattern in other words is not known to be the default: regexec(3) looks for it. */
  static const char *const patterns[] = {NULL, PS_DAY_FROM_DEFAULT, "(" PS_DAY_FROM_DEFAULT ")"};
  static const char *const cases[][2] = {
      {"landfill/20170301/part-0.gz", "2017-03-01"},
      {"landfill/2017-03-01/part-0.gz", "2017-03-01"},
      {"20170301", "2017-03-01"},
      {"20170301-main", "2017-03-01"},
      {"x20170301x20170302", "2017-03-01"},
      {"a/20179999/20170302", "2017-03-02"}, /* one separator between the two */
      {"a/2017-02-30/20170302", "2017-03-02"},
      {"a/2017-02-30-20170302", "2017-03-02"},
      {"a/120170301/x", "none"},
      {"a/201703011/x", "none"},
      {"a/20170301T1200/x", "2017-03-01"},
      {"a/2017-0301/2017/03/01", "none"},
      {"a/19700101/18700101", "none"},
      {"a/20160229/20170229", "2016-02-29"},
      {"a/20170229/20160229", "2016-02-29"},
      {"\xFF\xFE/20170301/\n", "2017-03-01"},
      {"2", "none"},
      {"2017030", "none"},
      {"2017-03-0", "none"},
      {"", "none"},
  };
  (void)state;
  for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++)
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
      assert_day(patterns[p], cases[i][0], cases[i][1]);
}

static void follows_a_pattern(void **state) {
  (void)state;
  assert_day("sub=([0-9]{8})", "20160101/sub=20170301/x", "2017-03-01");
  assert_day("sub=([0-9]{8})", "20160101/x", "none");
  assert_day("[0-9]{8}", "20160101/x", "2016-01-01");
  assert_day("(x)([0-9-]+)", "x2016-01-01/x", "2016-01-01");
  assert_day("^[0-9]{8}", "2016/20160101", "none");
  assert_day("[0-9]*", "abc 20160101", "2016-01-01");
  assert_day("x?", "abc", "none");
}

static void refuses_what_is_no_pattern(void **state) {
  struct day_from from;
  (void)state;
  assert_refused(day_from_init(&from, "([0-9]", err), PS_E_ARGUMENT, "'([0-9]'");
}

static void assert_peek(const char *text, const char *want) {
  const struct ps_read_options options = {.simd = NULL};
  struct peek *peek;
  char told[DAY_TEXT] = "none";
  bool found;
  day_t day;
  place_text("pings", text);
  assert_ok(peek_create(&options, &peek, err));
  assert_ok(peek_day(peek, "pings", -1, &found, &day, err));
  if (found) day_format(day, told);
  assert_string_equal(told, want);
  peek_free(peek);
}

static void peeks_at_the_first_day(void **state) {
  (void)state;
  assert_peek("", "none");
  assert_peek("\n{}\nnot JSON\n", "none");
  assert_peek("{}\n{\"meta\":{\"submissionDate\":\"20170305\"}}\n", "2017-03-05");
  assert_peek("\xEF\xBB\xBF{\"meta\":{\"submissionDate\":\"20170305\"}}", "2017-03-05");
}

static void peeks_at_nothing_it_cannot_read(void **state) {
  const struct ps_read_options options = {.simd = NULL};
  struct peek *peek;
  bool found;
  day_t day;
  (void)state;
  place_file("damaged", "\x1f\x8b\x08\xff", 4);
  assert_ok(peek_create(&options, &peek, err));
  assert_ok(peek_day(peek, "absent", -1, &found, &day, err));
  assert_false(found);
  assert_ok(peek_day(peek, "damaged", -1, &found, &day, err));
  assert_false(found);
  peek_free(peek);
}

static void tells_files_apart(void **state) {
  struct identity a, b;
  struct stat st;
  uint8_t digest[2][SOURCE_DIGEST];
  (void)state;
  place_text("a", "some bytes");
  place_text("b", "some bytes");
  assert_int_equal(stat("a", &st), 0);
  identity_of(&st, &a);
  b = a;
  assert_true(identity_untouched(&a, &b));
  assert_int_equal(a.size, 10);
  b.changed_ns++;
  assert_false(identity_untouched(&a, &b));
  assert_ok(identity_digest("a", -1, digest[0], err));
  assert_ok(identity_digest("b", -1, digest[1], err));
  assert_memory_equal(digest[0], digest[1], SOURCE_DIGEST);
  place_text("b", "same bytes");
  assert_ok(identity_digest("b", -1, digest[1], err));
  assert_memory_not_equal(digest[0], digest[1], SOURCE_DIGEST);
  assert_refused(identity_digest("absent", -1, digest[0], err), PS_E_INPUT, "cannot open absent");
}

static void digests_as_a_source_does(void **state) {
  const struct source_options options = {.name = "a", .stop_fd = -1, .owned = true, .digest = true};
  struct source *source;
  uint8_t data[4], digest[2][SOURCE_DIGEST];
  size_t got;
  (void)state;
  place_text("a", "some bytes");
  assert_ok(identity_digest("a", -1, digest[0], err));
  assert_ok(source_open_fd(open("a", O_RDONLY | O_CLOEXEC), &options, &source, err));
  assert_ok(source_read(source, data, sizeof data, &got, err));
  assert_ok(source_digest(source, digest[1], err));
  source_close(source);
  assert_memory_equal(digest[0], digest[1], SOURCE_DIGEST);
}

static void stops_while_digesting(void **state) {
  uint8_t digest[SOURCE_DIGEST];
  int stop[2];
  (void)state;
  place_text("a", "some bytes");
  assert_int_equal(pipe(stop), 0);
  assert_int_equal(write(stop[1], "", 1), 1);
  assert_refused(identity_digest("a", stop[0], digest, err), PS_E_STOPPED, "a");
  (void)close(stop[0]);
  (void)close(stop[1]);
}

static void locks_a_store_once(void **state) {
  int first, second;
  (void)state;
  assert_refused(lock_open("store", &first, err), PS_E_STORE, "store");
  place_directory("store");
  assert_ok(lock_open("store", &first, err));
  assert_refused(lock_open("store", &second, err), PS_E_STORE, "another backfill");
  assert_int_equal(second, -1);
  lock_close(second);
  lock_close(first);
  assert_ok(lock_open("store", &second, err));
  lock_close(second);
}

static unsigned descriptors(void) {
  unsigned open = 0;
  for (int fd = 0; fd < 1024; fd++) open += fcntl(fd, F_GETFD) >= 0;
  return open;
}

static int count_name(void *context, const char *name, struct ps_error *err) {
  (void)name, (void)err;
  ++*(unsigned *)context;
  return PS_OK;
}

/* A backfill reads thousands of files. */
static void leaves_no_descriptor_open(void **state) {
  uint8_t digest[SOURCE_DIGEST];
  unsigned names = 0;
  bool empty;
  int lock;
  (void)state;
  place_directory("store");
  place_text("a", "some\nbytes");
  const unsigned before = descriptors();
  assert_ok(identity_digest("a", -1, digest, err));
  assert_ok(peek_empty("a", -1, &empty, err));
  assert_ok(names_each("a", false, -1, count_name, &names, err));
  assert_int_equal(names, 2);
  assert_ok(lock_open("store", &lock, err));
  lock_close(lock);
  assert_int_equal(descriptors(), before);
}

#define test(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_the_first_date_of_a_path),
      cmocka_unit_test(follows_a_pattern),
      cmocka_unit_test(refuses_what_is_no_pattern),
      test(peeks_at_the_first_day),
      test(peeks_at_nothing_it_cannot_read),
      test(tells_files_apart),
      test(digests_as_a_source_does),
      test(stops_while_digesting),
      test(locks_a_store_once),
      test(leaves_no_descriptor_open),
  };
  return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
