#include "cli/metrics.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void has(const struct buffer *text, const char *line) {
  if (!strstr((const char *)text->data, line))
    fail_msg("no line '%s' in:\n%s", line, (const char *)text->data);
}

static void formats_and_escapes(void **state) {
  (void)state;
  struct ps_label_figures labels[2] = {{.type = "main", .channel = "beta"},
                                       {.type = "a\"b\\c\nd", .channel = ""}};
  labels[0].count[PS_UNIQUE] = 12;
  labels[0].bytes_in = 3456;
  labels[1].count[PS_DUPLICATE] = UINT64_MAX;
  struct ps_sieve_figures figures = {.lines = 20, .seconds = 1.5, .nlabels = 2, .labels = labels};
  figures.count[PS_MALFORMED] = 3;
  figures.count[PS_BLANK] = 1;
  struct buffer text = BUFFER_INIT;
  assert_int_equal(metrics_format(&text, &figures, true, NULL), PS_OK);
  has(&text, "# HELP pingsieve_pings_total Pings read.\n# TYPE pingsieve_pings_total "
             "counter\npingsieve_pings_total 19\n");
  has(&text, "pingsieve_malformed_pings_total 3\n");
  has(&text, "pingsieve_up 1\n");
  has(&text, "pingsieve_run_seconds 1.5\n");
  has(&text, "pingsieve_unique_pings_total{docType=\"main\",channel=\"beta\"} 12\n");
  has(&text, "pingsieve_input_bytes_total{docType=\"main\",channel=\"beta\"} 3456\n");
  has(&text, "pingsieve_duplicate_pings_total{docType=\"a\\\"b\\\\c\\nd\",channel=\"\"} "
             "18446744073709551615\n");
  assert_int_equal(text.data[text.len - 1], '\n');
  buffer_release(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(formats_and_escapes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
