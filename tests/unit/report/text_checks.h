/* Rules that the texts of reports and of profiles keep. Include after <cmocka.h>. */
#ifndef TESTS_REPORT_TEXT_CHECKS_H
#define TESTS_REPORT_TEXT_CHECKS_H

#include "base/buffer.h"
#include "base/utf8.h"
#include <stdbool.h>
#include <string.h>

/* Lines are at most `width` characters, end without blanks and hold nothing a terminal obeys. */
static inline void check_lines(const struct buffer *out, size_t width, bool ascii) {
  size_t columns = 0;
  for (size_t i = 0; i < out->len;) {
    size_t n = utf8_length(out->data + i, out->len - i);
    assert_true(n > 0);
    if (out->data[i] == '\n') {
      assert_true(columns <= width);
      assert_true(i == 0 || out->data[i - 1] != ' ');
      columns = 0;
    } else {
      char form[UTF8_VISIBLE];
      (void)utf8_visible(out->data + i, out->len - i, form);
      assert_memory_equal(form, out->data + i, n);
      assert_true(!ascii || n == 1);
      columns++;
    }
    i += n;
  }
  assert_int_equal(columns, 0);
}

static inline void check_has(const struct buffer *out, const char *text) {
  if (!out->data || !memmem(out->data, out->len, text, strlen(text))) fail_msg("no %s", text);
}

static inline void check_has_not(const struct buffer *out, const char *text) {
  assert_null(memmem(out->data, out->len, text, strlen(text)));
}

#endif
