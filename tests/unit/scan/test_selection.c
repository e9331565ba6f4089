/* Conditions, samples and short names: what is selected, what is refused; random pings and random
 * conditions against an oracle that knows JSON by jansson and numbers by doubles.
 */
#include "lines.h"
#include "scan/decimal.h"
#include "scan/names.h"
#include "scan/ping.h"
#include "scan/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <regex.h>

#define UUID "aaaaaaaa-0000-4000-8000-00000000000a"

static uint8_t buffer[(1 << 18) + SCAN_PAD];

/* ---- asking ---- */

static struct ping_schema *schema_with(const struct ping_schema_options *options) {
  struct ping_schema *schema;
  struct ps_error err;
  if (ping_schema_create(options, &schema, &err)) fail_msg("%s", err.text);
  return schema;
}

static struct ping_schema *schema_where(const char *condition) {
  const char *const where[] = {condition, NULL};
  const struct ps_selection selection = {.where = where};
  return schema_with(&(struct ping_schema_options){.selection = &selection});
}

/* Is the ping selected? All kernels must say the same. */
static bool selected(const struct ping_schema *schema, const char *text, const day_t *given) {
  static const uint8_t secret[PS_SECRET_BYTES] = {7};
  const size_t len = strlen(text);
  struct ping_line line = {.at = buffer, .avail = len + 1, .has_given_day = given != NULL};
  bool first = false;
  assert_true(len + 1 < sizeof buffer - SCAN_PAD);
  memcpy(buffer, text, len);
  buffer[len] = '\n';
  if (given) line.given_day = *given;
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
    struct scan_result result;
    struct ping ping;
    ping_scan(schema, k->scan, secret, &line, &result, &ping);
    if (ping.state == PING_MALFORMED) fail_msg("malformed: %s", text);
    if (k == scan_kernels()) first = !ping.not_selected;
    assert_int_equal(first, !ping.not_selected);
  }
  return first;
}

static void expect(const char *condition, const char *text, bool wanted) {
  struct ping_schema *schema = schema_where(condition);
  if (selected(schema, text, NULL) != wanted)
    fail_msg("%s does %shold for %s", condition, wanted ? "not " : "", text);
  ping_schema_free(schema);
}

struct asked {
  const char *condition, *text;
  bool holds;
};

static void expect_all(const struct asked *asked, size_t n) {
  for (size_t i = 0; i < n; i++) expect(asked[i].condition, asked[i].text, asked[i].holds);
}
#define EXPECT_ALL(asked) expect_all((asked), sizeof(asked) / sizeof *(asked))

/* ---- conditions ---- */

static void operators_compare(void **state) {
  static const struct asked asked[] = {
      {"a=b", "{\"a\":\"b\"}", true},
      {"a=b", "{\"a\":\"bc\"}", false},
      {"a=b", "{}", false},
      {"a=", "{\"a\":\"\"}", true},
      {"a=", "{}", false},
      {"a!=b", "{\"a\":\"c\"}", true},
      {"a!=b", "{\"a\":\"b\"}", false},
      {"a!=b", "{}", true},
      {"a!=b", "{\"a\":{\"b\":1}}", true},
      {"a^=49", "{\"a\":\"49.0\"}", true},
      {"a^=49", "{\"a\":\"4\"}", false},
      {"a^=49", "{\"a\":49.5}", true},
      {"a^=", "{\"a\":\"\"}", true},
      {"a$=a1", "{\"a\":\"50.0a1\"}", true},
      {"a$=a1", "{\"a\":\"a12\"}", false},
      {"a$=a1", "{\"a\":\"1\"}", false},
      {"a~=^4[0-9]", "{\"a\":\"49.0\"}", true},
      {"a~=^4[0-9]", "{\"a\":\"149\"}", false},
      {"a~=(x|y)$", "{\"a\":\"wy\"}", true},
      {"a~=b", "{}", false},
      {"a<b", "{\"a\":\"a\"}", true},
      {"a<b", "{\"a\":\"b\"}", false},
      {"a<b", "{\"a\":\"ba\"}", false},
      {"a>b", "{\"a\":\"ba\"}", true},
      {"a>20170301", "{\"a\":\"20170302\"}", true},
      {"a>9", "{\"a\":10}", true},
      {"a>9", "{\"a\":\"10\"}", false},
      {"a<9", "{\"a\":8.9999999999999999999}", true},
      {"a<1", "{\"a\":-1e400}", true},
      {"a>1489276800000000000", "{\"a\":1489276800000000001}", true},
      {"a<b", "{}", false},
      {"a in b,c", "{\"a\":\"c\"}", true},
      {"a in b,c", "{\"a\":\"d\"}", false},
      {"a in  b , c ", "{\"a\":\"b\"}", true},
      {"a in b", "{\"a\":\"b\"}", true},
      {"a in 4,5", "{\"a\":4.0}", true},
      {"a in b,c", "{}", false},
      {"a in crash,main", "{\"a\":\"ma\"}", false}, /* the beginning of one of them */
      {"a in crash,main", "{\"a\":\"mainly\"}", false},
      {"a in crash,main", "{\"a\":\"\"}", false},
      {"a in crash,5", "{\"a\":0}", false}, /* a word is no number */
      {" a = b ", "{\"a\":\"b\"}", true},
      {"a\t!=\tb", "{\"a\":\"b\"}", false},
  };
  (void)state;
  EXPECT_ALL(asked);
}

static void values_compare_by_their_kind(void **state) {
  static const struct asked asked[] = {
      {"a=4", "{\"a\":4}", true},
      {"a=4", "{\"a\":4.0}", true},
      {"a=4.0", "{\"a\":4}", true},
      {"a=400", "{\"a\":4E2}", true},
      {"a=4", "{\"a\":\"4.0\"}", false},
      {"a!=4", "{\"a\":4.0}", false},
      {"a=true", "{\"a\":true}", true},
      {"a=null", "{\"a\":null}", true},
      {"a!=null", "{\"a\":null}", false},
      {"a=[", "{\"a\":[]}", false},
      {"a!=[", "{\"a\":[1]}", true},
      {"a=x/y", "{\"a\":\"x\\/y\"}", true},
      {"a=\xC3\xA9", "{\"a\":\"\\u00e9\"}", true},
      {"a^=\xC3\xA9", "{\"a\":\"\\u00e9t\\u00e9\"}", true},
      {"a$=\xA9", "{\"a\":\"\\u00e9t\\u00e9\"}", true},
      {"a~=^.t", "{\"a\":\"\\u0065t\"}", true},
      {"a~=b$", "{\"a\":\"a\\u0000b\"}", true},
      {"a~=a$", "{\"a\":\"a\\u0000b\"}", false},
      {"a<b", "{\"a\":\"\\u0061\"}", true},
      {"b/c=1", "{\"b\":{\"c\":1}}", true},
      {"b/c=1", "{\"b\":1,\"c\":1}", false},
      {"b~1c=1", "{\"b/c\":1}", true},
      {"a=2", "{\"a\":1,\"a\":2}", true}, /* the last one wins */
      {"a=1", "{\"a\":1,\"a\":2}", false},
      {"a=x=y", "{\"a\":\"x=y\"}", true},
      {"a=b in c", "{\"a\":\"b in c\"}", true},
      {"begin=1", "{\"begin\":1}", true},
  };
  (void)state;
  EXPECT_ALL(asked);
}

/* Beyond what is decoded at once; the end is still looked at. */
static void long_values_are_compared_to_their_end(void **state) {
  static char text[PS_WHERE_REGEX_BYTES + 4096];
  (void)state;
  for (unsigned escaped = 0; escaped < 2; escaped++)
    for (size_t len = PS_WHERE_REGEX_BYTES - 1; len <= PS_WHERE_REGEX_BYTES + 2; len++) {
      const int at = snprintf(text, sizeof text, "{\"a\":\"%s", escaped ? "\\u0061" : "a");
      memset(text + at, 'b', len - 2);
      memcpy(text + at + len - 2, "c\"}", sizeof "c\"}");
      expect("a~=c$", text, len <= PS_WHERE_REGEX_BYTES);
      expect("a~=^ab", text, len <= PS_WHERE_REGEX_BYTES); /* not by its beginning either */
      expect("a^=ab", text, true);
      expect("a$=bc", text, true);
      expect("a$=ab", text, false);
      expect("a=a", text, false);
      expect("a!=a", text, true);
      expect("a in a,b", text, false);
      expect("a<abc", text, true);
      expect("a>abb", text, true);
    }
}

static void days_compare_in_both_forms(void **state) {
  static const char ping[] = "{\"meta\":{\"submissionDate\":\"20170312\"}}";
  static const struct asked asked[] = {
      {"submissionDate=20170312", ping, true},
      {"submissionDate=2017-03-12", ping, true},
      {"submissionDate!=2017-03-12", ping, false},
      {"submissionDate in 20170311,2017-03-12", ping, true},
      {"submissionDate>2017-03-11", ping, true},
      {"submissionDate<2017-03-12", ping, false},
      {"submissionDate^=2017-03", ping, true},
      {"submissionDate$=12", ping, true},
      {"submissionDate~=^2017(03|04)", ping, true},
      {"submissionDate=20170312", "{\"submission_timestamp\":\"2017-03-12T01:02:03Z\"}", true},
      {"submissionDate=20170312", "{}", false},
      {"submissionDate!=20170312", "{}", true},
      {"submissionDate!=20170312", "{\"meta\":{\"submissionDate\":\"soon\"}}", true},
  };
  const day_t given = 17237; /* 2017-03-12 */
  (void)state;
  EXPECT_ALL(asked);
  struct ping_schema *schema = schema_where("submissionDate=20170312");
  assert_true(selected(schema, "{\"meta\":{\"submissionDate\":\"20170401\"}}", &given));
  ping_schema_free(schema);
}

static void short_names_find_their_fields(void **state) {
  static const struct asked asked[] = {
      {"docType=main", "{\"type\":\"main\"}", true},
      {"docType=main", "{\"meta\":{\"docType\":\"main\"},\"type\":\"x\"}", true},
      {"docType=main", "{\"meta\":{\"docType\":{}},\"type\":\"main\"}", true},
      {"documentId=" UUID, "{\"id\":\"{AAAAAAAA-0000-4000-8000-00000000000A}\"}", true},
      {"documentId={AAAAAAAA-0000-4000-8000-00000000000A}", "{\"id\":\"" UUID "\"}", true},
      {"clientId^=aaaa", "{\"clientId\":\"AAAAAAAA-0000-4000-8000-00000000000A\"}", true},
      {"clientId=AB", "{\"clientId\":\"ab\"}", false},
      {"clientId in x," UUID, "{\"clientId\":\"\\u0041AAAAAAA-0000-4000-8000-00000000000A\"}",
       true},
      {"appVersion^=49", "{\"application\":{\"version\":\"49.0\"}}", true},
      {"appVersion^=49", "{\"metadata\":{\"uri\":{\"app_version\":\"49.0\"}}}", true},
      {"sourceVersion=4", "{\"version\":4.0}", true},
      {"os=Darwin", "{\"environment\":{\"system\":{\"os\":{\"name\":\"Darwin\"}}}}", true},
  };
  static const char uri[] =
      "{\"attributeMap\":{\"uri\":\"/submit/telemetry/" UUID "/main/Firefox/49.0/beta/2016?v=4\"}}";
  static const char of_id[] = "documentId=" UUID;
  static const char *const of_uri[] = {of_id,
                                       "docType=main",
                                       "sourceName=telemetry",
                                       "appName=Firefox",
                                       "appVersion=49.0",
                                       "appBuildId=2016",
                                       "appUpdateChannel=beta",
                                       "sourceVersion!=4",
                                       "attributeMap/uri^=/sub"};
  static const char glean[] =
      "{\"attributeMap\":{\"uri\":\"\\/submit\\/org-mozilla-fenix\\/baseline\\/1\\/" UUID "\"}}";
  static const char *const of_glean[] = {of_id, "docType=baseline", "sourceName=org-mozilla-fenix",
                                         "sourceVersion=1", "appName!=x"};
  (void)state;
  EXPECT_ALL(asked);
  for (size_t i = 0; i < sizeof of_uri / sizeof *of_uri; i++) expect(of_uri[i], uri, true);
  for (size_t i = 0; i < sizeof of_glean / sizeof *of_glean; i++) expect(of_glean[i], glean, true);
}

/* A ping with "x0y" at a path. */
static char *ping_with(const char *path) {
  char copy[128];
  (void)snprintf(copy, sizeof copy, "%s", path);
  json_t *value = json_string("x0y");
  for (char *slash; (slash = strrchr(copy, '/')); *slash = '\0')
    value = json_pack("{s:o}", slash + 1, value);
  value = json_pack("{s:o}", copy, value);
  char *text = json_dumps(value, JSON_COMPACT);
  json_decref(value);
  return text;
}

/* Each name works alone, at each of its paths, and has no more of these than there is room for. */
static void every_name_works_alone(void **state) {
  (void)state;
  for (const struct ps_selection_name *n = ps_selection_names(); n->name; n++) {
    char condition[64];
    (void)snprintf(condition, sizeof condition, "%s~=0", n->name);
    expect(condition, "{\"payload\":{}}", false);
    for (unsigned i = 0; n->paths && n->paths[i]; i++) {
      assert_true(i < NAMES_PATHS);
      if (uri_is_path(n->paths[i])) continue;
      char *text = ping_with(n->paths[i]);
      expect(condition, text, true);
      free(text);
    }
  }
}

/* The dimensions of moztelemetry's Dataset together, beside accounts, a scope and all sums. */
static void all_names_together_have_room(void **state) {
  static const char *const where[] = {"submissionDate=20170312",
                                      "sourceName=telemetry",
                                      "sourceVersion=4",
                                      "docType=main",
                                      "appName=Firefox",
                                      "appVersion^=49",
                                      "appUpdateChannel=beta",
                                      "appBuildId>2016",
                                      "country=US",
                                      NULL};
  static const char *const sums[] = {
      "payload/histograms/*/values/*", "payload/histograms/SSL_HANDSHAKE_VERSION/values/*",
      "payload/keyedHistograms/*/*/values/*", "payload/simpleMeasurements/uptime", NULL};
  static const char *const scope[] = {"a/b", "c/d", "e/f", "g", NULL};
  const struct ps_selection selection = {.where = where, .sample_ids = "0-99"};
  struct ping_schema *schema = schema_with(
      &(struct ping_schema_options){.scope = scope, .sums = sums, .selection = &selection});
  (void)state;
  assert_true(selected(schema,
                       "{\"clientId\":\"x\",\"meta\":{\"submissionDate\":\"20170312\","
                       "\"sourceName\":\"telemetry\",\"sourceVersion\":\"4\",\"docType\":\"main\","
                       "\"appName\":\"Firefox\",\"appVersion\":\"49.0\",\"appUpdateChannel\":"
                       "\"beta\",\"appBuildId\":\"20160907004012\",\"geoCountry\":\"US\"}}",
                       NULL));
  ping_schema_free(schema);
}

/* A path stands for itself, though the same attribute of another envelope is a default path too. */
static void envelopes_are_told_apart(void **state) {
  static const struct asked asked[] = {
      {"metadata/document_type=main", "{\"attributeMap\":{\"document_type\":\"main\"}}", false},
      {"attributeMap/document_type=main", "{\"metadata\":{\"document_type\":\"main\"}}", false},
      {"message/attributes/document_id=a", "{\"attributeMap\":{\"document_id\":\"a\"}}", false},
      {"attributeMap/document_id=a", "{\"attributeMap\":{\"document_id\":\"a\"}}", true},
      {"metadata/document_type=main",
       "{\"metadata\":{\"document_type\":\"main\"},\"attributeMap\":{\"document_type\":\"x\"}}",
       true},
      /* Of a name's paths the first wins, in whatever order they stand. */
      {"docType=main",
       "{\"metadata\":{\"document_type\":\"main\"},\"attributeMap\":{\"document_type\":\"x\"}}",
       true},
      {"docType=main",
       "{\"attributeMap\":{\"document_type\":\"x\"},\"metadata\":{\"document_type\":\"main\"}}",
       true},
      {"sourceName=a",
       "{\"attributeMap\":{\"document_namespace\":\"a\"},\"message\":{\"attributes\":"
       "{\"document_namespace\":\"b\"}},\"metadata\":{\"document_namespace\":\"c\"}}",
       true},
      {"sourceName=b",
       "{\"metadata\":{\"document_namespace\":\"c\"},\"message\":{\"attributes\":"
       "{\"document_namespace\":\"b\"}}}",
       true},
  };
  static const char *const both[] = {"sourceName=telemetry",
                                     "metadata/document_namespace=telemetry", NULL};
  const struct ps_selection selection = {.where = both};
  struct ping_schema *schema = schema_with(&(struct ping_schema_options){.selection = &selection});
  (void)state;
  EXPECT_ALL(asked);
  assert_false(selected(schema, "{\"attributeMap\":{\"document_namespace\":\"telemetry\"}}", NULL));
  assert_true(selected(schema, "{\"metadata\":{\"document_namespace\":\"telemetry\"}}", NULL));
  ping_schema_free(schema);
}

static void own_paths_are_followed(void **state) {
  static const char *const nowhere[] = {NULL};
  const char *where[] = {"docType=main", NULL};
  const struct ps_selection selection = {.where = where};
  struct ping_schema_options options = {.selection = &selection};
  (void)state;
  options.paths[PS_FIELD_TYPE] = (const char *const[]){"kind", NULL};
  struct ping_schema *schema = schema_with(&options);
  assert_true(selected(schema, "{\"kind\":\"main\",\"type\":\"crash\"}", NULL));
  assert_false(selected(schema, "{\"kind\":\"crash\",\"type\":\"main\"}", NULL));
  ping_schema_free(schema);
  options.paths[PS_FIELD_TYPE] = NULL;
  options.paths[PS_FIELD_CHANNEL] = (const char *const[]){"kind", NULL};
  schema = schema_with(&options);
  assert_true(selected(schema, "{\"type\":\"main\",\"kind\":\"x\"}", NULL));
  where[0] = "channel=main";
  ping_schema_free(schema);
  schema = schema_with(&options);
  assert_true(selected(schema, "{\"kind\":\"main\",\"normalized_channel\":\"x\"}", NULL));
  assert_false(selected(schema, "{\"kind\":\"x\",\"normalized_channel\":\"main\"}", NULL));
  ping_schema_free(schema);
  where[0] = "docType=main";
  options.paths[PS_FIELD_TYPE] = nowhere; /* looked at all the same */
  schema = schema_with(&options);
  assert_true(selected(schema, "{\"type\":\"main\"}", NULL));
  assert_false(selected(schema, "{\"type\":\"crash\"}", NULL));
  ping_schema_free(schema);
}

static void conditions_tell_the_fields_they_need(void **state) {
  static const char *const where[] = {"docType=main", "payload/x=1", " clientId in a,b",
                                      "no operator", NULL};
  static const char *const select[] = {"submissionDate", "documentId", NULL};
  struct ps_selection selection = {.where = where};
  (void)state;
  assert_int_equal(ping_selection_fields(NULL), 0);
  assert_int_equal(ping_selection_fields(&selection), 1u << PS_FIELD_TYPE | 1u << PS_FIELD_CLIENT);
  selection = (struct ps_selection){.select = select};
  assert_int_equal(ping_selection_fields(&selection), 1u << PS_FIELD_DATE);
  selection = (struct ps_selection){.one_per_client = true};
  assert_int_equal(ping_selection_fields(&selection), 1u << PS_FIELD_CLIENT);
  selection = (struct ps_selection){.sample_ids = "1"};
  assert_int_equal(ping_selection_fields(&selection), 1u << PS_FIELD_CLIENT);
}

/* Only pings are left out: other lines are what they are. */
static void only_pings_are_left_out(void **state) {
  static const uint8_t secret[PS_SECRET_BYTES] = {7};
  static const char *const texts[] = {"  \n", "{\"a\":\n"};
  struct ping_schema *schema = schema_where("docType=main");
  (void)state;
  for (unsigned i = 0; i < 2; i++) {
    const struct ping_line line = {.at = buffer, .avail = strlen(texts[i])};
    struct scan_result result;
    struct ping ping;
    memcpy(buffer, texts[i], line.avail);
    ping_scan(schema, scan_kernels()->scan, secret, &line, &result, &ping);
    assert_false(ping.not_selected);
  }
  ping_schema_free(schema);
}

/* ---- refusals ---- */

static void expect_refused(const struct ps_selection *selection, const char *reason) {
  const struct ping_schema_options options = {.selection = selection};
  struct ping_schema *schema = (struct ping_schema *)1;
  struct ps_error err;
  assert_int_equal(ping_schema_create(&options, &schema, &err), PS_E_ARGUMENT);
  assert_null(schema);
  if (!strstr(err.text, reason)) fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
  assert_int_equal(ping_schema_create(&options, &schema, NULL), PS_E_ARGUMENT);
}

static void expect_condition_refused(const char *condition, const char *reason) {
  const char *const where[] = {"x=1", condition, NULL};
  expect_refused(&(struct ps_selection){.where = where}, reason);
}

static void impossible_conditions_are_refused(void **state) {
  static char long_text[PS_WHERE_VALUE_BYTES * 4 + 64];
  const char *where[PS_WHERE_MAX + 2] = {NULL};
  (void)state;
  expect_condition_refused("docType", "the condition \"docType\" has no operator: write it as");
  expect_condition_refused("", "has no operator");
  expect_condition_refused("docTypein a", "has no operator");
  expect_condition_refused("=main", "nothing before its operator");
  expect_condition_refused("  in a", "nothing before its operator");
  expect_condition_refused("a==b", "two '='");
  expect_condition_refused("a=~b", "write ~=");
  expect_condition_refused("a<=b", "does not exist");
  expect_condition_refused("a>=b", "does not exist");
  expect_condition_refused("a<>b", "does not exist");
  expect_condition_refused("a//b=1", "the condition \"a//b=1\": the path \"a//b\" has an empty");
  expect_condition_refused("a/*/b=1", "'*'");
  expect_condition_refused("*=1", "'*'");
  expect_condition_refused("a in b,,c", "empty value");
  expect_condition_refused("a in ", "empty value");
  expect_condition_refused("a~=(", "the condition \"a~=(\" has no POSIX extended");
  expect_condition_refused("submissionDate=tomorrow", "20170312 or 2017-03-12");
  expect_condition_refused("submissionDate=20170231", "20170312 or 2017-03-12");
  expect_condition_refused("submissionDate=20170312T1", "20170312 or 2017-03-12");
  expect_condition_refused("submissionDate in 20170301,x", "20170312 or 2017-03-12");
  for (unsigned i = 0; i <= PS_WHERE_MAX; i++) where[i] = "a=b";
  expect_refused(&(struct ps_selection){.where = where}, "one too many: 16 are possible");
  memset(long_text, 'x', sizeof long_text - 1);
  memcpy(long_text, "a=", 2);
  expect_condition_refused(long_text, "over 4096 bytes");
  memcpy(long_text, "a~=", 3);
  expect_condition_refused(long_text, "over 4096 bytes");
  memcpy(long_text, "a in ", 5);
  for (size_t i = 6; i < sizeof long_text - 1; i += 2) long_text[i] = ',';
  long_text[sizeof long_text - 2] = 'x';
  expect_condition_refused(long_text, "more than the 4096 values");
}

/* As long a value, and as many, as the refusals say are possible. */
static void the_largest_conditions_work(void **state) {
  static char condition[PS_WHERE_VALUE_BYTES * 4 + 64], text[PS_WHERE_VALUE_BYTES + 64];
  (void)state;
  int at = snprintf(text, sizeof text, "{\"a\":\"");
  memset(text + at, 'x', PS_WHERE_VALUE_BYTES);
  memcpy(text + at + PS_WHERE_VALUE_BYTES, "\"}", sizeof "\"}");
  at = snprintf(condition, sizeof condition, "a=");
  memset(condition + at, 'x', PS_WHERE_VALUE_BYTES);
  expect(condition, text, true);
  expect(condition, "{\"a\":\"x\"}", false);
  at = snprintf(condition, sizeof condition, "a in ");
  for (unsigned i = 0; i < PS_WHERE_VALUES; i++)
    at += snprintf(condition + at, sizeof condition - (size_t)at, "%s%02x", i ? "," : "", i & 0xFF);
  expect(condition, "{\"a\":\"ff\"}", true);
  expect(condition, "{\"a\":\"f\"}", false);
}

static void too_many_paths_are_refused(void **state) {
  static const char *const where[] = {"appName=a",      "appVersion=a", "appBuildId=a", "country=a",
                                      "city=a",         "os=a",         "osVersion=a",  "locale=a",
                                      "architecture=a", "sourceName=a", "reason=a",     NULL};
  (void)state;
  expect_refused(&(struct ps_selection){.where = where}, "may look at 64");
}

/* ---- samples ---- */

static bool in_sample(const char *ids, const char *text) {
  const struct ps_selection selection = {.sample_ids = ids};
  struct ping_schema *schema = schema_with(&(struct ping_schema_options){.selection = &selection});
  const bool in = selected(schema, text, NULL);
  ping_schema_free(schema);
  return in;
}

static void samples_are_those_of_crc32(void **state) {
  /* python3: zlib.crc32(b"bbbbbbbb-0000-4000-8000-000000000001") % 100, ... */
  static const char *const texts[] = {
      "{\"clientId\":\"bbbbbbbb-0000-4000-8000-000000000001\"}",
      "{\"clientId\":\"{BBBBBBBB-0000-4000-8000-000000000001}\"}",
      "{\"clientId\":\"\\u007bBBBBBBBB-0000-4000-8000-000000000001}\"}"};
  (void)state;
  for (unsigned i = 0; i < 3; i++) {
    assert_true(in_sample("63", texts[i]));
    assert_true(in_sample("0-99", texts[i]));
    assert_false(in_sample("0-62", texts[i]));
  }
  assert_true(in_sample("63-63", texts[0]));
  assert_false(in_sample("62-62,64-64", texts[0]));
  assert_true(in_sample("3,78", "{\"clientId\":\"aBc\"}"));
  assert_true(in_sample("78", "{\"clientId\":\"\\u0041bc\"}"));
  assert_false(in_sample("0-99", "{}"));
  assert_false(in_sample("0-99", "{\"clientId\":\"\"}"));
  assert_false(in_sample("0-99", "{\"clientId\":17}"));
}

static void impossible_samples_are_refused(void **state) {
  static const char *const bad[] = {"",   "x",  "100", "0-100",   "9-0", "1,",         ",1",
                                    "1-", "-1", "1 2", "0-9,,50", "1;2", "4294967297", "1-2-3"};
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    expect_refused(&(struct ps_selection){.sample_ids = bad[i]}, "write them as 42, 0-9 or 0-9,50");
}

/* ---- numbers ---- */

static int sign(int x) { return (x > 0) - (x < 0); }

static void decimals_compare_exactly(void **state) {
  /* in order; those on a line are equal */
  static const char *const numbers[][3] = {
      {"-1e1000000000000000000000", "-1e1000000000000000", "-1e9999999999999999"},
      {"-1e999999999999999"},
      {"-12", "-1.2e1", "-120E-1"},
      {"-11.9999999999999999999999999999"},
      {"-1e-400"},
      {"-1e-1000000000000000", "-1e-9999999999999999"},
      {"0", "-0.000", "0e99"},
      {"1e-1000000000000000", "1e-9999999999999999", "1e-5000000000000000000000"},
      {"1e-999999999999999"},
      {"1e-400"},
      {"0.001", "1e-3", "100e-5"},
      {"0.00100000000000000000000000000000001"},
      {"1", "1.0", "10e-1"},
      {"9007199254740992"},
      {"9007199254740993", "9.007199254740993e15", "9007199254740993.0"},
      {"1.485819100278e+18", "1485819100278000000"},
      {"1e400", "10e399"},
      {"1e999999999999999"},
      {"1e1000000000000000", "1e9999999999999999", "1e18446744073709551617"},
  };
  static const char *const no_numbers[] = {"",     "-",    "01",   "1.",  ".5",
                                           "+1",   "1e",   "1e+",  "0x1", "1 ",
                                           "true", "1e5x", "1..2", "--1", "1e5.0"};
  const size_t n = sizeof numbers / sizeof *numbers;
  (void)state;
  for (size_t i = 0; i < 3 * n; i++)
    for (size_t j = 0; j < 3 * n; j++) {
      const char *x = numbers[i / 3][i % 3], *y = numbers[j / 3][j % 3];
      struct decimal a, b;
      if (!x || !y) continue;
      assert_true(decimal_parse((const uint8_t *)x, strlen(x), &a));
      assert_true(decimal_parse((const uint8_t *)y, strlen(y), &b));
      if (sign(decimal_compare(&a, &b)) != (i / 3 > j / 3) - (i / 3 < j / 3))
        fail_msg("%s and %s", x, y);
    }
  for (size_t i = 0; i < sizeof no_numbers / sizeof *no_numbers; i++) {
    struct decimal a;
    if (decimal_parse((const uint8_t *)no_numbers[i], strlen(no_numbers[i]), &a))
      fail_msg("\"%s\" is taken for a number", no_numbers[i]);
  }
}

/* ---- random pings, random conditions ---- */

static const char *const keys[] = {"a", "bc", "payload", "\xC3\xA9", "d/e"};
static const char *const paths[] = {"a", "bc", "payload", "\xC3\xA9", "d~1e"};
static const char *const words[] = {"main", "ma", "main crash", "49.0", "\xC3\xA9t\xC3\xA9",
                                    "4",    "57", "-3",         "true", "null"};
static const double reals[] = {4, 57, -3, 0.5, 1e20};
#define COUNT(list)      (sizeof(list) / sizeof *(list))
#define PICK(line, list) (list)[line_below(line, (unsigned)COUNT(list))]

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *random_value(struct line *r, unsigned depth) {
  switch (line_below(r, depth ? 7 : 5)) {
  case 0: return json_integer((int)line_below(r, 60) - 3);
  case 1: return json_real(PICK(r, reals));
  case 2: return line_below(r, 2) ? json_true() : json_null();
  case 3:
  case 4: return json_string(PICK(r, words));
  case 5: return json_pack("[i]", 4);
  default: {
    json_t *object = json_object();
    for (unsigned i = line_below(r, 4); i; i--)
      json_object_set_new(object, PICK(r, keys), random_value(r, depth - 1));
    return object;
  }
  }
}

/* The value at a path, NULL if there is none. */
static json_t *value_at(json_t *ping, const char *const segments[], unsigned n) {
  for (unsigned i = 0; i < n && ping; i++) ping = json_object_get(ping, segments[i]);
  return ping;
}

static bool is_number(const char *text, double *number) {
  json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
  const bool is = json_is_number(json);
  *number = is ? json_number_value(json) : 0;
  json_decref(json);
  return is;
}

/* The text of a scalar, and whether it is a number. */
static char *text_of(const json_t *value, bool *number) {
  *number = json_is_number(value);
  if (json_is_string(value)) return strdup(json_string_value(value));
  return json_dumps(value, JSON_ENCODE_ANY);
}

static bool same(const char *text, bool number, const char *value) {
  double x, y;
  if (!strcmp(text, value)) return true;
  return number && is_number(text, &x) && is_number(value, &y) && x == y;
}

static bool oracle_holds(const char *op, const char *text, bool number, const char *value,
                         const char *other) {
  const size_t len = strlen(text), n = strlen(value);
  double x, y;
  if (!strcmp(op, "=")) return same(text, number, value);
  if (!strcmp(op, "!=")) return !same(text, number, value);
  if (!strcmp(op, " in ")) return same(text, number, value) || same(text, number, other);
  if (!strcmp(op, "^=")) return !strncmp(text, value, n);
  if (!strcmp(op, "$=")) return len >= n && !strcmp(text + len - n, value);
  if (!strcmp(op, "~=")) {
    regex_t regex;
    assert_int_equal(regcomp(&regex, value, REG_EXTENDED), 0);
    const bool found = !regexec(&regex, text, 0, NULL, 0);
    regfree(&regex);
    return found;
  }
  int order = strcmp(text, value);
  if (number && is_number(text, &x) && is_number(value, &y)) order = (x > y) - (x < y);
  return *op == '<' ? order < 0 : order > 0;
}

static bool oracle(const json_t *value, const char *op, const char *wanted, const char *other) {
  bool number;
  if (!value || json_is_object(value) || json_is_array(value)) return !strcmp(op, "!=");
  char *text = text_of(value, &number);
  const bool holds = oracle_holds(op, text, number, wanted, other);
  free(text);
  return holds;
}

static void random_conditions_agree_with_the_model(void **state) {
  static const char *const ops[] = {"=", "!=", "^=", "$=", "~=", "<", ">", " in "};
  struct line *r = line_create(77);
  unsigned held = 0;
  (void)state;
  for (unsigned round = 0; round < line_cases(4000); round++) {
    const unsigned a = line_below(r, COUNT(keys)), b = line_below(r, COUNT(keys));
    const bool deep = line_below(r, 2);
    const char *const segments[] = {keys[a], keys[b]};
    const char *op = PICK(r, ops), *wanted = PICK(r, words), *other = PICK(r, words);
    char condition[128];
    json_t *ping = json_object();
    for (unsigned i = 0; i < 4; i++) json_object_set_new(ping, PICK(r, keys), random_value(r, 2));
    char *text = json_dumps(ping, line_below(r, 2) ? JSON_ENSURE_ASCII : JSON_COMPACT);
    (void)snprintf(condition, sizeof condition, "%s%s%s%s%s%s%s", paths[a], deep ? "/" : "",
                   deep ? paths[b] : "", op, wanted, *op == ' ' ? "," : "",
                   *op == ' ' ? other : "");
    const bool holds = oracle(value_at(ping, segments, deep ? 2 : 1), op, wanted, other);
    expect(condition, text, holds);
    held += holds;
    free(text);
    json_decref(ping);
  }
  assert_true(held > 0);
  line_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operators_compare),
      cmocka_unit_test(values_compare_by_their_kind),
      cmocka_unit_test(long_values_are_compared_to_their_end),
      cmocka_unit_test(days_compare_in_both_forms),
      cmocka_unit_test(short_names_find_their_fields),
      cmocka_unit_test(every_name_works_alone),
      cmocka_unit_test(all_names_together_have_room),
      cmocka_unit_test(envelopes_are_told_apart),
      cmocka_unit_test(own_paths_are_followed),
      cmocka_unit_test(conditions_tell_the_fields_they_need),
      cmocka_unit_test(only_pings_are_left_out),
      cmocka_unit_test(impossible_conditions_are_refused),
      cmocka_unit_test(too_many_paths_are_refused),
      cmocka_unit_test(samples_are_those_of_crc32),
      cmocka_unit_test(impossible_samples_are_refused),
      cmocka_unit_test(decimals_compare_exactly),
      cmocka_unit_test(random_conditions_agree_with_the_model),
      cmocka_unit_test(the_largest_conditions_work),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
