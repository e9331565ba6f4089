#include "cli/test_sizes.h"

#include "base/error.h"
#include "cli/number.h"
#include <stdlib.h>
#include <string.h>

#define VARIABLE "PINGSIEVE_TEST_SIZES"

enum size { LOG_KEYS, CHUNK_KEYS, MAP_BYTES, MERGE_US, READ_BYTES, SIZES };

static const struct {
  const char *name;
  uint64_t max;
} sizes[SIZES] = {[LOG_KEYS] = {"log_keys", UINT32_MAX},
                  [CHUNK_KEYS] = {"chunk_keys", UINT32_MAX},
                  [MAP_BYTES] = {"map_bytes", (uint64_t)1 << 46},
                  [MERGE_US] = {"merge_us", UINT32_MAX},
                  [READ_BYTES] = {"read_bytes", (uint64_t)1 << 30}};

static int wrong(const char *text, struct ps_error *err) {
  return error_set(err, PS_E_ARGUMENT,
                   VARIABLE " is for tests and wants NAME=NUMBER,... with the names log_keys, "
                            "chunk_keys, map_bytes, merge_us, read_bytes, not '%.60s'",
                   text);
}

/* One NAME=NUMBER of `len` bytes. */
static int size_set(const char *text, size_t len, uint64_t values[SIZES], struct ps_error *err) {
  char number[NUMBER_TEXT] = "";
  const size_t name = strcspn(text, "=,");
  if (name >= len || len - name - 1 >= sizeof number) return wrong(text, err);
  memcpy(number, text + name + 1, len - name - 1);
  for (size_t i = 0; i < SIZES; i++) {
    if (strlen(sizes[i].name) != name || memcmp(sizes[i].name, text, name) != 0) continue;
    if (number_parse(number, true, &values[i]) && values[i] <= sizes[i].max) return PS_OK;
    break;
  }
  return wrong(text, err);
}

static int sizes_read(uint64_t values[SIZES], struct ps_error *err) {
  const char *text = getenv(VARIABLE);
  int r = PS_OK;
  while (text && *text && r == PS_OK) {
    const size_t len = strcspn(text, ",");
    r = size_set(text, len, values, err);
    text += len + (text[len] == ',');
  }
  return r;
}

int test_sizes_seen(struct ps_seen_options *options, struct ps_error *err) {
  uint64_t values[SIZES] = {0};
  int r = sizes_read(values, err);
  options->log_keys = (uint32_t)values[LOG_KEYS];
  options->chunk_keys = (uint32_t)values[CHUNK_KEYS];
  options->map_bytes = values[MAP_BYTES];
  options->merge_us = (uint32_t)values[MERGE_US];
  return r;
}

int test_sizes_sieve(struct ps_sieve_options *options, struct ps_error *err) {
  uint64_t values[SIZES] = {0};
  int r = sizes_read(values, err);
  options->read_bytes = (size_t)values[READ_BYTES];
  return r == PS_OK ? test_sizes_seen(&options->seen, err) : r;
}
