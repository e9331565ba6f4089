#include "accounts/value.h"

/* Between two looks another process may have put a longer one. */
int value_read(struct ps_seen *seen, const char *name, struct buffer *value, struct ps_error *err) {
  size_t len = 0;
  buffer_clear(value);
  int r = ps_seen_get_value(seen, name, value->data, value->cap, &len, err);
  while (!r && len > value->cap) {
    r = buffer_reserve(value, len, err);
    if (!r) r = ps_seen_get_value(seen, name, value->data, value->cap, &len, err);
  }
  if (!r) value->len = len;
  return r;
}
