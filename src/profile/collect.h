/* Collecting: the committer's side of a profile, which takes the traces of blocks in order and
 * counts what is in them, for each client and population.
 *
 * A ping's values are coded by its client's tables. Codes, measures and all else that is counted of
 * a ping make its payload; it is counted at once for all copies, and kept with the document of
 * which it is the first copy, so that in the end one pass over the documents counts the other
 * populations.
 *
 * Memory: what documents and frequencies are given; value tables and the fleet as their headers
 * tell; the most repeated documents of each client; 40 bytes a client and day.
 */
#ifndef PROFILE_COLLECT_H
#define PROFILE_COLLECT_H

#include "base/day.h"
#include "profile/fleet.h"
#include "profile/frequencies.h"
#include "profile/repeated.h"
#include "profile/trace.h"
#include "profile/values.h"

struct collect_day {
  uint32_t day; /* COLLECT_NO_DAY: pings without one */
  uint64_t pings[PS_POPULATIONS], documents;
};
#define COLLECT_NO_DAY (DAY_MAX + 1u) /* after all others */

struct collect_measure {
  uint64_t sum[PS_POPULATIONS], implausible[PS_POPULATIONS], member_sum[PS_POPULATIONS],
      member_pings[PS_POPULATIONS], member_odd[PS_POPULATIONS], disagree[PS_POPULATIONS];
};

struct collect_field {
  uint64_t pings[PS_POPULATIONS], clamped[PS_POPULATIONS];
};

struct collect_client {
  uint64_t pings[PS_POPULATIONS], without_id;
  uint64_t most_copies; /* of one document */
  size_t ndays, days_cap;
  size_t last_day;          /* index: where the last one was found */
  struct collect_day *days; /* ascending */
  struct collect_measure measure[PING_SUMS];
  struct collect_field field[FIELDS_MAX];
  struct repeated repeated;
};

struct collect_options {
  size_t clients;
  unsigned fields, measures;
  size_t values, memory, top;
  const char *directory; /* of temporary files */
  bool fleet;            /* is looked at */
};

struct collect {
  struct collect_options options;
  struct collect_client *clients;
  struct values *values;
  struct documents *documents;
  struct frequencies *frequencies; /* group: collect_group() */
  struct fleet *fleet;             /* NULL: none */
  struct collect_scratch *scratch;
};

static inline uint32_t collect_group(size_t client, unsigned measure) {
  return (uint32_t)(client * PING_SUMS + measure);
}

/* *collect is filled in place; collect_release() even after an error. directory is not needed
 * later. */
int collect_init(struct collect *collect, const struct collect_options *options,
                 struct ps_error *err);
void collect_release(struct collect *collect);

/* The entry that the cursor stands behind the kind of: TRACE_FLEET, TRACE_PING. */
int collect_fleet(struct collect *collect, struct cursor *cursor, struct ps_error *err);
int collect_ping(struct collect *collect, struct cursor *cursor, struct ps_error *err);

/* After the last block: counts the populations of documents. *stop: ends with PS_E_STOPPED. */
int collect_finish(struct collect *collect, const _Atomic bool *stop, struct ps_error *err);
/* Frees what no result needs any more: all but clients and values. */
void collect_reduce(struct collect *collect);

#endif
