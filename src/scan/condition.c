#include "scan/condition.h"
#include "base/day.h"
#include "base/error.h"
#include "scan/automaton.h"
#include "scan/decimal.h"
#include "scan/token.h"
#include "scan/uuid.h"

#include <stdlib.h>

#define DAY_DIGITS 8 /* 20170312 */
#define FORM       "write it as docType=main, with one of = != ^= $= ~= < > or \"in a,b\""

struct condition_value {
  const uint8_t *text;
  size_t len;
  bool is_number;
  struct decimal number;
};

/* ---- taking the text apart ---- */

struct parts {
  const char *subject, *value;
  size_t subject_len, value_len;
  enum condition_operator op;
};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static void trim(const char **p, size_t *len) {
  while (*len && is_blank(**p)) (*p)++, (*len)--;
  while (*len && is_blank((*p)[*len - 1])) (*len)--;
}

/* The length of the operator at p, 0: none begins there. */
static size_t operator_at(const char *p, enum condition_operator *op) {
  static const struct {
    char text[4];
    enum condition_operator op;
  } operators[] = {{"!=", CONDITION_IS_NOT},  {"^=", CONDITION_BEGINS}, {"$=", CONDITION_ENDS},
                   {"~=", CONDITION_MATCHES}, {"=", CONDITION_IS},      {"<", CONDITION_BELOW},
                   {">", CONDITION_ABOVE}};
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
    const size_t len = strlen(operators[i].text);
    if (strncmp(p, operators[i].text, len) != 0) continue;
    *op = operators[i].op;
    return len;
  }
  *op = CONDITION_ONE_OF;
  return is_blank(p[0]) && p[1] == 'i' && p[2] == 'n' && is_blank(p[3]) ? 3 : 0;
}

/* False: there is no operator. */
static bool parts_find(const char *text, struct parts *parts) {
  for (const char *p = text; *p; p++) {
    const size_t len = operator_at(p, &parts->op);
    if (!len) continue;
    parts->subject = text;
    parts->subject_len = (size_t)(p - text);
    parts->value = p + len;
    parts->value_len = strlen(p + len);
    trim(&parts->subject, &parts->subject_len);
    return true;
  }
  return false;
}

size_t condition_subject(const char *text, const char **name) {
  struct parts parts;
  if (!parts_find(text, &parts)) return 0;
  *name = parts.subject;
  return parts.subject_len;
}

static int condition_error(const char *text, const char *what, struct ps_error *err) {
  return error_set(err, PS_E_ARGUMENT, "the condition \"%.200s\" %s", text, what);
}

static int parts_check(const char *text, const struct parts *parts, struct ps_error *err) {
  const char next = *parts->value;
  if (!parts->subject_len)
    return condition_error(text, "has nothing before its operator: " FORM, err);
  if ((parts->op == CONDITION_BELOW || parts->op == CONDITION_ABOVE) &&
      (next == '=' || next == '>'))
    return condition_error(text,
                           "has an operator that does not exist: there are < and >, and != "
                           "for what differs",
                           err);
  if (parts->op == CONDITION_IS && next == '=')
    return condition_error(text, "has two '=': write one", err);
  if (parts->op == CONDITION_IS && next == '~')
    return condition_error(text, "has \"=~\": write ~= for a regular expression", err);
  return PS_OK;
}

/* ---- values ---- */

static int value_compare(const void *x, const void *y) {
  const struct condition_value *a = x, *b = y;
  if (a->len != b->len) return a->len < b->len ? -1 : 1;
  return memcmp(a->text, b->text, a->len);
}

static int day_error(const char *text, struct ps_error *err) {
  return condition_error(text, "wants a day: write it as 20170312 or 2017-03-12", err);
}

/* A day's text becomes that of submissionDate; the beginning or end of one loses its dashes. */
static int value_as_day(const char *text, const struct condition *c, char *value, size_t *len,
                        struct ps_error *err) {
  const bool whole = c->op != CONDITION_BEGINS && c->op != CONDITION_ENDS;
  const size_t given = *len;
  const bool form = given == DAY_DIGITS || (given == DAY_DIGITS + 2 && value[4] == '-');
  day_t day;
  if (whole && (!form || !day_parse(value, given, &day))) return day_error(text, err);
  *len = 0;
  for (size_t i = 0; i < given; i++)
    if (value[i] != '-') value[(*len)++] = value[i];
  return PS_OK;
}

/* `value` is a part of condition->text and may be rewritten. */
static int value_add(struct condition *c, const char *text, char *value, size_t len,
                     struct ps_error *err) {
  struct condition_value *v = &c->values[c->nvalues];
  if (len > PS_WHERE_VALUE_BYTES)
    return error_set(err, PS_E_ARGUMENT, "the condition \"%.200s...\" has a value of over %u bytes",
                     text, PS_WHERE_VALUE_BYTES);
  if (c->subject.is_day) {
    int r = value_as_day(text, c, value, &len, err);
    if (r) return r;
  }
  uint8_t folded[UUID_TEXT];
  if (c->subject.is_id && uuid_in((const uint8_t *)value, len, folded)) {
    memcpy(value, folded, UUID_TEXT);
    len = UUID_TEXT;
  }
  v->text = (const uint8_t *)value;
  v->len = len;
  v->is_number = decimal_parse(v->text, len, &v->number);
  c->has_numbers |= v->is_number;
  c->nvalues++;
  return PS_OK;
}

static int values_parse_list(struct condition *c, const char *text, char *list, size_t len,
                             struct ps_error *err) {
  for (char *end = list + len;;) {
    char *comma = memchr(list, ',', (size_t)(end - list));
    const char *value = list;
    size_t value_len = (size_t)((comma ? comma : end) - list);
    trim(&value, &value_len);
    if (!value_len)
      return condition_error(text,
                             "has an empty value in its list: write it as docType in "
                             "main,crash",
                             err);
    if (c->nvalues == PS_WHERE_VALUES)
      return error_set(err, PS_E_ARGUMENT,
                       "the condition \"%.200s...\" has more than the %u values that are possible",
                       text, PS_WHERE_VALUES);
    int r = value_add(c, text, list + (value - list), value_len, err);
    if (r) return r;
    if (!comma) break;
    list = comma + 1;
  }
  qsort(c->values, c->nvalues, sizeof *c->values, value_compare);
  return PS_OK;
}

static int values_parse(struct condition *c, const char *text, const struct parts *parts,
                        struct ps_error *err) {
  const char *value = parts->value;
  size_t len = parts->value_len, room = 1;
  trim(&value, &len);
  if (c->op == CONDITION_ONE_OF)
    for (size_t i = 0; i < len && room < PS_WHERE_VALUES; i++) room += value[i] == ',';
  c->text = strndup(value, len);
  c->values = calloc(room, sizeof *c->values);
  if (!c->text || !c->values) return error_memory(err, len + room * sizeof *c->values);
  if (c->op == CONDITION_ONE_OF) return values_parse_list(c, text, c->text, len, err);
  if (c->op == CONDITION_MATCHES && len <= PS_WHERE_VALUE_BYTES) {
    struct ps_error why;
    int r = automaton_create(c->text, &c->automaton, &why);
    if (!r) return PS_OK;
    if (r == PS_E_MEMORY) return error_memory(err, len);
    return error_set(err, PS_E_ARGUMENT,
                     "the condition \"%.200s\" has no POSIX extended regular expression after ~=: "
                     "%s",
                     text, why.text);
  }
  return value_add(c, text, c->text, len, err);
}

/* Everything but the subject; the values are still to be parsed, which depends on it. */
static int condition_begin(struct condition *c, const char *text, struct parts *parts,
                           struct ps_error *err) {
  *c = (struct condition){.name = NULL};
  *parts = (struct parts){.value = text};
  if (!parts_find(text, parts)) return condition_error(text, "has no operator: " FORM, err);
  int r = parts_check(text, parts, err);
  if (r) return r;
  c->op = parts->op;
  c->name = strndup(parts->subject, parts->subject_len);
  return c->name ? PS_OK : error_memory(err, parts->subject_len);
}

int condition_init(struct condition *c, const char *text, const char *const *const paths[PS_FIELDS],
                   struct specs *specs, struct ps_error *err) {
  struct parts parts;
  struct ps_error why;
  int r = condition_begin(c, text, &parts, err);
  if (r) return r;
  r = subject_compile(c->name, paths, specs, &c->subject, &why);
  if (r) return error_set(err, r, "the condition \"%.200s\": %s", text, why.text);
  return values_parse(c, text, &parts, err);
}

int condition_init_member(struct condition *c, const char *text, struct ps_error *err) {
  struct parts parts;
  int r = condition_begin(c, text, &parts, err);
  return r ? r : values_parse(c, text, &parts, err);
}

void condition_release(struct condition *c) {
  automaton_free(c->automaton);
  free(c->values);
  free(c->text);
  free(c->name);
  *c = (struct condition){.name = NULL};
}

/* ---- asking ---- */

static bool is_one_of(const struct condition *c, const uint8_t *p, size_t len) {
  const struct condition_value *v = c->values;
  if (c->nvalues == 1) return v->len == len && !memcmp(v->text, p, len);
  const struct condition_value wanted = {.text = p, .len = len};
  return bsearch(&wanted, v, c->nvalues, sizeof *v, value_compare) != NULL;
}

/* A number in the ping is the same however it is written: 4 and 4.0. */
static bool is_same_number(const struct condition *c, const uint8_t *p, size_t len) {
  struct decimal number;
  if (!decimal_parse(p, len, &number)) return false;
  for (size_t i = 0; i < c->nvalues; i++)
    if (c->values[i].is_number && !decimal_compare(&number, &c->values[i].number)) return true;
  return false;
}

static int order(const struct condition *c, const uint8_t *p, size_t len, bool number) {
  const struct condition_value *v = c->values;
  struct decimal mine;
  if (number && v->is_number && decimal_parse(p, len, &mine))
    return decimal_compare(&mine, &v->number);
  const int compared = memcmp(p, v->text, len < v->len ? len : v->len);
  return compared ? compared : (len > v->len) - (len < v->len);
}

static bool holds(const struct condition *c, const uint8_t *p, size_t len, bool number) {
  const struct condition_value *v = c->values;
  uint8_t folded[UUID_TEXT];
  if (c->subject.is_id && uuid_in(p, len, folded)) {
    p = folded;
    len = UUID_TEXT;
  }
  switch (c->op) {
  case CONDITION_IS:
  case CONDITION_IS_NOT:
  case CONDITION_ONE_OF: {
    const bool is = is_one_of(c, p, len) || (number && c->has_numbers && is_same_number(c, p, len));
    return is != (c->op == CONDITION_IS_NOT);
  }
  case CONDITION_BEGINS: return len >= v->len && !memcmp(p, v->text, v->len);
  case CONDITION_ENDS: return len >= v->len && !memcmp(p + len - v->len, v->text, v->len);
  case CONDITION_MATCHES:
    return len <= PS_WHERE_REGEX_BYTES && automaton_finds(c->automaton, p, len);
  case CONDITION_BELOW: return order(c, p, len, number) < 0;
  default: return order(c, p, len, number) > 0;
  }
}

bool condition_holds_text(const struct condition *c, const uint8_t *text, size_t len) {
  return holds(c, text, len, false);
}

/* Decodes a string; writes the bytes from the skip-th on, as far as there is room. Returns how many
 * there are in all. */
static size_t decode(const uint8_t *line, const struct scan_span *span, size_t skip, uint8_t *out,
                     size_t room) {
  const uint8_t *p = line + span->offset, *end = p + span->len;
  size_t len = 0;
  while (p < end) {
    uint8_t character[4];
    size_t written;
    p = token_decode(p, end, character, &written);
    for (size_t i = 0; i < written; i++, len++)
      if (len >= skip && len - skip < room) out[len - skip] = character[i];
  }
  return len;
}

/* A text that is longer than any value, and than the part that a regular expression looks at, is
 * judged by its beginning, or by its end. */
static __attribute__((noinline)) bool escaped_holds(const struct condition *c, const uint8_t *line,
                                                    const struct scan_span *span) {
  uint8_t text[PS_WHERE_REGEX_BYTES + 1];
  const size_t len = decode(line, span, 0, text, sizeof text);
  if (len <= sizeof text) return holds(c, text, len, false);
  if (c->op == CONDITION_ENDS) (void)decode(line, span, len - sizeof text, text, sizeof text);
  return holds(c, text, sizeof text, false);
}

bool condition_holds(const struct condition *c, const uint8_t *line, const struct scan_span *span) {
  if (span->type == SCAN_NONE || span->type >= SCAN_OBJECT) return c->op == CONDITION_IS_NOT;
  if (unlikely(span->type == SCAN_STRING && span->escaped)) return escaped_holds(c, line, span);
  return holds(c, line + span->offset, span->len, span->type == SCAN_INTEGER_OR_REAL);
}
