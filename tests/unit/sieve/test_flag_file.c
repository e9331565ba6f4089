/* The lines of FILE of --flags: every figure of every rule, each another number. */
#include "owner.h"

#include "sieve/flag_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../assertions.h"

static struct account_event event_of(uint8_t rule) {
  return (struct account_event){.id = "a \"client\"",
                                .flag = {.day = 17237,
                                         .rule = rule,
                                         .time = 1489322096,
                                         .pings = {1000, 7},
                                         .duplicates = {900, 11},
                                         .measurements = {123456, 13},
                                         .limit = 500,
                                         .evidence = 17,
                                         .of = 19,
                                         .value = "4711"}};
}

static void every_figure_is_told(void **state) {
#define HEAD(rule, advisory)                                                                       \
  "{\"time\":\"2017-03-12T12:34:56Z\",\"day\":\"2017-03-12\",\"rule\":\"" rule                     \
  "\",\"advisory\":" advisory ",\"client\":\"a \\\"client\\\"\",\"pings\":"
#define PINGS                                                                                      \
  "1000,\"pings_error\":7,\"duplicates\":900,\"duplicates_error\":11,\"distinct_at_most\":107"
  static const char expected[] =
      HEAD("ping-flood", "false") PINGS ",\"limit\":500}\n" HEAD("duplicate-flood", "false") PINGS
      ",\"limit\":500}\n" HEAD("measurement-spike", "false") PINGS
      ",\"measure\":\"histograms\",\"measurements\":123456,\"measurements_error\":13,\"limit\":500"
      ",\"in_one_ping\":17}\n" HEAD("measurement-spike", "false") PINGS
      ",\"measure\":\"histograms\",\"measurements\":123456,\"measurements_error\":13,\"limit\":500}"
      "\n" HEAD("shared-profile", "true") PINGS
      ",\"limit\":500,\"watched_pings\":19,\"value\":\"4711\",\"value_pings\":17}\n" HEAD(
          "shared-profile", "true") PINGS
      ",\"limit\":500,\"cities\":17}\n" HEAD(
          "ping-flood", "false") "892,\"pings_error\":7,\"duplicates\":900,\"duplicates_error\":11,"
                                 "\"distinct_at_most\":0"
                                 ",\"limit\":500}\n";
  struct world *w = *state;
  struct ps_sieve_options options = world_options(w);
  struct owner *o = owner_open(&options);
  struct flag_file file = {0};
  struct buffer text = BUFFER_INIT;
  struct account_event events[] = {event_of(PS_PING_FLOOD),        event_of(PS_DUPLICATE_FLOOD),
                                   event_of(PS_MEASUREMENT_SPIKE), event_of(PS_MEASUREMENT_SPIKE),
                                   event_of(PS_SHARED_PROFILE),    event_of(PS_SHARED_PROFILE),
                                   event_of(PS_PING_FLOOD)};
  const size_t n = sizeof events / sizeof *events;
  events[3].flag.evidence = 0;
  events[5].flag.of = 0;
  events[6].flag.pings.count = 892; /* with its error one less than the duplicates */
  assert_ok(flag_file_write(&file, o->core.accounts, events, n, err)); /* there is no file */
  assert_ok(sink_open_append(w->invalid, &file.sink, err));
  assert_ok(flag_file_write(&file, o->core.accounts, events, 3, err));
  assert_ok(flag_file_write(&file, o->core.accounts, events, 0, err));
  assert_ok(flag_file_write(&file, o->core.accounts, events + 3, n - 3, err));
  assert_ok(flag_file_release(&file, err));
  assert_ok(flag_file_release(&file, err)); /* once more does no harm */
  read_file(w->invalid, &text);
  assert_ok(buffer_append(&text, "", 1, err));
  assert_string_equal((const char *)text.data, expected);
  buffer_release(&text);
  owner_close(o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_figure_is_told, world_setup, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
