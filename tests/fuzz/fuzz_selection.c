/* Any conditions and paths, any line: a selection is compiled or refused with a sentence, all
 * kernels select and project alike, and what is projected is a line of JSON to our scanner and to
 * jansson. The input is three parts, each ended by a NUL: conditions and selected paths, a line of
 * text each, then the ping.
 */
#include "compiled.h"
#include "fuzz.h"
#include "kernels.h"
#include "scan/projection.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Repetitions make the C library's regular expressions grow without bound: not ours to try. */
static bool is_tame(const char *line) {
  return !strstr(line, "~=") || (!strpbrk(line, "{\\") && strlen(line) <= 64);
}

/* ---- objects made of the texts; NULL where they are refused ---- */

static void check_refusal(int status, const struct ps_error *err) {
  FUZZ_CHECK(!status || (status == PS_E_ARGUMENT && err->status == status && *err->text));
}

struct made_where {
  struct compiled_lines lines;
  struct ping_schema *schema;
};

static void *where_make(const uint8_t *text, size_t len) {
  struct made_where *made = calloc(1, sizeof *made);
  struct ps_error err;
  FUZZ_CHECK(made);
  compiled_lines_init(&made->lines, text, len, is_tame);
  const struct ps_selection selection = {.where = made->lines.list, .sample_ids = "0-49"};
  const struct ping_schema_options options = {.selection = &selection};
  (void)ping_selection_fields(&selection);
  check_refusal(ping_schema_create(&options, &made->schema, &err), &err);
  return made;
}

static void where_release(void *thing) {
  struct made_where *made = thing;
  if (made->schema) ping_schema_free(made->schema);
  free(made->lines.text);
  free(made);
}

struct made_select {
  struct compiled_lines lines;
  struct projection *projection;
};

static void *select_make(const uint8_t *text, size_t len) {
  struct made_select *made = calloc(1, sizeof *made);
  struct ps_error err;
  FUZZ_CHECK(made);
  compiled_lines_init(&made->lines, text, len, NULL);
  check_refusal(projection_create(made->lines.list, NULL, &made->projection, &err), &err);
  return made;
}

static void select_release(void *thing) {
  struct made_select *made = thing;
  if (made->projection) projection_free(made->projection);
  free(made->lines.text);
  free(made);
}

static struct scan_paths *no_paths(void) {
  static struct scan_paths *nothing; /* kept to the end */
  if (!nothing) FUZZ_CHECK(!scan_paths_compile(NULL, 0, &nothing, NULL));
  return nothing;
}

/* ---- their results for a line ---- */

static void check_selection(struct ping_schema *schema, const uint8_t *line, size_t avail) {
  static const uint8_t secret[PS_SECRET_BYTES] = {1};
  const struct ping_line given = {.at = line, .avail = avail};
  static struct scan_result result;
  static struct ping ping, first;
  for (const struct scan_kernel *k = fuzz_kernels(); k->name; k++) {
    ping_scan(schema, k->scan, secret, &given, &result, &ping);
    if (k == fuzz_kernels()) first = ping;
    FUZZ_CHECK(ping.state == first.state && ping.not_selected == first.not_selected);
  }
}

static void check_json(const struct buffer *out) {
  static struct scan_result result;
  FUZZ_CHECK(out->data && out->len);
  FUZZ_CHECK(out->data[out->len - 1] == '\n' && !memchr(out->data, '\n', out->len - 1));
  uint8_t *padded = calloc(1, out->len + SCAN_PAD);
  FUZZ_CHECK(padded);
  memcpy(padded, out->data, out->len);
  FUZZ_CHECK(fuzz_kernels()->scan(no_paths(), padded, out->len, &result) == SCAN_OK);
  json_error_t why;
  json_t *json =
      json_loadb((const char *)padded, out->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
  if (!json) /* these are too much for jansson alone, or doubled in the ping itself */
    FUZZ_CHECK(strstr(why.text, "duplicate") || strstr(why.text, "depth") ||
               strstr(why.text, "big") || strstr(why.text, "overflow") ||
               strstr(why.text, "surrogate") || strstr(why.text, "Unicode") ||
               strstr(why.text, "\\u0000"));
  json_decref(json);
  free(padded);
}

static void check_projection(struct projection *projection, const uint8_t *line, size_t avail) {
  static struct scan_result result;
  struct buffer out = BUFFER_INIT, again = BUFFER_INIT;
  for (const struct scan_kernel *k = fuzz_kernels(); k->name; k++) {
    struct buffer *to = k == fuzz_kernels() ? &out : &again;
    buffer_clear(to);
    FUZZ_CHECK(
        !projection_append(projection, k->scan, line, avail, 0, true, 17237, &result, to, NULL));
    FUZZ_CHECK(to->data && out.data && to->len == out.len && !memcmp(to->data, out.data, out.len));
  }
  check_json(&out);
  buffer_release(&out);
  buffer_release(&again);
}

/* Only pings are projected. */
static bool is_ping(const uint8_t *line, size_t avail) {
  static struct scan_result result;
  return fuzz_kernels()->scan(no_paths(), line, avail, &result) == SCAN_OK;
}

/* Takes a part off the input. */
static const uint8_t *part_take(const uint8_t **data, size_t *size, size_t *len) {
  const uint8_t *part = *data, *end = *size ? memchr(part, 0, *size) : NULL;
  *len = end ? (size_t)(end - part) : *size;
  *data += *len + (end != NULL);
  *size -= *len + (end != NULL);
  return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct compiled_cache wheres = {.make = where_make, .release = where_release};
  static struct compiled_cache selects = {.make = select_make, .release = select_release};
  size_t len;
  const uint8_t *part = part_take(&data, &size, &len);
  const struct made_where *where = compiled_get(&wheres, part, len);
  part = part_take(&data, &size, &len);
  const struct made_select *select = compiled_get(&selects, part, len);
  uint8_t *line = malloc(size + 1 + SCAN_PAD);
  if (!line) abort();
  if (size) memcpy(line, data, size);
  line[size] = '\n';
  for (size_t i = 1; i <= SCAN_PAD; i++) line[size + i] = (uint8_t) "\"\\}]{0,:\xe3"[i % 9];
  if (where->schema) check_selection(where->schema, line, size + 1);
  if (select->projection && is_ping(line, size + 1))
    check_projection(select->projection, line, size + 1);
  free(line);
  return 0;
}
