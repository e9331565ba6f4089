#include "accounts/events.h"

#include "accounts/label.h"
#include "base/error.h"
#include <assert.h>
#include <stdlib.h>

#define EVENTS_MIN 8u

static_assert(EVENT_ID <= LABEL_SPAN_MAX, "an id is read as a label is");

void events_release(struct events *events) {
  free(events->at);
  free(events->ids);
  *events = (struct events){.n = 0};
}

static int grow(struct events *events, struct ps_error *err) {
  const size_t cap = events->cap ? 2 * events->cap : EVENTS_MIN;
  struct account_event *at = realloc(events->at, cap * sizeof *at);
  if (at) events->at = at;
  char(*ids)[EVENT_ID] = realloc(events->ids, cap * sizeof *ids);
  if (ids) events->ids = ids;
  if (!at || !ids) return error_memory(err, cap * (sizeof *at + sizeof *ids));
  events->cap = cap;
  return PS_OK;
}

int events_add(struct events *events, const struct ps_flag *flag, const uint8_t *line,
               const struct scan_span *client, struct ps_error *err) {
  if (events->taken) events->n = 0;
  events->taken = false;
  if (events->n == events->cap) {
    const int r = grow(events, err);
    if (r) return r;
  }
  label_of_span(line, client, events->ids[events->n], EVENT_ID);
  events->at[events->n++].flag = *flag;
  return PS_OK;
}

size_t events_take(struct events *events, const struct account_event **at) {
  const size_t n = events->taken ? 0 : events->n;
  for (size_t i = 0; i < n; i++) events->at[i].id = events->ids[i];
  events->taken = true;
  *at = events->at;
  return n;
}
