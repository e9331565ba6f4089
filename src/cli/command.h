/* Commands: one file and one row each.
 *
 * A row says what the command is called, what it takes and what its help shows; its function does
 * the work and returns an exit code. The row is all that parsing, help, the manual page and the
 * completions know.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/buffer.h"
#include "cli/arguments.h"
#include "cli/option.h"

struct example {
  const char *purpose, *line;
};

#define COMMAND_EXAMPLES 8

struct command {
  const char *name;     /* "filter", "store info" */
  const char *summary;  /* a line for lists of commands, lower case, no period */
  const char *synopsis; /* all that follows "pingsieve " */
  const char *about;    /* a paragraph */
  option_groups groups;
  struct example examples[COMMAND_EXAMPLES];
  size_t max_operands;
  int (*run)(const struct arguments *arguments); /* returns an exit code */
};

extern const struct command command_filter, command_backfill, command_report, command_profile,
    command_store_info, command_store_check, command_store_expire, command_store_forget,
    command_store_absorb, command_store_copy, command_help, command_version;

/* All of them in the order of the help, ended by NULL; the first is the default. */
extern const struct command *const commands[];

/* The command named by up to two leading words, and how many they are. NULL: none. */
const struct command *command_find(int argc, char *const *argv, int first, int *words);

/* The name of the command that `word` may be a misspelling of: as the first word, or as the second
 * one of the group. False: there is none. */
#define COMMAND_NAME 64
bool command_nearest(const char *group, const char *word, char name[COMMAND_NAME]);

/* Parses and runs what argv asks for; returns the exit code. */
int command_main(int argc, char *const *argv);

/* The command's arguments from argv, the environment and the configuration, whatever argv[0] and
 * the command's own words are. command_release() frees what they hold, also after an error. */
int command_arguments(const struct command *command, int argc, char *const *argv,
                      struct arguments *arguments, struct ps_error *err);
void command_release(struct arguments *arguments);

/* Says what is wrong with the usage and how to get help; returns EXIT_USAGE. */
int command_usage(const struct command *command, const char *sentence);

/* Appends the command as it was typed, as words of a POSIX shell, with `insert` behind the
 * command's own words. */
int command_line(const struct arguments *arguments, const char *insert, struct buffer *line);

/* Whether a store was named; if not, says so with the command to type. */
bool command_has_store(const struct command *command, const struct arguments *arguments);

/* Says an error and returns its exit code. */
int command_error(const struct ps_error *err);

#endif
