/* The table of (docType, channel): bounded, cut at characters, and an aborted batch leaves nothing.
 */
#include "sieve/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void count(struct labels *labels, const char *type) {
  struct ping ping = {.type = {.offset = 0, .len = (uint32_t)strlen(type), .type = SCAN_STRING}};
  labels_count(labels, (const uint8_t *)type, &ping, PS_UNIQUE, 12, 10);
}

static const struct ps_label_figures *find(const struct ps_label_figures *all, size_t n,
                                           const char *type) {
  for (size_t i = 0; i < n; i++)
    if (!strcmp(all[i].type, type)) return &all[i];
  return NULL;
}

static void counts_of_a_batch_are_taken_back(void **state) {
  (void)state;
  struct labels *labels;
  struct ps_label_figures *all;
  size_t n;
  assert_int_equal(labels_create(&labels, NULL), PS_OK);
  count(labels, "main");
  labels_commit(labels);
  count(labels, "main");
  count(labels, "crash");
  assert_int_equal(labels_copy(labels, &all, &n, NULL), PS_OK);
  assert_int_equal(n, 2);
  assert_int_equal(find(all, n, "main")->count[PS_UNIQUE], 2);
  assert_int_equal(find(all, n, "main")->bytes_in, 24); /* also of what is not committed */
  assert_int_equal(find(all, n, "main")->bytes_out, 20);
  free(all);
  labels_abort(labels);
  assert_int_equal(labels_copy(labels, &all, &n, NULL), PS_OK);
  assert_int_equal(n, 1);
  assert_int_equal(find(all, n, "main")->count[PS_UNIQUE], 1);
  assert_int_equal(find(all, n, "main")->bytes_in, 12);
  assert_int_equal(find(all, n, "main")->bytes_out, 10);
  free(all);
  labels_free(labels);
}

/* A type and a channel together are a label; a ping that lacks one has the empty one. */
static void a_type_and_a_channel_are_a_label(void **state) {
  static const char line[] = "mainbetacrash";
  static const struct scan_span main_type = {.offset = 0, .len = 4, .type = SCAN_STRING},
                                beta = {.offset = 4, .len = 4, .type = SCAN_STRING},
                                crash = {.offset = 8, .len = 5, .type = SCAN_STRING},
                                absent = {.type = SCAN_NONE};
  const struct ping pings[] = {
      {.type = main_type, .channel = beta}, {.type = main_type, .channel = crash},
      {.type = crash, .channel = beta},     {.type = main_type, .channel = absent},
      {.type = absent, .channel = beta},    {.type = absent, .channel = absent}};
  static const char *const types[] = {"main", "main", "crash", "main", "", ""},
                           *const channels[] = {"beta", "crash", "beta", "", "beta", ""};
  struct labels *labels;
  struct ps_label_figures *all;
  size_t n;
  (void)state;
  assert_int_equal(labels_create(&labels, NULL), PS_OK);
  for (unsigned round = 0; round < 2; round++)
    for (size_t i = 0; i < 6; i++)
      for (size_t times = 0; times <= i; times++)
        labels_count(labels, (const uint8_t *)line, &pings[i], PS_DUPLICATE, 3, 0);
  assert_int_equal(labels_copy(labels, &all, &n, NULL), PS_OK);
  assert_int_equal(n, 6);
  for (size_t i = 0; i < 6; i++) {
    size_t at = 0;
    while (at < n &&
           (strcmp(all[at].type, types[i]) != 0 || strcmp(all[at].channel, channels[i]) != 0))
      at++;
    assert_true(at < n);
    assert_int_equal(all[at].count[PS_DUPLICATE], 2 * (i + 1));
    assert_int_equal(all[at].bytes_in, 6 * (i + 1));
  }
  free(all);
  labels_free(labels);
}

static void labels_are_bounded(void **state) {
  (void)state;
  struct labels *labels;
  struct ps_label_figures *all;
  size_t n;
  assert_int_equal(labels_create(&labels, NULL), PS_OK);
  for (unsigned i = 0; i < PS_LABELS_MAX + 500; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "type-%u", i);
    count(labels, name);
  }
  assert_int_equal(labels_copy(labels, &all, &n, NULL), PS_OK);
  assert_int_equal(n, PS_LABELS_MAX + 1);
  assert_int_equal(find(all, n, "other")->count[PS_UNIQUE], 500);
  free(all);
  labels_free(labels);
}

static void a_long_label_is_cut_at_a_character(void **state) {
  (void)state;
  struct labels *labels;
  struct ps_label_figures *all;
  size_t n;
  char name[200] = "";
  for (size_t i = 0; i + 2 < sizeof name; i += 2) memcpy(name + i, "\xc3\xa9", 2);
  assert_int_equal(labels_create(&labels, NULL), PS_OK);
  count(labels, name);
  assert_int_equal(labels_copy(labels, &all, &n, NULL), PS_OK);
  assert_int_equal(n, 1);
  assert_int_equal(strlen(all[0].type),
                   62); /* 31 characters of two bytes; a 64th byte would be half a character */
  free(all);
  labels_free(labels);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_of_a_batch_are_taken_back),
      cmocka_unit_test(a_type_and_a_channel_are_a_label),
      cmocka_unit_test(labels_are_bounded),
      cmocka_unit_test(a_long_label_is_cut_at_a_character),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
