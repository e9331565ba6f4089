/* Whom a profile is of: the clients that --client, --client-file and --flagged name, each once. */
#ifndef CLI_PROFILE_WHO_H
#define CLI_PROFILE_WHO_H

#include "cli/arguments.h"
#include <pingsieve/profile.h>

#define PROFILE_WHO_BYTES (1u << 20) /* of a file of clientIds at most */

struct profile_who {
  bool asked; /* somebody was asked for: no clients then means nobody, not the whole fleet */
  size_t n;
  struct ps_profile_who clients[PS_PROFILE_CLIENTS];
  char *names[PS_PROFILE_CLIENTS]; /* the clients' names point into them */
};

/* The client that a text on the command line or in a file means: a clientId, or what
 * ps_client_format() makes of a long one ('#' and 32 hex digits). */
void profile_who_client(const char *text, struct ps_client *client);

/* In the order of the options; flagged ones by their pings of these days. Says on standard error
 * whom --flagged found, unless --quiet. now: seconds since 1970, for "yesterday". PS_E_ARGUMENT:
 * too many, a file that cannot be read or without ids, a day that is none. Errors of the store.
 * profile_who_release() frees, after an error too. */
int profile_who_read(struct profile_who *who, const struct arguments *arguments, int64_t now,
                     struct ps_error *err);
void profile_who_release(struct profile_who *who);

#endif
