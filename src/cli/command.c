#include "cli/command.h"

#include "base/buffer.h"
#include "base/retry.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/limits.h"
#include "cli/message.h"
#include "cli/spelling.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const struct command *const commands[] = {
    &command_filter,
    &command_backfill,
    &command_report,
    &command_profile,
    &command_store_info,
    &command_store_check,
    &command_store_expire,
    &command_store_forget,
    &command_store_absorb,
    &command_store_copy,
    &command_help,
    &command_version,
    NULL,
};

const struct command *command_find(int argc, char *const *argv, int first, int *words) {
  for (int n = 2; n >= 1; n--) {
    if (first + n > argc) continue;
    char name[64];
    int len = n == 2 ? snprintf(name, sizeof name, "%s %s", argv[first], argv[first + 1])
                     : snprintf(name, sizeof name, "%s", argv[first]);
    if (len < 0 || (size_t)len >= sizeof name) continue;
    for (size_t i = 0; commands[i]; i++)
      if (!strcmp(commands[i]->name, name)) {
        *words = n;
        return commands[i];
      }
  }
  return NULL;
}

int command_error(const struct ps_error *err) {
  char limits[LIMITS_TEXT];
  message(MESSAGE_ERROR, "%s%s", err->text, limits_remark(err, limits));
  return exit_code_of_status((int)err->status);
}

int command_usage(const struct command *command, const char *sentence) {
  message(MESSAGE_ERROR, "%s", sentence);
  if (command == &command_filter) message(MESSAGE_PLAIN, "Try 'pingsieve --help'.");
  else message(MESSAGE_PLAIN, "Try 'pingsieve %s --help'.", command->name);
  return EXIT_USAGE;
}

static bool is_plain_word(const char *text) {
  return *text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-./=:,+@%") == strlen(text);
}

/* Appends text as one word of a POSIX shell. */
static int append_shell_word(struct buffer *line, const char *text) {
  if (is_plain_word(text)) return buffer_printf(line, NULL, " %s", text);
  int r = buffer_append(line, " '", 2, NULL);
  for (; *text && r == PS_OK; text++)
    r = *text == '\'' ? buffer_append(line, "'\\''", 4, NULL) : buffer_append(line, text, 1, NULL);
  return r == PS_OK ? buffer_append(line, "'", 1, NULL) : r;
}

int command_line(const struct arguments *arguments, const char *insert, struct buffer *line) {
  int words = 0;
  command_find(arguments->argc, arguments->argv, 1, &words);
  int r = buffer_printf(line, NULL, "pingsieve");
  for (int i = 1; i < arguments->argc && r == PS_OK; i++) {
    if (i == 1 + words) r = buffer_append(line, insert, strlen(insert), NULL);
    if (r == PS_OK) r = append_shell_word(line, arguments->argv[i]);
  }
  if (r == PS_OK && arguments->argc <= 1 + words)
    r = buffer_append(line, insert, strlen(insert), NULL);
  return r;
}

bool command_has_store(const struct command *command, const struct arguments *arguments) {
  if (arguments->store) return true;
  struct buffer line = BUFFER_INIT;
  int r = command_line(arguments, " --store ./seen", &line);
  if (r == PS_OK && command == &command_filter)
    r = buffer_printf(&line, NULL, "%s > clean.ndjson",
                      arguments->operands ? "" : " < pings.ndjson");
  message(MESSAGE_ERROR,
          "no store given: there is no default one, because runs that share a store by accident "
          "lose pings to each other");
  if (r == PS_OK)
    message(MESSAGE_PLAIN, "Name its directory, here or in PINGSIEVE_STORE:  %s",
            (const char *)line.data);
  buffer_release(&line);
  return false;
}

/* Offers the first words of all commands, or the second words of a group's. */
static void offer_commands(struct spelling *spelling, const char *group) {
  for (size_t i = 0; commands[i]; i++) {
    const char *name = commands[i]->name;
    size_t first = strcspn(name, " ");
    char word[SPELLING_WORD];
    (void)snprintf(word, sizeof word, "%.*s", (int)first, name);
    if (!group) spelling_offer(spelling, word);
    else if (!strcmp(word, group) && name[first]) spelling_offer(spelling, name + first + 1);
  }
}

bool command_nearest(const char *group, const char *word, char name[COMMAND_NAME]) {
  struct spelling spelling;
  spelling_begin(&spelling, word);
  offer_commands(&spelling, group);
  (void)snprintf(name, COMMAND_NAME, "%s%s%s", group ? group : "", group ? " " : "", spelling.best);
  return *spelling.best;
}

static bool is_group(const char *word) {
  size_t len = strlen(word);
  for (size_t i = 0; commands[i]; i++)
    if (!strncmp(commands[i]->name, word, len) && commands[i]->name[len] == ' ') return true;
  return false;
}

/* "pingsieve store ...": a group of commands without a right one after it. */
static int group_main(int argc, char *const *argv) {
  const char *group = argv[1], *word = argc > 2 ? argv[2] : NULL;
  if (word && (!strcmp(word, "--help") || !strcmp(word, "-h"))) return help_group(stdout, group);
  if (!word || *word == '-') {
    message(MESSAGE_ERROR, "'%s' wants a command after it", group);
  } else {
    char name[COMMAND_NAME];
    if (command_nearest(group, word, name))
      message(MESSAGE_ERROR, "unknown command '%s %s': did you mean '%s'?", group, word, name);
    else message(MESSAGE_ERROR, "unknown command '%s %s'", group, word);
  }
  (void)help_group(stderr, group);
  return EXIT_USAGE;
}

/* A first word that is no command is the file to read, if there is such a file or it looks like
 * one. */
static bool looks_like_file(const char *word) {
  struct stat st;
  return *word == '-' || strpbrk(word, "/.") || RETRY(stat(word, &st)) == 0;
}

static int unknown_command(const char *word) {
  char sentence[256], name[COMMAND_NAME];
  if (command_nearest(NULL, word, name))
    (void)snprintf(sentence, sizeof sentence, "no command or file '%s': did you mean '%s'?", word,
                   name);
  else (void)snprintf(sentence, sizeof sentence, "no command or file '%s'", word);
  return command_usage(&command_filter, sentence);
}

int command_arguments(const struct command *command, int argc, char *const *argv,
                      struct arguments *arguments, struct ps_error *err) {
  int words = 0;
  (void)command_find(argc, argv, 1, &words);
  int r =
      option_parse(command->groups, command->max_operands, argc, argv, 1 + words, arguments, err);
  if (r != PS_OK || !arguments->config || arguments->help || arguments->version) return r;
  r = config_read(arguments->config, &arguments->configuration, err);
  return r == PS_OK ? config_apply(arguments->configuration, command->groups, arguments, err) : r;
}

void command_release(struct arguments *arguments) {
  config_free(arguments->configuration);
  arguments->configuration = NULL;
  option_release(arguments);
}

static int run(const struct command *command, const struct arguments *arguments) {
  if (arguments->help) return help_command(stdout, command);
  if (arguments->version) return command_version.run(arguments);
  return command->run(arguments);
}

int command_main(int argc, char *const *argv) {
  int words = 0;
  const struct command *command = command_find(argc, argv, 1, &words);
  if (!command) {
    if (argc > 1 && is_group(argv[1])) return group_main(argc, argv);
    if (argc > 1 && !looks_like_file(argv[1])) return unknown_command(argv[1]);
    command = commands[0];
  }
  struct arguments arguments;
  struct ps_error err = {0};
  int code, r = command_arguments(command, argc, argv, &arguments, &err);
  if (command == commands[0] && words == 0 && arguments.operands > 0 &&
      is_group(arguments.operand[0]) && !looks_like_file(arguments.operand[0]))
    code = command_usage(command,
                         "the command comes before the options: pingsieve store info --store DIR");
  else if (r == PS_E_INPUT) code = command_error(&err); /* the configuration was not read */
  else if (r != PS_OK) code = command_usage(command, err.text);
  else code = run(command, &arguments);
  command_release(&arguments);
  return code;
}
