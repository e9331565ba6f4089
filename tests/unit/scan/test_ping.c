/* Pings: which field stands where, the key, the day, labels, scopes. */
#include "base/hash.h"
#include "scan/ping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UUID "aaaaaaaa-0000-4000-8000-00000000000a"

static uint8_t secret[PS_SECRET_BYTES];
static uint8_t buffer[200000 + SCAN_PAD];
static struct ping_schema *default_schema;

static int setup(void **state) {
  (void)state;
  for (unsigned i = 0; i < sizeof secret; i++) secret[i] = (uint8_t)(i * 37 + 11);
  return ping_schema_create(NULL, &default_schema, NULL);
}

static int teardown(void **state) {
  (void)state;
  ping_schema_free(default_schema);
  return 0;
}

/* The ping in `text`; all kernels must see the same one. */
static struct ping ping_of(const struct ping_schema *schema, const char *text) {
  struct ping first = {.len = 0};
  size_t len = strlen(text);
  assert_true(len + 1 < sizeof buffer - SCAN_PAD);
  memcpy(buffer, text, len);
  buffer[len] = '\n';
  const struct ping_line line = {.at = buffer, .avail = len + 1};
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
    struct scan_result result;
    struct ping ping;
    memset(&ping, 0x55, sizeof ping);
    ping_scan(schema, k->scan, secret, &line, &result, &ping);
    assert_int_equal(ping.len, len);
    if (k == scan_kernels()) first = ping;
    assert_int_equal(ping.state, first.state);
    assert_int_equal(ping.type.offset, first.type.offset);
    assert_memory_equal(&ping.client_id, &first.client_id, sizeof ping.client_id);
    assert_memory_equal(ping.sum, first.sum, sizeof ping.sum);
    assert_memory_equal(ping.implausible, first.implausible, sizeof ping.implausible);
    assert_int_equal(ping.label, first.label);
    if (ping.state == PING_KEYED) assert_memory_equal(&ping.key, &first.key, sizeof ping.key);
  }
  return first;
}

static void expect_key(const char *text, const char *id) {
  struct ping ping = ping_of(default_schema, text);
  struct ps_key key = hash_key(id, strlen(id), secret);
  if (ping.state != PING_KEYED) fail_msg("no id in %s", text);
  if (ping.key.hi != key.hi || ping.key.lo != key.lo)
    fail_msg("another id than %s in %s", id, text);
}

static void expect_no_id(const char *text) {
  assert_int_equal(ping_of(default_schema, text).state, PING_WITHOUT_ID);
}

static void expect_span(const struct scan_span *span, const char *text) {
  if (!text) {
    assert_int_equal(span->type, SCAN_NONE);
    return;
  }
  assert_int_equal(span->type, SCAN_STRING);
  assert_int_equal(span->len, strlen(text));
  assert_memory_equal(buffer + span->offset, text, span->len);
}

static void the_first_id_that_is_there_counts(void **state) {
  (void)state;
  expect_key("{\"meta\":{\"documentId\":\"x\"}}", "x");
  expect_key("{\"documentId\":\"x\"}", "x");
  expect_key("{\"document_id\":\"x\"}", "x");
  expect_key("{\"attributeMap\":{\"document_id\":\"x\"}}", "x");
  expect_key("{\"id\":\"x\"}", "x");
  expect_key("{\"id\":\"6\",\"attributeMap\":{\"uri\":\"/submit/n/t/1/5\",\"document_id\":\"4\"},"
             "\"document_id\":\"3\",\"documentId\":\"2\",\"meta\":{\"documentId\":\"1\"}}",
             "1");
  expect_key("{\"id\":\"6\",\"attributeMap\":{\"uri\":\"/submit/n/t/1/5\"}}", "5");
  expect_key("{\"environment\":{\"addons\":{\"theme\":{\"id\":\"no\"}}},\"id\":\"x\"}", "x");
  expect_key("{\"id\":\"first\",\"id\":\"last\"}", "last");
  expect_key("{\"\\u0069d\":\"x\"}", "x");
}

/* The first present path decides, whatever stands there. */
static void odd_ids_are_none(void **state) {
  (void)state;
  expect_no_id("{}");
  expect_no_id("{\"id\":\"\"}");
  expect_no_id("{\"id\":17}");
  expect_no_id("{\"id\":null,\"type\":\"main\"}");
  expect_no_id("{\"id\":{\"id\":\"x\"}}");
  expect_no_id("{\"documentId\":null,\"id\":\"x\"}");
  expect_no_id("{\"documentId\":\"\",\"id\":\"x\"}");
  expect_no_id("[{\"id\":\"x\"}]");
  expect_no_id("\"id\"");
}

static void uuids_are_folded(void **state) {
  (void)state;
  expect_key("{\"id\":\"" UUID "\"}", UUID);
  expect_key("{\"id\":\"AAAAAAAA-0000-4000-8000-00000000000A\"}", UUID);
  expect_key("{\"id\":\"{aAaaAAAA-0000-4000-8000-00000000000A}\"}", UUID);
  expect_key("{\"id\":\"\\u007bAAAAAAAA\\u002d0000-4000-8000-00000000000A}\"}", UUID);
  /* no UUIDs: byte for byte */
  expect_key("{\"id\":\"{abc}\"}", "{abc}");
  expect_key("{\"id\":\"ABC\"}", "ABC");
  expect_key("{\"id\":\"{{" UUID "}}\"}", "{{" UUID "}}");
  expect_key("{\"id\":\"{" UUID "\"}", "{" UUID);
  expect_key("{\"id\":\"(AAAAAAAA-0000-4000-8000-00000000000A)\"}",
             "(AAAAAAAA-0000-4000-8000-00000000000A)");
  expect_key("{\"id\":\"GAAAAAAA-0000-4000-8000-00000000000A\"}",
             "GAAAAAAA-0000-4000-8000-00000000000A");
  expect_key("{\"id\":\"AAAAAAAAA0000-4000-8000-00000000000A\"}",
             "AAAAAAAAA0000-4000-8000-00000000000A");
  expect_key("{\"id\":\"AAAAAAAA-0000-4000-8000-000000000-0A\"}",
             "AAAAAAAA-0000-4000-8000-000000000-0A");
  expect_key("{\"id\":\"AAAAAAAA000040008000000000000000000A\"}",
             "AAAAAAAA000040008000000000000000000A");
  expect_key("{\"id\":\"a\\u0062c\\n\"}", "abc\n");
}

/* Each byte of a UUID counts, and each other byte in its place spoils it. */
static void every_byte_of_a_uuid_counts(void **state) {
  char text[64], id[37];
  (void)state;
  for (size_t at = 0; at < 36; at++)
    for (int byte = 0x20; byte < 0x7F; byte++) {
      if (byte == '"' || byte == '\\') continue;
      memcpy(id, "ABCDEFab-cdef-0123-4567-89abcdefABCD", 37);
      id[at] = (char)byte;
      (void)snprintf(text, sizeof text, "{\"id\":\"%s\"}", id);
      bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      bool uuid = dash ? byte == '-' : byte && strchr("0123456789abcdefABCDEF", byte);
      for (char *c = id; uuid && *c; c++)
        if (*c >= 'A' && *c <= 'F') *c = (char)(*c + 32);
      expect_key(text, id);
    }
}

static void long_ids_count_whole(void **state) {
  static char text[190000], id[30000];
  (void)state;
  for (size_t len = 1; len < sizeof id; len = len * 3 / 2 + 1) {
    memset(id, 'k', len);
    id[len] = '\0';
    (void)snprintf(text, sizeof text, "{\"id\":\"%s\"}", id);
    expect_key(text, id);
    size_t used = (size_t)snprintf(text, sizeof text, "{\"id\":\"");
    for (size_t i = 0; i < len; i++, used += 6) memcpy(text + used, "\\u006b", 6);
    memcpy(text + used, "\"}", 3);
    expect_key(text, id);
  }
}

/* A UUID that only ends a long id stands as it is, though it comes in a piece of its own. */
static void a_uuid_that_ends_a_long_id_stands_as_it_is(void **state) {
  static char text[8192], id[4096];
  struct ping_schema_options options = {.scope = (const char *const[]){"s", NULL}};
  struct ping_schema *schema;
  (void)state;
  assert_int_equal(ping_schema_create(&options, &schema, NULL), PS_OK);
  const struct ps_key uuid = ping_of(schema, "{\"id\":\"" UUID "\"}").key;
  for (size_t before = 1020; before <= 3 * 1024; before += before == 1028 ? 1020 : 1) {
    memset(id, 'k', before);
    memcpy(id + before, "AAAAAAAA-0000-4000-8000-00000000000A", 37);
    (void)snprintf(text, sizeof text, "{\"id\":\"%s\"}", id);
    const struct ps_key plain = ping_of(schema, text).key;
    (void)snprintf(text, sizeof text, "{\"id\":\"\\u006b%s\"}", id + 1);
    expect_key(text, id);
    const struct ps_key escaped = ping_of(schema, text).key;
    assert_memory_equal(&escaped, &plain, sizeof plain);
    assert_memory_not_equal(&escaped, &uuid, sizeof uuid);
  }
  ping_schema_free(schema);
}

static void expect_uri(const char *uri, const char *id, const char *type) {
  char text[512];
  (void)snprintf(text, sizeof text, "{\"attributeMap\":{\"uri\":\"%s\"}}", uri);
  if (id) expect_key(text, id);
  else expect_no_id(text);
  struct ping ping = ping_of(default_schema, text);
  expect_span(&ping.type, type);
}

static void parts_of_uris_are_found(void **state) {
  (void)state;
  expect_uri("/submit/telemetry/" UUID "/main/Firefox/49.0/beta/20160907004012", UUID, "main");
  expect_uri("/submit/telemetry/" UUID "/main/Firefox/61.0/nightly/20180328030202?v=4", UUID,
             "main");
  expect_uri("/submit/telemetry/x", "x", NULL);
  expect_uri("/submit/telemetry/x?v=4", "x", NULL);
  expect_uri("/submit/telemetry/", NULL, NULL);
  expect_uri("/submit/org-mozilla-fenix/baseline/1/AAAAAAAA-0000-4000-8000-00000000000A", UUID,
             "baseline");
  expect_uri("/submit/n/t/1/x?y=/z", "x", "t");
  expect_uri("/submit/n/t/1/x/", "x", "t");
  expect_uri("/submit/n/t/1", NULL, "t");
  expect_uri("/submit/n/t/1/", NULL, "t");
  expect_uri("/submit/n/t?a/1/x", NULL, "t");
  expect_uri("/stub/" UUID "/main", NULL, NULL);
  expect_uri("submit/telemetry/x/main", NULL, NULL);
  expect_uri("", NULL, NULL);
  expect_uri("/", NULL, NULL);
  expect_uri("/submit", NULL, NULL);
  expect_uri("\\/submit\\/telemetry\\/x\\/main\\/Firefox", "x", "main");
  expect_uri("/s\\u0075bmit/n/t\\u0061/1/a\\u0062c\\u003fq", "abc", "t\\u0061");
  assert_int_equal(ping_of(default_schema, "{\"attributeMap\":{\"uri\":5},\"id\":\"x\"}").state,
                   PING_WITHOUT_ID);
}

/* A segment that is longer than any that is looked for is none of these. */
static void long_segments_of_uris_are_no_types(void **state) {
  static char text[70000], segment[60000];
  (void)state;
  for (size_t len = 60; len < sizeof segment; len += len < 70 ? 1 : len) {
    memset(segment, 's', len);
    segment[len] = '\0';
    for (int escaped = 0; escaped < 2; escaped++) {
      const char *first = escaped ? "\\u0073" : "s";
      (void)snprintf(text, sizeof text, "{\"attributeMap\":{\"uri\":\"/%s%s/telemetry/x/main\"}}",
                     first, segment + 1);
      expect_no_id(text);
      (void)snprintf(text, sizeof text, "{\"attributeMap\":{\"uri\":\"/submit/%s%s/t/1/x\"}}",
                     first, segment + 1);
      expect_key(text, "x");
    }
  }
}

static void labels_are_found(void **state) {
  (void)state;
  struct ping ping =
      ping_of(default_schema, "{\"type\":\"main\",\"clientId\":\"c\",\"application\":{\"channel\":"
                              "\"beta\"},\"id\":\"x\"}");
  expect_span(&ping.type, "main");
  expect_span(&ping.client, "c");
  expect_span(&ping.channel, "beta");
  ping =
      ping_of(default_schema,
              "{\"type\":\"no\",\"meta\":{\"docType\":\"crash\",\"normalizedChannel\":\"aurora\","
              "\"clientId\":\"no\"},\"client_id\":\"no\",\"clientID\":\"C\"}");
  expect_span(&ping.type, "crash");
  expect_span(&ping.client, "C");
  expect_span(&ping.channel, "aurora");
  ping = ping_of(default_schema, "{\"type\":4,\"clientId\":null}");
  expect_span(&ping.type, NULL);
  expect_span(&ping.client, NULL);
  expect_span(&ping.channel, NULL);
}

/* Clients, labels, watched values and cities: what the accounts take. */
static void clients_have_their_kinds(void **state) {
  (void)state;
  struct ping ping = ping_of(default_schema, "{\"clientId\":\"{" UUID "}\"}");
  assert_int_equal(ping.client_id.kind, PS_CLIENT_UUID);
  ping = ping_of(default_schema, "{\"clientId\":\"c\",\"client_id\":\"" UUID "\"}");
  assert_int_equal(ping.client_id.kind, PS_CLIENT_TEXT);
  ping = ping_of(default_schema, "{\"clientId\":17}");
  assert_int_equal(ping.client_id.kind, PS_CLIENT_NONE);
  ping = ping_of(default_schema, "{\"clientId\":\"c\"");
  assert_int_equal(ping.client_id.kind, PS_CLIENT_NONE);
}

static void labels_are_hashed_together(void **state) {
  static const char *const texts[] = {"{}",
                                      "{\"type\":\"\"}",
                                      "{\"normalized_channel\":\"\"}",
                                      "{\"type\":\"\",\"normalized_channel\":\"\"}",
                                      "{\"type\":\"main\"}",
                                      "{\"normalized_channel\":\"main\"}",
                                      "{\"type\":\"main\",\"normalized_channel\":\"beta\"}",
                                      "{\"type\":\"mainb\",\"normalized_channel\":\"eta\"}",
                                      "{\"type\":\"beta\",\"normalized_channel\":\"main\"}",
                                      "{\"type\":\"m\\u0061in\"}"};
  const size_t n = sizeof texts / sizeof *texts;
  (void)state;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      assert_int_equal(ping_of(default_schema, texts[i]).label ==
                           ping_of(default_schema, texts[j]).label,
                       i == j);
  assert_int_equal(
      ping_of(default_schema, "{\"normalized_channel\":\"beta\",\"x\":1,\"type\":\"main\"}").label,
      ping_of(default_schema, texts[6]).label);
}

static uint64_t watched(const char *value) {
  char text[128];
  (void)snprintf(text, sizeof text, "{\"payload\":{\"info\":{\"sessionLength\":%s}}}", value);
  struct ping ping = ping_of(default_schema, text);
  assert_int_equal(ping.watched.type != SCAN_NONE, ping.watched_hash != 0);
  (void)snprintf(text, sizeof text, "{\"meta\":{\"geoCity\":%s}}", value);
  assert_int_equal(ping_of(default_schema, text).city_hash, ping.watched_hash);
  return ping.watched_hash;
}

static void watched_values_are_hashed_as_they_stand(void **state) {
  static const char *const values[] = {"1", "2", "\"1\"", "true", "false", "\"true\"", "\"\""};
  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    for (size_t j = 0; j < sizeof values / sizeof *values; j++)
      assert_int_equal(watched(values[i]) == watched(values[j]), i == j);
  assert_int_equal(watched("null"), 0);
  assert_int_equal(watched("{}"), 0);
  assert_int_equal(watched("[1]"), 0);
  assert_int_equal(ping_of(default_schema, "{\"type\":\"x\"}").watched_hash, 0);
}

static void odd_values_are_in_no_sum(void **state) {
  static const char *const sums[] = {"payload/histograms/*/values/*", "n", NULL};
  struct ping_schema_options options = {.sums = sums};
  struct ping_schema *schema;
  (void)state;
  assert_int_equal(ping_schema_create(&options, &schema, NULL), PS_OK);
  struct ping ping = ping_of(
      schema,
      "{\"payload\":{\"histograms\":{\"A\":{\"values\":{\"0\":4,\"1\":-1,\"2\":16}}}},\"n\":1.5}");
  assert_int_equal(ping.sum[0], 20);
  assert_int_equal(ping.implausible[0], 1);
  assert_int_equal(ping.sum[1], 0);
  assert_int_equal(ping.implausible[1], 1);
  ping_schema_free(schema);
}

/* Values that are not asked for are not there. */
static void values_that_are_not_asked_for_are_not_there(void **state) {
  static const char *const nowhere[] = {NULL};
  struct ping_schema_options options = {.paths = {NULL}};
  struct ping_schema *schema;
  (void)state;
  for (enum ps_field f = 0; f < PS_FIELDS; f++)
    if (f != PS_FIELD_ID) options.paths[f] = nowhere;
  assert_int_equal(ping_schema_create(&options, &schema, NULL), PS_OK);
  struct ping ping = ping_of(
      schema,
      "{\"id\":\"x\",\"clientId\":\"c\",\"type\":\"main\",\"meta\":{\"geoCity\":\"Rome\"}}");
  assert_int_equal(ping.state, PING_KEYED);
  assert_int_equal(ping.client_id.kind, PS_CLIENT_NONE);
  assert_int_equal(ping.label | ping.city_hash | ping.watched_hash, 0);
  ping_schema_free(schema);
}

/* Paths that are given have slots of their own: the first that is present decides. */
static void given_paths_in_envelopes_keep_their_order(void **state) {
  static const char *const paths[] = {"attributeMap/x", "metadata/x", NULL};
  struct ping_schema_options options = {.paths[PS_FIELD_ID] = paths};
  struct ping_schema *schema;
  struct ps_error err;
  (void)state;
  if (ping_schema_create(&options, &schema, &err)) fail_msg("%s", err.text);
  const struct ps_key key = hash_key("a", 1, secret);
  static const char *const texts[] = {"{\"attributeMap\":{\"x\":\"a\"},\"metadata\":{\"x\":\"b\"}}",
                                      "{\"metadata\":{\"x\":\"b\"},\"attributeMap\":{\"x\":\"a\"}}",
                                      "{\"attributeMap\":{\"x\":\"a\"},\"metadata\":{\"x\":null}}"};
  for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
    const struct ping ping = ping_of(schema, texts[i]);
    assert_int_equal(ping.state, PING_KEYED);
    assert_memory_equal(&ping.key, &key, sizeof key);
  }
  ping_schema_free(schema);
}

/* All default paths, every sum and a full scope fit. */
static void the_most_paths_fit(void **state) {
  static const char *const sums[] = {
      "payload/histograms/*/values/*", "payload/histograms/SSL_HANDSHAKE_VERSION/values/*",
      "payload/keyedHistograms/*/*/values/*", "payload/simpleMeasurements/uptime", NULL};
  static const char *const scope[] = {"a/b", "c/d", "e/f", "g", NULL};
  struct ping_schema_options options = {.scope = scope, .sums = sums};
  struct ping_schema *schema;
  struct ps_error err;
  (void)state;
  if (ping_schema_create(&options, &schema, &err)) fail_msg("%s", err.text);
  ping_schema_free(schema);
}

static void expect_day(const char *text, const char *day) {
  struct ping ping = ping_of(default_schema, text);
  char found[DAY_TEXT] = "";
  if (ping.has_day) day_format(ping.day, found);
  assert_string_equal(found, day ? day : "");
}

static void days_are_read(void **state) {
  (void)state;
  expect_day("{\"meta\":{\"submissionDate\":\"20170312\"}}", "2017-03-12");
  expect_day("{\"meta\":{\"submissionDate\":20170312}}", "2017-03-12");
  expect_day("{\"meta\":{\"submissionDate\":\"2017\\u00303\\u00312\"}}", "2017-03-12");
  expect_day("{\"submission_timestamp\":\"2018-03-12T21:02:18.123456Z\"}", "2018-03-12");
  expect_day("{\"attributeMap\":{\"submission_timestamp\":\"2018-03-12T21:02:18.123456Z\"}}",
             "2018-03-12");
  expect_day("{\"meta\":{\"Timestamp\":1489276800000000000}}", "2017-03-12");
  expect_day("{\"meta\":{\"Timestamp\":1.485819100278e+18}}", "2017-01-30");
  expect_day("{\"meta\":{\"Timestamp\":1489276800000000000,\"submissionDate\":\"20170315\"}}",
             "2017-03-15");
  expect_day("{\"meta\":{\"submissionDate\":\"20170231\"}}", NULL);
  expect_day("{\"meta\":{\"submissionDate\":null,\"Timestamp\":1489276800000000000}}", NULL);
  expect_day("{\"creationDate\":\"2017-03-12T00:00:00.000Z\"}", NULL);
  expect_day("{}", NULL);
}

static void a_given_day_overrides_what_a_ping_says(void **state) {
  static const char *const texts[] = {"{\"id\":\"x\"}\n",
                                      "{\"meta\":{\"submissionDate\":\"20170312\"}}\n",
                                      "{\"meta\":{\"submissionDate\":\"soon\"}}\n"};
  struct scan_result result;
  struct ping ping;
  (void)state;
  for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
    const size_t len = strlen(texts[i]);
    const struct ping_line line = {
        .at = buffer, .avail = len, .has_given_day = true, .given_day = 17000};
    memcpy(buffer, texts[i], len);
    ping_scan(default_schema, scan_kernels()->scan, secret, &line, &result, &ping);
    assert_true(ping.has_day);
    assert_int_equal(ping.day, 17000);
  }
}

/* ---- states, byte order marks ---- */

static void lines_have_their_states(void **state) {
  (void)state;
  struct ping ping = ping_of(default_schema, "{\"id\":\"x\"");
  assert_int_equal(ping.state, PING_MALFORMED);
  assert_int_equal(ping.code, SCAN_TRUNCATED);
  assert_int_equal(ping.error_offset, 9);
  ping = ping_of(default_schema, " \t\r");
  assert_int_equal(ping.state, PING_BLANK);
  expect_key("{\"id\":\"x\"}\r", "x");
}

static void a_byte_order_mark_is_skipped(void **state) {
  static const char text[] = "\xEF\xBB\xBF{\"id\":\"x\",\"type\":\"main\"}\n";
  uint8_t line[64 + SCAN_PAD] = {0};
  struct scan_result result;
  struct ping ping;
  (void)state;
  const struct ping_line given = {.at = line, .avail = sizeof text - 1, .skip = 3};
  memcpy(line, text, sizeof text);
  memcpy(buffer, text, sizeof text);
  ping_scan(default_schema, scan_kernels()->scan, secret, &given, &result, &ping);
  assert_int_equal(ping.state, PING_KEYED);
  assert_int_equal(ping.len, sizeof text - 2);
  expect_span(&ping.type, "main");
  struct ps_key key = hash_key("x", 1, secret);
  assert_memory_equal(&ping.key, &key, sizeof key);
  line[8] = '!';
  ping_scan(default_schema, scan_kernels()->scan, secret, &given, &result, &ping);
  assert_int_equal(ping.state, PING_MALFORMED);
  assert_int_equal(ping.error_offset, 8);
}

/* ---- other schemas ---- */

static struct ping_schema *schema_with(enum ps_field field, const char *const *paths,
                                       const char *const *scope) {
  struct ping_schema_options options = {.scope = scope};
  struct ping_schema *schema;
  struct ps_error err;
  options.paths[field] = paths;
  if (ping_schema_create(&options, &schema, &err)) fail_msg("%s", err.text);
  return schema;
}

static void own_paths_replace_the_defaults(void **state) {
  (void)state;
  struct ping_schema *schema =
      schema_with(PS_FIELD_ID, (const char *const[]){"b/c", "a", NULL}, NULL);
  struct ping ping = ping_of(schema, "{\"a\":\"1\",\"id\":\"2\",\"b\":{\"c\":\"3\"}}");
  struct ps_key key = hash_key("3", 1, secret);
  assert_memory_equal(&ping.key, &key, sizeof key);
  assert_int_equal(ping_of(schema, "{\"id\":\"2\"}").state, PING_WITHOUT_ID);
  ping_schema_free(schema);
}

static void odd_paths_are_refused(void **state) {
  static const char *const many[] = {"1", "2", "3", "4", "5", "6", "7", "8", "ninth", NULL};
  struct ping_schema_options options = {.paths = {[PS_FIELD_ID] = many}};
  struct ping_schema *schema;
  struct ps_error err;
  (void)state;
  assert_int_equal(ping_schema_create(&options, &schema, &err), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, "\"ninth\""));
  assert_non_null(strstr(err.text, "documentId"));
  assert_null(schema);
  options.paths[PS_FIELD_ID] = NULL;
  options.scope = many;
  assert_int_equal(ping_schema_create(&options, &schema, &err), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, "scope"));
  options.scope = NULL;
  options.sums = many;
  assert_int_equal(ping_schema_create(&options, &schema, &err), PS_E_ARGUMENT);
  assert_non_null(strstr(err.text, "\"5\" is one path too many for the sums"));
  options.sums = NULL;
  options.scope = (const char *const[]){"a//b", NULL};
  assert_int_equal(ping_schema_create(&options, &schema, NULL), PS_E_ARGUMENT);
  ping_schema_free(NULL);
}

static struct ps_key scoped(const struct ping_schema *schema, const char *text) {
  struct ping ping = ping_of(schema, text);
  assert_int_equal(ping.state, PING_KEYED);
  return ping.key;
}

static void expect_same(const struct ping_schema *schema, bool same, const char *a, const char *b) {
  struct ps_key x = scoped(schema, a), y = scoped(schema, b);
  if ((x.hi == y.hi && x.lo == y.lo) != same) fail_msg("%s and %s", a, b);
}

static void a_scope_makes_other_keys(void **state) {
  (void)state;
  struct ping_schema *schema =
      schema_with(PS_FIELD_CHANNEL, NULL, (const char *const[]){"s", "clientId", NULL});
  expect_same(schema, true, "{\"id\":\"x\",\"s\":\"a\"}", "{\"s\":\"\\u0061\",\"id\":\"\\u0078\"}");
  expect_same(schema, true, "{\"id\":\"" UUID "\"}",
              "{\"id\":\"{AAAAAAAA-0000-4000-8000-00000000000A}\"}");
  expect_same(schema, true, "{\"id\":\"" UUID "\"}",
              "{\"id\":\"\\u007bAAAAAAAA-0000-4000-8000-00000000000A}\"}");
  expect_same(schema, false, "{\"id\":\"ab\",\"s\":\"c\"}", "{\"id\":\"a\",\"s\":\"bc\"}");
  expect_same(schema, false, "{\"id\":\"x\",\"s\":\"a\"}", "{\"id\":\"x\",\"s\":\"b\"}");
  expect_same(schema, false, "{\"id\":\"x\",\"s\":\"a\"}", "{\"id\":\"x\",\"clientId\":\"a\"}");
  expect_same(schema, false, "{\"id\":\"x\",\"s\":\"\"}", "{\"id\":\"x\"}");
  expect_same(schema, false, "{\"id\":\"x\",\"s\":\"1\"}", "{\"id\":\"x\",\"s\":1}");
  /* A container's content is not compared: such a ping passes rather than be taken for another. */
  assert_int_equal(ping_of(schema, "{\"id\":\"x\",\"s\":{\"a\":1}}").state, PING_WITHOUT_ID);
  assert_int_equal(ping_of(schema, "{\"id\":\"x\",\"s\":[1]}").state, PING_WITHOUT_ID);
  struct ping ping = ping_of(schema, "{\"id\":\"x\",\"clientId\":\"c\"}");
  expect_span(&ping.client, "c"); /* a path in a list and in the scope */
  ping_schema_free(schema);
}

static void long_scopes_count_whole(void **state) {
  static char plain[90000], escaped[90000], value[12000];
  struct ping_schema *schema =
      schema_with(PS_FIELD_ID, NULL, (const char *const[]){"s", "t", NULL});
  (void)state;
  for (size_t len = 900; len < sizeof value; len = len * 5 / 4) {
    memset(value, 's', len);
    value[len] = '\0';
    (void)snprintf(plain, sizeof plain, "{\"id\":\"%s\",\"s\":\"%s\",\"t\":\"%s\"}", value, value,
                   value);
    (void)snprintf(escaped, sizeof escaped,
                   "{\"id\":\"\\u0073%s\",\"s\":\"%s\\u0073\",\"t\":\"\\u0073%s\"}", value + 1,
                   value + 1, value + 1);
    expect_same(schema, true, plain, escaped);
  }
  ping_schema_free(schema);
}

/* ---- the corpus ---- */

static void check_shape(char *columns, const char *ping_text) {
  char *field[6] = {0};
  for (unsigned i = 0; i < 6; i++) field[i] = strsep(&columns, "\t\n");
  if (strstr(field[1], "pubsub-rest")) return; /* the ping is inside a payload */
  struct ping ping = ping_of(default_schema, ping_text);
  assert_int_equal(ping.state, *field[2] ? PING_KEYED : PING_WITHOUT_ID);
  if (*field[2]) expect_key(ping_text, field[2]);
  if (*field[4]) expect_span(&ping.type, field[4]);
  bool raw = strstr(field[1], "raw") || strstr(field[1], "glean-pubsub");
  if (raw) return; /* clientId in the payload */
  assert_int_equal(ping.client.len, strlen(field[3]));
  assert_int_equal(
      strncasecmp((const char *)buffer + ping.client.offset, field[3], ping.client.len), 0);
}

static void every_shape_of_pings_has_its_fields(void **state) {
  FILE *pings = fopen(TEST_CORPUS "/pings/shapes.ndjson", "r");
  FILE *expected = fopen(TEST_CORPUS "/pings/shapes.expected.tsv", "r");
  char *ping = NULL, *columns = NULL;
  size_t ping_cap = 0, columns_cap = 0;
  (void)state;
  if (!pings || !expected) skip();
  assert_true(getline(&columns, &columns_cap, expected) > 0); /* headings */
  while (getline(&columns, &columns_cap, expected) > 0) {
    assert_true(getline(&ping, &ping_cap, pings) > 0);
    ping[strcspn(ping, "\n")] = '\0';
    check_shape(columns, ping);
  }
  free(ping);
  free(columns);
  (void)fclose(pings);
  (void)fclose(expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_id_that_is_there_counts),
      cmocka_unit_test(odd_ids_are_none),
      cmocka_unit_test(uuids_are_folded),
      cmocka_unit_test(every_byte_of_a_uuid_counts),
      cmocka_unit_test(long_ids_count_whole),
      cmocka_unit_test(a_uuid_that_ends_a_long_id_stands_as_it_is),
      cmocka_unit_test(parts_of_uris_are_found),
      cmocka_unit_test(long_segments_of_uris_are_no_types),
      cmocka_unit_test(labels_are_found),
      cmocka_unit_test(days_are_read),
      cmocka_unit_test(a_given_day_overrides_what_a_ping_says),
      cmocka_unit_test(lines_have_their_states),
      cmocka_unit_test(a_byte_order_mark_is_skipped),
      cmocka_unit_test(own_paths_replace_the_defaults),
      cmocka_unit_test(odd_paths_are_refused),
      cmocka_unit_test(a_scope_makes_other_keys),
      cmocka_unit_test(long_scopes_count_whole),
      cmocka_unit_test(every_shape_of_pings_has_its_fields),
      cmocka_unit_test(clients_have_their_kinds),
      cmocka_unit_test(labels_are_hashed_together),
      cmocka_unit_test(watched_values_are_hashed_as_they_stand),
      cmocka_unit_test(odd_values_are_in_no_sum),
      cmocka_unit_test(values_that_are_not_asked_for_are_not_there),
      cmocka_unit_test(given_paths_in_envelopes_keep_their_order),
      cmocka_unit_test(the_most_paths_fit),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
