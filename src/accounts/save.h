/* Writing the account of a day into the store's open transaction.
 *
 * A commit puts one journal, the record and what changed of flags and watch. When the journals of a
 * day have grown past its parts a sweep begins: each following commit rewrites some parts, and when
 * all are written the journals up to the sweep's beginning are deleted. So a commit never writes a
 * whole table, and loading never reads many times its size.
 *
 * A day that is over is sealed: its rankings keep their largest counters only, its parts are
 * written at once and its journals deleted. It may be counted into again, which is a matter of
 * journals and sweeps as before, and it is sealed again only after it has grown much.
 */
#ifndef ACCOUNTS_SAVE_H
#define ACCOUNTS_SAVE_H

#include "accounts/account.h"
#include <pingsieve/seen.h>

#define SAVE_SWEEP_BYTES  (256u << 10) /* journals that a day may have whatever its parts are */
#define SAVE_SWEEP_FACTOR 3u           /* else so many times the bytes of its parts */
#define SAVE_COMMIT_BYTES (1u << 20)   /* of parts in one commit, and the last one whole */
#define SAVE_SEALED       1024u        /* counters a sealed ranking keeps ... */
#define SAVE_GROWN        8u /* ... and it is sealed again with more than so many times that */

/* The day's journal becomes the one of commit `sequence`. */
int save_journal(struct ps_seen *seen, struct account *account, uint64_t sequence,
                 struct ps_error *err);

/* Are there journals enough to sweep, or is a sweep going on? limit: SAVE_SWEEP_BYTES. */
bool save_wants_sweep(const struct account *account, size_t limit);
/* Goes on with the sweep, or begins one, while *bytes are left; takes what it wrote off them. */
int save_sweep(struct ps_seen *seen, struct account *account, uint64_t sequence, size_t *bytes,
               struct ps_error *err);

/* Is the day one that sealing makes smaller? kept: SAVE_SEALED. */
bool save_wants_seal(const struct account *account, uint32_t kept);
int save_seal(struct ps_seen *seen, struct account *account, uint64_t sequence, uint32_t kept,
              struct ps_error *err);

/* Flags, watch and record, last of all. */
int save_record(struct ps_seen *seen, struct account *account, struct ps_error *err);

#endif
