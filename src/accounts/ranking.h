/* A ranking: the clients with the largest figures of a stream, in bounded memory with a guarantee
 * (see struct ps_ranking for the algorithm and its source).
 *
 * A hash table of at most `slots` counters. When a new client comes and three quarters are taken,
 * the table doubles if it may, else it purges: the median of its counters, rounded up to 6
 * significant bits, is subtracted from all, and what is not above 0 goes: at least half of them. A
 * counter is never more than its client's true figure, and less by at most the sum of what purges
 * subtracted: total / (0.36 * slots), where `slots` is the smallest full table that was purged.
 * (More than half of the 0.75 * slots counters each lose 32/33 of that value or more, and what is
 * lost in all cannot exceed the total. Purging a table that is not full counts like a smaller one.)
 *
 * Sealing keeps the largest counters only, for days that are over. Each of them keeps its own
 * error; clients that come (back) later begin with the error of the dropped ones. Hence two errors,
 * which are the same until a sealing drops something.
 *
 * Clients choose their ids, so slots are found by a hash with a random seed of the table's own:
 * without knowing it nobody can aim ids at one slot. Nothing that is counted depends on the seed:
 * the same calls give the same figures in every process.
 *
 * Clients are never PS_CLIENT_NONE or PS_CLIENT_CANARY here. Not thread-safe. A ranking with zero
 * bytes is empty and valid, and has not allocated anything. When a call fails, the ranking holds
 * what it held before, if no more is said.
 */
#ifndef ACCOUNTS_RANKING_H
#define ACCOUNTS_RANKING_H

#include <assert.h>
#include <pingsieve/accounts.h>

#define RANKING_SLOTS_MIN 64u
#define RANKING_COUNT_MAX (UINT64_C(1) << 60) /* a counter stops there */

struct ranking_slot {
  uint8_t id[16];
  uint64_t bits; /* kind (2: PS_CLIENT_UUID.. - 2), kept from a sealing (1), the counter (61);
                    0: free */
};
static_assert(sizeof(struct ranking_slot) == 24, "the promise of 24 bytes a client");

struct ranking {
  struct ranking_slot *slots; /* nslots: 0 or a power of two */
  uint32_t nslots, used;
  uint64_t seed;       /* of the slots' hash, drawn with the first table */
  uint64_t total;      /* of all that was added, saturating */
  uint64_t error_new;  /* of counters that are not kept, and what an absent client has at most */
  uint64_t error_kept; /* of counters that were kept by a sealing */
};

void ranking_release(struct ranking *ranking);

/* Asks for the memory of a client's counter. */
void ranking_prefetch(const struct ranking *ranking, const struct ps_client *client);

/* Adds weight > 0 and returns the counter and its error afterwards in *figure (may be NULL).
 * `limit`: slots the table may have, at least RANKING_SLOTS_MIN; a table that is larger is not made
 * smaller. *grown (may be NULL) tells that the table became larger. PS_E_MEMORY only. */
int ranking_add(struct ranking *ranking, const struct ps_client *client, uint64_t weight,
                uint32_t limit, struct ps_bounded *figure, bool *grown, struct ps_error *err);

/* The counter of a client; count 0 and the error of absent ones when there is none. */
struct ps_bounded ranking_get(const struct ranking *ranking, const struct ps_client *client);

/* Subtracts and drops as a full table does, then halves the table as often as the rest allows: once
 * at least, down to RANKING_SLOTS_MIN; it may then be full again. PS_E_MEMORY: it was not made
 * smaller. */
int ranking_purge(struct ranking *ranking, struct ps_error *err);

/* Keeps the `n` largest counters (of equal ones those of the smallest kind and id) and makes the
 * table as small as they allow. When all fit, their errors stay as they are. Of clients that came
 * after an earlier sealing, those that stay share the error of absent ones from then on.
 * PS_E_MEMORY: nothing was dropped, or the table was not made smaller. */
int ranking_seal(struct ranking *ranking, size_t n, struct ps_error *err);

/* Adds another stream's ranking, not this one: counters, totals and errors add up. error_kept goes
 * with clients whose counters both sealings kept (a ranking that no sealing cut counts as one that
 * kept everybody). While it works the table may be as large as both need; then it purges to
 * `limit`. Any order of merging gives the same while nothing is purged. */
int ranking_merge(struct ranking *ranking, const struct ranking *other, uint32_t limit,
                  struct ps_error *err);

/* The k-th largest counter, k from 1, not looking at `except` (may be NULL); 0 when there are
 * fewer. Linear time, no memory; never fails. */
int ranking_select(const struct ranking *ranking, size_t k, const struct ps_client *except,
                   uint64_t *count, struct ps_error *err);

/* The n largest entries with their errors, sorted as struct ps_ranking says; *entries is malloc'ed,
 * *got of them; *absent bounds every client that is not among them. n 0: all. NULL when *got is 0.
 */
int ranking_top(const struct ranking *ranking, size_t n, struct ps_client_figure **entries,
                size_t *got, uint64_t *absent, struct ps_error *err);

/* ---- as bytes, in parts, so that no commit writes a whole large table ---- */

/* Part p of RANKING_PARTS holds the clients whose hash begins with p (a fixed hash: clients that
 * aim at one part make it larger than others, no more). Little-endian entries of 24 bytes as in
 * struct ranking_slot, sorted by id and kind, without free slots. */
#define RANKING_PARTS 16u
struct buffer;
unsigned ranking_part(const struct ps_client *client);
/* Appends the part. On failure *out may hold some of it. */
int ranking_write_part(const struct ranking *ranking, unsigned part, struct buffer *out,
                       struct ps_error *err);
/* Inserts the entries of a part into a ranking that has none of them; total and errors are the
 * caller's, to be set before (a table at its `limit` purges and raises the errors). false in
 * *sound: the bytes are no entries of that part (a wrong kind, order or part, a counter of 0, a
 * partial entry). Then and on failure the ranking may hold some of them. */
int ranking_read_part(struct ranking *ranking, unsigned part, const void *data, size_t len,
                      uint32_t limit, bool *sound, struct ps_error *err);

#endif
