/* Texts of fields: [NAME=]PART[+PART]..., see <pingsieve/profile.h>. */
#include "base/error.h"
#include "profile/field_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define WHERE       " where "
#define LIMIT_BYTES 64 /* of the number of :max and :min */

static int field_error(const char *text, const char *what, struct ps_error *err) {
  return error_set(err, PS_E_ARGUMENT, "the field \"%.200s\" %s", text, what);
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static void trim(char *text) {
  size_t len = strlen(text), skip = 0;
  while (len && is_blank(text[len - 1])) len--;
  while (skip < len && is_blank(text[skip])) skip++;
  memmove(text, text + skip, len - skip);
  text[len - skip] = '\0';
}

/* Takes what stands before the next + : or = that has no backslash before it, without the
 * backslashes and the blanks round it. Returns that character, or NUL. */
static char take(const char **rest, char *word) {
  const char *p = *rest;
  char *out = word;
  while (*p && !strchr("+:=", *p)) {
    if (*p == '\\' && p[1] && strchr("+:=\\", p[1])) p++;
    *out++ = *p++;
  }
  *out = '\0';
  trim(word);
  *rest = *p ? p + 1 : p;
  return *p;
}

/* ---- parts ---- */

static int path_check(const char *text, const char *path, struct ps_error *err) {
  struct specs specs = {.n = 0};
  struct subject subject;
  struct ps_error why;
  int r = subject_compile(path, NULL, &specs, &subject, &why);
  return r ? error_set(err, r, "the field \"%.200s\": %s", text, why.text) : PS_OK;
}

static int limit_parse(const char *text, struct field_limit *limit, const char *value,
                       struct ps_error *err) {
  const uint8_t *p = (const uint8_t *)value;
  const size_t len = strlen(value);
  uint8_t shortest[FIELD_NUMBER];
  if (limit->set) return field_error(text, "has :max or :min twice in a part", err);
  if (len > LIMIT_BYTES || !decimal_parse(p, len, &limit->number))
    return error_set(err, PS_E_ARGUMENT,
                     "the field \"%.200s\" has \"%.80s\" after :max or :min, which is no number: "
                     "write it as :max=400",
                     text, value);
  (void)field_number_format(&limit->number, shortest, &limit->len);
  limit->set = true;
  limit->text = malloc(limit->len);
  if (!limit->text) return error_memory(err, limit->len);
  memcpy(limit->text, shortest, limit->len);
  limit->is_integer = field_number_integer(limit->text, limit->len, &limit->integer);
  (void)decimal_parse(limit->text, limit->len, &limit->number);
  return PS_OK;
}

/* Parses the word behind a ':' in *rest; *stop is the byte that ends it. */
static int transform_parse(struct field_part *part, const char *text, const char **rest, char *word,
                           char *stop, struct ps_error *err) {
  *stop = take(rest, word);
  const bool max = !strcmp(word, "max"), min = !strcmp(word, "min");
  if ((max || min) && *stop == '=') {
    *stop = take(rest, word);
    part->clamps = true;
    return limit_parse(text, max ? &part->max : &part->min, word, err);
  }
  if (*stop != '=' && (!strcmp(word, "major") || !strcmp(word, "major.minor"))) {
    if (part->components)
      return field_error(text, "has :major or :major.minor twice in a part", err);
    part->components = strcmp(word, "major") ? 2 : 1;
    return PS_OK;
  }
  return error_set(err, PS_E_ARGUMENT,
                   "the field \"%.200s\" has \":%.80s\", where :max=N, :min=N, :major and "
                   ":major.minor are possible: write \\: if it belongs to a key",
                   text, word);
}

static int part_check(const struct field_part *part, const char *text, struct ps_error *err) {
  if (part->clamps && part->components)
    return field_error(text, "has a part with both a bound and :major: take one", err);
  if (part->max.set && part->min.set && decimal_compare(&part->min.number, &part->max.number) > 0)
    return field_error(text, "has a :min over its :max", err);
  return PS_OK;
}

/* A part whose path is in `word`, and which `stop` goes on. */
static int part_parse(struct field *field, const char *text, const char **rest, char *word,
                      char *stop, struct ps_error *err) {
  if (!*word) return field_error(text, "has an empty part: write it as PATH or PATH+PATH", err);
  if (field->nparts == FIELD_PARTS)
    return error_set(err, PS_E_ARGUMENT, "the field \"%.200s\" has more than %d parts", text,
                     FIELD_PARTS);
  struct field_part *part = &field->parts[field->nparts++];
  part->path = strdup(word);
  if (!part->path) return error_memory(err, strlen(word));
  int r = PS_OK;
  while (!r && *stop == ':') r = transform_parse(part, text, rest, word, stop, err);
  if (!r && *stop == '=')
    r = field_error(text,
                    "has a '=' that ends no name and follows neither :max nor :min: write \\= "
                    "if it belongs to a key, and \\: and \\+ in a name",
                    err);
  part->plain_limits =
      (!part->max.set || part->max.is_integer) && (!part->min.set || part->min.is_integer);
  return r ? r : part_check(part, text, err);
}

/* ---- walks ---- */

/* The '*' of a path; NULL: none. */
static char *star_of(char *path) {
  for (char *p = path; *p; p++)
    if (*p == '*' && (p == path || p[-1] == '/') && (!p[1] || p[1] == '/')) return p;
  return NULL;
}

static int where_parse(struct field_walk *walk, const char *text, const char *where,
                       struct ps_error *err) {
  struct ps_error why;
  const char *name;
  int r;
  while (is_blank(*where)) where++;
  const bool not = !strncmp(where, "not", 3) && is_blank(where[3]);
  const bool has_operator = condition_subject(where, &name) != 0;
  if (not &&has_operator)
    return field_error(text,
                       "has both \"not\" and an operator in its condition: write it with !=, or as "
                       "\"where not KEY\"",
                       err);
  walk->npaths = 2;
  if (has_operator || strpbrk(where, "=<>")) {
    walk->where = FIELD_CONDITION;
    r = condition_init_member(&walk->condition, where, &why);
    if (!r) r = member_path_init(&walk->paths[1], walk->condition.name, &why);
  } else {
    char key[FIELD_TEXT + 1];
    (void)snprintf(key, sizeof key, "%s", where + (not ? 3 : 0));
    trim(key);
    if (!*key) return field_error(text, "has nothing after \"where\"", err);
    walk->where = not ? FIELD_NOT_TRUE : FIELD_TRUE;
    r = member_path_init(&walk->paths[1], key, &why);
  }
  return r ? error_set(err, r, "the field \"%.200s\": %s", text, why.text) : PS_OK;
}

/* The field's only part has a '*' at `star`. */
static int walk_parse(struct field *field, const char *text, const char *star, const char *where,
                      struct ps_error *err) {
  const char *path = field->parts[0].path;
  struct ps_error why;
  if (field->nparts > 1)
    return field_error(text,
                       "has a '*', which stands for many values and cannot be joined with "
                       "other parts",
                       err);
  if (star == path)
    return field_error(text, "begins with '*': name what holds the members, as in a/*/b", err);
  struct field_walk *walk = calloc(1, sizeof *walk);
  if (!walk) return error_memory(err, sizeof *walk);
  field->walk = walk;
  walk->npaths = 1;
  walk->container = strndup(path, (size_t)(star - 1 - path));
  if (!walk->container) return error_memory(err, strlen(path));
  int r = path_check(text, walk->container, err);
  if (r) return r;
  r = member_path_init(&walk->paths[0], star[1] ? star + 2 : star + 1, &why);
  if (!r && star[1] && !star[2]) return field_error(text, "ends with a '/': leave it out", err);
  if (r) return error_set(err, r, "the field \"%.200s\": %s", text, why.text);
  return where ? where_parse(walk, text, where, err) : PS_OK;
}

/* ---- the field ---- */

/* Parses the text before " where ". */
static int head_parse(struct field *field, const char *text, const char *head,
                      struct ps_error *err) {
  char word[FIELD_TEXT + 1];
  const char *rest = head;
  char stop = take(&rest, word);
  if (stop == '=' && !field->name) {
    if (!*word) return field_error(text, "has no name before its '='", err);
    if (!(field->name = strdup(word))) return error_memory(err, strlen(word));
    text += rest - head;
    while (is_blank(*text)) text++;
    stop = take(&rest, word);
  }
  field->text = strdup(text);
  if (!field->name) field->name = strdup(text);
  if (!field->text || !field->name) return error_memory(err, strlen(text));
  for (;;) {
    int r = part_parse(field, text, &rest, word, &stop, err);
    if (r || !stop) return r;
    stop = take(&rest, word);
  }
}

int field_parse(struct field *field, const char *name, const char *text, struct ps_error *err) {
  const char *where = strstr(text, WHERE);
  const size_t len = strlen(text);
  if (len > FIELD_TEXT)
    return error_set(err, PS_E_ARGUMENT, "the field \"%.100s...\" is longer than %d bytes", text,
                     FIELD_TEXT);
  if (!where && len >= strlen(WHERE) && !strcmp(text + len + 1 - strlen(WHERE), " where"))
    return field_error(text, "has nothing after \"where\"", err);
  if (name && !(field->name = strdup(name))) return error_memory(err, strlen(name));
  char *head = strndup(text, where ? (size_t)(where - text) : len);
  if (!head) return error_memory(err, len);
  int r = head_parse(field, text, head, err);
  free(head);
  for (unsigned i = 0; !r && i < field->nparts; i++) {
    const char *star = star_of(field->parts[i].path);
    if (star) return walk_parse(field, text, star, where ? where + strlen(WHERE) : NULL, err);
    r = path_check(text, field->parts[i].path, err);
  }
  if (!r && where) r = field_error(text, "has a condition, which belongs to a path with '*'", err);
  return r;
}

void field_release(struct field *field) {
  for (unsigned i = 0; i < field->nparts; i++) {
    free(field->parts[i].path);
    free(field->parts[i].max.text);
    free(field->parts[i].min.text);
  }
  if (field->walk) {
    free(field->walk->container);
    condition_release(&field->walk->condition);
    free(field->walk);
  }
  free(field->name);
  free(field->text);
  *field = (struct field){.name = NULL};
}
