#include "cli/completion.h"

#include "cli/command.h"
#include <stdbool.h>
#include <string.h>

/* Calls print for each option of a command. */
static void each_option(FILE *out, const struct command *command,
                        void (*print)(FILE *out, const struct command *command,
                                      const struct option_row *row)) {
  for (option_groups groups = command->groups; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++) print(out, command, &(*groups)->rows[i]);
}

/* Text inside single quotes of a shell; bytes of `escape` get a backslash. */
static void print_quoted(FILE *out, const char *text, const char *escape) {
  for (; *text; text++) {
    if (*text == '\'') (void)fputs("'\\''", out);
    else if (strchr(escape, *text)) (void)fprintf(out, "\\%c", *text);
    else (void)fputc(*text, out);
  }
}

static const char *second_word(const struct command *command) {
  const char *space = strchr(command->name, ' ');
  return space ? space + 1 : NULL;
}

/* The commands of one word. */
static void single_words(FILE *out, const char *between) {
  const char *gap = "";
  for (size_t i = 0; commands[i]; i++) {
    if (second_word(commands[i])) continue;
    (void)fprintf(out, "%s%s", gap, commands[i]->name);
    gap = between;
  }
}

static bool is_file(const struct option_row *row) {
  return row->kind == OPTION_FILE || row->kind == OPTION_OUTPUT || row->kind == OPTION_INPUT ||
         row->kind == OPTION_SOURCE;
}
static bool is_directory(const struct option_row *row) { return row->kind == OPTION_DIRECTORY; }

/* ---- bash ---- */

static void bash_option(FILE *out, const struct command *command, const struct option_row *row) {
  (void)command;
  if (row->letter) (void)fprintf(out, " -%c", row->letter);
  (void)fprintf(out, " --%s", row->name);
}

/* Whether an earlier command has the option too. */
static bool was_printed(size_t command, const char *name) {
  for (size_t i = 0; i < command; i++)
    if (option_find(commands[i]->groups, name, strlen(name))) return true;
  return false;
}

/* Completes values of options of one kind by compgen, whose letter for them is given. */
static void bash_values(FILE *out, bool (*is_kind)(const struct option_row *), const char *letter) {
  const char *gap = "  ";
  for (size_t c = 0; commands[c]; c++)
    for (option_groups groups = commands[c]->groups; *groups; groups++)
      for (size_t i = 0; i < (*groups)->n; i++) {
        const struct option_row *row = &(*groups)->rows[i];
        if (!is_kind(row) || was_printed(c, row->name)) continue;
        (void)fprintf(out, "%s--%s", gap, row->name);
        if (row->letter) (void)fprintf(out, " | -%c", row->letter);
        gap = " | ";
      }
  (void)fprintf(out,
                ")\n"
                "    mapfile -t COMPREPLY < <(compgen %s -- \"$current\")\n"
                "    return ;;\n",
                letter);
}

static void bash_first_words(FILE *out) {
  const char *gap = "", *group = "";
  for (size_t i = 0; commands[i]; i++) {
    const char *name = commands[i]->name;
    size_t len = strcspn(name, " ");
    if (name[len] && !strncmp(group, name, len + 1)) continue; /* of the group printed before */
    (void)fprintf(out, "%s%.*s", gap, (int)len, name);
    gap = " ";
    if (name[len]) group = name;
  }
}

void completion_print_bash(FILE *out) {
  (void)fputs("# bash completion for pingsieve\n"
              "_pingsieve() {\n"
              "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
              "  local command=${COMP_WORDS[1]} options words\n"
              "  case $command in\n"
              "  store)\n"
              "    if ((COMP_CWORD == 2)); then\n"
              "      words='",
              out);
  const char *gap = "";
  for (size_t i = 0; commands[i]; i++)
    if (second_word(commands[i])) {
      (void)fprintf(out, "%s%s", gap, second_word(commands[i]));
      gap = " ";
    }
  (void)fputs("'\n"
              "      mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
              "      return\n"
              "    fi\n"
              "    command=\"store ${COMP_WORDS[2]}\" ;;\n"
              "  -* | '') command=filter ;;\n"
              "  esac\n"
              "  case $previous in\n",
              out);
  bash_values(out, is_directory, "-d");
  bash_values(out, is_file, "-f");
  (void)fputs("  esac\n"
              "  case $command in\n",
              out);
  for (size_t i = 0; commands[i]; i++) {
    (void)fprintf(out, "  '%s') options='", commands[i]->name);
    each_option(out, commands[i], bash_option);
    (void)fputs("' ;;\n", out);
  }
  (void)fputs("  esac\n"
              "  words='",
              out);
  bash_first_words(out);
  (void)fputs("'\n"
              "  if [[ $current == -* ]]; then\n"
              "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
              "  elif ((COMP_CWORD == 1)); then\n"
              "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"; compgen -f -- "
              "\"$current\")\n"
              "  else\n"
              "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
              "  fi\n"
              "}\n"
              "complete -o filenames -F _pingsieve pingsieve\n",
              out);
}

/* ---- zsh ---- */

static const char *zsh_action(const struct option_row *row) {
  if (is_directory(row)) return "_directories";
  return is_file(row) ? "_files" : " ";
}

static void zsh_spec(FILE *out, const struct option_row *row, const char *dashed, bool is_long) {
  (void)fprintf(out, "    '%s%s%s[", option_repeats(row) ? "*" : "", dashed,
                row->argument && is_long ? "=" : "");
  print_quoted(out, row->help, "[]:\\");
  (void)fputc(']', out);
  if (row->argument) (void)fprintf(out, ":%s:%s", row->argument, zsh_action(row));
  (void)fputs("'\n", out);
}

static void zsh_option(FILE *out, const struct command *command, const struct option_row *row) {
  char dashed[64];
  (void)command;
  if (row->letter) {
    (void)snprintf(dashed, sizeof dashed, "-%c", row->letter);
    zsh_spec(out, row, dashed, false);
  }
  (void)snprintf(dashed, sizeof dashed, "--%s", row->name);
  zsh_spec(out, row, dashed, true);
}

static void zsh_describe(FILE *out, const char *array, bool second) {
  (void)fprintf(out, "  %s=(\n", array);
  for (size_t i = 0; commands[i]; i++) {
    const char *word = second ? second_word(commands[i]) : commands[i]->name;
    if (!word || (!second && second_word(commands[i]))) continue;
    (void)fprintf(out, "    '%s:", word);
    print_quoted(out, commands[i]->summary, ":\\");
    (void)fputs("'\n", out);
  }
  if (!second) (void)fputs("    'store:looks after a store'\n", out);
  (void)fputs("  )\n", out);
}

void completion_print_zsh(FILE *out) {
  (void)fputs("#compdef pingsieve\n"
              "_pingsieve() {\n"
              "  local -a top sub options\n"
              "  local command=filter\n",
              out);
  zsh_describe(out, "top", false);
  zsh_describe(out, "sub", true);
  (void)fputs("  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
              "    _describe command top\n"
              "    _files\n"
              "    return\n"
              "  fi\n"
              "  if [[ $words[2] == store ]]; then\n"
              "    if (( CURRENT == 3 )); then _describe command sub; return; fi\n"
              "    command=\"store $words[3]\"\n"
              "  elif [[ $words[2] == (",
              out);
  single_words(out, "|");
  (void)fputs(") ]]; then\n"
              "    command=$words[2]\n"
              "  fi\n"
              "  case $command in\n",
              out);
  for (size_t i = 0; commands[i]; i++) {
    (void)fprintf(out, "  '%s') options=(\n", commands[i]->name);
    each_option(out, commands[i], zsh_option);
    (void)fputs("  ) ;;\n", out);
  }
  (void)fputs("  esac\n"
              "  _arguments -s $options '*:file:_files'\n"
              "}\n"
              "_pingsieve \"$@\"\n",
              out);
}

/* ---- fish ---- */

static void fish_option(FILE *out, const struct command *command, const struct option_row *row) {
  const char *second = second_word(command);
  (void)fputs("complete -c pingsieve -n '", out);
  if (second)
    (void)fprintf(out, "__fish_seen_subcommand_from store; and __fish_seen_subcommand_from %s",
                  second);
  else if (command == commands[0]) {
    (void)fputs("not __fish_seen_subcommand_from store", out);
    for (size_t i = 1; commands[i]; i++)
      if (!second_word(commands[i])) (void)fprintf(out, " %s", commands[i]->name);
  } else (void)fprintf(out, "__fish_seen_subcommand_from %s", command->name);
  (void)fputc('\'', out);
  if (row->letter) (void)fprintf(out, " -s %c", row->letter);
  (void)fprintf(out, " -l %s -d '", row->name);
  print_quoted(out, row->help, "\\");
  (void)fputc('\'', out);
  if (is_directory(row)) (void)fputs(" -x -a '(__fish_complete_directories)'", out);
  else if (is_file(row)) (void)fputs(" -r -F", out);
  else if (row->argument) (void)fputs(" -x", out);
  (void)fputc('\n', out);
}

void completion_print_fish(FILE *out) {
  (void)fputs("# fish completion for pingsieve\n", out);
  (void)fputs("complete -c pingsieve -n __fish_use_subcommand -a store -d 'looks after a store'\n",
              out);
  for (size_t i = 0; commands[i]; i++) {
    const char *second = second_word(commands[i]);
    (void)fprintf(out, "complete -c pingsieve -n '%s' %s-a %s -d '",
                  second ? "__fish_seen_subcommand_from store" : "__fish_use_subcommand",
                  second ? "-f " : "", second ? second : commands[i]->name);
    print_quoted(out, commands[i]->summary, "\\");
    (void)fputs("'\n", out);
  }
  for (size_t i = 0; commands[i]; i++) each_option(out, commands[i], fish_option);
}
