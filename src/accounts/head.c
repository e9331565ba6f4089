#include "accounts/head.h"

#include "accounts/damage.h"
#include "accounts/name.h"
#include "accounts/value.h"
#include "base/error.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MIN 16u

void head_release(struct head *head) {
  free(head->open);
  *head = (struct head){.nopen = 0};
}

static size_t open_place(const struct head *head, uint32_t day) {
  size_t at = head->nopen;
  while (at > 0 && head->open[at - 1].day >= day) at--;
  return at;
}

static int open_insert(struct head *head, const struct open_day *open, struct ps_error *err) {
  const size_t at = open_place(head, open->day);
  if (at < head->nopen && head->open[at].day == open->day) return PS_OK;
  if (head->nopen == head->cap) {
    const size_t cap = head->cap ? 2 * head->cap : OPEN_MIN;
    struct open_day *days = realloc(head->open, cap * sizeof *days);
    if (!days) return error_memory(err, cap * sizeof *days);
    head->open = days;
    head->cap = cap;
  }
  memmove(&head->open[at + 1], &head->open[at], (head->nopen - at) * sizeof *head->open);
  head->open[at] = *open;
  head->nopen++;
  return PS_OK;
}

int head_open_day(struct head *head, day_t day, uint64_t pings, struct ps_error *err) {
  return open_insert(head, &(struct open_day){day, head->sequence, pings}, err);
}

void head_close_days(struct head *head, uint32_t from, uint32_t to) {
  const size_t first = open_place(head, from), end = open_place(head, to);
  if (first >= end) return;
  memmove(&head->open[first], &head->open[end], (head->nopen - end) * sizeof *head->open);
  head->nopen -= end - first;
}

/* ---- as bytes ---- */

static int open_take(struct head *head, struct cursor *cursor, struct ps_error *err) {
  const uint64_t n = cursor_below(cursor, (uint64_t)DAY_MAX + 2);
  int r = PS_OK;
  for (uint64_t i = 0; i < n && cursor->sound && !r; i++) {
    struct open_day open;
    open.day = (day_t)cursor_below(cursor, (uint64_t)DAY_MAX + 1);
    open.sequence = cursor_number(cursor);
    open.pings = cursor_number(cursor);
    if (head->nopen && head->open[head->nopen - 1].day >= open.day) cursor->sound = false;
    if (cursor->sound) r = open_insert(head, &open, err);
  }
  return r;
}

static int head_parse(struct ps_seen *seen, struct head *head, const struct buffer *value,
                      struct ps_error *err) {
  struct cursor cursor = cursor_of(value->data, value->len);
  const uint8_t *start = cursor_take(&cursor, sizeof(struct head_start));
  if (!start || memcmp(start, HEAD_MAGIC, sizeof HEAD_MAGIC - 1) != 0)
    return damage_store(seen, err, "the head");
  const uint8_t *v = start + offsetof(struct head_start, version);
  const uint32_t version = v[0] | (uint32_t)v[1] << 8 | (uint32_t)v[2] << 16 | (uint32_t)v[3] << 24;
  if (version > HEAD_VERSION)
    return error_set(err, PS_E_STORE_VERSION,
                     "the accounts of the store in %s are of version %" PRIu32
                     ", this program knows them up to version %u: use a newer pingsieve",
                     damage_place(seen), version, HEAD_VERSION);
  head->sequence = cursor_number(&cursor);
  measures_take(&head->measures, &cursor);
  const int r = open_take(head, &cursor, err);
  if (r) return r;
  return version && head->sequence && cursor_ended(&cursor) ? PS_OK
                                                            : damage_store(seen, err, "the head");
}

int head_read(struct ps_seen *seen, struct head *head, struct ps_error *err) {
  struct buffer value = BUFFER_INIT;
  head->sequence = 0;
  head->measures.n = 0;
  head->nopen = 0;
  int r = value_read(seen, NAME_HEAD, &value, err);
  if (!r && value.len) r = head_parse(seen, head, &value, err);
  buffer_release(&value);
  return r;
}

int head_write(struct ps_seen *seen, const struct head *head, struct ps_error *err) {
  const struct head_start start = {.magic = HEAD_MAGIC, .version = {HEAD_VERSION}};
  struct buffer value = BUFFER_INIT;
  int r = buffer_append(&value, &start, sizeof start, err);
  if (!r) r = bytes_put_number(&value, head->sequence, err);
  if (!r) r = measures_put(&head->measures, &value, err);
  if (!r) r = bytes_put_number(&value, head->nopen, err);
  for (size_t i = 0; i < head->nopen && !r; i++) {
    r = bytes_put_number(&value, head->open[i].day, err);
    if (!r) r = bytes_put_number(&value, head->open[i].sequence, err);
    if (!r) r = bytes_put_number(&value, head->open[i].pings, err);
  }
  if (!r) r = ps_seen_put_value(seen, NAME_HEAD, value.data, value.len, err);
  buffer_release(&value);
  return r;
}
