/* Traces: a worker's notes about the lines of a block, for the committer, which takes blocks in
 * order.
 *
 * A head with counts, then entries in the order of the lines: malformed lines, hashes of the values
 * of pings that the fleet consists of, and pings of profiled clients, each followed by its fields.
 * Numbers are those of accounts/bytes.h. They never leave the process.
 */
#ifndef PROFILE_TRACE_H
#define PROFILE_TRACE_H

#include "accounts/bytes.h"
#include "profile/field.h"
#include "profile/fleet.h"

struct trace_head {
  uint64_t lines, blank, malformed, not_selected, pings, without_client, canary, client_pings;
  bool any_day;
  day_t first_day, last_day; /* of the pings */
};

enum trace_kind { TRACE_END, TRACE_MALFORMED, TRACE_FLEET, TRACE_PING };

struct trace_malformed {
  uint64_t line;   /* of the block, from 1 */
  uint64_t offset; /* of the byte at fault, in the chunk */
  uint64_t code;   /* enum scan_code; SCAN_CODES: longer than the longest line */
};

enum trace_member { MEMBER_ABSENT, MEMBER_PLAUSIBLE, MEMBER_ODD };
struct trace_measure {
  uint64_t sum, implausible;
  uint8_t state; /* enum trace_member */
  uint64_t member;
};

struct trace_ping {
  uint32_t client;
  bool keyed, has_day, has_time;
  struct ps_key key;
  const uint8_t *id; /* unescaped, PS_PROFILE_TEXT bytes at most, without NUL bytes */
  size_t id_len;
  day_t day;
  uint64_t time_ns;
  unsigned nmeasures;
  struct trace_measure measure[PING_SUMS];
};

/* ---- writing ---- */

int trace_begin(struct buffer *out, struct ps_error *err); /* room for the head */
void trace_end(struct buffer *out, const struct trace_head *head);
int trace_put_malformed(struct buffer *out, const struct trace_malformed *malformed,
                        struct ps_error *err);
int trace_put_ping(struct buffer *out, const struct trace_ping *ping, struct ps_error *err);
/* The fields of a ping, one after the other. */
int trace_put_field(struct buffer *out, const struct field_values *values, struct ps_error *err);
/* Hashes of a field's values. */
int trace_put_fleet(struct buffer *out, unsigned field, const struct field_values *values,
                    struct ps_error *err);

/* ---- reading, in the same order ---- */

void trace_read(const struct buffer *in, struct trace_head *head, struct cursor *cursor);
enum trace_kind trace_next(struct cursor *cursor);
void trace_take_malformed(struct cursor *cursor, struct trace_malformed *malformed);
/* n hashes of FLEET_HASH bytes. */
const uint8_t *trace_take_fleet(struct cursor *cursor, size_t *n);
void trace_take_ping(struct cursor *cursor, struct trace_ping *ping); /* nmeasures is given */
/* The number of values of the next field, which follow. */
size_t trace_take_field(struct cursor *cursor, uint64_t *more);
void trace_take_value(struct cursor *cursor, struct field_value *value);

#endif
