#include "record/framing.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static const struct framing rows[] = {
    {"ndjson", "a JSON text a line", NULL},
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
