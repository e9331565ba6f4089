/* oracle: what a profile of the whole fleet must say of files of pings, counted with jansson.
 *
 *   oracle FILE... > counts.json
 *
 * {"pings": [all, first, once], "without_id": n, "malformed": n, "sum": [..., ..., ...],
 *  "fields": {"type": {"main": [all, first, once], ...}, ...}}
 * `sum` is of measurements, whole numbers in [0, 2^40] at payload/histograms/<any>/values/<any>.
 * Nothing of the product is in here. It holds all it reads in memory.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS  7u
#define LARGEST (INT64_C(1) << 40)

static const char *const names[FIELDS] = {"type",    "reason", "length", "system",
                                          "version", "city",   "add-ons"};
static const char *const ids[] = {"meta/documentId",
                                  "documentId",
                                  "document_id",
                                  "attributeMap/document_id",
                                  "attributeMap/uri",
                                  "message/attributes/document_id",
                                  "message/attributes/uri",
                                  "id"};
#define IDS (sizeof ids / sizeof *ids)

struct seen {
  json_t *pings; /* of each {"id": text or null, "sum": n, "fields": [[text, ...], ...]} */
  json_t *counts;
  json_int_t malformed, without_id;
};

static json_t *checked(json_t *json) {
  if (json) return json;
  (void)fputs("oracle: out of memory\n", stderr);
  exit(1);
}

static json_t *at(json_t *json, const char *path) {
  char key[128];
  while (json) {
    const size_t len = strcspn(path, "/");
    (void)snprintf(key, sizeof key, "%.*s", (int)len, path);
    json = json_object_get(json, key);
    if (!path[len]) return json;
    path += len + 1;
  }
  return NULL;
}

/* ---- the documentId ---- */

/* /submit/telemetry/ID/... or /submit/NAMESPACE/TYPE/VERSION/ID */
static json_t *id_of_uri(const char *uri) {
  static const char telemetry[] = "/submit/telemetry/";
  if (strncmp(uri, "/submit/", 8) != 0) return NULL;
  const char *from = uri + 8;
  if (strncmp(uri, telemetry, sizeof telemetry - 1) == 0) from = uri + sizeof telemetry - 1;
  else
    for (int skip = 3; skip && from; skip--) from = (from = strchr(from, '/')) ? from + 1 : NULL;
  return from ? json_stringn(from, strcspn(from, "/?")) : NULL;
}

static bool is_uuid(const char *text, size_t len) {
  if (len != 36) return false;
  for (size_t i = 0; i < len; i++) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) return false;
  }
  return true;
}

static json_t *folded(const char *text) {
  size_t len = strlen(text);
  char uuid[36];
  const char *from = text;
  if (len == 38 && text[0] == '{' && text[37] == '}') {
    from++;
    len -= 2;
  }
  if (!is_uuid(from, len)) return json_string(text);
  for (size_t i = 0; i < len; i++) uuid[i] = (char)tolower((unsigned char)from[i]);
  return json_stringn(uuid, len);
}

/* The first path that is there decides. NULL: none. */
static json_t *id_of(json_t *ping) {
  for (size_t i = 0; i < IDS; i++) {
    json_t *found = at(ping, ids[i]);
    if (!found) continue;
    if (!json_is_string(found)) return NULL;
    if (strcmp(strrchr(ids[i], '/') ? strrchr(ids[i], '/') : "", "/uri") == 0) {
      json_t *id = id_of_uri(json_string_value(found)), *same = NULL;
      if (!id) continue;
      same = folded(json_string_value(id));
      json_decref(id);
      return same;
    }
    return json_string_length(found) ? folded(json_string_value(found)) : NULL;
  }
  return NULL;
}

/* ---- the fields ---- */

/* The text of a value; NULL: it has none. */
static json_t *text_of(const json_t *value) {
  char text[64];
  if (json_is_string(value)) return json_string(json_string_value(value));
  if (json_is_boolean(value)) return json_string(json_is_true(value) ? "true" : "false");
  if (json_is_integer(value))
    (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  else if (json_is_real(value))
    for (int digits = 1; digits < 18; digits++) {
      (void)snprintf(text, sizeof text, "%.*g", digits, json_real_value(value));
      if (!(strtod(text, NULL) < json_real_value(value)) &&
          !(strtod(text, NULL) > json_real_value(value)))
        break;
    }
  else return NULL;
  return json_string(text);
}

static void add_text(json_t *list, json_t *text) {
  size_t i;
  json_t *other;
  if (!text) return;
  json_array_foreach(list, i, other) if (json_equal(other, text)) {
    json_decref(text);
    return;
  }
  (void)json_array_append_new(list, text);
}

static json_t *major_minor(json_t *text) {
  if (!text) return NULL;
  const char *from = json_string_value(text), *dot = strchr(from, '.');
  const size_t len = dot ? (size_t)(dot - from) + 1 + strcspn(dot + 1, ".") : strlen(from);
  json_t *cut = json_stringn(from, len);
  json_decref(text);
  return cut;
}

/* Both, an absent one as "??"; NULL if both are absent. */
static json_t *joined(json_t *a, json_t *b) {
  json_t *both = NULL;
  if (a || b)
    both = json_sprintf("%s %s", a ? json_string_value(a) : "??", b ? json_string_value(b) : "??");
  json_decref(a);
  json_decref(b);
  return both;
}

static json_t *addons_of(json_t *ping) {
  json_t *list = checked(json_array()), *addon,
         *addons = at(ping, "environment/addons/activeAddons");
  const char *key;
  json_object_foreach(addons, key, addon) {
    if (!json_is_true(json_object_get(addon, "isSystem")))
      add_text(list, text_of(json_object_get(addon, "name")));
  }
  return list;
}

static json_t *fields_of(json_t *ping) {
  json_t *all = checked(json_array());
  json_t *one[FIELDS - 1] = {
      text_of(at(ping, "type")),
      text_of(at(ping, "payload/info/reason")),
      text_of(at(ping, "payload/info/sessionLength")),
      text_of(at(ping, "environment/system/os/name")),
      major_minor(text_of(at(ping, "environment/system/os/version"))),
      joined(text_of(at(ping, "meta/geoCountry")), text_of(at(ping, "meta/geoCity")))};
  for (size_t i = 0; i + 1 < FIELDS; i++) {
    json_t *list = checked(json_array());
    add_text(list, one[i]);
    (void)json_array_append_new(all, list);
  }
  (void)json_array_append_new(all, addons_of(ping));
  return all;
}

static json_int_t sum_of(json_t *ping) {
  json_t *histogram, *count, *histograms = at(ping, "payload/histograms");
  const char *name, *bucket;
  json_int_t sum = 0;
  json_object_foreach(histograms, name, histogram) {
    json_t *values = json_object_get(histogram, "values");
    json_object_foreach(values, bucket, count) {
      const json_int_t n = json_is_integer(count) ? json_integer_value(count) : -1;
      if (n >= 0 && n <= LARGEST) sum += n;
    }
  }
  return sum;
}

/* ---- counting ---- */

static void take(struct seen *seen, const char *line, size_t len) {
  if (!len || strspn(line, " \t\r") >= len) return;
  json_t *ping = json_loadb(line, len, 0, NULL), *id = NULL;
  if (!json_is_object(ping)) {
    seen->malformed++;
    json_decref(ping);
    return;
  }
  id = id_of(ping);
  if (id) {
    const char *key = json_string_value(id);
    const json_int_t before = json_integer_value(json_object_get(seen->counts, key));
    (void)json_object_set_new(seen->counts, key, json_integer(before + 1));
  } else seen->without_id++;
  json_t *one = checked(
      json_pack("{s:o?,s:I,s:o}", "id", id, "sum", sum_of(ping), "fields", fields_of(ping)));
  (void)json_array_append_new(seen->pings, one);
  json_decref(ping);
}

static void add(json_t *counts, const bool in[3], json_int_t n) {
  for (size_t p = 0; p < 3; p++)
    if (in[p])
      (void)json_array_set_new(counts, p,
                               json_integer(json_integer_value(json_array_get(counts, p)) + n));
}

static json_t *none(void) { return checked(json_pack("[i,i,i]", 0, 0, 0)); }

static void add_values(json_t *tables, const json_t *fields, const bool in[3]) {
  for (size_t f = 0; f < FIELDS; f++) {
    json_t *table = json_object_get(tables, names[f]), *text;
    size_t i;
    json_array_foreach(json_array_get(fields, f), i, text) {
      const char *key = json_string_value(text);
      if (!json_object_get(table, key)) (void)json_object_set_new(table, key, none());
      add(json_object_get(table, key), in, 1);
    }
  }
}

static json_t *result(const struct seen *seen) {
  json_t *tables = checked(json_object()), *pings = none(), *sum = none(), *ping;
  json_t *met = checked(json_object());
  size_t i;
  for (size_t f = 0; f < FIELDS; f++)
    (void)json_object_set_new(tables, names[f], checked(json_object()));
  json_array_foreach(seen->pings, i, ping) {
    const char *id = json_string_value(json_object_get(ping, "id"));
    const bool first = id && !json_object_get(met, id);
    const bool once = first && json_integer_value(json_object_get(seen->counts, id)) == 1;
    const bool in[3] = {true, first, once};
    if (first) (void)json_object_set_new(met, id, json_true());
    add(pings, in, 1);
    add(sum, in, json_integer_value(json_object_get(ping, "sum")));
    add_values(tables, json_object_get(ping, "fields"), in);
  }
  json_decref(met);
  return checked(json_pack("{s:o,s:I,s:I,s:o,s:o}", "pings", pings, "without_id", seen->without_id,
                           "malformed", seen->malformed, "sum", sum, "fields", tables));
}

int main(int argc, char **argv) {
  struct seen seen = {checked(json_array()), checked(json_object()), 0, 0};
  char *line = NULL;
  size_t cap = 0;
  for (int i = 1; i < argc; i++) {
    FILE *in = fopen(argv[i], "r");
    if (!in) {
      (void)fprintf(stderr, "oracle: %s cannot be read\n", argv[i]);
      return 1;
    }
    for (ssize_t len; (len = getline(&line, &cap, in)) > 0;)
      take(&seen, line, (size_t)len - (line[len - 1] == '\n'));
    (void)fclose(in);
  }
  free(line);
  json_t *told = result(&seen);
  const bool written = json_dumpf(told, stdout, JSON_INDENT(1)) == 0 && fflush(stdout) == 0;
  json_decref(told);
  json_decref(seen.pings);
  json_decref(seen.counts);
  return written ? 0 : 1;
}
