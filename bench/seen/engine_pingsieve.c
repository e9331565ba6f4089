#include "engine.h"

#include <pingsieve/seen.h>

static void *set_open(const char *dir) {
  const struct ps_seen_options options = {.size = sizeof(struct ps_seen_options), .create = true};
  struct ps_seen *seen;
  struct ps_error err;
  if (ps_seen_open(dir, &options, &seen, &err)) die("%s", err.text);
  return seen;
}

static void set_mark(void *set, const uint16_t *days, const struct ps_key *keys, size_t n,
                     uint8_t *verdict) {
  struct ps_error err;
  if (ps_seen_begin(set, &err) || ps_seen_mark(set, days, keys, n, verdict, &err) ||
      ps_seen_commit(set, &err))
    die("%s", err.text);
}

static void set_close(void *set) { ps_seen_close(set); }

const struct engine engine_pingsieve = {"pingsieve", set_open, set_mark, set_close};
