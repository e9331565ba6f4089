/* Fields: what their texts mean, what is refused in which words, and the values they give. */
#include "profile/field_parts.h"
#include "scan/subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "../assertions.h"

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define CUT        (PS_PROFILE_TEXT - 24)

static int capture(void *context, const char *const *const paths[PS_FIELDS], struct specs *specs,
                   struct ps_error *err) {
  return fields_capture(context, paths, specs, err);
}

static struct fields *fields_of(const char *const *texts, bool evidence) {
  struct fields *fields = NULL;
  assert_ok(fields_create(texts, evidence, &fields, err));
  return fields;
}

/* A line, in memory of the exact size that the scanner's contract asks for, and its values. */
struct asked {
  uint8_t *line;
  struct scan_result result;
  struct ping ping;
  struct field_values values;
};

static struct asked *ask(struct fields *fields, unsigned field, const char *json, size_t len) {
  static const uint8_t secret[PS_SECRET_BYTES] = {1};
  const struct ping_schema_options options = {.more = capture, .more_context = fields};
  struct ping_schema *schema = NULL;
  struct asked *asked = malloc(sizeof *asked);
  assert_non_null(asked);
  asked->line = malloc(len + 1 + SCAN_PAD);
  assert_non_null(asked->line);
  memcpy(asked->line, json, len);
  asked->line[len] = '\n';
  memset(asked->line + len + 1, '"', SCAN_PAD);
  assert_ok(ping_schema_create(&options, &schema, err));
  const struct ping_line given = {.at = asked->line, .avail = len + 1};
  memset(&asked->result, SCAN_ARRAY, sizeof asked->result); /* to look at absent spans crashes */
  ping_scan(schema, scan_kernels()->scan, secret, &given, &asked->result, &asked->ping);
  assert_true(asked->ping.state == PING_KEYED || asked->ping.state == PING_WITHOUT_ID);
  memset(&asked->values, 0x55, sizeof asked->values);
  field_find(fields, field, &asked->result, asked->line, &asked->ping, &asked->values);
  ping_schema_free(schema);
  return asked;
}

static void asked_free(struct asked *asked) {
  free(asked->line);
  free(asked);
}

/* One field, one ping: the values, a blank between them; # before a number, ! before a clamped one.
 */
static void expect(const char *field, const char *json, const char *wanted) {
  struct fields *fields = fields_of(TEXTS(field), false);
  struct asked *asked = ask(fields, 0, json, strlen(json));
  char got[4096] = "";
  for (size_t i = 0; i < asked->values.n; i++) {
    const struct field_value *v = &asked->values.at[i];
    const size_t len = strlen(got);
    assert_true(v->len <= PS_PROFILE_TEXT && !memchr(v->text, 0, v->len));
    (void)snprintf(got + len, sizeof got - len, "%s%s%s[%.*s]", i ? " " : "", v->number ? "#" : "",
                   v->clamped ? "!" : "", (int)v->len, (const char *)v->text);
  }
  if (strcmp(got, wanted) != 0) fail_msg("%s of %s: %s, not %s", field, json, got, wanted);
  assert_int_equal(asked->values.more, 0);
  asked_free(asked);
  fields_free(fields);
}

/* ---- single values ---- */

static void values_are_captured(void **state) {
  (void)state;
  expect("a/b", "{\"a\":{\"b\":\"x\"}}", "[x]");
  expect("a/b", "{\"a\":{\"b\":\"\"}}", "[]");
  expect("a/b", "{\"a\":{\"b\":true}}", "[true]");
  expect("a/b", "{\"a\":{\"b\":false}}", "[false]");
  expect("a/b", "{\"a\":{\"b\":17}}", "#[17]");
  expect("a/b", "{\"a\":{\"b\":\"AAAAAAAA-0000-4000-8000-00000000000A\"}}", /* no id */
         "[AAAAAAAA-0000-4000-8000-00000000000A]");
  expect("a/b", "{\"a\":{\"b\":null}}", "");
  expect("a/b", "{\"a\":{\"b\":{}}}", "");
  expect("a/b", "{\"a\":{\"b\":[1]}}", "");
  expect("a/b", "{\"a\":{\"c\":1}}", "");
  expect("a/b", "{\"a\":1}", "");
  expect("a/b", "17", "");
  expect("a/b", "{\"a\":{\"b\":1,\"b\":\"x\"}}", "[x]");
}

static void escapes_are_kept(void **state) {
  (void)state;
  expect("a", "{\"a\":\"\\u0041\\n\\\"\\/\\u00e9\"}", "[A\n\"/\xC3\xA9]");
  expect("a", "{\"a\":\"x\\u0000y\"}", "[x\xEF\xBF\xBDy]");
  expect("a", "{\"a\":\"\\ud83d\\ude00\\ud83d\"}", "[\xF0\x9F\x98\x80\xEF\xBF\xBD]");
  expect("a", "{\"\\u0061\":5}", "#[5]");
}

static void numbers_have_one_form(void **state) {
  static const struct {
    const char *text, *wanted;
  } forms[] = {{"0", "0"},
               {"-0", "0"},
               {"-0.0", "0"},
               {"0e999999999999", "0"},
               {"4.0", "4"},
               {"40e-1", "4"},
               {"4.50", "4.5"},
               {"-17", "-17"},
               {"-17.25e1", "-172.5"},
               {"57.0", "57"},
               {"1E+9", "1000000000"},
               {"1.485819100278e+18", "1485819100278000000"},
               {"1489276800000000000", "1489276800000000000"},
               {"123456789012345678901234567890", "123456789012345678901234567890"},
               {"-123456789012345678901234567890", "-123456789012345678901234567890"},
               {"1e20", "100000000000000000000"},
               {"1e21", "1e+21"},
               {"12.5e21", "1.25e+22"},
               {"0.000001", "0.000001"},
               {"0.0000001", "1e-7"},
               {"1.5e-7", "1.5e-7"},
               {"0.1", "0.1"},
               {"1.00000000000000000000000000001", "1.00000000000000000000000000001"},
               {"-1.7976931348623157e307", "-1.7976931348623157e+307"},
               {"1e-200", "1e-200"},
               {"9.5e307", "9.5e+307"},
               {"1e-309", "1e-309"}};
  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    char json[128], wanted[128];
    (void)snprintf(json, sizeof json, "{\"a\":%s}", forms[i].text);
    (void)snprintf(wanted, sizeof wanted, "#[%s]", forms[i].wanted);
    expect("a", json, wanted);
  }
  expect("a", "{\"a\":1e400}", "[1e+400]"); /* no double holds it */
  for (unsigned digits = FIELD_DIGITS; digits <= FIELD_DIGITS + 1; digits++) {
    char sevens[FIELD_DIGITS + 2], json[300], wanted[300];
    memset(sevens, '7', digits);
    sevens[digits] = '\0';
    (void)snprintf(json, sizeof json, "{\"a\":%se0}", sevens);
    if (digits > FIELD_DIGITS) (void)snprintf(wanted, sizeof wanted, "#[%se0]", sevens);
    else (void)snprintf(wanted, sizeof wanted, "#[7.%se+%u]", sevens + 1, digits - 1);
    expect("a", json, wanted);
  }
  expect("a", "{\"a\":1e308}", "[1e+308]");
  expect("a", "{\"a\":1e-310}", "[1e-310]");
  expect("a", "{\"a\":-1e-400}", "[-1e-400]");
  expect("a", "{\"a\":1e99999999999999999999}", "[1e+1000000000000000]");
}

static void large_numbers_are_clamped(void **state) {
  (void)state;
  expect("a:max=400", "{\"a\":400}", "#[400]");
  expect("a:max=400", "{\"a\":401}", "#![400]");
  expect("a:max=400", "{\"a\":400.0001}", "#![400]");
  expect("a:max=400", "{\"a\":4.0e2}", "#[400]");
  expect("a:max=400", "{\"a\":1e999}", "#![400]");
  expect("a:max=400", "{\"a\":123456789012345678901234567890}", "#![400]");
  expect("a:max=400", "{\"a\":999999999999999999}", "#![400]");
  expect("a:max=400", "{\"a\":9999999999999999999}", "#![400]"); /* beyond 64 bits */
  expect("a:min=400", "{\"a\":-9999999999999999999}", "#![400]");
  expect("a:max=999999999999999999", "{\"a\":9999999999999999999}", "#![999999999999999999]");
  expect("a:max=9999999999999999999", "{\"a\":10}", "#[10]");
  expect("a:max=9999999999999999999", "{\"a\":1e30}", "#![9999999999999999999]");
  expect("a:min=-9999999999999999999", "{\"a\":-10}", "#[-10]");
  expect("a:max=400", "{\"a\":-5}", "#[-5]");
  expect("a:max=400", "{\"a\":\"500\"}", "[500]");
  expect("a:max=400", "{\"a\":true}", "[true]");
  expect("a:max=4.50", "{\"a\":5}", "#![4.5]");
  expect("a:max=4.50", "{\"a\":4}", "#[4]");
  expect("a:min=0.5", "{\"a\":0}", "#![0.5]");
  expect("a:min=0.5", "{\"a\":1}", "#[1]");
  expect("a:min=-0.5", "{\"a\":-1}", "#![-0.5]");
  expect("a:min=-0.5", "{\"a\":-0.5}", "#[-0.5]");
  expect("a:max=0.5", "{\"a\":0.5}", "#[0.5]");
  expect("a:min=3:max=3", "{\"a\":5}", "#![3]");
  expect("a:min=3:max=3", "{\"a\":3}", "#[3]");
  expect("a:min=0", "{\"a\":-1}", "#![0]");
  expect("a:min=0", "{\"a\":-0}", "#[0]");
  expect("a:min=-3:max=1e3", "{\"a\":-4}", "#![-3]");
  expect("a:max=1e3:min=-3", "{\"a\":1001}", "#![1000]");
  expect(" a : max = 7 ", "{\"a\":8}", "#![7]");
}

static void components_of_versions_are_cut(void **state) {
  (void)state;
  expect("a:major", "{\"a\":\"5.1.2600\"}", "[5]");
  expect("a:major.minor", "{\"a\":\"5.1.2600\"}", "[5.1]");
  expect("a:major.minor", "{\"a\":\"5.1\"}", "[5.1]");
  expect("a:major.minor", "{\"a\":\"5\"}", "[5]");
  expect("a:major", "{\"a\":\"\"}", "[]");
  expect("a:major", "{\"a\":\".5\"}", "[]");
  expect("a:major.minor", "{\"a\":\"4\\u002e4\\u002E0-\\u00e9\"}", "[4.4]");
  expect("a:major", "{\"a\":\"\\u0034.4\"}", "[4]");
  expect("a:major", "{\"a\":10.6}", "#[10]");
  expect("a:major.minor", "{\"a\":true}", "[true]");
}

static void joined_parts_make_one_value(void **state) {
  (void)state;
  expect("a+b", "{\"a\":\"US\",\"b\":\"Costa Mesa\"}", "[US Costa Mesa]");
  expect("a+b", "{\"a\":\"US\"}", "[US ?\?]");
  expect("a+b", "{\"a\":null,\"b\":2.0}", "[?\? 2]");
  expect("a+b", "{\"c\":1}", "");
  expect("a + b", "{\"a\":\"\",\"b\":\"\"}", "[ ]");
  expect("a+b:max=3+a:major+c", "{\"a\":\"1.2\",\"b\":4,\"c\":\"\\u0000\"}",
         "![1.2 3 1 \xEF\xBF\xBD]");
}

static void short_names_find_their_fields(void **state) {
  (void)state;
  expect("country+city", "{\"meta\":{\"geoCountry\":\"US\",\"geoCity\":\"Costa Mesa\"}}",
         "[US Costa Mesa]");
  expect("city", "{\"attributeMap\":{\"geo_city\":\"Bonn\"}}", "[Bonn]");
  expect("submissionDate", "{\"meta\":{\"submissionDate\":\"20170312\"}}", "[20170312]");
  expect("submissionDate+channel", "{\"meta\":{\"submissionDate\":\"x\"}}", "");
  expect("appVersion:major",
         "{\"attributeMap\":{\"uri\":\"/submit/telemetry/x/main/Firefox/49.0.2/beta\"}}", "[49]");
  expect("clientId", "{\"clientId\":\"{C0FFEEC0-ffee-c0ff-eec0-ffeec0ffeec0}\"}",
         "[c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0]");
  expect("clientId", "{\"clientId\":\"\\u0043anary\"}", "[Canary]");
}

static void keys_with_signs(void **state) {
  (void)state;
  expect("a\\:b", "{\"a:b\":1}", "#[1]");
  expect("a\\+b+c\\=d", "{\"a+b\":1,\"c=d\":2}", "[1 2]");
  expect("a\\\\b", "{\"a\\\\b\":1}", "#[1]");
  expect("a\\b", "{\"a\\\\b\":1}", "#[1]"); /* before nothing of the like it is itself */
  expect("a\\", "{\"a\\\\\":1}", "#[1]");
  expect("a~1b", "{\"a/b\":1}", "#[1]");
  expect("x\\=y=a", "{\"a\":1}", "#[1]");
}

/* ---- long ones ---- */

/* The value of "a" is `len` bytes long; stands is how it is written. */
static void expect_cut(const char *stands, const char *whole, size_t kept) {
  const size_t len = strlen(stands) + 16;
  char *json = malloc(len), wanted[PS_PROFILE_TEXT + 1];
  struct fields *fields = fields_of(TEXTS("a"), false);
  assert_non_null(json);
  (void)snprintf(json, len, "{\"a\":%s}", stands);
  struct asked *asked = ask(fields, 0, json, strlen(json));
  const struct field_value *v = &asked->values.at[0];
  (void)snprintf(wanted, sizeof wanted, "%.*s\xE2\x80\xA6#%016llx", (int)kept, whole,
                 (unsigned long long)XXH3_64bits(whole, strlen(whole)));
  assert_int_equal(asked->values.n, 1);
  assert_int_equal(v->len, strlen(wanted));
  assert_memory_equal(v->text, wanted, v->len);
  assert_false(v->number);
  asked_free(asked);
  fields_free(fields);
  free(json);
}

static void long_values_are_cut(void **state) {
  static char text[10000], stands[60000];
  (void)state;
  memset(text, 'x', CUT + 1);
  (void)snprintf(stands, sizeof stands, "\"%s\"", text);
  expect_cut(stands, text, CUT);
  (void)snprintf(stands, sizeof stands, "\"\\u0078%s\"", text + 1);
  expect_cut(stands, text, CUT);

  memcpy(text + CUT - 3, "\xF0\x9F\x98\x80", 4); /* goes over where it is cut */
  (void)snprintf(stands, sizeof stands, "\"%s\"", text);
  expect_cut(stands, text, CUT - 3);
  (void)snprintf(stands, sizeof stands, "\"%.*s\\ud83d\\ude00\"", (int)(CUT - 3), text);
  expect_cut(stands, text, CUT - 3);

  memset(text, '7', sizeof text - 1);
  expect_cut(text, text, CUT); /* a number of 9,999 digits */
  memcpy(text, "1.", 2);
  expect_cut(text, text, CUT); /* and one that a double could hold */
  memset(text, '7', 2);
  size_t at = 0;
  for (size_t i = 0; i < sizeof text - 4; i += 3) {
    memcpy(text + i, "\xEF\xBF\xBD", 4);
    at += (size_t)snprintf(stands + at, sizeof stands - at, "%s\\u0000", i ? "" : "\"");
  }
  (void)snprintf(stands + at, sizeof stands - at, "\"");
  expect_cut(stands, text, CUT - CUT % 3);
}

static void just_not_long(void **state) {
  char text[CUT + 1], json[CUT + 32], wanted[CUT + 8];
  (void)state;
  memset(text, 'x', CUT);
  text[CUT] = '\0';
  (void)snprintf(wanted, sizeof wanted, "[%s]", text);
  (void)snprintf(json, sizeof json, "{\"a\":\"%s\"}", text);
  expect("a", json, wanted);
  (void)snprintf(json, sizeof json, "{\"a\":\"\\u0078%s\"}", text + 1);
  expect("a", json, wanted);
}

/* Values that differ only where they are cut, and those of joins, stay different. */
static void long_ones_differ(void **state) {
  struct fields *fields = fields_of(TEXTS("a/*", "b+c"), false);
  char text[600], json[4000];
  (void)state;
  memset(text, 'y', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  (void)snprintf(json, sizeof json, "{\"a\":[\"%s1\",\"%s2\",\"%s1\"],\"b\":\"%s\",\"c\":\"%s\"}",
                 text, text, text, text, text);
  struct asked *asked = ask(fields, 0, json, strlen(json));
  assert_int_equal(asked->values.n, 2);
  field_find(fields, 1, &asked->result, asked->line, &asked->ping, &asked->values);
  assert_int_equal(asked->values.n, 1);
  assert_in_range(asked->values.at[0].len, CUT, PS_PROFILE_TEXT);
  asked_free(asked);
  fields_free(fields);
}

/* ---- walks ---- */

static void walks_visit_every_member(void **state) {
  (void)state;
  expect("a/*/n", "{\"a\":{\"x\":{\"n\":\"p\"},\"y\":{\"n\":2.0}}}", "[p] #[2]");
  expect("a/*/n", "{\"a\":[{\"n\":\"p\"},{\"n\":\"q\"},{\"n\":\"p\"}]}", "[p] [q]");
  expect("a/*/n", "{\"a\":{}}", "");
  expect("a/*/n", "{\"a\":[]}", "");
  expect("a/*/n", "{\"a\":7}", "");
  expect("a/*/n", "{\"b\":7}", "");
  expect("a/*/n", "{\"a\":[1,\"x\",[{\"n\":1}],{\"n\":null},{\"n\":{}},{\"m\":1}]}", "");
  expect("a/*", "{\"a\":[1,\"x\",[2],{\"n\":3},true,1.0,null]}", "#[1] [x] [true]");
  expect("a/*", "{\"a\":{\"k\":1,\"k\":2}}", "#[1] #[2]");
  expect("a/b/*/n/m", "{\"a\":{\"b\":[{\"n\":{\"m\":\"\\u0078\"}},{\"n\":{\"m\":\"x\"}}]}}", "[x]");
  expect("a/*/n:max=5", "{\"a\":[{\"n\":5},{\"n\":6},{\"n\":4}]}", "#![5] #[4]");
  expect("a/*/n:major", "{\"a\":[{\"n\":\"1.2\"},{\"n\":\"1.3\"}]}", "[1]");
  expect("city/*", "{\"city\":[\"x\"],\"meta\":{\"geoCity\":[\"y\"]}}", "[x]");
}

static void walks_with_conditions(void **state) {
  static const char json[] = "{\"a\":{\"1\":{\"n\":\"p\",\"s\":true,\"v\":1,\"t\":\"e\"},"
                             "\"2\":{\"n\":\"q\",\"s\":false,\"v\":2.50,\"t\":\"f\"},"
                             "\"3\":{\"n\":\"r\",\"o\":{\"k\":true}},"
                             "\"4\":{\"n\":\"s\",\"s\":\"true\",\"city\":\"X\"}}}";
  (void)state;
  expect("a/*/n where not s", json, "[q] [r] [s]");
  expect("a/*/n where s", json, "[p]");
  expect("a/*/n where  not  s ", json, "[q] [r] [s]");
  expect("a/*/n where not o/k", json, "[p] [q] [s]");
  expect("a/*/n where o/k", json, "[r]");
  expect("a/*/n where t=e", json, "[p]");
  expect("a/*/n where t!=e", json, "[q] [r] [s]");
  expect("a/*/n where v=2.5", json, "[q]");
  expect("a/*/n where v < 2", json, "[p]");
  expect("a/*/n where t in e,f", json, "[p] [q]");
  expect("a/*/n where n~=^[q-z]+$", json, "[q] [r] [s]");
  expect("a/*/n where city=X", json, "[s]"); /* a key here, no short name */
  /* A container is no text, but differs from all. */
  expect("a/*/n where o={", json, "");
  expect("a/*/n where o^={", json, "");
  expect("a/*/n where o$={", json, "");
  expect("a/*/n where o~=.", json, "");
  expect("a/*/n where o>0", json, "");
  expect("a/*/n where o<~", json, "");
  expect("a/*/n where o in {,[", json, "");
  expect("a/*/n where o!={", json, "[p] [q] [r] [s]");
  expect("x+y", "{\"x\":1}", "[1 ?\?]");
  expect("x = a/*/n where t=e+f:g", json, "");
}

static void many_values_have_a_limit(void **state) {
  struct fields *fields = fields_of(TEXTS("a/*"), false);
  const size_t room = 200000;
  char *json = malloc(room);
  size_t at = 0;
  (void)state;
  assert_non_null(json);
  for (unsigned i = 0; i < 9 * FIELD_VALUES; i++) /* each one three times in a row */
    at += (size_t)snprintf(json + at, room - at, "%s\"v%u\\u0021\"", i ? "," : "{\"a\":[", i / 3);
  at += (size_t)snprintf(json + at, room - at, "]}");
  struct asked *asked = ask(fields, 0, json, at);
  assert_int_equal(asked->values.n, FIELD_VALUES);
  /* The last of the different ones comes once: with it there are enough. */
  assert_int_equal(asked->values.more, 9 * FIELD_VALUES - (3 * FIELD_VALUES - 2));
  for (unsigned i = 0; i < FIELD_VALUES; i++) {
    char wanted[16];
    const int len = snprintf(wanted, sizeof wanted, "v%u!", i);
    assert_int_equal(asked->values.at[i].len, len);
    assert_memory_equal(asked->values.at[i].text, wanted, (size_t)len);
  }
  asked_free(asked);
  fields_free(fields);
  free(json);
}

/* However often a long value comes again: it needs memory once. */
static void a_value_that_comes_again_needs_memory_once(void **state) {
  struct fields *fields = fields_of(TEXTS("a/*"), false);
  const size_t room = 2000000;
  char *json = malloc(room), text[CUT + 1];
  size_t at = 0;
  (void)state;
  assert_non_null(json);
  memset(text, 'x', CUT);
  text[CUT] = '\0';
  for (unsigned i = 0; i < 6000; i++)
    at += (size_t)snprintf(json + at, room - at, "%s\"\\u0078%s\"", i ? "," : "{\"a\":[", text + 1);
  at += (size_t)snprintf(json + at, room - at, "]}");
  struct asked *asked = ask(fields, 0, json, at);
  assert_int_equal(asked->values.n, 1);
  assert_int_equal(asked->values.at[0].len, CUT);
  assert_memory_equal(asked->values.at[0].text, text, CUT);
  assert_true(asked->values.used <= sizeof asked->values.scratch);
  asked_free(asked);
  fields_free(fields);
  free(json);
}

/* ---- names, defaults, evidence ---- */

static void names_are_made_of_paths(void **state) {
  struct fields *fields = fields_of(TEXTS("a/b", "x = a/b:max=3", "a\\=b", "p\\:q=c+d"), false);
  (void)state;
  assert_int_equal(fields_count(fields), 4);
  assert_string_equal(field_name(fields, 0), "a/b");
  assert_string_equal(field_name(fields, 1), "x");
  assert_string_equal(field_text(fields, 1), "a/b:max=3");
  assert_string_equal(field_name(fields, 2), "a\\=b");
  assert_string_equal(field_name(fields, 3), "p:q");
  assert_int_equal(fields_evidence(fields, FIELD_CITY), FIELDS_MAX);
  fields_free(fields);
}

static void the_defaults_are_those_of_the_header(void **state) {
  struct fields *fields = fields_of(NULL, true);
  const struct ps_profile_field_default *d = ps_profile_field_defaults();
  unsigned n = 0;
  (void)state;
  for (; d[n].name; n++) {
    assert_string_equal(field_name(fields, n), d[n].name);
    assert_string_equal(field_text(fields, n), d[n].text);
    assert_int_equal(field_is_walk(fields, n), !n);
  }
  assert_int_equal(n, 7);
  assert_int_equal(fields_visible(fields), n);
  assert_int_equal(fields_count(fields), n + 1);
  assert_string_equal(field_name(fields, fields_evidence(fields, FIELD_CITY)), "city");
  assert_string_equal(field_name(fields, fields_evidence(fields, FIELD_SPEED)), "CPU MHz");
  assert_string_equal(field_name(fields, fields_evidence(fields, FIELD_LENGTH)), "session length");
  assert_int_equal(fields_evidence(fields, FIELD_SESSION), n);
  fields_free(fields);
}

static void evidence_is_found_or_added_unseen(void **state) {
  struct fields *fields = fields_of(TEXTS("city=meta/x", "payload/info/sessionLength:max=9",
                                          "city+country", "environment/system/cpu/speedMHz:major"),
                                    true);
  (void)state;
  assert_int_equal(fields_visible(fields), 4);
  assert_int_equal(fields_count(fields), 7);
  assert_int_equal(fields_evidence(fields, FIELD_LENGTH), 1);
  assert_int_equal(fields_evidence(fields, FIELD_CITY), 4);
  assert_int_equal(fields_evidence(fields, FIELD_SPEED), 5);
  assert_int_equal(fields_evidence(fields, FIELD_SESSION), 6);
  static const char json[] = "{\"meta\":{\"geoCity\":\"Bonn\"}}";
  struct asked *asked = ask(fields, 4, json, sizeof json - 1);
  assert_int_equal(asked->values.n, 1);
  assert_memory_equal(asked->values.at[0].text, "?\? Bonn", 7);
  asked_free(asked);
  fields_free(fields);
}

/* A field of the first part alone, or of one part more, is no evidence. */
static void a_field_of_other_parts_is_no_evidence(void **state) {
  struct fields *fields =
      fields_of(TEXTS("country", "country+city+os", "payload/info/sessionLength+os"), true);
  (void)state;
  assert_int_equal(fields_visible(fields), 3);
  for (unsigned e = 0; e < FIELD_EVIDENCES; e++)
    assert_true(fields_evidence(fields, (enum field_evidence)e) >= 3);
  fields_free(fields);
}

/* One set of fields may be captured by several schemas, if they have the same places there. */
static void fields_are_captured_by_several_schemas(void **state) {
  struct fields *fields = fields_of(TEXTS("a", "b/*/c"), false);
  struct specs one = {.n = 0}, same = {.n = 0}, other = {.n = 0};
  uint8_t slot;
  (void)state;
  assert_ok(fields_capture(fields, NULL, &one, err));
  assert_ok(fields_capture(fields, NULL, &same, err));
  assert_int_equal(one.n, 2);
  assert_ok(specs_share(&other, (const char *const[]){"c"}, 1, &slot, err));
  assert_refused(fields_capture(fields, NULL, &other, err), PS_E_INTERNAL, "another place");
  fields_free(fields);
  fields = fields_of(TEXTS("b/*/c"), false);
  other = one = (struct specs){.n = 0};
  assert_ok(fields_capture(fields, NULL, &one, err));
  assert_ok(specs_share(&other, (const char *const[]){"c"}, 1, &slot, err));
  assert_refused(fields_capture(fields, NULL, &other, err), PS_E_INTERNAL, "another place");
  fields_free(fields);
}

static void refused_texts(void **state) {
  static const struct {
    const char *text, *part;
  } bad[] = {
      {"", "empty part"},
      {"a+", "empty part"},
      {"+a", "empty part"},
      {"a++b", "empty part"},
      {":max=3", "empty part"},
      {"n=", "empty part"},
      {"=a", "no name"},
      {"a+b=c", "ends no name"},
      {"a=b=c", "ends no name"},
      {"a:max=3=4", "ends no name"},
      {"a:maximum=3", "\":maximum\", where :max=N"},
      {"a:max", "\":max\", where :max=N"},
      {"a:major=3", "\":major\", where"},
      {"a:max=x", "\"x\" after :max or :min, which is no number"},
      {"a:max=", "no number"},
      {"a:max=0x10", "no number"},
      {"a:max=00000000000000000000000000000000000000000000000000000000000000001", "no number"},
      {"a:max=1:max=2", "twice"},
      {"a:major:major.minor", "twice"},
      {"a:major:max=3", "both a bound and :major"},
      {"a:min=3:max=2", ":min over its :max"},
      {"a+b+c+d+e", "more than 4 parts"},
      {"a/", "ends with a '/'"},
      {"a//b", "empty segment"},
      {"a~b", "~0"},
      {"*", "begins with '*'"},
      {"*/a", "begins with '*'"},
      {"a/*/b/*/c", "only once"},
      {"a/*/", "ends with a '/'"},
      {"a/*/b+c", "cannot be joined"},
      {"c+a/*/b", "cannot be joined"},
      {"/*/b", "empty"},
      {"a where b", "belongs to a path with '*'"},
      {"a/*/b where ", "nothing after \"where\""},
      {"a/*/b where", "nothing after \"where\""},
      {"a/*/b where not ", "nothing after \"where\""},
      {"a/*/b where not c=d", "both \"not\" and an operator"},
      {"a/*/b where =d", "nothing before its operator"},
      {"a/*/b where c~=[", "regular expression"},
      {"a/*/b where c==d", "two '='"},
      {"a/*/b where c/*/d", "only once"},
      {"a/*/b where c/", "ends with a '/'"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fields *fields = (struct fields *)1;
    assert_refused(fields_create(TEXTS(bad[i].text), true, &fields, err), PS_E_ARGUMENT,
                   bad[i].part);
    assert_null(fields);
    assert_int_equal(fields_create(TEXTS(bad[i].text), true, &fields, NULL), PS_E_ARGUMENT);
  }
}

static void refused_lists(void **state) {
  const char *many[PS_PROFILE_FIELDS + 2] = {NULL};
  char text[PS_PROFILE_FIELDS + 1][8], *longest = malloc(5000);
  struct fields *fields;
  (void)state;
  assert_refused(fields_create(TEXTS("a", "a"), true, &fields, err), PS_E_ARGUMENT, "two fields");
  assert_refused(fields_create(TEXTS("a", "b", "a=b"), true, &fields, err), PS_E_ARGUMENT,
                 "name \"a\"");
  for (unsigned i = 0; i <= PS_PROFILE_FIELDS; i++) {
    (void)snprintf(text[i], sizeof text[i], "f%u", i);
    many[i] = text[i];
  }
  assert_refused(fields_create(many, true, &fields, err), PS_E_ARGUMENT, "one too many");
  many[PS_PROFILE_FIELDS] = NULL;
  assert_ok(fields_create(many, true, &fields, err));
  assert_int_equal(fields_count(fields), FIELDS_MAX);
  fields_free(fields);
  assert_non_null(longest);
  memset(longest, 'a', 4999);
  longest[FIELD_TEXT] = '\0';
  for (size_t i = 150; i < FIELD_TEXT; i += 150) longest[i] = '/';
  assert_ok(fields_create(TEXTS(longest), false, &fields, err));
  fields_free(fields);
  longest[FIELD_TEXT] = 'a';
  longest[4999] = '\0';
  assert_refused(fields_create(TEXTS(longest), true, &fields, err), PS_E_ARGUMENT, "longer than");
  free(longest);
  fields_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_are_captured),
      cmocka_unit_test(escapes_are_kept),
      cmocka_unit_test(numbers_have_one_form),
      cmocka_unit_test(large_numbers_are_clamped),
      cmocka_unit_test(components_of_versions_are_cut),
      cmocka_unit_test(joined_parts_make_one_value),
      cmocka_unit_test(short_names_find_their_fields),
      cmocka_unit_test(keys_with_signs),
      cmocka_unit_test(long_values_are_cut),
      cmocka_unit_test(just_not_long),
      cmocka_unit_test(long_ones_differ),
      cmocka_unit_test(walks_visit_every_member),
      cmocka_unit_test(walks_with_conditions),
      cmocka_unit_test(many_values_have_a_limit),
      cmocka_unit_test(a_value_that_comes_again_needs_memory_once),
      cmocka_unit_test(names_are_made_of_paths),
      cmocka_unit_test(the_defaults_are_those_of_the_header),
      cmocka_unit_test(evidence_is_found_or_added_unseen),
      cmocka_unit_test(a_field_of_other_parts_is_no_evidence),
      cmocka_unit_test(fields_are_captured_by_several_schemas),
      cmocka_unit_test(refused_texts),
      cmocka_unit_test(refused_lists),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
