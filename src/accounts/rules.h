/* Rules: the thresholds that flag a client (struct ps_rules), judged at each of its pings, on
 * figures that it has at least. */
#ifndef ACCOUNTS_RULES_H
#define ACCOUNTS_RULES_H

#include "accounts/account.h"
#include "accounts/accounts.h"

/* A ping of a client, and the client's figures with it. */
struct sighting {
  const struct account_ping *ping;
  struct ps_bounded pings;
  struct ps_bounded duplicates;                /* when the ping is one */
  uint64_t weight[PS_MEASURES_MAX];            /* of the store's measures; 0: none */
  struct ps_bounded measured[PS_MEASURES_MAX]; /* where weight is not 0 */
};

/* The flags a ping raises that its client has not yet: *n of them. When the day has no room for
 * more flags, only those count that the ping has just made true. Counts the ping into the watch. */
#define RULES_FOUND (PS_RULES - 1 + PS_MEASURES_MAX)
int rules_judge(const struct ps_rules *rules, struct account *account,
                const struct sighting *sighting, struct ps_flag found[RULES_FOUND], size_t *n,
                struct ps_error *err);

#endif
