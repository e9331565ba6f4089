#include "accounts/measures.h"

#include "base/error.h"
#include <stdio.h>
#include <string.h>

static const struct ps_account_measure *measure_find(const struct ps_account_measure *at, size_t n,
                                                     const char *name) {
  for (size_t i = 0; i < n; i++)
    if (!strcmp(at[i].name, name)) return &at[i];
  return NULL;
}

int measures_check(const struct ps_account_measure *run, size_t n, struct ps_error *err) {
  if (n > PS_MEASURES_MAX)
    return error_set(err, PS_E_ARGUMENT, "%zu measures are too many: %u are possible", n,
                     PS_MEASURES_MAX);
  for (size_t i = 0; i < n; i++) {
    if (strnlen(run[i].name, PS_MEASURE_NAME) % PS_MEASURE_NAME == 0 ||
        strnlen(run[i].path, PS_MEASURE_PATH) % PS_MEASURE_PATH == 0)
      return error_set(err, PS_E_ARGUMENT,
                       "a measure has a name of 1 to %u and a path of 1 to %u bytes",
                       PS_MEASURE_NAME - 1, PS_MEASURE_PATH - 1);
    if (measure_find(run, i, run[i].name))
      return error_set(err, PS_E_ARGUMENT, "the measure \"%s\" is given twice", run[i].name);
  }
  return PS_OK;
}

static int measures_full(const struct measures *measures, const char *name, const char *dir,
                         struct ps_error *err) {
  char known[PS_MEASURES_MAX * (PS_MEASURE_NAME + 2)] = "";
  size_t len = 0;
  for (size_t i = 0; i < measures->n; i++)
    len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", i ? ", " : "",
                            measures->at[i].name);
  return error_set(err, PS_E_STORE_MISMATCH,
                   "the store in %s has the measures %s and no room for \"%s\": %u are possible; "
                   "use these, or count into another store",
                   dir, known, name, PS_MEASURES_MAX);
}

int measures_join(struct measures *measures, const struct ps_account_measure *run, size_t n,
                  const char *dir, uint8_t place[PS_MEASURES_MAX], struct ps_error *err) {
  struct measures joined = *measures;
  for (size_t i = 0; i < n; i++) {
    const struct ps_account_measure *known = measure_find(joined.at, joined.n, run[i].name);
    if (!known) {
      if (joined.n == PS_MEASURES_MAX) return measures_full(&joined, run[i].name, dir, err);
      joined.at[joined.n] = run[i];
      known = &joined.at[joined.n++];
    }
    if (strcmp(known->path, run[i].path) != 0)
      return error_set(err, PS_E_STORE_MISMATCH,
                       "the store in %s counts the measure \"%s\" at %.160s, not at %.160s: give "
                       "one of them another name",
                       dir, known->name, known->path, run[i].path);
    place[i] = (uint8_t)(known - joined.at);
  }
  *measures = joined;
  return PS_OK;
}

int measures_put(const struct measures *measures, struct buffer *out, struct ps_error *err) {
  int r = bytes_put_number(out, measures->n, err);
  for (size_t i = 0; i < measures->n && !r; i++)
    if (!(r = bytes_put_text(out, measures->at[i].name, err)))
      r = bytes_put_text(out, measures->at[i].path, err);
  return r;
}

void measures_take(struct measures *measures, struct cursor *cursor) {
  measures->n = (size_t)cursor_below(cursor, PS_MEASURES_MAX + 1);
  for (size_t i = 0; i < measures->n; i++) {
    cursor_text(cursor, measures->at[i].name, sizeof measures->at[i].name);
    cursor_text(cursor, measures->at[i].path, sizeof measures->at[i].path);
    if (!measures->at[i].name[0] || !measures->at[i].path[0] ||
        measure_find(measures->at, i, measures->at[i].name))
      cursor->sound = false;
  }
}
