#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void digest_of(const uint8_t *data, size_t len, size_t piece, uint8_t value[DIGEST_BYTES]) {
  struct digest *digest = digest_create();
  assert_non_null(digest);
  for (size_t at = 0; at < len; at += piece)
    digest_update(digest, data + at, len - at < piece ? len - at : piece);
  digest_value(digest, value);
  digest_free(digest);
}

/* The value of the specification, so that records in a store outlive a new xxHash. */
static void nothing_has_a_digest(void **state) {
  (void)state;
  static const uint8_t nothing[DIGEST_BYTES] = {0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8,
                                                0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f};
  uint8_t value[DIGEST_BYTES];
  digest_of(NULL, 0, 1, value);
  assert_memory_equal(value, nothing, DIGEST_BYTES);
  digest_free(NULL);
}

static void pieces_do_not_matter(void **state) {
  (void)state;
  static uint8_t data[5000];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * i >> 3);
  uint8_t whole[DIGEST_BYTES], value[DIGEST_BYTES];
  digest_of(data, sizeof data, sizeof data, whole);
  static const size_t pieces[] = {1, 2, 63, 64, 255, 256, 257, 1024, 4999};
  for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
    digest_of(data, sizeof data, pieces[i], value);
    assert_memory_equal(value, whole, DIGEST_BYTES);
  }
  data[4321] ^= 1;
  digest_of(data, sizeof data, 64, value);
  assert_memory_not_equal(value, whole, DIGEST_BYTES);
}

static void it_goes_on_after_it_was_asked(void **state) {
  (void)state;
  static const uint8_t text[] = "{\"documentId\":\"a\"}\n{\"documentId\":\"b\"}\n";
  uint8_t first[DIGEST_BYTES], value[DIGEST_BYTES], want[DIGEST_BYTES];
  struct digest *digest = digest_create();
  digest_update(digest, text, 19);
  digest_value(digest, first);
  digest_update(digest, text + 19, sizeof text - 19);
  digest_value(digest, value);
  digest_free(digest);
  digest_of(text, 19, 19, want);
  assert_memory_equal(first, want, DIGEST_BYTES);
  digest_of(text, sizeof text, sizeof text, want);
  assert_memory_equal(value, want, DIGEST_BYTES);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_has_a_digest),
      cmocka_unit_test(pieces_do_not_matter),
      cmocka_unit_test(it_goes_on_after_it_was_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
