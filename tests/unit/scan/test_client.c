/* Client ids: what kind a text is, and how each kind is shown. */
#include "scan/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UUID   "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
#define CANARY "c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0"

static struct ps_client client_of(const char *text, size_t len) {
  struct scan_span span = {.offset = 3, .len = (uint32_t)len, .type = SCAN_STRING};
  uint8_t *line = malloc(3 + len); /* of the exact size, so that no byte beyond is read */
  struct ps_client client;
  memset(&client, 0x55, sizeof client);
  assert_non_null(line);
  memcpy(line, "[1,", 3);
  memcpy(line + 3, text, len);
  span.escaped = memchr(text, '\\', len) != NULL;
  client_parse(line, &span, &client);
  if (!span.escaped) { /* as it is, the text is the bytes of the id */
    struct ps_client same;
    memset(&same, 0x55, sizeof same);
    ps_client_of((const char *)line + 3, len, &same);
    assert_memory_equal(&same, &client, sizeof same);
  }
  free(line);
  return client;
}

static void expect(const char *text, enum ps_client_kind kind, const char *shown) {
  struct ps_client client = client_of(text, strlen(text));
  char out[PS_CLIENT_TEXT_BYTES];
  memset(out, 'x', sizeof out);
  assert_int_equal(client.kind, kind);
  assert_ptr_equal(ps_client_format(&client, out), out);
  if (shown) assert_string_equal(out, shown);
}

static void uuids_have_one_form(void **state) {
  static const uint8_t bytes[16] = {0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f, 0x60, 0x71,
                                    0x82, 0x93, 0xa4, 0xb5, 0xc6, 0xd7, 0xe8, 0xf9};
  (void)state;
  struct ps_client client = client_of(UUID, 36);
  assert_memory_equal(client.id, bytes, sizeof bytes);
  expect(UUID, PS_CLIENT_UUID, UUID);
  expect("{" UUID "}", PS_CLIENT_UUID, UUID);
  expect("0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", PS_CLIENT_UUID, UUID);
  expect("{0A1b2C3d-4E5f-6071-8293-A4b5C6d7E8f9}", PS_CLIENT_UUID, UUID);
  expect("\\u007b0a1b2c3d\\u002d4e5f-6071-8293-a4b5c6d7e8f9}", PS_CLIENT_UUID, UUID);
  expect("{" UUID, PS_CLIENT_HASH, NULL);
  expect("(" UUID ")", PS_CLIENT_HASH, NULL);
  expect("0a1b2c3d04e5f-6071-8293-a4b5c6d7e8f9", PS_CLIENT_HASH, NULL);
  expect("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8fg", PS_CLIENT_HASH, NULL);
}

static void every_digit_of_a_uuid_counts(void **state) {
  (void)state;
  for (unsigned at = 0; at < 36; at++)
    for (const char *digit = "0123456789abcdefABCDEF"; *digit; digit++) {
      char text[] = UUID, folded[] = UUID;
      if (text[at] == '-') continue;
      text[at] = *digit;
      folded[at] = (char)(*digit >= 'A' && *digit <= 'F' ? *digit + 32 : *digit);
      expect(text, PS_CLIENT_UUID, folded);
    }
}

static void the_canary_is_recognised(void **state) {
  (void)state;
  expect(CANARY, PS_CLIENT_CANARY, CANARY);
  expect("{C0FFEEC0-FFEE-C0FF-EEC0-FFEEC0FFEEC0}", PS_CLIENT_CANARY, CANARY);
  expect("c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec1", PS_CLIENT_UUID, NULL);
}

static void short_ids_stay_texts(void **state) {
  struct ps_client client = client_of("abc", 3);
  (void)state;
  assert_memory_equal(client.id, "abc\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
  expect("x", PS_CLIENT_TEXT, "x");
  expect("0123456789abcdef", PS_CLIENT_TEXT, "0123456789abcdef");
  expect("\\u0061\\\"\\n", PS_CLIENT_TEXT, "a\"\n");
  expect("\\u0061\\u0061\\u0061\\u0061", PS_CLIENT_TEXT, "aaaa");
  expect("", PS_CLIENT_NONE, "");
}

static void longer_ids_are_hashed(void **state) {
  static const char seventeen[] = "0123456789abcdefg";
  char out[PS_CLIENT_TEXT_BYTES];
  (void)state;
  struct ps_client client = client_of(seventeen, 17), escaped;
  assert_int_equal(strlen(ps_client_format(&client, out)), 33);
  assert_int_equal(out[0], '#');
  assert_int_equal(strspn(out + 1, "0123456789abcdef"), 32);
  escaped = client_of("\\u0030123456789abcdefg", 22);
  assert_memory_equal(&client, &escaped, sizeof client);
  expect("a\\u0000", PS_CLIENT_HASH, NULL); /* not the same as "a" */
}

/* Escaped or not, of any length: the same id. */
static void long_ids_are_one_escaped_or_not(void **state) {
  static char plain[20000], escaped[6 * sizeof plain];
  (void)state;
  for (size_t len = 17; len < sizeof plain; len = len * 5 / 4) {
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
      plain[i] = (char)('a' + i * i % 26);
      if (i % 3) escaped[at++] = plain[i];
      else at += (size_t)snprintf(escaped + at, sizeof escaped - at, "\\u%04x", plain[i]);
    }
    struct ps_client a = client_of(plain, len), b = client_of(escaped, at);
    assert_int_equal(a.kind, PS_CLIENT_HASH);
    assert_memory_equal(&a, &b, sizeof a);
  }
}

static void what_is_no_string_is_no_client(void **state) {
  static const struct scan_span number = {.len = 2, .type = SCAN_INTEGER_OR_REAL};
  struct ps_client client = {.kind = PS_CLIENT_HASH, .id = {1}}, none = {.kind = PS_CLIENT_NONE};
  (void)state;
  client_parse((const uint8_t *)"12\n", &number, &client);
  assert_memory_equal(&client, &none, sizeof client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(uuids_have_one_form),
      cmocka_unit_test(every_digit_of_a_uuid_counts),
      cmocka_unit_test(the_canary_is_recognised),
      cmocka_unit_test(short_ids_stay_texts),
      cmocka_unit_test(longer_ids_are_hashed),
      cmocka_unit_test(long_ids_are_one_escaped_or_not),
      cmocka_unit_test(what_is_no_string_is_no_client),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
