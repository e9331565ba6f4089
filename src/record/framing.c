#include "record/framing.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* The functions of the rows, each in a file of its own. */
enum scan_code framing_key_tab(const uint8_t *frame, size_t avail, size_t *before);

static const struct framing rows[] = {
    {"ndjson", "a JSON text a line", NULL},
    {"key-tab", "a key, a tab and a JSON text a line", framing_key_tab},
    {NULL, NULL, NULL},
};

const struct framing *framings(void) { return rows; }

int framing_choose(const char *name, const struct framing **framing, struct ps_error *err) {
  char possible[256] = "";
  *framing = rows;
  if (!name) return PS_OK;
  for (size_t used = 0; (*framing)->name; (*framing)++) {
    if (!strcmp((*framing)->name, name)) return PS_OK;
    used += (size_t)snprintf(possible + used, sizeof possible - used, "%s%s", used ? ", " : "",
                             (*framing)->name);
    if (used >= sizeof possible) break;
  }
  *framing = NULL;
  return error_set(err, PS_E_ARGUMENT, "\"%.60s\" is no framing of pings; there are: %s", name,
                   possible);
}
