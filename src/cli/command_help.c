#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/option_table.h"
#include <stdio.h>
#include <string.h>

/* No command has the name of the operands. */
static int tell_unknown(const struct arguments *arguments) {
  const char *first = arguments->operand[0], *group = arguments->operands > 1 ? first : NULL;
  const char *word = group ? arguments->operand[1] : first;
  char name[COMMAND_NAME], sentence[256];
  if (!command_nearest(group, word, name) && (!group || !command_nearest(NULL, first, name)))
    return command_usage(&command_help, "there is no help for that: name a command");
  (void)snprintf(sentence, sizeof sentence, "there is no help for '%s%s%s': did you mean '%s'?",
                 first, group ? " " : "", group ? word : "", name);
  return command_usage(&command_help, sentence);
}

static int run(const struct arguments *arguments) {
  if (arguments->operands == 0) return help_command(stdout, commands[0]);
  int words = 0;
  const struct command *command =
      command_find((int)arguments->operands, (char *const *)arguments->operand, 0, &words);
  if (command && (size_t)words == arguments->operands) return help_command(stdout, command);
  if (arguments->operands == 1 && !strcmp(arguments->operand[0], "store"))
    return help_group(stdout, "store");
  return tell_unknown(arguments);
}

static const struct option_group *const groups[] = {&options_general, NULL};

const struct command command_help = {
    .name = "help",
    .summary = "prints the help of a command",
    .synopsis = "help [COMMAND]",
    .about = "The same as --help after a command.",
    .groups = groups,
    .examples = {{"What can be done with a store", "pingsieve help store"},
                 {"How a day is forgotten", "pingsieve help store forget"}},
    .max_operands = 2,
    .run = run,
};
