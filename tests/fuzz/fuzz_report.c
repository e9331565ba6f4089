/* Any text as the JSON report of a store: it is read or refused with a sentence; a report that is
 * read is shown in every format, as JSON it is read again and gives the same JSON, and text, CSV
 * and page carry nothing of what their reader would act upon.
 *
 * The registers of a day are 5,464 digits that a fuzzer need not find: in the input a '@' in a
 * string stands for those of a day without clients, so that inputs stay small.
 */
#include "fuzz.h"

#include "report/render.h"
#include "report/report.h"
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REGISTERS_DIGITS ((PS_REGISTERS + 2) / 3 * 4)
#define EXPANDED         8u /* days whose registers are spelt out, at most */

static const struct report_options options = {.top = 3};

/* A file that is read by name: /proc/self/fd, so that nothing comes on a disk. */
static int read_one(struct report *report, const uint8_t *data, size_t len) {
  static int fd = -1;
  static char path[64];
  struct ps_error err;
  if (fd < 0) {
    FUZZ_CHECK((fd = memfd_create("report", MFD_CLOEXEC)) >= 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  }
  FUZZ_CHECK(!ftruncate(fd, 0) && pwrite(fd, data, len, 0) == (ssize_t)len);
  report_init(report, &options);
  report->made = 1500000000; /* the same in every run */
  const int r = report_read_json(report, path, &err);
  FUZZ_CHECK(!r || (err.status == r && *err.text));
  return r;
}

/* Nothing that a terminal obeys, and valid UTF-8 as far as jansson can tell. */
static void check_text(const struct buffer *out) {
  for (size_t i = 0; i < out->len; i++)
    FUZZ_CHECK((out->data[i] >= ' ' && out->data[i] != 0x7f) || out->data[i] == '\n');
  json_t *text = json_stringn((const char *)out->data, out->len);
  FUZZ_CHECK(text);
  json_decref(text);
}

static void show(const struct report *report) {
  static const struct render_text_options wide = {.width = 100},
                                          narrow = {.width = 40, .ascii = true};
  struct buffer out = BUFFER_INIT;
  FUZZ_CHECK(!render_text(report, &wide, &out, NULL));
  check_text(&out);
  buffer_clear(&out);
  FUZZ_CHECK(!render_text(report, &narrow, &out, NULL));
  check_text(&out);
  buffer_clear(&out);
  FUZZ_CHECK(!render_html(report, &out, NULL));
  FUZZ_CHECK(out.len && !memchr(out.data, 0, out.len));
  for (size_t table = 0; table < render_csv_tables(); table++) {
    buffer_clear(&out);
    FUZZ_CHECK(!render_csv(report, table, &out, NULL) && out.len);
  }
  if (!report->ndays) {
    buffer_clear(&out);
    FUZZ_CHECK(!report_say_absence(report, &out, NULL) && out.len);
  }
  buffer_release(&out);
}

/* The JSON of a report is a report, and that one's JSON is the same. */
static void check_again(const struct buffer *first) {
  struct buffer again = BUFFER_INIT;
  struct report report;
  struct ps_error err;
  FUZZ_CHECK(!read_one(&report, first->data, first->len));
  FUZZ_CHECK(!report_finish(&report, &err) && !render_json(&report, &again, &err));
  FUZZ_CHECK(again.len == first->len && !memcmp(again.data, first->data, again.len));
  report_release(&report);
  buffer_release(&again);
}

static void expand(const uint8_t *data, size_t len, struct buffer *out) {
  unsigned expanded = 0;
  for (size_t i = 0; i < len; i++) {
    if (data[i] != '@' || expanded == EXPANDED) {
      FUZZ_CHECK(!buffer_append(out, data + i, 1, NULL));
      continue;
    }
    FUZZ_CHECK(!buffer_reserve(out, REGISTERS_DIGITS, NULL));
    memset(out->data + out->len, 'A', REGISTERS_DIGITS);
    out->len += REGISTERS_DIGITS;
    memset(out->data + out->len - 2, '=', REGISTERS_DIGITS - (4 * PS_REGISTERS + 2) / 3);
    expanded++;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct buffer text = BUFFER_INIT, json = BUFFER_INIT;
  struct report report;
  struct ps_error err;
  expand(data, len, &text);
  if (!read_one(&report, text.data, text.len)) {
    const int r = report_finish(&report, &err);
    FUZZ_CHECK(!r || (err.status == r && *err.text));
    if (!r) {
      FUZZ_CHECK(!render_json(&report, &json, &err));
      show(&report);
      check_again(&json);
    }
  }
  report_release(&report);
  buffer_release(&text);
  buffer_release(&json);
  return 0;
}
