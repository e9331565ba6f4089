/* Any fields, any line: fields are made or refused with a sentence; with all kernels they give the
 * same values, which keep what the header promises; and of a plain path jansson finds the same one.
 * The input is two parts, the first ended by a NUL: texts of fields, a line each, then the ping.
 */
#include "compiled.h"
#include "fuzz.h"
#include "kernels.h"
#include "profile/field.h"
#include "scan/subject.h"

#include <jansson.h>
#include <string.h>

struct found {
  struct scan_result result;
  struct ping ping;
  struct field_values values;
};

static int capture(void *context, const char *const *const paths[PS_FIELDS], struct specs *specs,
                   struct ps_error *err) {
  return fields_capture(context, paths, specs, err);
}

/* Repetitions make the C library's regular expressions grow without bound: not ours to try. */
static bool is_tame(const char *text) {
  return !strstr(text, "~=") || (!strpbrk(text, "{\\") && strlen(text) < 64);
}

/* No NULs, no value twice, no byte that is not there. */
static void check_values(const struct field_values *values) {
  FUZZ_CHECK(values->n <= FIELD_VALUES && values->used <= sizeof values->scratch);
  FUZZ_CHECK(!values->more || values->n == FIELD_VALUES);
  for (size_t i = 0; i < values->n; i++) {
    const struct field_value *v = &values->at[i];
    FUZZ_CHECK(v->len <= PS_PROFILE_TEXT && !memchr(v->text, 0, v->len));
    if (v->number) {
      char text[PS_PROFILE_TEXT + 1], *end;
      memcpy(text, v->text, v->len);
      text[v->len] = '\0';
      const double number = strtod(text, &end);
      FUZZ_CHECK(v->len && !*end && number >= -1e308 && number <= 1e308);
    }
    for (size_t k = 0; i < 64 && k < i; k++)
      FUZZ_CHECK(v->len != values->at[k].len || memcmp(v->text, values->at[k].text, v->len) != 0);
  }
}

static void check_same(const struct field_values *a, const struct field_values *b) {
  FUZZ_CHECK(a->n == b->n && a->more == b->more && a->used == b->used);
  for (size_t i = 0; i < a->n; i++) {
    FUZZ_CHECK(a->at[i].number == b->at[i].number && a->at[i].clamped == b->at[i].clamped);
    FUZZ_CHECK(a->at[i].len == b->at[i].len && !memcmp(a->at[i].text, b->at[i].text, a->at[i].len));
  }
}

/* A path of plain keys, told by jansson. */
static void check_jansson(const char *path, const json_t *json, const struct field_values *values) {
  char copy[128], *rest = copy;
  if (strlen(path) >= sizeof copy || strpbrk(path, "*~+:=\\ \t") || !strchr(path, '/')) return;
  memcpy(copy, path, strlen(path) + 1);
  for (const char *key; (key = strsep(&rest, "/"));) json = json_object_get(json, key);
  const bool is_value =
      json && !json_is_object(json) && !json_is_array(json) && !json_is_null(json);
  FUZZ_CHECK(values->n == is_value);
  if (!is_value) return;
  const struct field_value *v = &values->at[0];
  if (json_is_number(json)) FUZZ_CHECK(v->number || v->len > 100 || memchr(v->text, 'e', v->len));
  if (!json_is_string(json) || json_string_length(json) > PS_PROFILE_TEXT - 24) return;
  if (memchr(json_string_value(json), 0, json_string_length(json))) return;
  FUZZ_CHECK(v->len == json_string_length(json));
  FUZZ_CHECK(!memcmp(v->text, json_string_value(json), v->len));
}

/* Objects made of the texts of fields; NULL where they are refused. */
struct made {
  struct compiled_lines lines;
  struct fields *fields;
  struct ping_schema *schema;
};

static void *make(const uint8_t *text, size_t len) {
  struct made *made = calloc(1, sizeof *made);
  struct ps_error err;
  FUZZ_CHECK(made);
  compiled_lines_init(&made->lines, text, len, is_tame);
  int r = fields_create(made->lines.list, true, &made->fields, &err);
  FUZZ_CHECK(!r || (r == PS_E_ARGUMENT && err.status == r && *err.text));
  if (r) return made;
  const struct ping_schema_options options = {.more = capture, .more_context = made->fields};
  r = ping_schema_create(&options, &made->schema, &err);
  FUZZ_CHECK(!r || (r == PS_E_ARGUMENT && *err.text)); /* too many paths together */
  return made;
}

static void release(void *thing) {
  struct made *made = thing;
  if (made->schema) ping_schema_free(made->schema);
  if (made->fields) fields_free(made->fields);
  free(made->lines.text);
  free(made);
}

static void find(const struct fields *fields, const struct ping_schema *schema,
                 const struct ping_line *line, const json_t *json) {
  static const uint8_t secret[PS_SECRET_BYTES] = {1};
  static struct found first, again;
  for (const struct scan_kernel *k = fuzz_kernels(); k->name; k++) {
    struct found *found = k == fuzz_kernels() ? &first : &again;
    ping_scan(schema, k->scan, secret, line, &found->result, &found->ping);
    FUZZ_CHECK(found->ping.state == first.ping.state);
  }
  if (first.ping.state != PING_KEYED && first.ping.state != PING_WITHOUT_ID) return;
  for (unsigned f = 0; f < fields_count(fields); f++) {
    field_find(fields, f, &first.result, line->at, &first.ping, &first.values);
    field_find(fields, f, &again.result, line->at, &again.ping, &again.values);
    check_values(&first.values);
    if (fuzz_kernels()[1].name) check_same(&first.values, &again.values);
    if (json) check_jansson(field_text(fields, f), json, &first.values);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct compiled_cache cache = {.make = make, .release = release};
  const uint8_t *end = size ? memchr(data, 0, size) : NULL;
  const size_t len = end ? (size_t)(end - data) : size, used = len + (end != NULL);
  const struct made *made = compiled_get(&cache, data, len);
  if (!made->schema) return 0;
  size -= used;
  uint8_t *text = malloc(size + 1 + SCAN_PAD);
  FUZZ_CHECK(text);
  if (size) memcpy(text, data + used, size);
  text[size] = '\n';
  for (size_t i = 1; i <= SCAN_PAD; i++) text[size + i] = (uint8_t) "\"\\}]{0,:\xe3"[i % 9];
  const struct ping_line line = {.at = text, .avail = size + 1};
  json_t *json = json_loadb((const char *)text, size + 1, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
  find(made->fields, made->schema, &line, json);
  json_decref(json);
  free(text);
  return 0;
}
