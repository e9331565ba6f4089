/* The flush: a full log becomes one run for each day worth one.
 *
 * A run of a few hundred keys costs every later look-up as much as one of a million, so that the
 * keys of rare days stay in the log, up to a quarter of it.
 */
#ifndef SEEN_FLUSH_H
#define SEEN_FLUSH_H

#include "seen/store.h"

/* Empties log and table into runs, in the open transaction, and writes what stays. */
int flush_log(struct ps_seen *seen, struct ps_error *err);

#endif
