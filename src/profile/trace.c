#include "profile/trace.h"

#include <string.h>

enum { VALUE_NUMBER = 1, VALUE_CLAMPED = 2, VALUE_FLAGS = 2 /* bits */ };
enum { PING_HAS_KEY = 1, PING_HAS_DAY = 2, PING_HAS_TIME = 4 };

/* ---- writing ---- */

int trace_begin(struct buffer *out, struct ps_error *err) {
  buffer_clear(out);
  int r = buffer_reserve(out, sizeof(struct trace_head), err);
  if (!r) out->len = sizeof(struct trace_head);
  return r;
}

void trace_end(struct buffer *out, const struct trace_head *head) {
  memcpy(out->data, head, sizeof *head);
}

static void end_at(struct buffer *out, const uint8_t *end) { out->len = (size_t)(end - out->data); }

int trace_put_malformed(struct buffer *out, const struct trace_malformed *malformed,
                        struct ps_error *err) {
  int r = buffer_reserve(out, 1 + 3 * BYTES_NUMBER, err);
  if (r) return r;
  uint8_t *to = out->data + out->len;
  *to++ = TRACE_MALFORMED;
  to = bytes_number(to, malformed->line);
  to = bytes_number(to, malformed->offset);
  end_at(out, bytes_number(to, malformed->code));
  return PS_OK;
}

static uint8_t *put_measure(uint8_t *to, const struct trace_measure *measure) {
  to = bytes_number(to, measure->sum);
  to = bytes_number(to, measure->implausible);
  *to++ = measure->state;
  return measure->state == MEMBER_PLAUSIBLE ? bytes_number(to, measure->member) : to;
}

int trace_put_ping(struct buffer *out, const struct trace_ping *ping, struct ps_error *err) {
  const size_t most =
      2 + 4 * BYTES_NUMBER + sizeof ping->key + ping->id_len + PING_SUMS * (3 * BYTES_NUMBER + 1);
  int r = buffer_reserve(out, most, err);
  if (r) return r;
  uint8_t *to = out->data + out->len;
  *to++ = TRACE_PING;
  *to++ = (uint8_t)((ping->keyed ? PING_HAS_KEY : 0) | (ping->has_day ? PING_HAS_DAY : 0) |
                    (ping->has_time ? PING_HAS_TIME : 0));
  to = bytes_number(to, ping->client);
  if (ping->keyed) {
    memcpy(to, &ping->key, sizeof ping->key);
    to = bytes_number(to + sizeof ping->key, ping->id_len);
    memcpy(to, ping->id, ping->id_len);
    to += ping->id_len;
  }
  if (ping->has_day) to = bytes_number(to, ping->day);
  if (ping->has_time) to = bytes_number(to, ping->time_ns);
  for (unsigned i = 0; i < ping->nmeasures; i++) to = put_measure(to, &ping->measure[i]);
  end_at(out, to);
  return PS_OK;
}

int trace_put_field(struct buffer *out, const struct field_values *values, struct ps_error *err) {
  size_t most = 2 * BYTES_NUMBER;
  for (size_t i = 0; i < values->n; i++) most += BYTES_NUMBER + values->at[i].len;
  int r = buffer_reserve(out, most, err);
  if (r) return r;
  uint8_t *to = bytes_number(out->data + out->len, values->n);
  to = bytes_number(to, values->more);
  for (size_t i = 0; i < values->n; i++) {
    const struct field_value *value = &values->at[i];
    unsigned flags = (value->number ? VALUE_NUMBER : 0) | (value->clamped ? VALUE_CLAMPED : 0);
    to = bytes_number(to, (uint64_t)value->len << VALUE_FLAGS | flags);
    if (value->len) memcpy(to, value->text, value->len);
    to += value->len;
  }
  end_at(out, to);
  return PS_OK;
}

int trace_put_fleet(struct buffer *out, unsigned field, const struct field_values *values,
                    struct ps_error *err) {
  if (!values->n) return PS_OK;
  int r = buffer_reserve(out, 1 + BYTES_NUMBER + values->n * FLEET_HASH, err);
  if (r) return r;
  uint8_t *to = out->data + out->len;
  *to++ = TRACE_FLEET;
  to = bytes_number(to, values->n);
  for (size_t i = 0; i < values->n; i++, to += FLEET_HASH)
    fleet_hash(field, values->at[i].text, values->at[i].len, to);
  end_at(out, to);
  return PS_OK;
}

/* ---- reading ---- */

void trace_read(const struct buffer *in, struct trace_head *head, struct cursor *cursor) {
  memcpy(head, in->data, sizeof *head);
  *cursor = cursor_of(in->data + sizeof *head, in->len - sizeof *head);
}

enum trace_kind trace_next(struct cursor *cursor) {
  return cursor->at == cursor->end ? TRACE_END : (enum trace_kind) * cursor->at++;
}

void trace_take_malformed(struct cursor *cursor, struct trace_malformed *malformed) {
  malformed->line = cursor_number(cursor);
  malformed->offset = cursor_number(cursor);
  malformed->code = cursor_number(cursor);
}

const uint8_t *trace_take_fleet(struct cursor *cursor, size_t *n) {
  *n = (size_t)cursor_number(cursor);
  return cursor_take(cursor, *n * FLEET_HASH);
}

static void take_measure(struct cursor *cursor, struct trace_measure *measure) {
  measure->sum = cursor_number(cursor);
  measure->implausible = cursor_number(cursor);
  measure->state = (uint8_t)cursor_number(cursor);
  measure->member = measure->state == MEMBER_PLAUSIBLE ? cursor_number(cursor) : 0;
}

void trace_take_ping(struct cursor *cursor, struct trace_ping *ping) {
  const uint64_t flags = cursor_number(cursor);
  ping->client = (uint32_t)cursor_number(cursor);
  ping->keyed = flags & PING_HAS_KEY;
  ping->has_day = flags & PING_HAS_DAY;
  ping->has_time = flags & PING_HAS_TIME;
  ping->id_len = 0;
  if (ping->keyed) {
    memcpy(&ping->key, cursor_take(cursor, sizeof ping->key), sizeof ping->key);
    ping->id_len = (size_t)cursor_number(cursor);
    ping->id = cursor_take(cursor, ping->id_len);
  }
  ping->day = ping->has_day ? (day_t)cursor_number(cursor) : 0;
  ping->time_ns = ping->has_time ? cursor_number(cursor) : 0;
  for (unsigned i = 0; i < ping->nmeasures; i++) take_measure(cursor, &ping->measure[i]);
}

size_t trace_take_field(struct cursor *cursor, uint64_t *more) {
  const size_t n = (size_t)cursor_number(cursor);
  *more = cursor_number(cursor);
  return n;
}

void trace_take_value(struct cursor *cursor, struct field_value *value) {
  const uint64_t number = cursor_number(cursor);
  value->number = number & VALUE_NUMBER;
  value->clamped = number & VALUE_CLAMPED;
  value->len = (uint32_t)(number >> VALUE_FLAGS);
  value->text = cursor_take(cursor, value->len);
}
