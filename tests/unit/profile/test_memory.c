/* The n-th allocation fails, for every n: a profile says so in a sentence, nothing leaks or
 * crashes, and without a failure it is the one of before, to the byte. Built with --wrap for
 * malloc, calloc, realloc and strdup.
 */
#include "../scale.h"
#include "pings.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

/* Allocations until one fails, 0: none will; workers count as well. */
static atomic_long left;

static bool fails(void) {
  long n = atomic_load(&left);
  while (n > 0)
    if (atomic_compare_exchange_weak(&left, &n, n == 1 ? -1 : n - 1)) return n == 1;
  return false;
}
void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *old, size_t size) { return fails() ? NULL : __real_realloc(old, size); }
char *__wrap_strdup(const char *text) { return fails() ? NULL : __real_strdup(text); }

#define PINGS 60u

static const char *const fields[] = {
    "os=environment/system/os/name", "speed=environment/system/cpu/speedMHz:max=3000",
    "both=environment/system/os/name+environment/system/cpu/speedMHz",
    "addons=environment/addons/activeAddons/*/name where not isSystem", NULL};
static const char *const inputs[] = {"in/a.ndjson", "in/b.ndjson.gz", NULL};
static const char *const where[] = {"environment/system/os/name!=x", NULL};
static const struct ps_account_measure ssl = {"SSL", "payload/histograms/SSL/values/*"};

/* Opens, runs and dumps a profile; PS_OK or the first failure. */
static int profile_make(const struct ps_profile_options *options, struct text *dump,
                        struct ps_error *error) {
  struct ps_profiler *profiler = NULL;
  int r = ps_profile_open(options, -1, &profiler, error);
  if (!r) r = ps_profile_run(profiler, error);
  const long rest = atomic_exchange(&left, 0); /* the dump is the test's own */
  if (!r) profile_dump(ps_profile_result(profiler), dump);
  ps_profile_close(profiler);
  atomic_store(&left, rest);
  return r;
}

static void every_allocation_fails(const struct ps_profile_options *options) {
  struct text whole = {0};
  struct ps_error error = {.status = PS_OK};
  const long all = (long)scale_count(120);
  if (profile_make(options, &whole, &error)) fail_msg("%s", error.text);
  for (long n = 1;; n += n < all ? 1 : n / 8 + 1) {
    struct text again = {0};
    error = (struct ps_error){.status = PS_OK};
    atomic_store(&left, n);
    const int r = profile_make(options, &again, &error);
    const bool failed = atomic_exchange(&left, 0) < 0;
    if (r) {
      assert_true(failed);
      if (r == PS_E_INPUT) assert_int_equal(error.os_error, ENOMEM); /* of an input, by its name */
      else assert_int_equal(r, PS_E_MEMORY);
      assert_int_equal(error.status, r);
      assert_non_null(strstr(error.text, "memory"));
    } else { /* some things can be done without */
      assert_int_equal(again.len, whole.len);
      assert_memory_equal(again.data, whole.data, whole.len);
    }
    text_release(&again);
    if (!failed) break;
  }
  text_release(&whole);
}

static void write_files(void) {
  struct ping_list list = {0};
  struct text text = {0};
  pings_make(&list, 7, PINGS);
  list.at[0].day = list.at[PINGS / 2].day = 0;
  pings_write(&list, 0, PINGS / 2, &text);
  archive_write(inputs[0], &text);
  text.len = 0;
  pings_write(&list, PINGS / 2, PINGS, &text);
  archive_write(inputs[1], &text);
  text_release(&text);
  pings_free(&list);
}

static void a_profile_of_clients_bears_failing_allocations(void **state) {
  (void)state;
  struct ps_profile_who who[2] = {{.client = pings_client(2)}, {.client = pings_client(0)}};
  write_files();
  const struct ps_selection selection = {.where = where};
  struct ps_profile_options options = {.size = sizeof(struct ps_profile_options),
                                       .inputs = {.inputs = inputs, .ninputs = 2},
                                       .fields = fields,
                                       .read.measures = &ssl,
                                       .read.nmeasures = 1,
                                       .clients = who,
                                       .nclients = 2,
                                       .top = 10,
                                       .temp_dir = ".",
                                       .read.threads = 1};
  every_allocation_fails(&options);
  options.read.selection = selection;
  options.memory = 1; /* the least there may be */
  every_allocation_fails(&options);
}

static void a_whole_profile_bears_failing_allocations(void **state) {
  (void)state;
  write_files();
  const struct ps_profile_options options = {.size = sizeof(struct ps_profile_options),
                                             .inputs = {.inputs = inputs, .ninputs = 2},
                                             .top = 10,
                                             .temp_dir = ".",
                                             .read.threads = 1};
  every_allocation_fails(&options);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_profile_of_clients_bears_failing_allocations, place_setup,
                                      place_teardown),
      cmocka_unit_test_setup_teardown(a_whole_profile_bears_failing_allocations, place_setup,
                                      place_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
