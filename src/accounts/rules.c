#include "accounts/rules.h"

#include "accounts/share.h"
#include "base/clock.h"
#include <string.h>

/* The level of PS_MEASUREMENT_SPIKE takes a pass over a table, so it is found anew only after as
 * many pings as the table has slots, and after a part of them when somebody seems to exceed it. */
#define LEVEL_PINGS_MIN  1024u
#define LEVEL_DOUBT_PART 32u

const char *ps_rule_name(enum ps_rule rule) {
  static const char *const names[PS_RULES] = {[PS_PING_FLOOD] = "ping-flood",
                                              [PS_DUPLICATE_FLOOD] = "duplicate-flood",
                                              [PS_MEASUREMENT_SPIKE] = "measurement-spike",
                                              [PS_SHARED_PROFILE] = "shared-profile"};
  return rule < PS_RULES ? names[rule] : "unknown";
}

void ps_rules_default(struct ps_rules *rules) {
  *rules = (struct ps_rules){.ping_flood = 1000,
                             .duplicate_flood = 100,
                             .duplicate_flood_percent = 10,
                             .measurement_spike = 100,
                             .measurement_spike_ping = 100000000,
                             .shared_profile = 1000,
                             .shared_profile_percent = 50,
                             .shared_profile_fleet_percent = 1,
                             .shared_profile_cities = 30};
}

struct judging {
  const struct ps_rules *rules;
  struct account *account;
  const struct sighting *sighting;
  const struct ps_client *client;
  bool full; /* no room for more flags */
  struct ps_flag *found;
  size_t n;
};

/* Asked last of all: rare pings come so far. */
static bool has_flag(const struct judging *j, enum ps_rule rule, unsigned measure) {
  return flags_of(&j->account->flags, j->client) & flag_bit(rule, measure);
}

static struct ps_flag *raise_flag(struct judging *j, enum ps_rule rule, unsigned measure,
                                  uint64_t limit, uint64_t evidence) {
  struct account *account = j->account;
  struct ps_flag *flag = &j->found[j->n++];
  *flag = (struct ps_flag){
      .day = account->day,
      .rule = (uint8_t)rule,
      .measure = (uint8_t)measure,
      .client = *j->client,
      .time = (uint64_t)clock_unix_seconds(),
      .pings = ranking_get(&account->ranking[PS_RANK_PINGS], j->client),
      .duplicates = ranking_get(&account->ranking[PS_RANK_DUPLICATES], j->client),
      .measurements = ranking_get(&account->ranking[PS_RANK_MEASURES + measure], j->client),
      .limit = limit,
      .evidence = evidence};
  return flag;
}

static void judge_ping_flood(struct judging *j) {
  const uint64_t limit = j->rules->ping_flood, pings = j->sighting->pings.count;
  if (!limit || pings < limit || has_flag(j, PS_PING_FLOOD, 0)) return;
  if (!j->full || pings == limit) (void)raise_flag(j, PS_PING_FLOOD, 0, limit, pings);
}

/* So few documents at most that the rule is fulfilled? */
static bool few_documents(const struct ps_rules *rules, uint64_t pings, uint64_t documents) {
  return pings >= rules->duplicate_flood &&
         documents <= share_down(pings, rules->duplicate_flood_percent);
}

static void judge_duplicate_flood(struct judging *j) {
  const struct ps_rules *rules = j->rules;
  const struct ps_bounded pings = j->sighting->pings;
  const bool duplicate = j->sighting->ping->class == PS_DUPLICATE;
  if (!rules->duplicate_flood || pings.count < rules->duplicate_flood) return;
  /* Another document never makes documents fewer: but the limit of pings may just be reached. */
  if (!duplicate && pings.count != rules->duplicate_flood) return;
  const uint64_t duplicates =
      duplicate ? j->sighting->duplicates.count
                : ranking_get(&j->account->ranking[PS_RANK_DUPLICATES], j->client).count;
  const uint64_t most = pings.count + pings.error, documents = most - duplicates;
  if (duplicates > most || !few_documents(rules, pings.count, documents) ||
      has_flag(j, PS_DUPLICATE_FLOOD, 0))
    return;
  if (!j->full || !few_documents(rules, pings.count - 1, documents - !duplicate))
    (void)raise_flag(j, PS_DUPLICATE_FLOOD, 0, rules->duplicate_flood, documents);
}

/* ---- measurement-spike ---- */

static bool is_over(uint64_t count, uint64_t level, uint64_t factor, uint64_t *limit) {
  if (__builtin_mul_overflow(level, factor, limit)) *limit = UINT64_MAX;
  return count > *limit;
}

/* The p99.9 by nearest rank of all clients but the one in question, which is above it if it comes
 * to that: so one rank further down among all. Not less than the true one, hence the error. */
static int level_find(struct account *account, unsigned measure, struct ps_error *err) {
  const struct ranking *ranking = &account->ranking[PS_RANK_MEASURES + measure];
  struct spike_level *level = &account->spike[measure];
  uint64_t clients = ranking->used, count = 0;
  if (ranking->error_new) { /* some went missing: nearly all clients have measurements */
    const double estimate = ps_registers_estimate(account->registers);
    if (estimate > (double)clients) clients = (uint64_t)estimate;
  }
  *level = (struct spike_level){.known = true, .pings = account->pings, .clients = clients};
  if (clients < PS_SPIKE_CLIENTS) return PS_OK;
  const int r = ranking_select(ranking, (size_t)((clients - 1) / 1000 + 2), NULL, &count, err);
  level->level = count + ranking->error_new;
  return r;
}

static bool level_is_due(const struct account *account, unsigned measure) {
  const struct ranking *ranking = &account->ranking[PS_RANK_MEASURES + measure];
  const struct spike_level *level = &account->spike[measure];
  const uint64_t interval = ranking->nslots > LEVEL_PINGS_MIN ? ranking->nslots : LEVEL_PINGS_MIN;
  if (!ranking->error_new && level->clients < PS_SPIKE_CLIENTS)
    return ranking->used >= PS_SPIKE_CLIENTS;
  return !level->known || account->pings - level->pings >= interval;
}

/* *limit: the level times the factor of the rule, which the client's count exceeds. */
static int exceeds_level(const struct judging *j, unsigned measure, bool *exceeds, uint64_t *limit,
                         struct ps_error *err) {
  struct account *account = j->account;
  const struct spike_level *level = &account->spike[measure];
  const uint64_t count = j->sighting->measured[measure].count;
  const uint64_t factor = j->rules->measurement_spike;
  int r = PS_OK;
  *exceeds = false;
  if (level_is_due(account, measure) && (r = level_find(account, measure, err))) return r;
  if (level->clients < PS_SPIKE_CLIENTS || !is_over(count, level->level, factor, limit))
    return PS_OK;
  if (has_flag(j, PS_MEASUREMENT_SPIKE, measure)) return PS_OK;
  const uint64_t age = account->pings - level->pings;
  if (age >= account->ranking[PS_RANK_MEASURES + measure].nslots / LEVEL_DOUBT_PART) {
    if (age && (r = level_find(account, measure, err))) return r;
  } else if (age && count / 2 <= *limit) {
    return PS_OK; /* the level is a little old, and this is not twice as much: a later ping tells */
  }
  *exceeds = level->clients >= PS_SPIKE_CLIENTS && is_over(count, level->level, factor, limit);
  return PS_OK;
}

static int judge_spike(struct judging *j, unsigned measure, struct ps_error *err) {
  const struct ps_rules *rules = j->rules;
  const uint64_t weight = j->sighting->weight[measure];
  const uint64_t count = j->sighting->measured[measure].count;
  const uint64_t before = count - (weight < count ? weight : count);
  if (rules->measurement_spike_ping && weight > rules->measurement_spike_ping) {
    if ((!j->full || before <= rules->measurement_spike_ping) &&
        !has_flag(j, PS_MEASUREMENT_SPIKE, measure))
      (void)raise_flag(j, PS_MEASUREMENT_SPIKE, measure, rules->measurement_spike_ping, weight);
    return PS_OK;
  }
  uint64_t limit;
  bool exceeds;
  if (!rules->measurement_spike) return PS_OK;
  const int r = exceeds_level(j, measure, &exceeds, &limit, err);
  if (!r && exceeds && (!j->full || before <= limit))
    (void)raise_flag(j, PS_MEASUREMENT_SPIKE, measure, limit, 0);
  return r;
}

/* ---- shared-profile ---- */

static int judge_shared_profile(struct judging *j, struct ps_error *err) {
  const struct ping *ping = j->sighting->ping->ping;
  struct watched_client *watched;
  struct watch_finding finding;
  const uint64_t limit = j->rules->shared_profile, pings = j->sighting->pings.count;
  if (!limit || pings < limit / 2 || (!ping->watched_hash && !ping->city_hash)) return PS_OK;
  int r = j->account->watch ? PS_OK : watch_create(&j->account->watch, err);
  if (r || (r = watch_client(j->account->watch, j->client, &watched, err))) return r;
  if (!watched || watched->told) return PS_OK;
  j->account->watch_changed = true;
  watched_count(watched, j->sighting->ping->line, ping);
  if (!watch_judge(j->account->watch, watched, pings, j->rules, &finding)) return PS_OK;
  watched->told = true;
  if (has_flag(j, PS_SHARED_PROFILE, 0)) return PS_OK;
  struct ps_flag *flag = raise_flag(j, PS_SHARED_PROFILE, 0, finding.limit, finding.evidence);
  flag->of = finding.of;
  memcpy(flag->value, finding.value, strlen(finding.value) + 1);
  return PS_OK;
}

int rules_judge(const struct ps_rules *rules, struct account *account,
                const struct sighting *sighting, struct ps_flag found[RULES_FOUND], size_t *n,
                struct ps_error *err) {
  const struct ps_client *client = &sighting->ping->ping->client_id;
  struct judging j = {.rules = rules,
                      .account = account,
                      .sighting = sighting,
                      .client = client,
                      .full = account->flags.n >= PS_FLAGS_MAX,
                      .found = found};
  int r = PS_OK;
  judge_ping_flood(&j);
  judge_duplicate_flood(&j);
  for (unsigned m = 0; m < PS_MEASURES_MAX && !r; m++)
    if (sighting->weight[m]) r = judge_spike(&j, m, err);
  if (!r) r = judge_shared_profile(&j, err);
  *n = j.n;
  return r;
}
