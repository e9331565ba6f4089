/* Payloads: all that is counted of one ping, in the bytes that documents.h keeps with the first
 * copy of a documentId.
 *
 * For each field the codes of its values, how many values have none, and how many were clamped;
 * for each measure its sum, implausible values, and `sum` member.
 */
#ifndef PROFILE_PAYLOAD_H
#define PROFILE_PAYLOAD_H

#include "profile/documents.h"
#include "profile/trace.h"
#include "profile/values.h"

#define PAYLOAD_CODE 3u    /* bytes of a code at most */
#define PAYLOAD_REST 2048u /* bytes of everything but codes at most */
/* Codes of one ping at most; values beyond have none. */
#define PAYLOAD_CODES ((DOCUMENT_PAYLOAD - PAYLOAD_REST) / PAYLOAD_CODE)

struct payload {
  size_t len, codes;
  uint8_t data[DOCUMENT_PAYLOAD];
};

struct payload_field {
  size_t ncodes;
  uint32_t code[FIELD_VALUES];
  uint64_t other, clamped;
};

static inline void payload_clear(struct payload *payload) { payload->len = payload->codes = 0; }
void payload_put_field(struct payload *payload, const struct payload_field *field);
void payload_put_measure(struct payload *payload, const struct trace_measure *measure);

void payload_take_field(struct cursor *cursor, struct payload_field *field);
void payload_take_measure(struct cursor *cursor, struct trace_measure *measure);

#endif
