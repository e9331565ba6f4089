#include "cli/diagnosis.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static void recognises(const char *bytes, size_t len, const char *word) {
  const char *sentence = diagnosis_of_bytes((const uint8_t *)bytes, len);
  assert_non_null(sentence);
  if (!strstr(sentence, word)) fail_msg("'%s' is not in '%s'", word, sentence);
}

static void knows_what_is_often_sent(void **state) {
  (void)state;
  recognises("\xff\xfe{\0", 4, "UTF-16");
  recognises("\xfe\xff\0{", 4, "UTF-16");
  recognises("{\0\"\0", 4, "UTF-16");
  recognises("\0{\0\"", 4, "UTF-16");
  recognises("\x1f\x8b\x08", 3, "gzip");
  recognises("[{\"id\":", 7, "JSON array");
  recognises("  {\n", 4, "pretty-printed");
  recognises("\t [1", 4, "JSON array");
  recognises("{\r\n", 3, "pretty-printed");
  recognises("<html>", 6, "HTML");
  recognises("\x1e\x02", 2, "Heka");
}

static void does_not_guess(void **state) {
  (void)state;
  assert_null(diagnosis_of_bytes((const uint8_t *)"{\"id\":1", 7));
  assert_null(diagnosis_of_bytes((const uint8_t *)"", 0));
  assert_null(diagnosis_of_bytes((const uint8_t *)" ", 1));
  assert_null(diagnosis_of_bytes((const uint8_t *)"id,type", 7));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(knows_what_is_often_sent),
      cmocka_unit_test(does_not_guess),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
