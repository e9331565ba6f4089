/* The flags file: one NDJSON line about each flag, written the moment it is raised.
 *
 * A line has these keys, in this order; NAME_error: the true figure is at most so much larger than
 * that of NAME.
 *
 *   time, day, rule, advisory, client
 *   pings, pings_error, duplicates, duplicates_error, distinct_at_most
 *   limit                                      ping-flood, duplicate-flood: pings
 *   measure, measurements, measurements_error, limit
 *                                              measurement-spike in the day, or in one ping: then
 *                                              in_one_ping says how many it had
 *   limit, watched_pings, value, value_pings   shared-profile by a value
 *   limit, cities                              shared-profile by cities
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

/* Writes events[0, n) of these accounts. */
int flag_file_write(struct flag_file *file, const struct accounts *accounts,
                    const struct account_event *events, size_t n, struct ps_error *err);
int flag_file_release(struct flag_file *file, struct ps_error *err); /* closes */

#endif
