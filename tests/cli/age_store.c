/* age_store FILE VERSION: makes a store's data file look as if a newer program had written it. */
#include "seen/format.h"
#include "seen/state.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 20) /* of the small store of a story */

static uint8_t bytes[FILE_MAX];

/* Settings and state begin with the same magic and tell their length at the same place. */
static int age(size_t len, uint32_t version) {
  int aged = 0;
  for (size_t at = 0; at + sizeof(struct state_record) <= len; at++) {
    uint32_t size;
    if (memcmp(bytes + at, SEEN_MAGIC, 8) != 0) continue;
    memcpy(&size, bytes + at + offsetof(struct state_record, bytes), sizeof size);
    if (size < offsetof(struct state_record, bytes) || size > len - at) continue;
    memcpy(bytes + at + offsetof(struct state_record, version), &version, sizeof version);
    state_seal(bytes + at, size);
    aged++;
  }
  return aged;
}

int main(int argc, char **argv) {
  FILE *file = argc == 3 ? fopen(argv[1], "r+b") : NULL;
  if (!file) return 2;
  size_t len = fread(bytes, 1, sizeof bytes, file);
  int aged = age(len, (uint32_t)strtoul(argv[2], NULL, 10));
  rewind(file);
  bool written = fwrite(bytes, 1, len, file) == len;
  return fclose(file) || !written || !aged;
}
