#include "profile/payload.h"

#include <assert.h>

static_assert(PS_PROFILE_ALL <= 1u << 7 * PAYLOAD_CODE, "a code has as many bytes");
static_assert(FIELDS_MAX * 3 * BYTES_NUMBER + PING_SUMS * (3 * BYTES_NUMBER + 1) <= PAYLOAD_REST,
              "the rest has room");

void payload_put_field(struct payload *payload, const struct payload_field *field) {
  uint8_t *to = bytes_number(payload->data + payload->len, field->ncodes);
  for (size_t i = 0; i < field->ncodes; i++) to = bytes_number(to, field->code[i]);
  to = bytes_number(to, field->other);
  to = bytes_number(to, field->clamped);
  payload->len = (size_t)(to - payload->data);
  payload->codes += field->ncodes;
}

void payload_put_measure(struct payload *payload, const struct trace_measure *measure) {
  uint8_t *to = bytes_number(payload->data + payload->len, measure->sum);
  to = bytes_number(to, measure->implausible);
  *to++ = measure->state;
  if (measure->state == MEMBER_PLAUSIBLE) to = bytes_number(to, measure->member);
  payload->len = (size_t)(to - payload->data);
}

void payload_take_field(struct cursor *cursor, struct payload_field *field) {
  field->ncodes = (size_t)cursor_below(cursor, FIELD_VALUES + 1);
  for (size_t i = 0; i < field->ncodes; i++) field->code[i] = (uint32_t)cursor_number(cursor);
  field->other = cursor_number(cursor);
  field->clamped = cursor_number(cursor);
}

void payload_take_measure(struct cursor *cursor, struct trace_measure *measure) {
  measure->sum = cursor_number(cursor);
  measure->implausible = cursor_number(cursor);
  measure->state = (uint8_t)cursor_number(cursor);
  measure->member = measure->state == MEMBER_PLAUSIBLE ? cursor_number(cursor) : 0;
}
