/* Help for the tests of the accounts: a store in a temporary directory, its accounts, and pings as
 * the scanner sees them.
 */
#ifndef TEST_ACCOUNTS_STAGE_H
#define TEST_ACCOUNTS_STAGE_H

#include "clients.h"

#include "../assertions.h"
#include "accounts/accounts.h"
#include <stdio.h>

#define STAGE_PATH 256u
#define STAGE_DAY  17000u
#define STAGE_LINE 1024u

struct stage {
  char dir[STAGE_PATH];
  struct ps_seen *seen;
  struct accounts *accounts;
  struct accounts_options options;
  struct ping_schema *schema;
};

int stage_setup(void **state); /* a new store; two measures, "a" at a and "b" at b; rules off */
int stage_teardown(void **state);
void stage_open(struct stage *stage); /* (again), with stage->options */
void stage_close(struct stage *stage);

/* The values in a ping; NULL and 0: not there. */
struct said {
  const char *id, *client, *type, *channel;
  uint64_t a, b;
  const char *watched, *city;
};
/* Its line, newline included, with SCAN_PAD readable bytes behind. */
struct stage_line {
  char text[STAGE_LINE + SCAN_PAD];
  size_t len;
};
void stage_say(struct stage_line *line, const struct said *said);
struct ping stage_scan(const struct stage *stage, const struct stage_line *line);

/* Counts a ping of the open batch with this class; bytes_out is bytes_in for what leaves. */
void stage_count(struct stage *stage, const struct said *said, enum ps_class class, day_t day);
/* A batch that counts the same ping some times: begin, count, store, commit. */
void stage_begin(struct stage *stage);
void stage_commit(struct stage *stage);
void stage_abort(struct stage *stage);

#endif
