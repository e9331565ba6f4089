/* The state and settings records: reading, checking and writing them.
 *
 * The state names every run, merge and group filter; reading it brings all of memory in line with
 * the transaction it is read in. The settings are written once, with the store.
 */
#ifndef SEEN_STATE_H
#define SEEN_STATE_H

#include "seen/store.h"

/* Brings memory in line with txn's view; cheap when nothing changed since. */
int state_load(struct ps_seen *seen, MDB_txn *txn, struct ps_error *err);
/* Writes the state as the last thing of a transaction. */
int state_store(struct ps_seen *seen, struct ps_error *err);
/* Keys outside the log and runs that are merged away, counted from the directory. */
uint64_t state_run_keys(const struct ps_seen *seen);

/* Sets the checksum of a settings or state record. The fields up to there (magic, version, length,
 * checksum) are the same in all versions of the format. */
void state_seal(uint8_t *record, size_t bytes);

/* New settings, with a fresh secret; scope may be NULL. PS_E_ARGUMENT: the scope is too long. */
int settings_make(struct settings *settings, uint32_t keep_days, const char *const *scope,
                  struct ps_error *err);
int settings_store(const struct env *env, MDB_txn *txn, const struct settings *settings,
                   struct ps_error *err);
int settings_load(const struct env *env, MDB_txn *txn, struct settings *settings,
                  struct ps_error *err);
void settings_release(struct settings *settings);
/* Writes the first state of a new store. */
int state_store_first(const struct env *env, MDB_txn *txn, struct ps_error *err);

#endif
