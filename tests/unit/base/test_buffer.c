#include "base/buffer.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void append_grows_and_terminates(void **state) {
  (void)state;
  struct buffer b = BUFFER_INIT;
  for (size_t i = 0; i < 1000; i++) {
    assert_int_equal(buffer_append(&b, "abc", 3, NULL), PS_OK);
    assert_int_equal(b.len, 3 * (i + 1));
    assert_int_equal(b.data[b.len], '\0');
    assert_true(b.len < b.cap);
  }
  assert_memory_equal(b.data + 2997, "abc", 4);
  assert_int_equal(buffer_append(&b, NULL, 0, NULL), PS_OK);
  buffer_release(&b);
  assert_null(b.data);
  buffer_release(&b);
}

static void clear_keeps_the_memory(void **state) {
  (void)state;
  struct buffer b = BUFFER_INIT;
  buffer_clear(&b);
  assert_int_equal(buffer_append(&b, "abc", 3, NULL), PS_OK);
  const uint8_t *data = b.data;
  buffer_clear(&b);
  assert_int_equal(b.len, 0);
  assert_ptr_equal(b.data, data);
  assert_string_equal((char *)b.data, "");
  buffer_release(&b);
}

static void printf_takes_any_length(void **state) {
  (void)state;
  struct buffer b = BUFFER_INIT;
  for (int width = 0; width < 300; width++) {
    buffer_clear(&b);
    assert_int_equal(buffer_printf(&b, NULL, "<%*s>", width, ""), PS_OK);
    assert_int_equal(b.len, width + 2);
    assert_int_equal(strlen((char *)b.data), width + 2);
  }
  buffer_release(&b);
}

static void impossible_sizes_are_refused(void **state) {
  (void)state;
  struct buffer b = BUFFER_INIT;
  struct ps_error err;
  assert_int_equal(buffer_append(&b, "abc", 3, NULL), PS_OK);
  assert_int_equal(buffer_reserve(&b, SIZE_MAX, &err), PS_E_MEMORY);
  assert_int_equal(buffer_reserve(&b, SIZE_MAX - 3, &err), PS_E_MEMORY);
  assert_int_equal(buffer_reserve(&b, SIZE_MAX / 2 + 1, &err), PS_E_MEMORY);
  assert_int_equal(err.status, PS_E_MEMORY);
  assert_string_equal((char *)b.data, "abc");
  buffer_release(&b);
}

static void json_is(const char *text, size_t len, const char *want) {
  struct buffer b = BUFFER_INIT;
  assert_int_equal(buffer_json_string(&b, text, len, NULL), PS_OK);
  assert_string_equal((char *)b.data, want);
  buffer_release(&b);
}
#define JSON_IS(text, want) json_is((text), sizeof(text) - 1, (want))

static void json_strings_are_escaped(void **state) {
  (void)state;
  JSON_IS("", "\"\"");
  JSON_IS("plain / text", "\"plain / text\"");
  JSON_IS("\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
  JSON_IS("\0\x01\x1f\x7f", "\"\\u0000\\u0001\\u001f\\u007f\"");
  JSON_IS("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

static void json_strings_replace_what_is_no_utf8(void **state) {
  (void)state;
  JSON_IS("a\xff"
          "b",
          "\"a\xef\xbf\xbd"
          "b\"");
  JSON_IS("\xc3", "\"\xef\xbf\xbd\"");
  JSON_IS("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(append_grows_and_terminates),
      cmocka_unit_test(clear_keeps_the_memory),
      cmocka_unit_test(printf_takes_any_length),
      cmocka_unit_test(impossible_sizes_are_refused),
      cmocka_unit_test(json_strings_are_escaped),
      cmocka_unit_test(json_strings_replace_what_is_no_utf8),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
