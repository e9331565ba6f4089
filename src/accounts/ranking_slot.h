/* The bits of a ranking's slot, and how one comes into the table: for the files of the ranking. */
#ifndef ACCOUNTS_RANKING_SLOT_H
#define ACCOUNTS_RANKING_SLOT_H

#include "accounts/ranking.h"

#define KIND_SHIFT 62
#define KEPT       (UINT64_C(1) << 61)
#define COUNTER    (KEPT - 1)
static_assert(RANKING_COUNT_MAX <= COUNTER, "a counter fits");

static inline uint64_t counter_of(const struct ranking_slot *slot) { return slot->bits & COUNTER; }
static inline unsigned kind_of(const struct ranking_slot *slot) {
  return (unsigned)(slot->bits >> KIND_SHIFT) + PS_CLIENT_UUID;
}
static inline uint64_t kind_bits(unsigned kind) {
  return (uint64_t)(kind - PS_CLIENT_UUID) << KIND_SHIFT;
}

/* Puts an entry as it is into the table; *added false: its client is there already, nothing was
 * done. A table at its `limit` purges first. PS_E_MEMORY only. */
int ranking_insert(struct ranking *ranking, const struct ranking_slot *entry, uint32_t limit,
                   bool *added, struct ps_error *err);

#endif
