#include "cli/option.h"

#include "base/error.h"
#include "cli/number.h"
#include "cli/option_table.h"
#include "cli/spelling.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool option_repeats(const struct option_row *row) {
  return row->kind == OPTION_LIST || row->kind == OPTION_PATHS;
}

char *option_format_number(const struct option_row *row, uint64_t number, char out[]) {
  if (row->kind == OPTION_SIZE) return number_format_size(number, out);
  (void)snprintf(out, NUMBER_TEXT, "%" PRIu64, number);
  return out;
}

static bool is_number(const struct option_row *row) {
  return row->kind == OPTION_COUNT || row->kind == OPTION_SIZE;
}

uint64_t option_fallback(const struct option_row *row) {
  return row->fallback_function ? row->fallback_function() : row->fallback;
}

const struct option_row *option_find(option_groups groups, const char *name, size_t len) {
  for (; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++) {
      const struct option_row *row = &(*groups)->rows[i];
      if (!strncmp(row->name, name, len) && row->name[len] == '\0') return row;
    }
  return NULL;
}

static const struct option_row *row_by_letter(option_groups groups, char letter) {
  for (; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++)
      if ((*groups)->rows[i].letter == letter) return &(*groups)->rows[i];
  return NULL;
}

static int unknown_name(option_groups groups, const char *name, struct ps_error *err) {
  char word[SPELLING_WORD + 2];
  (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(name, "="), name);
  for (const struct option_refusal *refusal = option_refusals; refusal->name; refusal++)
    if (!strcmp(refusal->name, word)) return error_set(err, PS_E_ARGUMENT, "%s", refusal->sentence);
  struct spelling spelling;
  spelling_begin(&spelling, word);
  for (; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++) spelling_offer(&spelling, (*groups)->rows[i].name);
  if (*spelling.best)
    return error_set(err, PS_E_ARGUMENT, "unknown option '--%s': did you mean '--%s'?", word,
                     spelling.best);
  return error_set(err, PS_E_ARGUMENT, "unknown option '--%s'", word);
}

/* A place in struct arguments. */
static void *target(const struct option_row *row, struct arguments *arguments) {
  return (char *)arguments + row->offset;
}

static int set_number(const struct option_row *row, const char *name, const char *value,
                      struct arguments *arguments, struct ps_error *err) {
  struct number *number = target(row, arguments);
  uint64_t n;
  if (number_parse(value, row->kind == OPTION_SIZE, &n) && n >= row->min && n <= row->max) {
    *number = (struct number){n, true};
    return PS_OK;
  }
  char low[NUMBER_TEXT], high[NUMBER_TEXT];
  return error_set(err, PS_E_ARGUMENT, "%s wants a %s from %s to %s%s, not '%s'", name,
                   row->kind == OPTION_SIZE ? "size" : "whole number",
                   option_format_number(row, row->min, low),
                   option_format_number(row, row->max, high),
                   row->kind == OPTION_SIZE ? " (as in 65536, 64k, 64KiB)" : "", value);
}

static int add_to_list(const struct option_row *row, const char *name, const char *value,
                       struct arguments *arguments, struct ps_error *err) {
  struct text_list *list = target(row, arguments);
  if (list->n >= row->max)
    return error_set(err, PS_E_ARGUMENT, "%s may be given at most %" PRIu64 " times", name,
                     row->max);
  list->item[list->n++] = value;
  return PS_OK;
}

#define ARTICLE_TEXT 64
/* The argument of an option with its article, if it has one: "a FILE", "an ID", "DAYS". */
static const char *with_article(const struct option_row *row, char text[ARTICLE_TEXT]) {
  const bool vowel = strchr("AEIO", *row->argument) != NULL;
  const bool many = row->argument[strlen(row->argument) - 1] == 'S';
  (void)snprintf(text, ARTICLE_TEXT, "%s%s", many ? "" : vowel ? "an " : "a ", row->argument);
  return text;
}

int option_set(const struct option_row *row, const char *name, const char *value,
               struct arguments *arguments, struct ps_error *err) {
  char article[ARTICLE_TEXT];
  if (is_number(row)) return set_number(row, name, value, arguments, err);
  if (!*value)
    return error_set(err, PS_E_ARGUMENT, "%s wants %s, not an empty text", name,
                     with_article(row, article));
  if (option_repeats(row)) return add_to_list(row, name, value, arguments, err);
  if (row->kind == OPTION_FILE && !strcmp(value, "-"))
    return error_set(err, PS_E_ARGUMENT,
                     "%s wants a file: '-' would mix it into the pings on standard output "
                     "(./- is a file of that name)",
                     name);
  if (row->kind == OPTION_INPUT && !strcmp(value, "-"))
    return error_set(err, PS_E_ARGUMENT, "%s wants a file: standard input is for pings", name);
  memcpy(target(row, arguments), &value, sizeof value);
  return PS_OK;
}

void option_set_flag(const struct option_row *row, bool value, struct arguments *arguments) {
  *(bool *)target(row, arguments) = value;
}

struct cursor {
  int argc;
  char *const *argv;
  int at; /* the next argument to look at */
};

static const char *next_argument(struct cursor *cursor) {
  return cursor->at < cursor->argc ? cursor->argv[cursor->at++] : NULL;
}

static int parse_long(option_groups groups, const char *text, struct cursor *cursor,
                      struct arguments *arguments, struct ps_error *err) {
  size_t len = strcspn(text, "=");
  const struct option_row *row = option_find(groups, text, len);
  if (!row) return unknown_name(groups, text, err);
  const char *value = text[len] == '=' ? text + len + 1 : NULL;
  char article[ARTICLE_TEXT];
  if (row->kind == OPTION_FLAG) {
    if (value)
      return error_set(err, PS_E_ARGUMENT, "--%s takes no value, '%s' was given", row->name, value);
    option_set_flag(row, true, arguments);
    return PS_OK;
  }
  if (!value) value = next_argument(cursor);
  if (!value)
    return error_set(err, PS_E_ARGUMENT, "--%s wants %s after it", row->name,
                     with_article(row, article));
  char name[64];
  (void)snprintf(name, sizeof name, "--%s", row->name);
  return option_set(row, name, value, arguments, err);
}

static int parse_cluster(option_groups groups, const char *letters, struct cursor *cursor,
                         struct arguments *arguments, struct ps_error *err) {
  for (; *letters; letters++) {
    const struct option_row *row = row_by_letter(groups, *letters);
    char name[3] = {'-', *letters, '\0'}, article[ARTICLE_TEXT];
    if (!row) return error_set(err, PS_E_ARGUMENT, "unknown option '%s'", name);
    if (row->kind == OPTION_FLAG) {
      option_set_flag(row, true, arguments);
      continue;
    }
    const char *value = letters[1] ? letters + 1 : next_argument(cursor);
    if (!value)
      return error_set(err, PS_E_ARGUMENT, "%s wants %s after it", name,
                       with_article(row, article));
    return option_set(row, name, value, arguments, err);
  }
  return PS_OK;
}

/* As target(), to look only. */
static const void *place_of(const struct option_row *row, const struct arguments *arguments) {
  return (const char *)arguments + row->offset;
}

bool option_is_given(const struct option_row *row, const struct arguments *arguments) {
  const void *place = place_of(row, arguments);
  if (is_number(row)) return ((const struct number *)place)->given;
  if (option_repeats(row)) return ((const struct text_list *)place)->n > 0;
  if (row->kind == OPTION_FLAG) return *(const bool *)place;
  return *(const char *const *)place != NULL;
}

static bool same_text(const char *one, const char *other) {
  return one && other ? !strcmp(one, other) : one == other;
}

static bool same_list(const struct text_list *one, const struct text_list *other) {
  if (one->n != other->n) return false;
  for (size_t i = 0; i < one->n; i++)
    if (!same_text(one->item[i], other->item[i])) return false;
  return true;
}

bool option_is_same(const struct option_row *row, const struct arguments *one,
                    const struct arguments *other) {
  const void *a = place_of(row, one), *b = place_of(row, other);
  if (is_number(row)) return ((const struct number *)a)->value == ((const struct number *)b)->value;
  if (option_repeats(row)) return same_list(a, b);
  if (row->kind == OPTION_FLAG) return *(const bool *)a == *(const bool *)b;
  return same_text(*(const char *const *)a, *(const char *const *)b);
}

static int apply_environment(option_groups groups, struct arguments *arguments,
                             struct ps_error *err) {
  for (; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++) {
      const struct option_row *row = &(*groups)->rows[i];
      const char *value = row->environment ? getenv(row->environment) : NULL;
      if (!value || !*value || option_is_given(row, arguments)) continue;
      int r = option_set(row, row->environment, value, arguments, err);
      if (r != PS_OK) return r;
    }
  return PS_OK;
}

static void apply_defaults(option_groups groups, struct arguments *arguments) {
  for (; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++) {
      const struct option_row *row = &(*groups)->rows[i];
      if (is_number(row))
        *(struct number *)target(row, arguments) = (struct number){option_fallback(row), false};
    }
}

static int add_operand(struct arguments *arguments, size_t max_operands, const char *text,
                       struct ps_error *err) {
  if (arguments->operands == max_operands)
    return error_set(err, PS_E_ARGUMENT, "unexpected operand '%s'", text);
  size_t all = (size_t)arguments->argc; /* there cannot be more */
  if (!arguments->operand) arguments->operand = calloc(all, sizeof *arguments->operand);
  if (!arguments->operand) return error_memory(err, all * sizeof *arguments->operand);
  arguments->operand[arguments->operands++] = text;
  return PS_OK;
}

void option_release(struct arguments *arguments) {
  free(arguments->operand);
  arguments->operand = NULL;
  arguments->operands = 0;
}

int option_parse(option_groups groups, size_t max_operands, int argc, char *const *argv, int first,
                 struct arguments *arguments, struct ps_error *err) {
  memset(arguments, 0, sizeof *arguments);
  arguments->argc = argc;
  arguments->argv = argv;
  apply_defaults(groups, arguments);
  struct cursor cursor = {argc, argv, first};
  bool options = true;
  for (const char *text; (text = next_argument(&cursor));) {
    int r = PS_OK;
    if (options && !strcmp(text, "--")) options = false;
    else if (options && text[0] == '-' && text[1] == '-')
      r = parse_long(groups, text + 2, &cursor, arguments, err);
    else if (options && text[0] == '-' && text[1])
      r = parse_cluster(groups, text + 1, &cursor, arguments, err);
    else r = add_operand(arguments, max_operands, text, err);
    if (r != PS_OK) return r;
    if (arguments->help || arguments->version) return PS_OK;
  }
  return apply_environment(groups, arguments, err);
}

char *option_paths(const struct text_list *given, enum ps_field field, char *text, size_t cap) {
  const char *const *path = given->n ? given->item : ping_default_paths(field);
  size_t at = 0;
  for (size_t i = 0; path[i] && at < cap; i++)
    at += (size_t)snprintf(text + at, cap - at, "%s%s", i ? ", " : "", path[i]);
  return text;
}
