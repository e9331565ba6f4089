/* Functions that the commands on an existing store share. */
#ifndef CLI_STORE_COMMAND_H
#define CLI_STORE_COMMAND_H

#include "cli/command.h"
#include <pingsieve/seen.h>
#include <stdbool.h>

#define STORE_COMMAND_IDS 64
/* "1,234 documentIds", "1 documentId". */
char *store_command_ids(uint64_t n, char out[STORE_COMMAND_IDS]);

/* Opens the store named by the arguments. EXIT_DONE and *seen, or an exit code after saying why. */
int store_command_open(const struct command *command, const struct arguments *arguments,
                       bool read_only, struct ps_seen **seen);

/* Forgets the days [from, to) given by ranges in one transaction; `gone`: how many keys. accounts:
 * with what was counted of them, and with what a backfill did of them. */
struct day_range {
  uint32_t from, to;
};
int store_command_forget(struct ps_seen *seen, const struct day_range *ranges, size_t n,
                         bool accounts, uint64_t *gone, struct ps_error *err);

/* Runs `task` as a job with a progress line that shows `text` and the time. */
int store_command_wait(const char *text, int (*task)(void *context, struct ps_error *err),
                       void *context, struct ps_error *err);

#endif
