#include "report/json_writer.h"

#include "base/format.h"
#include "report/escape.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put(struct json_writer *w, const char *text, size_t len) {
  if (w->status == PS_OK) w->status = buffer_append(w->out, text, len, w->err);
}

static void put_line_break(struct json_writer *w) {
  static const char spaces[] = "                ";
  put(w, "\n", 1);
  size_t n = 2u * w->depth;
  put(w, spaces, n < sizeof spaces - 1 ? n : sizeof spaces - 1);
}

/* Writes the parts in front of a value: the comma, the line break and the name. */
static void put_head(struct json_writer *w, const char *name) {
  if (w->comma) put(w, ",", 1);
  if (w->depth && !w->flat) put_line_break(w);
  else if (w->comma) put(w, " ", 1);
  w->comma = true;
  if (name && w->status == PS_OK) w->status = buffer_printf(w->out, w->err, "\"%s\": ", name);
}

void json_open(struct json_writer *w, const char *name, char bracket, bool flat) {
  put_head(w, name);
  put(w, &bracket, 1);
  w->depth++;
  w->flat += flat || w->flat;
  w->comma = false;
}

void json_close(struct json_writer *w, char bracket) {
  w->depth--;
  if (w->flat) w->flat--;
  else if (w->comma) put_line_break(w);
  put(w, &bracket, 1);
  w->comma = true;
}

void json_count(struct json_writer *w, const char *name, uint64_t count) {
  put_head(w, name);
  if (count > INT64_MAX) count = INT64_MAX;
  if (w->status == PS_OK) w->status = buffer_printf(w->out, w->err, "%" PRIu64, count);
}

void json_decimal(struct json_writer *w, const char *name, double number) {
  put_head(w, name);
  if (w->status == PS_OK)
    w->status = buffer_printf(w->out, w->err, "%.10g", isfinite(number) ? number : 0);
}

void json_exact(struct json_writer *w, const char *name, double number) {
  char text[FORMAT_TEXT] = "null";
  put_head(w, name);
  if (isfinite(number)) (void)format_exact(number, text);
  put(w, text, strlen(text));
}

void json_bool(struct json_writer *w, const char *name, bool value) {
  put_head(w, name);
  put(w, value ? "true" : "false", value ? 4 : 5);
}

void json_string_or_null(struct json_writer *w, const char *name, const char *text) {
  put_head(w, name);
  if (!text) put(w, "null", 4);
  else if (w->status == PS_OK) w->status = escape_json(w->out, text, strlen(text), w->err);
}

void json_day(struct json_writer *w, const char *name, bool given, day_t day) {
  char text[DAY_TEXT];
  day_format(day, text);
  json_string_or_null(w, name, given ? text : NULL);
}

void json_base64(struct json_writer *w, const char *name, const uint8_t *data, size_t len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  put_head(w, name);
  put(w, "\"", 1);
  for (size_t i = 0; i < len; i += 3) {
    size_t n = len - i < 3 ? len - i : 3;
    uint32_t bits = (uint32_t)data[i] << 16;
    if (n > 1) bits |= (uint32_t)data[i + 1] << 8;
    if (n > 2) bits |= data[i + 2];
    char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63],
                    n > 1 ? digits[bits >> 6 & 63] : '=', n > 2 ? digits[bits & 63] : '='};
    put(w, four, sizeof four);
  }
  put(w, "\"", 1);
}
