/* The log: the newest keys with their days, in records by rising sequence, mirrored in the table.
 */
#ifndef SEEN_LOG_H
#define SEEN_LOG_H

#include "base/day.h"
#include "seen/store.h"

/* Appends n keys in the open transaction. */
int log_append(struct ps_seen *seen, const struct ps_key *keys, const day_t *days, size_t n,
               struct ps_error *err);

/* Log and table become exactly these keys, in the open transaction. */
int log_rewrite(struct ps_seen *seen, const struct ps_key *keys, const day_t *days, size_t n,
                struct ps_error *err);

/* Brings the table in line with the log that seen->state describes: reads what is new, or all. */
int log_load(struct ps_seen *seen, MDB_txn *txn, struct ps_error *err);

/* NULL, or what is wrong with a record. */
const char *log_record_fault(const uint8_t *record, size_t bytes);

#endif
