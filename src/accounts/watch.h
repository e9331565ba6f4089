/* The watch of a day: what busy clients send in the watched fields, against what all others send,
 * for PS_SHARED_PROFILE. One client id in many machines shows by one value that nearly all its
 * pings have and hardly any other's, or by its cities.
 *
 * A client is watched once it has sent half as many pings as the rule wants, at most WATCH_CLIENTS
 * a day. Values are counted by Misra-Gries (Misra and Gries, "Finding repeated elements", 1982):
 * counters are lower bounds, and lower by at most `error`.
 */
#ifndef ACCOUNTS_WATCH_H
#define ACCOUNTS_WATCH_H

#include "accounts/bytes.h"
#include "scan/ping.h"
#include <pingsieve/accounts.h>

#define WATCH_CLIENTS 64u
#define WATCH_VALUES  16u  /* of a client */
#define WATCH_CITIES  64u  /* of a client; exact until there are so many */
#define WATCH_FLEET   256u /* values of all pings */
#define WATCH_PLACES  512u /* of the fleet's table: a power of two */

struct watched_value {
  uint64_t hash, count;
  char text[PS_FLAG_VALUE];
};

struct watched_client {
  struct ps_client client;
  uint64_t pings; /* with a value or a city */
  uint64_t error; /* of the counts of its values */
  bool told;      /* the rule was fulfilled: nothing is counted any more */
  unsigned nvalues, ncities;
  struct watched_value values[WATCH_VALUES];
  uint64_t cities[WATCH_CITIES];
};

struct fleet_value {
  uint64_t hash, count; /* count 0: free */
};

struct watch {
  uint64_t pings; /* with a value, of all clients and of none */
  uint64_t error; /* of the fleet's counts */
  unsigned nfleet, nclients, cap;
  struct fleet_value fleet[WATCH_PLACES];
  struct watched_client *clients;
};

int watch_create(struct watch **watch, struct ps_error *err);
void watch_free(struct watch *watch); /* NULL is fine */

/* Counts the watched value of any ping. */
void watch_fleet(struct watch *watch, uint64_t value_hash);

/* The client's entry; NULL in *watched when there are WATCH_CLIENTS others. Valid until the next
 * call. */
int watch_client(struct watch *watch, const struct ps_client *client,
                 struct watched_client **watched, struct ps_error *err);
/* Counts a ping of a watched client. */
void watched_count(struct watched_client *watched, const uint8_t *line, const struct ping *ping);

/* The figures that fulfil the rule. */
struct watch_finding {
  uint64_t limit, evidence, of; /* as in struct ps_flag */
  const char *value;
};
/* Of a client with `pings` raw pings that day, at least. */
bool watch_judge(const struct watch *watch, const struct watched_client *watched, uint64_t pings,
                 const struct ps_rules *rules, struct watch_finding *finding);

int watch_put(const struct watch *watch, struct buffer *out, struct ps_error *err);
/* Into an empty watch; the cursor is unsound when it holds none. */
int watch_take(struct watch *watch, struct cursor *cursor, struct ps_error *err);

#endif
