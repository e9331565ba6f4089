/* Accounts as the sieve writes them: counts pings into days, ranks clients, raises flags, and puts
 * it all into the seen-set's open transaction.
 *
 * Calls of one batch: accounts_begin() after ps_seen_begin(); accounts_prefetch() and
 * accounts_count() for its pings in order; accounts_store() before ps_seen_commit(), then
 * accounts_committed(); or accounts_abort(). Nothing of an aborted batch stays. Other processes may
 * write to the same store between batches; accounts_begin() takes over what they counted.
 *
 * Memory: at most 3 * client_slots * 24 bytes of sketches for all days together, whatever the
 * stream (a day that needs room when there is none makes the largest sketch purge itself, which
 * raises error bounds), and about 40 bytes a ping of the open batch. Threads: one, the committer.
 */
#ifndef ACCOUNTS_ACCOUNTS_H
#define ACCOUNTS_ACCOUNTS_H

#include "base/day.h"
#include "scan/ping.h"
#include <pingsieve/accounts.h>

struct accounts;

struct accounts_options {
  size_t nmeasures; /* sum slot i of the scanner is measure i of the run */
  struct ps_account_measure measures[PS_MEASURES_MAX];
  uint32_t client_slots; /* of one sketch at most; 0: PS_CLIENT_SLOTS */
  struct ps_rules rules;
  /* Tuning, 0 = default; tests use small values to reach every state quickly (accounts/save.h,
   * accounts/cache.h). */
  size_t sweep_bytes, commit_bytes;
  uint32_t sealed_slots, quiet_commits;
  size_t days;
};

/* Takes the store's measures over. A name that the store knows with another path, or more than
 * PS_MEASURES_MAX names in all, is PS_E_STORE_MISMATCH with a sentence that says both and the way
 * out. Outside a transaction. */
int accounts_open(struct ps_seen *seen, const struct accounts_options *options,
                  struct accounts **accounts, struct ps_error *err);
void accounts_close(struct accounts *accounts); /* NULL is fine */
void accounts_set_rules(struct accounts *accounts, const struct ps_rules *rules);

int accounts_begin(struct accounts *accounts, struct ps_error *err);

/* One line, to be counted. */
struct account_ping {
  const uint8_t *line; /* the spans of `ping` are in it; not kept */
  const struct ping *ping;
  enum ps_class class; /* no blank lines */
  day_t day;
  bool withheld;
  bool client_marked; /* its client became a key of the day */
  uint64_t bytes_in, bytes_out;
};

/* Asks for the memory that counting these pings will touch. */
void accounts_prefetch(struct accounts *accounts, day_t day, const struct ping *ping);

/* Counts one ping and checks the rules for its client. Errors: memory, or the store when a day is
 * read for the first time; the batch must be aborted then. */
int accounts_count(struct accounts *accounts, const struct account_ping *ping,
                   struct ps_error *err);

/* Is the ping's client flagged for the day by a rule that is not advisory? Cheap when no client is.
 * Reads a day that is not in memory; when that fails the answer is no, and accounts_count() tells.
 */
bool accounts_is_flagged(struct accounts *accounts, day_t day, const struct ping *ping);

/* The flags raised since the last call, in order; valid until the next call of accounts_count(). */
struct account_event {
  struct ps_flag flag;
  const char *id; /* the clientId as it stood in the ping, unescaped: NUL-terminated, valid UTF-8,
                     cut at a character before 256 bytes */
};
size_t accounts_take_events(struct accounts *accounts, const struct account_event **events);
const char *accounts_measure_name(const struct accounts *accounts, unsigned measure); /* a flag's */

/* After an error the batch must be aborted. */
int accounts_store(struct accounts *accounts, struct ps_error *err);
void accounts_committed(struct accounts *accounts);
void accounts_abort(struct accounts *accounts);

#endif
