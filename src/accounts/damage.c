#include "accounts/damage.h"

#include "seen/store.h"
#include <stdarg.h>
#include <stdio.h>

const char *damage_place(const struct ps_seen *seen) { return seen->env.dir; }

int damage_store(const struct ps_seen *seen, struct ps_error *err, const char *what) {
  return env_damaged(&seen->env, err, "in its accounts %s is wrong", what);
}

int damage_day(const struct ps_seen *seen, day_t day, struct ps_error *err, const char *what, ...) {
  char text[128], date[DAY_TEXT];
  va_list args;
  va_start(args, what);
  (void)vsnprintf(text, sizeof text, what, args);
  va_end(args);
  day_format(day, date);
  return env_damaged(&seen->env, err, "in the accounts of %s %s is wrong", date, text);
}
