#include "report/json_reader.h"

#include "base/error.h"
#include "base/retry.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The whole file, NUL-terminated. */
static char *read_whole(struct json_reader *r, size_t most, size_t *len) {
  int fd = RETRY(open(r->path, O_RDONLY | O_CLOEXEC));
  if (fd < 0) {
    r->status = error_set_os(r->err, PS_E_INPUT, errno, "%s cannot be opened", r->path);
    return NULL;
  }
  char *text = NULL;
  size_t cap = 0;
  *len = 0;
  while (r->status == PS_OK) {
    if (cap - *len < 65536) {
      cap = cap ? 2 * cap : 1 << 17;
      char *more = realloc(text, cap);
      if (!more) {
        r->status = error_memory(r->err, cap);
        break;
      }
      text = more;
    }
    ssize_t n = read(fd, text + *len, cap - *len - 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) r->status = error_set_os(r->err, PS_E_INPUT, errno, "%s cannot be read", r->path);
    if (n <= 0) break;
    *len += (size_t)n;
    if (*len > most)
      r->status = error_set(r->err, PS_E_INPUT,
                            "%s is larger than %zu bytes, too much for a report", r->path, most);
  }
  (void)close(fd);
  if (r->status == PS_OK) return text;
  free(text);
  return NULL;
}

json_t *json_read_file(struct json_reader *r, size_t most) {
  size_t len;
  char *text = read_whole(r, most, &len);
  if (!text) return NULL;
  json_error_t error;
  errno = 0;
  json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
  const bool memory = errno == ENOMEM; /* jansson blames the text, or leaves bytes of a text out */
  free(text);
  if (memory) {
    json_decref(root);
    r->status = error_memory(r->err, len);
    return NULL;
  }
  if (root) return root;
  r->status = error_set(r->err, PS_E_INPUT_DAMAGED,
                        "%s is no JSON report: line %d, byte %d of the file: %s", r->path,
                        error.line, error.position, error.text);
  return NULL;
}

void json_wrong(struct json_reader *r, const char *member, const char *what) {
  if (r->status != PS_OK) return;
  r->status = error_set(r->err, PS_E_INPUT_DAMAGED, "%s is no sound report: in %s, \"%s\" %s",
                        r->path, r->where, member, what);
}

static json_t *member_of(const json_t *object, const char *member) {
  return json_object_get(object, member);
}

static json_t *check_object(struct json_reader *r, json_t *value, const char *member,
                            size_t members) {
  if (r->status != PS_OK) return NULL;
  if (!json_is_object(value)) json_wrong(r, member, "should be an object");
  else if (members && json_object_size(value) != members)
    json_wrong(r, member, "has too many or too few members");
  return r->status == PS_OK ? value : NULL;
}

json_t *json_want_object(struct json_reader *r, const json_t *object, const char *member,
                         size_t members) {
  return check_object(r, member_of(object, member), member, members);
}

json_t *json_want_array(struct json_reader *r, const json_t *object, const char *member,
                        size_t least, size_t most) {
  if (r->status != PS_OK) return NULL;
  json_t *value = member_of(object, member);
  if (!json_is_array(value)) json_wrong(r, member, "should be an array");
  else if (json_array_size(value) < least || json_array_size(value) > most)
    json_wrong(r, member, "has too many or too few elements");
  return r->status == PS_OK ? value : NULL;
}

static uint64_t check_count(struct json_reader *r, const json_t *value, const char *member) {
  if (r->status != PS_OK) return 0;
  json_int_t count = json_integer_value(value);
  if (!json_is_integer(value) || count < 0) {
    json_wrong(r, member, "should be a count");
    return 0;
  }
  return (uint64_t)count;
}

uint64_t json_want_count(struct json_reader *r, const json_t *object, const char *member) {
  return check_count(r, member_of(object, member), member);
}

bool json_want_bool(struct json_reader *r, const json_t *object, const char *member) {
  const json_t *value = member_of(object, member);
  if (!json_is_boolean(value)) json_wrong(r, member, "should be true or false");
  return json_is_true(value);
}

void json_want_text(struct json_reader *r, const json_t *object, const char *member, bool or_null,
                    char *text, size_t cap) {
  const json_t *value = member_of(object, member);
  text[0] = '\0';
  if (or_null && json_is_null(value)) return;
  if (!json_is_string(value)) json_wrong(r, member, "should be a text");
  else if (json_string_length(value) >= cap) json_wrong(r, member, "is too long");
  else memcpy(text, json_string_value(value), json_string_length(value) + 1);
}

bool json_want_day(struct json_reader *r, const json_t *object, const char *member, bool or_null,
                   day_t *day) {
  char text[DAY_TEXT];
  json_want_text(r, object, member, or_null, text, sizeof text);
  if (r->status != PS_OK || (or_null && !*text)) return false;
  if (day_parse(text, strlen(text), day)) return true;
  json_wrong(r, member, "should be a day as in \"2017-03-12\"");
  return false;
}

static int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

void json_want_base64(struct json_reader *r, const json_t *object, const char *member,
                      uint8_t *data, size_t len) {
  const json_t *value = member_of(object, member);
  size_t digits = (4 * len + 2) / 3, whole = (len + 2) / 3 * 4;
  bool sound = json_is_string(value) && json_string_length(value) == whole;
  const char *text = json_string_value(value);
  uint32_t bits = 0;
  for (size_t i = 0, at = 0; sound && i < digits; i++) {
    int digit = base64_digit(text[i]);
    sound = digit >= 0;
    bits = bits << 6 | (uint32_t)(digit & 63);
    if (i % 4 > 0 && at < len) data[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
  }
  for (size_t i = digits; sound && i < whole; i++) sound = text[i] == '=';
  if (!sound) json_wrong(r, member, "should be base64 of the right length");
}

json_t *json_element(struct json_reader *r, const json_t *array, size_t i, const char *member,
                     size_t members) {
  return check_object(r, json_array_get(array, i), member, members);
}

uint64_t json_element_count(struct json_reader *r, const json_t *array, size_t i,
                            const char *member) {
  return check_count(r, json_array_get(array, i), member);
}
