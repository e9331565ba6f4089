/* JSON reports that are not sound: each is refused with the place and with what is wrong there, and
 * what stands beside it is read. The sound ones are inputs of the fuzz target, whose '@' stands for
 * the registers of a day without clients.
 */
#include "report/render.h"
#include "report/report.h"
#include "report/source.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

static char *read_seed(const char *name) {
  char path[4096];
  (void)snprintf(path, sizeof path, TEST_DATA "/fuzz/report/%s", name);
  FILE *file = fopen(path, "rb");
  char *text = calloc(1, 1 << 16);
  assert_non_null(file);
  assert_non_null(text);
  assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
  assert_int_equal(fclose(file), 0);
  return text;
}

static void append(struct buffer *out, const char *text, size_t len) {
  assert_int_equal(buffer_append(out, text, len, NULL), PS_OK);
}

static void append_registers(struct buffer *out) {
  const size_t digits = (4 * PS_REGISTERS + 2) / 3, whole = (PS_REGISTERS + 2) / 3 * 4;
  for (size_t i = 0; i < whole; i++) append(out, i < digits ? "A" : "=", 1);
}

/* The report with `what` for the first `from` behind `after`. */
static int read_changed(const char *seed, const char *after, const char *from, const char *what,
                        struct report *report, struct ps_error *err) {
  char path[] = "/tmp/report-XXXXXX", *text = read_seed(seed);
  struct buffer out = BUFFER_INIT;
  char *at = strstr(text, after);
  if (at) at = strstr(at, from);
  if (!at) fail_msg("no %s behind %s", from, after);
  append(&out, text, (size_t)(at - text));
  append(&out, what, strlen(what));
  append(&out, at + strlen(from), strlen(at + strlen(from)));
  free(text);
  struct buffer whole = BUFFER_INIT;
  for (size_t i = 0; i < out.len; i++)
    if (out.data[i] == '@') append_registers(&whole);
    else append(&whole, (const char *)out.data + i, 1);
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, whole.data, whole.len), whole.len);
  assert_int_equal(close(fd), 0);
  buffer_release(&out);
  buffer_release(&whole);
  report_init(report, &(struct report_options){0});
  const int r = report_read_json(report, path, err);
  assert_int_equal(unlink(path), 0);
  return r;
}

// NOLINTNEXTLINE(readability-function-size): a table
static void each_fault_is_named(void **state) {
  (void)state;
#define DAY "the accounts of 2017-03-12, \""
  static const struct {
    const char *seed, *after, *from, *what, *say;
  } rows[] = {
      {"day", "{", "\"keep_days\":30", "\"keep_days\":36501", "in its head, \"keep_days\" is too"},
      {"day", "{", "\"keep_days\":30", "\"keep_days\":-1", "\"keep_days\" should be a count"},
      {"day", "{", "\"keep_days\":30", "\"keep_days\":3.5", "\"keep_days\" should be a count"},
      {"day", "{", "\"whole_ids\":false", "\"whole_ids\":0",
       "\"whole_ids\" should be true or false"},
      {"day", "{", "\"watermark\":\"2017-03-12\"", "\"watermark\":\"12.3.2017\"",
       "in its head, \"watermark\" should be a day as in \"2017-03-12\""},
      {"day", "{", "\"watermark\":\"2017-03-12\"", "\"watermark\":17237",
       "\"watermark\" should be a text"},
      {"day", "{", "\"first\":\"2017-03-12\"", "\"first\":null",
       "\"range\" has a first day that does not go with the last one"},
      {"day", "{", "\"first\":\"2017-03-12\"", "\"first\":\"2017-03-13\"",
       "\"range\" has a first day that does not go with the last one"},
      {"day", "{", "\"range\":{", "\"range\":{\"more\":1,",
       "\"range\" has too many or too few members"},
      {"day", "{", "\"name\":\"histograms\"", "\"name\":\"\"", "\"name\" is empty"},
      {"day", "{", "\"name\":\"histograms\"", "\"name\":\"0123456789012345678901234567890\"", NULL},
      {"day", "{", "\"name\":\"histograms\"", "\"name\":\"01234567890123456789012345678901\"",
       "\"name\" is too long"},
      {"day", "{", "\"measures\":[", "\"measures\":[{\"name\":\"histograms\",\"path\":\"x\"},",
       "\"name\" is there twice"},
      {"day", "{", "\"measures\":[", "\"measures\":[1,1,1,1,",
       "\"measures\" has too many or too few elements"},
      {"day", "\"accounts\"", "\"accounts\":[", "\"accounts\":[3,",
       "\"accounts\" should be an object"},
      {"day", "\"accounts\"", "\"day\":\"2017-03-12\"", "\"day\":null", "\"day\" should be a text"},
      {"day", "\"accounts\"", "\"rows\":[", "\"rows\":3,\"x\":[", "\"accounts\" has too many"},
      {"day", "\"rows\"", "\"pings\":1", "\"pings\":2",
       DAY "pings\" is not the sum of the classes"},
      {"day", "\"rows\"", "\"measurements\":[0]", "\"measurements\":[]",
       DAY "measurements\" has too many or too few elements"},
      {"day", "\"rows\"", "\"implausible\":[0]", "\"implausible\":[-1]",
       DAY "implausible\" should be a count"},
      {"day", "\"rows\"", "\"type\":\"\"", "\"type\":5", DAY "type\" should be a text"},
      {"day", "\"registers\"", "\"@\"", "\"AAAA\"",
       DAY "registers\" should be base64 of the right"},
      {"day", "\"registers\"", "\"@\"", "\"@A\"", DAY "registers\" should be base64 of the right"},
      {"day", "\"registers\"", "\"@\"", "7", DAY "registers\" should be base64 of the right"},
      {"day", "\"registers\"", "\"measured\":true", "\"measured\":1",
       DAY "measured\" should be true or false"},
      {"day", "\"registers\"", "[55,1]", "[55,0]",
       DAY "bins\" should be ascending pairs of an index and a count"},
      {"day", "\"registers\"", "[55,1]", "[70,1]", DAY "bins\" should be ascending pairs"},
      {"day", "\"registers\"", "[55,1]", "[55,1,1]", DAY "bins\" should be ascending pairs"},
      {"day", "\"registers\"", "[90,1]", "[2304,1]", DAY "bins\" should be ascending pairs"},
      {"day", "\"registers\"", "[55,1]", "[55,2]", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"min\":3", "\"min\":4", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"min\":3", "\"min\":7", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"max\":6", "\"max\":5", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"zeros\":0", "\"zeros\":1", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "[[55,1],[70,2],[81,2],[90,1]]", "[]", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "[55,1]", "[55,9223372036854775807]", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"min\":3", "\"min\":0", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"zeros\":0,\"min\":3,\"max\":6,\"bins\":[[55,1],[70,2]",
       "\"zeros\":1,\"min\":3,\"max\":6,\"bins\":[[55,1],[70,1]", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"zeros\":0,\"min\":3,\"max\":6,\"bins\":[[55,1],[70,2]",
       "\"zeros\":1,\"min\":0,\"max\":6,\"bins\":[[55,1],[70,1]", NULL},
      {"day", "\"registers\"", "\"zeros\":0,\"min\":3,\"max\":6,\"bins\":[[55,1],[70,2]",
       "\"zeros\":1,\"min\":0,\"max\":0,\"bins\":[[55,1],[70,1]", DAY "bins\" do not add up"},
      {"day", "\"registers\"",
       "\"zeros\":0,\"min\":3,\"max\":6,\"bins\":[[55,1],[70,2],[81,2],[90,1]]",
       "\"zeros\":6,\"min\":0,\"max\":5,\"bins\":[]", DAY "bins\" do not add up"},
      {"day", "\"registers\"", /* the two are in one bin */
       "\"min\":3,\"max\":6,\"bins\":[[55,1],[70,2],[81,2],[90,1]]",
       "\"min\":1001,\"max\":1000,\"bins\":[[346,6]]", DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"min\":3,\"max\":6,\"bins\":[[55,1],[70,2],[81,2],[90,1]]",
       "\"min\":1000,\"max\":1001,\"bins\":[[346,6]]", NULL},
      {"day", "\"registers\"", "[55,1],[70,2],[81,2],[90,1]", /* they sum up to 2^64 and 6 */
       "[55,9223372036854775807],[70,9223372036854775807],[81,2],[90,6]",
       DAY "bins\" do not add up"},
      {"day", "\"registers\"", "\"@\"", "\"@\",\"registers\":\"@\"",
       "is no JSON report: line 1, byte"},
      {"day", "\"rankings\"", "\"kind\":\"uuid\"", "\"kind\":\"none\"", NULL},
      {"day", "\"rankings\"", "\"kind\":\"uuid\"", "\"kind\":\"dog\"",
       DAY "kind\" is no kind of client"},
      {"day", "\"rankings\"", "\"key\":\"9e", "\"key\":\"9g", DAY "key\" should be 32 hexadecimal"},
      {"day", "\"rankings\"", "\"key\":\"9e", "\"key\":\"9", DAY "key\" should be 32 hexadecimal"},
      {"day", "\"rankings\"", "\"rankings\":[", "\"rankings\":[{},",
       DAY "rankings\" has too many or too few elements"},
      {"flags", "\"flags\"", "\"rule\":\"ping-flood\"", "\"rule\":\"ping-drought\"",
       DAY "rule\" is no rule of this version"},
      {"flags", "\"flags\"", "\"day\":\"2017-03-12\"", "\"day\":\"2017-03-13\"",
       DAY "flags\" has one of another day"},
      {"flags", "\"flags\"", "\"pings\":{", "\"pings\":{\"more\":1,",
       DAY "pings\" has too many or too few members"},
      {"flags", "\"flags\"", "\"value\":\"\"", "\"value\":null", DAY "value\" should be a text"},
      {"flags", "\"flags\"", "\"limit\":3", "\"limit\":\"3\"", DAY "limit\" should be a count"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct report report;
    struct ps_error err = {.status = PS_OK};
    const int status =
        read_changed(rows[i].seed, rows[i].after, rows[i].from, rows[i].what, &report, &err);
    report_release(&report);
    if (!rows[i].say) {
      if (status != PS_OK && !strstr(err.text, "kind")) fail_msg("%s: %s", rows[i].what, err.text);
      continue;
    }
    if (status != PS_E_INPUT_DAMAGED) fail_msg("%s for %s: %d", rows[i].what, rows[i].from, status);
    if (!strstr(err.text, rows[i].say)) fail_msg("no '%s' in '%s'", rows[i].say, err.text);
  }
}

static void registers_hold_no_more_than_counting_leaves(void **state) {
  (void)state;
  struct report report;
  struct ps_error err;
  /* 4096 registers of 53, the greatest there is, or of 54: "NTU1" and "NjY2". */
  static const struct {
    const char *digits, *end, *say;
  } rows[] = {
      {"NTU1", "NQ==\"", NULL},
      {"NjY2", "Ng==\"", "\"registers\" hold what no counting leaves there"},
      {"NTU1", "NQ=A\"", "\"registers\" should be base64 of the right length"},
      {"NTU1", "NQA=\"", "\"registers\" should be base64 of the right length"},
      {"NTU.", "NQ==\"", "\"registers\" should be base64 of the right length"},
  };
  for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
    struct buffer digits = BUFFER_INIT;
    append(&digits, "\"", 1);
    for (unsigned i = 0; i < PS_REGISTERS / 3; i++) append(&digits, rows[n].digits, 4);
    append(&digits, rows[n].end, 6); /* and the NUL */
    const int status =
        read_changed("day", "\"registers\"", "\"@\"", (const char *)digits.data, &report, &err);
    assert_int_equal(status, rows[n].say ? PS_E_INPUT_DAMAGED : PS_OK);
    if (rows[n].say) assert_non_null(strstr(err.text, rows[n].say));
    report_release(&report);
    buffer_release(&digits);
  }
}

/* A user may change a figure by hand: the report has the new one. */
static void what_is_sound_is_taken_as_it_stands(void **state) {
  (void)state;
  struct report report;
  struct ps_error err;
  assert_int_equal(
      read_changed("day", "\"rankings\"", "\"count\":3", "\"count\":30", &report, &err), PS_OK);
  assert_int_equal(report_finish(&report, &err), PS_OK);
  assert_int_equal(report.ndays, 1);
  assert_int_equal(report.ranking[PS_RANK_PINGS].n, 2);
  assert_int_equal(report.ranking[PS_RANK_PINGS].at[0].figure.count, 30);
  assert_int_equal(report.ranking[PS_RANK_PINGS].at[1].figure.count, 2);
  assert_int_equal(report.total.count[PS_UNIQUE], 5);
  assert_int_equal(report.total.count[PS_DUPLICATE], 1);
  assert_int_equal(report.total.count[PS_MALFORMED], 1);
  assert_int_equal(report.total.bytes_in, 1395);
  assert_int_equal(report.total.bytes_out, 1150);
  assert_int_equal(report.total.measurements[0], 27);
  assert_int_equal(report.without_client.measurements[0], 5);
  assert_int_equal(report.distribution[0].count, 6);
  assert_int_equal(report.keep_days, 30);
  assert_int_equal(report.watermark, 17237);
  report_release(&report);
}

/* Rows and clients that stand in another order are put into theirs. */
static void what_is_out_of_order_is_sorted(void **state) {
  (void)state;
  struct report report;
  struct ps_error err;
  assert_int_equal(
      read_changed("day", "\"rows\"", "\"type\":\"\"", "\"type\":\"zoo\"", &report, &err), PS_OK);
  assert_string_equal(report.source[0].rows[0].type, "main");
  report_release(&report);
  assert_int_equal(
      read_changed("day", "\"rankings\"", "\"count\":2", "\"count\":20", &report, &err), PS_OK);
  assert_int_equal(report.source[0].ranking[0].entries[0].figure.count, 20);
  report_release(&report);
}

/* One element more than is possible is told before any is looked at. */
static void lists_have_bounds(void **state) {
  (void)state;
  static const struct {
    const char *after, *from;
    size_t most;
  } rows[] = {{"\"accounts\"", "\"rows\":[", SOURCE_ROWS_MAX},
              {"\"rankings\"", "\"clients\":[", REPORT_LISTED},
              {"\"rankings\"", "\"flags\":[", PS_FLAGS_MAX}};
  for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
    for (size_t more = 0; more < 2; more++) {
      struct report report;
      struct ps_error err;
      struct buffer list = BUFFER_INIT;
      append(&list, rows[n].from, strlen(rows[n].from)); /* the one element that is there is last */
      for (size_t i = 1; i < rows[n].most + more; i++) append(&list, "0,", 2);
      append(&list, "", 1);
      assert_int_equal(read_changed("flags", rows[n].after, rows[n].from, (const char *)list.data,
                                    &report, &err),
                       PS_E_INPUT_DAMAGED);
      if (!strstr(err.text, more ? "too many or too few elements" : "should be an object"))
        fail_msg("%s: %s", rows[n].from, err.text);
      report_release(&report);
      buffer_release(&list);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_fault_is_named),
      cmocka_unit_test(registers_hold_no_more_than_counting_leaves),
      cmocka_unit_test(what_is_sound_is_taken_as_it_stands),
      cmocka_unit_test(what_is_out_of_order_is_sorted),
      cmocka_unit_test(lists_have_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
