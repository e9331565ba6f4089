#include "cli/account_options.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

static struct ps_account_measure measures[PS_MEASURES_MAX];
static size_t n;

static int parse(struct ps_error *err, const char *one, const char *other) {
  struct arguments a = {.measure = {.n = other ? 2 : 1, .item = {one, other}}};
  memset(measures, 0, sizeof measures);
  return account_options_measures(&a, measures, &n, err);
}

static void assert_measure(size_t i, const char *name, const char *path) {
  assert_string_equal(measures[i].name, name);
  assert_string_equal(measures[i].path, path);
}

static void measures_have_names(void **state) {
  (void)state;
  assert_int_equal(parse(NULL, "ssl=payload/histograms/SSL/values/*", "b_2-=x"), PS_OK);
  assert_int_equal(n, 2);
  assert_measure(0, "ssl", "payload/histograms/SSL/values/*");
  assert_measure(1, "b_2-", "x");
  assert_int_equal(parse(NULL, "a/b=c", NULL), PS_OK); /* a key with '=' */
  assert_measure(0, "measurements", "a/b=c");
  assert_int_equal(parse(NULL, "x=a=b", NULL), PS_OK);
  assert_measure(0, "x", "a=b");
  assert_int_equal(parse(NULL, "abcdefghijklmnopqrstuvwxyz01234=p", NULL), PS_OK);
}

static void assert_refused(const char *one, const char *other, const char *part) {
  struct ps_error err = {0};
  assert_int_equal(parse(&err, one, other), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, part));
}

static void wrong_measures_are_refused(void **state) {
  (void)state;
  char path[PS_MEASURE_PATH + 1];
  memset(path, 'p', sizeof path - 1);
  path[sizeof path - 1] = '\0';
  assert_refused("Ssl=a", NULL, "the name before '='");
  assert_refused("=a", NULL, "the name before '='");
  assert_refused("abcdefghijklmnopqrstuvwxyz012345=p", NULL, "1 to 31");
  assert_refused("a=", NULL, "no path");
  assert_refused("a=b", "c", "NAME=c");
  assert_refused("a=b", "a=c", "two are called a");
  assert_refused(path, NULL, "at most 511 bytes");
}

static void flagged_is_a_word_or_a_file(void **state) {
  (void)state;
  struct arguments a = {0};
  assert_int_equal(account_options_flagged(&a), PS_FLAGGED_PASS);
  a.flagged = "pass";
  assert_int_equal(account_options_flagged(&a), PS_FLAGGED_PASS);
  a.flagged = "drop";
  assert_int_equal(account_options_flagged(&a), PS_FLAGGED_DROP);
  a.flagged = "./drop";
  assert_int_equal(account_options_flagged(&a), PS_FLAGGED_FILE);
}

static void no_accounts_have_no_flags(void **state) {
  (void)state;
  struct arguments a = {.no_accounts = true, .flagged = "pass"};
  struct ps_error err;
  assert_int_equal(account_options_check(&a, &err), PS_OK);
  a.flagged = "drop";
  assert_int_equal(account_options_check(&a, &err), PS_E_ARGUMENT);
  a.no_accounts = false;
  assert_int_equal(account_options_check(&a, &err), PS_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(measures_have_names),
      cmocka_unit_test(wrong_measures_are_refused),
      cmocka_unit_test(flagged_is_a_word_or_a_file),
      cmocka_unit_test(no_accounts_have_no_flags),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
