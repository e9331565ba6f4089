/* Writes JSON text with its members in the order they are given, one a line, or all on one line
 * inside what was opened flat. The first error sticks in `status`; the calls after it do nothing.
 */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include "base/buffer.h"
#include "base/day.h"
#include <stdbool.h>

struct json_writer {
  struct buffer *out;
  struct ps_error *err;
  int status;
  unsigned depth, flat;
  bool comma; /* something stands before the next value */
};

/* name: of the member; NULL for an element of an array and for the document. */
void json_open(struct json_writer *w, const char *name, char bracket, bool flat);
void json_close(struct json_writer *w, char bracket);
void json_count(struct json_writer *w, const char *name, uint64_t count);  /* INT64_MAX at most */
void json_decimal(struct json_writer *w, const char *name, double number); /* 0 if not finite */
void json_exact(struct json_writer *w, const char *name, double number);   /* null if not finite */
void json_bool(struct json_writer *w, const char *name, bool value);
void json_day(struct json_writer *w, const char *name, bool given, day_t day); /* or null */
void json_string_or_null(struct json_writer *w, const char *name, const char *text);
/* Standard base64 with padding (RFC 4648 section 4). */
void json_base64(struct json_writer *w, const char *name, const uint8_t *data, size_t len);

#endif
