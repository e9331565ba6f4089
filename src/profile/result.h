/* The result: a struct ps_profile made of what was collected, in memory of its own, with texts that
 * stay where they are.
 */
#ifndef PROFILE_RESULT_H
#define PROFILE_RESULT_H

#include "profile/collect.h"
#include "profile/pieces.h"

struct result;

/* All of it, texts included, must outlive the result; but of `collect` no more than its clients and
 * values. */
struct result_source {
  const struct collect *collect;
  const struct fields *fields;
  const struct trace_head *total;   /* of all blocks */
  const struct ps_profile_who *who; /* with names; of the whole fleet one of PS_CLIENT_NONE */
  const struct ps_account_measure *measures;
  const bool *has_member; /* of each measure */
  bool whole;
};

/* The caller fills in the members of struct ps_profile that come from elsewhere: files, bytes,
 * examples, values, made. */
int result_create(const struct result_source *source, struct result **result, struct ps_error *err);
struct ps_profile *result_profile(struct result *result);
void result_free(struct result *result); /* NULL is fine */

/* ---- for its parts ---- */

struct result_fleet {        /* how a client's own pings are told from all others' */
  const struct fleet *fleet; /* NULL: none */
  uint64_t pings;            /* of the others */
  bool is_in;                /* the client's own pings are counted in there */
};
int result_field(struct pieces *pieces, const struct result_source *source, size_t client,
                 unsigned field, const struct result_fleet *fleet, struct ps_profile_field *made,
                 struct ps_error *err);

/* Values that a population has at least once. */
uint64_t result_distinct(const struct values_table *table, enum ps_population population);
/* The most first copies whose numbers are at most `near` apart. */
int result_cluster(const struct values_table *table, double near, uint64_t *most,
                   struct ps_error *err);

#endif
