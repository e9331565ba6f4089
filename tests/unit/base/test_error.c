#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void set_fills_all(void **state) {
  (void)state;
  struct ps_error err = {.os_error = 7};
  assert_int_equal(error_set(&err, PS_E_STORE, "cannot open %s", "x"), PS_E_STORE);
  assert_int_equal(err.status, PS_E_STORE);
  assert_int_equal(err.os_error, 0);
  assert_string_equal(err.text, "cannot open x");
  error_clear(&err);
  assert_int_equal(err.status, PS_OK);
  assert_string_equal(err.text, "");
}

static void set_os_appends_the_reason(void **state) {
  (void)state;
  struct ps_error err;
  assert_int_equal(error_set_os(&err, PS_E_OUTPUT, ENOSPC, "cannot write %s", "x"), PS_E_OUTPUT);
  assert_int_equal(err.os_error, ENOSPC);
  assert_string_equal(err.text, "cannot write x: No space left on device");
  (void)error_set_os(&err, PS_E_OUTPUT, 0, "x");
  assert_string_equal(err.text, "x");
}

static void long_texts_are_cut(void **state) {
  (void)state;
  struct ps_error err;
  char path[2 * PS_ERROR_TEXT];
  for (size_t len = PS_ERROR_TEXT - 60; len < sizeof path - 1; len++) {
    memset(path, 'p', len);
    path[len] = '\0';
    (void)error_set_os(&err, PS_E_INPUT, EIO, "cannot read %s", path);
    assert_true(strlen(err.text) < PS_ERROR_TEXT);
    assert_memory_equal(err.text, "cannot read ppp", 15);
  }
}

static void ends_with(const struct ps_error *err, const char *end) {
  const size_t len = strlen(err->text), n = strlen(end);
  assert_true(len < PS_ERROR_TEXT && len >= n);
  assert_string_equal(err->text + len - n, end);
}

/* Paths of any length: how it begins, what is wrong and what helps stay. */
static void what_is_wrong_is_never_cut_off(void **state) {
  (void)state;
  struct ps_error err;
  static char path[4096];
  for (size_t len = PS_ERROR_TEXT - 60; len < PS_ERROR_TEXT; len++) {
    (void)snprintf(path, sizeof path, "%0*d", (int)len, 0);
    (void)error_set_os(&err, PS_E_INPUT, EIO, "cannot read %s", path);
    ends_with(&err, "0: Input/output error");
    const bool whole = len + strlen("cannot read : Input/output error") < PS_ERROR_TEXT;
    assert_int_equal(!strstr(err.text, "0...0"), whole);
    if (!whole) assert_int_equal(strlen(err.text), PS_ERROR_TEXT - 1);
  }
  for (size_t i = 0; i < 4094; i += 2) memcpy(path + i, "\xc3\xa4", 2);
  path[4094] = '\0';
  for (unsigned more = 0; more < 2; more++) { /* no character is cut */
    (void)error_set(&err, PS_E_OUTPUT, "%.*s%s and %s: name another", (int)more, "x", path, path);
    ends_with(&err, "\xa4: name another");
    const char *cut = strstr(err.text, "...");
    assert_non_null(cut);
    assert_memory_equal(cut - 2, "\xc3\xa4...\xc3\xa4", 7);
    assert_null(strstr(cut + 1, "..."));
  }
  error_append(&err, "; again");
  ends_with(&err, ": name another; again");
}

static void a_text_may_wrap_itself(void **state) {
  (void)state;
  struct ps_error err;
  (void)error_set(&err, PS_E_INPUT, "inner");
  (void)error_set(&err, PS_E_INPUT, "outer (%s)", err.text);
  assert_string_equal(err.text, "outer (inner)");
}

static void no_error_struct_is_fine(void **state) {
  (void)state;
  assert_int_equal(error_set(NULL, PS_E_PIPE, "x"), PS_E_PIPE);
  assert_int_equal(error_set_os(NULL, PS_E_PIPE, EPIPE, "x"), PS_E_PIPE);
  assert_int_equal(error_memory(NULL, 1), PS_E_MEMORY);
  error_clear(NULL);
}

static void memory_names_the_size(void **state) {
  (void)state;
  struct ps_error err;
  assert_int_equal(error_memory(&err, 42), PS_E_MEMORY);
  assert_string_equal(err.text, "out of memory (42 bytes wanted)");
  assert_int_equal(error_memory(&err, 0), PS_E_MEMORY);
  assert_string_equal(err.text, "out of memory");
}

static void every_status_has_its_words(void **state) {
  (void)state;
  static const enum ps_status all[] = {PS_OK,
                                       PS_E_MEMORY,
                                       PS_E_ARGUMENT,
                                       PS_E_INTERNAL,
                                       PS_E_STOPPED,
                                       PS_E_STORE,
                                       PS_E_STORE_DAMAGED,
                                       PS_E_STORE_VERSION,
                                       PS_E_STORE_MISMATCH,
                                       PS_E_STORE_FULL,
                                       PS_E_STORE_ABSENT,
                                       PS_E_STORE_NUMBER,
                                       PS_E_INPUT,
                                       PS_E_INPUT_DAMAGED,
                                       PS_E_OUTPUT,
                                       PS_E_PIPE};
  const char *unknown = ps_status_text((enum ps_status) - 999);
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    assert_string_not_equal(ps_status_text(all[i]), unknown);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(ps_status_text(all[i]), ps_status_text(all[j]));
  }
}

static void errors_of_the_system_pass(void **state) {
  (void)state;
  static const int passing[] = {EIO,    ENOMEM, EINTR,   EMFILE,   ENFILE,
                                ESTALE, EAGAIN, ENOBUFS, ETIMEDOUT};
  static const int lasting[] = {0,     ENOENT,       ENOTDIR, EACCES, EPERM,
                                ELOOP, ENAMETOOLONG, EISDIR,  ENXIO,  ENODEV};
  struct ps_error err;
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
    (void)error_set_os(&err, PS_E_INPUT, passing[i], "cannot read it");
    assert_true(error_is_passing(&err));
    err.status = PS_E_OUTPUT;
    assert_false(error_is_passing(&err));
  }
  for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++) {
    (void)error_set_os(&err, PS_E_INPUT, lasting[i], "cannot read it");
    assert_false(error_is_passing(&err));
  }
}

static void append_keeps_what_is_there(void **state) {
  (void)state;
  struct ps_error err;
  (void)error_set_os(&err, PS_E_INPUT, EIO, "cannot read it");
  error_append(&err, "; again");
  assert_non_null(strstr(err.text, "cannot read it: "));
  assert_string_equal(err.text + strlen(err.text) - 7, "; again");
  assert_int_equal(err.os_error, EIO);
  for (int i = 0; i < 200; i++) error_append(&err, "; again");
  assert_int_equal(strlen(err.text), sizeof err.text - 1);
  error_append(NULL, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(set_fills_all),
      cmocka_unit_test(set_os_appends_the_reason),
      cmocka_unit_test(long_texts_are_cut),
      cmocka_unit_test(what_is_wrong_is_never_cut_off),
      cmocka_unit_test(a_text_may_wrap_itself),
      cmocka_unit_test(no_error_struct_is_fine),
      cmocka_unit_test(memory_names_the_size),
      cmocka_unit_test(errors_of_the_system_pass),
      cmocka_unit_test(append_keeps_what_is_there),
      cmocka_unit_test(every_status_has_its_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
