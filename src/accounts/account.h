/* The account of one day in memory: figures, clients, flags, and their places in the store.
 */
#ifndef ACCOUNTS_ACCOUNT_H
#define ACCOUNTS_ACCOUNT_H

#include "accounts/distribution.h"
#include "accounts/flags.h"
#include "accounts/journal.h"
#include "accounts/ranking.h"
#include "accounts/rows.h"
#include "accounts/watch.h"
#include "base/day.h"

/* A part of a ranking as it was written last. */
struct stored_part {
  uint64_t sequence; /* the commit that wrote it: what later journals tell is not in it */
  uint32_t bytes;    /* 0: no value */
};

/* How the day's rankings stand in the store: parts, and the journals of the commits since. */
struct stored {
  struct stored_part parts[PS_RANKS_MAX][RANKING_PARTS];
  uint64_t logs, log_bytes; /* journals and their bytes */
  /* A sweep rewrites the parts one after another (accounts/save.h). */
  uint32_t sweep_next;                  /* the part to come, from 1; 0: no sweep */
  uint64_t sweep_sequence;              /* when it began ... */
  uint64_t sweep_logs, sweep_log_bytes; /* ... and the journals it makes superfluous */
  bool sealed;                          /* has been sealed */
};

/* The p99.9 of the clients' measurements, as it was when the day had `pings` (accounts/rules.h). */
struct spike_level {
  bool known;
  uint64_t pings;
  uint64_t clients; /* with measurements */
  uint64_t level;
};

struct account {
  day_t day;
  bool changed;   /* since the last commit */
  uint64_t batch; /* the last one that wanted it */
  uint64_t pings;
  uint64_t clients_marked; /* keys of the seen-set that are clients, no documentIds */
  struct rows rows;
  struct ps_day_figures without_client, canary;
  uint8_t registers[PS_REGISTERS];
  bool measured[PS_MEASURES_MAX];
  struct distribution distribution[PS_MEASURES_MAX];
  struct ranking ranking[PS_RANKS_MAX];
  struct spike_level spike[PS_MEASURES_MAX];
  struct flags flags;
  struct watch *watch; /* NULL: nothing was watched */
  bool watch_changed;
  struct buffer journal; /* of the open batch */
  struct stored stored;
};

int account_create(day_t day, struct account **account, struct ps_error *err);
void account_free(struct account *account); /* NULL is fine */

/* The owner of the memory shares it out among rankings: limit() says how many slots this one may
 * have when it would like `want` (a power of two). They are at least RANKING_SLOTS_MIN and those
 * that it has; others may be purged for it. */
struct room {
  uint32_t (*limit)(void *context, struct account *account, unsigned rank, uint32_t want);
  void *context;
};

/* Adds to a ranking; *figure (may be NULL) as ranking_add() tells. Asks for room only when the
 * table is so near to three quarters that the client may make it grow. */
static inline int account_rank(struct account *account, const struct room *room, unsigned rank,
                               const struct ps_client *client, uint64_t weight,
                               struct ps_bounded *figure, struct ps_error *err) {
  struct ranking *ranking = &account->ranking[rank];
  uint32_t limit = ranking->nslots;
  if (4 * ((uint64_t)ranking->used + 2) > 3 * (uint64_t)limit)
    limit = room->limit(room->context, account, rank, limit ? 2 * limit : RANKING_SLOTS_MIN);
  return ranking_add(ranking, client, weight, limit, figure, NULL, err);
}

/* Adds up the rows. */
void account_total(const struct account *account, struct ps_day_figures *total);

#endif
