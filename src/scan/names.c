#include "scan/names.h"

#include <string.h>

#define PATHS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- the fields ---- */

static const char *const default_paths[PS_FIELDS][NAMES_PATHS + 1] = {
#define PS_FIELD(id, name, short, kind, uri, setting, option, profile, ...)                        \
  [PS_FIELD_##id] = {__VA_ARGS__},
#define PS_NAME(...)
#include <pingsieve/fields.def>
};

static const struct field_row field_rows[PS_FIELDS] = {
#define PS_FIELD(id, name, short, kind, uri, ...) [PS_FIELD_##id] = {name, FIELD_##kind, URI_##uri},
#define PS_NAME(...)
#include <pingsieve/fields.def>
};

const char *const *ping_default_paths(enum ps_field field) { return default_paths[field]; }
const struct field_row *field_row(enum ps_field field) { return &field_rows[field]; }

/* ---- the short names ---- */

/* The name of the ping's day is the first. */
static const struct ps_selection_name public_names[] = {
#define PS_SHORT(id, text)
#define PS_SHORT_DAY(text) {text, NULL},
#define PS_NO_SHORT
#define PS_FIELD(id, name, short, ...) short
#define PS_NAME(...)
#include <pingsieve/fields.def>
#undef PS_SHORT
#undef PS_SHORT_DAY
#define PS_SHORT(id, text) {text, default_paths[PS_FIELD_##id]},
#define PS_SHORT_DAY(text)
#define PS_FIELD(id, name, short, ...) short
#define PS_NAME(text, uri, ...)        {text, PATHS(__VA_ARGS__)},
#include <pingsieve/fields.def>
    {NULL, NULL}};
#undef PS_SHORT
#undef PS_SHORT_DAY

const struct ps_selection_name *ps_selection_names(void) { return public_names; }

/* The field of a short name, and the part of a URI of one that is no field. */
static const struct {
  const char *text;
  enum ps_field field;
  enum uri_part part;
} meanings[] = {
#define PS_SHORT(id, text)             {text, PS_FIELD_##id, URI_PARTS},
#define PS_SHORT_DAY(text)             {text, PS_FIELD_DATE, URI_PARTS},
#define PS_FIELD(id, name, short, ...) short
#define PS_NAME(text, uri, ...)        {text, PS_FIELDS, URI_##uri},
#include <pingsieve/fields.def>
};

/* The part of a path behind its envelope; NULL: it is in none. */
static const char *in_envelope(const char *path) {
  static const char *const envelopes[] = {"attributeMap/", "message/attributes/", "metadata/"};
  for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++)
    if (!strncmp(path, envelopes[i], strlen(envelopes[i]))) return path + strlen(envelopes[i]);
  return NULL;
}

unsigned names_forms(const char *const *list) {
  const char *first = in_envelope(list[0]), *next;
  unsigned n = 1;
  while (first && list[n] && (next = in_envelope(list[n])) && !strcmp(next, first)) n++;
  return n;
}

bool name_find(const char *text, struct name *name) {
  const struct ps_selection_name *n = public_names;
  size_t i = 0;
  while (n->name && strcmp(n->name, text) != 0) n++;
  if (!n->name) return false;
  while (strcmp(meanings[i].text, text) != 0) i++;
  *name = (struct name){.paths = n->paths, .field = meanings[i].field, .part = meanings[i].part};
  if (name->field == PS_FIELDS) return true;
  name->part = field_rows[name->field].part;
  name->is_id = field_rows[name->field].kind == FIELD_UUID;
  return true;
}
