#include "inputs/day_from.h"

#include "base/error.h"
#include "scan/pattern.h"
#include <pingsieve/inputs.h>
#include <string.h>

#define GROUPS 10u /* the whole match included */

int day_from_init(struct day_from *from, const char *pattern, struct ps_error *err) {
  from->compiled = false;
  if (!pattern || strcmp(pattern, PS_DAY_FROM_DEFAULT) == 0) return PS_OK;
  struct ps_error why;
  const int r = pattern_compile(pattern, 0, &from->regex, &why);
  if (r == PS_E_MEMORY) return error_memory(err, strlen(pattern));
  if (r)
    return error_set(err, PS_E_ARGUMENT,
                     "the pattern of days '%.200s' is no POSIX extended regular expression: %s",
                     pattern, why.text);
  from->compiled = true;
  return PS_OK;
}

void day_from_release(struct day_from *from) {
  if (from->compiled) regfree(&from->regex);
  from->compiled = false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The date of 2000 to 2099 at the beginning of the text, no digit behind it. */
static bool date_here(const char *text, day_t *day) {
  const size_t len = strnlen(text, 11);
  const size_t bytes = len > 4 && text[4] == '-' ? 10 : 8;
  return len >= bytes && text[0] == '2' && text[1] == '0' && !is_digit(text[bytes]) &&
         day_parse(text, bytes, day);
}

static bool scan(const char *path, day_t *day) {
  for (const char *at = path; (at = strchr(at, '2')); at++)
    if ((at == path || !is_digit(at[-1])) && date_here(at, day)) return true;
  return false;
}

static bool date_of_match(const char *text, const regmatch_t match[GROUPS], day_t *day) {
  for (size_t i = 1; i <= GROUPS; i++) { /* the whole match at last */
    const regmatch_t *m = &match[i % GROUPS];
    if (m->rm_so >= 0 && day_parse(text + m->rm_so, (size_t)(m->rm_eo - m->rm_so), day))
      return true;
  }
  return false;
}

bool day_from_path(const struct day_from *from, const char *path, day_t *day) {
  regmatch_t match[GROUPS];
  if (!from->compiled) return scan(path, day);
  const regoff_t len = (regoff_t)strlen(path);
  for (regoff_t at = 0; at <= len; at = match[0].rm_so + 1) {
    /* With REG_STARTEND the offsets of groups count from the text's beginning. */
    match[0] = (regmatch_t){at, len};
    if (regexec(&from->regex, path, GROUPS, match, REG_STARTEND | (at ? REG_NOTBOL : 0)) != 0)
      return false;
    if (date_of_match(path, match, day)) return true;
  }
  return false;
}
