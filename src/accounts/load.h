/* Reading the account of a day from the store.
 *
 * A ranking is read from its parts, then all that journals tell of commits after a part was written
 * is added. Its bounds hold: each part is a table whose bounds held when it was written, journals
 * add exactly what came since, and the errors, which the record of the last commit tells, never
 * became smaller. (What a purge subtracted since is not subtracted here, which only makes counters
 * larger, but never larger than what was truly added.)
 */
#ifndef ACCOUNTS_LOAD_H
#define ACCOUNTS_LOAD_H

#include "accounts/account.h"
#include <pingsieve/seen.h>

/* In the open transaction or view. A day without accounts gives an empty one. PS_E_STORE_DAMAGED
 * names the day and what is wrong. `record`: the day's record if it was read already, or NULL. */
int account_load(struct ps_seen *seen, day_t day, const struct buffer *record,
                 const struct room *room, struct account **account, struct ps_error *err);

#endif
