/* Any conditions and paths, any line: a selection is compiled or refused with a sentence, all
 * kernels select and project alike, and what is projected is a line of JSON to our scanner and to
 * jansson. The input is three parts, each ended by a NUL: conditions and selected paths, a line of
 * text each, then the ping.
 */
#include "fuzz.h"
#include "scan/projection.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 8

struct lines {
  char *text;
  const char *list[LINES_MAX + 1]; /* NULL-terminated */
};

/* Takes a part off the input and splits it at its newlines. */
static void lines_take(struct lines *lines, const uint8_t **data, size_t *size) {
  const uint8_t *end = memchr(*data, 0, *size);
  const size_t len = end ? (size_t)(end - *data) : *size;
  unsigned n = 0;
  memset(lines, 0, sizeof *lines);
  lines->text = strndup((const char *)*data, len);
  if (!lines->text) abort();
  for (char *rest = lines->text, *line; n < LINES_MAX && (line = strsep(&rest, "\n"));)
    if (*line) lines->list[n++] = line;
  *data += len + (end != NULL);
  *size -= len + (end != NULL);
}

/* Repetitions make the C library's regular expressions grow without bound: not ours to try. */
static bool is_tame(const struct lines *where) {
  for (const char *const *w = where->list; *w; w++)
    if (strstr(*w, "~=") && (strpbrk(*w, "{\\") || strlen(*w) > 64)) return false;
  return true;
}

static void check_refusal(int status, const struct ps_error *err) {
  FUZZ_CHECK(!status || (status == PS_E_ARGUMENT && err->status == status && *err->text));
}

static void check_selection(const struct lines *where, const uint8_t *line, size_t avail) {
  static const uint8_t secret[PS_SECRET_BYTES] = {1};
  const struct ps_selection selection = {.where = where->list, .sample_ids = "0-49"};
  const struct ping_schema_options options = {.selection = &selection};
  const struct ping_line given = {.at = line, .avail = avail};
  struct ping_schema *schema;
  struct scan_result result;
  struct ping ping, first = {.state = PING_BLANK};
  struct ps_error err;
  if (!is_tame(where)) return;
  (void)ping_selection_fields(&selection);
  const int status = ping_schema_create(&options, &schema, &err);
  check_refusal(status, &err);
  if (status) return;
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
    ping_scan(schema, k->scan, secret, &given, &result, &ping);
    if (k == scan_kernels()) first = ping;
    FUZZ_CHECK(ping.state == first.state && ping.not_selected == first.not_selected);
  }
  ping_schema_free(schema);
}

static void check_json(const struct buffer *out) {
  struct scan_result result;
  struct scan_paths *nothing;
  struct ps_error err;
  FUZZ_CHECK(out->data && out->len);
  FUZZ_CHECK(out->data[out->len - 1] == '\n' && !memchr(out->data, '\n', out->len - 1));
  uint8_t *padded = calloc(1, out->len + SCAN_PAD);
  FUZZ_CHECK(padded && !scan_paths_compile(NULL, 0, &nothing, &err));
  memcpy(padded, out->data, out->len);
  FUZZ_CHECK(scan_kernels()->scan(nothing, padded, out->len, &result) == SCAN_OK);
  json_error_t why;
  json_t *json =
      json_loadb((const char *)padded, out->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
  if (!json) /* these are too much for jansson alone, or doubled in the ping itself */
    FUZZ_CHECK(strstr(why.text, "duplicate") || strstr(why.text, "depth") ||
               strstr(why.text, "big") || strstr(why.text, "overflow") ||
               strstr(why.text, "surrogate") || strstr(why.text, "Unicode") ||
               strstr(why.text, "\\u0000"));
  json_decref(json);
  scan_paths_free(nothing);
  free(padded);
}

static void check_projection(const struct lines *select, const uint8_t *line, size_t avail) {
  struct projection *projection;
  struct scan_result result;
  struct buffer out = BUFFER_INIT, again = BUFFER_INIT;
  struct ps_error err;
  const int status = projection_create(select->list, NULL, &projection, &err);
  check_refusal(status, &err);
  if (status) return;
  for (const struct scan_kernel *k = scan_kernels(); k->name; k++) {
    struct buffer *to = k == scan_kernels() ? &out : &again;
    buffer_clear(to);
    FUZZ_CHECK(
        !projection_append(projection, k->scan, line, avail, 0, true, 17237, &result, to, &err));
    FUZZ_CHECK(to->data && out.data && to->len == out.len && !memcmp(to->data, out.data, out.len));
  }
  check_json(&out);
  buffer_release(&out);
  buffer_release(&again);
  projection_free(projection);
}

/* Only pings are projected. */
static bool is_ping(const uint8_t *line, size_t avail) {
  struct scan_paths *nothing;
  struct scan_result result;
  FUZZ_CHECK(!scan_paths_compile(NULL, 0, &nothing, NULL));
  const enum scan_code code = scan_kernels()->scan(nothing, line, avail, &result);
  scan_paths_free(nothing);
  return code == SCAN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lines where, select;
  lines_take(&where, &data, &size);
  lines_take(&select, &data, &size);
  uint8_t *line = malloc(size + 1 + SCAN_PAD);
  if (!line) abort();
  if (size) memcpy(line, data, size);
  line[size] = '\n';
  for (size_t i = 1; i <= SCAN_PAD; i++) line[size + i] = (uint8_t) "\"\\}]{0,:\xe3"[i % 9];
  check_selection(&where, line, size + 1);
  if (is_ping(line, size + 1)) check_projection(&select, line, size + 1);
  free(line);
  free(where.text);
  free(select.text);
  return 0;
}
