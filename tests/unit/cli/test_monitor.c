/* News of a run while it goes on: each thing is told once, and the figures when they are due. Built
 * with --wrap for the clock, the messages and the metrics, so that none of them is the machine's.
 */
#include "cli/message.h"
#include "cli/metrics.h"
#include "cli/monitor.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/error.h"

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
void __wrap_message(enum message_kind kind, const char *format, ...);
int __wrap_metrics_write(const char *path, const struct ps_sieve_figures *figures, bool running,
                         struct ps_error *err);

static uint64_t now_ms;
static unsigned told, written;
static enum message_kind last_kind;
static char last[256];
static int metrics_status;
static bool last_running;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
  (void)clock;
  *now = (struct timespec){(time_t)(now_ms / 1000), (long)(now_ms % 1000 * 1000000)};
  return 0;
}

void __wrap_message(enum message_kind kind, const char *format, ...) {
  va_list args;
  va_start(args, format);
  (void)vsnprintf(last, sizeof last, format, args);
  va_end(args);
  last_kind = kind;
  told++;
}

int __wrap_metrics_write(const char *path, const struct ps_sieve_figures *figures, bool running,
                         struct ps_error *err) {
  (void)figures;
  assert_string_equal(path, "m.prom");
  last_running = running;
  written++;
  return metrics_status ? error_set(err, metrics_status, "no room for %s", path) : PS_OK;
}

static struct arguments arguments;
static struct monitor monitor;
static struct ps_sieve_figures figures;

static int setup(void **state) {
  (void)state;
  now_ms = 5000;
  told = written = 0;
  metrics_status = PS_OK;
  arguments = (struct arguments){.store = "seen", .metrics = "m.prom"};
  figures = (struct ps_sieve_figures){0};
  monitor_start(&monitor, &arguments, false);
  return 0;
}

/* One tick more; how many messages it brought. */
static unsigned tick(void) {
  const unsigned before = told;
  monitor_tick(&monitor, &figures);
  return told - before;
}

static void a_wait_is_told_once(void **state) {
  (void)state;
  for (int wait = 0; wait < 2; wait++) {
    figures.waiting_seconds = 2;
    assert_int_equal(tick(), 0);
    figures.waiting_seconds = 3;
    assert_int_equal(tick(), 1);
    assert_int_equal(last_kind, MESSAGE_WARNING);
    assert_non_null(strstr(last, "the store in seen is locked"));
    figures.waiting_seconds = 60;
    assert_int_equal(tick(), 0);
    figures.waiting_seconds = 0; /* it has its turn; the next wait is another one */
    assert_int_equal(tick(), 0);
  }
  arguments.quiet = true;
  figures.waiting_seconds = 60;
  assert_int_equal(tick(), 0);
}

static void outputs_are_told_once(void **state) {
  (void)state;
  figures.awaits = "fifo";
  assert_int_equal(tick(), 1);
  assert_string_equal(last, "waiting for a reader of fifo");
  assert_int_equal(last_kind, MESSAGE_NOTE);
  assert_int_equal(tick(), 0);
  figures.awaits = NULL;
  assert_int_equal(tick(), 0);
  figures.unkept = 1;
  assert_int_equal(tick(), 1);
  assert_non_null(strstr(last, "--invalid-max"));
  assert_int_equal(last_kind, MESSAGE_WARNING);
  figures.unkept = 2;
  assert_int_equal(tick(), 0);
  monitor_start(&monitor, &arguments, false);
  arguments.quiet = true;
  figures.awaits = "fifo";
  assert_int_equal(tick(), 0);
}

static void metrics_come_when_they_are_due(void **state) {
  (void)state;
  (void)tick();
  assert_int_equal(written, 1);
  assert_true(last_running);
  now_ms += METRICS_INTERVAL_MS - 1;
  (void)tick();
  assert_int_equal(written, 1);
  now_ms += 1;
  (void)tick();
  assert_int_equal(written, 2);
  assert_int_equal(monitor_metrics(&monitor, &figures, false), PS_OK);
  assert_int_equal(written, 3);
  assert_false(last_running);
  assert_int_equal(told, 0);
  arguments.metrics = NULL;
  assert_int_equal(monitor_metrics(&monitor, &figures, true), PS_OK);
  assert_int_equal(written, 3);
}

static void metrics_that_cannot_be_written_are_told_once(void **state) {
  (void)state;
  metrics_status = PS_E_OUTPUT;
  assert_int_equal(tick(), 1);
  assert_int_equal(last_kind, MESSAGE_WARNING);
  assert_string_equal(last, "no room for m.prom");
  now_ms += METRICS_INTERVAL_MS;
  assert_int_equal(tick(), 0);
  assert_int_equal(written, 2); /* it may have room again */
  assert_int_equal(monitor_metrics(&monitor, &figures, false), PS_E_OUTPUT);
  assert_int_equal(told, 1);
  assert_int_equal(setup(NULL), 0);
  metrics_status = PS_E_OUTPUT;
  assert_int_equal(monitor_metrics(&monitor, &figures, false), PS_E_OUTPUT);
  assert_int_equal(last_kind, MESSAGE_ERROR);
}

/* While a store is opened; afterwards the ticks tell. */
static void an_opening_that_waits_is_told(void **state) {
  (void)state;
  monitor_waits(NULL, "other");
  assert_non_null(strstr(last, "the store in other is locked"));
  monitor_waits(&monitor, "seen");
  assert_int_equal(told, 2);
  arguments.quiet = true;
  monitor_waits(&monitor, "seen");
  arguments.quiet = false;
  atomic_store(&monitor.opened, true);
  monitor_waits(&monitor, "seen");
  assert_int_equal(told, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(a_wait_is_told_once, setup),
      cmocka_unit_test_setup(outputs_are_told_once, setup),
      cmocka_unit_test_setup(metrics_come_when_they_are_due, setup),
      cmocka_unit_test_setup(metrics_that_cannot_be_written_are_told_once, setup),
      cmocka_unit_test_setup(an_opening_that_waits_is_told, setup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
