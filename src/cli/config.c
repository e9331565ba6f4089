#include "cli/config.h"

#include "base/error.h"
#include "base/retry.h"
#include "cli/json_text.h"
#include "cli/spelling.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct config {
  char *path, *text;
  size_t len;
  json_t *root;
};

/* ---- reading ---- */

static int read_text(struct config *c, int fd, struct ps_error *err) {
  while (c->len <= CONFIG_BYTES) {
    ssize_t n = read(fd, c->text + c->len, CONFIG_BYTES + 1 - c->len);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return error_set_os(err, error_passes(errno) ? PS_E_INPUT : PS_E_ARGUMENT, errno,
                          "the configuration %s cannot be read", c->path);
    if (n == 0) return PS_OK;
    c->len += (size_t)n;
  }
  return error_set(err, PS_E_ARGUMENT,
                   "%s is over 1 MiB: is this a configuration? It is a JSON object of options",
                   c->path);
}

static int parse(struct config *c, struct ps_error *err) {
  json_error_t why;
  errno = 0;
  c->root = json_loadb(c->text, c->len, JSON_REJECT_DUPLICATES, &why);
  if (errno == ENOMEM) /* jansson blames the text, or leaves bytes of a text out */
    return error_memory(err, c->len);
  if (!c->root)
    return error_set(err, PS_E_ARGUMENT, "%s:%d: this is no valid JSON: %s", c->path, why.line,
                     why.text);
  if (!json_is_object(c->root))
    return error_set(err, PS_E_ARGUMENT,
                     "%s is not a JSON object of options, such as {\"keep\": 90}", c->path);
  return PS_OK;
}

int config_read(const char *path, struct config **config, struct ps_error *err) {
  int fd = RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (fd < 0)
    return error_set_os(err, error_passes(errno) ? PS_E_INPUT : PS_E_ARGUMENT, errno,
                        "the configuration %s cannot be opened", path);
  struct config *c = calloc(1, sizeof *c);
  int r = PS_OK;
  if (c) {
    c->path = strdup(path);
    c->text = malloc(CONFIG_BYTES + 1);
  }
  if (!c || !c->path || !c->text) {
    (void)error_memory(err, CONFIG_BYTES + 1);
    r = PS_E_MEMORY;
  }
  if (r == PS_OK) r = read_text(c, fd, err);
  (void)close(fd);
  if (r == PS_OK) r = parse(c, err);
  if (r == PS_OK) *config = c;
  else config_free(c);
  return r;
}

void config_free(struct config *config) {
  if (!config) return;
  json_decref(config->root);
  free(config->text);
  free(config->path);
  free(config);
}

/* ---- places ---- */

/* The byte behind the string whose opening quote is at p; the text is valid JSON. */
static const char *string_end(const char *p) {
  for (p++; *p != '"'; p++)
    if (*p == '\\') p++;
  return p + 1;
}

/* The line of the nth key of the outermost object, from 0. Jansson keeps the keys in order, but
 * not their places. */
static int line_of_key(const struct config *c, size_t nth) {
  int line = 1, depth = 0;
  bool key = false; /* a string here is a key */
  for (const char *p = c->text, *end = c->text + c->len; p < end;) {
    if (*p == '"') {
      if (depth == 1 && key && nth-- == 0) return line;
      key = false;
      p = string_end(p);
      continue;
    }
    if (*p == '\n') line++;
    if (*p == '{' || *p == '[') key = ++depth == 1;
    if (*p == '}' || *p == ']') depth--;
    if (*p == ',') key = depth == 1;
    p++;
  }
  return line;
}

#define PLACE_TEXT 400
/* FILE:LINE: "KEY" */
static const char *place(const struct config *c, const char *key, size_t nth,
                         char text[PLACE_TEXT]) {
  (void)snprintf(text, PLACE_TEXT, "%.300s:%d: \"%.60s\"", c->path, line_of_key(c, nth), key);
  return text;
}

/* ---- values ---- */

static int wrong_type(const struct option_row *row, const char *name, const json_t *value,
                      struct ps_error *err) {
  const char *wanted = row->kind == OPTION_FLAG    ? "true or false"
                       : row->kind == OPTION_COUNT ? "a whole number"
                       : row->kind == OPTION_SIZE  ? "a size (as in 65536, \"64KiB\")"
                       : option_repeats(row)       ? "a text or a list of texts"
                                                   : "a text";
  char *text = json_text_of(value, JSON_ENCODE_ANY | JSON_COMPACT);
  int r =
      error_set(err, PS_E_ARGUMENT, "%s wants %s, not %.60s", name, wanted, text ? text : "this");
  free(text);
  return r;
}

static int set_number(const struct option_row *row, const char *name, const json_t *value,
                      struct arguments *arguments, struct ps_error *err) {
  char digits[32];
  if (json_is_string(value)) return option_set(row, name, json_string_value(value), arguments, err);
  if (!json_is_integer(value)) return wrong_type(row, name, value, err);
  (void)snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  return option_set(row, name, digits, arguments, err);
}

static int set_list(const struct option_row *row, const char *name, const json_t *value,
                    struct arguments *arguments, struct ps_error *err) {
  const json_t *item;
  size_t i;
  int r = PS_OK;
  json_array_foreach(value, i, item) {
    if (!json_is_string(item)) return wrong_type(row, name, item, err);
    r = option_set(row, name, json_string_value(item), arguments, err);
    if (r != PS_OK) break;
  }
  return r;
}

static int set_value(const struct option_row *row, const char *name, const json_t *value,
                     struct arguments *arguments, struct ps_error *err) {
  switch (row->kind) {
  case OPTION_FLAG:
    if (!json_is_boolean(value)) return wrong_type(row, name, value, err);
    option_set_flag(row, json_is_true(value), arguments);
    return PS_OK;
  case OPTION_COUNT:
  case OPTION_SIZE: return set_number(row, name, value, arguments, err);
  default:
    if (option_repeats(row) && json_is_array(value))
      return set_list(row, name, value, arguments, err);
    if (!json_is_string(value)) return wrong_type(row, name, value, err);
    return option_set(row, name, json_string_value(value), arguments, err);
  }
}

static int unknown_key(const char *name, option_groups groups, const char *key,
                       struct ps_error *err) {
  struct spelling spelling;
  spelling_begin(&spelling, key);
  for (; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++)
      if (!(*groups)->rows[i].command_line_only) spelling_offer(&spelling, (*groups)->rows[i].name);
  if (*spelling.best)
    return error_set(err, PS_E_ARGUMENT, "%s is no option: did you mean \"%s\"?", name,
                     spelling.best);
  return error_set(err, PS_E_ARGUMENT, "%s is no option; the keys are those of --help", name);
}

/* Values are checked also where the command line has decided, so that a configuration is right or
 * wrong by itself. */
int config_apply(const struct config *config, option_groups groups, struct arguments *arguments,
                 struct ps_error *err) {
  const char *key;
  json_t *value;
  size_t nth = 0;
  char name[PLACE_TEXT];
  json_object_foreach(config->root, key, value) {
    struct arguments checked = {0};
    const struct option_row *row = option_find(groups, key, strlen(key));
    (void)place(config, key, nth++, name);
    if (!row) return unknown_key(name, groups, key, err);
    if (row->command_line_only)
      return error_set(err, PS_E_ARGUMENT, "%s stands on the command line only", name);
    struct arguments *to = option_is_given(row, arguments) ? &checked : arguments;
    int r = set_value(row, name, value, to, err);
    if (r != PS_OK) return r;
  }
  return PS_OK;
}
