#include "cli/json_text.h"

#include "base/buffer.h"
#include "cli/message.h"
#include <stdbool.h>
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

struct dumped {
  struct buffer text;
  bool failed;
};

/* jansson does not look at what this returns for a member's name. */
static int append(const char *piece, size_t len, void *context) {
  struct dumped *dumped = context;
  dumped->failed |= buffer_append(&dumped->text, piece, len, NULL) != PS_OK;
  return dumped->failed ? -1 : 0;
}

char *json_text_of(const json_t *value, size_t flags) {
  struct dumped dumped = {BUFFER_INIT, false};
  if (!json_dump_callback(value, append, &dumped, flags) && !dumped.failed)
    return (char *)dumped.text.data;
  buffer_release(&dumped.text);
  return NULL;
}
