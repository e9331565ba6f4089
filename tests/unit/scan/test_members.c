/* Members: what a walk gives and what is found below, case by case, and of random pings against
 * jansson.
 */
#include "lines.h"
#include "scan/extent.h"
#include "scan/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../assertions.h"

/* The span of what is at path in a line that must be well formed; type SCAN_NONE: nothing is. */
static struct scan_span captured(const uint8_t *text, size_t avail, const char *path) {
  struct scan_paths *paths;
  struct scan_result result;
  assert_ok(scan_paths_compile(&(struct scan_spec){path, 0, SCAN_CAPTURE}, 1, &paths, err));
  assert_int_equal(scan_kernels()->scan(paths, text, avail, &result), SCAN_OK);
  scan_paths_free(paths);
  return result.present & 1 ? result.span[0] : (struct scan_span){.type = SCAN_NONE};
}

struct shown {
  size_t len;
  char text[1024];
};

static void show(struct shown *out, const char *before, const uint8_t *text,
                 const struct scan_span *span) {
  static const char types[] = "-s#tfn{[";
  const int len = snprintf(out->text + out->len, sizeof out->text - out->len, "%s%c%s%.*s", before,
                           types[span->type], span->escaped ? "\\" : "", (int)span->len,
                           (const char *)text + span->offset);
  assert_in_range(len, 1, sizeof out->text - out->len - 1);
  out->len += (size_t)len;
}

/* Walks over what is at "a", with two paths below, each unless NULL, and compares all of it. */
static void expect(const char *json, const char *first, const char *second, const char *wanted) {
  struct line *line = line_create(1);
  struct member_path paths[2];
  unsigned n = 0;
  struct shown got = {.len = 0};
  if (first) assert_ok(member_path_init(&paths[n++], first, err));
  if (second) assert_ok(member_path_init(&paths[n++], second, err));
  line_set(line, json, strlen(json));
  const uint8_t *text = line_guarded(line);
  const struct scan_span container = captured(text, line->len + 1, "a");
  struct scan_span member, found[2];
  struct members members;
  members_open(&members, text, &container);
  while (members_next(&members, &member)) {
    show(&got, got.len ? " " : "", text, &member);
    if (n) members_find(&members, &member, paths, n, found);
    for (unsigned i = 0; i < n; i++) show(&got, ":", text, &found[i]);
  }
  assert_false(members_next(&members, &member)); /* and so it stays */
  assert_string_equal(got.text, wanted);
  line_free(line);
}

static void members_are_visited_in_order(void **state) {
  (void)state;
  expect("{\"a\":[]}", NULL, NULL, "");
  expect("{\"a\":{}}", NULL, NULL, "");
  expect("{\"a\": [ \t] }", NULL, NULL, "");
  expect("{\"b\":1}", NULL, NULL, "");
  expect("{\"a\":\"x\"}", NULL, NULL, "");
  expect("{\"a\":[\"\",\"x\\\"]\",-1.5e3,0,true,false,null,{},[]],\"b\":[3]}", NULL, NULL,
         "s s\\x\\\"] #-1.5e3 #0 ttrue ffalse nnull {{ [[");
  expect("{\"a\" : { \"x\" : 1 , \"\\\"y\\\"\" :\t[ 2,{\"}\":\"]\"} ] , \"x\" : { \"z\" : 3 } } }",
         NULL, NULL, "#1 [[ {{");
  expect("{\"a\":[[1,[2]],[[]],3]}", NULL, NULL, "[[ [[ #3");
}

static void paths_lead_below_members(void **state) {
  (void)state;
  expect("{\"a\":[{\"n\":1,\"m\":2},{\"m\":3},4,[5],{}]}", "n", "m",
         "{{:#1:#2 {{:-:#3 #4:-:- [[:-:- {{:-:-");
  expect("{\"a\":{\"x\":{\"n\":{\"k\":\"v\"}},\"y\":{\"n\":[{\"k\":1}]}}}", "n/k", "n",
         "{{:sv:{{ {{:-:[[");
  expect("{\"a\":[{\"n\":7}]}", "", "n", "{{:{{:#7");
  expect("{\"a\":[8,\"x\"]}", "", "n", "#8:#8:- sx:sx:-");
  expect("{\"a\":[{\"x/y\":1,\"~\":2}]}", "x~1y", "~0", "{{:#1:#2");
}

/* The last of repeated keys wins, whatever stood at the earlier ones. */
static void the_last_of_repeated_keys_wins(void **state) {
  (void)state;
  expect("{\"a\":[{\"n\":1,\"n\":2}]}", "n", NULL, "{{:#2");
  expect("{\"a\":[{\"n\":{\"k\":1},\"n\":{}}]}", "n/k", NULL, "{{:-");
  expect("{\"a\":[{\"n\":{\"k\":1},\"n\":3}]}", "n/k", NULL, "{{:-");
  expect("{\"a\":[{\"n\":3,\"n\":{\"k\":1,\"k\":{\"k\":5}}}]}", "n/k/k", NULL, "{{:#5");
}

static void escaped_keys_are_found(void **state) {
  (void)state;
  expect("{\"a\":[{\"\\u006e\":1,\"n\\u0000\":2,\"\\u006E\\u006e\":3}]}", "n", "nn", "{{:#1:#3");
  expect("{\"a\":[{\"\\\\\":1,\"\\\"\":2}]}", "\\", "\"", "{{:#1:#2");
  expect("{\"a\":[{\"\\ud83d\\ude00\":1,\"\xC3\xA9\":2}]}", "\xF0\x9F\x98\x80", "\xC3\xA9",
         "{{:#1:#2");
}

static void depth_is_bounded(void **state) {
  (void)state;
  struct line *line = line_create(1);
  char text[2 * SCAN_DEPTH + 16] = "{\"a\":[";
  const size_t depth = SCAN_DEPTH - 2;
  memset(text + 6, '[', depth);
  memset(text + 6 + depth, ']', depth);
  (void)snprintf(text + 6 + 2 * depth, sizeof text - 6 - 2 * depth, ",1]}");
  expect(text, NULL, NULL, "[[ #1");
  line_free(line);
}

static void impossible_paths_are_refused(void **state) {
  (void)state;
  struct member_path path;
  char deep[2 * MEMBER_KEYS + 2], key[SCAN_KEY + 2];
  for (unsigned i = 0; i <= MEMBER_KEYS; i++)
    (void)snprintf(deep + 2 * i, sizeof deep - 2 * i, i < MEMBER_KEYS ? "k/" : "k");
  memset(key, 'k', sizeof key - 1);
  key[sizeof key - 1] = '\0';
  assert_refused(member_path_init(&path, "a/", err), PS_E_ARGUMENT, "ends with a '/'");
  assert_refused(member_path_init(&path, "/a", err), PS_E_ARGUMENT, "empty segment");
  assert_refused(member_path_init(&path, "a//b", err), PS_E_ARGUMENT, "empty segment");
  assert_refused(member_path_init(&path, "a~2", err), PS_E_ARGUMENT, "~0");
  assert_refused(member_path_init(&path, "*/b", err), PS_E_ARGUMENT, "only once");
  assert_refused(member_path_init(&path, deep, err), PS_E_ARGUMENT, "more than the 16 keys");
  assert_refused(member_path_init(&path, key, err), PS_E_ARGUMENT, "over 200 bytes");
  assert_ok(member_path_init(&path, key + 1, err));
  assert_int_equal(path.keys[0].len, SCAN_KEY);
  assert_ok(member_path_init(&path, "", err));
  assert_int_equal(path.n, 0);
}

/* ---- random pings ---- */

static bool is_same(const uint8_t *text, const struct scan_span *span, const json_t *json) {
  static const json_type types[] = {
      [SCAN_STRING] = JSON_STRING, [SCAN_TRUE] = JSON_TRUE,     [SCAN_FALSE] = JSON_FALSE,
      [SCAN_NULL] = JSON_NULL,     [SCAN_OBJECT] = JSON_OBJECT, [SCAN_ARRAY] = JSON_ARRAY};
  if (!json) return span->type == SCAN_NONE;
  if (json_is_number(json)) return span->type == SCAN_INTEGER_OR_REAL;
  if (span->type == SCAN_NONE || types[span->type] != json_typeof(json)) return false;
  if (span->type != SCAN_STRING || span->escaped) return true;
  return span->len == json_string_length(json) &&
         !memcmp(text + span->offset, json_string_value(json), span->len);
}

/* A member's value and what is below it: one of its keys, and one it hardly has. */
static void compare_member(struct line *line, struct members *members, const struct scan_span *span,
                           const json_t *json) {
  struct member_path paths[2];
  struct scan_span found[2];
  const char *key, *chosen = "values";
  json_t *value;
  assert_true(is_same(members->line, span, json));
  if (line_below(line, 3)) return; /* not looked into */
  json_object_foreach((json_t *)json, key, value) {
    if (!line_below(line, 3) && *key && !strpbrk(key, "/~*") && strlen(key) <= SCAN_KEY)
      chosen = key;
  }
  assert_ok(member_path_init(&paths[0], chosen, err));
  assert_ok(member_path_init(&paths[1], "id", err));
  members_find(members, span, paths, 2, found);
  assert_true(is_same(members->line, &found[0], json_object_get(json, chosen)));
  assert_true(is_same(members->line, &found[1], json_object_get(json, "id")));
}

static void compare(struct line *line, const uint8_t *text, const struct scan_span *span,
                    const json_t *json) {
  struct scan_span member;
  struct members members;
  members_open(&members, text, span);
  if (json_is_array(json)) {
    for (size_t i = 0; i < json_array_size(json); i++) {
      assert_true(members_next(&members, &member));
      compare_member(line, &members, &member, json_array_get(json, i));
    }
  } else {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value) {
      assert_true(members_next(&members, &member));
      compare_member(line, &members, &member, value);
    }
  }
  assert_false(members_next(&members, &member));
}

static void random_lines_agree_with_jansson(void **state) {
  static const char *const paths[] = {"payload", "environment",  "payload/histograms",
                                      "meta",    "payload/info", "payload/keyedHistograms/K",
                                      "id"};
  (void)state;
  struct line *line = line_create(5);
  unsigned compared = 0;
  for (unsigned i = line_cases(400); i; i--) {
    line_ping(line);
    if (!line_below(line, 2)) line_spread(line);
    const uint8_t *text = line_guarded(line);
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) {
      const struct scan_span span = captured(text, line->len + 1, paths[p]);
      const uint8_t *begin = text + span.offset;
      if (span.type < SCAN_OBJECT) continue;
      json_t *json = json_loadb((const char *)begin, (size_t)(extent_container(begin) - begin),
                                JSON_REJECT_DUPLICATES, NULL);
      if (json) compare(line, text, &span, json);
      compared += json != NULL;
      json_decref(json);
    }
  }
  assert_true(compared > line_cases(400) / 2);
  line_free(line);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(members_are_visited_in_order),
      cmocka_unit_test(paths_lead_below_members),
      cmocka_unit_test(the_last_of_repeated_keys_wins),
      cmocka_unit_test(escaped_keys_are_found),
      cmocka_unit_test(depth_is_bounded),
      cmocka_unit_test(impossible_paths_are_refused),
      cmocka_unit_test(random_lines_agree_with_jansson),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
