#include "cli/reload.h"

#include "base/retry.h"
#include "cli/account_options.h"
#include "cli/message.h"
#include <stdio.h>
#include <sys/stat.h>

struct names {
  char text[1024];
  size_t len;
};

static void add_name(struct names *names, const char *name) {
  int n = snprintf(names->text + names->len, sizeof names->text - names->len, "%s%s",
                   names->len ? ", " : "", name);
  if (n > 0 && (size_t)n < sizeof names->text - names->len) names->len += (size_t)n;
}

static void compare(option_groups groups, const struct arguments *began,
                    const struct arguments *now, struct names *fixed) {
  for (; *groups; groups++)
    for (size_t i = 0; i < (*groups)->n; i++) {
      const struct option_row *row = &(*groups)->rows[i];
      if (!row->live && !option_is_same(row, began, now)) add_name(fixed, row->name);
    }
}

/* The scanner looks for the values of this rule only if it was on when the run began. */
static void keep_off(const struct arguments *began, struct ps_rules *rules, struct names *fixed) {
  if (!began->rules.shared_profile.value && rules->shared_profile) {
    rules->shared_profile = 0;
    add_name(fixed, "shared-profile");
  }
  if (!began->rules.shared_profile_cities.value && rules->shared_profile_cities) {
    rules->shared_profile_cities = 0;
    add_name(fixed, "shared-profile-cities");
  }
}

/* A pipe gives its text once, and opening it anew may wait for ever, here where signals are taken.
 */
static bool can_be_reread(const char *path) {
  struct stat st;
  if (!path || RETRY(stat(path, &st)) || S_ISREG(st.st_mode))
    return true; /* or reading says why not */
  message(MESSAGE_WARNING, "the thresholds stay as they were: %s is no regular file", path);
  return false;
}

bool reload_rules(const struct command *command, const struct arguments *began,
                  struct ps_rules *rules) {
  struct arguments now;
  struct ps_error err = {0};
  struct names fixed = {.len = 0};
  if (!can_be_reread(began->config)) return false;
  bool read = command_arguments(command, began->argc, began->argv, &now, &err) == PS_OK;
  if (read) {
    account_options_rules(&now, rules);
    compare(command->groups, began, &now, &fixed);
    keep_off(began, rules, &fixed);
  } else {
    message(MESSAGE_WARNING, "the thresholds stay as they were: %s", err.text);
  }
  if (fixed.len)
    message(MESSAGE_WARNING, "%s: changed, but this takes a restart: %s", began->config,
            fixed.text);
  command_release(&now);
  return read;
}
