/* Compiling paths, and what captures and sums come to, for every kernel. */
#include "scan/paths.h"
#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t buffer[65536 + SCAN_PAD];

static enum scan_code scan_text(const struct scan_kernel *kernel, const struct scan_paths *paths,
                                const char *text, struct scan_result *result) {
  size_t len = strlen(text);
  assert_true(len + 1 < sizeof buffer - SCAN_PAD);
  memcpy(buffer, text, len);
  buffer[len] = '\n';
  return kernel->scan(paths, buffer, len + 1, result);
}

static struct scan_paths *compile(const struct scan_spec *specs, size_t n) {
  struct scan_paths *paths;
  struct ps_error err;
  if (scan_paths_compile(specs, n, &paths, &err)) fail_msg("%s", err.text);
  return paths;
}

/* ---- refusals ---- */

static void expect_refused(const struct scan_spec *specs, size_t n, const char *reason) {
  struct scan_paths *paths = (struct scan_paths *)1;
  struct ps_error err;
  assert_int_equal(scan_paths_compile(specs, n, &paths, &err), PS_E_ARGUMENT);
  assert_null(paths);
  if (!strstr(err.text, reason)) fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
  assert_int_equal(scan_paths_compile(specs, n, &paths, NULL), PS_E_ARGUMENT);
}

static void expect_path_refused(const char *path, const char *reason) {
  struct scan_spec spec = {path, 0, SCAN_CAPTURE};
  expect_refused(&spec, 1, reason);
}

static void impossible_paths_are_refused(void **state) {
  char segment[SCAN_KEY + 2];
  (void)state;
  memset(segment, 'k', sizeof segment);
  segment[SCAN_KEY + 1] = '\0';
  expect_path_refused("", "empty");
  expect_path_refused(NULL, "empty");
  expect_path_refused("/meta/id", "\"/meta/id\" has an empty segment");
  expect_path_refused("a//b", "empty segment");
  expect_path_refused("a/", "ends with a '/'");
  expect_path_refused("a~b", "~0");
  expect_path_refused("a~", "~0");
  expect_path_refused(segment, "200 bytes");
  segment[SCAN_KEY] = '\0';
  scan_paths_free(compile(&(struct scan_spec){segment, 0, SCAN_CAPTURE}, 1));
}

static void slots_are_not_shared(void **state) {
  (void)state;
  expect_refused(&(struct scan_spec){"a", SCAN_SPANS, SCAN_CAPTURE}, 1, "64 are possible");
  expect_refused(&(struct scan_spec){"a/*", SCAN_SUMS, SCAN_SUM}, 1, "16 are possible");
  const struct scan_spec twice[] = {{"a", 3, SCAN_CAPTURE}, {"b", 3, SCAN_CAPTURE}};
  expect_refused(twice, 2, "\"b\" shares its slot 3");
  const struct scan_spec both[] = {{"a", 3, SCAN_CAPTURE}, {"b", 3, SCAN_SUM}};
  scan_paths_free(compile(both, 2));
}

/* A path of n segments, each of one character. */
static void repeat(char *path, size_t room, char segment, size_t n) {
  assert_true(2 * n <= room);
  for (size_t i = 0; i < 2 * n; i++) path[i] = i % 2 ? '/' : segment;
  path[2 * n - 1] = '\0';
}

static void nodes_have_a_bound(void **state) {
  char paths[SCAN_NODES][8], deep[3 * SCAN_NODES + 8] = "", wild[512] = "";
  struct scan_spec specs[SCAN_NODES];
  (void)state;
  for (unsigned i = 0; i < SCAN_NODES; i++) {
    (void)snprintf(paths[i], sizeof paths[i], "m%u/x", i);
    specs[i] = (struct scan_spec){paths[i], (uint8_t)(i % SCAN_SPANS), SCAN_CAPTURE};
  }
  expect_refused(specs, 64, "too many paths");
  scan_paths_free(compile(specs, 63)); /* 126 and the root */
  repeat(deep, sizeof deep, 'd', SCAN_NODES);
  expect_path_refused(deep, "too many paths");
  deep[strlen(deep) - 2] = '\0';
  scan_paths_free(compile(&(struct scan_spec){deep, 0, SCAN_CAPTURE}, 1));
  repeat(wild, sizeof wild, '*', 200);
  expect_path_refused(wild, "too many paths");
  const struct scan_spec copies[] = {{"*/*/*/*/*/*/*/*/a", 0, SCAN_CAPTURE},
                                     {"b/b/b/b/b/b/b/b/b", 1, SCAN_CAPTURE},
                                     {"*/c/*/c/*/c/*/c/*", 2, SCAN_CAPTURE},
                                     {"d/*/d/*/d/*/d/*/d", 3, SCAN_CAPTURE}};
  expect_refused(copies, 4, "too many paths");
}

/* A key of each length up to the bound is found, also when another key begins alike. */
static void keys_of_every_length_are_found(void **state) {
  (void)state;
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++)
    for (int len = 1; len <= SCAN_KEY; len++) {
      char key[SCAN_KEY + 1], longer[SCAN_KEY + 2], text[1024];
      struct scan_result result;
      (void)snprintf(key, sizeof key, "%0*d", len, 7);
      (void)snprintf(longer, sizeof longer, "%s8", key);
      struct scan_spec specs[] = {{key, 0, SCAN_CAPTURE}, {"id", 1, SCAN_CAPTURE}};
      struct scan_paths *paths = compile(specs, 2);
      (void)snprintf(text, sizeof text, "{\"%s\":1,\"%s\":\"v\",\"%.*s\":2,\"id\":3}", longer, key,
                     len - 1, key);
      assert_int_equal(scan_text(k, paths, text, &result), SCAN_OK);
      assert_int_equal(result.present, 3);
      assert_int_equal(result.span[0].type, SCAN_STRING);
      assert_int_equal(text[result.span[0].offset], 'v');
      scan_paths_free(paths);
    }
}

/* ---- captured values and sums ---- */

struct expectation {
  const char *text;
  uint64_t present, repeated;
  const char *span0; /* the text of span 0, when it is present */
  uint64_t sum0, sum1;
  uint32_t implausible0, implausible1, sum_repeated;
};

static void expect(const struct scan_spec *specs, size_t n, const struct expectation *want) {
  struct scan_paths *paths = compile(specs, n);
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
    struct scan_result r;
    if (scan_text(k, paths, want->text, &r) != SCAN_OK) fail_msg("%s: %s", k->name, want->text);
    assert_int_equal(r.len, strlen(want->text));
    assert_int_equal(r.present, want->present);
    assert_int_equal(r.repeated, want->repeated);
    assert_int_equal(r.sum[0], want->sum0);
    assert_int_equal(r.sum[1], want->sum1);
    assert_int_equal(r.implausible[0], want->implausible0);
    assert_int_equal(r.implausible[1], want->implausible1);
    assert_int_equal(r.sum_repeated, want->sum_repeated);
    if (!want->span0) continue;
    assert_int_equal(r.span[0].len, strlen(want->span0));
    assert_memory_equal(want->text + r.span[0].offset, want->span0, r.span[0].len);
  }
  scan_paths_free(paths);
}
#define EXPECT(specs, ...)                                                                         \
  expect(specs, sizeof(specs) / sizeof *(specs), &(struct expectation){__VA_ARGS__})

/* Of paths that share a slot the first that is present wins, whatever the order in the line. */
static void the_first_of_a_slots_paths_wins(void **state) {
  static const struct scan_spec specs[] = {
      {"a/x", 0, SCAN_CAPTURE}, {"b/x", 0, SCAN_ALSO}, {"c", 0, SCAN_ALSO}, {"c", 1, SCAN_CAPTURE}};
  (void)state;
  EXPECT(specs, .text = "{\"c\":\"3\",\"b\":{\"x\":\"2\"},\"a\":{\"x\":\"1\"}}", .present = 3,
         .span0 = "1");
  EXPECT(specs, .text = "{\"a\":{\"x\":\"1\"},\"b\":{\"x\":\"2\"},\"c\":\"3\"}", .present = 3,
         .span0 = "1");
  EXPECT(specs, .text = "{\"b\":{\"x\":\"2\"},\"a\":{\"x\":\"1\"},\"c\":\"3\"}", .present = 3,
         .span0 = "1");
  EXPECT(specs, .text = "{\"c\":\"3\",\"b\":{\"x\":\"2\"}}", .present = 3, .span0 = "2");
  EXPECT(specs, .text = "{\"b\":{\"x\":\"2\"},\"c\":\"3\"}", .present = 3, .span0 = "2");
  EXPECT(specs, .text = "{\"c\":\"3\"}", .present = 3, .span0 = "3");
  EXPECT(specs, .text = "{\"a\":{\"x\":null},\"b\":{\"x\":\"2\"}}", .present = 1, .span0 = "null");
  EXPECT(specs, .text = "{\"b\":{\"x\":\"2\",\"x\":\"3\"}}", .present = 1, .repeated = 1,
         .span0 = "3");
}

static void values_are_captured(void **state) {
  static const struct scan_spec specs[] = {
      {"meta/id", 0, SCAN_CAPTURE}, {"id", 1, SCAN_CAPTURE}, {"a~1b/c~0d", 2, SCAN_CAPTURE}};
  (void)state;
  EXPECT(specs, .text = "{}");
  EXPECT(specs, .text = "[{\"id\":1}]");
  EXPECT(specs, .text = "{\"meta\":{\"id\":\"x\"}}", .present = 1, .span0 = "x");
  EXPECT(specs, .text = "{\"meta\":{\"x\":{\"id\":1}},\"id\":2}", .present = 2);
  EXPECT(specs, .text = "{\"meta\":[{\"id\":1}]}");
  EXPECT(specs, .text = "{\"a/b\":{\"c~d\":null},\"a~1b\":{\"c~0d\":1}}", .present = 4);
  EXPECT(specs, .text = "{\"meta\":{\"\\u0069d\":true}}", .present = 1, .span0 = "true");
  EXPECT(specs, .text = "{\"meta\":{\"id\":{\"id\":1}}}", .present = 1, .span0 = "{");
  EXPECT(specs, .text = "{\"meta\":{\"id\":-1.50e+7 }}", .present = 1, .span0 = "-1.50e+7");
  EXPECT(specs, .text = "{\"meta\":{\"id\":\"q\\\"q\"}}", .present = 1, .span0 = "q\\\"q");
}

/* A backslash in a path is one in the decoded key. */
static void keys_that_stand_escaped_are_found(void **state) {
  static const struct scan_spec specs[] = {{"a\\nb", 0, SCAN_CAPTURE}, {"q\"", 1, SCAN_CAPTURE}};
  (void)state;
  EXPECT(specs, .text = "{\"a\\nb\":1,\"q\\\"\":2}", .present = 2);
  EXPECT(specs, .text = "{\"a\\\\nb\":1}", .present = 1, .span0 = "1");
}

static void the_last_one_wins(void **state) {
  static const struct scan_spec specs[] = {
      {"meta/id", 0, SCAN_CAPTURE}, {"meta/type", 1, SCAN_CAPTURE}, {"h/*", 0, SCAN_SUM}};
  (void)state;
  EXPECT(specs, .text = "{\"meta\":{\"id\":1,\"id\":22}}", .present = 1, .repeated = 1,
         .span0 = "22");
  EXPECT(specs, .text = "{\"meta\":{\"id\":1,\"type\":2},\"meta\":{\"id\":33}}", .present = 1,
         .repeated = 3, .span0 = "33");
  EXPECT(specs, .text = "{\"meta\":{\"id\":1},\"meta\":null}", .repeated = 3);
  EXPECT(specs, .text = "{\"meta\":{\"id\":1},\"m\\u0065ta\":{}}", .repeated = 3);
  EXPECT(specs, .text = "{\"h\":{\"a\":1},\"h\":{\"b\":5}}", .sum0 = 5, .sum_repeated = 1);
  EXPECT(specs, .text = "{\"h\":{\"a\":1.5},\"h\":{\"b\":5}}", .sum0 = 5, .sum_repeated = 1);
  EXPECT(specs, .text = "{\"h\":{\"a\":1.5},\"h\":{\"b\":-5,\"c\":2}}", .sum0 = 2,
         .implausible0 = 1, .sum_repeated = 1);
  EXPECT(specs, .text = "{\"h\":{\"a\":1,\"a\":2}}", .sum0 = 3); /* not noticed under a '*' */
}

/* A named member of a summed group that is repeated: its own sum starts anew, the group's counts
 * all occurrences. */
static void repeated_members_below_a_star_are_summed(void **state) {
  static const struct scan_spec specs[] = {{"h/*/values/*", 0, SCAN_SUM},
                                           {"h/SSL/values/*", 1, SCAN_SUM}};
  (void)state;
  EXPECT(specs,
         .text = "{\"h\":{\"X\":{\"values\":{\"1\":100}},\"SSL\":{\"values\":{\"1\":2,\"2\":3}}}}",
         .sum0 = 105, .sum1 = 5);
  EXPECT(specs,
         .text = "{\"h\":{\"X\":{\"values\":{\"1\":100}},\"SSL\":{\"values\":{\"1\":5}},"
                 "\"SSL\":{\"values\":{\"1\":7}}}}",
         .sum0 = 112, .sum1 = 7, .sum_repeated = 2);
}

static void counts_are_summed(void **state) {
  static const struct scan_spec specs[] = {{"h/*", 0, SCAN_SUM}, {"n", 1, SCAN_SUM}};
  (void)state;
  EXPECT(specs, .text = "{\"h\":{\"a\":1,\"b\":20,\"c\":300,\"d\":4000000000,\"e\":12345678901}}",
         .sum0 = 16345679222);
  EXPECT(specs, .text = "{\"h\":{\"a\":0,\"b\":1099511627776},\"n\":1099511627776}",
         .sum0 = SCAN_COUNT_MAX, .sum1 = SCAN_COUNT_MAX);
  EXPECT(specs, .text = "{\"h\":[1,2],\"n\":4}", .sum1 = 4);
}

/* Each value that is no plausible count is counted, and adds nothing. */
static void implausible_counts_are_counted(void **state) {
  static const struct scan_spec specs[] = {{"h/*", 0, SCAN_SUM}, {"n", 1, SCAN_SUM}};
  static const char *const values[] = {"-5",
                                       "-0",
                                       "1.0",
                                       "1e1",
                                       "0.0",
                                       "1E+0",
                                       "\"7\"",
                                       "null",
                                       "true",
                                       "false",
                                       "{}",
                                       "{\"d\":5,\"e\":{\"a\":1}}",
                                       "[1,[2]]",
                                       "\"\"",
                                       "\"1,\\\"2\"",
                                       "1099511627777",
                                       "10995116277760",
                                       "9223372036854775808",
                                       "18446744073709551617",
                                       "-1099511627776"};
  char text[512];
  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    const char *v = values[i], *w = values[(i * 7 + 3) % (sizeof values / sizeof *values)];
    (void)snprintf(text, sizeof text, "{\"h\":{\"a\":1,\"b\":%s,\"c\":%s,\"d\":20},\"n\":%s}", v, w,
                   v);
    EXPECT(specs, .text = text, .sum0 = 21, .implausible0 = 2, .implausible1 = 1);
    (void)snprintf(text, sizeof text, "{\"h\" : { \"a\" : %s , \"b\" : 3 } , \"n\" : 5 }", v);
    EXPECT(specs, .text = text, .sum0 = 3, .sum1 = 5, .implausible0 = 1);
  }
}

/* The same in groups, many of each kind in every place of a window. */
static void implausible_counts_in_groups_are_counted(void **state) {
  static const struct scan_spec specs[] = {{"h/*/values/*", 0, SCAN_SUM}};
  static const char *const values[] = {"\"7\",\"x\":\"8\"", "{\"1\":2},\"x\":[]", "-1,\"x\":2.5",
                                       "1099511627777,\"x\":null"};
  static char text[4096];
  (void)state;
  for (size_t pad = 0; pad < 600; pad += 7)
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
      size_t len = (size_t)snprintf(text, sizeof text, "{\"%0*d\":1,\"h\":{", (int)pad + 1, 0);
      for (int n = 0; n < 20; n++)
        len +=
            (size_t)snprintf(text + len, sizeof text - len,
                             "%s\"H%d\":{\"range\":[1,2],\"values\":{\"0\":4,\"1\":%s,\"2\":17}}",
                             n ? "," : "", n, n % 3 ? "5,\"x\":6" : values[i]);
      (void)snprintf(text + len, sizeof text - len, "}}");
      EXPECT(specs, .text = text, .sum0 = 20 * 21 + 13 * 11, .implausible0 = 14);
    }
}

/* No order of addition makes a difference. */
static void large_sums_stop_at_their_limit(void **state) {
  static const struct scan_spec specs[] = {{"h/*", 0, SCAN_SUM}};
  static char text[65000];
  (void)state;
  size_t len = (size_t)snprintf(text, sizeof text, "{\"h\":{");
  for (unsigned i = 0; i < 2500; i++)
    len += (size_t)snprintf(text + len, sizeof text - len, "\"\":1099511627776,\"\":%s,",
                            i % 2 ? "9" : "-1");
  (void)snprintf(text + len, sizeof text - len, "\"\":1}}");
  EXPECT(specs, .text = text, .sum0 = 2500 * SCAN_COUNT_MAX + 1250 * 9 + 1, .implausible0 = 1250);
}

/* Numbers of every length at every place in a block. */
static void digits_are_found_everywhere(void **state) {
  static const struct scan_spec specs[] = {{"h/*", 0, SCAN_SUM}};
  struct scan_paths *paths = compile(specs, 1);
  (void)state;
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++)
    for (int pad = 0; pad < 130; pad++) {
      char text[4096];
      int64_t want = 0, number = 0;
      struct scan_result result;
      size_t len = (size_t)snprintf(text, sizeof text, "{\"%*s\":{},\"h\":{", pad, "");
      for (int digits = 1; digits <= 14; digits++) {
        number = number * 10 + digits % 10;
        if (number <= (int64_t)SCAN_COUNT_MAX) want += number;
        len += (size_t)snprintf(text + len, sizeof text - len, "\"%d\":%lld,", digits,
                                (long long)number);
      }
      (void)snprintf(text + len, sizeof text - len, "\"x\":0}}");
      assert_int_equal(scan_text(k, paths, text, &result), SCAN_OK);
      assert_int_equal(result.sum[0], want);
      assert_int_equal(result.implausible[0], 2); /* of 13 and 14 digits */
    }
  scan_paths_free(paths);
}

/* ---- the rest of scan.h ---- */

/* The key with the character at `at` escaped. */
static void put_key(char out[8 * SCAN_KEY], const char *key, size_t at) {
  size_t len = 0;
  for (size_t i = 0; key[i]; i++)
    len += (size_t)snprintf(out + len, 8 * SCAN_KEY - len, i == at ? "\\u%04x" : "%c", key[i]);
}

/* Beside other members, long ones among them, at any place of a vector. */
static void expect_found(const struct scan_paths *paths, const char *key, bool found) {
  static char text[8192];
  for (unsigned before = 0; before < 130; before += 13)
    for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
      struct scan_result result;
      (void)snprintf(text, sizeof text,
                     "{\"%.*s\":[1],\"o\":{\"other\":2,\"%s\":\"inner\"},\"p\":7,\"%s\":\"outer\","
                     "\"%0200d\":{}}",
                     (int)before,
                     "------------------------------------------------------------------------"
                     "------------------------------------------------------------------------",
                     key, key, 0);
      assert_int_equal(scan_text(k, paths, text, &result), SCAN_OK);
      if (result.present != (found ? 3 : 0)) fail_msg("%s: %s", k->name, text);
    }
}

/* Keys of every length, as they stand, with any character escaped, and with bytes of longer
 * characters anywhere, are found; those that differ in their last byte, or end before, are not. */
static void keys_of_every_kind_are_found(void **state) {
  char key[SCAN_KEY + 2], other[SCAN_KEY + 2], inner[SCAN_KEY + 8], escaped[8 * SCAN_KEY];
  (void)state;
  for (size_t len = 1; len <= SCAN_KEY; len += len < 70 ? 1 : 13)
    for (size_t wide = 0; wide <= 6; wide++) {
      for (size_t i = 0; i < len; i++) key[i] = (char)('a' + i * 7 % 26);
      key[len] = '\0';
      if (wide && wide + 1 > len) break;
      if (wide) memcpy(key + wide - 1, "\xC3\xA9", 2);
      (void)snprintf(inner, sizeof inner, "o/%s", key);
      const struct scan_spec specs[] = {{key, 0, SCAN_CAPTURE}, {inner, 1, SCAN_CAPTURE}};
      struct scan_paths *paths = compile(specs, 2);
      expect_found(paths, key, true);
      for (size_t at = 0; !wide && at < len && len < 12; at++) {
        put_key(escaped, key, at);
        expect_found(paths, escaped, true);
      }
      memcpy(other, key, len + 1);
      if (!wide) {
        other[len - 1] = '~';
        expect_found(paths, other, false);
        other[len - 1] = '\0';
        if (len > 2) expect_found(paths, other, false);
      }
      scan_paths_free(paths);
    }
}

/* A key that is escaped and longer than any path's is none of them. */
static void long_escaped_keys_are_found(void **state) {
  static char text[60000];
  (void)state;
  struct scan_paths *paths = compile(&(struct scan_spec){"k", 0, SCAN_CAPTURE}, 1);
  for (size_t len = SCAN_KEY - 2; len < 50000; len += len < SCAN_KEY + 8 ? 1 : len) {
    size_t at = (size_t)snprintf(text, sizeof text, "{\"\\u006b");
    memset(text + at, 'k', len);
    memcpy(text + at + len, "\":1}", sizeof "\":1}");
    for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
      struct scan_result result;
      assert_int_equal(scan_text(k, paths, text, &result), SCAN_OK);
      assert_int_equal(result.present, 0);
    }
  }
  scan_paths_free(paths);
}

struct beside {
  struct scan_spec specs[3];
  const char *value; /* of "h" */
  uint64_t present, sum[2], implausible[2];
};

static bool finds(const struct scan_result *result, const struct beside *row) {
  return result->present == row->present && result->sum[0] == row->sum[0] &&
         result->sum[1] == row->sum[1] && result->implausible[0] == row->implausible[0] &&
         result->implausible[1] == row->implausible[1];
}

/* Paths that lie in one another, that share a value, or that a '*' stands beside, all get theirs.
 */
static void paths_stand_beside_one_another(void **state) {
  static const struct beside rows[] = {
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/*", 0, SCAN_CAPTURE}},
       "{\"A\":{\"values\":{\"0\":1,\"1\":2}},\"B\":{\"values\":{\"0\":4}}}",
       1,
       {7},
       {0}},
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/*/values", 0, SCAN_CAPTURE}},
       "{\"A\":{\"values\":{\"0\":1,\"1\":2}},\"B\":{\"values\":{\"0\":4}}}",
       1,
       {7},
       {0}},
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/*/values/*", 0, SCAN_CAPTURE}},
       "{\"A\":{\"values\":{\"0\":1,\"1\":2}}}",
       1,
       {3},
       {0}},
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/*/values/*/x", 1, SCAN_SUM}},
       "{\"A\":{\"values\":{\"0\":1,\"1\":{\"x\":8}}}}",
       0,
       {1, 8},
       {1}},
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/*/*/x", 1, SCAN_SUM}},
       "{\"A\":{\"values\":{\"x\":1,\"1\":2},\"other\":{\"x\":5}}}",
       0,
       {3, 6},
       {0}},
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/*", 1, SCAN_SUM}},
       "{\"A\":{\"values\":{\"0\":1,\"1\":2}},\"B\":9}",
       0,
       {3, 9},
       {0, 1}},
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/*/values", 1, SCAN_SUM}},
       "{\"A\":{\"values\":{\"0\":1,\"1\":2}},\"B\":{\"values\":9}}",
       0,
       {3, 9},
       {0, 1}},
      {{{"h/*/values/*", 0, SCAN_SUM}, {"h/\xC3\xA9", 0, SCAN_CAPTURE}},
       "{\"A\":{\"values\":{\"0\":1,\"1\":2}},\"\xC3\xA9\":9}",
       1,
       {3},
       {0}},
      {{{"h/*", 0, SCAN_SUM}, {"h/b", 0, SCAN_CAPTURE}}, "{\"a\":1,\"b\":2,\"c\":3}", 1, {6}, {0}},
      {{{"h", 0, SCAN_SUM}, {"h/b", 0, SCAN_CAPTURE}}, "{\"b\":2}", 1, {0}, {1}},
      {{{"h", 0, SCAN_SUM}, {"h/b", 0, SCAN_CAPTURE}}, "5", 0, {5}, {0}},
      {{{"h", 0, SCAN_SUM}, {"h", 0, SCAN_CAPTURE}}, "5", 1, {5}, {0}},
      {{{"h", 0, SCAN_CAPTURE}, {"h", 1, SCAN_CAPTURE}}, "5", 3, {0}, {0}},
  };
  static char text[4096];
  (void)state;
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    const size_t n = rows[r].specs[1].path ? 2 : 1;
    struct scan_paths *paths = compile(rows[r].specs, n);
    for (int before = 1; before < 140; before += 9)
      for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
        struct scan_result result;
        (void)snprintf(text, sizeof text,
                       "{\"%0*d\":{\"A\":[{}]},\"h\":%s,\"z\":{\"values\":{\"0\":1}}}", before, 0,
                       rows[r].value);
        assert_int_equal(scan_text(k, paths, text, &result), SCAN_OK);
        if (!finds(&result, &rows[r])) fail_msg("%s, row %zu: %s", k->name, r, text);
      }
    scan_paths_free(paths);
  }
}

/* The key of groups of counts has any length. */
static void groups_are_found_by_their_keys(void **state) {
  char key[41] = "", path[64], text[512];
  (void)state;
  for (size_t len = 1; len < sizeof key; len++) {
    memset(key, 'v', len);
    (void)snprintf(path, sizeof path, "h/*/%s/*", key);
    struct scan_paths *paths = compile(&(struct scan_spec){path, 0, SCAN_SUM}, 1);
    for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
      struct scan_result result;
      (void)snprintf(text, sizeof text,
                     "{\"h\":{\"A\":{\"%s\":{\"0\":1,\"1\":2},\"v%s\":{\"0\":50}},\"B\":{\"%s\":"
                     "{\"0\":4}}},\"%0100d\":1}",
                     key, key, key, 0);
      assert_int_equal(scan_text(k, paths, text, &result), SCAN_OK);
      assert_int_equal(result.sum[0], 7);
    }
    scan_paths_free(paths);
  }
}

static void a_kernel_is_chosen_by_its_name(void **state) {
  const struct scan_kernel *kernel;
  struct ps_error err;
  (void)state;
  assert_int_equal(scan_kernel_choose(NULL, &kernel, &err), PS_OK);
  assert_ptr_equal(kernel, scan_kernels());
  assert_int_equal(scan_kernel_choose("portable", &kernel, &err), PS_OK);
  assert_string_equal(kernel->name, "portable");
  assert_int_equal(scan_kernel_choose("mmx", &kernel, &err), PS_E_ARGUMENT);
  assert_null(kernel);
  assert_non_null(strstr(err.text, "\"mmx\""));
  assert_non_null(strstr(err.text, "portable"));
}

static void a_missing_newline_is_told(void **state) {
  struct scan_paths *paths = compile(NULL, 0);
  (void)state;
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
    struct scan_result result;
    assert_int_equal(scan_text(k, paths, "{\"a\":1}", &result), SCAN_OK);
    for (size_t avail = 0; avail < 8; avail++)
      assert_int_equal(k->scan(paths, buffer, avail, &result), SCAN_NO_NEWLINE);
  }
  scan_paths_free(paths);
}

static void every_code_has_its_words(void **state) {
  (void)state;
  for (int code = 0; code < SCAN_CODES; code++)
    assert_true(strlen(scan_code_text((enum scan_code)code)) > 0);
  assert_string_equal(scan_code_text(SCAN_CODES), "unknown code");
  scan_paths_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(impossible_paths_are_refused),
      cmocka_unit_test(slots_are_not_shared),
      cmocka_unit_test(nodes_have_a_bound),
      cmocka_unit_test(keys_of_every_length_are_found),
      cmocka_unit_test(the_first_of_a_slots_paths_wins),
      cmocka_unit_test(values_are_captured),
      cmocka_unit_test(keys_that_stand_escaped_are_found),
      cmocka_unit_test(the_last_one_wins),
      cmocka_unit_test(repeated_members_below_a_star_are_summed),
      cmocka_unit_test(counts_are_summed),
      cmocka_unit_test(implausible_counts_are_counted),
      cmocka_unit_test(implausible_counts_in_groups_are_counted),
      cmocka_unit_test(large_sums_stop_at_their_limit),
      cmocka_unit_test(digits_are_found_everywhere),
      cmocka_unit_test(keys_of_every_kind_are_found),
      cmocka_unit_test(long_escaped_keys_are_found),
      cmocka_unit_test(paths_stand_beside_one_another),
      cmocka_unit_test(groups_are_found_by_their_keys),
      cmocka_unit_test(a_kernel_is_chosen_by_its_name),
      cmocka_unit_test(a_missing_newline_is_told),
      cmocka_unit_test(every_code_has_its_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
