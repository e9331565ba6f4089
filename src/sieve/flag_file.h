/* The flags file: one NDJSON line about each flag, written the moment it is raised.
 *
 * A line has these keys, always in this order, those of other rules left out. "error": the true
 * figure is at most so much larger than the one before it.
 *
 *   time, day          when it was raised (wall clock) and the accounts' day it is for
 *   rule, advisory     "ping-flood", ...; advisory flags withhold nothing
 *   client             the clientId, unescaped
 *   pings, pings_error, duplicates, duplicates_error, distinct_at_most
 *   measure, measurements, measurements_error      when something is measured
 *   ping-flood:        limit (pings)
 *   duplicate-flood:   limit (pings)
 *   measurement-spike: limit (measurements), ping_measurements when one ping passed it
 *   shared-profile:    limit, watched_pings, value, value_pings, or limit, cities
 *
 * A batch that is aborted takes its flags back; those of its lines stay, and come again with its
 * pings.
 */
#ifndef SIEVE_FLAG_FILE_H
#define SIEVE_FLAG_FILE_H

#include "accounts/accounts.h"
#include "base/buffer.h"
#include "io/sink.h"

struct flag_file {
  struct sink *sink; /* NULL: flags are only counted */
  struct buffer text;
};

static inline bool flag_is_advisory(const struct ps_flag *flag) {
  return flag->rule == PS_SHARED_PROFILE;
}

/* Writes events[0, n). measures: of the run, by their numbers. */
int flag_file_write(struct flag_file *file, const struct account_event *events, size_t n,
                    const struct ps_account_measure measures[PS_MEASURES_MAX],
                    struct ps_error *err);
int flag_file_release(struct flag_file *file, struct ps_error *err); /* closes */

#endif
