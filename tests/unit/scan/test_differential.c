/* The scanner against jansson: verdict, values and sums, over generated pings, the corpus, and what
 * mutations make of them; and all kernels against one another on the way. */
#include "../scale.h"
#include "agree.h"

#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
  struct agree *agree;
  struct line *line;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  if (!f) return 1;
  f->agree = agree_create();
  f->line = line_create(2);
  *state = f;
  return !f->agree;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  agree_free(f->agree);
  line_free(f->line);
  free(f);
  return 0;
}

static const json_t *member_at(const json_t *value, const char *path) {
  char segment[64];
  while (value && *path) {
    size_t len = strcspn(path, "/");
    (void)snprintf(segment, sizeof segment, "%.*s", (int)len, path);
    value = json_object_get(value, segment); /* NULL for what is no object */
    path += len + (path[len] == '/');
  }
  return value;
}

static enum scan_type type_of(const json_t *value) {
  switch (json_typeof(value)) {
  case JSON_OBJECT: return SCAN_OBJECT;
  case JSON_ARRAY: return SCAN_ARRAY;
  case JSON_STRING: return SCAN_STRING;
  case JSON_TRUE: return SCAN_TRUE;
  case JSON_FALSE: return SCAN_FALSE;
  case JSON_NULL: return SCAN_NULL;
  default: return SCAN_INTEGER_OR_REAL;
  }
}

static void check_string(const struct line *line, const struct scan_span *span,
                         const json_t *value) {
  static uint8_t text[LINE_CAP];
  size_t len = scan_unescape(line->bytes, span, text);
  assert_int_equal(len, json_string_length(value));
  assert_memory_equal(text, json_string_value(value), len);
  if (!span->escaped) assert_null(memchr(line->bytes + span->offset, '\\', span->len));
}

static void check_spans(const struct line *line, const struct scan_result *result,
                        const json_t *ping) {
  const char *path;
  for (unsigned s = 0; (path = agree_span_path(s)); s++) {
    const json_t *value = member_at(ping, path);
    assert_int_equal(result->present >> s & 1, value != NULL);
    if (!value) continue;
    assert_int_equal(result->span[s].type, type_of(value));
    if (json_is_string(value)) check_string(line, &result->span[s], value);
  }
}

/* The counts of an object's members; a real that looks like an integer is none for jansson either.
 * jansson takes "-0" for an integer 0, so lines with a "-0" are left out where implausible values
 * are compared. */
struct counts {
  uint64_t sum;
  uint32_t implausible;
};

static void count_members(const json_t *values, struct counts *counts) {
  void *at = json_is_object(values) ? json_object_iter((json_t *)values) : NULL;
  for (; at; at = json_object_iter_next((json_t *)values, at)) {
    const json_t *value = json_object_iter_value(at);
    json_int_t count = json_is_integer(value) ? json_integer_value(value) : -1;
    if (count < 0 || count > (json_int_t)SCAN_COUNT_MAX) counts->implausible++;
    else counts->sum += (uint64_t)count;
  }
}

static void count_all(const json_t *histograms, struct counts *counts) {
  void *at = json_is_object(histograms) ? json_object_iter((json_t *)histograms) : NULL;
  for (; at; at = json_object_iter_next((json_t *)histograms, at))
    count_members(json_object_get(json_object_iter_value(at), "values"), counts);
}

static void check_sums(const struct line *line, const struct scan_result *result,
                       const json_t *ping) {
  struct counts all = {0}, ssl = {0};
  count_all(member_at(ping, "payload/histograms"), &all);
  count_members(member_at(ping, "payload/histograms/SSL_HANDSHAKE_VERSION/values"), &ssl);
  assert_int_equal(result->sum[AGREE_ALL_SUM], all.sum);
  assert_int_equal(result->sum[AGREE_SSL_SUM], ssl.sum);
  if (memmem(line->bytes, line->len, "-0", 2)) return;
  assert_int_equal(result->implausible[AGREE_ALL_SUM], all.implausible);
  assert_int_equal(result->implausible[AGREE_SSL_SUM], ssl.implausible);
}

static json_t *load(const struct line *line, size_t flags, json_error_t *error) {
  return json_loadb((const char *)line->bytes, line->len, JSON_DECODE_ANY | JSON_ALLOW_NUL | flags,
                    error);
}

/* Sums count every occurrence of a repeated key below a '*'; jansson keeps the last. */
static bool has_repeated_keys(const struct line *line) {
  json_error_t error;
  json_t *strict = load(line, JSON_REJECT_DUPLICATES, &error);
  if (!strict) return true;
  json_decref(strict);
  return false;
}

/* jansson rejects lines for these reasons that RFC 8259 allows. */
static bool jansson_is_stricter(const json_error_t *error) {
  static const char *const limits[] = {"too big", "overflow", "invalid Unicode", "depth",
                                       "out of memory"};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    if (strstr(error->text, limits[i])) return true;
  return false;
}

/* jansson accepts what RFC 8259 forbids: a NUL right after a number or literal, and depth. */
static bool jansson_is_laxer(const struct line *line, const struct scan_result *result) {
  size_t left = line->len - result->error_offset;
  if (result->code == SCAN_TOO_DEEP) return true;
  if (result->code != SCAN_NUMBER && result->code != SCAN_LITERAL) return false;
  return memchr(line->bytes + result->error_offset, 0, left < 400 ? left : 400) != NULL;
}

static enum scan_code check(struct fixture *f) {
  struct line *line = f->line;
  struct scan_result result;
  json_error_t error;
  const uint8_t *newline = memchr(line->bytes, '\n', line->len);
  if (newline) line->len = (size_t)(newline - line->bytes);
  assert_true(agree_on(f->agree, line, &result));
  json_t *ping = load(line, 0, &error);
  if (!ping) {
    if (result.code == SCAN_OK && !jansson_is_stricter(&error)) {
      print_error("jansson: %s\n%.*s\n", error.text, (int)line->len, (const char *)line->bytes);
      fail();
    }
    return result.code;
  }
  if (result.code == SCAN_OK) {
    check_spans(line, &result, ping);
    if (!has_repeated_keys(line)) check_sums(line, &result, ping);
  } else if (!jansson_is_laxer(line, &result)) {
    print_error("%s at %u\n%.*s\n", scan_code_text(result.code), result.error_offset,
                (int)line->len, (const char *)line->bytes);
    fail();
  }
  json_decref(ping);
  return result.code;
}

static void histograms_agree_with_jansson(void **state) {
  struct fixture *f = *state;
  for (unsigned i = line_cases(10000); i; i--) {
    line_histograms(f->line);
    assert_int_equal(check(f), SCAN_OK);
    line_spoil(f->line);
    check(f);
  }
}

static void check_mutated(struct fixture *f) {
  if (!line_below(f->line, 4)) line_spread(f->line);
  check(f);
  line_mutate(f->line);
  if (f->line->len) check(f);
}

static void pings_agree_with_jansson(void **state) {
  struct fixture *f = *state;
  for (unsigned i = line_cases(6000); i; i--) {
    line_ping(f->line);
    assert_int_equal(check(f), SCAN_OK);
    check_mutated(f);
  }
}

/* Every line of a corpus file (under slow tools one of five), and mutations of it. */
static void check_file(struct fixture *f, const char *path, unsigned times) {
  char *text = NULL;
  size_t cap = 0;
  ssize_t len;
  FILE *file = fopen(path, "r");
  if (!file) skip();
  for (unsigned n = 0; (len = getline(&text, &cap, file)) > 0; n++) {
    if (scale_is_small() && n % 5) continue;
    if (text[len - 1] == '\n') len--;
    for (unsigned i = 0; i <= times; i++) {
      line_set(f->line, text, (size_t)len);
      if (i) check_mutated(f);
      else check(f);
    }
  }
  free(text);
  (void)fclose(file);
}

static void the_corpus_agrees_with_jansson(void **state) {
  struct fixture *f = *state;
  check_file(f, TEST_CORPUS "/pings/schemas-pass.ndjson", line_cases(10));
  check_file(f, TEST_CORPUS "/pings/schemas-fail.ndjson", line_cases(10));
  check_file(f, TEST_CORPUS "/pings/shapes.ndjson", line_cases(200));
  check_file(f, TEST_CORPUS "/heka/test_telemetry_snappy.ndjson", line_cases(5));
}

/* JSONTestSuite: y_ must be accepted, n_ rejected, i_ is left open. One document a line, so that
 * newlines between tokens become blanks. */
static void check_suite_file(struct fixture *f, const char *name) {
  char path[1024];
  static uint8_t bytes[LINE_CAP];
  (void)snprintf(path, sizeof path, "%s/jsontestsuite/%s", TEST_CORPUS, name);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t len = fread(bytes, 1, sizeof bytes, file);
  (void)fclose(file);
  while (len && bytes[len - 1] == '\n') len--;
  for (size_t i = 0; *name != 'n' && i < len; i++)
    if (bytes[i] == '\n') bytes[i] = ' ';
  const uint8_t *newline = memchr(bytes, '\n', len);
  struct scan_result result;
  line_set(f->line, bytes, newline ? (size_t)(newline - bytes) : len);
  assert_true(agree_on(f->agree, f->line, &result));
  if (*name != 'i' && (result.code == SCAN_OK) != (*name == 'y')) {
    print_error("%s: %s\n", name, scan_code_text(result.code));
    fail();
  }
}

static void the_suite_agrees_with_jansson(void **state) {
  DIR *dir = opendir(TEST_CORPUS "/jsontestsuite");
  const struct dirent *entry;
  unsigned n = 0;
  if (!dir) {
    skip();
    return;
  }
  while ((entry = readdir(dir))) {
    if (!strstr(entry->d_name, ".json")) continue;
    check_suite_file(*state, entry->d_name);
    n++;
  }
  (void)closedir(dir);
  assert_true(n > 300);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(histograms_agree_with_jansson, setup, teardown),
      cmocka_unit_test_setup_teardown(pings_agree_with_jansson, setup, teardown),
      cmocka_unit_test_setup_teardown(the_corpus_agrees_with_jansson, setup, teardown),
      cmocka_unit_test_setup_teardown(the_suite_agrees_with_jansson, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
