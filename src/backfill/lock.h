/* Lock: one backfill at a time works on a store.
 *
 * An open file description lock (fcntl(2), F_OFD_SETLK) on STORE/backfill.lock, which the system
 * drops with the process. The file stays there, empty.
 */
#ifndef BACKFILL_LOCK_H
#define BACKFILL_LOCK_H

#include <pingsieve/error.h>

/* The store's directory must be there. PS_E_STORE: another backfill holds the lock. *lock is a
 * descriptor; -1 after an error. */
int lock_open(const char *store, int *lock, struct ps_error *err);
void lock_close(int lock); /* -1 is fine */

#endif
