#include "cli/json_text.h"

#include "cli/message.h"
#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *text) {
  if (!text) return json_null();
  json_t *string = json_string(text);
  if (string) return string;
  size_t cap = 4 * strlen(text) + 1;
  char *safe = malloc(cap);
  if (safe) string = json_string(message_safe(text, safe, cap));
  free(safe);
  return string;
}
