#include "profile/look.h"

/* Counts are of pings that were read: far from overflow. */
static bool is_at_least(uint64_t part, uint64_t percent, uint64_t whole) {
  return part * 100 >= percent * whole;
}

static bool is_copies(const struct ps_profile_evidence *e, const struct look_data *d) {
  return e->documents && e->documents <= LOOK_COPIES_DOCUMENTS && d->with_id >= LOOK_COPIES_PINGS &&
         e->documents <= d->with_id / LOOK_COPIES_PART;
}

static bool has_speeds(const struct ps_profile_evidence *e, const struct look_data *d) {
  return e->speeds >= LOOK_SHARED_SPEEDS &&
         !is_at_least(d->one_speed, LOOK_SHARED_ONE_SPEED, d->speeds_of);
}

static bool is_shared(const struct ps_profile_evidence *e, const struct look_data *d) {
  const int signs = (e->cities >= LOOK_SHARED_CITIES) + has_speeds(e, d) +
                    (e->days && e->sessions >= LOOK_SHARED_SESSIONS * e->days) +
                    (e->busiest_documents > LOOK_SHARED_DAY);
  return signs >= LOOK_SHARED_SIGNS;
}

/* Nearly every first copy tells where it comes from and of which CPU. */
static bool is_known(const struct ps_profile_evidence *e, const struct look_data *d) {
  return is_at_least(d->cities_of, LOOK_CHATTY_FIRST, e->documents) &&
         is_at_least(d->speeds_of, LOOK_CHATTY_FIRST, e->documents);
}

static bool is_chatty(const struct ps_profile_evidence *e, const struct look_data *d) {
  return e->documents && is_at_least(e->documents, LOOK_CHATTY_FIRST, e->pings) &&
         e->busiest_pings >= LOOK_CHATTY_DAY && e->busiest_documents <= LOOK_SHARED_DAY &&
         e->cities <= LOOK_CHATTY_CITIES && e->speeds <= LOOK_CHATTY_SPEEDS && is_known(e, d);
}

void look_judge(const struct ps_profile_evidence *evidence, const struct look_data *data,
                bool looks[PS_LOOKS]) {
  looks[PS_LOOK_COPIES] = is_copies(evidence, data);
  looks[PS_LOOK_SHARED] = is_shared(evidence, data);
  looks[PS_LOOK_CHATTY] = is_chatty(evidence, data);
}
