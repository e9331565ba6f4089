#include "record/framing.h"

#include "base/error.h"

#include <string.h>

static const struct framing rows[] = {
    {"ndjson", "one JSON text a line", NULL},
    {NULL, NULL, NULL},
};

const struct framing *framings(void) { return rows; }

int framing_choose(const char *name, const struct framing **framing, struct ps_error *err) {
  *framing = rows;
  if (!name) return PS_OK;
  while ((*framing)->name && strcmp((*framing)->name, name) != 0) (*framing)++;
  if ((*framing)->name) return PS_OK;
  *framing = NULL;
  return error_set(err, PS_E_ARGUMENT, "\"%.60s\" is no framing: %s is possible", name, rows->name);
}
