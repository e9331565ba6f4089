/* Projections: what is written of a ping, byte by byte, what is refused, and random pings with
 * random paths against jansson.
 */
#include "lines.h"
#include "scan/extent.h"
#include "scan/projection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define UUID "aaaaaaaa-0000-4000-8000-00000000000a"
#define DAY  17237 /* 2017-03-12 */

static struct projection *projection_of(const char *const *select) {
  struct projection *projection;
  struct ps_error err;
  if (projection_create(select, NULL, &projection, &err)) fail_msg("%s", err.text);
  return projection;
}

/* Appends the projected line; all kernels must give the same. The buffer holds it once. */
static void project(const struct projection *projection, const struct line *line, bool has_day,
                    struct buffer *out) {
  struct scan_result scratch;
  struct ps_error err;
  size_t len = 0;
  buffer_clear(out);
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
    const uint8_t *text = line_guarded(line);
    if (projection_append(projection, k->scan, text, line->len + 1, 0, has_day, DAY, &scratch, out,
                          &err))
      fail_msg("%s", err.text);
    if (!len) len = out->len;
    assert_int_equal(out->len % len, 0);
    assert_memory_equal(out->data, out->data + out->len - len, len);
  }
  if (!out->data) abort();
  out->len = len;
  out->data[len] = '\0';
}

static void expect(const char *const *select, const char *text, const char *wanted) {
  struct projection *projection = projection_of(select);
  struct line *line = line_create(1);
  struct buffer out = BUFFER_INIT;
  line_set(line, text, strlen(text));
  project(projection, line, true, &out);
  assert_string_equal((const char *)out.data, wanted);
  buffer_release(&out);
  line_free(line);
  projection_free(projection);
}
#define SELECT(...) ((const char *const[]){__VA_ARGS__, NULL})

static void values_leave_as_they_came(void **state) {
  (void)state;
  expect(SELECT("a", "b", "c", "d", "e", "f", "g", "h"),
         "{\"h\":[ 1, {\"x\":\"]\\\"}\"} ] ,\"a\":\"x\\u00e9\\/\",\"b\":-1.50e2,\"c\":true, "
         "\"d\":false,\"e\":null,\"f\":{}}",
         "{\"a\":\"x\\u00e9\\/\",\"b\":-1.50e2,\"c\":true,\"d\":false,\"e\":null,\"f\":{},"
         "\"g\":null,\"h\":[ 1, {\"x\":\"]\\\"}\"} ]}\n");
  expect(SELECT("a"), "{\"a\":1,\"a\":{\"b\":2}}", "{\"a\":{\"b\":2}}\n"); /* the last one wins */
  expect(SELECT("a"), "[1]", "{\"a\":null}\n");
  expect(SELECT("a"), "17", "{\"a\":null}\n");
  expect(SELECT("a\"b", "c~1d", "\xC3\xA9"), "{\"a\\\"b\":1,\"c/d\":2,\"\xC3\xA9\":3}",
         "{\"a\\\"b\":1,\"c~1d\":2,\"\xC3\xA9\":3}\n");
}

/* A path that goes on through another one. */
static void paths_may_go_on_through_others(void **state) {
  (void)state;
  expect(SELECT("a/b/c", "a", "a/b"), "{\"a\":{\"b\":{\"c\":\"}\"}}}",
         "{\"a/b/c\":\"}\",\"a\":{\"b\":{\"c\":\"}\"}},\"a/b\":{\"c\":\"}\"}}\n");
  expect(SELECT("a", "a/b"), "{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":1}],\"a/b\":null}\n");
}

static void short_names_find_their_fields(void **state) {
  (void)state;
  expect(SELECT("documentId", "docType", "submissionDate", "appVersion", "channel"),
         "{\"attributeMap\":{\"uri\":\"\\/submit/telemetry/" UUID "/main/Firefox/49.0/beta\"}}",
         "{\"documentId\":\"" UUID "\",\"docType\":\"main\",\"submissionDate\":\"20170312\","
         "\"appVersion\":\"49.0\",\"channel\":null}\n");
  expect(SELECT("documentId", "clientId"), "{\"id\":\"{ABC}\",\"clientId\":17}",
         "{\"documentId\":\"{ABC}\",\"clientId\":17}\n");
  expect(SELECT("attributeMap/uri"), "{\"attributeMap\":{\"uri\":\"/submit/a/b/c/d\"}}",
         "{\"attributeMap/uri\":\"/submit/a/b/c/d\"}\n");
  expect(SELECT("os"), "{\"os\":{\"name\":\"x\"}}", "{\"os\":{\"name\":\"x\"}}\n");
  expect(SELECT("os"), "{\"meta\":{\"os\":[]},\"os\":\"x\"}", "{\"os\":\"x\"}\n");
}

static void a_day_may_be_missing(void **state) {
  struct projection *projection = projection_of(SELECT("submissionDate"));
  struct line *line = line_create(1);
  struct buffer out = BUFFER_INIT;
  (void)state;
  line_set(line, "{}", 2);
  project(projection, line, false, &out);
  assert_string_equal((const char *)out.data, "{\"submissionDate\":null}\n");
  buffer_release(&out);
  line_free(line);
  projection_free(projection);
}

/* The buffer keeps its content; a byte order mark is skipped; the run's own paths are followed. */
static void a_projection_is_appended(void **state) {
  static uint8_t text[64 + SCAN_PAD] = "\xEF\xBB\xBF{\"kind\":\"main\",\"type\":\"x\"}\n";
  const char *const *const paths[PS_FIELDS] = {[PS_FIELD_TYPE] = SELECT("kind")};
  struct projection *projection;
  struct scan_result scratch;
  struct buffer out = BUFFER_INIT;
  struct ps_error err;
  (void)state;
  assert_int_equal(projection_create(SELECT("docType"), paths, &projection, &err), PS_OK);
  assert_int_equal(buffer_append(&out, "before\n", 7, &err), PS_OK);
  assert_int_equal(projection_append(projection, scan_kernels()->scan, text,
                                     strlen((const char *)text), 3, false, 0, &scratch, &out, &err),
                   PS_OK);
  assert_string_equal((const char *)out.data, "before\n{\"docType\":\"main\"}\n");
  text[3] = '}';
  assert_int_equal(projection_append(projection, scan_kernels()->scan, text,
                                     strlen((const char *)text), 3, false, 0, &scratch, &out, &err),
                   PS_E_INTERNAL);
  assert_int_equal(out.len, strlen("before\n{\"docType\":\"main\"}\n"));
  buffer_release(&out);
  projection_free(projection);
}

static void expect_refused(const char *const *select, const char *reason) {
  struct projection *projection = (struct projection *)1;
  struct ps_error err;
  assert_int_equal(projection_create(select, NULL, &projection, &err), PS_E_ARGUMENT);
  assert_null(projection);
  if (!strstr(err.text, reason)) fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
  assert_int_equal(projection_create(select, NULL, &projection, NULL), PS_E_ARGUMENT);
}

static void impossible_selections_are_refused(void **state) {
  static char names[PS_SELECT_MAX + 1][8];
  const char *select[PS_SELECT_MAX + 2] = {NULL};
  (void)state;
  expect_refused(select, "no path");
  for (unsigned i = 0; i <= PS_SELECT_MAX; i++) {
    (void)snprintf(names[i], sizeof names[i], "k%u", i);
    select[i] = names[i];
  }
  expect_refused(select, "\"k32\" is one path too many to select: 32 are possible");
  expect_refused(SELECT("a/*/b"), "the path \"a/*/b\" has a '*'");
  expect_refused(SELECT("a", "b", "a"), "\"a\" is selected twice");
  expect_refused(SELECT("a//b"), "empty segment");
  expect_refused(SELECT(""), "empty");
  expect_refused(SELECT("documentId", "clientId", "docType", "channel", "sourceName",
                        "sourceVersion", "appName", "appVersion", "appUpdateChannel", "appBuildId",
                        "country", "city", "os", "osVersion", "architecture", "locale", "reason"),
                 "one path too many");
  projection_free(NULL);
}

static void extents_end_where_values_end(void **state) {
  static const char *const texts[] = {"{}",
                                      "[]",
                                      "[[],{}]",
                                      "{\"a\":\"\\\\\"}",
                                      "{\"a]}\\\"\":[1,\"}}}}}}}}}}}}}}}}}\"]}",
                                      "[ true , false , null , -1e5 , \"\\\"\" ]"};
  uint8_t text[128];
  (void)state;
  for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
    for (unsigned pad = 0; pad < 9; pad++) {
      const size_t len = strlen(texts[i]);
      memset(text, '}', sizeof text);
      memcpy(text + pad, texts[i], len);
      assert_ptr_equal(extent_container(text + pad), text + pad + len);
    }
}

/* ---- random pings and paths ---- */

static const char *const keys[] = {"a", "bc", "d/e", "\xC3\xA9", "f\"g"};
static const char *const steps[] = {"a", "bc", "d~1e", "\xC3\xA9", "f\"g"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *random_value(struct line *r, unsigned depth) {
  static const char *const strings[] = {"", "x", "}", "\"]\\", "\xC3\xA9\n", "long, long, long {["};
  json_t *value;
  switch (line_below(r, depth ? 8 : 4)) {
  case 0: return json_integer((int)line_below(r, 2000) - 1000);
  case 1: return json_real(0.5);
  case 2: return line_below(r, 2) ? json_true() : json_null();
  case 3: return json_string(strings[line_below(r, (unsigned)COUNT(strings))]);
  case 4:
    value = json_array();
    for (unsigned i = line_below(r, 4); i; i--)
      json_array_append_new(value, random_value(r, depth - 1));
    return value;
  default:
    value = json_object();
    for (unsigned i = line_below(r, 6); i; i--)
      json_object_set_new(value, keys[line_below(r, (unsigned)COUNT(keys))],
                          random_value(r, depth - 1));
    return value;
  }
}

#define RANDOM_PATHS 6

struct random_paths {
  char text[RANDOM_PATHS][64];
  const char *select[RANDOM_PATHS + 1];
  unsigned step[RANDOM_PATHS][3], depth[RANDOM_PATHS], n;
};

static void random_paths(struct line *r, struct random_paths *p) {
  for (p->n = 0; p->n < RANDOM_PATHS; p->n++) {
    char *text = p->text[p->n];
    *text = '\0';
    p->depth[p->n] = 1 + line_below(r, 3);
    for (unsigned i = 0; i < p->depth[p->n]; i++) {
      const unsigned step = p->step[p->n][i] = line_below(r, (unsigned)COUNT(steps));
      const size_t len = strlen(text);
      (void)snprintf(text + len, sizeof p->text[0] - len, "%s%s", i ? "/" : "", steps[step]);
    }
    for (unsigned i = 0; i < p->n; i++)
      if (!strcmp(p->text[i], text)) {
        p->select[p->n] = NULL;
        return;
      }
    p->select[p->n] = text;
  }
  p->select[p->n] = NULL;
}

static void compare(const json_t *ping, const json_t *projected, const struct random_paths *p) {
  assert_int_equal(json_object_size(projected), p->n);
  for (unsigned i = 0; i < p->n; i++) {
    const json_t *wanted = ping, *got = json_object_get(projected, p->text[i]);
    for (unsigned s = 0; s < p->depth[i] && wanted; s++)
      wanted = json_object_get(wanted, keys[p->step[i][s]]);
    if (!(wanted ? json_equal(wanted, got) : json_is_null(got))) fail_msg("%s", p->text[i]);
  }
}

static void random_selections_agree_with_jansson(void **state) {
  struct line *line = line_create(99);
  struct buffer out = BUFFER_INIT;
  struct random_paths paths;
  (void)state;
  for (unsigned round = 0; round < line_cases(3000); round++) {
    json_t *ping = random_value(line, 5);
    char *text = json_dumps(ping, JSON_ENCODE_ANY |
                                      (line_below(line, 2) ? JSON_ENSURE_ASCII : JSON_COMPACT));
    random_paths(line, &paths);
    struct projection *projection = projection_of(paths.select);
    line_set(line, text, strlen(text));
    project(projection, line, true, &out);
    json_t *projected = json_loads((const char *)out.data, JSON_REJECT_DUPLICATES, NULL);
    if (!projected) fail_msg("no JSON: %s", (const char *)out.data);
    compare(ping, projected, &paths);
    json_decref(projected);
    projection_free(projection);
    free(text);
    json_decref(ping);
  }
  buffer_release(&out);
  line_free(line);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_leave_as_they_came),
      cmocka_unit_test(paths_may_go_on_through_others),
      cmocka_unit_test(short_names_find_their_fields),
      cmocka_unit_test(a_day_may_be_missing),
      cmocka_unit_test(a_projection_is_appended),
      cmocka_unit_test(impossible_selections_are_refused),
      cmocka_unit_test(extents_end_where_values_end),
      cmocka_unit_test(random_selections_agree_with_jansson),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
