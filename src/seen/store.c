#include "seen/store.h"

#include "base/error.h"
#include <stdlib.h>

int store_scratch(struct ps_seen *seen, struct ps_error *err) {
  if (!seen->keys) seen->keys = malloc(KEYS_ROOM * sizeof *seen->keys);
  if (!seen->plan) seen->plan = malloc(sizeof *seen->plan);
  return seen->keys && seen->plan ? PS_OK : error_memory(err, KEYS_ROOM * sizeof *seen->keys);
}

void store_unload(struct ps_seen *seen) {
  seen->loaded = false;
  for (uint32_t i = 0; i < seen->runs.n; i++) seen->runs.at[i].keep = false;
  runs_compact(&seen->runs);
}
