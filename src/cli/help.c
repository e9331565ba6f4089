#include "cli/help.h"

#include "cli/exit_code.h"
#include "cli/number.h"
#include "cli/text.h"
#include <stdarg.h>
#include <string.h>

#define OPTION_COLUMN 26 /* where the sentences of options begin */

/* Appends to text[HELP_TEXT] at *at; text that does not fit is cut. */
static void append(char *text, size_t *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t *at, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(text + *at, HELP_TEXT - *at, format, arguments);
  va_end(arguments);
  if (n > 0) *at += (size_t)n;
  if (*at >= HELP_TEXT) *at = HELP_TEXT - 1;
}

char *help_option_text(const struct option_row *row, char text[HELP_TEXT]) {
  size_t at = 0;
  char number[NUMBER_TEXT];
  append(text, &at, "%s", row->help);
  if (row->kind == OPTION_COUNT || row->kind == OPTION_SIZE) {
    append(text, &at, " (");
    if (row->max != OPTION_LARGE) {
      append(text, &at, "%s to ", option_format_number(row, row->min, number));
      append(text, &at, "%s; ", option_format_number(row, row->max, number));
    }
    if (row->fallback_text) append(text, &at, "default: %s)", row->fallback_text);
    else append(text, &at, "default: %s)", option_format_number(row, option_fallback(row), number));
  } else if (row->kind == OPTION_PATHS) {
    const char *const *path = ping_default_paths(row->field);
    for (size_t i = 0; path[i]; i++) append(text, &at, "%s%s", i ? ", " : " (default: ", path[i]);
    append(text, &at, ")");
  } else if (row->fallback_text) {
    append(text, &at, " (default: %s)", row->fallback_text);
  }
  if (row->environment) append(text, &at, " [%s]", row->environment);
  return text;
}

char *help_group_note(const struct option_group *group, char text[HELP_TEXT]) {
  (void)snprintf(text, HELP_TEXT, "%s", group->note ? group->note : "");
  if (group->note_more) group->note_more(text, HELP_TEXT);
  return text;
}

static void print_option(FILE *out, const struct option_row *row) {
  char head[64], text[HELP_TEXT];
  int len = row->letter ? snprintf(head, sizeof head, "  -%c, --%s", row->letter, row->name)
                        : snprintf(head, sizeof head, "      --%s", row->name);
  if (row->argument) len += snprintf(head + len, sizeof head - (size_t)len, " %s", row->argument);
  unsigned at = (unsigned)len;
  (void)fputs(head, out);
  if (at + 2 > OPTION_COLUMN) {
    (void)fputc('\n', out);
    at = 0;
  }
  text_wrap(out, help_option_text(row, text), at, OPTION_COLUMN, TEXT_COLUMNS);
}

static void print_options(FILE *out, option_groups groups) {
  char note[HELP_TEXT];
  for (; *groups; groups++) {
    (void)fputc('\n', out);
    (void)fprintf(out, "%s:\n", (*groups)->title);
    if ((*groups)->note) text_wrap(out, help_group_note(*groups, note), 0, 2, TEXT_COLUMNS);
    for (size_t i = 0; i < (*groups)->n; i++) print_option(out, &(*groups)->rows[i]);
  }
}

static void print_examples(FILE *out, const struct command *command, size_t most) {
  if (!command->examples[0].line) return;
  (void)fputs("Examples:\n", out);
  for (size_t i = 0; i < COMMAND_EXAMPLES && i < most && command->examples[i].line; i++)
    (void)fprintf(out, "  %s\n      %s\n", command->examples[i].purpose, command->examples[i].line);
  (void)fputc('\n', out);
}

static void print_commands(FILE *out, const char *group) {
  size_t len = group ? strlen(group) : 0;
  (void)fputs("Commands:\n", out);
  for (size_t i = 0; commands[i]; i++) {
    const char *name = commands[i]->name;
    if (group && (strncmp(name, group, len) != 0 || name[len] != ' ')) continue;
    int at = fprintf(out, "  %s", name);
    text_wrap(out, commands[i]->summary, (unsigned)(at > 0 ? at : 0), 18, TEXT_COLUMNS);
  }
}

static void print_exit_codes(FILE *out) {
  size_t n;
  const struct exit_code_row *rows = exit_code_rows(&n);
  (void)fputs("\nExit codes:\n", out);
  for (size_t i = 0; i < n; i++) {
    int at = fprintf(out, "  %s", rows[i].code);
    text_wrap(out, rows[i].text, (unsigned)(at > 0 ? at : 0), 9, TEXT_COLUMNS);
  }
}

int help_command(FILE *out, const struct command *command) {
  bool main_help = command == commands[0];
  char line[HELP_TEXT];
  (void)snprintf(line, sizeof line, "pingsieve%s%s: %s", main_help ? "" : " ",
                 main_help ? "" : command->name, command->summary);
  text_wrap(out, line, 0, 0, TEXT_COLUMNS);
  (void)fputc('\n', out);
  print_examples(out, command, COMMAND_EXAMPLES);
  (void)fprintf(out, "Usage:\n  pingsieve %s\n\n", command->synopsis);
  text_wrap(out, command->about, 0, 0, TEXT_COLUMNS);
  if (main_help) {
    (void)fputc('\n', out);
    print_commands(out, NULL);
  }
  print_options(out, command->groups);
  if (main_help) {
    print_exit_codes(out);
    (void)fputs("\n'pingsieve help COMMAND' tells more of a command, 'man pingsieve' all there "
                "is.\n",
                out);
  }
  return EXIT_DONE;
}

int help_group(FILE *out, const char *group) {
  (void)fprintf(out, "Usage:\n  pingsieve %s COMMAND --store DIR [OPTION]...\n\n", group);
  print_commands(out, group);
  (void)fprintf(out, "\n'pingsieve %s COMMAND --help' tells more.\n", group);
  return EXIT_DONE;
}

int help_short(FILE *out) {
  const struct command *command = commands[0];
  (void)fprintf(out, "Usage: pingsieve %s\n\n", command->synopsis);
  print_examples(out, command, 2);
  (void)fputs("'pingsieve --help' lists all options and commands.\n", out);
  return EXIT_DONE;
}
