#include "scan/selection.h"
#include "base/error.h"
#include "scan/condition.h"
#include "scan/sample.h"

#include <stdlib.h>

struct selection {
  unsigned nconditions;
  bool sampled;
  struct sample sample;
  struct subject client; /* of the sample */
  struct condition conditions[PS_WHERE_MAX];
};

static int conditions_init(struct selection *s, const char *const *where,
                           const char *const *const paths[PS_FIELDS], struct specs *specs,
                           struct ps_error *err) {
  for (unsigned i = 0; where && where[i]; i++) {
    if (i == PS_WHERE_MAX)
      return error_set(err, PS_E_ARGUMENT,
                       "the condition \"%.200s\" is one too many: %u are possible", where[i],
                       PS_WHERE_MAX);
    int r = condition_init(&s->conditions[s->nconditions++], where[i], paths, specs, err);
    if (r) return r;
  }
  return PS_OK;
}

int selection_create(const struct ps_selection *from, const char *const *const paths[PS_FIELDS],
                     struct specs *specs, struct selection **selection, struct ps_error *err) {
  *selection = NULL;
  if (!from || ((!from->where || !*from->where) && !from->sample_ids)) return PS_OK;
  struct selection *made = calloc(1, sizeof *made);
  if (!made) return error_memory(err, sizeof *made);
  int r = conditions_init(made, from->where, paths, specs, err);
  if (!r && from->sample_ids) {
    made->sampled = true;
    r = sample_parse(from->sample_ids, &made->sample, err);
    if (!r) r = subject_compile("clientId", paths, specs, &made->client, err);
  }
  if (r) selection_free(made);
  else *selection = made;
  return r;
}

void selection_free(struct selection *selection) {
  if (!selection) return;
  for (unsigned i = 0; i < selection->nconditions; i++)
    condition_release(&selection->conditions[i]);
  free(selection);
}

void selection_day(day_t day, uint8_t text[SELECTION_DAY]) {
  unsigned month, day_of_month;
  int year;
  day_civil(day, &year, &month, &day_of_month);
  unsigned number = (unsigned)year * 10000 + month * 100 + day_of_month;
  for (unsigned i = SELECTION_DAY; i-- > 0; number /= 10) text[i] = (uint8_t)('0' + number % 10);
}

static bool day_holds(const struct condition *condition, const struct ping *ping) {
  static const struct scan_span none = {.type = SCAN_NONE};
  if (!ping->has_day) return condition_holds(condition, (const uint8_t *)"", &none);
  uint8_t text[SELECTION_DAY];
  selection_day(ping->day, text);
  return condition_holds_text(condition, text, sizeof text);
}

bool selection_holds(const struct selection *selection, const struct scan_result *result,
                     const uint8_t *line, const struct ping *ping) {
  for (unsigned i = 0; i < selection->nconditions; i++) {
    const struct condition *condition = &selection->conditions[i];
    if (condition->subject.is_day) {
      if (!day_holds(condition, ping)) return false;
      continue;
    }
    const struct scan_span span = subject_span(&condition->subject, result, line, false);
    if (!condition_holds(condition, line, &span)) return false;
  }
  if (!selection->sampled) return true;
  const struct scan_span client = subject_span(&selection->client, result, line, false);
  return sample_has(&selection->sample, line, &client);
}

/* ---- which fields it needs ---- */

static unsigned field_of(const char *text, size_t len) {
  char copy[64];
  struct name name;
  if (len >= sizeof copy) return 0;
  memcpy(copy, text, len);
  copy[len] = '\0';
  return name_find(copy, &name) && name.field < PS_FIELDS ? 1u << name.field : 0;
}

unsigned ping_selection_fields(const struct ps_selection *selection) {
  unsigned fields = 0;
  if (!selection) return 0;
  if (selection->sample_ids || selection->one_per_client) fields |= 1u << PS_FIELD_CLIENT;
  for (const char *const *where = selection->where; where && *where; where++) {
    const char *name;
    const size_t len = condition_subject(*where, &name);
    fields |= len ? field_of(name, len) : 0;
  }
  for (const char *const *select = selection->select; select && *select; select++)
    if (field_of(*select, strlen(*select)) == 1u << PS_FIELD_DATE) fields |= 1u << PS_FIELD_DATE;
  return fields;
}
