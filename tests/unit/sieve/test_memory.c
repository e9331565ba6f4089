/* A filter that uses all it can: the n-th allocation fails, for every n. The run says so, holds
 * nothing afterwards, and the same input goes through without that. */
#include "../ledger.h"
#include "../scale.h"
#include "support.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char input[] =
    "{\"id\":\"a\",\"clientId\":\"x\",\"type\":\"main\",\"n\":5,\"payload\":[1,2,3]}\n"
    "{\"id\":\"b\",\"clientId\":\"x\",\"type\":\"main\",\"n\":6}\n"
    "{\"id\":\"c\",\"clientId\":\"y\",\"type\":\"crash\",\"n\":600}\n"
    "{\"id\":\"a\",\"clientId\":\"x\",\"type\":\"main\"}\n"
    "{\"id\":\"d\",\"type\":\"main\",\"n\":\n"
    "{\"clientId\":\"z\",\"type\":\"main\",\"n\":1}\n";

struct files {
  char duplicates[128], flags[128], flagged[128];
};

static void files_init(struct files *files, const struct world *w) {
  (void)snprintf(files->duplicates, sizeof files->duplicates, "%s/duplicates", w->dir);
  (void)snprintf(files->flags, sizeof files->flags, "%s/flags", w->dir);
  (void)snprintf(files->flagged, sizeof files->flagged, "%s/flagged", w->dir);
}

static struct ps_sieve_options all_options(const struct world *w, const struct files *files,
                                           unsigned threads) {
  static const char *const where[] = {"type~=^(main|crash)$", "n>0", NULL};
  static const char *const select[] = {"id", "payload", NULL};
  static const struct ps_rules rules = {.ping_flood = 1, .shared_profile = 1};
  struct ps_sieve_options o = world_options(w);
  o.duplicates_path = files->duplicates;
  o.flags_path = files->flags;
  o.flagged = PS_FLAGGED_FILE;
  o.flagged_path = files->flagged;
  o.rules = &rules;
  o.labels = true;
  o.read.threads = threads;
  o.read.selection.where = where;
  o.read.selection.select = select;
  o.read.selection.one_per_client = threads == 1;
  return o;
}

/* Opens, runs and closes a filter; the first error. */
static int filter(struct ps_sieve_options *o, struct ps_error *err) {
  struct ps_sieve *sieve = NULL;
  int r = ps_sieve_open(o, &sieve, err);
  if (r) return r;
  r = ps_sieve_run(sieve, err);
  struct ps_sieve_figures figures = {0};
  const int told = ps_sieve_figures(sieve, &figures, r ? NULL : err);
  ps_sieve_figures_release(&figures);
  ps_sieve_figures_release(&figures); /* once more does no harm */
  if (!r) r = told;
  const int closed = ps_sieve_close(sieve, r ? NULL : err);
  return r ? r : closed;
}

/* The filter with its n-th allocation failing; false: it went through without that. *missed: times
 * that it went through although one failed. */
static bool fails_at(struct ps_sieve_options *o, unsigned long n, unsigned *missed) {
  struct ps_error error = {.status = PS_OK};
  const size_t allocations = ledger_allocations(), descriptors = ledger_descriptors();
  assert_int_equal(lseek(o->input_fd, 0, SEEK_SET), 0);
  ledger_fail(n);
  const int r = filter(o, &error);
  const bool failed = ledger_failed();
  assert_int_equal(ledger_allocations(), allocations);
  assert_int_equal(ledger_descriptors(), descriptors);
  *missed += failed && !r;
  if (!r) return failed;
  assert_true(failed);
  assert_int_equal(r, PS_E_MEMORY);
  assert_int_equal(error.status, PS_E_MEMORY);
  assert_non_null(strstr(error.text, "memory"));
  return failed;
}

static void fail_each(struct world *w, unsigned threads) {
  struct files files;
  char path[128];
  unsigned long n = 1;
  unsigned missed = 0;
  files_init(&files, w);
  struct ps_sieve_options o = all_options(w, &files, threads);
  (void)snprintf(path, sizeof path, "%s/input", w->dir);
  o.input_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  o.output_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  assert_true(o.input_fd >= 0 && o.output_fd >= 0);
  assert_int_equal(write(o.input_fd, input, sizeof input - 1), sizeof input - 1);
  while (fails_at(&o, n, &missed)) n += scale_is_small() ? 7 : 1;
  assert_true(n > 50);
  assert_in_range(missed, 0, 10 + 2 * threads); /* chunks that it can do without: all but two */
  close(o.input_fd);
  close(o.output_fd);
}

static void one_thread_tells_lack_of_memory(void **state) { fail_each(*state, 1); }
static void two_threads_tell_lack_of_memory(void **state) { fail_each(*state, 2); }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(one_thread_tells_lack_of_memory, world_setup, world_teardown),
      cmocka_unit_test_setup_teardown(two_threads_tell_lack_of_memory, world_setup, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
