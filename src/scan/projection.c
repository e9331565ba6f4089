#include "scan/projection.h"
#include "base/error.h"
#include "scan/extent.h"
#include "scan/selection.h"
#include "scan/subject.h"

#include <stdlib.h>

struct column {
  struct subject subject;
  char *name;
  size_t key_from, key_len; /* in projection.keys: '{' or ',', the key, ':' */
};

struct projection {
  struct scan_paths *paths;
  struct buffer keys;
  unsigned n;
  struct column columns[PS_SELECT_MAX];
};

/* ---- making one ---- */

static int column_init(struct projection *p, const char *text,
                       const char *const *const paths[PS_FIELDS], struct specs *specs,
                       struct ps_error *err) {
  if (p->n == PS_SELECT_MAX)
    return error_set(err, PS_E_ARGUMENT,
                     "\"%.200s\" is one path too many to select: %u are possible", text,
                     PS_SELECT_MAX);
  for (unsigned i = 0; i < p->n; i++)
    if (!strcmp(p->columns[i].name, text))
      return error_set(err, PS_E_ARGUMENT, "\"%.200s\" is selected twice: once is enough", text);
  struct column *column = &p->columns[p->n++];
  column->name = strdup(text);
  if (!column->name) return error_memory(err, strlen(text));
  int r = subject_compile(column->name, paths, specs, &column->subject, err);
  column->key_from = p->keys.len;
  if (!r) r = buffer_append(&p->keys, p->n == 1 ? "{" : ",", 1, err);
  if (!r) r = buffer_json_string(&p->keys, text, strlen(text), err);
  if (!r) r = buffer_append(&p->keys, ":", 1, err);
  column->key_len = p->keys.len - column->key_from;
  return r;
}

int projection_create(const char *const *select, const char *const *const paths[PS_FIELDS],
                      struct projection **projection, struct ps_error *err) {
  struct specs specs = {.n = 0};
  *projection = NULL;
  struct projection *made = calloc(1, sizeof *made);
  if (!made) return error_memory(err, sizeof *made);
  int r = PS_OK;
  for (; !r && *select; select++) r = column_init(made, *select, paths, &specs, err);
  if (!r && !made->n) r = error_set(err, PS_E_ARGUMENT, "no path to select is given");
  if (!r) r = scan_paths_compile(specs.list, specs.n, &made->paths, err);
  if (r) projection_free(made);
  else *projection = made;
  return r;
}

void projection_free(struct projection *p) {
  if (!p) return;
  for (unsigned i = 0; i < p->n; i++) free(p->columns[i].name);
  buffer_release(&p->keys);
  scan_paths_free(p->paths);
  free(p);
}

/* ---- one ping ---- */

static int append_string(struct buffer *out, const uint8_t *text, size_t len,
                         struct ps_error *err) {
  int r = buffer_append(out, "\"", 1, err);
  if (!r) r = buffer_append(out, text, len, err);
  return r ? r : buffer_append(out, "\"", 1, err);
}

static int append_value(struct buffer *out, const uint8_t *line, const struct scan_span *span,
                        struct ps_error *err) {
  const uint8_t *value = line + span->offset;
  switch (span->type) {
  case SCAN_NONE: return buffer_append(out, "null", 4, err);
  case SCAN_STRING: return append_string(out, value, span->len, err);
  case SCAN_OBJECT:
  case SCAN_ARRAY: return buffer_append(out, value, (size_t)(extent_container(value) - value), err);
  default: return buffer_append(out, value, span->len, err);
  }
}

static int append_day(struct buffer *out, bool has_day, day_t day, struct ps_error *err) {
  uint8_t text[SELECTION_DAY];
  if (!has_day) return buffer_append(out, "null", 4, err);
  selection_day(day, text);
  return append_string(out, text, sizeof text, err);
}

/* Paths that lie in one another write their text more than once. */
static int append_end(struct buffer *out, size_t begin, struct ps_error *err) {
  if (out->len - begin > SCAN_MAX_LINE)
    return error_set(err, PS_E_ARGUMENT,
                     "what is selected of a ping is over %u bytes long: select fewer paths that "
                     "lie in one another",
                     SCAN_MAX_LINE);
  return PS_OK;
}

int projection_append(const struct projection *projection, scan_function *scan, const uint8_t *line,
                      size_t avail, size_t skip, bool has_day, day_t day,
                      struct scan_result *scratch, struct buffer *out, struct ps_error *err) {
  const size_t begin = out->len;
  line += skip;
  const enum scan_code code = scan(projection->paths, line, avail - skip, scratch);
  int r = PS_OK;
  if (code != SCAN_OK && code != SCAN_INTERNAL)
    return error_set(err, PS_E_INTERNAL, "a ping that was well-formed is not when it is projected");
  for (unsigned i = 0; !r && i < projection->n; i++) {
    const struct column *column = &projection->columns[i];
    r = buffer_append(out, projection->keys.data + column->key_from, column->key_len, err);
    if (r) break;
    if (column->subject.is_day) {
      r = append_day(out, has_day, day, err);
      continue;
    }
    const struct scan_span span = subject_span(&column->subject, scratch, line, true);
    r = append_value(out, line, &span, err);
    if (!r) r = append_end(out, begin, err);
  }
  if (!r) r = buffer_append(out, "}\n", 2, err);
  if (r) out->len = begin;
  return r;
}
