#include "accounts/accounts.h"

#include "accounts/cache.h"
#include "accounts/damage.h"
#include "accounts/events.h"
#include "accounts/head.h"
#include "accounts/registers.h"
#include "accounts/rules.h"
#include "accounts/save.h"
#include "base/arith.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

/* A day that is over is sealed when so many commits have gone by since it was looked at, and less
 * than this part of its pings has come since: not amid a backfill of it. */
#define QUIET_COMMITS 64u
#define QUIET_PART    256u

struct accounts {
  struct ps_seen *seen;
  struct accounts_options options;
  struct head head;
  uint8_t place[PS_MEASURES_MAX]; /* the run's measures among the store's */
  uint64_t sequence;              /* of the commit that the days in memory are of */
  struct cache cache;
  struct room room;
  struct events events;
};

static uint32_t power_of_two(uint32_t n) {
  uint32_t power = PS_CLIENT_SLOTS_MIN;
  while (power < n) power *= 2;
  return power;
}

static int options_set(struct accounts_options *options, struct ps_error *err) {
  if (!options->client_slots) options->client_slots = PS_CLIENT_SLOTS;
  if (options->client_slots > PS_CLIENT_SLOTS_MAX)
    return error_set(err, PS_E_ARGUMENT, "%u client slots are too many: %u are possible",
                     options->client_slots, PS_CLIENT_SLOTS_MAX);
  options->client_slots = power_of_two(options->client_slots);
  if (!options->sweep_bytes) options->sweep_bytes = SAVE_SWEEP_BYTES;
  if (!options->commit_bytes) options->commit_bytes = SAVE_COMMIT_BYTES;
  if (!options->sealed_slots) options->sealed_slots = SAVE_SEALED;
  if (!options->quiet_commits) options->quiet_commits = QUIET_COMMITS;
  if (!options->days) options->days = CACHE_DAYS;
  return measures_check(options->measures, options->nmeasures, err);
}

/* After a change by another process all accounts in memory are void. */
static int head_refresh(struct accounts *accounts, struct ps_error *err) {
  const struct accounts_options *options = &accounts->options;
  int r = head_read(accounts->seen, &accounts->head, err);
  if (r || accounts->head.sequence != accounts->sequence) cache_drop_all(&accounts->cache);
  accounts->sequence = accounts->head.sequence;
  if (!r)
    r = measures_join(&accounts->head.measures, options->measures, options->nmeasures,
                      damage_place(accounts->seen), accounts->place, err);
  return r;
}

int accounts_open(struct ps_seen *seen, const struct accounts_options *options,
                  struct accounts **accounts, struct ps_error *err) {
  struct accounts *a = calloc(1, sizeof *a);
  *accounts = NULL;
  if (!a) return error_memory(err, sizeof *a);
  a->seen = seen;
  a->options = *options;
  int r = options_set(&a->options, err);
  if (!r) r = cache_init(&a->cache, a->options.client_slots, a->options.days, err);
  if (!r) r = head_refresh(a, err);
  if (r) {
    accounts_close(a);
    return r;
  }
  a->room = cache_room(&a->cache);
  *accounts = a;
  return PS_OK;
}

void accounts_close(struct accounts *accounts) {
  if (!accounts) return;
  cache_release(&accounts->cache);
  head_release(&accounts->head);
  events_release(&accounts->events);
  free(accounts);
}

void accounts_set_rules(struct accounts *accounts, const struct ps_rules *rules) {
  accounts->options.rules = *rules;
}

int accounts_begin(struct accounts *accounts, struct ps_error *err) {
  cache_drop_changed(&accounts->cache);
  accounts->cache.batch++;
  return head_refresh(accounts, err);
}

/* ---- counting ---- */

void accounts_prefetch(struct accounts *accounts, day_t day, const struct ping *ping) {
  const struct account *account = cache_find(&accounts->cache, day);
  if (!account || ping->client_id.kind < PS_CLIENT_UUID) return;
  ranking_prefetch(&account->ranking[PS_RANK_PINGS], &ping->client_id);
  for (size_t i = 0; i < accounts->options.nmeasures; i++)
    if (ping->sum[i])
      ranking_prefetch(&account->ranking[PS_RANK_MEASURES + accounts->place[i]], &ping->client_id);
}

bool accounts_is_flagged(struct accounts *accounts, day_t day, const struct ping *ping) {
  struct account *account;
  if (ping->state == PING_MALFORMED || ping->client_id.kind < PS_CLIENT_UUID ||
      cache_get(&accounts->cache, accounts->seen, day, &account, NULL))
    return false;
  return flags_of(&account->flags, &ping->client_id) & ~FLAG_ADVISORY_BIT;
}

static bool is_well_formed(const struct account_ping *ping) { return ping->class != PS_MALFORMED; }

static void figures_count(const struct accounts *accounts, const struct account_ping *ping,
                          struct ps_day_figures *figures) {
  figures->count[ping->class]++;
  figures->withheld += ping->withheld;
  count_raise(&figures->bytes_in, ping->bytes_in);
  count_raise(&figures->bytes_out, ping->bytes_out);
  if (!is_well_formed(ping)) return;
  for (size_t i = 0; i < accounts->options.nmeasures; i++) {
    count_raise(&figures->measurements[accounts->place[i]], ping->ping->sum[i]);
    count_raise(&figures->implausible[accounts->place[i]], ping->ping->implausible[i]);
  }
}

static int row_count(struct accounts *accounts, struct account *account,
                     const struct account_ping *ping, struct ps_error *err) {
  static const char none[PS_LABEL_BYTES];
  struct ps_day_row *row;
  const int r = is_well_formed(ping)
                    ? rows_find_ping(&account->rows, ping->line, ping->ping, &row, err)
                    : rows_find(&account->rows, none, none, &row, err);
  if (r) return r;
  figures_count(accounts, ping, &row->figures);
  account->pings++;
  account->clients_marked += ping->client_marked;
  return PS_OK;
}

static int distributions_count(struct accounts *accounts, struct account *account,
                               const struct ping *ping, struct ps_error *err) {
  int r = PS_OK;
  for (size_t i = 0; i < accounts->options.nmeasures && !r; i++) {
    const unsigned m = accounts->place[i];
    account->measured[m] = true;
    r = distribution_add(&account->distribution[m], ping->sum[i], 1, err);
  }
  return r;
}

/* Ranks the client by what the ping adds to its figures. */
static int client_rank(struct accounts *accounts, struct account *account,
                       struct sighting *sighting, struct ps_error *err) {
  const struct ping *ping = sighting->ping->ping;
  const struct ps_client *client = &ping->client_id;
  const struct room *room = &accounts->room;
  const bool duplicate = sighting->ping->class == PS_DUPLICATE;
  (void)registers_add(account->registers, client);
  int r = account_rank(account, room, PS_RANK_PINGS, client, 1, &sighting->pings, err);
  if (!r && duplicate)
    r = account_rank(account, room, PS_RANK_DUPLICATES, client, 1, &sighting->duplicates, err);
  for (size_t i = 0; i < accounts->options.nmeasures && !r; i++) {
    const unsigned m = accounts->place[i];
    const uint64_t sum = ping->sum[i] < RANKING_COUNT_MAX ? ping->sum[i] : RANKING_COUNT_MAX;
    if (!sum) continue;
    sighting->weight[m] = sum;
    r = account_rank(account, room, PS_RANK_MEASURES + m, client, sum, &sighting->measured[m], err);
  }
  return r ? r : journal_add(&account->journal, client, duplicate, sighting->weight, err);
}

static int client_count(struct accounts *accounts, struct account *account,
                        const struct account_ping *ping, struct ps_error *err) {
  struct sighting sighting;
  struct ps_flag found[RULES_FOUND];
  size_t n = 0;
  sighting.ping = ping;
  memset(sighting.weight, 0, sizeof sighting.weight);
  int r = client_rank(accounts, account, &sighting, err);
  if (!r) r = rules_judge(&accounts->options.rules, account, &sighting, found, &n, err);
  for (size_t i = 0; i < n && !r; i++) {
    bool kept;
    r = flags_add(&account->flags, &found[i], &kept, err);
    if (!r && kept)
      r = events_add(&accounts->events, &found[i], ping->line, &ping->ping->client, err);
  }
  return r;
}

/* The fleet of PS_SHARED_PROFILE is all pings that have a watched value. */
static int fleet_count(struct accounts *accounts, struct account *account, const struct ping *ping,
                       struct ps_error *err) {
  if (!ping->watched_hash || !accounts->options.rules.shared_profile) return PS_OK;
  const int r = account->watch ? PS_OK : watch_create(&account->watch, err);
  if (r) return r;
  watch_fleet(account->watch, ping->watched_hash);
  account->watch_changed = true;
  return PS_OK;
}

int accounts_count(struct accounts *accounts, const struct account_ping *ping,
                   struct ps_error *err) {
  struct account *account;
  int r = cache_get(&accounts->cache, accounts->seen, ping->day, &account, err);
  if (r) return r;
  account->changed = true;
  if ((r = row_count(accounts, account, ping, err)) || !is_well_formed(ping)) return r;
  if ((r = distributions_count(accounts, account, ping->ping, err)) ||
      (r = fleet_count(accounts, account, ping->ping, err)))
    return r;
  switch ((enum ps_client_kind)ping->ping->client_id.kind) {
  case PS_CLIENT_NONE: figures_count(accounts, ping, &account->without_client); return PS_OK;
  case PS_CLIENT_CANARY: figures_count(accounts, ping, &account->canary); return PS_OK;
  default: return client_count(accounts, account, ping, err);
  }
}

const char *accounts_measure_name(const struct accounts *accounts, unsigned measure) {
  return measure < PS_MEASURES_MAX ? accounts->head.measures.at[measure].name : "";
}

size_t accounts_take_events(struct accounts *accounts, const struct account_event **events) {
  return events_take(&accounts->events, events);
}

/* ---- storing ---- */

static int journals_store(struct accounts *accounts, struct ps_error *err) {
  const struct accounts_options *options = &accounts->options;
  struct head *head = &accounts->head;
  int r = PS_OK;
  for (size_t i = 0; i < accounts->cache.n && !r; i++) {
    struct account *account = accounts->cache.at[i];
    if (!account->changed) continue;
    r = save_journal(accounts->seen, account, head->sequence, err);
    if (!r && save_wants_seal(account, options->sealed_slots))
      r = head_open_day(head, account->day, account->pings, err);
  }
  return r;
}

/* Days take turns at being the first to have the bytes of a commit. */
static int days_sweep(struct accounts *accounts, struct ps_error *err) {
  const struct cache *cache = &accounts->cache;
  size_t bytes = accounts->options.commit_bytes;
  int r = PS_OK;
  for (size_t i = 0; i < cache->n && bytes && !r; i++) {
    struct account *account = cache->at[(i + accounts->head.sequence) % cache->n];
    if (save_wants_sweep(account, accounts->options.sweep_bytes))
      r = save_sweep(accounts->seen, account, accounts->head.sequence, &bytes, err);
  }
  return r;
}

/* Looks at one day that is over. */
static int day_seal(struct accounts *accounts, struct ps_error *err) {
  struct head *head = &accounts->head;
  const uint32_t today = ps_seen_watermark(accounts->seen), quiet = accounts->options.quiet_commits;
  struct account *account;
  size_t i = 0;
  while (i < head->nopen &&
         (head->open[i].day + 1u >= today || head->sequence - head->open[i].sequence < quiet))
    i++;
  if (i == head->nopen) return PS_OK;
  struct open_day *open = &head->open[i];
  int r = cache_get(&accounts->cache, accounts->seen, open->day, &account, err);
  if (r) return r;
  if (account->pings - open->pings > account->pings / QUIET_PART) {
    open->pings = account->pings;
    open->sequence = head->sequence;
    return PS_OK;
  }
  head_close_days(head, account->day, account->day + 1u);
  return save_seal(accounts->seen, account, head->sequence, accounts->options.sealed_slots, err);
}

int accounts_store(struct accounts *accounts, struct ps_error *err) {
  const struct cache *cache = &accounts->cache;
  bool changed = false;
  for (size_t i = 0; i < cache->n; i++) changed |= cache->at[i]->changed;
  if (!changed) return PS_OK;
  accounts->head.sequence++;
  int r = journals_store(accounts, err);
  if (!r) r = days_sweep(accounts, err);
  if (!r) r = day_seal(accounts, err);
  for (size_t i = 0; i < cache->n && !r; i++)
    if (cache->at[i]->changed) r = save_record(accounts->seen, cache->at[i], err);
  return r ? r : head_write(accounts->seen, &accounts->head, err);
}

void accounts_committed(struct accounts *accounts) {
  accounts->sequence = accounts->head.sequence;
  cache_settle(&accounts->cache);
}

void accounts_abort(struct accounts *accounts) {
  cache_drop_changed(&accounts->cache);
  events_clear(&accounts->events);
}
