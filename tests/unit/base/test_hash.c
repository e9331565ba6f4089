#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void secret_of(uint8_t secret[PS_SECRET_BYTES], uint64_t seed) {
  for (size_t i = 0; i < PS_SECRET_BYTES; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    secret[i] = (uint8_t)(seed >> 56);
  }
}

static bool same(struct ps_key a, struct ps_key b) { return a.hi == b.hi && a.lo == b.lo; }

static void keys_depend_on_every_byte_and_the_length(void **state) {
  (void)state;
  uint8_t secret[PS_SECRET_BYTES], data[300] = {0};
  secret_of(secret, 1);
  for (size_t len = 1; len <= sizeof data; len++) {
    struct ps_key key = hash_key(data, len, secret);
    assert_true(same(key, hash_key(data, len, secret)));
    assert_false(same(key, hash_key(data, len - 1, secret)));
    data[len - 1] ^= 1;
    assert_false(same(key, hash_key(data, len, secret)));
    data[len - 1] ^= 1;
    assert_true(key.hi || key.lo);
  }
}

static void keys_depend_on_the_secret(void **state) {
  (void)state;
  uint8_t one[PS_SECRET_BYTES], other[PS_SECRET_BYTES];
  const char id[] = "0123456789abcdef-0123456789abcdef-00";
  secret_of(one, 1);
  secret_of(other, 2);
  assert_false(same(hash_key(id, 36, one), hash_key(id, 36, other)));
}

/* Stores outlive the library's version: these must never change. */
static void known_answers_are_given(void **state) {
  (void)state;
  uint8_t secret[PS_SECRET_BYTES];
  for (size_t i = 0; i < sizeof secret; i++) secret[i] = (uint8_t)i;
  assert_true(hash_checksum("", 0) == 0x2d06800538d394c2u);
  assert_true(hash_checksum("pingsieve", 9) == 0x8e2915e4f7e488d1u);
  assert_true(same(hash_key("pingsieve", 9, secret),
                   (struct ps_key){0xadb3df00c60093b9u, 0x5899565924c7320cu}));
  assert_true(same(hash_key("0123456789abcdef-0123456789abcdef-00", 36, secret),
                   (struct ps_key){0xc78bf0116fa4e6bau, 0x617c895c0e254ae9u}));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_depend_on_every_byte_and_the_length),
      cmocka_unit_test(keys_depend_on_the_secret),
      cmocka_unit_test(known_answers_are_given),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
