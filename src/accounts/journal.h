/* The journal of a day: the additions of one commit to its rankings, as bytes. Tables of clients
 * are megabytes; with a journal a commit writes in proportion to its pings (accounts/save.h).
 *
 * An entry a ping of a client: a byte (kind - PS_CLIENT_UUID in bits 0 and 1, duplicate in bit 2,
 * measure m in bit 3 + m), the id, and a number for each of its measures. Each counts one ping.
 */
#ifndef ACCOUNTS_JOURNAL_H
#define ACCOUNTS_JOURNAL_H

#include "accounts/bytes.h"
#include <pingsieve/accounts.h>

#define JOURNAL_ENTRY_MIN 17u /* bytes */

struct journal_entry {
  struct ps_client client;
  bool duplicate;
  uint64_t weight[PS_MEASURES_MAX]; /* 0: not counted; at most RANKING_COUNT_MAX */
};

int journal_add(struct buffer *journal, const struct ps_client *client, bool duplicate,
                const uint64_t weight[PS_MEASURES_MAX], struct ps_error *err);
/* The next entry; false at the end, or when it is no entry and the cursor unsound. */
bool journal_next(struct cursor *cursor, struct journal_entry *entry);

#endif
